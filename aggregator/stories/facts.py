"""What a text states that can tell it from a text that is nearly the same: numbers, days, places.

``নিহত ৫`` and ``নিহত ৭`` differ in one character of forty, and are two accidents. Knows how Bengali
news writes such facts; refuses to know what follows from a difference (``vetoes`` does).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

from aggregator.bengali.day_patterns import MONTHS, WEEKDAYS
from aggregator.bengali.places import place_of
from aggregator.bengali.text import key


class FactKind(StrEnum):
    """What kind of thing a fact is."""

    NUMBERS = "numbers"
    DAYS = "days"
    PLACES = "places"


class Slot(NamedTuple):
    """Where in a text a fact stands: its kind, and the beginnings of the words around it."""

    kind: FactKind
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What one part of a text states: its headline, its first sentences, or all of it.

    ``slots`` hold the numbers, days and places that stand alone between two words, by these words.
    ``steps`` are the rows of ``_STEPS`` that a headline names: which stage an affair has reached.
    """

    numbers: frozenset[str]
    days: frozenset[str]
    places: frozenset[str]
    steps: frozenset[int]
    slots: Mapping[Slot, frozenset[str]]

    def to_json(self) -> dict[str, Any]:
        """Return the facts as what JSON can hold."""
        return {
            "numbers": sorted(self.numbers),
            "days": sorted(self.days),
            "places": sorted(self.places),
            "steps": sorted(self.steps),
            "slots": [[*slot, sorted(values)] for slot, values in self.slots.items()],
        }

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Facts:
        """Read what ``to_json`` returned."""
        return cls(
            numbers=frozenset(fields["numbers"]),
            days=frozenset(fields["days"]),
            places=frozenset(fields["places"]),
            steps=frozenset(fields["steps"]),
            slots={
                Slot(FactKind(kind), before, after): frozenset(values)
                for kind, before, after, values in fields["slots"]
            },
        )


_NUMBER = re.compile("[0-9]+(?:[.,:/][0-9]+)*")
# The words around a number are compared by their beginnings: endings differ between copies.
_STEM_CHARACTERS = 4
# Numbers that headlines write as words; ``এক`` is more often an article than a number.
_COUNTED = ("", "টি", "টির", "জন", "জনের", "জনকে", "জনই")
_COUNTS = {
    key(word + ending): str(number)
    for number, word in enumerate("দুই তিন চার পাঁচ ছয় সাত আট নয় দশ".split(), start=2)
    for ending in _COUNTED
    if word + ending != "নয়"  # which is *not*, as well
} | {
    key(word): f"{number}."
    for number, word in enumerate(
        "প্রথম দ্বিতীয় তৃতীয় চতুর্থ পঞ্চম ষষ্ঠ সপ্তম অষ্টম নবম দশম".split(), start=1
    )
}
_RELATIVE_DAYS = {
    key(word): name
    for name, spellings in {
        "today": "আজ আজকে আজকের",
        "yesterday": "গতকাল গতকালের",
        "tomorrow": "আগামীকাল কাল",
    }.items()
    for word in spellings.split()
}
# Steps of one affair that follow each other: another step is another report. A row is one step;
# a word belongs to it by its beginning.
_STEPS = tuple(
    tuple(key(stem) for stem in row.split())
    for row in (
        "গ্রেপ্তার গ্রেফতার আটক",
        "রিমান্ড",
        "অভিযোগপত্র চার্জশিট",
        "জামিন",
        "নোটিশ তলব",
        "গণশুনানি",
        "যাবজ্জীবন মৃত্যুদণ্ড ফাঁসি কারাদণ্ড দণ্ডাদেশ খালাস",
        "জখম গুলিবিদ্ধ",
        "বাড়ল বেড়েছে বেড়ে বাড়ছে ঊর্ধ্বমুখী",
        "কমল কমেছে কমে কমছে নিম্নমুখী",
        "মামলা",
        "উদ্ধার",
    )
)
_WEEKDAY_END = "বার"
_WEEKDAY_STEMS = {
    key(name): number for name, number in WEEKDAYS.items() if name.endswith(_WEEKDAY_END)
}


def facts_of(text_words: Sequence[str], *, is_headline: bool = False) -> Facts:
    """Find the facts that a part of a text states, of which these are the words of its key.

    In a headline numbers are written as words, too.
    """
    fact_of_word = _facts_by_word(text_words, is_headline=is_headline)
    by_kind: dict[FactKind, set[str]] = {kind: set() for kind in FactKind}
    slots: dict[Slot, frozenset[str]] = {}
    last = len(text_words) - 1
    for index, fact in enumerate(fact_of_word):
        if fact is None:
            continue
        by_kind[fact.kind].add(fact.value)
        if 0 < index < last and not fact_of_word[index - 1] and not fact_of_word[index + 1]:
            slot = Slot(
                fact.kind,
                text_words[index - 1][:_STEM_CHARACTERS],
                text_words[index + 1][:_STEM_CHARACTERS],
            )
            slots[slot] = slots.get(slot, frozenset()) | {fact.value}
    return Facts(
        numbers=frozenset(by_kind[FactKind.NUMBERS]),
        days=frozenset(by_kind[FactKind.DAYS]),
        places=frozenset(by_kind[FactKind.PLACES]),
        steps=steps_of(text_words) if is_headline else frozenset(),
        slots=slots,
    )


class _Fact(NamedTuple):
    """A number, day or place that one word states; ``month`` is its number where it is a month."""

    kind: FactKind
    value: str
    month: int = 0


def _facts_by_word(text_words: Sequence[str], *, is_headline: bool) -> list[_Fact | None]:
    """Return the fact that each word states, if any.

    A month is a day together with the number before it, and nothing behind any other word.
    """
    facts = [_fact(word, is_headline) for word in text_words]
    for index, fact in enumerate(facts[1:], start=1):
        if fact is not None and fact.month:
            before = facts[index - 1]
            is_day = before is not None and before.kind is FactKind.NUMBERS
            facts[index] = (
                _Fact(FactKind.DAYS, f"{before.value} {fact.month}") if before and is_day else None
            )
    return facts


# Most words of a day's news are the same few thousand.
@lru_cache(maxsize=50_000)
def _fact(word: str, is_headline: bool) -> _Fact | None:
    """Return the number, day or place that a word states, if any."""
    if number := _NUMBER.match(word):
        return _Fact(FactKind.NUMBERS, number.group().replace(",", ""))
    if is_headline and word in _COUNTS:
        return _Fact(FactKind.NUMBERS, _COUNTS[word])
    if word in MONTHS:
        return _Fact(FactKind.DAYS, f"month {MONTHS[word]}", month=MONTHS[word])
    if day_name := _RELATIVE_DAYS.get(word) or _weekday(word):
        return _Fact(FactKind.DAYS, day_name)
    if (place := place_of(word)) is not None:
        return _Fact(FactKind.PLACES, str(place))
    return None


def _weekday(word: str) -> str:
    if _WEEKDAY_END not in word:
        return ""
    numbers = (number for stem, number in _WEEKDAY_STEMS.items() if word.startswith(stem))
    return f"weekday {number}" if (number := next(numbers, 0)) else ""


def steps_of(text_words: Sequence[str]) -> frozenset[int]:
    """Return the steps of affairs that a part of a text names, as rows of ``_STEPS``."""
    return frozenset(
        number
        for number, stems in enumerate(_STEPS)
        for word in text_words
        if word.startswith(stems)
    )
