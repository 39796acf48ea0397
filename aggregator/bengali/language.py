"""Which language a whole document is written in, told by its letters and first by its headline's.

Public collections label English pages and bot challenges ``bn``, so no label is believed. Bengali
news is full of Latin that is not English: names, a feed maker's boilerplate, addresses, code. So a
text whose letters are mostly Latin is Bengali all the same where its headline is. Knows the
languages written with Bengali letters and refuses to tell others apart: they are ``en`` where all
letters are Latin, else ``und`` (undetermined).
"""

from __future__ import annotations

import re

from aggregator.bengali.prose import prose_of
from aggregator.bengali.scan import ASSAMESE, OTHER, USUAL_SCRIPTS, Scan, scan_text
from aggregator.bengali.text import words

UNDETERMINED = "und"

# At least this share of the letters must be Bengali ones; 328 of 328 labelled documents right.
_BENGALI_SHARE = 0.6
_ASSAMESE_RA, _BENGALI_RA = "\u09f0", "\u09b0"
# What these letters tell from Bengali by a sign or a word, which a short text may not have.
_STATED_LIKE_BENGALI = frozenset({"as", "bpy"})
# Frequent words of Bishnupriya Manipuri that no Bengali text uses.
_BISHNUPRIYA = frozenset({"এহান", "এহানর", "ইলতাই", "মানুলেহা", "ঔহান"})
_BISHNUPRIYA_SIGNS = ("এহান", "ইলতাই", "মানুলেহা", "ঔহান")  # each word holds one
_LEAST_WORDS = 2  # one alone can be a name or a slip of the keyboard

_USUAL_SCRIPTS = re.compile(f"{USUAL_SCRIPTS}+")

# A headline is Bengali by two words of three characters, or by words that have as many together: কে
# and আজ are short, and কে জিতবে আজ is Bengali.
_HEADLINE_WORDS = 2
_HEADLINE_CHARACTERS = 6
_WORD_CHARACTERS = 3
# What counts in a word: letters and signs, but not nukta, hasanta, joiners and digits.
_COUNTED = re.compile(
    "[\u0981-\u0983\u0985-\u09b9\u09be-\u09cc\u09ce\u09d7\u09dc-\u09e3\u09f0\u09f1]"
)
# The longest headline in the samples has 150 characters; a longer first line is a paragraph.
_MAX_HEADLINE_CHARACTERS = 200
# An English text has more words; of what the makers of feeds put in place of a text, none has 20.
_ENGLISH_WORDS = 30


def identify(text: str, scan: Scan | None = None, *, headline: str | None = None) -> str:
    r"""Return the BCP 47 language tag of a document: ``bn``, ``as``, ``bpy``, ``en`` or ``und``.

    ``text`` is the whole document, its headline included. ``headline`` is that headline, empty
    where the document has none; left out, it is the first line. ``scan`` is the scan of this very
    text, where the caller has one.

    >>> identify("আজ ঢাকায় বৃষ্টি হয়েছে"), identify("Rain in Dhaka today")
    ('bn', 'en')
    >>> identify("PSG বনাম Real Madrid: কে জিতবে আজ\nNo description available")
    'bn'
    """
    scan = scan or scan_text(text)
    bengali, latin, other = _letters(text, scan)
    total = bengali + latin + other
    if not total:
        return UNDETERMINED
    if bengali / total >= _BENGALI_SHARE:
        return _by_signs(text, scan)
    if latin == total:
        return "en"
    if headline is None:
        first_line = text.strip().partition("\n")[0]
        headline = first_line if len(first_line) <= _MAX_HEADLINE_CHARACTERS else ""
    if not bengali or not _is_in_bengali_letters(text, headline):
        return UNDETERMINED
    language = _by_signs(text, scan)
    return UNDETERMINED if language == "bn" and _has_other_sign(text, scan) else language


def with_stated(judged: str, stated: str) -> str:
    """Return the language that was judged of a text, or what its source states more exactly.

    A label is believed only between the languages of Bengali letters: a headline of a few words
    may have no sign that only one of them has.

    >>> with_stated("bn", "as-IN"), with_stated("en", "as")
    ('as', 'en')
    """
    primary = stated.strip().lower().replace("_", "-").partition("-")[0]
    return primary if judged == "bn" and primary in _STATED_LIKE_BENGALI else judged


def _letters(text: str, scan: Scan) -> tuple[int, int, int]:
    """Count the Bengali letters of a text, the Latin ones, and those of other scripts."""
    other = 0
    if scan.kinds & OTHER:
        other = sum(character.isalpha() for character in _USUAL_SCRIPTS.sub("", text))
    return scan.bengali_letters, scan.latin_letters, other


def _by_signs(text: str, scan: Scan) -> str:
    """Tell the languages that are written with Bengali letters apart by what only one has."""
    if scan.kinds & ASSAMESE:
        assamese = text.count(_ASSAMESE_RA)
        if assamese > text.count(_BENGALI_RA) or not assamese:
            return "as"
    for sign in _BISHNUPRIYA_SIGNS:  # a generator costs as much as a search
        if sign in text:
            count = sum(word in _BISHNUPRIYA for word in words(text))
            return "bpy" if count >= _LEAST_WORDS else "bn"
    return "bn"


def _has_other_sign(text: str, scan: Scan) -> bool:
    """Tell whether a letter or a word of a text may be Assamese or Bishnupriya."""
    return bool(scan.kinds & ASSAMESE) or any(word in _BISHNUPRIYA for word in words(text))


# --- Texts with more Latin than Bengali --------------------------------------------------------


def _is_in_bengali_letters(text: str, headline: str) -> bool:
    """Tell whether a document is written in Bengali letters by its headline, else by its prose."""
    shown, prose = prose_of(headline), prose_of(text)
    bengali, latin = _words_by_script(shown)
    is_short = len(bengali) < _HEADLINE_WORDS or _counted(bengali) < _HEADLINE_CHARACTERS
    if (is_short and not _is_mostly_bengali(shown)) or _has_third_script(shown):
        return _is_mostly_bengali(prose) and len(_words_by_script(prose)[0]) >= _HEADLINE_WORDS
    # An English report may quote a Bengali title in its headline, or end it in its site's name.
    is_doubtful = is_short or len(latin) > len(bengali)
    return not (is_doubtful and _is_english(prose, besides=len(bengali)))


def _words_by_script(text: str) -> tuple[list[str], list[str]]:
    """Return the words of a text that are Bengali, and those that are Latin."""
    bengali, latin = [], []
    for word in words(text):
        if _COUNTED.search(word):
            bengali.append(word)
        elif word[0].isascii() and word[0].isalpha():
            latin.append(word)
    return bengali, latin


def _counted(bengali: list[str]) -> int:
    return sum(len(_COUNTED.findall(word)) for word in bengali)


def _is_mostly_bengali(text: str) -> bool:
    """Tell whether a text has a Bengali word of some length, and the share of Bengali letters."""
    if not any(len(_COUNTED.findall(word)) >= _WORD_CHARACTERS for word in words(text)):
        return False
    letters = _letters(text, scan_text(text))
    return letters[0] / sum(letters) >= _BENGALI_SHARE


def _has_third_script(text: str) -> bool:
    """Tell whether a text has more letters of some third script than Bengali ones."""
    bengali, _, other = _letters(text, scan_text(text))
    return other > bengali


def _is_english(prose: str, *, besides: int) -> bool:
    """Tell whether prose is several Latin words, and no more Bengali ones than ``besides``."""
    bengali, latin = _words_by_script(prose)
    return len(bengali) <= besides and len(latin) >= _ENGLISH_WORDS
