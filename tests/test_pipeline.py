"""The main job from end to end, over loopback: fetch, identify, publish, and do it again."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from aggregator import config as configuration
from aggregator.models import Outcome
from aggregator.pipeline import ingest, store_batch
from aggregator.store.store import Store
from tests.support.configurations import Make, PassOver, source
from tests.support.loopback import Loopback, Page
from tests.support.passes import NOW, one_pass
from tests.support.published import plain_files, read, state_of
from tests.support.texts import BODY, OTHER_BODY, PAGE, SIDEBAR, TITLE, item, rss
from tests.support.validity import check_rss

pytestmark = pytest.mark.databases


def sources(web: Loopback, *names: str) -> str:
    """Return a ``[[source]]`` table for each name, served at /name."""
    return "".join(source(name, f"{web.url}/{name}") for name in names)


def test_feeds_and_dumps_become_one_feed(web: Loopback, make_config: Make, tmp_path: Path) -> None:
    """A feed and a page come out as one RSS and one Atom feed that say the same."""
    web.pages["/a"] = Page(rss([item(1), item(2)]))
    (tmp_path / "dumps").mkdir()
    (tmp_path / "dumps" / "page.txt").write_text(PAGE, encoding="utf-8")
    config = make_config(sources(web, "a") + '[[source]]\nname = "d"\ndump = "dumps/*.txt"\n')
    report = one_pass(config)
    assert not report.failed
    as_rss, as_atom = read(config, "bangla.rss"), read(config, "bangla.atom")
    assert [entry.title for entry in as_rss] == [item(2)["title"], item(1)["title"], TITLE]
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
    published = plain_files(config.site.output)
    assert {path.suffix for path in published} >= {".rss", ".atom", ".json", ".html"}
    for path in published:
        assert not any(headline in path.read_text(encoding="utf-8") for headline in SIDEBAR)


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
    assert [result.outcome for result in report.sources] == [Outcome.NOT_MODIFIED]
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
def test_a_changed_entry_stays_the_same_entry(
    web: Loopback, make_config: Make, change: dict[str, str]
) -> None:
    """With a new title, address, guid or date it keeps its id and its published date."""
    web.pages["/a"] = Page(rss([item(1), item(2)]))
    config = make_config(sources(web, "a"))
    one_pass(config)
    before = {entry.id: entry.published for entry in read(config, "bangla.atom")}
    web.pages["/a"] = Page(rss([item(1, **change), item(2)]))
    one_pass(config, now=NOW + timedelta(hours=1))
    assert {entry.id: entry.published for entry in read(config, "bangla.atom")} == before


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
    """The same text from two papers is one entry, whatever its headlines and addresses."""
    other = item(
        1, link="https://other.example/9", guid="9", pubDate="Mon, 23 Nov 2026 10:00 +0600"
    )
    web.pages["/a"] = Page(rss([item(1)]))
    web.pages["/b"] = Page(rss([other]))
    config = make_config(
        sources(web, "a", "b") + '[[feed]]\nname = "all"\n[[feed]]\nname = "b"\nsources = ["b"]\n'
    )
    one_pass(config)
    assert [entry.link for entry in read(config, "all.rss")] == ["https://example.org/news/1"]
    assert [entry.link for entry in read(config, "b.rss")] == ["https://other.example/9"]


def test_two_sources_with_one_guid_keep_their_own_entries(web: Loopback, make_config: Make) -> None:
    """No source can take over another's entry by using its id."""
    web.pages["/a"] = Page(rss([item(1)]))
    squat = item(2, guid=item(1)["guid"], link="https://evil.example/1", description="<p>অন্য</p>")
    web.pages["/b"] = Page(rss([squat]))
    config = make_config(sources(web, "a", "b"))
    one_pass(config)
    ids = {entry.title: entry.id for entry in read(config, "bangla.atom")}
    assert ids[item(1)["title"]] == "https://example.org/news/1"
    assert ids[item(2)["title"]].startswith("urn:uuid:")


def test_an_entry_without_date_keeps_the_time_it_was_first_seen(
    web: Loopback, make_config: Make
) -> None:
    """It does not become newer with every pass."""
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
        sources(web, "gone", "html", "good")
        + source("late", f"{web.url.replace('127.0.0.1', 'localhost')}/late")  # another host
        + source("closed", "http://127.0.0.1:9/")
        + '[[source]]\nname = "folder"\ndump = "nowhere/*.txt"\n'
    )
    report = one_pass(config)
    errors = {result.source: result.error for result in report.sources}
    assert errors["good"] == ""
    assert errors["gone"] == "the server answered 404 Not Found"
    assert "it is an HTML page" in errors["html"]
    assert errors["late"].startswith("the server answered 503")
    assert errors["closed"] == "the host refused the connection"
    assert errors["folder"] == f"there is no {config.path.parent}/nowhere"
    assert report.failed
    assert len(read(config, "bangla.rss")) == 1
    with Store.open(config.store_url) as store, store.read() as unit:
        due = unit.sources.states()["late"].next_due
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


def test_a_cut_off_body_is_a_failed_fetch(web: Loopback, pass_over: PassOver) -> None:
    """Half a feed is not a feed with half the entries."""
    body = rss([item(1), item(2)])

    def send_half(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body[: len(body) // 2])

    web.pages["/a"] = Page(handle=send_half)
    (report,) = pass_over(sources(web, "a")).sources
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


def test_requests_say_which_program_asks_and_for_which_site(
    web: Loopback, pass_over: PassOver
) -> None:
    """The owner of a server finds the program's name and the site's address in its log."""
    web.pages["/a"] = Page(rss([item(1)]))
    pass_over('[site]\nurl = "https://khobor.example/"\n' + sources(web, "a"))
    assert web.headers[0]["user-agent"].startswith("bengali-feed-aggregator/")
    assert "(+https://khobor.example/)" in web.headers[0]["user-agent"]


def test_a_dump_file_that_changes_is_read_again(make_config: Make, tmp_path: Path) -> None:
    """A file is read once, again when it changes; one that is no text is named in every pass."""
    path = tmp_path / "page.txt"
    path.write_bytes(b"\xff\xfe\x00")
    config = make_config('[[source]]\nname = "d"\ndump = "*.txt"\n')
    for _ in range(2):
        (report,) = one_pass(config).sources
        assert report.error == f"{path}:1: is not UTF-8 text"
    path.write_text(PAGE, encoding="utf-8")
    assert one_pass(config).sources[0].new == 1
    assert one_pass(config).sources[0].outcome is Outcome.NOT_MODIFIED


def test_a_feed_shows_only_its_languages(web: Loopback, make_config: Make) -> None:
    """A Bengali feed leaves an English entry out and counts it; one for all languages shows it."""
    english = item(2, title="Rain expected in Dhaka", description="It may rain in Dhaka today.")
    web.pages["/a"] = Page(rss([item(1), english]))
    config = make_config(
        sources(web, "a")
        + '[[feed]]\nname = "bangla"\n[[feed]]\nname = "everything"\nlanguages = "*"\n'
    )
    reports = one_pass(config).feeds
    assert len(read(config, "bangla.rss")) == 1
    assert len(read(config, "everything.rss")) == 2
    assert [dict(result.left_out) for result in reports] == [{"en": 1}, {}, {}]


def test_a_feed_is_limited_to_the_newest(web: Loopback, make_config: Make) -> None:
    """The newest come first, and no more than the limit."""
    web.pages["/a"] = Page(rss([item(number) for number in range(1, 10)]))
    config = make_config(sources(web, "a") + '[[feed]]\nname = "few"\nlimit = 3\n')
    one_pass(config)
    assert [entry.title for entry in read(config, "few.rss")] == [
        item(number)["title"] for number in (9, 8, 7)
    ]


def test_a_feed_that_cannot_be_written_leaves_the_others_published(
    web: Loopback, make_config: Make
) -> None:
    """Its report has the fault, and every other feed is put in place."""
    web.pages["/a"] = Page(rss([item(1)]))
    config = make_config(sources(web, "a") + '[[feed]]\nname = "x"\n[[feed]]\nname = "y"\n')
    config.site.output.mkdir()
    (config.site.output / "x.rss").mkdir()
    report = one_pass(config)
    assert [bool(feed.error) for feed in report.feeds] == [True, False, False]
    assert len(read(config, "y.rss")) == 1


def test_a_guid_that_every_entry_has_loses_and_mixes_none(web: Loopback, make_config: Make) -> None:
    """Items that come one after the other under one guid stay separate entries in every pass."""
    config = make_config(sources(web, "a"))
    items = [item(number, guid="always-the-same") for number in range(1, 6)]
    for shown in range(1, 6):
        web.pages["/a"] = Page(rss(items[:shown], extra=f"<ttl>{shown}</ttl>"))
        one_pass(config, now=NOW + timedelta(hours=shown))
    assert len(read(config, "bangla.atom")) == 5
    before = state_of(config.site.output)
    web.pages["/a"] = Page(rss(items, extra="<ttl>99</ttl>"))
    (report,) = one_pass(config, now=NOW + timedelta(hours=9)).sources
    assert (report.new, report.revised, report.refreshed) == (0, 0, 0)
    web.pages["/a"] = Page(rss([item(6, guid="always-the-same")]))
    one_pass(config, now=NOW + timedelta(hours=10))
    assert len(read(config, "bangla.atom")) == 6
    assert before != state_of(config.site.output)


@pytest.mark.parametrize(
    "items",
    [
        [item(1), item(1, title="অন্য শিরোনাম")],
        [item(1), item(1, guid="second", link="https://example.org/copy")],
        [item(n, link="https://example.org/section", guid="") for n in range(1, 4)],
        [item(n, link="https://example.org/section", guid=f"g{n}") for n in range(1, 4)],
        [item(1, description=""), item(1, description="", guid="twice")],
    ],
)
def test_no_odd_document_is_new_again(
    web: Loopback, make_config: Make, items: list[dict[str, str]]
) -> None:
    """Doubled titles, links or guids: the same entries in other bytes change nothing."""
    config = make_config(sources(web, "a"))
    web.pages["/a"] = Page(rss(items))
    one_pass(config)
    before = state_of(config.site.output)
    for number in range(1, 4):
        web.pages["/a"] = Page(rss(items, extra=f"<ttl>{number}</ttl>"))
        (report,) = one_pass(config, now=NOW + timedelta(hours=number)).sources
        assert (report.new, report.revised, report.refreshed) == (0, 0, 0)
    assert state_of(config.site.output) == before


def test_local_times_labelled_gmt_are_corrected_for_the_whole_source(
    web: Loopback, make_config: Make
) -> None:
    """Times six hours ahead are Dhaka's own; the report says so; one entry alone is no sign."""
    local = [item(n, pubDate=f"Tue, 24 Nov 2026 {8 + n:02d}:30:00 GMT") for n in range(4)]
    web.pages["/a"] = Page(rss(local))
    web.pages["/b"] = Page(rss([item(9, pubDate="Tue, 24 Nov 2026 11:00:00 GMT")]))
    config = make_config(sources(web, "a", "b"))
    shifted, single = one_pass(config).sources
    assert shifted.note.endswith("are taken as 6 h earlier")
    assert single.note == ""
    times = {entry.title: entry.published for entry in read(config, "bangla.atom")}
    assert times[local[0]["title"]] == "2026-11-24T08:30:00+06:00"
    assert times[item(9)["title"]] == "2026-11-24T12:00:00+06:00"
    web.pages["/a"] = Page(rss([item(5, pubDate="Tue, 24 Nov 2026 12:30:00 GMT"), *local]))
    one_pass(config, now=NOW + timedelta(hours=1))
    times = {entry.title: entry.published for entry in read(config, "bangla.atom")}
    assert times[item(5)["title"]] == "2026-11-24T12:30:00+06:00"


def test_a_source_with_another_address_starts_anew(
    web: Loopback, make_config: Make, pass_over: PassOver
) -> None:
    """Correcting a source's address asks it at once, without the validators of the old one."""
    web.pages["/good"] = Page(rss([item(1)]))
    pass_over(source("a", f"{web.url}/typo"))
    config = make_config(source("a", f"{web.url}/good"))
    one_pass(config, every_source=False)
    assert len(read(config, "bangla.rss")) == 1


def test_secrets_in_an_address_are_not_published(web: Loopback, make_config: Make) -> None:
    """A user name, a password or a token in a source's address stays in the configuration."""
    web.pages["/a?token=geheim"] = Page(rss([item(1)]))
    address = web.url.replace("http://", "http://me:s3cret@")
    config = make_config(source("a", f"{address}/a?token=geheim"))
    one_pass(config)
    for path in plain_files(config.site.output):
        text = path.read_text(encoding="utf-8")
        assert "geheim" not in text and "s3cret" not in text


@pytest.mark.parametrize(
    "odd",
    [
        "<authors>রহিম</authors><title_detail>x</title_detail><summary_detail>y</summary_detail>",
        '<psc:chapter xmlns:psc="http://podlove.org/simple-chapters" start="x"/>',
        '<gml:posList xmlns:gml="http://www.opengis.net/gml">1 x</gml:posList>',
        "<tags>x</tags><content>y</content>",
    ],
)
def test_an_odd_element_harms_no_other_source(web: Loopback, make_config: Make, odd: str) -> None:
    """Whatever the library makes of it, the good source beside it is published."""
    body = rss([item(1)]).replace(b"</item>", odd.encode() + b"</item>")
    web.pages["/odd"] = Page(body)
    web.pages["/good"] = Page(rss([item(2)]))
    config = make_config(sources(web, "odd", "good"))
    one_pass(config)
    assert item(2)["title"] in [entry.title for entry in read(config, "bangla.rss")]


@pytest.mark.parametrize(
    "value", ["9" * 400, "Mon, 01 Jan 99999999999999999999 00:00:00 GMT", "-5"]
)
def test_an_absurd_retry_after_harms_nothing(web: Loopback, make_config: Make, value: str) -> None:
    """A server may postpone a source by a day at most, whatever it says."""
    web.pages["/a"] = Page(status=429, headers={"Retry-After": value})
    config = make_config(sources(web, "a"))
    assert one_pass(config).failed
    with Store.open(config.store_url) as store, store.read() as unit:
        due = unit.sources.states()["a"].next_due
    assert due is not None and due <= NOW + timedelta(days=1)


def test_odd_files_in_a_dump_folder_are_named_and_the_others_read(
    make_config: Make, tmp_path: Path
) -> None:
    """A dangling link, a loop, a link out of the folder and a name that is no UTF-8 do no harm."""
    folder = tmp_path / "old[1]"
    folder.mkdir()
    (folder / "page.txt").write_text(PAGE, encoding="utf-8")
    (folder / "dangling.txt").symlink_to(folder / "nothing")
    (folder / "loop.txt").symlink_to(folder / "loop.txt")
    (tmp_path / "secret.txt").write_text(PAGE.replace("পদ্মা", "মেঘনা"), encoding="utf-8")
    (folder / "out.txt").symlink_to(tmp_path / "secret.txt")
    Path(os.fsdecode(os.fsencode(folder) + b"/\xe9.txt")).write_text("x")
    (folder / "config.toml").write_text('[[source]]\nname = "d"\ndump = "*.txt"\n')
    config = configuration.load(folder / "config.toml")
    (report,) = one_pass(config).sources
    assert report.new == 1
    for name in ("dangling.txt", "loop.txt", "its name is not UTF-8"):
        assert name in report.error
    assert len(read(config, "bangla.rss")) == 1


def test_a_file_that_could_not_be_read_is_tried_again(
    make_config: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that could not be opened in one pass is read in the next."""
    opened = os.open

    def refuse(path: str, *rest: int) -> int:
        if str(path).endswith("page.txt"):
            raise PermissionError(13, "Permission denied")
        return opened(path, *rest)

    (tmp_path / "page.txt").write_text(PAGE, encoding="utf-8")
    config = make_config('[[source]]\nname = "d"\ndump = "*.txt"\n')
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refuse)
        assert "cannot be read on: Permission denied" in one_pass(config).sources[0].error
    assert one_pass(config).sources[0].new == 1


def test_a_question_in_the_sidebar_is_no_body(make_config: Make, tmp_path: Path) -> None:
    """Headlines that end in a question mark stay out of the text, with and without a byline."""
    questions = "কেন বাড়ছে ডেঙ্গু?\nকে হচ্ছেন নতুন অধিনায়ক?\nনতুন সেতু চালু\nদাম কমবে কবে?"
    for name, text in (
        ("one.txt", f"{TITLE}\n" + "\n".join(BODY) + f"\nনিজস্ব প্রতিবেদক\n{questions}"),
        ("two.txt", "হাওরে ধান কাটার ধুম\n" + "\n".join(OTHER_BODY) + f"\n{questions}"),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
    config = make_config('[[source]]\nname = "d"\ndump = "*.txt"\n')
    one_pass(config)
    published = (config.site.output / "bangla.atom").read_text(encoding="utf-8")
    assert len(read(config, "bangla.atom")) == 2
    assert "ডেঙ্গু" not in published and "কবে" not in published


def test_entries_without_dates_stay_in_the_order_of_their_document(
    web: Loopback, make_config: Make
) -> None:
    """Half of the sources give no dates, and then the order of their feed is the best there is."""
    web.pages["/a"] = Page(rss([item(number, pubDate="") for number in (3, 1, 2, 5, 4)]))
    config = make_config(sources(web, "a"))
    one_pass(config)
    assert [entry.title for entry in read(config, "bangla.rss")] == [
        item(number)["title"] for number in (3, 1, 2, 5, 4)
    ]


def test_a_bengali_site_address_works_everywhere(web: Loopback, make_config: Make) -> None:
    """An address in Bengali letters is encoded where only ASCII can stand."""
    web.pages["/a"] = Page(rss([item(1)]))
    config = make_config('[site]\nurl = "https://খবর.example/সব"\n' + sources(web, "a"))
    assert not one_pass(config).failed
    assert config.site.url.startswith("https://xn--")
    assert config.site.url.endswith(".example/%E0%A6%B8%E0%A6%AC/")
    check_rss((config.site.output / "bangla.rss").read_bytes())


def test_a_name_glued_onto_every_title_is_removed(web: Loopback, make_config: Make) -> None:
    """Titles that all end in the source's name lose it; a single title that does keeps it."""
    glued = [item(n, title=f"{n} নম্বর ইউনিয়নে পাঠাগার . [ আমার কাগজ ]") for n in range(1, 7)]
    web.pages["/a"] = Page(rss(glued))
    web.pages["/b"] = Page(rss([item(8, title="নদী ও নৌকা - আমার কাগজ"), item(9)]))
    config = make_config(sources(web, "a", "b"))
    one_pass(config)
    titles = {entry.title for entry in read(config, "bangla.rss")}
    assert "3 নম্বর ইউনিয়নে পাঠাগার" in titles
    assert "নদী ও নৌকা - আমার কাগজ" in titles


def test_a_correction_beside_an_old_copy_is_not_lost(web: Loopback, make_config: Make) -> None:
    """An entry listed twice and corrected in one place first shows the correction in the end."""
    old, new = item(1), item(1, title="সংশোধিত শিরোনাম")
    config = make_config(sources(web, "a"))
    for number, items in enumerate(([old, old | {"category": "x"}], [old, new], [new], [new])):
        web.pages["/a"] = Page(rss(items, extra=f"<ttl>{number}</ttl>"))
        one_pass(config, now=NOW + timedelta(hours=number))
    assert [entry.title for entry in read(config, "bangla.rss")] == ["সংশোধিত শিরোনাম"]


@pytest.mark.parametrize("step", ["ingest_dump", "fetch_and_parse", "store_feed"])
def test_a_bug_in_one_source_costs_no_other(
    web: Loopback,
    make_config: Make,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    """Whatever step it is in, the others' entries are published before it is raised."""
    is_dump = step == "ingest_dump"
    tables, links = ['[[feed]]\nname = "all"\n'], set()
    for number, name in enumerate(("broken", "b", "c")):
        body = rss([item(number)])
        web.pages[f"/{name}"] = Page(body)
        (tmp_path / f"{name}.xml").write_bytes(body)
        dump = f'[[source]]\nname = "{name}"\ndump = "{name}.xml"\n'
        tables.append(dump if is_dump else source(name, f"{web.url}/{name}"))
        links.add(item(number)["link"])
    links.discard(item(0)["link"])
    module = store_batch if step == "store_feed" else ingest
    right = getattr(module, step)

    def broken(*arguments: Any, **named: Any) -> Any:
        if 'name="broken"' in repr(arguments[1]).replace("'", '"'):
            raise ZeroDivisionError
        return right(*arguments, **named)

    monkeypatch.setattr(module, step, broken)
    config = make_config("".join(tables))
    with pytest.raises(ZeroDivisionError) as raised:
        one_pass(config)
    assert raised.value.__notes__ == ["in the source broken"]
    assert {entry.link for entry in read(config, "all.rss")} == links
