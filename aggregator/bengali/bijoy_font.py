"""The Bijoy font (SutonnyMJ): what its glyphs stand for, and how glyphs make a syllable.

Knows each code of the font and the order in which glyphs were typed, which is the order in which
they are drawn and not that of Unicode. Does not know how to tell Bijoy from English
(``bijoy_detection``) or where it stands in a text (``bijoy``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from aggregator.bengali.spellings import HASANTA, ZWJ, ZWNJ

# --- The glyphs --------------------------------------------------------------------------------
# What stands at each code of SutonnyMJ, by the part it plays in a syllable.

_VOWELS = dict(zip("ABCDEFGHIJ", "অ ই ঈ উ ঊ ঋ এ ঐ ও ঔ".split(), strict=True))
_CONSONANTS = dict(
    zip(
        "KLMNOPQRSTUVWXYZ_`abcdefghijklmnopqr",
        "ক খ গ ঘ ঙ চ ছ জ ঝ ঞ ট ঠ ড ঢ ণ ত থ দ ধ ন প ফ ব ভ ম য র ল শ ষ স হ ড় ঢ় য় ৎ".split(),
        strict=True,
    )
)
# Glyphs that are a conjunct of their own; three carry their vowel sign.
_CONJUNCTS = dict(
    pair.split("=")
    for pair in (
        "°=ক্ক ±=ক্ট ²=ক্ষ্ণ ³=ক্ত ´=ক্ম µ=ক্র ¶=ক্ষ ·=ক্স ¸=গু ¹=জ্ঞ º=গ্দ »=গ্ধ ¼=ঙ্ক ½=ঙ্গ ¾=জ্জ "
        "À=জ্ঝ Á=জ্ঞ Â=ঞ্চ Ã=ঞ্ছ Ä=ঞ্জ Å=ঞ্ঝ Æ=ট্ট Ç=ড্ড È=ণ্ট É=ণ্ঠ Ê=ণ্ড Ë=ত্ত Ì=ত্থ Î=ত্র Ï=দ্দ "
        "×=দ্ধ Ø=দ্ব Ù=দ্ম Ú=ন্ঠ Û=ন্ড Ü=ন্ধ Ý=ন্স Þ=প্ট ß=প্ত à=প্প á=প্স â=ব্জ ã=ব্দ ä=ব্ধ å=ভ্র "
        "ç=ম্ফ é=ল্ক ê=ল্গ ë=ল্ট ì=ল্ড í=ল্প î=ল্ফ ï=শু ð=শ্চ ñ=শ্ছ ò=ষ্ণ ó=ষ্ট ô=ষ্ঠ õ=ষ্ফ ö=স্খ "
        "÷=স্ট ù=স্ফ û=হু ü=হৃ ý=হ্ন þ=হ্ম ÿ=ক্ষ"
    ).split()
)
# The first part of a conjunct, which the next glyph completes.
_HALVES = dict(pair.split("=") for pair in "”=চ্ •=ঙ্ ˜=দ্ ™=দ্ š=ন্ ›=ন্ ¤=ম্ ®=ষ্ ¯=স্".split())
# The last part of a conjunct, drawn below or beside the letter before it.
_SUBJOINED = dict(
    pair.split("=")
    for pair in (
        "^=্ব ‹=্ক Œ=্ক্র —=্ত Í=্ত ‘=্তু ’=্থ ¿=্ত্র œ=্ন è=্ন ¡=্ব Ÿ=্ব ¦=্ব ¢=্ভ £=্ভ্র ¥=্ম §=্ম "
        "ú=্প ¬=্ল \u00ad=্ল ø=্ল ¨=্য ª=্র «=্র Ö=্র"
    ).split()
)
_PREBASE = {"w": "ি", "†": "ে", "‡": "ে", "ˆ": "ৈ", "‰": "ৈ"}
_SIGNS = {
    **{"v": "া", "x": "ী", "~": "ূ", "ƒ": "ূ", "‚": "ূ", "„": "ৃ", "…": "ৃ", "Š": "ৗ"},
    **dict.fromkeys("yz“–æ", "ু"),
}
_MODIFIERS = {"s": "ং", "t": "ঃ", "u": "ঁ"}
_REPH = "©"
_EXPLICIT_HASANTA = "&"
_PUNCTUATION = {"|": "।", "Ñ": "—", "Ð": "–", "Ò": "“", "Ó": "”", "Ô": "‘", "Õ": "’", "$": "৳"}
_DIGITS = {str(digit): chr(0x09E6 + digit) for digit in range(10)}


class Glyph(NamedTuple):
    """One glyph of the font: the part it plays in a syllable, and its text in Unicode."""

    part: str  # C consonant, H half, S subjoined, P prebase sign, V sign, M modifier, R, & or X
    text: str


def _glyphs_by_code() -> dict[str, tuple[Glyph, ...]]:
    """Return the glyphs at each code of the font: two where a conjunct carries its vowel sign."""
    glyphs: dict[str, tuple[Glyph, ...]] = {_REPH: (Glyph("R", ""),)}
    for part, texts in (
        ("C", _CONSONANTS | _CONJUNCTS),
        ("H", _HALVES),
        ("S", _SUBJOINED),
        ("P", _PREBASE),
        ("V", _SIGNS),
        ("M", _MODIFIERS),
        ("&", {_EXPLICIT_HASANTA: HASANTA}),
        ("X", _VOWELS | _PUNCTUATION | _DIGITS),
    ):
        for code, text in texts.items():
            if part in "CS" and text[-1] in "ুৃ":  # গু, হৃ, ্তু: the sign is a glyph of its own
                glyphs[code] = (Glyph(part, text[:-1]), Glyph("V", text[-1]))
            else:
                glyphs[code] = (Glyph(part, text),)
    return glyphs


_GLYPHS = _glyphs_by_code()
# Text that was decoded as Latin-1 has C1 controls where Windows-1252 has the font's glyphs. Five
# codes have no character in Windows-1252.
_WINDOWS_1252 = {
    code: bytes([code]).decode("cp1252")
    for code in range(0x80, 0xA0)
    if code not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}


def with_windows_glyphs(text: str) -> str:
    r"""Return the text with C1 controls read as Windows-1252, so that each is a glyph of the font.

    >>> with_windows_glyphs("\x86mvbvi")
    '†mvbvi'
    """
    return text.translate(_WINDOWS_1252)


def _glyphs_of(codes: str) -> Iterator[Glyph]:
    """Find the glyphs of a word; a character that the font does not know stands for itself."""
    for code in codes:
        yield from _GLYPHS.get(code, (Glyph("X", code),))


# --- Syllables ---------------------------------------------------------------------------------


@dataclass(slots=True)
class _Syllable:
    """One consonant or conjunct with its signs, collected as typed and written as Unicode orders.

    Not frozen: it grows glyph by glyph, within ``unicode_word`` alone.
    """

    prebase: str = ""
    base: str = ""
    reph: bool = False
    sign: str = ""
    modifiers: str = ""

    def add_to_base(self, part: str) -> None:
        """Add a part of a conjunct; two hasantas that meet are one."""
        if part == "্য" and self.base == "র":
            self.base += ZWJ  # র with ya-phala, and not reph over য
        has_both = self.base.endswith(HASANTA) and part.startswith(HASANTA)
        self.base += part[1:] if has_both else part

    def takes_consonant(self) -> bool:
        """Tell whether the next consonant belongs to it: it has none yet, or only half of one."""
        is_complete = self.base and not self.base.endswith((HASANTA, HASANTA + ZWNJ))
        return not is_complete and not self.sign and not self.modifiers

    def in_unicode(self) -> str:
        """Return the syllable in Unicode's order: reph, the base, its sign, its modifiers."""
        sign = unicodedata.normalize("NFC", self.prebase + self.sign)  # ে + া is ো, ে + ৗ is ৌ
        reph = "র" + HASANTA if self.reph else ""
        return reph + self.base + sign + self.modifiers


def unicode_word(word: str) -> str:
    """Return one word of Bijoy in Unicode; a character that is no glyph stands for itself.

    >>> unicode_word("Kg©KZ©v")
    'কর্মকর্তা'
    """
    glyphs = list(_glyphs_of(word))
    texts: list[str] = []
    syllable = _Syllable()
    for index, (part, text) in enumerate(glyphs):
        next_part = glyphs[index + 1].part if index + 1 < len(glyphs) else ""
        if part == "P" or part == "X" or (part in "CH" and not syllable.takes_consonant()):
            texts.append(syllable.in_unicode())
            syllable = _Syllable(prebase=text) if part == "P" else _Syllable()
        if part == "X":
            texts.append(text)
        elif part in "CHS":
            syllable.add_to_base(text)
        elif part == "&":
            syllable.add_to_base(HASANTA + ZWNJ if next_part in ("C", "H") else HASANTA)
        elif part == "R":
            syllable.reph = True
        elif part == "V":
            syllable.sign += text
        elif part == "M":
            syllable.modifiers += text
    texts.append(syllable.in_unicode())
    return "".join(texts).replace("অা", "আ")


def unicode_parts(glyphs: str) -> str:
    """Return glyphs that stand alone between Unicode letters as the parts they are, unordered.

    >>> unicode_parts("¤œ")
    'ম্ন'
    """
    return re.sub(f"{HASANTA}+", HASANTA, "".join(glyph.text for glyph in _glyphs_of(glyphs)))
