"""Broken spelling of Bengali: whether a text has any, and the repairs of it that are certain.

What is repaired is invisible or can be read in one way only; every rule stands in docs/bengali.md
with an example. Code points stand where nobody can tell a character by looking at it. Refuses to
know words.
"""

from __future__ import annotations

import re
import unicodedata

from aggregator.bengali.joined import LONG_CHARACTERS
from aggregator.bengali.scan import (
    BROKEN,
    JOINER,
    UNUSUAL,
    UNUSUAL_CHARACTERS,
    Scan,
    scan_text,
)

HASANTA = "\u09cd"
ZWNJ, ZWJ = "\u200c", "\u200d"
_SIGNS = "\u09be-\u09cc"  # the vowel signs, া to ৌ
_BENGALI = "\u0980-\u09ff"

# --- Is a repair needed? -----------------------------------------------------------------------
# Clean text is the common case, so display first looks for trouble: in a long text by one scan, in
# a short one by a few searches that begin with a literal or one character class. Both decide alike.

_UNUSUAL = re.compile(UNUSUAL_CHARACTERS)
_MISSPELT = (
    re.compile(f"[{_SIGNS}{HASANTA}][{_SIGNS}{HASANTA}\u09d7]"),  # two dependent signs in a row
    re.compile("\u09bc(?<![\u09a1\u09a2\u09af]\u09bc)"),  # nukta on another letter than ড ঢ য
    re.compile(f"\u0981[{_SIGNS}]"),  # candrabindu before its vowel sign
    re.compile("\u0985\u09be"),  # অ + া
)
# A joiner that is not beside hasanta, is doubled, or stands in the older spelling of ৎ.
_DOUBTFUL_JOINER = re.compile(
    f"[{ZWNJ}{ZWJ}](?:(?<!{HASANTA}[{ZWNJ}{ZWJ}])(?!{HASANTA})|(?=[{ZWNJ}{ZWJ}])"
    f"|(?<=\u09a4{HASANTA}{ZWJ}))"
)

# --- The repairs --------------------------------------------------------------------------------

# Invisible, and without effect on Bengali: soft hyphen, zero-width space, directional marks,
# overrides and isolates (which can also make a title lie), word joiners, byte-order marks,
# controls but tab and line feed, lone surrogates and noncharacters (which no XML can carry).
_JUNK = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)
_LINE_BREAK = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# A joiner says how letters join. Beside hasanta it can be seen (উদ্‌যাপন, র‍্যাব), and other
# scripts and emoji sequences need theirs; anywhere else it is an artefact.
_STRAY_JOINER = re.compile(
    f"(?<![{HASANTA}\u0590-\u097f\u0a00-\u1fff\u2190-\u2bff\ufe0f\U0001f000-\U0001faff])"
    f"[{ZWNJ}{ZWJ}]+(?!{HASANTA})"
)
_DANDA_TYPED = "\u09f7"  # the currency numerator four
_REPAIRS = (
    (re.compile(f"\u09a4\u09cd{ZWJ}"), "\u09ce"),  # the older spelling of ৎ
    (re.compile(f"([{ZWNJ}{ZWJ}])\\1+"), "\\1"),
    (_STRAY_JOINER, ""),
    (re.compile("\u09be\u09c7"), "\u09cb"),  # া + ে typed in the wrong order is ো
    (re.compile(f"\u0981([{_SIGNS}])"), "\\1\u0981"),  # candrabindu follows the vowel sign
    (re.compile("\u0985\u09be"), "\u0986"),  # অ + া is আ
    (re.compile("\u09cd\u09cd+"), "\u09cd"),
    (re.compile("\u09bc\u09bc+"), "\u09bc"),
    (re.compile(f"(\u09bc[{_SIGNS}]+)\u09bc"), "\\1"),  # one before the vowel sign, one behind it
    (re.compile("\u09ac\u09bc"), "\u09b0"),  # ব + nukta is র
    (re.compile(f"([\u09a1\u09a2\u09af])([{_SIGNS}]+)\u09bc"), "\\1\u09bc\\2"),
    (re.compile(f"([{_SIGNS}])\\1+"), "\\1"),
    (re.compile(_DANDA_TYPED), "\u0964"),
)
# No word begins with a reph, so র্যা at its beginning is র with ya-phala: র‍্যা.
_RA_YA_PHALA = "\u09b0\u09cd\u09af\u09be"
_INITIAL_YA_PHALA = re.compile(f"(?<![{_BENGALI}{ZWNJ}{ZWJ}]){_RA_YA_PHALA}")
# A repair can bring together what the next round repairs; three rounds is the most that
# generated text ever needed.
_MAX_ROUNDS = 8


def is_broken(text: str, scan: Scan | None = None) -> bool:
    """Tell whether a text may need any repair but that of an initial ya-phala.

    ``scan`` is the scan of this very text, where the caller has one.
    """
    if scan is None and len(text) < LONG_CHARACTERS:
        return bool(_UNUSUAL.search(text)) or _is_misspelt(text)
    kinds = (scan or scan_text(text)).kinds
    return bool(kinds & (UNUSUAL | BROKEN)) or (bool(kinds & JOINER) and _has_doubtful_joiner(text))


def _is_misspelt(text: str) -> bool:
    """Tell whether a pair of characters or a joiner in a text may need a repair."""
    if len(text) >= LONG_CHARACTERS:
        has_broken_pair = bool(scan_text(text).kinds & BROKEN)
    else:
        has_broken_pair = any(misspelt.search(text) for misspelt in _MISSPELT)
    return has_broken_pair or _has_doubtful_joiner(text)


def _has_doubtful_joiner(text: str) -> bool:
    """Tell whether a joiner may need a repair; ``find`` is forty times faster than the pattern."""
    for joiner in (ZWNJ, ZWJ):
        place = text.find(joiner)
        while place >= 0:
            if _DOUBTFUL_JOINER.match(text, place):
                return True
            place = text.find(joiner, place + 1)
    return False


def without_junk(text: str) -> str:
    """Return the text without the characters that no reader can see or no XML can carry.

    It makes no other change, so it is the fast way where ``display`` has nothing else to do.
    """
    if text.replace("\n", "").isprintable():  # junk never is
        return text
    return _JUNK.sub("", text) if _JUNK.search(text) else text


def repaired(text: str, *, is_shown: bool) -> str:
    """Return a text in NFC with all repairs made; a key needs no initial ya-phala."""
    if not text.replace("\n", "").isprintable():  # junk and line breaks never are
        text = _JUNK.sub("", _LINE_BREAK.sub("\n", text))
    for _ in range(_MAX_ROUNDS):
        text = before = unicodedata.normalize("NFC", text)
        # Most texts that come here have an odd character and nothing that a repair is for.
        if _DANDA_TYPED in text or _is_misspelt(text):
            for pattern, replacement in _REPAIRS:
                text = pattern.sub(replacement, text)
        if is_shown:
            text = with_ya_phala(text)
        if text == before:
            break
    return text


def with_ya_phala(text: str) -> str:
    """Return a text with each ya-phala at the beginning of a word written so that it is seen."""
    if _RA_YA_PHALA not in text:
        return text
    return _INITIAL_YA_PHALA.sub(f"\u09b0{ZWJ}\u09cd\u09af\u09be", text)
