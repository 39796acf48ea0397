"""One source's share: of a document, of a feed, and of a day, whatever it sends."""

from __future__ import annotations

import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from aggregator.cli import commands
from aggregator.identity.flood import flood, most_a_day
from aggregator.models import (
    Config,
    DateHow,
    Document,
    FeedSpec,
    Intake,
    ParsedEntry,
    Presentation,
    Rejected,
    Source,
    SourceReport,
    StoryMember,
)
from aggregator.normalise.newest import newest
from aggregator.store.store import Store
from aggregator.stories.share import choose, most_of_a_source
from tests.support.configurations import Make, source
from tests.support.loopback import Loopback, Page
from tests.support.migrated import upgrade
from tests.support.passes import NOW, one_pass
from tests.support.published import read, state_of
from tests.support.service import RunningService
from tests.support.texts import item, rss

DAY = timedelta(days=1)
# What a process that was told to stop may take on a busy machine: one commit, and its end.
STOP_SECONDS = 6.0


def when(time_: datetime) -> str:
    """Write a time as RSS does."""
    return time_.strftime("%a, %d %b %Y %H:%M:%S +0000")


def headlines(site: str, numbers: Sequence[int], begin: datetime | None = None) -> bytes:
    """Build a feed of bare headlines, a minute apart from ``begin`` back, or without dates."""
    items = []
    for place, number in enumerate(numbers):
        address = f"https://{site}.example.org/{number}"
        dated = "" if begin is None else when(begin - timedelta(minutes=place))
        title = f"{site} হাটে আজ {number} নম্বর দোকানে নতুন পণ্য"
        items.append(
            item(number, title=title, link=address, guid=address, description="", pubDate=dated)
        )
    return rss(items)


# --- Of a document -------------------------------------------------------------------------------

DOCUMENT = Document(
    source="a", url="https://a.example.org/", body=b"", content_type="", acquired=NOW
)
THREE = Source(name="a", title="a", feed="https://a.example.org/", max_entries=3)


def kept(*hours_ago: float | None) -> list[int]:
    """Return the places of the entries that are read of a document with these ages in hours."""
    entries = [
        ParsedEntry(
            native_id=str(place), published="" if ago is None else when(NOW - ago * DAY / 24)
        )
        for place, ago in enumerate(hours_ago)
    ]
    return [int(entry.native_id) for entry in newest(entries, THREE, DOCUMENT)[0]]


def test_the_newest_entries_of_a_document_are_read_in_its_order() -> None:
    """By their own dates; without dates the first ones, and a time to come is none."""
    assert kept(5, 1, 4, 2, 3) == [1, 3, 4]
    assert kept(None, None, None, None) == [0, 1, 2]
    assert kept(-9, 1, 2, 3) == [0, 1, 2]
    assert kept(9, 8, -9, 1, 2) == [2, 3, 4] or kept(9, 8, -9, 1, 2) == [1, 3, 4]
    assert kept(1, None, None, 2, 3) == [0, 1, 2]


@given(st.lists(st.none() | st.floats(-9, 9), max_size=12))
def test_nothing_of_a_long_document_is_lost(hours_ago: list[float | None]) -> None:
    """What is not read is rejected, one for one, and a document within the bound stays whole."""
    entries = [
        ParsedEntry(
            native_id=str(place), published="" if ago is None else when(NOW - ago * DAY / 24)
        )
        for place, ago in enumerate(hours_ago)
    ]
    read_, rejected = newest(entries, THREE, DOCUMENT)
    assert len(read_) == min(len(entries), 3)
    assert len(read_) + len(rejected) == len(entries)
    everything = replace(THREE, max_entries=None)
    assert newest(entries, everything, DOCUMENT) == (entries, [])


def test_what_a_document_holds_beyond_the_bound_is_named(web: Loopback, make_config: Make) -> None:
    """The report counts it with the reason, and ``explain`` finds it by its title."""
    web.pages["/a"] = Page(headlines("a", range(7), NOW))
    config = make_config(source("a", f"{web.url}/a") + "max_entries = 4\n")
    (report,) = one_pass(config).sources
    assert (report.new, len(report.rejected)) == (4, 3)
    reason = "not among the newest 4 entries of its document (max_entries)"
    assert {rejected.reason for rejected in report.rejected} == {reason}
    answer = CliRunner().invoke(
        commands, ["explain", "a হাটে আজ 6 নম্বর", "--config", str(config.path)]
    )
    assert reason in answer.output
    assert [entry.link[-1] for entry in read(config, "bangla.rss")] == ["0", "1", "2", "3"]


# --- Of a feed -----------------------------------------------------------------------------------


def story(name: str, minutes_ago: int) -> Presentation:
    """Return a story that one source tells alone."""
    member = StoryMember(
        pk=minutes_ago,
        id=f"urn:x:{minutes_ago}",
        story=minutes_ago,
        source=name,
        language="bn",
        published=NOW - timedelta(minutes=minutes_ago),
        date_how=DateHow.STATED,
        updated=NOW,
        position=0,
        characters=0,
        content_key="",
    )
    return Presentation(pinned=member, representative=member, others=(), updated=NOW)


@given(
    st.lists(st.sampled_from("abc"), max_size=30),
    st.integers(1, 12),
    st.sampled_from([0.01, 0.25, 0.5, 0.75, 1.0]),
)
def test_a_page_is_full_and_no_source_has_more_than_its_share_while_others_wait(
    names: list[str], limit: int, per_source: float
) -> None:
    """Laws of choosing: order, fullness, shares; and the newest where nobody crowds."""
    feed = FeedSpec(
        name="x",
        title="",
        description="",
        sources=("a", "b", "c"),
        limit=limit,
        languages=("bn",),
        per_source=per_source,
    )
    stories = [story(name, place) for place, name in enumerate(names)]
    page = choose(stories, feed)
    assert page == [one for one in stories if one in page]
    assert len(page) == min(limit, len(stories))
    counts = Counter(one.representative.source for one in page)
    most = most_of_a_source(feed)
    left = {one.representative.source for one in stories if one not in page}
    for name, count in counts.items():
        assert count <= most or all(counts[other] >= most for other in left - {name})
    in_front = Counter(names[:limit])
    if per_source == 1 or all(count <= most for count in in_front.values()):
        assert page == stories[:limit]


def crowded(web: Loopback, make_config: Make, *, settings: str = "") -> Config:
    """Configure a source that crowds a feed of ten, and two papers that wrote days before."""
    web.pages["/a"] = Page(headlines("a", range(40), NOW))
    web.pages["/b"] = Page(headlines("b", range(100, 108), NOW - 2 * DAY))
    web.pages["/c"] = Page(headlines("c", range(200, 208), NOW - 3 * DAY))
    feed = f'[[feed]]\nname = "bangla"\nlimit = 10\nlanguages = "*"\n{settings}'
    return make_config(feed + "".join(source(name, f"{web.url}/{name}") for name in "abc"))


def sites(config: Config) -> str:
    """Return the site of each entry that is published, in order."""
    return "".join(entry.link[len("https://")] for entry in read(config, "bangla.rss"))


@pytest.mark.parametrize(
    ("settings", "shown"),
    [
        ("", "aaaaabbbbb"),
        ("per_source = 0.4\n", "aaaabbbbcc"),
        ("per_source = 1\n", "aaaaaaaaaa"),
        ('sources = ["a"]\n', "aaaaaaaaaa"),
        ("per_source = 0.1\n", "aaaaaaaabc"),
    ],
)
def test_a_source_that_sends_most_has_its_share_of_a_feed(
    web: Loopback, make_config: Make, settings: str, shown: str
) -> None:
    """The others fill the rest, however old they are; what they cannot fill is its own again."""
    config = crowded(web, make_config, settings=settings)
    one_pass(config)
    assert sites(config) == shown
    before = state_of(config.site.output)
    one_pass(config, now=NOW + timedelta(hours=2))
    assert state_of(config.site.output) == before


def test_a_feed_without_others_is_full(web: Loopback, make_config: Make) -> None:
    """Papers that have two entries each leave eight of ten to the one that has many."""
    config = crowded(web, make_config)
    web.pages["/b"] = Page(headlines("b", [100], NOW - 2 * DAY))
    web.pages["/c"] = Page(headlines("c", [200], NOW - 3 * DAY))
    one_pass(config)
    assert sites(config) == "aaaaaaaabc"


def test_explain_names_the_share(web: Loopback, make_config: Make) -> None:
    """What would stand in the feed but for its source's share is told so."""
    config = crowded(web, make_config)
    one_pass(config)
    asked = ["explain", "https://a.example.org/20", "--config", str(config.path)]
    answer = CliRunner().invoke(commands, asked).output
    assert "its source has its share of the feed's 10 stories (per_source)" in answer


# --- Of a day ------------------------------------------------------------------------------------


def test_what_is_usual_decides_what_is_too_much() -> None:
    """A thousand a day is nobody's flood; beyond, five times the median day is the bound."""
    assert most_a_day(Intake()) == 1_000
    assert most_a_day(Intake(days=(40, 50, 2_000))) == 1_000
    assert most_a_day(Intake(days=(700, 800, 900))) == 4_000
    assert flood([], Intake(today=5_000)) == ("", ())


FLOOD = 1_100


def flooding(web: Loopback, make_config: Make) -> Config:
    """Configure a source that has sent ten entries, and from then on sends too many."""
    web.pages["/a"] = Page(headlines("a", range(10)))
    config = make_config(source("a", f"{web.url}/a") + "backlog = 1000\n")
    one_pass(config)
    web.pages["/a"] = Page(headlines("a", range(1_000, 1_000 + FLOOD)))
    return config


def poll(config: Config, hours: float) -> SourceReport:
    """Return the report of a pass some ``hours`` after the first."""
    (report,) = one_pass(config, now=NOW + timedelta(hours=hours)).sources
    return report


def test_a_flood_is_held_back_until_it_stays(web: Loopback, make_config: Make) -> None:
    """None of it is published; the same flood for six hours is what the source means to send."""
    config = flooding(web, make_config)
    report = poll(config, 1)
    assert (report.new, report.quarantined) == (0, FLOOD)
    assert f"held back: {FLOOD} new entries are far more than a day of it brings" in report.note
    assert len(read(config, "bangla.rss")) == 10
    assert poll(config, 2).new == 0
    assert poll(config, 8).new == FLOOD


@pytest.mark.more
def test_a_flood_that_never_settles_is_never_believed(web: Loopback, make_config: Make) -> None:
    """Other headlines at every poll for days prove nothing, and a person lets through one."""
    config = flooding(web, make_config)
    for days in (1, 3, 6):  # after three days other mass changes are believed
        web.pages["/a"] = Page(headlines("a", range(days * 10_000, days * 10_000 + FLOOD)))
        assert poll(config, days * 24).new == 0
    assert (
        CliRunner().invoke(commands, ["release", "a", "--config", str(config.path)]).exit_code == 0
    )
    assert poll(config, 8 * 24).new == FLOOD
    web.pages["/a"] = Page(headlines("a", range(90_000, 90_000 + FLOOD)))
    assert poll(config, 8 * 24 + 1).new == 0


LAST_FLOOD = range(60_000, 60_000 + FLOOD)


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(headlines("a", LAST_FLOOD[:700]), id="a part of it"),
        pytest.param(
            headlines("a", range(10)).replace("হাটে".encode(), "ঘাটে".encode()),
            id="known entries in other words",
            marks=pytest.mark.more,
        ),
    ],
)
def test_days_of_floods_prove_nothing_of_what_comes_after(
    web: Loopback, make_config: Make, after: bytes
) -> None:
    """It is held back as if the floods had not been."""
    config = flooding(web, make_config)
    poll(config, 24)
    web.pages["/a"] = Page(headlines("a", LAST_FLOOD))
    poll(config, 6 * 24)
    web.pages["/a"] = Page(after)
    report = poll(config, 6 * 24 + 1)
    assert (report.new, report.revised) == (0, 0)
    assert report.quarantined


def test_a_first_document_is_an_archive_and_no_flood(web: Loopback, make_config: Make) -> None:
    """It is let in whole, and does not count against what comes the same day."""
    web.pages["/a"] = Page(headlines("a", range(FLOOD)))
    config = make_config(source("a", f"{web.url}/a"))
    assert poll(config, 0).new == FLOOD
    web.pages["/a"] = Page(headlines("a", range(FLOOD + 50)))
    assert poll(config, 1).new == 50


def test_a_flood_that_comes_in_pieces_is_stopped_within_a_day(
    web: Loopback, make_config: Make
) -> None:
    """Documents of 400 headlines each: after a thousand new ones the day is over for it."""
    config = flooding(web, make_config)
    came = []
    for number in range(1, 5):
        web.pages["/a"] = Page(headlines("a", range(number * 1_000, number * 1_000 + 400)))
        came.append(poll(config, number).new)
    assert came == [400, 400, 0, 0]
    web.pages["/a"] = Page(headlines("a", range(9_000, 9_030)))
    assert poll(config, 20).new == 30


def test_no_hold_lets_a_flood_in(web: Loopback, make_config: Make) -> None:
    """``hold = false`` turns this quarantine off like the other."""
    web.pages["/a"] = Page(headlines("a", range(10)))
    config = make_config("[dedupe]\nhold = false\n" + source("a", f"{web.url}/a"))
    one_pass(config)
    web.pages["/a"] = Page(headlines("a", range(1_000, 1_000 + FLOOD)))
    assert poll(config, 1).new == FLOOD


def test_an_older_store_remembers_what_its_sources_brought(tmp_path: Path) -> None:
    """The migration counts the days of the last month, and nothing for the day of the archive."""
    url = f"sqlite:///{tmp_path}/store.db"
    engine = sa.create_engine(url)
    today = int(NOW.timestamp())
    with engine.begin() as connection:
        upgrade(connection, "0006")
        for pk, days_ago in enumerate((50, 50, 40, 2, 2, 2, 0), start=1):
            seen = today - days_ago * 86_400
            row = (pk, f"urn:x:{pk}", "a", pk, "bn", 0, 0, seen, "stated", 0, "k")
            connection.exec_driver_sql(
                "INSERT INTO entry (pk, id, source, story, language, published_unix, updated_unix,"
                " first_seen_unix, date_how, position, content_key)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                row,
            )
    engine.dispose()
    with Store.open(url) as store, store.read() as unit:
        assert unit.sources.intake("a", NOW) == Intake(today=1, days=(3,))
        assert unit.sources.intake("b", NOW) == Intake(is_first=True)


# --- Of the store's memory of what was rejected --------------------------------------------------


def test_the_newest_of_what_was_rejected_is_kept(tmp_path: Path) -> None:
    """A source that sends other rubbish at every poll fills no disk, and takes none's place."""
    url = f"sqlite:///{tmp_path}/store.db"
    with Store.open(url) as store, store.write() as unit:
        unit.sources.add_rejected("b", [Rejected(reason="x", excerpt="b")], NOW)
        for number in range(3):
            rejected = [Rejected(reason="x", excerpt=f"{number}-{n:04d}") for n in range(1_500)]
            unit.sources.add_rejected("a", rejected, NOW + number * DAY)
    with sqlite3.connect(tmp_path / "store.db") as connection:
        of = connection.execute("SELECT source, excerpt FROM rejected").fetchall()
    counts = Counter(excerpt.partition("-")[0] for _, excerpt in of)
    assert counts == {"b": 1, "1": 500, "2": 1_500}


# --- The whole of it -----------------------------------------------------------------------------


@pytest.mark.attack
def test_sixty_thousand_titles_at_every_poll(web: Loopback, make_config: Make) -> None:
    """Half of the feed stays the papers', the store small, and the service ends when it is told."""
    config = crowded(web, make_config)
    for number in range(4):
        first = (number + 1) * 100_000
        web.pages["/a"] = Page(headlines("a", range(first, first + 60_000), NOW))
        one_pass(config, now=NOW + number * DAY)
        assert sites(config) == "aaaaabbbbb"
    size = sum(path.stat().st_size for path in config.path.parent.glob("aggregator.db*"))
    assert size < 15_000_000
    with RunningService(config.path.parent) as service:
        service.wait_for_log("held back: 2000 new entries")
        begun = time.monotonic()
        assert service.stop(signal.SIGTERM)[0] == 0
        assert time.monotonic() - begun < STOP_SECONDS
