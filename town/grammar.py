"""Stories of the town, each made of its number: who, where, how many, in two wordings.

Knows the grammar in ``stories.txt``: kinds of news, each with headlines and statements in two
wordings. A story draws a kind, names and numbers, and some of the statements; its two wordings
state the same facts in other words, as two desks do. Refuses to know papers and faults.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from random import Random

from town.names import (
    CLUBS,
    CROPS,
    DAYS,
    HOURS,
    MEN,
    MEN_OF_FAMILY,
    PLACES,
    RIVERS,
    WOMEN,
    WOMEN_OF_FAMILY,
    Name,
)

_GRAMMAR = Path(__file__).parent / "stories.txt"
_ASIDE = "aside"
WORDINGS = 2
# Four of six statements and two of eight asides behind the lead. Of 400 stories, two of one kind
# have 0.19 of their 5-grams in common in the mean and 0.54 at most; the two wordings of one story
# have 0.06 to 0.20.
_STATEMENTS, _ASIDES = 4, 2
# One story in nine takes up an older one, with other numbers. Ten stories lie between.
_FOLLOWING, _FOLLOWED_BY = 1 / 9, 11
_DIGITS = str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯")

# A headline, or a statement, in its two wordings.
Wordings = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of news: patterns of a headline and of statements, of which the lead is first."""

    headline: Wordings
    statements: tuple[Wordings, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A story in one wording: what one desk makes of it."""

    headline: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One happening: its number, the kind of news it is, and a telling in each wording.

    ``follows`` is the number of the story that it takes up, ``None`` for news of its own.
    """

    number: int
    kind: str
    tellings: tuple[Telling, Telling]
    follows: int | None


@cache
def kinds() -> Mapping[str, Kind]:
    """Read the grammar: every kind of news by its name."""
    parts: dict[str, list[Wordings]] = {}
    headlines: dict[str, Wordings] = {}
    name = ""
    for number, line in enumerate(_GRAMMAR.read_text(encoding="utf-8").splitlines(), 1):
        mark, _, rest = line.partition(" ")
        if mark == "==":
            name = rest
            parts[name] = []
        elif mark in ("=", "-"):
            wordings = tuple(wording.strip() for wording in rest.split("|"))
            if len(wordings) != WORDINGS:
                raise ValueError(f"{_GRAMMAR.name}:{number}: not in two wordings")
            if mark == "=":
                headlines[name] = (wordings[0], wordings[1])
            else:
                parts[name].append((wordings[0], wordings[1]))
    return {
        name: Kind(headline=headlines.get(name, ("", "")), statements=tuple(statements))
        for name, statements in parts.items()
    }


@lru_cache(maxsize=20_000)
def story(seed: int, number: int) -> Story:
    """Return the story of a number, which may be negative: the town had news before."""
    random = Random(f"{seed} story {number}")
    follows = number - _FOLLOWED_BY if random.random() < _FOLLOWING else None
    named = Random(f"{seed} names {number if follows is None else follows}")
    news = sorted(kinds().keys() - {_ASIDE})
    kind_name = named.choice(news)
    kind = kinds()[kind_name]
    facts = _names(named) | _numbers(random)
    chosen = [kind.statements[0]]
    chosen += random.sample(kind.statements[1:], _STATEMENTS)
    chosen += random.sample(kinds()[_ASIDE].statements, _ASIDES)
    turned = [random.randrange(WORDINGS) for _ in chosen]
    headline_turned = random.randrange(WORDINGS)
    first, second = (
        Telling(
            headline=kind.headline[(headline_turned + wording) % WORDINGS].format_map(facts),
            paragraphs=_paragraphs(
                [
                    statement[(turn + wording) % WORDINGS].format_map(facts)
                    for statement, turn in zip(chosen, turned, strict=True)
                ]
            ),
        )
        for wording in range(WORDINGS)
    )
    return Story(number=number, kind=kind_name, tellings=(first, second), follows=follows)


def _paragraphs(sentences: list[str]) -> tuple[str, ...]:
    """Return the lead as a paragraph, and behind it two statements a paragraph."""
    ends = [0, *range(1, len(sentences), 2), len(sentences)]
    return tuple(" ".join(sentences[start:end]) for start, end in pairwise(ends))


def _names(random: Random) -> dict[str, object]:
    """Draw the names of a story."""

    def man() -> Name:
        return Name(f"{random.choice(MEN)} {random.choice(MEN_OF_FAMILY)}")

    place, district = random.choice(PLACES)
    return {
        "place": Name(place),
        "district": Name(district),
        "river": Name(random.choice(RIVERS)),
        "person": man(),
        "person2": man(),
        "person3": man(),
        "woman": Name(f"{random.choice(WOMEN)} {random.choice(WOMEN_OF_FAMILY)}"),
        "club": random.choice(CLUBS),
        "crop": random.choice(CROPS),
    }


def _numbers(random: Random) -> dict[str, object]:
    """Draw the numbers and days of a story, as they are written."""
    day, day2 = random.sample(DAYS, 2)
    many = str(random.randrange(11, 99))
    numbers = {
        "n": str(random.randrange(3, 19)),
        "n2": str(random.randrange(20, 99)),
        "m": str(random.randrange(101, 999)),
        "m2": str(random.randrange(11, 89)),
        "k": f"{many} লাখ",
        "k2": f"{many} কোটি",
        "units": str(random.randrange(2, 10)),
    }
    written: dict[str, object] = {
        name: number.translate(_DIGITS) for name, number in numbers.items()
    }
    return written | {"day": day, "day2": day2, "hour": random.choice(HOURS)}
