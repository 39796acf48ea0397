"""Which language a whole document is written in, told by its letters.

Public collections label English pages and bot challenges ``bn``, so no label is believed. Decided
per document, never per line: a headline can be all names. Knows the languages written with
Bengali letters; everything else is ``und`` (undetermined) or ``en`` where all letters are Latin.
"""

from __future__ import annotations

import re

from aggregator.bengali.scan import ASSAMESE, OTHER, Scan, look
from aggregator.bengali.text import words

# At least this share of the letters must be Bengali ones; 328 of 328 labelled documents right.
_BENGALI_SHARE = 0.6
_ASSAMESE_RA, _BENGALI_RA = "\u09f0", "\u09b0"
# Frequent words of Bishnupriya Manipuri that no Bengali text uses.
_BISHNUPRIYA = frozenset({"এহান", "এহানর", "ইলতাই", "মানুলেহা", "ঔহান"})
_LEAST_WORDS = 2  # one alone can be a name or a slip of the keyboard

_USUAL = re.compile("[\x00-\x7f\u0964\u0965\u0980-\u09ff\u2000-\u206f]+")


def identify(text: str, seen: Scan | None = None) -> str:
    """Give the BCP 47 language tag of a document: ``bn``, ``as``, ``bpy``, ``en`` or ``und``.

    ``seen`` is what one look at this very text found, where that was asked before.

    >>> identify("আজ ঢাকায় বৃষ্টি হয়েছে"), identify("Rain in Dhaka today")
    ('bn', 'en')
    """
    seen = seen or look(text)
    bengali, latin = seen.bengali_letters, seen.latin_letters
    other = sum(one.isalpha() for one in _USUAL.sub("", text)) if seen.kinds & OTHER else 0
    total = bengali + latin + other
    if not total:
        return "und"
    if bengali / total < _BENGALI_SHARE:
        return "en" if latin == total else "und"
    if seen.kinds & ASSAMESE:
        assamese = text.count(_ASSAMESE_RA)
        if assamese > text.count(_BENGALI_RA) or not assamese:
            return "as"
    if any(word in text for word in _BISHNUPRIYA):
        found = sum(word in _BISHNUPRIYA for word in words(text))
        return "bpy" if found >= _LEAST_WORDS else "bn"
    return "bn"
