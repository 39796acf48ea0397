"""Bijoy (SutonnyMJ) text → Unicode: the legacy encoding of Bengali as a font over Latin letters.

Knows what each glyph of the font stands for, the order in which glyphs were typed, and how to
tell such text from English. Two things are found in the wild: whole *runs* (``Avgvi †mvbvi
evsjv``), and *residue*, single glyphs that a poor converter left in Unicode text (নি¤œ for নিম্ন).
English among them is never converted: a word that is more likely English stays.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import NamedTuple

from aggregator.bengali.bijoy_model import likelihood
from aggregator.bengali.text import HASANTA, ZWJ, ZWNJ

# --- The font ----------------------------------------------------------------------------------
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


class _Glyph(NamedTuple):
    part: str  # C consonant, H half, S subjoined, P prebase sign, V sign, M modifier, R, & or X
    text: str


def _glyphs() -> dict[str, tuple[_Glyph, ...]]:
    table: dict[str, tuple[_Glyph, ...]] = {_REPH: (_Glyph("R", ""),)}
    for part, glyphs in (
        ("C", _CONSONANTS | _CONJUNCTS),
        ("H", _HALVES),
        ("S", _SUBJOINED),
        ("P", _PREBASE),
        ("V", _SIGNS),
        ("M", _MODIFIERS),
        ("&", {_EXPLICIT_HASANTA: HASANTA}),
        ("X", _VOWELS | _PUNCTUATION | _DIGITS),
    ):
        for code, text in glyphs.items():
            if part in "CS" and text[-1] in "ুৃ":  # গু, হৃ, ্তু: the sign is a glyph of its own
                table[code] = (_Glyph(part, text[:-1]), _Glyph("V", text[-1]))
            else:
                table[code] = (_Glyph(part, text),)
    return table


_TABLE = _glyphs()
# Text that was decoded as Latin-1 has C1 controls where Windows-1252 has the font's glyphs.
_C1 = {
    code: bytes([code]).decode("cp1252")
    for code in range(0x80, 0xA0)
    if code not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}


# --- Syllables ---------------------------------------------------------------------------------


@dataclass(slots=True)
class _Syllable:
    """One consonant or conjunct with its signs, as they are met; written in Unicode's order."""

    prebase: str = ""
    base: str = ""
    reph: bool = False
    sign: str = ""
    modifiers: str = ""

    def join(self, part: str) -> None:
        """Add a part of a conjunct; two hasantas that meet are one."""
        if part == "্য" and self.base == "র":
            self.base += ZWJ  # র with ya-phala, and not reph over য
        both = self.base.endswith(HASANTA) and part.startswith(HASANTA)
        self.base += part[1:] if both else part

    def written(self) -> str:
        """Give the syllable: reph first, then the base, then the sign around or behind it."""
        sign = unicodedata.normalize("NFC", self.prebase + self.sign)  # ে + া is ো, ে + ৗ is ৌ
        reph = "র" + HASANTA if self.reph else ""
        return reph + self.base + sign + self.modifiers


def _word(word: str) -> str:
    """Convert one word, all of whose characters are glyphs or stand for themselves."""
    glyphs = [one for code in word for one in _TABLE.get(code, (_Glyph("X", code),))]
    written: list[str] = []
    now = _Syllable()
    for index, (part, text) in enumerate(glyphs):
        follows = glyphs[index + 1].part if index + 1 < len(glyphs) else ""
        if part == "P" or part == "X" or (part in "CH" and not _continues(now)):
            written.append(now.written())
            now = _Syllable(prebase=text) if part == "P" else _Syllable()
        if part == "X":
            written.append(text)
        elif part in "CHS":
            now.join(text)
        elif part == "&":
            now.join(HASANTA + ZWNJ if follows in ("C", "H") else HASANTA)
        elif part == "R":
            now.reph = True
        elif part == "V":
            now.sign += text
        elif part == "M":
            now.modifiers += text
    written.append(now.written())
    return "".join(written).replace("অা", "আ")


def _continues(syllable: _Syllable) -> bool:
    """Tell whether a consonant belongs to the syllable begun: it has none yet, or half of one."""
    complete = syllable.base and not syllable.base.endswith((HASANTA, HASANTA + ZWNJ))
    return not complete and not syllable.sign and not syllable.modifiers


# --- Runs --------------------------------------------------------------------------------------

# The bounds of a text that is Bijoy as a whole, measured on Bengali news written in Bijoy and on
# English prose: at least three of the four hold for the former, at most one for the latter.
_MIN_SHARE_OF_AA = 0.06
_MIN_SHARE_OF_GLYPH_WORDS = 0.25
_MIN_SHARE_OF_INNER_CAPITALS = 0.15
_MAX_SHARE_OF_VOWELS = 0.27
_MIN_SIGNS = 3
_MIN_WORDS = 4
# A few words, such as a headline, are Bijoy where most of them say so and together say enough.
# English headlines of up to six words reach 3 at the most, Bijoy ones begin at 12.
_SPEAKING = 4.0
_MIN_SHARE_SPEAKING = 0.6
_MIN_EVIDENCE = 6.0
_EVIDENCE_OF_GLYPH = 10.0
_DOUBT_OF_ACCENT = 6.0  # Reykjavík has as many letters of Bijoy as কল্পনা has of English
# Within a run of Bijoy a word is taken for English below this log-likelihood ratio: of 18,829
# Bijoy words of the news 0.4 % lie below it, of technical English prose 98.1 %. The frequent words
# on the wrong side are named.
_ENGLISH_BELOW = 0.0
_BIJOY_WORDS = frozenset("Ges me eis eny im Zey GKB GZB So Mo".split())  # এবং সব বরং বহু রস তবু …
_ENGLISH_WORDS = frozenset("Feb even give go job move way we web why Go".split())

_BENGALI = re.compile("[\u0980-\u09ff]")
# What stands between Bengali letters and has a letter of its own, or a glyph that is drawn first.
_FOREIGN = re.compile("[A-Za-z†‡]")
# It begins at the text's or at a Bengali letter's end, so that no run is looked at twice.
_FOREIGN_RUN = re.compile(
    "(?:(?<=[\u0980-\u09ff\u0964\u0965])|\\A)"
    "[^\u0980-\u09ff\u0964\u0965]*[A-Za-z†‡][^\u0980-\u09ff\u0964\u0965]*"
)
_SPACED = re.compile(r"(\s+)")
_LATIN = re.compile("[A-Za-z]")
_INNER_CAPITAL = re.compile("[a-z`_][A-Z]")
# Glyphs that no English word has, as they are letters, or signs that stand alone.
_GLYPH = re.compile("[†‡©¨Öª«¶·¯®°±²³´µº»¼½¾¿ƒ„ˆ‰Š‹Œ•™š›œŸ¡¢£¤¥¦§¬\u00ad\u00c0-\u00ff]")
# Of those, what no word in Latin letters has: signs beside a letter, a capital with an accent
# behind a small letter, halves of conjuncts before what completes them. Signs of measure (µ ° ² ³ ×
# ½ ±) and ® stand beside letters in any news and speak for nothing.
_SIGN_GLYPH = re.compile(
    "[A-Za-z_`][†‡©¨ª«¶´¸¹º»¿ƒ„ˆ‰‹¡¢¤¥¦§¬]|[a-z_`^][À-ÖØ-Þ]|[A-Za-z_`]”[PQT]"
    "|[†‡ªˆ‰¯¤š›•˜™][A-Za-z_`¿ÍúŒ‹^’œ¢§]"
)
_LONGEST_WORD = 200  # what is longer is no word
_FEW_LETTERS = 3  # the likelihood of two letters says nothing
# A measure, as 50 km², µg/m³ or 10 cm×5; what is longer is none.
_UNIT = re.compile(
    "(?=.*[µ²³/·×°])[^A-Za-z]*[A-Za-z]{1,3}[²³]?(?:[/·×][^A-Za-z/·×]*[A-Za-z]{1,3}[²³]?)*[^A-Za-z]*"
)
_LONGEST_UNIT = 30
_ADDRESS = re.compile(r"https?:|www\.|@|\.(?:com|org|net|bd|in)(?![a-z])", re.IGNORECASE)
# What stands around a word and is the same in both encodings.
_EDGES = re.compile(r"""(["'(\[]*)(.*?)(["')\].,;:!?/-]*)""", re.DOTALL)
# Initials and abbreviations: three or more capitals, which Bijoy words are not.
_CAPITALS = re.compile(r"[A-Z]{3,}s?|[A-Z](?:\.[A-Z])+\.?")


def looks_legacy(text: str) -> bool:
    """Tell whether a text, as a whole, is Bijoy."""
    letters = _LATIN.findall(text)
    words = text.split()
    if not letters or _BENGALI.search(text):
        return False
    evidence = [one for word in words if (one := _evidence(word))]
    speaking = sum(one >= _SPEAKING for one in evidence)
    if speaking >= _MIN_SHARE_SPEAKING * len(evidence) and sum(evidence) >= _MIN_EVIDENCE:
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


def _evidence(word: str) -> float:
    """Give how much a word speaks for Bijoy, as a log-likelihood ratio."""
    letters = "".join(_LATIN.findall(word))
    if _ADDRESS.search(word) or _CAPITALS.fullmatch(word):
        return 0.0
    if len(word) <= _LONGEST_UNIT and _UNIT.fullmatch(word):
        return 0.0
    if _SIGN_GLYPH.search(word):
        few = len(letters) < _FEW_LETTERS
        return _EVIDENCE_OF_GLYPH + (0.0 if few else min(likelihood(word), 0.0))
    if len(letters) < _FEW_LETTERS - 1:
        return 0.0
    if letters.isupper() and len(letters) < _FEW_LETTERS:
        return 0.0
    return likelihood(word) - (0.0 if word.isascii() else _DOUBT_OF_ACCENT)


def convert(text: str, *, is_legacy: bool | None = None) -> str:
    """Convert the Bijoy in a text and nothing else: its runs, and residue in Unicode words.

    ``is_legacy`` says whether the text belongs to one that is Bijoy as a whole; left out, the text
    tells itself, for which it needs some words.

    >>> convert("Avgvi †mvbvi evsjv")
    'আমার সোনার বাংলা'
    >>> convert("BBC News জানায়, নি¤œ আদালত")
    'BBC News জানায়, নিম্ন আদালত'
    """
    if is_legacy is None and text.isascii() and not looks_legacy(text):
        return text
    if not _BENGALI.search(text):
        return _run(text) if is_legacy or looks_legacy(_windows(text)) else text
    if not _FOREIGN.search(text):
        return _without_residue(text)
    return _FOREIGN_RUN.sub(
        lambda run: _run(run.group()) if looks_legacy(_windows(run.group())) else run.group(),
        _without_residue(text),
    )


def _windows(text: str) -> str:
    return text.translate(_C1)


def _run(text: str) -> str:
    """Convert a run of Bijoy word by word; words that are rather English stay."""
    return "".join(
        part if not part or part.isspace() else _run_word(part)
        for part in _SPACED.split(_windows(text))
    )


def _run_word(word: str) -> str:
    edges = _EDGES.fullmatch(word) if len(word) <= _LONGEST_WORD else None
    before, inner, after = edges.groups() if edges else ("", word, "")
    if _is_english(inner):
        return word
    return before + _word(inner) + after


def _is_english(word: str) -> bool:
    """Tell whether a word within a run of Bijoy is to stay as it is."""
    if _ADDRESS.search(word) or _CAPITALS.fullmatch(word) or word in _ENGLISH_WORDS:
        return True
    if _GLYPH.search(word) or not _LATIN.search(word) or word in _BIJOY_WORDS:
        return False
    return likelihood(word) < _ENGLISH_BELOW


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
_MARK = "\ue000"  # a private-use character, to tell what was just put in from what stood there
# A converter that did not know a subjoined glyph put the prebase sign before it: সেøা for স্লো.
_SIGN_BEFORE_SUBJOINED = re.compile(
    f"([\u09bf\u09c7\u09c8]){_MARK}((?:\u09cd[\u0995-\u09b9]\u09bc?)+){_MARK}"
)


def has_residue(text: str) -> bool:
    """Tell whether glyphs of the font still stand beside Bengali letters."""
    return bool(_GLYPH_OF_RESIDUE.search(text)) and bool(_RESIDUE.search(text))


def _without_residue(text: str) -> str:
    """Replace single glyphs that a poor converter left in Unicode words.

    >>> _without_residue("সেøাগান, ¯œাতক, জ¦লজ¦ল, হয়Ñতাই, ৩০° সেলসিয়াস")
    'স্লোগান, স্নাতক, জ্বলজ্বল, হয়—তাই, ৩০° সেলসিয়াস'
    """
    if not has_residue(text):
        return text

    def replace(match: re.Match[str]) -> str:
        return _MARK + _glyph_texts(match.group()) + _MARK

    text = _RESIDUE.sub(replace, text)
    text = _SIGN_BEFORE_SUBJOINED.sub("\\2\\1", text)
    return unicodedata.normalize("NFC", text.replace(_MARK, ""))


def _glyph_texts(glyphs: str) -> str:
    """Write glyphs that stand between Unicode letters: halves and subjoined parts as they are."""
    written = "".join(one.text for code in glyphs for one in _TABLE.get(code, (_Glyph("X", code),)))
    return re.sub(f"{HASANTA}{HASANTA}+", HASANTA, written)
