"""Which language a whole document is written in, told by its letters.

Public collections label English pages and bot challenges ``bn``, so no label is believed. Decided
per document, never per line: a headline can be all names. Knows the languages written with
Bengali letters; everything else is ``und`` (undetermined) or ``en`` where all letters are Latin.
"""

from __future__ import annotations

from collections import Counter

from aggregator.bengali.text import words

# At least this share of the letters must be Bengali ones; 328 of 328 labelled documents right.
_BENGALI_SHARE = 0.6
_ASSAMESE_RA, _BENGALI_RA, _ASSAMESE_WA = "\u09f0", "\u09b0", "\u09f1"
# Frequent words of Bishnupriya Manipuri that no Bengali text uses.
_BISHNUPRIYA = frozenset({"এহান", "এহানর", "ইলতাই", "মানুলেহা", "ঔহান"})


def identify(text: str) -> str:
    """Give the BCP 47 language tag of a document: ``bn``, ``as``, ``bpy``, ``en`` or ``und``.

    >>> identify("আজ ঢাকায় বৃষ্টি হয়েছে"), identify("Rain in Dhaka today")
    ('bn', 'en')
    """
    letters = Counter(character for character in text if character.isalpha())
    total = sum(letters.values())
    if not total:
        return "und"
    bengali = sum(count for letter, count in letters.items() if "\u0980" <= letter <= "\u09ff")
    if bengali / total < _BENGALI_SHARE:
        latin = sum(count for letter, count in letters.items() if letter < "\u0250")
        return "en" if latin == total else "und"
    if letters[_ASSAMESE_RA] > letters[_BENGALI_RA] or (
        letters[_ASSAMESE_WA] and not letters[_ASSAMESE_RA]
    ):
        return "as"
    if sum(word in _BISHNUPRIYA for word in words(text)) >= 2:
        return "bpy"
    return "bn"
