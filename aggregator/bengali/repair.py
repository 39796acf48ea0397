"""Repair damaged text and name each repair: certain damage is repaired, the rest is flagged.

Knows encodings that were mixed up (UTF-8, Windows-1252), Bijoy text and its residue, paragraphs
that were glued together, and the word for an advertisement glued in. Refuses to touch English.
Comes before ``text.display``, which strips the very characters that mojibake is restored from.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import ftfy
from ftfy.fixes import fix_c1_controls

from aggregator.bengali import bijoy
from aggregator.bengali.scan import FOREIGN, GLUED, UNUSUAL, Scan
from aggregator.bengali.text import BENGALI_CHARACTER

# UTF-8's first two bytes of nearly every Bengali letter (E0 A6, E0 A7), read as Latin-1 or
# Windows-1252, and the same read so twice.
_MOJIBAKE_SIGN = re.compile("\u00e0[\u00a6\u00a7]|\u00c3[\u00a0 ]\u00c2[\u00a6\u00a7]")
# What mojibake is made of: Latin-1's upper half, Windows-1252's additions, and ASCII around them.
_MOJIBAKE_RUN = re.compile(
    "[\x00-\x08\x0e-\xff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc"
    "\u2013-\u2026\u2030\u2039\u203a\u20ac\u2122]+"
)
# C1 controls, which no text has: Windows-1252 was read as Latin-1 (don\x92t for don’t).
_C1 = re.compile("[\x80-\x9f]")
_LOST = "\ufffd"  # a decoder puts it where it could not read: nothing restores the letter

# A danda directly before the first letter of a word: two paragraphs or sentences were joined.
_GLUED = re.compile("\u0964(?=[\u0985-\u09b9\u09ce\u09e6-\u09f1“‘])")
# «বিজ্ঞাপন» (advertisement) glued in after a sentence. The words that begin with it are known:
# বিজ্ঞাপনদাতা, বিজ্ঞাপনী, বিজ্ঞাপনের and so on; those stay and are flagged.
_ADVERT_GLUED = re.compile("\u0964\\s?বিজ্ঞাপন(?=[\u0985-\u09b9])")
_ADVERT_WORD = re.compile(
    "\u0964\\s?বিজ্ঞাপন(?:দাতা|টি|টা|টির|গুলো|গুলি|চিত্র|মূল|বাবদ|হীন|মুক্ত|সহ|খাত|শিল্প|ভিত্তিক|"
    "সংস্থা|প্রচার|কর্মী|নির্ভর|ও|ই)"
)
_ADVERT = "বিজ্ঞাপন"
_ADVERT_LINE = re.compile("^[ \t]*বিজ্ঞাপন[ \t]*$\n?", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """A text after repair, and the names of its repairs; a name with ``?`` is damage left alone."""

    text: str
    repairs: tuple[str, ...]


def repair_text(text: str, *, is_legacy: bool | None = None, scan: Scan | None = None) -> Repaired:
    """Repair a text; docs/bengali.md has every repair by its name, with an example.

    ``is_legacy`` says whether the text belongs to one that is Bijoy as a whole. ``scan`` is the
    scan of this very text, where the caller has one.

    >>> repair_text("বৃষ্টি হবে।কাল রোদ উঠবে।")
    Repaired(text='বৃষ্টি হবে। কাল রোদ উঠবে।', repairs=('glued',))
    """
    repairs: list[str] = []
    if (
        scan
        and not scan.kinds & (FOREIGN | GLUED)
        and _ADVERT not in text
        and bijoy.MISREAD_NGA not in text
    ):
        return Repaired(text=text, repairs=())
    if not text.isascii() and _MOJIBAKE_SIGN.search(text):
        text = _MOJIBAKE_RUN.sub(lambda run: _decoded(run.group()), text)
        if _MOJIBAKE_SIGN.search(text):  # lost letters cannot be told from odd ones
            return Repaired(text=text, repairs=("mojibake?",))
        repairs.append("mojibake")
    if (scan is None or scan.kinds & UNUSUAL) and _C1.search(text):
        windows = fix_c1_controls(text)
        repairs += ["windows-1252"] if windows != text else []
        text = windows
    if _LOST in text:
        repairs.append("lost letters?")
    converted = bijoy.convert(text, is_legacy=is_legacy)
    if converted != text:
        repairs.append("bijoy" if not BENGALI_CHARACTER.search(text) else "residue")
        text = converted
    if bijoy.has_residue(text):
        repairs.append("residue?")
    return _unglued(text, repairs)


def _decoded(run: str) -> str:
    """Restore one run by ftfy's encoding repair alone; its other repairs change what is seen."""
    if not _MOJIBAKE_SIGN.search(run):
        return run
    decoded = ftfy.fix_encoding(run)
    return decoded if BENGALI_CHARACTER.search(decoded) and _LOST not in decoded else run


def _unglued(text: str, repairs: list[str]) -> Repaired:
    """Take out glued adverts and part glued sentences; their names follow ``repairs``."""
    if _ADVERT in text:
        without = _ADVERT_LINE.sub("", text)
        without = _ADVERT_GLUED.sub(
            lambda advert: advert.group() if _is_advert_word(advert) else "\u0964", without
        )
        if without != text:
            repairs.append("advert")
            text = without
        if _ADVERT_GLUED.search(text):
            repairs.append("advert?")
    if _GLUED.search(text):
        repairs.append("glued")
        text = _GLUED.sub("\u0964 ", text)
    return Repaired(text=text, repairs=tuple(repairs))


def _is_advert_word(advert: re.Match[str]) -> bool:
    """Tell whether a word of its own was matched that only begins with «বিজ্ঞাপন»."""
    return bool(_ADVERT_WORD.match(advert.string, advert.start()))
