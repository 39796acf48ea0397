"""Publishing again with nothing new changes no byte, whatever the feeds share."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest
from sqlalchemy.engine import Connection

from aggregator.models import ParsedEntry, StoryMember
from aggregator.store import members
from aggregator.store.store import Store
from aggregator.store.unreadable import Unreadable
from tests.support.arrivals import ARTICLES, Arrivals, sent, sources
from tests.support.configurations import Make

pytestmark = pytest.mark.databases

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


def test_the_entries_of_a_story_are_read_once_for_all_feeds(
    make_config: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each feed has its own pins of them all the same, in the order of the entries."""
    feeds = '[[feed]]\nname = "x"\n[[feed]]\nname = "y"\nsources = ["b"]\n'
    arrivals = Arrivals(make_config(feeds + sources("a", "b")))
    arrivals.arrive(("a", [sent(ARTICLES[0], 1)]), ("b", [sent(ARTICLES[0], 2, site="b")]))
    arrivals.publish()
    read: list[Sequence[int]] = []
    members_of = members._members_of  # noqa: SLF001  # what is counted is how often it is called

    def noted(
        connection: Connection, unreadable: Unreadable, stories: Sequence[int]
    ) -> list[StoryMember]:
        read.append(stories)
        return members_of(connection, unreadable, stories)

    monkeypatch.setattr(members, "_members_of", noted)
    with Store.open(arrivals.config.store_url) as store, store.read() as unit:
        of_x, of_y = (unit.stories.members([1], feed)[1] for feed in ("x", "y"))
        of_all = unit.stories.members([1])[1]
    assert read == [[1]]
    assert [member.pk for member in of_x] == [member.pk for member in of_y] == [1, 2]
    for found, feed in ((of_x, {"x"}), (of_y, {"y"}), (of_all, {"x", "y"})):
        assert {pin.feed for member in found for pin in member.pins} == feed
