"""What a text counts: numbers with what they count, as Bengali news writes them.

``২ লাখ``, ``২,০০,০০০`` and ``দুই লাখ`` are one number; ``নিহত ৫`` and ``৫ জনের মৃত্যু`` count the
same. Knows how numbers are written; refuses to know what follows where two texts count differently
(``event_vetoes`` does).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from aggregator.bengali.text import key


class Count(NamedTuple):
    """A number, and what it counts: what became of people, the word behind it, or nothing."""

    value: Decimal
    unit: str


_DIGITS = re.compile("[0-9]+(?:,[0-9]+)*(?:[.][0-9]+)?")
_SMALL = {
    key(word): Decimal(number)
    for number, words in {
        2: "দুই দু দুটি দুজন দুজনের দুইজন দুইজনের",
        3: "তিন তিনটি তিনজন তিনজনের",
        4: "চার চারটি চারজন চারজনের",
        5: "পাঁচ পাঁচটি পাঁচজন পাঁচজনের",
        6: "ছয় ছয়টি ছয়জন ছয়জনের",
        7: "সাত সাতটি সাতজন সাতজনের",
        8: "আট আটটি আটজন আটজনের",
        9: "নয়টি নয়জন নয়জনের",  # নয় alone is *not*, as well
        10: "দশ দশটি দশজন দশজনের",
    }.items()
    for word in words.split()
}
_ORDINALS = {
    key(word): Decimal(number)
    for number, word in enumerate(
        "প্রথম দ্বিতীয় তৃতীয় চতুর্থ পঞ্চম ষষ্ঠ সপ্তম অষ্টম নবম দশম".split(), start=1
    )
}
_ORDINAL_ENDINGS = frozenset(key(word) for word in "ম য় র্থ ষ্ঠ তম শে ই লা রা ঠা".split())
_ORDINAL = "ordinal"
_MULTIPLES = {
    key(word): Decimal(number)
    for number, words in {
        1_000: "হাজার",
        100_000: "লাখ লক্ষ",
        1_000_000: "মিলিয়ন",
        10_000_000: "কোটি",
        1_000_000_000: "বিলিয়ন",
    }.items()
    for word in words.split()
}
# What becomes of people: a row is one thing, in the words of several desks, by their beginnings.
_FATES = tuple(
    tuple(key(word) for word in row.split())
    for row in (
        "নিহত মৃত্যু মৃত মারা প্রাণ লাশ মরদেহ",
        "আহত জখম",
        "আক্রান্ত",
        "দগ্ধ",
        "নিখোঁজ",
        "গ্রেপ্তার গ্রেফতার আটক",
    )
)
# ``৫ জনের প্রাণ গেল``, ``৭ শিশুর মৃত্যু``: a fate stands up to two words behind its number.
_FATE_DISTANCE = 2
_CLASSIFIERS = frozenset(key(word) for word in "টি টির টা টার টায় জন জনের জনকে".split())
# A unit keeps three characters through its endings (টাকা, টাকার; বছর, বছরের).
_UNIT_CHARACTERS = 3


def counts_of(text_words: Sequence[str]) -> list[Count]:
    """Find what a text counts, of which these are the words of its key, in their order."""
    return list(_counts(text_words))


def _counts(text_words: Sequence[str]) -> Iterator[Count]:
    index = 0
    while index < len(text_words):
        word, start = text_words[index], index
        index += 1
        if word in _ORDINALS:
            yield Count(_ORDINALS[word], _ORDINAL)
            continue
        value = _value(word)
        if value is None:
            continue
        if index < len(text_words) and text_words[index] in _ORDINAL_ENDINGS:
            yield Count(value, _ORDINAL)
            continue
        while index < len(text_words) and text_words[index] in _MULTIPLES:
            value *= _MULTIPLES[text_words[index]]
            index += 1
        before = text_words[start - 1] if start else ""
        yield Count(value, _unit(before, text_words[index : index + _FATE_DISTANCE + 1]))


@lru_cache(maxsize=50_000)  # most words of a day's news are the same few thousand
def _value(word: str) -> Decimal | None:
    if digits := _DIGITS.fullmatch(word):
        return Decimal(digits.group().replace(",", ""))
    return _SMALL.get(word)


def _unit(before: str, behind: Sequence[str]) -> str:
    """Return what a number counts, by the word before it and those behind it."""
    for word in (*behind, before):
        if fate := fate_of(word):
            return fate
    return next((word[:_UNIT_CHARACTERS] for word in behind if word not in _CLASSIFIERS), "")


@lru_cache(maxsize=50_000)
def fate_of(word: str) -> str:
    """Return what became of people by a word, in one word for all desks; else nothing."""
    return next((row[0] for row in _FATES if word.startswith(row)), "")
