"""The main job, end to end, over loopback: ingest, identify, publish, and again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import feedparser
import pytest

from aggregator.models import Config, Outcome
from aggregator.store.store import Store
from tests.conftest import NOW, one_pass, state_of
from tests.loopback import Loopback, Page
from tests.texts import BODY, PAGE, SIDEBAR, TITLE, item, rss

Make = Callable[[str], Config]


def sources(web: Loopback, *names: str) -> str:
    """Configure one feed source for each name, served at /name."""
    return "".join(f'[[source]]\nname = "{name}"\nfeed = "{web.url}/{name}"\n' for name in names)


def read(config: Config, name: str) -> list[feedparser.FeedParserDict]:
    """Read a published file back as any reader does."""
    parsed = feedparser.parse((config.site.output / name).read_bytes())
    assert not parsed.bozo, parsed.get("bozo_exception")
    return list(parsed.entries)


def test_feeds_and_dumps_become_one_feed(web: Loopback, make_config: Make, tmp_path: Path) -> None:
    """A feed and a page come out as one RSS and one Atom feed that say the same."""
    web.pages["/a"] = Page(rss([item(1), item(2)]))
    (tmp_path / "dumps").mkdir()
    (tmp_path / "dumps" / "page.txt").write_text(PAGE, encoding="utf-8")
    config = make_config(sources(web, "a") + '[[source]]\nname = "d"\ndump = "dumps/*.txt"\n')
    report = one_pass(config)
    assert not report.failed
    as_rss, as_atom = read(config, "bangla.rss"), read(config, "bangla.atom")
    assert [one.title for one in as_rss] == [item(2)["title"], item(1)["title"], TITLE]
    for left, right in zip(as_rss, as_atom, strict=True):
        assert (left.id, left.title) == (right.id, right.title)
        assert left.published_parsed == right.published_parsed


def test_a_page_is_published_as_its_body_and_nothing_else(
    make_config: Make, tmp_path: Path
) -> None:
    """Title, paragraphs, credit and inferred date are right; no sidebar headline is anywhere."""
    (tmp_path / "page.txt").write_text(PAGE, encoding="utf-8")
    config = make_config('[[source]]\nname = "d"\ndump = "page.txt"\n')
    one_pass(config)
    (entry,) = read(config, "bangla.atom")
    assert entry.title == TITLE
    assert entry.content[0].value == "".join(f"<p>{line}</p>" for line in BODY)
    assert entry.author == "ক.চ"
    assert entry.published == "2024-11-29T00:00:00+06:00"
    for name in ("bangla.rss", "bangla.atom", "bangla.json", "bangla.html"):
        published = (config.site.output / name).read_text(encoding="utf-8")
        assert not any(headline in published for headline in SIDEBAR)


def test_a_second_pass_publishes_nothing_and_fetches_nothing(
    web: Loopback, make_config: Make
) -> None:
    """The same input gives the same bytes, so no file is touched, and servers answer 304."""
    web.pages["/a"] = Page(rss([item(1)]))
    config = make_config(sources(web, "a"))
    one_pass(config)
    before = state_of(config.site.output)
    report = one_pass(config, now=NOW + timedelta(hours=5))
    assert state_of(config.site.output) == before
    assert [one.outcome for one in report.sources] == [Outcome.NOT_MODIFIED]
    assert web.asked == [("/a", 200), ("/a", 304)]


def test_a_server_without_validators_changes_nothing_either(
    web: Loopback, make_config: Make
) -> None:
    """The same entries in other bytes are known entries."""
    web.pages["/a"] = Page(rss([item(1)]))
    config = make_config(sources(web, "a"))
    one_pass(config)
    before = state_of(config.site.output)
    web.pages["/a"] = Page(rss([item(1)], extra="<ttl>7</ttl>"))
    (report,) = one_pass(config, now=NOW + timedelta(hours=5)).sources
    assert (report.new, report.revised, report.unchanged) == (0, 0, 1)
    assert state_of(config.site.output) == before


@pytest.mark.parametrize(
    "change",
    [
        {"title": "জেলায় নতুন পাঠাগার, খুশি পাঠকেরা"},
        {"link": "https://example.org/news/1-new-slug"},
        {"guid": "other-scheme-1"},
        {"pubDate": "Mon, 23 Nov 2026 10:00:00 +0600"},
        {"title": "জেলায় নতুন পাঠাগার", "link": "https://example.org/new/1"},
    ],
)
def test_a_changed_entry_is_the_same_entry(
    web: Loopback, make_config: Make, change: dict[str, str]
) -> None:
    """Retitled, re-slugged, re-guided or re-dated: one entry, one id, one published date."""
    web.pages["/a"] = Page(rss([item(1), item(2)]))
    config = make_config(sources(web, "a"))
    one_pass(config)
    before = {one.id: one.published for one in read(config, "bangla.atom")}
    web.pages["/a"] = Page(rss([item(1, **change), item(2)]))
    one_pass(config, now=NOW + timedelta(hours=1))
    assert {one.id: one.published for one in read(config, "bangla.atom")} == before


def test_updated_moves_only_when_words_change(web: Loopback, make_config: Make) -> None:
    """A new picture or address is no update; a new title is one."""
    web.pages["/a"] = Page(rss([item(1)]))
    config = make_config(sources(web, "a"))
    one_pass(config)
    (first,) = read(config, "bangla.atom")
    picture = item(1)["description"] + '<img src="https://example.org/i.jpg"/>'
    web.pages["/a"] = Page(rss([item(1, description=picture)]))
    one_pass(config, now=NOW + timedelta(hours=1))
    (second,) = read(config, "bangla.atom")
    assert second.updated == first.updated
    assert "i.jpg" in second.content[0].value
    web.pages["/a"] = Page(rss([item(1, title="নতুন শিরোনামে পুরোনো খবর")]))
    one_pass(config, now=NOW + timedelta(hours=2))
    (third,) = read(config, "bangla.atom")
    assert third.updated[:19] == "2026-11-24T14:00:00"
    assert third.published == first.published


def test_one_story_of_two_sources_is_published_once(web: Loopback, make_config: Make) -> None:
    """The same text under another headline and address of another paper is one entry."""
    other = item(
        1, link="https://other.example/9", guid="9", pubDate="Mon, 23 Nov 2026 10:00 +0600"
    )
    web.pages["/a"] = Page(rss([item(1)]))
    web.pages["/b"] = Page(rss([other]))
    config = make_config(
        sources(web, "a", "b") + '[[feed]]\nname = "all"\n[[feed]]\nname = "b"\nsources = ["b"]\n'
    )
    one_pass(config)
    assert [one.link for one in read(config, "all.rss")] == ["https://example.org/news/1"]
    assert [one.link for one in read(config, "b.rss")] == ["https://other.example/9"]


def test_two_sources_with_one_guid_keep_their_own_entries(web: Loopback, make_config: Make) -> None:
    """No source can take over another's entry by using its id."""
    web.pages["/a"] = Page(rss([item(1)]))
    squat = item(2, guid=item(1)["guid"], link="https://evil.example/1", description="<p>অন্য</p>")
    web.pages["/b"] = Page(rss([squat]))
    config = make_config(sources(web, "a", "b"))
    one_pass(config)
    found = {one.title: one.id for one in read(config, "bangla.atom")}
    assert found[item(1)["title"]] == "https://example.org/news/1"
    assert found[item(2)["title"]].startswith("urn:uuid:")


def test_an_entry_without_date_keeps_the_time_it_was_first_seen(
    web: Loopback, make_config: Make
) -> None:
    """It does not come up again with every pass."""
    web.pages["/a"] = Page(rss([item(1, pubDate="")]))
    config = make_config(sources(web, "a"))
    one_pass(config)
    web.pages["/a"] = Page(rss([item(1, pubDate="", title="অন্য শিরোনামে একই খবর")]))
    one_pass(config, now=NOW + timedelta(days=1))
    (entry,) = read(config, "bangla.atom")
    assert datetime.fromisoformat(entry.published) == NOW


def test_a_bad_source_never_stops_the_others(web: Loopback, make_config: Make) -> None:
    """Every way to fail is named in the report, and the good source is published."""
    web.pages["/good"] = Page(rss([item(1)]))
    web.pages["/html"] = Page(b"<!DOCTYPE html><html><title>x</title></html>")
    web.pages["/late"] = Page(status=503, headers={"Retry-After": "7200"})
    config = make_config(
        sources(web, "gone", "html", "late", "good")
        + '[[source]]\nname = "closed"\nfeed = "http://127.0.0.1:9/"\n'
        + '[[source]]\nname = "folder"\ndump = "nowhere/*.txt"\n'
    )
    report = one_pass(config)
    errors = {one.source: one.error for one in report.sources}
    assert errors["good"] == ""
    assert errors["gone"] == "the server answered 404 Not Found"
    assert "it is an HTML page" in errors["html"]
    assert errors["late"].startswith("the server answered 503")
    assert errors["closed"] == "the host refused the connection"
    assert errors["folder"] == f"there is no {config.path.parent}/nowhere"
    assert report.failed
    assert len(read(config, "bangla.rss")) == 1
    with Store.open(config.store_url) as store, store.transaction() as transaction:
        due = transaction.states()["late"].next_due
    assert due == NOW + timedelta(hours=2)


def test_a_failed_fetch_keeps_what_was_published(web: Loopback, make_config: Make) -> None:
    """A source that is down for a while loses no entry, and its validators are kept."""
    web.pages["/a"] = Page(rss([item(1)]))
    config = make_config(sources(web, "a"))
    one_pass(config)
    before = state_of(config.site.output)
    page = web.pages.pop("/a")
    assert one_pass(config, now=NOW + timedelta(hours=1)).failed
    assert state_of(config.site.output) == before
    web.pages["/a"] = page
    one_pass(config, now=NOW + timedelta(hours=2))
    assert web.asked[-1] == ("/a", 304)


def test_a_cut_off_body_is_a_failed_fetch(web: Loopback, make_config: Make) -> None:
    """Half a feed is not a feed with half the entries."""
    body = rss([item(1), item(2)])

    def cut(request: object) -> None:
        handler = request
        handler.send_response(200)  # type: ignore[attr-defined]
        handler.send_header("Content-Length", str(len(body)))  # type: ignore[attr-defined]
        handler.end_headers()  # type: ignore[attr-defined]
        handler.wfile.write(body[: len(body) // 2])  # type: ignore[attr-defined]

    web.pages["/a"] = Page(handle=cut)
    (report,) = one_pass(make_config(sources(web, "a"))).sources
    assert report.outcome is Outcome.FAILED


def test_only_what_is_due_is_asked(web: Loopback, make_config: Make) -> None:
    """A pass between two due times troubles no server."""
    web.pages["/a"] = Page(rss([item(1)]))
    config = make_config(sources(web, "a") + 'every = "1h"\n')
    one_pass(config, every_source=False)
    one_pass(config, every_source=False, now=NOW + timedelta(minutes=30))
    assert len(web.asked) == 1
    one_pass(config, every_source=False, now=NOW + timedelta(minutes=60))
    assert len(web.asked) == 2


def test_a_program_says_who_it_is(web: Loopback, make_config: Make) -> None:
    """A server's owner finds the name of the program and where its site is."""
    web.pages["/a"] = Page(rss([item(1)]))
    one_pass(make_config('[site]\nurl = "https://khobor.example/"\n' + sources(web, "a")))
    assert web.headers[0]["user-agent"].startswith("bengali-feed-aggregator/")
    assert "(+https://khobor.example/)" in web.headers[0]["user-agent"]


def test_a_dump_file_that_changes_is_read_again(make_config: Make, tmp_path: Path) -> None:
    """A file is read once, a changed one again; one that is no text is named until it is mended."""
    path = tmp_path / "page.txt"
    path.write_bytes(b"\xff\xfe\x00")
    config = make_config('[[source]]\nname = "d"\ndump = "*.txt"\n')
    for _ in range(2):
        (report,) = one_pass(config).sources
        assert report.error == f"{path}:1: is not UTF-8 text"
    path.write_text(PAGE, encoding="utf-8")
    assert one_pass(config).sources[0].new == 1
    assert one_pass(config).sources[0].outcome is Outcome.NOT_MODIFIED


def test_languages_are_told_apart(web: Loopback, make_config: Make) -> None:
    """An English entry is kept out of a Bengali feed, and published where it is asked for."""
    english = item(2, title="Rain expected in Dhaka", description="It may rain in Dhaka today.")
    web.pages["/a"] = Page(rss([item(1), english]))
    config = make_config(
        sources(web, "a")
        + '[[feed]]\nname = "bangla"\n[[feed]]\nname = "everything"\nlanguages = "*"\n'
    )
    one_pass(config)
    assert len(read(config, "bangla.rss")) == 1
    assert len(read(config, "everything.rss")) == 2


def test_a_feed_is_limited_to_the_newest(web: Loopback, make_config: Make) -> None:
    """The newest come first, and no more than the limit."""
    web.pages["/a"] = Page(rss([item(number) for number in range(1, 10)]))
    config = make_config(sources(web, "a") + '[[feed]]\nname = "few"\nlimit = 3\n')
    one_pass(config)
    assert [one.title for one in read(config, "few.rss")] == [
        item(number)["title"] for number in (9, 8, 7)
    ]


def test_a_file_that_cannot_be_written_keeps_the_old_and_spares_the_others(
    web: Loopback, make_config: Make
) -> None:
    """One bad feed never loses the others."""
    web.pages["/a"] = Page(rss([item(1)]))
    config = make_config(sources(web, "a") + '[[feed]]\nname = "x"\n[[feed]]\nname = "y"\n')
    config.site.output.mkdir()
    (config.site.output / "x.rss").mkdir()
    report = one_pass(config)
    assert [bool(feed.error) for feed in report.feeds] == [True, False, False]
    assert len(read(config, "y.rss")) == 1
