"""What tells two texts apart that are nearly the same: numbers, days and places.

``নিহত ৫`` and ``নিহত ৭`` differ in one character of forty, and are two accidents. So likeness alone
merges nothing: what both texts say at the same place, and say differently, is a *veto*.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from aggregator.bengali.day_patterns import MONTHS, WEEKDAYS
from aggregator.bengali.places import place_of
from aggregator.bengali.text import key, words


class Veto(StrEnum):
    """Why two texts that are alike are not the same, or cannot be told to be."""

    NUMBERS = "numbers"
    DAYS = "days"
    PLACES = "places"
    STEPS = "steps"
    TEMPLATE = "template"
    LITTLE_TEXT = "little text"
    APART = "too far apart in time"
    ONE_SOURCE = "one source's own background"


class Slot(NamedTuple):
    """A place in a text at which something is said: what kind of thing, and the words around it."""

    kind: Veto
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What one part of a text says: of its headline, its beginning, or all of it.

    ``slots`` are its numbers, days and places by the words around them, ``steps`` how far what it
    tells of has come.
    """

    numbers: frozenset[str]
    days: frozenset[str]
    places: frozenset[str]
    steps: frozenset[int]
    slots: Mapping[Slot, frozenset[str]]


_NUMBER = re.compile("[0-9]+(?:[.,:/][0-9]+)*")
# The words around a number are told by their beginnings: endings differ between copies.
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
    )
)
_WEEKDAY_END = "বার"
_WEEKDAY_STEMS = {
    key(name): number for name, number in WEEKDAYS.items() if name.endswith(_WEEKDAY_END)
}


def facts_of(text: str, *, is_headline: bool = False) -> Facts:
    """Find what a part of a text, given as its key, says; in headlines words are numbers, too."""
    found = words(text)
    said = [_said(word, is_headline) for word in found]
    for place, what in enumerate(said[1:], start=1):
        if what is not None and what[0] is Veto.DAYS and (number := _month(what[1])):
            day = said[place - 1]
            is_day = day is not None and day[0] is Veto.NUMBERS
            said[place] = (Veto.DAYS, f"{day[1]} {number}") if day and is_day else None
    sets: dict[Veto, set[str]] = {Veto.NUMBERS: set(), Veto.DAYS: set(), Veto.PLACES: set()}
    slots: dict[Slot, frozenset[str]] = {}
    last = len(found) - 1
    for place, what in enumerate(said):
        if what is None:
            continue
        kind, value = what
        sets[kind].add(value)
        if 0 < place < last and not said[place - 1] and not said[place + 1]:
            before, after = found[place - 1], found[place + 1]
            slot = Slot(kind, before[:_STEM_CHARACTERS], after[:_STEM_CHARACTERS])
            slots[slot] = slots.get(slot, frozenset()) | {value}
    return Facts(
        numbers=frozenset(sets[Veto.NUMBERS]),
        days=frozenset(sets[Veto.DAYS]),
        places=frozenset(sets[Veto.PLACES]),
        steps=_steps(found) if is_headline else frozenset(),
        slots=slots,
    )


_MONTH = "month "


def _month(value: str) -> str:
    return value.removeprefix(_MONTH) if value.startswith(_MONTH) else ""


# Most words of a day's news are the same few thousand.
@lru_cache(maxsize=50_000)
def _said(word: str, is_headline: bool) -> tuple[Veto, str] | None:
    """Tell what number, day or place a word is; a month, which is a day where one is before it."""
    if number := _NUMBER.match(word):
        return Veto.NUMBERS, number.group().replace(",", "")
    if is_headline and word in _COUNTS:
        return Veto.NUMBERS, _COUNTS[word]
    if word in MONTHS:
        return Veto.DAYS, f"{_MONTH}{MONTHS[word]}"
    if day_name := _RELATIVE_DAYS.get(word) or _weekday(word):
        return Veto.DAYS, day_name
    if (named := place_of(word)) is not None:
        return Veto.PLACES, str(named)
    return None


def _weekday(word: str) -> str:
    if _WEEKDAY_END not in word:
        return ""
    found = (number for stem, number in _WEEKDAY_STEMS.items() if word.startswith(stem))
    return f"weekday {number}" if (number := next(found, 0)) else ""


def _steps(found: Sequence[str]) -> frozenset[int]:
    return frozenset(
        number for number, stems in enumerate(_STEPS) for word in found if word.startswith(stems)
    )
