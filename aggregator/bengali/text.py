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
from collections.abc import Sequence

from aggregator.bengali.fold import folded
from aggregator.bengali.scan import Scan
from aggregator.bengali.spellings import (
    ZWJ,
    ZWNJ,
    is_broken,
    repaired,
    with_ya_phala,
)

BENGALI_CHARACTER = re.compile("[\u0980-\u09ff]")  # letters, signs, digits, currency
_ELLIPSIS = "…"
_PRECOMPOSED = (
    ("\u09df", "\u09af\u09bc"),  # য়
    ("\u09dc", "\u09a1\u09bc"),  # ড়
    ("\u09dd", "\u09a2\u09bc"),  # ঢ়
)


# --- Display -----------------------------------------------------------------------------------


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
    if is_broken(text, scan):
        return repaired(text, is_shown=True)
    return with_ya_phala(text)


# --- Key ---------------------------------------------------------------------------------------

# ত + hasanta before a letter it forms no conjunct with is read, and often written, as ৎ.
_KHANDA_TA = re.compile("\u09a4\u09cd(?![\u09a4\u09a5\u09a8\u09ac\u09ae\u09af\u09b0\u09b2\u09cd])")
# দু:খ is typed for দুঃখ; after a space or a digit a colon is a colon.
_COLON_VISARGA = re.compile(":(?<=[\u0985-\u09cc]:)(?=[\u0985-\u09b9])")
_INVISIBLE = (ZWNJ, ZWJ, "\ufe0e", "\ufe0f")  # joiners, and the selectors of an emoji's form


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
    return keys_of_shown((text,))[0]


def keys_of_shown(texts: Sequence[str]) -> list[str]:
    """Return the keys of texts that come from ``display``, all folded at once."""
    return [_spelt_alike(text) for text in folded([_without_invisible(text) for text in texts])]


def _without_invisible(text: str) -> str:
    """Return a text without joiners and selectors of forms, repaired where that is needed then."""
    visible = text
    for character in _INVISIBLE:  # a search for one character costs nothing beside a pattern
        if character in visible:
            visible = visible.replace(character, "")
    # Letters that they kept apart can now need a repair.
    is_repaired = len(visible) < len(text) and is_broken(visible)
    return repaired(visible, is_shown=False) if is_repaired else visible


def _spelt_alike(folded_text: str) -> str:
    """Return a folded text with what has two spellings in one of them."""
    if ":" in folded_text:
        folded_text = _COLON_VISARGA.sub("\u0983", folded_text)
    if "\u09a4\u09cd" in folded_text:
        folded_text = _KHANDA_TA.sub("\u09ce", folded_text)
    return folded_text


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
# Words that stand together, or have a sign between them that a key joins.
_PLACE = re.compile(
    f"(?:{_WORD.pattern})"
    f"(?:(?:(?<=[{_DIGIT}])[.,:/](?=[{_DIGIT}])|(?<=[\u0985-\u09cc]):(?=[\u0985-\u09b9]))?"
    f"(?:{_WORD.pattern}))*"
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


def word_places(text: str) -> list[tuple[int, int]]:
    """Return where the words of a shown text are, as (start, end), for each has a key of its own.

    What stands together in it is one, though the key may have several words of it (২৯শে is 29 and
    শে), as is what a key joins: দু:খ, which is typed for দুঃখ, or ৫G, which is 5g.

    >>> word_places("দু:খ, ২৯শে")
    [(0, 4), (6, 10)]
    """
    return [place.span() for place in _PLACE.finditer(text)]


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
    sentence = max(map(head.rfind, _SENTENCE_ENDS))
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
