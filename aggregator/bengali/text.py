r"""Bengali text: how it is shown, how it is compared, and where it may be cut.

*Display* text is for readers: it keeps everything they can see and loses only what is invisible or
certainly broken. A *key* is for comparing and is never published: two spellings of one text have
one key, and two texts never do. Making either of them twice changes nothing, and
``key(display(x)) == key(x)``. Every rule stands in docs/bengali.md with an example. Refuses to know
what a text says: words and stems are strings of characters here.

Python's ``\w``, ``\b`` and ``isalnum`` are never used here: Bengali vowel signs and hasanta are
marks, so those cut words into pieces (কিম → ক, ম). Code points stand where nobody can tell a
character by looking at it.
"""

from __future__ import annotations

import re
import unicodedata

from aggregator.bengali.fold import folded
from aggregator.bengali.scan import (
    BROKEN,
    JOINER,
    LONG_CHARACTERS,
    UNUSUAL,
    UNUSUAL_CHARACTERS,
    Scan,
    scan_text,
)

HASANTA = "\u09cd"
ZWNJ, ZWJ = "\u200c", "\u200d"
_SIGNS = "\u09be-\u09cc"  # the vowel signs, া to ৌ
_BENGALI = "\u0980-\u09ff"
BENGALI_CHARACTER = re.compile(f"[{_BENGALI}]")  # of the block: letters, signs, digits, currency
_ELLIPSIS = "…"

# --- Is a repair needed? -----------------------------------------------------------------------
# Clean text is the common case, so display first looks for trouble: in a long text by one scan, in
# a short one by a few searches that begin with a literal or one character class. Both decide alike.

_TROUBLE = (
    re.compile(UNUSUAL_CHARACTERS),
    re.compile(f"[{_SIGNS}{HASANTA}][{_SIGNS}{HASANTA}\u09d7]"),  # two dependent signs in a row
    re.compile("\u09bc(?<![\u09a1\u09a2\u09af]\u09bc)"),  # nukta on another letter than ড ঢ য
    re.compile(f"\u0981[{_SIGNS}]"),  # candrabindu before its vowel sign
    re.compile("\u0985\u09be"),  # অ + া
)
# A joiner that is not beside hasanta, is doubled, or stands in the older spelling of ৎ.
_DOUBTFUL_JOINER = re.compile(
    f"[{ZWNJ}{ZWJ}](?:(?<!{HASANTA}[{ZWNJ}{ZWJ}])(?!{HASANTA})|(?=[{ZWNJ}{ZWJ}])"
    f"|(?<=\u09a4{HASANTA}{ZWJ}))"
)
_YA_PHALA = re.compile(
    f"\u09b0\u09cd\u09af\u09be(?<![{_BENGALI}{ZWNJ}{ZWJ}]\u09b0\u09cd\u09af\u09be)"
)
_PRECOMPOSED = (
    ("\u09df", "\u09af\u09bc"),  # য়
    ("\u09dc", "\u09a1\u09bc"),  # ড়
    ("\u09dd", "\u09a2\u09bc"),  # ঢ়
)

# --- Display -----------------------------------------------------------------------------------

# Invisible, and without effect on Bengali: soft hyphen, zero-width space, directional marks,
# overrides and isolates (which can also make a title lie), word joiners, byte-order marks,
# controls but tab and line feed, lone surrogates and noncharacters (which no XML can carry).
_JUNK = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)
_LINE_BREAK = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# A joiner says how letters join. Beside hasanta it can be seen (উদ্‌যাপন, র‍্যাব), and other
# scripts and emoji sequences need theirs; anywhere else it is an artefact.
_STRAY_JOINER = re.compile(
    f"(?<![{HASANTA}\u0590-\u097f\u0a00-\u1fff\u2190-\u2bff\ufe0f\U0001f000-\U0001faff])"
    f"[{ZWNJ}{ZWJ}]+(?!{HASANTA})"
)
_Repair = tuple[re.Pattern[str], str]
_REPAIRS: tuple[_Repair, ...] = (
    (re.compile(f"\u09a4\u09cd{ZWJ}"), "\u09ce"),  # the older spelling of ৎ
    (re.compile(f"([{ZWNJ}{ZWJ}])\\1+"), "\\1"),
    (_STRAY_JOINER, ""),
    (re.compile("\u09be\u09c7"), "\u09cb"),  # া + ে typed in the wrong order is ো
    (re.compile(f"\u0981([{_SIGNS}])"), "\\1\u0981"),  # candrabindu follows the vowel sign
    (re.compile("\u0985\u09be"), "\u0986"),  # অ + া is আ
    (re.compile("\u09cd\u09cd+"), "\u09cd"),
    (re.compile("\u09bc\u09bc+"), "\u09bc"),
    (re.compile(f"(\u09bc[{_SIGNS}]+)\u09bc"), "\\1"),  # one before the vowel sign, one behind it
    (re.compile("\u09ac\u09bc"), "\u09b0"),  # ব + nukta is র
    (re.compile(f"([\u09a1\u09a2\u09af])([{_SIGNS}]+)\u09bc"), "\\1\u09bc\\2"),
    (re.compile(f"([{_SIGNS}])\\1+"), "\\1"),
    (re.compile("\u09f7"), "\u0964"),  # currency numerator four, typed for a danda
)
# No word begins with a reph, so র্যা at its beginning is র with ya-phala: র‍্যা.
_INITIAL_YA_PHALA: _Repair = (
    re.compile(f"(?<![{_BENGALI}{ZWNJ}{ZWJ}])\u09b0\u09cd\u09af\u09be"),
    f"\u09b0{ZWJ}\u09cd\u09af\u09be",
)
# A repair can bring together what the next round repairs; three rounds is the most that
# generated text ever needed.
_MAX_ROUNDS = 8


def display(text: str, scan: Scan | None = None) -> str:
    r"""Return the text as readers see it: NFC, without invisible junk, certain repairs made.

    ``scan`` is the scan of this very text, where the caller has one.

    >>> display("\ufeffরাষ্ট্র\u200bপতি") == "রাষ্ট্রপতি"
    True
    >>> display("উদ্\u200cযাপন") == "উদ্\u200cযাপন"
    True
    >>> display("র্যাব") == "র\u200d্যাব"
    True
    """
    if text.isascii() and text.isprintable():
        return text
    for precomposed, parts in _PRECOMPOSED:
        text = text.replace(precomposed, parts)
    if _is_broken(text, scan) or _YA_PHALA.search(text):
        return _repaired(text, (*_REPAIRS, _INITIAL_YA_PHALA))
    return text


def _is_broken(text: str, scan: Scan | None = None) -> bool:
    """Tell whether a text may need any repair but that of an initial ya-phala."""
    if scan is None and len(text) < LONG_CHARACTERS:
        has_trouble = any(trouble.search(text) for trouble in _TROUBLE)
        return has_trouble or bool(_DOUBTFUL_JOINER.search(text))
    kinds = (scan or scan_text(text)).kinds
    has_joiner = kinds & JOINER
    return bool(kinds & (UNUSUAL | BROKEN) or (has_joiner and _DOUBTFUL_JOINER.search(text)))


def without_junk(text: str) -> str:
    """Return the text without the characters that no reader can see or no XML can carry.

    It makes no other change, so it is the fast way where ``display`` has nothing else to do.
    """
    if text.replace("\n", "").isprintable():  # junk never is
        return text
    return _JUNK.sub("", text) if _JUNK.search(text) else text


def _repaired(text: str, repairs: tuple[_Repair, ...]) -> str:
    text = _JUNK.sub("", _LINE_BREAK.sub("\n", text))
    for _ in range(_MAX_ROUNDS):
        before = text
        text = unicodedata.normalize("NFC", text)
        for pattern, replacement in repairs:
            text = pattern.sub(replacement, text)
        if text == before:
            break
    return text


# --- Key ---------------------------------------------------------------------------------------

# ত + hasanta before a letter it forms no conjunct with is read, and often written, as ৎ.
_KHANDA_TA = re.compile("\u09a4\u09cd(?![\u09a4\u09a5\u09a8\u09ac\u09ae\u09af\u09b0\u09b2\u09cd])")
# দু:খ is typed for দুঃখ; after a space or a digit a colon is a colon.
_COLON_VISARGA = re.compile(":(?<=[\u0985-\u09cc]:)(?=[\u0985-\u09b9])")
# Joiners, and the selectors of an emoji's form.
_INVISIBLE = re.compile(f"[{ZWNJ}{ZWJ}\ufe0e\ufe0f]")


def key(text: str) -> str:
    """Return the text as it is compared: two spellings of one text have one key.

    >>> key("‘নিহত ৫’ ।") == key("'নিহত 5'")
    True
    >>> key("ঈদ") == key("ইদ")
    False
    """
    return key_of_shown(display(text))


def key_of_shown(text: str) -> str:
    """Return the key of a text that comes from ``display``, without looking for repairs again."""
    if _INVISIBLE.search(text):
        text = _INVISIBLE.sub("", text)
        if _is_broken(text):  # letters that they kept apart can now need a repair
            text = _repaired(text, _REPAIRS)
    text = folded(text)
    if ":" in text:
        text = _COLON_VISARGA.sub("\u0983", text)
    if "\u09a4\u09cd" in text:
        text = _KHANDA_TA.sub("\u09ce", text)
    return text


# --- Words and cuts ----------------------------------------------------------------------------

_DIGIT = "0-9\u09e6-\u09ef"
# A number with its separators is one word; so is a run of letters of one script with their marks.
# Bengali: the characters of the block that stand in words, so not ৳ and the other currency signs.
_WORD = re.compile(
    f"[{_DIGIT}]+(?:[.,:/][{_DIGIT}]+)+"
    f"|[\u0980-\u09f1\u09fc\u09fe{ZWNJ}{ZWJ}]+"
    "|[A-Za-z0-9\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f]+"
    "|[\u0370-\u0963\u0966-\u097f\u0a00-\u0dff]+"
)
_JOINED_ON = f"{ZWNJ}{ZWJ}\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"  # and skin tones
_VIRAMA = 9  # Unicode's combining class of hasanta in every Indic script
_SENTENCE_ENDS = "।?!॥"
_CLOSING = "\"'”’»)]"


def words(text: str) -> list[str]:
    """Return the words of a text; a Bengali word is never cut at a vowel sign or hasanta.

    >>> words("কিম জং উন, BBC-কে ২৯শে ১০,০০০ টাকা")
    ['কিম', 'জং', 'উন', 'BBC', 'কে', '২৯শে', '১০,০০০', 'টাকা']
    """
    return _WORD.findall(text)


def stems(text: str, *, characters: int, shortest_word: int = 1) -> list[str]:
    """Return the first ``characters`` characters of each word of a text, in the order of the words.

    Bengali words change at their ends (ঢাকা, ঢাকায়, ঢাকার), so their beginnings compare them better
    than whole words do. Words of fewer than ``shortest_word`` characters are left out. Hand in the
    ``key`` of a text, as its spellings differ.

    >>> stems("ঢাকায় বৃষ্টি, ঢাকার পথে পানি", characters=4, shortest_word=4)
    ['ঢাকা', 'বৃষ্', 'ঢাকা', 'পানি']
    """
    return [word[:characters] for word in words(text) if len(word) >= shortest_word]


def cut(text: str, limit: int) -> str:
    """Shorten a text to at most ``limit`` characters: at the end of a sentence, else of a word.

    It never cuts between a letter and its signs, or within a conjunct; where not even one letter
    fits, it returns the empty text. A text that is cut at a word ends in an ellipsis, for which the
    limit has room.

    >>> cut("প্রথম বাক্য। দ্বিতীয় বাক্যটি আরও বড়।", 16)
    'প্রথম বাক্য।'
    """
    if len(text) <= limit:
        return text
    head = text[: max(limit, 0)]
    sentence = max(head.rfind(end) for end in _SENTENCE_ENDS)
    # A sentence that fills less than half of the room says too little; words fill it instead.
    if sentence >= limit // 2:
        end = sentence + 1
        while end < limit and text[end] in _CLOSING:  # a quotation that ends with its sentence
            end += 1
        return text[:end]
    room = max(limit - 1, 0)
    if text[room] not in " \n":
        space = max(text.rfind(" ", 0, room), text.rfind("\n", 0, room))
        room = space if space > 0 else _cluster_end(text, room)
    shown = text[:room].rstrip(" \n,;:-–—")
    return shown + _ELLIPSIS if shown else ""


def _cluster_end(text: str, index: int) -> int:
    """Find the last index up to ``index`` where no letter is cut from its signs or its conjunct."""
    while 0 < index < len(text) and (
        unicodedata.category(text[index])[0] == "M"
        or text[index] in _JOINED_ON
        or unicodedata.combining(text[index - 1]) == _VIRAMA
        or text[index - 1] in (ZWJ, ZWNJ)
    ):
        index -= 1
    return index
