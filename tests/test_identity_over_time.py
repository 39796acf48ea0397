"""Entries over many polls: names that rotate, versions, dates that come later, floods, flicker."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from aggregator.models import ParsedEntry
from evaluation.material import Article
from tests.support.arrivals import ARTICLES, Arrivals, sent, sources
from tests.support.configurations import Make
from tests.support.passes import NOW

pytestmark = pytest.mark.databases

FULL, OTHER = ARTICLES[0], ARTICLES[1]
ADDRESS = "https://a.example/articles/c0abc"


def bare(number: int) -> Article:
    """Return a headline without a text, as news searches send them."""
    return Article(f"খেয়াঘাটের {number} নম্বর নৌকা ছাড়ল", ())


def titles(arrivals: Arrivals) -> list[str]:
    """Return the titles that the first feed shows, in its order."""
    return [entry.title for entry in arrivals.shown()]


# --- Names that rotate ---------------------------------------------------------------------------


def test_names_that_rotate_at_every_poll_make_no_new_entries(make_config: Make) -> None:
    """Thirty bare headlines under other ids and links six times are thirty entries, unchanged."""
    arrivals = Arrivals(make_config(sources("a")))
    for poll in range(6):
        arrivals.now = NOW + timedelta(hours=poll)
        arrivals.arrive(("a", [sent(bare(n), 1000 * poll + n, hours=n / 10) for n in range(30)]))
    files = arrivals.publish()
    assert len(arrivals.shown()) == 30
    assert all(report.new == 0 for report in arrivals.reports[1:])
    assert all(report.quarantined == 0 for report in arrivals.reports)
    assert all(entry.link.endswith(f"/{n}") for n, entry in enumerate(arrivals.shown()))
    arrivals.arrive(("a", [sent(bare(n), 9000 + n, hours=n / 10) for n in range(30)]))
    assert arrivals.publish() == files


def test_equal_words_at_one_time_are_one_entry_of_a_document(make_config: Make) -> None:
    """A document that lists an entry twice under two names holds it once."""
    arrivals = Arrivals(make_config(sources("a")))
    arrivals.arrive(("a", [sent(bare(1), 1), sent(bare(1), 2)]))
    assert len(arrivals.shown()) == 1


@pytest.mark.parametrize(
    ("other", "hours"),
    [(bare(2), 0.0), (bare(1), 24.0), (replace(bare(1), paragraphs=("নতুন কথা।",)), 0.0)],
    ids=["another headline", "another day", "another text"],
)
def test_other_words_or_another_time_are_another_entry(
    make_config: Make, other: Article, hours: float
) -> None:
    """A column has its headline each day; what differs in words or time stays apart."""
    arrivals = Arrivals(make_config(sources("a")))
    arrivals.arrive(("a", [sent(bare(1), 1, hours=hours)]))
    arrivals.arrive(("a", [sent(other, 2)]))
    assert arrivals.reports[-1].new == 1


def test_a_time_that_nobody_stated_names_nothing(make_config: Make) -> None:
    """Two undated headlines that are seen in one minute may be two entries of one name."""
    arrivals = Arrivals(make_config(sources("a")))
    arrivals.arrive(("a", [replace(sent(bare(1), 1), published="")]))
    arrivals.arrive(("a", [replace(sent(bare(1), 2), published="")]))
    assert arrivals.reports[-1].new == 1


# --- A headline in the address -------------------------------------------------------------------


@pytest.mark.parametrize("path", ["article/268301", "bangladesh/news/268301", "268301"])
def test_a_headline_in_the_address_behind_a_number_is_retitled_with_it(
    make_config: Make, path: str
) -> None:
    """The number and the time name the entry, which keeps its id and gets the new address."""
    arrivals = Arrivals(make_config(sources("a")))
    first = f"https://a.example/{path}/notun-setu"
    arrivals.arrive(("a", [sent(FULL, 1, link=first)]))
    (before,) = arrivals.shown()
    second = f"https://a.example/{path}/notun-setu-o-utsab"
    retitled = replace(OTHER, title="উৎসবে মাতল দুই পাড়")
    arrivals.arrive(("a", [sent(retitled, 1, link=second)]))
    (after,) = arrivals.shown()
    assert (after.id, after.title, after.link) == (before.id, retitled.title, second)


@pytest.mark.parametrize(
    "paths",
    [
        ("article/268301/ek", "article/268302/dui"),
        ("2026/ek", "2026/dui"),
        ("page/12/ek", "page/12/dui"),
        ("ek/268301", "dui/268301"),
    ],
    ids=["other numbers", "a year", "a short number", "a number behind the headline"],
)
def test_addresses_without_one_number_in_front_stay_apart(
    make_config: Make, paths: tuple[str, str]
) -> None:
    """Two entries of one minute whose addresses share no number are two."""
    arrivals = Arrivals(make_config(sources("a")))
    for article, path in zip((FULL, OTHER), paths, strict=True):
        arrivals.arrive(("a", [sent(article, 1, link=f"https://a.example/{path}")]))
    assert len(arrivals.shown()) == 2


# --- Versions of one article ---------------------------------------------------------------------


def version(number: int, title: str, *, hours: float) -> ParsedEntry:
    """Return a version of one article, with an id that is its address and a number."""
    article = replace(FULL, title=title)
    return sent(article, 1, link=ADDRESS, guid=f"{ADDRESS}#{number}", hours=hours)


def test_versions_in_one_document_are_one_entry_with_the_newest_words(make_config: Make) -> None:
    """Whatever stands beside the newest version and in whichever order, its title stays."""
    arrivals = Arrivals(make_config(sources("a")))
    arrivals.arrive(("a", [version(0, "পুরোনো শিরোনাম", hours=9)]))
    (first,) = arrivals.shown()
    arrivals.now = NOW + timedelta(hours=1)
    arrivals.arrive(("a", [version(1, "নতুন শিরোনাম", hours=3)]))
    updated = arrivals.shown()[0].updated
    newest, old = version(2, "নতুন শিরোনাম", hours=2), version(0, "পুরোনো শিরোনাম", hours=9)
    for poll, document in enumerate(([newest, old], [old, newest], [newest], [newest, old])):
        arrivals.now = NOW + timedelta(hours=2 + poll)
        arrivals.arrive(("a", document))
        (entry,) = arrivals.shown()
        assert (entry.id, entry.title, entry.updated) == (first.id, "নতুন শিরোনাম", updated)


def test_a_new_version_beside_the_known_one_revises_it(make_config: Make) -> None:
    """The version that we have is sent unchanged beside a newer one, which wins."""
    arrivals = Arrivals(make_config(sources("a")))
    known = version(0, "পুরোনো শিরোনাম", hours=9)
    arrivals.arrive(("a", [known]))
    arrivals.arrive(("a", [known, version(1, "নতুন শিরোনাম", hours=1)]))
    assert titles(arrivals) == ["নতুন শিরোনাম"]


def test_three_versions_at_first_sight_are_one_entry(make_config: Make) -> None:
    """A source that is new to us sends all versions at once, and a long time apart."""
    arrivals = Arrivals(make_config(sources("a")))
    arrivals.arrive(("a", [version(n, f"{n} নম্বর শিরোনাম", hours=60 - 20 * n) for n in range(3)]))
    assert titles(arrivals) == ["2 নম্বর শিরোনাম"]


def test_numbers_behind_other_addresses_are_no_versions(make_config: Make) -> None:
    """Entries of a live page, with one link and ids of their own, stay what they are."""
    arrivals = Arrivals(make_config(sources("a")))
    arrivals.arrive(
        (
            "a",
            [
                sent(ARTICLES[n], n, link=ADDRESS, guid=f"https://a.example/live#{n}")
                for n in range(3)
            ],
        )
    )
    assert len(arrivals.shown()) == 3


# --- Dates that come later -----------------------------------------------------------------------


def undated(article: Article, number: int) -> ParsedEntry:
    """Return an article without a date."""
    return replace(sent(article, number), published="")


def test_a_first_sight_gives_way_to_a_date_that_is_stated_within_a_day(make_config: Make) -> None:
    """Once, to an earlier time; its place moves, its id stays, and nothing was updated by that."""
    arrivals = Arrivals(make_config(sources("a")))
    arrivals.arrive(("a", [undated(FULL, 1), sent(OTHER, 2, hours=2)]))
    before = arrivals.shown()
    assert [entry.title for entry in before] == [FULL.title, OTHER.title]
    arrivals.now = NOW + timedelta(hours=3)
    arrivals.arrive(("a", [sent(FULL, 1, hours=5), sent(OTHER, 2, hours=2)]))
    after = {entry.id: entry for entry in arrivals.shown()}
    assert list(after) == [before[1].id, before[0].id]
    entry = after[before[0].id]
    assert entry.published == entry.updated == NOW - timedelta(hours=5)
    arrivals.arrive(("a", [sent(FULL, 1, hours=9)]))
    assert {one.id: one.published for one in arrivals.shown()}[entry.id] == entry.published


@pytest.mark.parametrize(
    ("later", "hours"),
    [(timedelta(days=2), 5.0), (timedelta(hours=3), -2.0)],
    ids=["after two days", "a later time"],
)
def test_a_first_sight_stays_where_readers_have_long_seen_it(
    make_config: Make, later: timedelta, hours: float
) -> None:
    """Two days later, or to a later time, a stated date moves nothing."""
    arrivals = Arrivals(make_config(sources("a")))
    arrivals.arrive(("a", [undated(FULL, 1)]))
    arrivals.now = NOW + later
    arrivals.arrive(("a", [sent(FULL, 1, hours=hours)]))
    assert arrivals.shown()[0].published == NOW


# --- Floods --------------------------------------------------------------------------------------


def test_a_new_source_without_dates_shows_its_backlog_and_no_more(make_config: Make) -> None:
    """Ten of forty undated entries are shown, the first of the document; all are known again."""
    arrivals = Arrivals(make_config(sources("a")))
    document = [undated(bare(n), n) for n in range(40)]
    arrivals.arrive(("a", document))
    assert titles(arrivals) == [bare(n).title for n in range(10)]
    assert arrivals.reports[-1].new == 40
    arrivals.now = NOW + timedelta(hours=1)
    arrivals.arrive(("a", [undated(bare(99), 99), *document]))
    assert titles(arrivals)[0] == bare(99).title
    assert (arrivals.reports[-1].new, len(arrivals.shown())) == (1, 11)


def test_dated_entries_are_no_backlog(make_config: Make) -> None:
    """What has a date stands where it belongs, however much of it comes at once."""
    arrivals = Arrivals(make_config(sources("a")))
    arrivals.arrive(("a", [sent(bare(n), n, hours=n) for n in range(30)]))
    assert len(arrivals.shown()) == 30


def test_a_source_that_is_all_new_after_a_silence_has_a_backlog_again(make_config: Make) -> None:
    """Nothing of the document is known: it is as a new source's."""
    arrivals = Arrivals(make_config(sources("a", extra="backlog = 3\n")))
    arrivals.arrive(("a", [undated(bare(n), n) for n in range(5)]))
    arrivals.now = NOW + timedelta(days=40)
    arrivals.arrive(("a", [undated(bare(n), n) for n in range(50, 60)]))
    assert titles(arrivals)[:3] == [bare(n).title for n in range(50, 53)]
    assert len(arrivals.shown()) == 6


def test_an_entry_of_the_backlog_is_shown_once_its_date_is_stated(make_config: Make) -> None:
    """It was kept back for want of a date, and takes the place that its date gives it."""
    arrivals = Arrivals(make_config(sources("a", extra="backlog = 0\n")))
    arrivals.arrive(("a", [undated(FULL, 1)]))
    assert arrivals.shown() == []
    arrivals.now = NOW + timedelta(hours=1)
    arrivals.arrive(("a", [sent(FULL, 1, hours=1)]))
    assert titles(arrivals) == [FULL.title]
    assert arrivals.shown()[0].published == datetime(2026, 11, 24, 5, 0, tzinfo=UTC)


# --- Flicker -------------------------------------------------------------------------------------


def counted(number: int) -> Article:
    """Return an article with a line that nobody could know for a counter, and its number."""
    return replace(FULL, paragraphs=(*FULL.paragraphs, f"ঘাটের খাতায় আজ {number} জনের সই।"))


def test_a_text_that_changes_at_every_poll_is_no_update_for_long(make_config: Make) -> None:
    """Its words are shown as they are now; it moves up three times in three days."""
    arrivals = Arrivals(make_config(sources("a")))
    moves = set()
    for poll in (*range(8), *range(8, 24 * 6, 4)):  # a pass each
        arrivals.now = NOW + timedelta(hours=poll)
        arrivals.arrive(("a", [sent(counted(poll), 1)]))
        (entry,) = arrivals.shown()
        assert f"আজ {poll} জনের" in entry.content_html
        moves.add(entry.updated)
    assert sorted(moves)[:4] == [NOW + timedelta(hours=hours) for hours in range(4)]
    assert len(moves) == 1 + 3 + 3


def test_a_new_headline_is_always_an_update(make_config: Make) -> None:
    """What is told anew under another headline is news, however often it was revised."""
    arrivals = Arrivals(make_config(sources("a")))
    for poll in range(6):
        arrivals.now = NOW + timedelta(hours=poll)
        arrivals.arrive(("a", [sent(replace(counted(poll), title=f"{poll} নম্বর শিরোনাম"), 1)]))
        assert arrivals.shown()[0].updated == arrivals.now
