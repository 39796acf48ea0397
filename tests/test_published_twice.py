"""Publishing again with nothing new changes no byte, whatever the feeds share."""

from __future__ import annotations

from random import Random

import pytest

from aggregator.models import ParsedEntry
from tests.support.arrivals import ARTICLES, Arrivals, sent, sources
from tests.support.configurations import Make

PAPERS = ("a", "b", "c", "d")


def _feeds(random: Random) -> str:
    """Return ``[[feed]]`` tables of small pages, each of some of the papers."""
    tables = []
    for number in range(4):
        papers = random.sample(PAPERS, random.randint(1, len(PAPERS)))
        names = ", ".join(f'"{paper}"' for paper in papers)
        tables.append(
            f'[[feed]]\nname = "f{number}"\nsources = [{names}]\nlimit = {random.randint(2, 6)}\n'
            f"per_source = {random.choice(('0.5', '1.0'))}\n"
            f'events = "{random.choice(("link", "merge", "none"))}"\n'
        )
    return "".join(tables)


def _documents(random: Random, number: int) -> list[tuple[str, list[ParsedEntry]]]:
    """Return a document of each paper, with articles that the others have at other times."""
    return [
        (
            paper,
            [
                sent(
                    ARTICLES[article],
                    1000 * number + article,
                    site=paper,
                    hours=random.uniform(0, 90),
                )
                for article in random.sample(range(12), 6)
            ],
        )
        for paper in PAPERS
    ]


@pytest.mark.parametrize(
    "seed", [*range(3), *(pytest.param(seed, marks=pytest.mark.attack) for seed in range(3, 30))]
)
def test_publishing_twice_changes_no_byte(make_config: Make, seed: int) -> None:
    """A story that one feed publishes stands nowhere else in another because of it."""
    random = Random(seed)
    arrivals = Arrivals(make_config(_feeds(random) + sources(*PAPERS, extra="backlog = 1000\n")))
    for number in range(3):
        arrivals.arrive(*_documents(random, number))
        published = arrivals.publish()
        assert arrivals.publish() == published
