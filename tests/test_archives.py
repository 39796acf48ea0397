"""Archived feeds (RFC 5005 §4): who follows them from the current document has every entry once."""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import ConfigError
from aggregator.models import (
    Config,
    FeedDocument,
    FeedReport,
    FeedSpec,
    FeedView,
    Media,
    MediaRole,
    ParsedEntry,
    Pin,
)
from aggregator.pipeline import archive as archiving
from aggregator.pipeline import archive_documents
from aggregator.pipeline import publish as publishing
from aggregator.pipeline.publish import publish_all
from aggregator.pipeline.purge import purge
from aggregator.pipeline.refusals import Refusals
from aggregator.publish import folder, gone
from aggregator.publish.archive import cut
from aggregator.publish.compressed import ENCODINGS, with_neighbours
from aggregator.publish.entries import RenderedEntries
from aggregator.store.store import Store
from tests.support.arrivals import ARTICLES, Arrivals, sent, sources
from tests.support.by_hand import by_hand
from tests.support.configurations import Make
from tests.support.follower import FollowedDocument, Follower
from tests.support.migrated import upgrade
from tests.support.passes import NOW
from tests.support.serving import serving
from tests.support.validity import check_atom, check_json, check_rss
from tests.test_plans import statements

pytestmark = pytest.mark.databases

SIZE = 4  # of a document, where a test makes many
PAPERS = ("a", "b", "c")
DOCUMENT = re.compile(r".+-archive-[0-9]+\.(rss|atom|json)")


@pytest.fixture(autouse=True)
def small_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a few entries fill a document."""
    monkeypatch.setattr(archiving, "LEAST_SIZE", SIZE)


def headline(paper: str, number: int, hours: float = 0) -> ParsedEntry:
    """Return an entry that is a story of its own, published some hours before ``NOW``."""
    address = f"https://{paper}.example/{number}"
    return ParsedEntry(
        native_id=address,
        link=address,
        title_html=f"{paper} হাটে আজ {number} নম্বর দোকানে নতুন পণ্য",
        published=(NOW - timedelta(hours=hours)).isoformat(),
    )


def headlines(paper: str, numbers: Sequence[int], oldest_hours: float = 0) -> list[ParsedEntry]:
    """Return entries an hour apart, the first ``oldest_hours`` before ``NOW``."""
    return [headline(paper, number, oldest_hours - place) for place, number in enumerate(numbers)]


def follower(config: Config, name: str = "bangla.atom") -> Follower:
    """Return a reader of a published feed that has read nothing yet."""
    base = config.site.url

    def get(address: str) -> bytes:
        assert address.startswith(base)
        return (config.site.output / address.removeprefix(base)).read_bytes()

    return Follower(address=f"{base}{name}", get=get)


def follower_document(config: Config, feed: str) -> FollowedDocument:
    """Return a feed as it stands."""
    return FollowedDocument.of((config.site.output / f"{feed}.atom").read_bytes())


def archives(config: Config, suffix: str = "atom") -> dict[str, bytes]:
    """Return the archive documents of one format, by name."""
    return {
        path.name: path.read_bytes()
        for path in config.site.output.iterdir()
        if DOCUMENT.fullmatch(path.name) and path.suffix == f".{suffix}"
    }


def ids(numbers: Sequence[int], paper: str = "a") -> set[str]:
    """Return the ids of headlines."""
    return {f"https://{paper}.example/{number}" for number in numbers}


# --- What is closed ------------------------------------------------------------------------------


@given(st.lists(st.booleans(), max_size=20), st.integers(0, 9), st.integers(1, 7))
def test_a_cut_leaves_nothing_behind_that_readers_saw(
    gone_and_seen: list[bool], shown_count: int, size: int
) -> None:
    """Each entry is in one document at most, none is too long, and what was seen is in one."""
    gone = list(range(len(gone_and_seen)))
    shown = list(range(100, 100 + shown_count))
    seen = {pk for pk in gone if gone_and_seen[pk]}
    documents = cut(gone, shown, seen, size)
    closed = [pk for document in documents for pk in document]
    assert len(set(closed)) == len(closed) and {*closed} <= {*gone, *shown}
    assert all(0 < len(document) <= size for document in documents)
    assert seen <= {*closed}
    assert len([pk for pk in gone if pk not in closed]) < size
    assert all(len(document) == size for document in documents[:-1])
    assert cut(gone, shown, set(), size) == documents[: len(gone) // size]


def test_a_feed_that_is_not_full_has_no_archive(make_config: Make) -> None:
    """And not a byte of it is other than without archives."""
    config = make_config('[[feed]]\nname = "bangla"\nlimit = 9\n' + sources("a"))
    arrivals = Arrivals(config)
    arrivals.arrive(("a", headlines("a", range(9))))
    published = arrivals.publish()
    assert not archives(config) and b"archive" not in b"".join(published.values())
    off = replace(config.feeds[0], archive=False)
    arrivals.config = replace(config, feeds=(off,))
    assert arrivals.publish() == published


def test_what_leaves_the_feed_is_in_an_archive_by_then(make_config: Make) -> None:
    """A document is closed as the first of its entries leaves, and the feed leads to it."""
    config = make_config('[[feed]]\nname = "bangla"\nlimit = 4\n' + sources("a"))
    arrivals = Arrivals(config)
    arrivals.arrive(("a", headlines("a", range(4), 30)))
    arrivals.publish()
    arrivals.arrive(("a", [headline("a", 4, 20)]))
    published = arrivals.publish()
    assert {*FollowedDocument.of(published["bangla.atom"]).entries} == ids([1, 2, 3, 4])
    first = FollowedDocument.of(published["bangla-archive-1.atom"])
    assert list(first.entries) == [f"https://a.example/{number}" for number in (3, 2, 1, 0)]
    for number in (5, 6, 7):
        arrivals.arrive(("a", [headline("a", number, 20 - number)]))
        assert len(archives(arrivals.config)) == 1
        published = arrivals.publish()
    assert {*FollowedDocument.of(published["bangla.atom"]).entries} == ids([4, 5, 6, 7])
    arrivals.arrive(("a", [headline("a", 8)]))
    arrivals.publish()
    second = FollowedDocument.of(archives(config)["bangla-archive-2.atom"])
    assert {*second.entries} == ids([4, 5, 6, 7])


def test_a_backlog_goes_into_archives_by_its_own_dates(make_config: Make) -> None:
    """Of a new paper with old entries the feed shows nothing, and the archives all, in order."""
    config = make_config(
        '[[feed]]\nname = "bangla"\nlimit = 4\nper_source = 1\n' + sources("a", "b")
    )
    arrivals = Arrivals(config)
    arrivals.arrive(("a", headlines("a", range(4), 4)))
    before = arrivals.publish()
    arrivals.arrive(("b", headlines("b", range(10), 1000)))
    after = arrivals.publish()
    assert FollowedDocument.of(after["bangla.atom"]).entries == (
        FollowedDocument.of(before["bangla.atom"]).entries
    )
    documents = [FollowedDocument.of(after[f"bangla-archive-{n}.atom"]) for n in (1, 2)]
    assert [{*document.entries} for document in documents] == [
        ids(range(4), "b"), ids(range(4, 8), "b")
    ]  # fmt: skip
    assert "bangla-archive-3.atom" not in after  # two wait until others join them


def test_what_has_no_date_and_is_too_much_at_once_is_in_no_archive(make_config: Make) -> None:
    """What ``backlog`` keeps out of feeds would stand in archives as news of today."""
    config = make_config(
        '[[feed]]\nname = "bangla"\nlimit = 4\n' + sources("a", extra="backlog = 2\n")
    )
    arrivals = Arrivals(config)
    arrivals.arrive(("a", [replace(headline("a", number), published="") for number in range(30)]))
    arrivals.publish()
    reader = follower(config)
    reader.read()
    assert {*reader.entries} == ids([0, 1])


# --- What a document says ------------------------------------------------------------------------


@pytest.fixture
def archived(make_config: Make) -> Arrivals:
    """Return a feed with two archive documents."""
    site = '[site]\nurl = "https://feeds.example/"\nhub = "https://hub.example/"\n'
    arrivals = Arrivals(make_config(site + '[[feed]]\nname = "bangla"\nlimit = 4\n' + sources("a")))
    for number in range(9):
        arrivals.arrive(("a", [headline("a", number, 90 - number)]))
        arrivals.publish()
    return arrivals


@pytest.mark.parametrize("suffix", ["atom", "rss"])
def test_documents_are_archived_feeds_of_rfc_5005(archived: Arrivals, suffix: str) -> None:
    """Each says what it is, where the feed is, and what is before it; all say the feed's id.

    The feed alone names a hub, as nothing is added to the others.
    """
    output = archived.config.site.output
    check = check_atom if suffix == "atom" else check_rss
    base = "https://feeds.example/bangla"
    expected = {
        "bangla": {
            "hub": "https://hub.example/",
            "self": f"{base}.{suffix}",
            "prev-archive": f"{base}-archive-2.{suffix}",
        },
        "bangla-archive-2": {
            "self": f"{base}-archive-2.{suffix}",
            "current": f"{base}.{suffix}",
            "prev-archive": f"{base}-archive-1.{suffix}",
        },
        "bangla-archive-1": {"self": f"{base}-archive-1.{suffix}", "current": f"{base}.{suffix}"},
    }
    feed_ids = set()
    for name, links in expected.items():
        body = (output / f"{name}.{suffix}").read_bytes()
        assert check(body)
        document = FollowedDocument.of(body)
        found = {rel: href for rel, href in document.links.items() if rel != "alternate"}
        assert found == links
        assert document.is_archive == ("archive" in name)
        feed_ids.add(body.split(b"<id>")[1] if suffix == "atom" else b"")
    assert len({feed_id.split(b"</id>")[0] for feed_id in feed_ids}) == 1


def test_json_feeds_lead_to_older_items(archived: Arrivals) -> None:
    """``next_url`` is of the next older items, and never the feed's own address (JSON Feed 1.1)."""
    output, base = archived.config.site.output, "https://feeds.example/bangla"
    leads_to = {}
    for name in ("bangla", "bangla-archive-2", "bangla-archive-1"):
        body = (output / f"{name}.json").read_bytes()
        assert check_json(body)
        feed = json.loads(body)
        assert feed["feed_url"] == f"{base}.json"
        leads_to[name] = feed.get("next_url")
    assert leads_to == {
        "bangla": f"{base}-archive-2.json",
        "bangla-archive-2": f"{base}-archive-1.json",
        "bangla-archive-1": None,
    }


@pytest.mark.parametrize(
    "suffix", ["atom", *(pytest.param(each, marks=pytest.mark.more) for each in ("rss", "json"))]
)
def test_a_follower_reads_over_http_and_asks_for_no_archive_twice(
    make_config: Make, suffix: str, tmp_path: Path
) -> None:
    """The first time it reads all documents, then only those that are new."""
    output = tmp_path / "feeds"
    output.mkdir()
    with serving(output) as served:
        site = f'[site]\nurl = "{served.url}/"\n'
        feed = '[[feed]]\nname = "bangla"\nlimit = 4\n'
        arrivals = Arrivals(make_config(site + feed + sources("a")))
        address = f"{served.url}/bangla.{suffix}"
        reader = Follower(
            address=address,
            get=lambda address: served.get(address.removeprefix(served.url)).content,
        )
        for number in range(9):
            arrivals.arrive(("a", [headline("a", number, 90 - number)]))
            arrivals.publish()
        assert len(reader.read()) == 3
        assert {*reader.entries} == ids(range(9))
        assert reader.read() == [address]
        arrivals.arrive(("a", headlines("a", range(9, 14), 50)))
        arrivals.publish()
        assert len(reader.read()) == 2
        assert {*reader.entries} == ids(range(14)) and len(reader.order) == 14


def test_a_document_carries_what_its_feed_does(make_config: Make) -> None:
    """Summaries in place of texts, and the same files, valid; but no hub: none is told of it."""
    site = '[site]\nurl = "https://feeds.example/"\nhub = "https://hub.example/"\n'
    feed = '[[feed]]\nname = "bangla"\nlimit = 4\ncontent = "summary"\n'
    arrivals = Arrivals(make_config(site + feed + sources("a")))
    picture = Media(url="https://a.example/1.jpg", type="image/jpeg", role=MediaRole.PICTURE)
    for number in range(5):
        article = sent(ARTICLES[number], number, hours=90 - number)
        text = f"{article.content_html}<p>শেষ কথা এখানেই শেষ।</p>"
        entry = replace(article, content_html=text, media=(picture,))
        arrivals.arrive(("a", [entry]))
        arrivals.publish()
    checks = {"atom": check_atom, "rss": check_rss, "json": check_json}
    for suffix, check in checks.items():
        feed_body = (arrivals.config.site.output / f"bangla.{suffix}").read_bytes()
        document = (arrivals.config.site.output / f"bangla-archive-1.{suffix}").read_bytes()
        assert check(document)
        assert "শেষ কথা এখানেই শেষ".encode() not in feed_body + document
        assert (b"hub.example" in feed_body, b"hub.example" in document) == (True, False)
        for body in (feed_body, document):
            assert ARTICLES[2].title.encode() in body and b"a.example/1.jpg" in body
            assert (b"xmlns:media=" in body) == (b"xmlns:media=" in feed_body)


# --- What is closed stays as it is ---------------------------------------------------------------


def test_a_closed_document_stays_as_it_is(archived: Arrivals) -> None:
    """Neither revised words, nor another title, nor a later document change a byte of it."""
    before = archives(archived.config)
    revised = headline("a", 1, 89)
    archived.arrive(("a", [replace(revised, content_html="<p>আরও জানা গেছে।</p>")]))
    feeds = (replace(archived.config.feeds[0], title="অন্য নাম", limit=6),)
    archived.config = replace(archived.config, feeds=feeds)
    archived.arrive(("a", headlines("a", range(20, 29), 50)))
    archived.publish()
    after = archives(archived.config)
    assert len(after) > len(before)
    assert {name: after[name] for name in before} == before


def test_who_comes_late_has_the_newest_words(archived: Arrivals) -> None:
    """What is revised while the feed shows it joins a later document; the earlier one stays."""
    config = archived.config
    (first,) = (
        name for name, body in archives(config).items() if b"<id>https://a.example/6</id>" in body
    )
    before = archives(config)[first]
    archived.arrive(("a", [replace(headline("a", 6, 84), content_html="<p>আরও জানা গেছে।</p>")]))
    archived.publish()
    archived.arrive(("a", headlines("a", range(9, 17), 50)))
    archived.publish()
    reader = follower(config)
    reader.read()
    assert "আরও জানা গেছে।" in reader.entries["https://a.example/6"].decode()
    assert archives(config)[first] == before
    times = sum(b"<id>https://a.example/6</id>" in body for body in archives(config).values())
    assert times == 2


def test_what_is_purged_leaves_its_archive(archived: Arrivals) -> None:
    """That document alone is written again; the others and the way through them stay."""
    config = archived.config
    before = archives(config)
    with Store.beside(config.store_url) as store:
        assert purge(store, "https://a.example/1", config.dedupe, lambda: NOW)
    archived.publish()
    after = archives(config)
    assert {name for name in before if after[name] != before[name]} == {"bangla-archive-1.atom"}
    for path in config.site.output.iterdir():
        assert b"a.example/1<" not in path.read_bytes() and b'a.example/1"' not in path.read_bytes()
    reader = follower(config)
    reader.read()
    assert {*reader.entries} == ids(range(9)) - ids([1])


def test_what_is_purged_leaves_the_documents_of_a_feed_without_archives(
    archived: Arrivals,
) -> None:
    """They stay though the feed leads to them no more; one that a person deleted stays away."""
    config = archived.config
    before = archives(config)
    feeds = (replace(config.feeds[0], archive=False),)
    archived.config = replace(config, feeds=feeds)
    archived.publish()
    assert archives(config) == before
    for path in config.site.output.glob("bangla-archive-2.*"):
        path.unlink()
    for number in (1, 6):
        with Store.beside(config.store_url) as store:
            assert purge(store, f"https://a.example/{number}", config.dedupe, lambda: NOW)
    archived.publish()
    assert {*archives(config)} == {"bangla-archive-1.atom"}
    for path in config.site.output.iterdir():
        assert b"a.example/1<" not in path.read_bytes() and b'a.example/1"' not in path.read_bytes()


def test_what_is_purged_while_its_document_is_written_leaves_it(
    archived: Arrivals, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person's purge beside the process that publishes is never overtaken by a file."""
    archived.arrive(("a", headlines("a", range(9, 20), 50)))
    make = folder.archive_documents

    def purged_meanwhile(
        view: FeedView, number: int, rendered: RenderedEntries
    ) -> list[FeedDocument]:
        documents = make(view, number, rendered)
        with Store.beside(archived.config.store_url) as store:
            purge(store, "https://a.example/9", archived.config.dedupe, lambda: NOW)
        return documents

    with monkeypatch.context() as patch:
        patch.setattr(folder, "archive_documents", purged_meanwhile)
        archived.publish()
    assert any(b"a.example/9<" in body for body in archives(archived.config).values())
    archived.publish()
    assert not any(b"a.example/9<" in body for body in archives(archived.config).values())


def test_a_moved_site_has_its_documents_lead_on(archived: Arrivals) -> None:
    """Under another address all documents are written again, as they name each other by it."""
    site = replace(archived.config.site, url="https://new.example/")
    archived.config = replace(archived.config, site=site)
    archived.publish()
    reader = follower(archived.config)
    assert len(reader.read()) == 3
    assert {*reader.entries} == ids(range(9))
    assert not any(b"feeds.example" in body for body in archives(archived.config).values())


def test_a_lost_folder_is_made_again(archived: Arrivals) -> None:
    """With the same documents of the same entries, to the byte where none was revised."""
    before = archived.publish()
    for path in archived.config.site.output.iterdir():
        path.unlink()
    assert archived.publish() == before


def test_a_lost_folder_is_made_again_in_steps(
    archived: Arrivals, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the oldest document on, and at each step the feed leads to what is there."""
    monkeypatch.setattr(archive_documents, "documents_together", lambda _feed: 1)
    before = archived.publish()
    for path in archived.config.site.output.iterdir():
        path.unlink()
    lengths = []
    for _ in range(3):
        published = archived.publish()
        lengths.append(len(follower(archived.config).read()))
    assert lengths == [2, 3, 3]
    assert published == before


def test_what_a_feed_selects_no_more_stays_in_its_archives(make_config: Make) -> None:
    """Documents stay; what waited of a source that is gone waits no longer; a new one joins."""
    config = make_config('[[feed]]\nname = "bangla"\nlimit = 4\n' + sources("a", "b", "c"))
    arrivals = Arrivals(replace(config, feeds=(replace(config.feeds[0], sources=("a", "b")),)))
    arrivals.arrive(("a", headlines("a", range(8), 50)), ("c", headlines("c", range(9), 90)))
    arrivals.publish()
    before = archives(config)
    assert {*FollowedDocument.of(before["bangla-archive-1.atom"]).entries} == ids(range(4))
    only_c = replace(config.feeds[0], sources=("c",))
    arrivals.config = replace(config, feeds=(only_c,), sources=config.sources[2:])
    after = arrivals.publish()
    assert after["bangla-archive-1.atom"] == before["bangla-archive-1.atom"]
    for path in config.site.output.iterdir():
        path.unlink()
    again = arrivals.publish()
    assert {*FollowedDocument.of(again["bangla-archive-1.atom"]).entries} == ids(range(4))
    reader = follower(config)
    reader.read()
    waiting = ids([4], "c")  # the oldest four of the five that the feed cannot show are closed
    assert {*reader.entries} == ids(range(4)) | ids(range(9), "c") - waiting


def test_a_feed_without_archives_has_none(make_config: Make) -> None:
    """``archive = false`` leaves nothing but the feed."""
    text = '[[feed]]\nname = "bangla"\nlimit = 2\narchive = false\n'
    arrivals = Arrivals(make_config(text + sources("a")))
    arrivals.arrive(("a", headlines("a", range(9), 9)))
    published = arrivals.publish()
    assert not any(DOCUMENT.fullmatch(name) for name in published)
    assert b"prev-archive" not in published["bangla.atom"]


def test_no_feed_is_named_as_an_archive_document(make_config: Make) -> None:
    """Its files would be another feed's."""
    with pytest.raises(ConfigError, match="named as an archive document"):
        make_config('[[feed]]\nname = "bangla-archive-2"\n' + sources("a"))


@pytest.mark.sqlite
def test_an_older_store_goes_on_counting_its_publishings(tmp_path: Path) -> None:
    """What was published before stays the longest known, as by its sequence its id is told."""
    url = f"sqlite:///{tmp_path}/store.db"
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        upgrade(connection, "0013")
        for pk in (1, 2):
            connection.exec_driver_sql(
                "INSERT INTO entry (pk, id, source, language, published_unix, updated_unix,"
                " first_seen_unix, date_how, position, content_key)"
                " VALUES (?, ?, 'a', 'bn', 0, 0, 0, 'stated', 0, '')",
                (pk, f"urn:x:{pk}"),
            )
        connection.exec_driver_sql(
            "INSERT INTO pin (feed, pk, as_pk, sequence) VALUES ('x', 1, 1, 7), ('y', 1, 1, -1)"
        )
    engine.dispose()
    with Store.open(url) as store, store.write() as unit:
        for feed in ("x", "y", "z"):
            unit.feeds.pin(feed, {2: Pin(feed=feed, as_pk=2, as_id="", sequence=0)})
    with sqlite3.connect(tmp_path / "store.db") as database:
        pins = database.execute("SELECT feed, sequence FROM pin WHERE pk = 2 ORDER BY feed")
        assert pins.fetchall() == [("x", 8), ("y", 1), ("z", 1)]
    database.close()


def test_the_top_has_no_archives(make_config: Make) -> None:
    """Stories leave it and come back; whoever asks for its archives is told so, with the line."""
    top = '[[feed]]\nname = "top"\norder = "top"\n'
    assert not make_config(top + sources("a")).feeds[0].archive
    with pytest.raises(ConfigError, match=r"config.toml:4:1: .*has no archives"):
        make_config(top + "archive = true\n" + sources("a"))


def test_a_feed_that_counts_papers_archives_what_it_showed(make_config: Make) -> None:
    """Nothing that one paper reports, though it waited when the feed did not count papers."""
    config = make_config('[[feed]]\nname = "bangla"\nlimit = 4\n' + sources("a", "b"))
    arrivals = Arrivals(config)
    arrivals.arrive(("a", headlines("a", range(7), 90)))
    arrivals.publish()
    feeds = (replace(config.feeds[0], min_sources=2),)
    arrivals.config = replace(config, feeds=feeds)
    for index in range(6):
        entries = [sent(ARTICLES[index], index, site=paper, hours=30 - index) for paper in "ab"]
        arrivals.arrive(("a", entries[:1]), ("b", entries[1:]))
        arrivals.arrive(("a", [headline("a", 20 + index, 30 - index)]))
        arrivals.publish()
    reader = follower(config)
    reader.read()
    numbers = [entry.removeprefix("https://a.example/") for entry in reader.entries]
    # Four were shown before papers were counted.
    assert {*numbers} == {*(str(n) for n in (3, 4, 5, 6)), *(f"news/{n}" for n in range(6))}


def test_a_story_that_moves_to_another_part_is_archived_there(make_config: Make) -> None:
    """Where an earlier entry of another paper arrives: it leaves the part that showed it."""
    config = make_config(
        '[[feed]]\nname = "paper"\nlimit = 4\nsplit_by = "source"\n' + sources("a", "b")
    )
    arrivals = Arrivals(config)
    arrivals.arrive(("a", [sent(ARTICLES[0], 1, site="a", hours=90)]))
    arrivals.publish()
    arrivals.arrive(("b", [sent(ARTICLES[0], 1, site="b", hours=95)]))
    for number in range(8):
        for paper in "ab":
            arrivals.arrive((paper, [headline(paper, number, 80 - number)]))
        arrivals.publish()
    told = {}
    for paper in "ab":
        reader = follower(config, f"paper-{paper}.atom")
        reader.read()
        told[paper] = {*reader.entries}
    assert told == {"a": ids(range(8)), "b": ids(range(8), "b") | {"https://b.example/news/1"}}


# --- Files of archives ---------------------------------------------------------------------------


def publish_later(arrivals: Arrivals, days: float) -> set[str]:
    """Publish some days later; return the names of the files there are."""
    arrivals.now += timedelta(days=days)
    publish(arrivals)
    return {path.name for path in arrivals.config.site.output.glob("[!.]*")}


def test_the_archives_of_a_feed_that_is_taken_out_go_after_a_day(archived: Arrivals) -> None:
    """With all their neighbours, but for what another put there; a feed that is back has them."""
    config, output = archived.config, archived.config.site.output
    before, all_names = archived.publish(), publish_later(archived, 0)
    other = replace(config.feeds[0], name="other", archive=False)
    archived.config = replace(config, feeds=(other,))
    assert all_names < publish_later(archived, 0)
    (output / "bangla-archive-2.json").write_bytes(b"a page of a person")
    (output / "bangla-archive-9.rss").write_bytes(b"another")
    left = {name for name in publish_later(archived, 1) if name.startswith("bangla")}
    assert left == {
        *with_neighbours(["bangla-archive-2.json"]),  # they would be made anew with their file
        "bangla-archive-9.rss",
    }
    assert (output / "bangla-archive-2.json").read_bytes() == b"a page of a person"
    (output / "bangla-archive-9.rss").unlink()
    archived.config = config
    publish_later(archived, 1)
    (output / "bangla-archive-2.json").unlink()
    (output / "bangla.html").unlink()
    assert publish_later(archived, 0) - {"other.html"} >= all_names
    after = {name: (output / name).read_bytes() for name in before}
    assert after == before
    assert not gone.body_of(output, "bangla-archive-1.rss")


def test_a_feed_that_is_held_back_closes_nothing(archived: Arrivals) -> None:
    """And forgets nothing that waits: when it is itself again, it goes on as if nothing was."""
    archived.arrive(("a", headlines("a", (30, 31), 1000)))
    before = archived.publish()
    with by_hand(archived.config) as database:
        database.exec_driver_sql("UPDATE entry SET language = 'en'")
        database.exec_driver_sql("UPDATE standing SET is_current = false")
    (report, _) = publish(archived)
    assert report.held_back
    assert before == {name: (archived.config.site.output / name).read_bytes() for name in before}
    with by_hand(archived.config) as database:
        database.exec_driver_sql("UPDATE entry SET language = 'bn'")
        database.exec_driver_sql("UPDATE standing SET is_current = false")
    assert archived.publish() == before
    archived.arrive(("a", headlines("a", range(9, 13), 50)))
    archived.publish()
    reader = follower(archived.config)
    reader.read()
    assert {*reader.entries} == ids((*range(13), 30, 31))


@pytest.mark.parametrize(
    "reason", ["purge", *(pytest.param(each, marks=pytest.mark.more) for each in ("url", "folder"))]
)
def test_what_is_written_again_has_its_neighbours(archived: Arrivals, reason: str) -> None:
    """Of its bytes and of its time, however often."""
    output = archived.config.site.output
    if reason == "purge":
        with Store.beside(archived.config.store_url) as store:
            purge(store, "https://a.example/1", archived.config.dedupe, lambda: NOW)
    elif reason == "url":
        site = replace(archived.config.site, url="https://new.example/")
        archived.config = replace(archived.config, site=site)
    else:
        for path in output.glob("*.*"):
            path.unlink()
    archived.publish()
    assert len(archives(archived.config)) == 2
    for name in [path.name for path in output.iterdir() if DOCUMENT.fullmatch(path.name)]:
        for encoding in ENCODINGS:
            neighbour = output / f"{name}{encoding.suffix}"
            assert encoding.is_of(neighbour.read_bytes(), (output / name).read_bytes())
            assert neighbour.stat().st_mtime_ns == (output / name).stat().st_mtime_ns


def test_what_a_killed_run_left_of_archive_documents_is_removed(archived: Arrivals) -> None:
    """Also of a neighbour; what another program is about to write stays."""
    output = archived.config.site.output
    ours = [".bangla-archive-7.rss.tmp", ".bangla-archive-1.json.br.tmp"]
    others = [".y-archive-1.rss.tmp", ".bangla-archive-x.rss.tmp"]
    for name in ours + others:
        (output / name).write_bytes(b"half")
    archived.arrive(("a", [headline("a", 9)]))
    archived.publish()
    assert [(output / name).exists() for name in ours + others] == [False, False, True, True]


# --- Whatever happens ----------------------------------------------------------------------------


def publish(arrivals: Arrivals) -> list[FeedReport]:
    """Publish every feed; return the reports."""
    with Store.open(arrivals.config.store_url) as store:
        return publish_all(arrivals.run(store))


def test_the_history_of_an_older_store_is_archived_in_steps(
    make_config: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some documents a publishing, from the oldest on; at each step what there is can be read."""
    monkeypatch.setattr(archiving, "ENTRIES_TOGETHER", 3 * SIZE)
    arrivals = Arrivals(make_config('[[feed]]\nname = "bangla"\nlimit = 4\n' + sources("a")))
    for start in range(0, 40, 8):
        arrivals.arrive(("a", headlines("a", range(start, start + 8), 100 - start)))
    steps = []
    while True:
        (feed, _) = publish(arrivals)
        reader = follower(arrivals.config)
        reader.read()
        steps.append((feed.archives_written, feed.has_more, len(reader.entries)))
        if not feed.has_more:
            break
    assert [written for written, _, _ in steps] == [3, 3, 3, 0]
    assert [reached for _, _, reached in steps] == [16, 28, 40, 40]
    assert {*reader.entries} == ids(range(40))
    assert not any(feed.archives_written or feed.has_more for feed in publish(arrivals))


def test_a_publishing_in_which_nothing_left_closes_nothing(archived: Arrivals) -> None:
    """What is not new is neither closed nor rendered, and no statement is about archives."""
    with Store.open(archived.config.store_url) as store:
        run = archived.run(store)
        publish_all(run)
        with statements() as seen:
            publish_all(run)
    assert seen and not any("archiv" in statement for statement in seen)


@pytest.mark.parametrize(
    "moment",
    [
        "mark_written",
        *(
            pytest.param(each, marks=pytest.mark.more)
            for each in ("remember_archives", "put", "_remember_pins")
        ),
    ],
)
def test_a_publishing_that_was_killed_is_made_good(
    archived: Arrivals, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether before a document was closed, after that, or with some of its files in place."""
    archived.arrive(("a", headlines("a", range(9, 15), 50)))
    shown = {*follower_document(archived.config, "bangla").entries}
    owner = {"remember_archives": publishing, "_remember_pins": publishing}.get(moment)
    calls = []

    def killed(*_: object, **_more: object) -> None:
        calls.append(moment)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        if moment == "mark_written":
            patch.setattr("aggregator.store.archives.Archives.mark_written", killed)
        elif moment == "put":
            patch.setattr("aggregator.publish.files.put", killed)
        else:
            patch.setattr(owner, moment, killed)
        with pytest.raises(KeyboardInterrupt):
            archived.publish()
    assert calls
    reader = follower(archived.config)
    reader.read()
    assert shown <= {*reader.entries}
    archived.publish()
    reader.read()
    assert {*reader.entries} == ids(range(15))


UNWANTED = "লটারি"
PLAIN = ('name = "link"', 'name = "merge"\nevents = "merge"')
CHOOSY = (
    'name = "topic"\ntopics = ["খেলা"]',
    f'name = "words"\nexclude = ["{UNWANTED}"]\nevents = "merge"',
    'name = "papers"\nmin_sources = 2',
    'name = "paper"\nsplit_by = "source"',
    'name = "section"\ntopics = ["খেলা", "রাজনীতি"]\nsplit_by = "topic"',
)


class World:
    """Papers, some feeds, and readers that poll them."""

    def __init__(self, random: Random, make_config: Make, tables: Sequence[str]) -> None:
        self.random, self.number = random, 0
        feeds = "".join(
            f"[[feed]]\n{table}\nlimit = {random.randint(2, 7)}\n"
            f"per_source = {random.choice(('0.5', '1.0'))}\n"
            for table in tables
        )
        self.arrivals = Arrivals(make_config(feeds + sources(*PAPERS, extra="backlog = 1000\n")))
        self.config = self.arrivals.config
        self.sent: list[tuple[str, ParsedEntry]] = []
        self.revised: set[str] = set()
        self.shown: dict[str, set[str]] = {feed.name: set() for feed in self.config.feeds}
        self.refused: dict[str, set[str]] = {feed.name: set() for feed in self.config.feeds}
        self.kills = self.kills_since_published = 0
        self.documents: dict[str, tuple[set[str], bytes | None]] = {}  # members, maybe the bytes
        self.readers: list[tuple[str, Follower]] = []
        self.readings: list[tuple[str, Follower, Iterator[str], set[str]]] = []
        self.publish()

    # --- What happens ----------------------------------------------------------------------------

    def _send(self, paper: str, entries: list[ParsedEntry]) -> None:
        entries = [
            replace(
                entry,
                title_html=entry.title_html + self.random.choice(("", "", f" {UNWANTED}")),
                categories=(self.random.choice(("খেলা", "রাজনীতি", "অর্থনীতি")),),
            )
            for entry in entries
        ]
        self.sent += [(paper, entry) for entry in entries]
        self.arrivals.arrive((paper, entries))

    def news(self) -> None:
        """Send new headlines, a little late or not."""
        paper = self.random.choice(PAPERS)
        since = (NOW - self.arrivals.now) / timedelta(hours=1)
        count = self.random.choice((1, 1, 1, 2, 5))
        late = [
            since + self.random.choice((0, 0, 1, 9)) * self.random.random() for _ in range(count)
        ]
        self.number += count
        numbers = range(self.number - count, self.number)
        self._send(
            paper, [headline(paper, n, hours) for n, hours in zip(numbers, late, strict=True)]
        )

    def backlog(self) -> None:
        """Send many old entries at once."""
        paper, count = self.random.choice(PAPERS), self.random.randint(3, 15)
        self.number += count
        numbers = range(self.number - count, self.number)
        self._send(paper, headlines(paper, numbers, self.random.uniform(50, 500)))

    def article(self) -> None:
        """Send an article that another paper may have sent, or told in other words."""
        paper, index = self.random.choice(PAPERS), self.random.randrange(12)
        hours = (NOW - self.arrivals.now) / timedelta(hours=1) + self.random.uniform(0, 6)
        self._send(paper, [sent(ARTICLES[index], index, site=paper, hours=hours)])

    def revision(self) -> None:
        """Revise something."""
        if self.sent:
            paper, entry = self.random.choice(self.sent)
            more = f"<p>সংশোধন {self.random.randrange(1000)}: আরও জানা গেছে।</p>"
            title = entry.title_html + self.random.choice(("", "", f" {UNWANTED}"))
            revised = replace(entry, title_html=title, content_html=entry.content_html + more)
            self.arrivals.arrive((paper, [revised]))
            self.revised.add(entry.link)

    def purge(self) -> None:
        """Purge a story, as a person does."""
        if self.sent:
            _, entry = self.random.choice(self.sent)
            with Store.beside(self.config.store_url) as store:
                purge(store, entry.link, self.config.dedupe, lambda: self.arrivals.now)

    def time_passes(self) -> None:
        """Let some hours go by."""
        self.arrivals.now += timedelta(hours=self.random.uniform(0.1, 9))

    def edit_of_limit(self) -> None:
        """Show more or fewer entries at once."""
        feeds = [replace(feed, limit=self.random.randint(2, 7)) for feed in self.config.feeds]
        self.config = self.arrivals.config = replace(self.config, feeds=tuple(feeds))

    def lost_folder(self) -> None:
        """Lose all files, now and then."""
        if self.random.random() < 0.2:
            for path in self.config.site.output.iterdir():
                path.unlink()
            self.documents = {
                name: (members, None) for name, (members, _) in self.documents.items()
            }
            self.readings.clear()
            self.publish()

    def killed(self) -> None:
        """Kill a publishing at the last moment before the feeds are put in place, or after it."""
        with pytest.MonkeyPatch.context() as patch:

            def killed(*_: object, **_more: object) -> None:
                raise KeyboardInterrupt

            step = self.random.choice(("_publish_each", "remember_standings"))
            patch.setattr(publishing, step, killed)
            with pytest.raises(KeyboardInterrupt):
                publish(self.arrivals)
        self.kills += 1
        self.kills_since_published += 1
        self.check()

    # --- What must hold --------------------------------------------------------------------------

    def publish(self) -> None:
        """Publish, and check all that must hold."""
        publish(self.arrivals)
        closed_before = {*self.documents}
        self.check()
        purged = self._purged()
        for name, body in archives(self.config).items():
            assert not {*FollowedDocument.of(body).entries} & purged, name
        if not self.kills_since_published:  # else one may be put in place long after it was closed
            self._check_chosen({*self.documents} - closed_before)
        self.kills_since_published = 0

    def _check_chosen(self, names: set[str]) -> None:
        """Check that documents which were closed just now hold only what their feeds select."""
        for feed in self.config.feeds:
            mine = [name for name in names if name.startswith(f"{feed.name}-archive-")]
            entries = {entry for name in mine for entry in self.documents[name][0]}
            assert not self._refused_now(feed, entries), feed.name
            # What was selected and not put in place, as that was killed, counts as shown.
            if feed.counts_papers and not self.kills:
                assert entries <= self.shown[feed.name], feed.name

    def check(self) -> None:
        """Check that all that was ever shown can be had, once, and that what is closed stays."""
        if not all((self.config.site.output / f"{feed}.atom").exists() for feed in self.shown):
            return  # killed before they were first put in place
        closed = {
            name: (FollowedDocument.of(body), body) for name, body in archives(self.config).items()
        }
        purged = self._purged()
        for name, (members, body) in self.documents.items():
            document, body_now = closed[name]
            assert members - purged <= {*document.entries} <= members, name
            assert body in (None, body_now) or members & purged, name
        self.documents = {
            name: ({*document.entries}, body) for name, (document, body) in closed.items()
        }
        for feed in self.shown:
            mine = [
                document
                for name, (document, _) in closed.items()
                if name.startswith(f"{feed}-archive-")
            ]
            times = Counter(entry for document in mine for entry in document.entries)
            again = [entry for entry, count in times.items() if count > 1]
            assert all(self._told_by(feed, entry) & self.revised for entry in again), feed
            self.shown[feed] |= {*follower_document(self.config, feed).entries}
            (spec,) = (spec for spec in self.config.feeds if spec.name == feed)
            self.refused[feed] |= self._refused_now(spec, self.shown[feed])
            reader = follower(self.config, f"{feed}.atom")
            reader.read()
            self._check_has(feed, reader, self.shown[feed])

    def _check_has(self, feed: str, reader: Follower, expected: set[str]) -> None:
        """Check that a reader has these entries, or their stories under other ids.

        But for what the feed refused since it showed it.
        """
        missing = expected - {*reader.entries} - self._purged() - self.refused[feed]
        untold = {entry for entry in missing if not self._told_by(feed, entry) & {*reader.entries}}
        assert not untold, feed
        assert len(reader.order) == len({*reader.order})

    def read_on(self) -> None:
        """Let a reader ask for its next document, and check what it has in the end."""
        if not all(
            (self.config.site.output / f"{feed}.{suffix}").exists()
            for feed in self.shown
            for suffix in ("atom", "json")
        ):
            return
        if not self.readings or self.random.random() < 0.3:
            feed = self.random.choice((*self.shown,))
            mine = [reader for name, reader in self.readers if name == feed]
            reader = self.random.choice(mine) if mine else None
            if reader is None or self.random.random() < 0.2:
                suffix = self.random.choice(("atom", "rss", "json"))
                reader = follower(self.config, f"{feed}.{suffix}")
                self.readers.append((feed, reader))
            if not any(reader is other for _, other, _, _ in self.readings):
                # What was shown by then, as the feed itself may be put in place any time now.
                self.readings.append((feed, reader, reader.reading(), {*self.shown[feed]}))
        index = self.random.randrange(len(self.readings))
        feed, reader, reading, expected = self.readings[index]
        if next(reading, None) is None:
            del self.readings[index]
            self._check_has(feed, reader, expected)

    def read_to_the_end(self) -> None:
        """Let every reader read what is new, and check that it has all that was ever shown."""
        for feed, reader in self.readers:
            reader.read()
            self._check_has(feed, reader, self.shown[feed])

    def _purged(self) -> set[str]:
        return {row[0] for row in self._rows("SELECT id FROM entry WHERE purged_unix IS NOT NULL")}

    def _refused_now(self, feed: FeedSpec, entries: set[str]) -> set[str]:
        """Return which of these entries a feed refuses by its words, topics or parts."""
        if not feed.is_choosy:
            return set()
        number_of = {
            name: story
            for name, story in self._rows("SELECT id, story FROM entry")
            if name in entries
        }
        with Store.beside(self.config.store_url) as store, store.read() as unit:
            members = unit.stories.members({*number_of.values()}, feed.name)
            presented = archiving.presented_by(members, feed, self.config)
            reasons = Refusals(unit, self.config).reasons([*presented.values()], feed)
        return {name for name, number in number_of.items() if number in reasons}

    def _told_by(self, feed: str, entry: str) -> set[str]:
        """Return the ids under which a feed may tell the story of an entry, or its event."""
        absorbing = dict(self._rows(f"SELECT pk, by_pk FROM absorbed WHERE feed = '{feed}'"))  # noqa: S608 - a name of ours
        entries = self._rows("SELECT pk, id, story FROM entry")
        story_of = {pk: story for pk, _, story in entries}
        waiting = [story for _, name, story in entries if name == entry]
        stories: set[int] = set()
        while waiting:
            story = waiting.pop()
            if story not in stories:
                stories.add(story)
                waiting += [
                    story_of[absorbing[pk]]
                    for pk in story_of
                    if story_of[pk] == story and pk in absorbing
                ]
        return {name for _, name, story in entries if story in stories}

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        with by_hand(self.config) as database:
            return [tuple(row) for row in database.exec_driver_sql(query)]


HAPPENINGS = (
    *(World.news,) * 6,
    *(World.publish,) * 6,
    *(World.read_on,) * 12,
    *(World.time_passes,) * 3,
    *(World.article,) * 2,
    World.backlog,
    World.revision,
    World.purge,
    World.edit_of_limit,
    World.lost_folder,
    World.killed,
)


@pytest.mark.parametrize(
    "seed",
    [
        0,
        pytest.param(1, marks=pytest.mark.more),
        *(pytest.param(seed, marks=pytest.mark.attack) for seed in range(2, 60)),
    ],
)
def test_a_follower_has_everything_at_any_moment(make_config: Make, seed: int) -> None:
    """While entries come early and late, are revised, joined, merged and purged, and readers poll.

    Whatever a feed showed when a reader began is had by it when it is done, once; and at each
    moment by a reader that begins then.
    """
    follow(World(Random(seed), make_config, PLAIN))


@pytest.mark.parametrize(
    "seed",
    [
        pytest.param(1, marks=pytest.mark.more),
        *(pytest.param(seed, marks=pytest.mark.attack) for seed in (0, *range(2, 60))),
    ],
)
def test_a_follower_of_a_feed_that_chooses_has_what_it_chose(make_config: Make, seed: int) -> None:
    """By topics, words, papers and parts: nothing else is closed, and nothing shown is missing.

    But for what its words, its topics or who told it first had the feed refuse since.
    """
    follow(World(Random(seed), make_config, CHOOSY))


def follow(world: World) -> None:
    """Let things happen while readers poll, and check what they have in the end."""
    for _ in range(120):
        world.random.choice(HAPPENINGS)(world)
    world.publish()
    assert len(world.documents) > 4
    world.read_to_the_end()
