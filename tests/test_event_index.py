"""Stories of one event are found as when every story of their days is weighed with every other."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random

import numpy as np
import pytest

from aggregator.bengali.text import stems
from aggregator.models import EventWords
from aggregator.stories import event_index, event_words
from aggregator.stories.comparable import ComparableText
from aggregator.stories.event_index import EventIndex
from evaluation import sample_days
from evaluation.material import written
from tests.support.arrivals import ARTICLES

PAIRS = tuple(written("events.txt"))
_WITHIN_A_WORD = re.compile("(?<=[\u0980-\u09ff])'(?=[\u0980-\u09ff])")

# --- The plain way: every story is weighed, and every pair of them -------------------------------


def _plainly(texts: Sequence[ComparableText]) -> list[dict[int, float]]:
    """Return for each text those that may tell of its event, with their cosines, all weighed."""
    weights = [_weights(text) for text in texts]
    among = Counter(stem for of_text in weights for stem in of_text)
    unseen = len(texts) + 400
    rarity = {stem: math.log(unseen / (count + 0.5)) for stem, count in among.items()}
    norms = [
        math.sqrt(sum((weight * rarity[stem]) ** 2 for stem, weight in of_text.items())) or 1.0
        for of_text in weights
    ]
    found: list[dict[int, float]] = [{} for _ in texts]
    for a, of_a in enumerate(weights):
        for b, of_b in enumerate(weights):
            shared = [stem for stem in of_a if stem in of_b]
            rare = [stem for stem in shared if among[stem] <= 0.02 * unseen]
            if a == b or len(shared) < 4 or len(rare) < 2:
                continue
            product = 0.0
            for stem in shared:
                product += of_a[stem] * of_b[stem] * rarity[stem] * rarity[stem]
            least = 0.22 if _is_headline_held(texts[a], texts[b]) else 0.34
            if (cosine := product / (norms[a] * norms[b])) >= least:
                found[a][b] = cosine
    return found


def _is_headline_held(a: ComparableText, b: ComparableText) -> bool:
    """Tell whether one text has two thirds of the other's headline, the shorter of the two."""
    headlines = [{*_stems(text.title)} for text in (a, b)]
    shorter = min(map(len, headlines))
    return shorter >= 3 and any(
        len(headline) == shorter and 3 * len(headline & _weights(other).keys()) >= 2 * shorter
        for headline, other in zip(headlines, (b, a), strict=True)
    )


def _stems(text: str) -> list[str]:
    return stems(_WITHIN_A_WORD.sub("", text), characters=5, shortest_word=2)


def _weights(text: ComparableText) -> Mapping[str, float]:
    counts = Counter(_stems(text.body[:600]))
    for stem in _stems(text.title):
        counts[stem] += 2
    return {stem: 1 + math.log(count) for stem, count in counts.items()}


def _made(random: Random) -> list[ComparableText]:
    """Make stories of some events: each draws on its event's words, and on those that all have."""
    words = sorted({word for article in ARTICLES for word in " ".join(article.paragraphs).split()})
    common = random.sample(words, 20)
    made = []
    for _ in range(random.randrange(1, 12)):
        of_event = random.sample(words, random.randrange(2, 25))
        for _ in range(random.randrange(1, 6)):
            told = random.choices(of_event, k=random.randrange(0, 25)) + random.choices(
                common, k=random.randrange(0, 25)
            )
            random.shuffle(told)
            title = random.choices(of_event, k=random.randrange(0, 7))
            made.append(ComparableText.of(" ".join(title), " ".join(told)))
    return made


@pytest.mark.parametrize(
    "seed", [*range(15), *(pytest.param(seed, marks=pytest.mark.more) for seed in range(15, 60))]
)
def test_made_stories_are_near_as_when_all_are_weighed(seed: int) -> None:
    """To the last bit, whichever of them are asked for."""
    random = Random(seed)
    texts = _made(random)
    words = [event_words.words_of(text) for text in texts]
    plain = _plainly(texts)
    everyone = list(range(len(texts)))
    for asked in (everyone, random.sample(everyone, random.randint(1, len(everyone)))):
        assert event_index.near(words, asked) == {story: plain[story] for story in asked}


def test_written_stories_are_near_as_when_all_are_weighed() -> None:
    """So are those that people wrote, of which many are near, and to each other alone."""
    texts = [
        ComparableText.of(article.title, " ".join(article.paragraphs))
        for pair in PAIRS
        for article in (pair.a, pair.b)
    ]
    found = event_index.near([event_words.words_of(text) for text in texts], range(len(texts)))
    assert list(found.values()) == _plainly(texts)
    assert sum(map(len, found.values())) > len(PAIRS) / 2
    assert any(cosine < 0.34 for near in found.values() for cosine in near.values())


# --- Days that move on ----------------------------------------------------------------------------


def _moved(random: Random, words: Sequence[EventWords]) -> Iterator[tuple[EventIndex, list[int]]]:
    """Let stories come to an index and leave it, some at a time; yield it with those in it."""
    index, there = EventIndex(), [0]
    index.add({0: words[0]})
    for _ in range(12):
        others = [story for story in range(len(words)) if story not in there]
        coming = random.sample(others, random.randint(0, len(others)))
        leaving = random.sample(there, random.randint(0, len(there)))
        for story in leaving:
            index.discard(story)
        index.add({story: words[story] for story in coming})
        there = [story for story in there if story not in leaving] + coming
        yield index, there


@pytest.mark.parametrize(
    "seed", [*range(5), *(pytest.param(seed, marks=pytest.mark.more) for seed in range(5, 20))]
)
def test_stories_that_came_and_left_change_nothing(seed: int) -> None:
    """To the last bit, in whatever order those came that are there, and whatever left."""
    random = Random(seed)
    texts = _made(random)
    words = [event_words.words_of(text) for text in texts]
    for index, there in _moved(random, words):
        plain = _plainly([texts[story] for story in there])
        for story, near in zip(there, plain, strict=True):
            assert index.near(story) == {there[place]: near[place] for place in near}


def test_an_index_of_days_that_move_on_does_not_grow() -> None:
    """The number of a stem that nobody has any more is given to the next that is new."""
    index = EventIndex()
    for day in range(200):
        texts = [
            ComparableText.of(f"খবর {day} {a}", f"আজ {day * a} জন {day + a}") for a in range(9)
        ]
        index.add({9 * day + a: event_words.words_of(text) for a, text in enumerate(texts)})
        for story in range(9 * (day - 1), 9 * day) if day else ():
            index.discard(story)
    assert index.stems_numbered < 100


@pytest.mark.parametrize("most", [80, pytest.param(250, marks=pytest.mark.more)])
def test_stories_of_real_days_are_near_as_when_all_are_weighed(samples: Path, most: int) -> None:
    """Those of several papers and of one, all at once and as they come and leave."""
    days = sample_days.days(samples)
    for name in ("news", "opinions", sample_days.ONE_PAPER):
        texts = [entry.text for entry in days[name].entries][:most]
        words = [event_words.words_of(text) for text in texts]
        plain = _plainly(texts)
        assert list(event_index.near(words, range(len(words))).values()) == plain
        assert any(plain)
        for index, there in _moved(Random(1), words):
            missing = {story: words[story] for story in range(len(words)) if story not in there}
            index.add(missing)
            assert [index.near(story) for story in range(len(words))] == plain
            for story in missing:
                index.discard(story)


# --- Stems as numbers -----------------------------------------------------------------------------


def test_two_stems_are_two_numbers() -> None:
    """Of every script that words are of, with digits, signs of numbers and joiners."""
    characters = [
        *map(chr, (*range(0x980, 0x9F2), 0x9FC, 0x9FE, 0x200C, 0x200D, *range(0x30, 0x3A))),
        *map(chr, (*range(0x61, 0x7B), 0xE9, 0x24F, 0x370, 0x3B1, 0x963, 0xDFF)),
        *".,:/",
    ]
    random = Random(1)
    distinct = list(
        {"".join(random.choices(characters, k=random.randint(1, 5))) for _ in range(20_000)}
        | {*characters}
    )
    packed = event_words.packed(distinct)
    assert len(np.unique(packed)) == len(distinct)


def test_counts_that_a_byte_does_not_hold_are_the_largest_that_it_holds() -> None:
    """A title may say one word a thousand times."""
    words = event_words.words_of(ComparableText.of("খবর " * 1_000, "খবর নয়"))
    assert (words.in_title, words.in_lead) == (bytes([255, 0]), bytes([1, 1]))
