"""Which language a whole document is written in, told by its letters.

Public collections label English pages and bot challenges ``bn``, so no label is believed. Decided
per document, never per line: a headline can be all names. Knows the languages written with
Bengali letters; everything else is ``und`` (undetermined) or ``en`` where all letters are Latin.
"""

from __future__ import annotations

import re
import string

from aggregator.bengali.text import words

# At least this share of the letters must be Bengali ones; 328 of 328 labelled documents right.
_BENGALI_SHARE = 0.6
_ASSAMESE_RA, _BENGALI_RA, _ASSAMESE_WA = "\u09f0", "\u09b0", "\u09f1"
# Frequent words of Bishnupriya Manipuri that no Bengali text uses.
_BISHNUPRIYA = frozenset({"এহান", "এহানর", "ইলতাই", "মানুলেহা", "ঔহান"})
_LEAST_WORDS = 2  # one alone can be a name or a slip of the keyboard

# The letters of each alphabet (signs are no letters), counted one by one: str.count runs at memory
# speed, and sixty counts take a tenth of looking at each character.
_BENGALI = [chr(code) for code in range(0x0980, 0x0A00) if chr(code).isalpha()]
_ANY_BENGALI = re.compile("[\u0985-\u09b9]")
_ANY_LATIN = re.compile("[A-Za-z]")
_LATIN = string.ascii_letters
_USUAL = re.compile("[\x00-\x7f\u0964\u0965\u0980-\u09ff\u2000-\u206f]+")
_UNUSUAL = re.compile("[^\x00-\x7f\u0964\u0965\u0980-\u09ff\u2000-\u206f]")


def identify(text: str) -> str:
    """Give the BCP 47 language tag of a document: ``bn``, ``as``, ``bpy``, ``en`` or ``und``.

    >>> identify("আজ ঢাকায় বৃষ্টি হয়েছে"), identify("Rain in Dhaka today")
    ('bn', 'en')
    """
    latin = sum(map(text.count, _LATIN)) if _ANY_LATIN.search(text) else 0
    other = sum(one.isalpha() for one in _USUAL.sub("", text)) if _UNUSUAL.search(text) else 0
    if latin or other or not _ANY_BENGALI.search(text):
        bengali = sum(map(text.count, _BENGALI))
        total = bengali + latin + other
        if not total:
            return "und"
        if bengali / total < _BENGALI_SHARE:
            return "en" if latin == total else "und"
    assamese = text.count(_ASSAMESE_RA)
    if assamese > text.count(_BENGALI_RA) or (_ASSAMESE_WA in text and not assamese):
        return "as"
    if any(word in text for word in _BISHNUPRIYA):
        found = sum(word in _BISHNUPRIYA for word in words(text))
        return "bpy" if found >= _LEAST_WORDS else "bn"
    return "bn"
