"""Tell Bijoy from English and other Latin writing: of a text as a whole, and of a word in a run.

Knows how often Bijoy has which letters and glyphs, and what else looks like it: accents, measures,
addresses, abbreviations. When in doubt it says English, because a text that was left alone can
still be read and one that was converted wrongly cannot. Refuses to convert.
"""

from __future__ import annotations

import re

from aggregator.bengali.bijoy_model import likelihood
from aggregator.bengali.text import BENGALI_CHARACTER

# The bounds of a text that is Bijoy as a whole, measured on Bengali news written in Bijoy and on
# English prose: at least three of the four hold for the former, at most one for the latter.
_MIN_SHARE_OF_AA = 0.06
_MIN_SHARE_OF_GLYPH_WORDS = 0.25
_MIN_SHARE_OF_INNER_CAPITALS = 0.15
_MAX_SHARE_OF_VOWELS = 0.27
_MIN_SIGNS = 3
_MIN_WORDS = 4
# A few words, such as a headline, are Bijoy where most of the words with any evidence have much of
# it and their sum is high. English headlines of up to six words reach 3 at the most, Bijoy ones
# begin at 12.
_CLEAR_EVIDENCE = 4.0
_MIN_SHARE_OF_CLEAR_WORDS = 0.6
_MIN_SUM_OF_EVIDENCE = 6.0
_EVIDENCE_OF_GLYPH = 10.0
_DOUBT_OF_ACCENT = 6.0  # Reykjavík has as many letters of Bijoy as কল্পনা has of English
# Within a run of Bijoy a word is taken for English below this log-likelihood ratio: of 18,829
# Bijoy words of the news 0.4 % lie below it, of technical English prose 98.1 %. The frequent words
# on the wrong side are named.
_ENGLISH_BELOW = 0.0
_BIJOY_WORDS = frozenset("Ges me eis eny im Zey GKB GZB So Mo".split())  # এবং সব বরং বহু রস তবু …
_ENGLISH_WORDS = frozenset("Feb even give go job move way we web why Go".split())

_LATIN = re.compile("[A-Za-z]")
_INNER_CAPITAL = re.compile("[a-z`_][A-Z]")
# Glyphs that are in no English word, be they letters there or signs that stand alone.
_GLYPH = re.compile("[†‡©¨Öª«¶·¯®°±²³´µº»¼½¾¿ƒ„ˆ‰Š‹Œ•™š›œŸ¡¢£¤¥¦§¬\u00ad\u00c0-\u00ff]")
# Of those, the ones in no word of Latin letters at all: signs beside a letter, a capital with an
# accent behind a small letter, halves of conjuncts before the glyph that completes them. Signs of
# measure (µ ° ² ³ × ½ ±) and ® stand beside letters in any news, so they are no evidence.
_SIGN_GLYPH = re.compile(
    "[A-Za-z_`][†‡©¨ª«¶´¸¹º»¿ƒ„ˆ‰‹¡¢¤¥¦§¬]|[a-z_`^][À-ÖØ-Þ]|[A-Za-z_`]”[PQT]"
    "|[†‡ªˆ‰¯¤š›•˜™][A-Za-z_`¿ÍúŒ‹^’œ¢§]"
)
_FEW_LETTERS = 3  # the likelihood of two letters says nothing
# A measure, as 50 km², µg/m³ or 10 cm×5; nothing longer than 30 characters is one.
_UNIT = re.compile(
    "(?=.*[µ²³/·×°])[^A-Za-z]*[A-Za-z]{1,3}[²³]?(?:[/·×][^A-Za-z/·×]*[A-Za-z]{1,3}[²³]?)*[^A-Za-z]*"
)
_LONGEST_UNIT = 30
_ADDRESS = re.compile(r"https?:|www\.|@|\.(?:com|org|net|bd|in)(?![a-z])", re.IGNORECASE)
# Initials and abbreviations: three or more capitals, which Bijoy words are not.
_CAPITALS = re.compile(r"[A-Z]{3,}s?|[A-Z](?:\.[A-Z])+\.?")


def looks_legacy(text: str) -> bool:
    """Tell whether a text, as a whole, is Bijoy; one with any Bengali character is not.

    >>> looks_legacy("Avgvi †mvbvi evsjv"), looks_legacy("Reykjavík is very cold")
    (True, False)
    """
    letters = _LATIN.findall(text)
    words = text.split()
    if not letters or BENGALI_CHARACTER.search(text):
        return False
    evidence = [ratio for word in words if (ratio := _evidence(word))]
    clear_words = sum(ratio >= _CLEAR_EVIDENCE for ratio in evidence)
    is_clear = clear_words >= _MIN_SHARE_OF_CLEAR_WORDS * len(evidence)
    if is_clear and sum(evidence) >= _MIN_SUM_OF_EVIDENCE:
        return True
    if len(words) < _MIN_WORDS:
        return False
    glyph_words = sum(bool(_GLYPH.search(word)) for word in words)
    inner_capitals = sum(bool(_INNER_CAPITAL.search(word)) for word in words)
    signs = (
        letters.count("v") / len(letters) > _MIN_SHARE_OF_AA,
        glyph_words / len(words) > _MIN_SHARE_OF_GLYPH_WORDS,
        inner_capitals / len(words) > _MIN_SHARE_OF_INNER_CAPITALS,
        sum(letter in "aeiou" for letter in letters) / len(letters) < _MAX_SHARE_OF_VOWELS,
    )
    return sum(signs) >= _MIN_SIGNS


def is_english(word: str) -> bool:
    """Tell whether a word within a run of Bijoy is English and must stay as it is."""
    if _ADDRESS.search(word) or _CAPITALS.fullmatch(word) or word in _ENGLISH_WORDS:
        return True
    if _GLYPH.search(word) or not _LATIN.search(word) or word in _BIJOY_WORDS:
        return False
    return likelihood(word) < _ENGLISH_BELOW


def _evidence(word: str) -> float:
    """Return how much a word speaks for Bijoy, as a log-likelihood ratio; 0 if it says nothing."""
    letters = "".join(_LATIN.findall(word))
    if _ADDRESS.search(word) or _CAPITALS.fullmatch(word):
        return 0.0
    if len(word) <= _LONGEST_UNIT and _UNIT.fullmatch(word):
        return 0.0
    if _SIGN_GLYPH.search(word):
        has_few_letters = len(letters) < _FEW_LETTERS
        return _EVIDENCE_OF_GLYPH + (0.0 if has_few_letters else min(likelihood(word), 0.0))
    if len(letters) < _FEW_LETTERS - 1:
        return 0.0
    if letters.isupper() and len(letters) < _FEW_LETTERS:
        return 0.0
    return likelihood(word) - (0.0 if word.isascii() else _DOUBT_OF_ACCENT)
