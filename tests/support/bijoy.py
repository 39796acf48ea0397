"""Unicode → Bijoy as a typist writes it, for tests and for counting what Bijoy looks like.

It inverts the font's table of glyphs and shares no code with the converter under test.
"""

from __future__ import annotations

import re
import unicodedata

_BASES = {
    "অ": "A", "আ": "Av", "ই": "B", "ঈ": "C", "উ": "D", "ঊ": "E", "ঋ": "F", "এ": "G", "ঐ": "H",
    "ও": "I", "ঔ": "J", "ক": "K", "খ": "L", "গ": "M", "ঘ": "N", "ঙ": "O", "চ": "P", "ছ": "Q",
    "জ": "R", "ঝ": "S", "ঞ": "T", "ট": "U", "ঠ": "V", "ড": "W", "ঢ": "X", "ণ": "Y", "ত": "Z",
    "থ": "_", "দ": "`", "ধ": "a", "ন": "b", "প": "c", "ফ": "d", "ব": "e", "ভ": "f", "ম": "g",
    "য": "h", "র": "i", "ল": "j", "শ": "k", "ষ": "l", "স": "m", "হ": "n", "ড়": "o", "ঢ়": "p",
    "য়": "q", "ৎ": "r",
}  # fmt: skip
_CONJUNCTS = {
    "ক্ক": "°", "ক্ট": "±", "ক্ত": "³", "ক্র": "µ", "ক্ষ": "¶", "ক্স": "·", "গ্ধ": "»", "ঙ্ক": "¼",
    "ঙ্গ": "½", "জ্জ": "¾", "জ্ঞ": "Á", "ঞ্চ": "Â", "ঞ্ছ": "Ã", "ঞ্জ": "Ä", "ট্ট": "Æ", "ড্ড": "Ç",
    "ণ্ট": "È", "ণ্ঠ": "É", "ণ্ড": "Ê", "ত্ত": "Ë", "ত্থ": "Ì", "ত্র": "Î", "দ্দ": "Ï", "দ্ধ": "×",
    "দ্ব": "Ø", "দ্ম": "Ù", "ন্ঠ": "Ú", "ন্ড": "Û", "ন্ধ": "Ü", "ন্স": "Ý", "প্ট": "Þ", "প্ত": "ß",
    "প্প": "à", "প্স": "á", "ব্জ": "â", "ব্দ": "ã", "ব্ধ": "ä", "ভ্র": "å", "ম্ফ": "ç", "ল্ক": "é",
    "ল্গ": "ê", "ল্ট": "ë", "ল্ড": "ì", "ল্প": "í", "শ্চ": "ð", "শ্ছ": "ñ", "ষ্ণ": "ò", "ষ্ট": "ó",
    "ষ্ঠ": "ô", "ষ্ফ": "õ", "স্খ": "ö", "স্ট": "÷", "স্ফ": "ù", "হ্ন": "ý", "হ্ম": "þ", "ন্ট": "›U",
    "ন্ত": "šÍ", "ন্ত্র": "š¿", "ন্থ": "š’", "ন্দ": "›`", "ম্প": "¤ú", "ম্ব": "¤^", "ম্ভ": "¤¢",
    "ম্ম": "¤§", "ম্ল": "¤­", "ম্ন": "¤œ", "ষ্ক": "®‹", "ষ্প": "®ú", "ষ্ম": "®§", "স্ক": "¯‹",
    "স্ত": "¯Í", "স্ত্র": "¯¿", "স্থ": "¯’", "স্ন": "¯œ", "স্প": "¯ú", "স্ব": "¯^", "স্ম": "¯§",
    "চ্চ": "”P", "চ্ছ": "”Q", "দ্ভ": "˜¢", "দ্গ": "˜M", "ঙ্খ": "•L", "ঙ্ঘ": "•N", "ঙ্ক্ষ": "•¶", "অ্য": "A¨",
}  # fmt: skip
_BELOW = {
    "্য": "¨", "্র": "ª", "্ব": "¦", "্ন": "œ", "্ম": "¥", "্ল": "­", "্ক": "‹", "্ত": "Í", "্থ": "’",
    "্প": "ú",
}  # fmt: skip
_SIGNS = {"া": "v", "ী": "x", "ু": "y", "ূ": "~", "ৃ": "„", "ৗ": "Š", "ং": "s", "ঃ": "t", "ঁ": "u"}
_BEFORE = {"ি": "w", "ে": "†", "ৈ": "ˆ"}
_OTHER = {"।": "|", "‘": "Ô", "’": "Õ", "“": "Ò", "”": "Ó", "—": "Ñ", "৳": "$"}
_SYLLABLE = re.compile(
    "(?P<reph>র্(?=[ক-হ]))?"
    "(?P<base>[ক-হ]\u09bc?(?:\u200d?্[ক-হ]\u09bc?)*|অ্য|[অ-ঔৎ])"
    "(?P<sign>[\u09be-\u09cc\u09d7]?)(?P<modifiers>[ঁংঃ]*)"
)


def encode(text: str) -> str | None:
    """Return Unicode text in Bijoy, or ``None`` where the font cannot write it."""
    text = unicodedata.normalize("NFC", text)
    written, position = [], 0
    while position < len(text):
        match = _SYLLABLE.match(text, position)
        if match is None:
            character = text[position]
            digit = ord(character) - 0x09E6  # from ০ BENGALI DIGIT ZERO
            if "\u0980" <= character <= "\u09ff" and not 0 <= digit <= 9:
                return None
            written.append(_OTHER.get(character) or (str(digit) if 0 <= digit <= 9 else character))
            position += 1
            continue
        base = _base(match["base"])
        if base is None:
            return None
        sign = match["sign"]
        before, after = {"ো": ("ে", "া"), "ৌ": ("ে", "ৗ")}.get(sign, ("", sign))
        if after in _BEFORE:
            before, after = after, ""
        reph = "©" if match["reph"] else ""
        written.append(_BEFORE.get(before, "") + base + reph + _SIGNS.get(after, ""))
        written.extend(_SIGNS[modifier] for modifier in match["modifiers"])
        position = match.end()
    return "".join(written)


def _base(base: str) -> str | None:
    """Return a letter or conjunct in Bijoy: its longest start with a glyph, the rest below it."""
    base = base.replace("\u200d", "")
    if base in _BASES:
        return _BASES[base]
    for end in range(len(base), 0, -1):
        head = _CONJUNCTS.get(base[:end]) or _BASES.get(base[:end])
        if head is None or base[end : end + 1] == "\u09bc":
            continue
        rest = base[end:]
        below = ""
        if base[:end] in ("প", "শ", "ম", "গ") and rest.startswith("্র"):
            below, rest = {"প": "Ö", "শ": "Ö", "ম": "ª", "গ": "Ö"}[base[:end]], rest[2:]
        while rest:
            part = _BELOW.get(rest[:2])
            if part is None:
                break
            below, rest = below + part, rest[2:]
        if not rest:
            return head + below
    return None
