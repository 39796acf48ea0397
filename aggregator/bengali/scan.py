"""One scan of texts: which kinds of characters and of neighbours are in each.

Almost every text needs no repair, and finding that out was most of the work: each question was a
search over the whole text. Here one table gives every character of the Basic Multilingual Plane its
kinds as bits, and NumPy puts the bits of all characters together; pairs of neighbours that need
repair are found by the bits that the first and the second one share. Knows where a repair may be
needed and refuses to make any.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from aggregator.bengali.joined import JOINED_CHARACTERS, batches, code_units

# --- Kinds of characters, as bits ----------------------------------------------------------------
UNUSUAL = 1 << 0  # neither certainly NFC nor certainly harmless
JOINER = 1 << 1  # ZWJ or ZWNJ
BENGALI = 1 << 2  # letters, in whatever language
LATIN = 1 << 3
OTHER = 1 << 4  # letters of any other script, and everything beyond the plane
FOREIGN = 1 << 5  # letters of mojibake, of Bijoy or of its residue, or a lost character
ASSAMESE = 1 << 6  # ৰ or ৱ
# --- Kinds of neighbours -------------------------------------------------------------------------
BROKEN = 1 << 7  # ``text.display`` repairs them
GLUED = 1 << 8  # a danda directly before a word
_CHARACTERS = BROKEN - 1

_PLANE = 0x10000
_SIGNS = range(0x09BE, 0x09CD)
_HASANTA, _NUKTA, _CANDRABINDU, _AU_MARK = 0x09CD, 0x09BC, 0x0981, 0x09D7
_NUKTA_LETTERS = (0x09A1, 0x09A2, 0x09AF)  # ড ঢ য
# Each kind of pair has one bit for its first character and, as far above it, one for its second.
_PAIRS = 5
_FIRST, _SECOND = 16, 16 + _PAIRS
_NUKTA_PAIR, _GLUED_PAIR = 1 << _SECOND + 1, 1 << _SECOND + _PAIRS - 1
_BROKEN_PAIRS = (_GLUED_PAIR - 1) >> _SECOND << _SECOND

# Fewer texts are scanned one by one: joining costs as much as scanning three or four (measured, for
# texts of 60 and of 1,700 characters).
_LEAST_JOINED = 4

# Code units: one flag for each of the plane, or their numbers.
_Members: TypeAlias = NDArray[np.bool_] | Sequence[int]

# The harmless characters are ASCII without controls, Latin-1 without its controls and soft hyphen,
# Bengali without the currency numerator that is typed for a danda (09F7), both dandas, the joiners,
# and General Punctuation without its invisible characters. The three precomposed nukta letters
# count as harmless: ``text.display`` replaces them first.
UNUSUAL_CHARACTERS = (
    "[^\t\n\x20-\x7e\u00a0-\u00ac\u00ae-\u00ff\u0964\u0965\u0980-\u09f6\u09f8-\u09ff"
    "\u200c\u200d\u2010-\u2027\u2030-\u205e\u20b9]"
)
_FOREIGN = (
    "[A-Za-z\u0080-\u009f\u00a1-\u00ff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc"
    "\u2020-\u2022\u2030\u2039\u203a\u2122\ufffd]"
)
USUAL_SCRIPTS = "[\x00-\x7f\u0964\u0965\u0980-\u09ff\u2000-\u206f]"
_WORD_BEGINS = "[\u0985-\u09b9\u09ce\u09e6-\u09f1“‘]"


@dataclass(frozen=True, slots=True)
class Scan:
    """What one scan of a text found: kinds as bits, and how many letters two scripts have."""

    kinds: int
    bengali_letters: int
    latin_letters: int

    def joined(self, other: Scan) -> Scan:
        """Return the scan of two texts together, without the pair that meets between them."""
        return Scan(
            kinds=self.kinds | other.kinds,
            bengali_letters=self.bengali_letters + other.bengali_letters,
            latin_letters=self.latin_letters + other.latin_letters,
        )


def scan_text(text: str) -> Scan:
    """Return the kinds of all characters and neighbours of a text; of an empty one none.

    >>> bool(scan_text("এক।দুই").kinds & GLUED), scan_text("ঢাকা BBC").latin_letters
    (True, 3)
    """
    bits = _bits_by_code_unit().take(code_units(text))
    if not len(bits):
        return Scan(0, 0, 0)
    kinds = int(np.bitwise_or.reduce(bits)) & _CHARACTERS
    pairs = int(np.bitwise_or.reduce((bits[:-1] << _PAIRS) & bits[1:]))
    pairs |= int(bits[0]) & _NUKTA_PAIR  # a nukta on nothing
    kinds |= BROKEN if pairs & _BROKEN_PAIRS else 0
    kinds |= GLUED if pairs & _GLUED_PAIR else 0
    return Scan(
        kinds=kinds,
        bengali_letters=int(np.count_nonzero(bits & BENGALI)),
        latin_letters=int(np.count_nonzero(bits & LATIN)) if kinds & LATIN else 0,
    )


def scan_texts(texts: Sequence[str]) -> list[Scan]:
    """Return the scan of each text, which costs a third of scanning them one by one."""
    if len(texts) < _LEAST_JOINED:
        return [scan_text(text) for text in texts]
    return [
        scan for batch in batches(texts, JOINED_CHARACTERS) for scan in _scan_joined(texts[batch])
    ]


def _scan_joined(texts: Sequence[str]) -> Iterator[Scan]:
    """Yield the scans of texts that are joined by line feeds, which have no kind.

    A line feed before a text finds a nukta on nothing at its beginning.
    """
    encoded = [text.encode("utf-16-le", "surrogatepass") for text in texts]
    units = np.frombuffer(b"\n\0%b\n\0" % b"\n\0".join(encoded), np.uint16)
    starts = np.cumsum([0, *(len(text) // 2 + 1 for text in encoded[:-1])])
    bits = _bits_by_code_unit().take(units)
    kinds = np.bitwise_or.reduceat(bits, starts) & _CHARACTERS
    neighbours = bits[:-1] << _PAIRS
    neighbours &= bits[1:]
    pairs = np.bitwise_or.reduceat(neighbours, starts)
    kinds[(pairs & _BROKEN_PAIRS) != 0] |= BROKEN
    kinds[(pairs & _GLUED_PAIR) != 0] |= GLUED
    letters = [
        np.add.reduceat((bits & script) != 0, starts, dtype=np.int64).tolist()
        for script in (BENGALI, LATIN)
    ]
    yield from map(Scan, kinds.tolist(), *letters)


@cache
def _bits_by_code_unit() -> NDArray[np.uint32]:
    """Build the table: for each code unit the bits of its kinds and of its pairs."""
    plane = "".join(map(chr, range(_PLANE)))
    table = np.zeros(_PLANE, np.uint32)
    is_letter = np.fromiter(map(str.isalpha, plane), np.bool_, _PLANE)

    def members_of(pattern: str) -> NDArray[np.bool_]:
        members = np.zeros(_PLANE, np.bool_)
        for run in re.finditer(f"{pattern}+", plane):  # a place in the plane is its code unit
            members[run.start() : run.end()] = True
        return members

    def put(members: _Members, bit: int) -> None:
        table[members if isinstance(members, np.ndarray) else list(members)] |= np.uint32(bit)

    for pattern, bit in (
        (UNUSUAL_CHARACTERS, UNUSUAL),
        ("[\u200c\u200d]", JOINER),
        (_FOREIGN, FOREIGN),
        ("[A-Za-z]", LATIN),
        ("[\u09f0\u09f1]", ASSAMESE),
    ):
        put(members_of(pattern), bit)
    put(is_letter & members_of("[\u0980-\u09ff]"), BENGALI)
    put(is_letter & ~members_of(USUAL_SCRIPTS), OTHER)
    put(range(0xD800, 0xE000), OTHER)
    has_no_nukta = np.ones(_PLANE, np.bool_)
    has_no_nukta[list(_NUKTA_LETTERS)] = False
    pairs: tuple[tuple[_Members, _Members], ...] = (
        ((*_SIGNS, _HASANTA), (*_SIGNS, _HASANTA, _AU_MARK)),  # two dependent signs in a row
        (has_no_nukta, (_NUKTA,)),
        ((_CANDRABINDU,), _SIGNS),  # candrabindu before its vowel sign
        ((0x0985,), (0x09BE,)),  # অ + া
        ((0x0964,), members_of(_WORD_BEGINS)),
    )
    for number, (first, second) in enumerate(pairs):
        put(first, 1 << _FIRST + number)
        put(second, 1 << _SECOND + number)
    return table
