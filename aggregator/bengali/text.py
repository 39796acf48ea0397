r"""Bengali text: what is shown, what is compared, and where it may be cut.

*Display* text is what readers see: it keeps everything a reader can see and loses only what is
invisible or certainly broken. A *key* is only for comparing and is never published: everything
that makes one text two strings is folded in it, nothing that makes two texts one. Both are
idempotent, and ``key(display(x)) == key(x)``.

Python's ``\w``, ``\b`` and ``isalnum`` are never used here: Bengali vowel signs and hasanta
are marks, so those cut words into pieces (কিম → ক, ম). Code points are named where a character
cannot be told by looking at it.
"""

from __future__ import annotations

import re
import unicodedata

HASANTA = "\u09cd"
_ZWNJ, _ZWJ = "\u200c", "\u200d"

# Everything that display may have to repair. Clean text, the common case, is told by one scan.
_TROUBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\uffff"
    "\ud800-\udfff\u09f7]"
    "|\u09be\u09c7|\u0981[\u09be-\u09cc]|\u0985\u09be|\u09cd\u09cd|\u09ac\u09bc"
    "|[\u09be-\u09cc]\u09bc|([\u09be-\u09cc])\\1"
    "|(?<![\u0980-\u09ff\u200c\u200d])\u09b0\u09cd\u09af\u09be"
)
# Invisible, and without effect on Bengali: soft hyphen, zero-width space, directional marks,
# overrides and isolates (which can also make a title lie), word joiners, byte-order marks,
# controls but tab and line feed, lone surrogates and noncharacters (which no XML can carry).
_JUNK = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)
_LINE_BREAK = re.compile("\r\n?|[\x0c\x85\u2028\u2029]")
# A joiner says how letters join; beside hasanta it can be seen (উদ্‌যাপন, র‍্যাব), and other
# scripts and emoji sequences need theirs. Anywhere else it is an artefact.
_STRAY_JOINER = re.compile(
    "(?<!\u09cd)(?<![\u0590-\u0980\u0a00-\u1fff\u2600-\u27bf\ufe0f\U0001f000-\U0001faff])"
    "[\u200c\u200d]+(?!\u09cd)"
)
_DISPLAY_REPAIRS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile("\u09a4\u09cd\u200d"), "\u09ce"),  # ত্‍ → ৎ: the older spelling of the same letter
    (re.compile("\u09be\u09c7"), "\u09cb"),  # া + ে, typed in the wrong order, is ো
    (re.compile("\u0981([\u09be-\u09cc])"), "\\1\u0981"),  # candrabindu follows the vowel sign
    (re.compile("\u0985\u09be"), "\u0986"),  # অ + া → আ
    (re.compile("\u09cd{2,}"), "\u09cd"),
    (re.compile("\u09ac\u09bc"), "\u09b0"),  # ব + nukta → র
    (re.compile("([\u09a1\u09a2\u09af])([\u09be-\u09cc]+)\u09bc"), "\\1\u09bc\\2"),
    (re.compile("([\u09be-\u09cc])\\1+"), "\\1"),
    (re.compile("\u09f7"), "\u0964"),  # currency numerator four, typed for a danda
    # No word begins with a reph, so র্যা at its beginning is র + ya-phala (র‍্যাব).
    (
        re.compile("(?<![\u0980-\u09ff\u200c\u200d])\u09b0\u09cd\u09af\u09be"),
        "\u09b0\u200d\u09cd\u09af\u09be",
    ),
)

_KEY_CHARACTERS = str.maketrans(
    {
        **{chr(0x09E6 + digit): str(digit) for digit in range(10)},
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032`\u00b4", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("\u0964\u0965|", " "),
        **dict.fromkeys([_ZWNJ, _ZWJ, "\ufe0e", "\ufe0f"], None),
        "\u2026": "...",
    }
)
# ত + hasanta before a letter it forms no conjunct with is read, and often written, as ৎ.
_KHANDA_TA = re.compile("\u09a4\u09cd(?![\u09a4\u09a5\u09a8\u09ac\u09ae\u09af\u09b0\u09b2\u09cd])")
_COLON_VISARGA = re.compile("(?<=[\u0985-\u09cc]):(?=[\u0985-\u09b9\u09dc-\u09df])")
_SPACE = re.compile(r"\s+")

_WORD = re.compile("[\u0980-\u09f1\u09fc\u09fe\u200c\u200d]+|[A-Za-z0-9\u00c0-\u024f]+")
_MARK = re.compile("[\u0300-\u036f\u0981-\u0983\u09bc\u09be-\u09cd\u09d7\u09fe\u200c\u200d\ufe0f]")
_ELLIPSIS = "…"


def display(text: str) -> str:
    r"""Give the text as readers see it: NFC, without invisible junk, certain repairs made.

    >>> display("\ufeffরাষ্ট্র\u200bপতি") == "রাষ্ট্রপতি"
    True
    >>> display("উদ্\u200cযাপন") == "উদ্\u200cযাপন"
    True
    """
    text = unicodedata.normalize("NFC", text)
    while _TROUBLE.search(text):
        repaired = _repair(text)
        if repaired == text:
            break
        text = unicodedata.normalize("NFC", repaired)
    return text


def _repair(text: str) -> str:
    text = _LINE_BREAK.sub("\n", text)
    text = _JUNK.sub("", text)
    text = _DISPLAY_REPAIRS[0][0].sub(_DISPLAY_REPAIRS[0][1], text)
    text = _STRAY_JOINER.sub("", text)
    for pattern, replacement in _DISPLAY_REPAIRS[1:]:
        text = pattern.sub(replacement, text)
    return text


def key(text: str) -> str:
    """Give the text as it is compared: one text, one key.

    >>> key("‘নিহত ৫’ ।") == key("'নিহত 5'")
    True
    >>> key("ঈদ") == key("ইদ")
    False
    """
    text = display(text).translate(_KEY_CHARACTERS)
    text = _COLON_VISARGA.sub("\u0983", text)
    text = _KHANDA_TA.sub("\u09ce", text)
    return _SPACE.sub(" ", text).strip().casefold()


def words(text: str) -> list[str]:
    """Give the words of a text; a Bengali word is never cut at a vowel sign or hasanta.

    >>> words("কিম জং উন, BBC-কে")
    ['কিম', 'জং', 'উন', 'BBC', 'কে']
    """
    return _WORD.findall(text)


def cut(text: str, limit: int) -> str:
    """Shorten a text to at most ``limit`` characters, at a danda or after a word.

    >>> cut("প্রথম বাক্য। দ্বিতীয় বাক্যটি আরও বড়।", 16)
    'প্রথম বাক্য।'
    """
    if len(text) <= limit:
        return text
    head = text[:limit]
    sentence = max(head.rfind(end) for end in "।?!")
    if sentence >= limit // 2:
        return head[: sentence + 1]
    room = text[: max(limit - 1, 0)]
    space = max(room.rfind(" "), room.rfind("\n"))
    if space > 0 and text[len(room)] not in " \n":
        room = room[:space]
    return room[: _cluster_end(text, len(room))].rstrip(" \n,;:-–—") + _ELLIPSIS


def _cluster_end(text: str, at: int) -> int:
    """Move back from ``at`` to where no letter is cut from its signs or its conjunct."""
    while 0 < at < len(text) and (_MARK.match(text[at]) or text[at - 1] in (HASANTA, _ZWJ, _ZWNJ)):
        at -= 1
    return at
