"""Bijoy text → Unicode: the legacy encoding of Bengali as a font over Latin letters.

Two things are found in the wild: whole *runs* (``Avgvi †mvbvi evsjv``), and *residue*, single
glyphs that a poor converter left in Unicode text (নি¤œ for নিম্ন). This module finds both in a text
and converts them. What a glyph means stands in ``bijoy_font``, how Bijoy is told from English in
``bijoy_detection``: English is never converted.
"""

from __future__ import annotations

import re
import unicodedata

from aggregator.bengali.bijoy_detection import is_english, looks_legacy
from aggregator.bengali.bijoy_font import unicode_parts, unicode_word, with_windows_glyphs
from aggregator.bengali.text import BENGALI_CHARACTER

__all__ = ["convert", "has_residue", "looks_legacy"]

# What stands between Bengali letters and has a letter of its own, or a glyph that is drawn first.
_FOREIGN = re.compile("[A-Za-z†‡]")
# It begins at the text's or at a Bengali letter's end, so that no run is tried twice.
_FOREIGN_RUN = re.compile(
    "(?:(?<=[\u0980-\u09ff\u0964\u0965])|\\A)"
    "[^\u0980-\u09ff\u0964\u0965]*[A-Za-z†‡][^\u0980-\u09ff\u0964\u0965]*"
)
_SPACES = re.compile(r"(\s+)")
_LONGEST_WORD = 200  # anything longer is no word, so nothing is taken off its edges
# What stands around a word and is the same in both encodings.
_EDGES = re.compile(r"""(["'(\[]*)(.*?)(["')\].,;:!?/-]*)""", re.DOTALL)


def convert(text: str, *, is_legacy: bool | None = None) -> str:
    """Return the text with its Bijoy in Unicode and nothing else changed: runs, and residue.

    ``is_legacy`` says whether the text belongs to one that is Bijoy as a whole. Left out, that is
    decided from this text alone, for which it needs some words.

    >>> convert("Avgvi †mvbvi evsjv")
    'আমার সোনার বাংলা'
    >>> convert("BBC News জানায়, নি¤œ আদালত")
    'BBC News জানায়, নিম্ন আদালত'
    """
    if is_legacy is None and text.isascii() and not looks_legacy(text):
        return text
    if not BENGALI_CHARACTER.search(text):
        return _converted(text) if is_legacy or _is_bijoy_run(text) else text
    text = _without_residue(text)
    if not _FOREIGN.search(text):
        return text
    return _FOREIGN_RUN.sub(
        lambda run: _converted(run.group()) if _is_bijoy_run(run.group()) else run.group(), text
    )


def _is_bijoy_run(run: str) -> bool:
    return looks_legacy(with_windows_glyphs(run))


def _converted(run: str) -> str:
    """Convert a run of Bijoy word by word; words that are more likely English stay."""
    return "".join(
        part if not part or part.isspace() else _converted_word(part)
        for part in _SPACES.split(with_windows_glyphs(run))
    )


def _converted_word(word: str) -> str:
    edges = _EDGES.fullmatch(word) if len(word) <= _LONGEST_WORD else None
    before, inner, after = edges.groups() if edges else ("", word, "")
    if is_english(inner):
        return word
    return before + unicode_word(inner) + after


# --- Residue -----------------------------------------------------------------------------------

# Glyphs that mean nothing else beside a Bengali letter, and those that also are signs of their own
# (a degree, a fraction, a currency, a quotation mark) and count only between two Bengali letters.
_SURE = "øœ¤¯¦Íúªš›ŠŒŸ\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff"
_UNSURE = "®°±²³´µ¶·¸¹º»¼½¾¿¡¢£¥§¨©«¬×÷†‡•˜™‹ˆ"
_LETTER = "\u0981-\u09e3\u09f0\u09f1"
_RESIDUE = re.compile(
    f"(?<![A-Za-z])(?:(?<=[{_LETTER}])[{_SURE}]{{1,4}}|[{_SURE}]{{1,4}}(?=[{_LETTER}])"
    f"|(?<=[{_LETTER}])[{_UNSURE}{_SURE}]{{1,4}}(?=[{_LETTER}]))(?![A-Za-z])"
)
_GLYPH_OF_RESIDUE = re.compile(f"[{_SURE}{_UNSURE}]")
_MARK = "\ue000"  # a private-use character around what was put in, to tell it from what was there
# A converter that did not know a subjoined glyph put the prebase sign before it: সেøা for স্লো.
_SIGN_BEFORE_SUBJOINED = re.compile(
    f"([\u09bf\u09c7\u09c8]){_MARK}((?:\u09cd[\u0995-\u09b9]\u09bc?)+){_MARK}"
)


# The font's half ঙ (•) was taken for ক্স (·), which looks like it: আকাক্সক্ষা for আকাঙ্ক্ষা. A sign that
# is drawn first then stands within the conjunct: কাক্সিক্ষত for কাঙ্ক্ষিত. ঙ has glyphs of its own with
# ক and গ, so ক্ষ, খ and ঘ are left; as ক্স can stand before them (বাক্সখানা), the letters in front
# decide.
MISREAD_NGA = "ক্স"
_HALF_NGA = re.compile(f"{MISREAD_NGA}([\u09bf\u09c7\u09c8]?)(ক্ষ|খ|ঘ)")
_BEFORE_NGA = {"ক্ষ": ("কা", "স"), "খ": ("শৃ", "শ", "পু", "রপ"), "ঘ": ("ল", "স", "জ")}


def has_residue(text: str) -> bool:
    """Tell whether glyphs of the font stand beside Bengali letters."""
    return bool(_GLYPH_OF_RESIDUE.search(text)) and bool(_RESIDUE.search(text))


def _without_residue(text: str) -> str:
    """Replace single glyphs that a poor converter left in Unicode words.

    >>> _without_residue("সেøাগান, ¯œাতক, জ¦লজ¦ল, হয়Ñতাই, ৩০° সেলসিয়াস")
    'স্লোগান, স্নাতক, জ্বলজ্বল, হয়—তাই, ৩০° সেলসিয়াস'
    >>> _without_residue("কাক্সিক্ষত শৃক্সখলা, বাক্সখানা")
    'কাঙ্ক্ষিত শৃঙ্খলা, বাক্সখানা'
    """
    if MISREAD_NGA in text:
        text = _HALF_NGA.sub(_with_nga, text)
    if not has_residue(text):
        return text
    text = _RESIDUE.sub(lambda glyphs: _MARK + unicode_parts(glyphs.group()) + _MARK, text)
    text = _SIGN_BEFORE_SUBJOINED.sub("\\2\\1", text)
    return unicodedata.normalize("NFC", text.replace(_MARK, ""))


def _with_nga(misread: re.Match[str]) -> str:
    """Return the conjunct that was meant, with the sign that stood within it behind."""
    sign, letter = misread.groups()
    is_certain = misread.string.endswith(_BEFORE_NGA[letter], 0, misread.start())
    return f"ঙ্{letter}{sign}" if is_certain else misread.group()
