"""What ``aggregator preview`` shows of a source before there is one; it changes nothing."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from aggregator.cli import commands
from aggregator.config.values import NAME
from aggregator.console.preview import print_preview
from aggregator.errors import SourceError
from aggregator.models import (
    Access,
    Config,
    DateHow,
    DedupeRules,
    FlawKind,
    FoundKind,
    Preview,
    PreviewState,
    TieKind,
)
from aggregator.pipeline.preview import preview
from aggregator.pipeline.propose import categories_for, name_for
from aggregator.pipeline.purge import purge
from aggregator.pipeline.target import Target, target_of
from aggregator.store.store import Store
from tests.support.configurations import Make, source
from tests.support.loopback import Loopback, Page
from tests.support.passes import NOW, one_pass
from tests.support.texts import BODY, OTHER_BODY, PAGE, TITLE, item, rss

HTML = "text/html; charset=utf-8"
FRONT_PAGE = (
    "<html lang=bn><head><link rel=alternate type=application/rss+xml href=/comments/feed "
    'title="মন্তব্য ফিড"><link rel=alternate type=application/rss+xml href=/feed title="খবর">'
    "</head></html>"
).encode()


def looked_at(config: Config, address: str, *, is_feed: bool = True) -> Preview:
    """Look at an address on loopback, without waiting between requests."""
    access = Access(allow_private=True, spacing_seconds=0.0)
    target = Target(place=address, is_feed=is_feed, access=access)
    return preview(config, target, lambda: NOW)


def flaws(shown: Preview) -> dict[FlawKind, str]:
    """Return the flaws of a preview in words, by their kind."""
    return {flaw.kind: flaw.text for flaw in shown.flaws}


@pytest.fixture
def config(make_config: Make, web: Loopback) -> Config:
    """Return a configuration with one source on loopback, whose feed has two entries."""
    web.pages["/own"] = Page(
        rss([item(1), item(2, title=TITLE, description=f"<p>{'</p><p>'.join(OTHER_BODY)}</p>")])
    )
    return make_config(source("own", f"{web.url}/own"))


# --- What it shows -------------------------------------------------------------------------------


def test_entries_are_shown_as_a_pass_would_publish_them(config: Config, web: Loopback) -> None:
    """Title, date, author, language, picture, repairs: those that the store has after a pass."""
    web.pages["/new"] = Page(
        rss(
            [
                item(5, author="রহিমা খাতুন", category="জাতীয়"),
                item(6, pubDate="", title="বৃষ্টি হবে।কাল রোদ"),
            ]
        )
    )
    first, second = looked_at(config, f"{web.url}/new").entries
    assert first.title == "জেলার 5 নম্বর ইউনিয়নে নতুন পাঠাগার চালু"
    assert (first.date_how, first.published.isoformat()) == (
        DateHow.STATED,
        "2026-11-16T04:05:00+00:00",
    )
    assert (first.authors, first.language, first.picture) == (("রহিমা খাতুন",), "bn", "")
    assert (second.date_how, second.published) == (DateHow.FIRST_SEEN, NOW)
    assert (second.title, second.repairs) == ("বৃষ্টি হবে। কাল রোদ", ("title: glued",))


def test_what_is_rejected_is_shown_with_its_reason(config: Config, web: Loopback) -> None:
    """An entry of which nothing is left is not silently missing."""
    web.pages["/new"] = Page(rss([item(5), {"guid": "x", "title": "", "description": ""}]))
    shown = looked_at(config, f"{web.url}/new")
    assert [one.reason for one in shown.rejected]
    assert FlawKind.REJECTED in flaws(shown)


def test_a_stored_story_is_named_that_an_entry_would_join(config: Config, web: Loopback) -> None:
    """By a copy of its text under another headline, and the source that has it is named."""
    one_pass(config)
    copy = item(9, title="ধান কাটার ধুম", description=f"<p>{'</p><p>'.join(OTHER_BODY)}</p>")
    web.pages["/new"] = Page(rss([copy, item(7)]))
    first, second = looked_at(config, f"{web.url}/new").entries
    assert first.story is not None
    assert (first.story.title, first.story.sources) == (TITLE, ("own",))
    assert first.story.kind in (TieKind.COPY, TieKind.TEXT)
    assert second.story is None


def test_a_pass_joins_what_the_preview_says(
    make_config: Make, config: Config, web: Loopback
) -> None:
    """The look-up is that of a pass: the same entries become one story when the source is there."""
    one_pass(config)
    texts = [f"<p>{'</p><p>'.join(BODY)} {number * 317}</p>" for number in range(6)]
    copies = [item(number + 20, description=text) for number, text in enumerate(texts)]
    web.pages["/new"] = Page(
        rss([item(40, description=f"<p>{'</p><p>'.join(OTHER_BODY)}</p>"), *copies, item(1)])
    )
    shown = looked_at(config, f"{web.url}/new")
    both = make_config(source("own", f"{web.url}/own") + source("new", f"{web.url}/new"))
    one_pass(both)
    joined = {entry.title for entry in shown.entries if entry.story is not None}
    with Store.open(both.store_url) as store, store.read() as unit:
        pks = [pk for entry in shown.entries for pk in unit.lookup.by_title(entry.title, 9)]
        story_of = unit.stories.stories_of(pks)
        members = unit.stories.members(story_of.values())
        titles = unit.entries.published(pks)
    really = {
        titles[pk].title
        for pk, story in story_of.items()
        if {one.source for one in members[story]} == {"own", "new"} and titles[pk].source == "new"
    }
    assert joined == really
    assert len(joined) == 2


def test_a_shared_address_joins_nothing(config: Config, web: Loopback) -> None:
    """One that several entries of the document have, as in a pass."""
    one_pass(config)
    link = "https://example.org/news/1"  # that of a stored entry
    items = [
        item(n, link=link, title=f"ইউনিয়নে পাঠাগার চালু {'।' * n}", description=BODY[2]) for n in (5, 6)
    ]
    web.pages["/new"] = Page(rss(items[:1]))
    assert looked_at(config, f"{web.url}/new").entries[0].story is not None
    web.pages["/new"] = Page(rss(items))
    assert [one.story for one in looked_at(config, f"{web.url}/new").entries] == [None, None]


def test_a_purged_text_is_said_not_to_return(config: Config, web: Loopback) -> None:
    """Whoever carries it: another source, or its own."""
    one_pass(config)
    with Store.open(config.store_url) as store:
        assert purge(store, TITLE, DedupeRules(), lambda: NOW)
    copy = item(9, title="ধান কাটার ধুম", description=f"<p>{'</p><p>'.join(OTHER_BODY)}</p>")
    web.pages["/new"] = Page(rss([copy, item(7)]))
    states = [one.state for one in looked_at(config, f"{web.url}/new").entries]
    assert states == [PreviewState.PURGED, PreviewState.NEW]
    own = {one.title: one.state for one in looked_at(config, f"{web.url}/own").entries}
    assert own[TITLE] is PreviewState.PURGED


def test_a_configured_source_is_shown_as_what_it_is(config: Config, web: Loopback) -> None:
    """Under its own name, with what of it is stored already."""
    one_pass(config)
    shown = looked_at(config, f"{web.url}/own", is_feed=False)
    assert shown.configured == shown.proposed.name == "own"
    assert [entry.state for entry in shown.entries] == [PreviewState.KNOWN, PreviewState.KNOWN]
    assert [path for path, _ in web.asked] == ["/own", "/own"]  # no robots.txt: it is a feed


def test_a_page_of_a_configured_source_is_known(config: Config, web: Loopback) -> None:
    """As the feed that it announces is: its entries join no story of their own."""
    one_pass(config)
    web.pages["/"] = Page(FRONT_PAGE.replace(b"/feed ", b"/own "), HTML)
    shown = looked_at(config, f"{web.url}/", is_feed=False)
    assert (shown.configured, shown.read) == ("own", f"{web.url}/own")
    assert {entry.state for entry in shown.entries} == {PreviewState.KNOWN}


def test_how_often_it_publishes_is_told_by_its_dates(config: Config, web: Loopback) -> None:
    """Twenty-four entries, one an hour, are about 24 a day; without dates nothing tells."""
    times = [NOW - timedelta(hours=number) for number in range(1, 25)]
    items = [item(n, pubDate=f"{time:%a, %d %b %Y %H:%M:%S} +0000") for n, time in enumerate(times)]
    web.pages["/new"] = Page(rss(items))
    per_day = looked_at(config, f"{web.url}/new").entries_per_day
    assert per_day is not None
    assert 20 < per_day < 30
    web.pages["/new"] = Page(rss([item(n, pubDate="") for n in range(24)]))
    assert looked_at(config, f"{web.url}/new").entries_per_day is None


BOILERPLATE = "<p>The post <a href='/1'>নদী</a> appeared first on <a href='/'>Kagoj</a>.</p>"


@pytest.mark.parametrize(
    ("kind", "items"),
    [
        (FlawKind.DATES, [item(1, pubDate="")]),
        (FlawKind.IDS, [item(1, guid="")]),
        (FlawKind.SHARED_IDS, [item(1, guid="x"), item(2, guid="x")]),
        (FlawKind.LATIN_BOILERPLATE, [item(1, description=f"<p>{BODY[0]}</p>{BOILERPLATE}")]),
        (FlawKind.BOILERPLATE, [item(1, description=f"<p>{BODY[0]}</p><p>বিস্তারিত</p>")]),
        (FlawKind.UNICODE, [item(1, title="\u09af\u09bc আর \u09df")]),
        (FlawKind.REPAIRED, [item(1, title="Avgvi †mvbvi evsjv")]),
        (FlawKind.DAMAGED, [item(1, title="তা\ufffdর কাছে")]),
        (FlawKind.LANGUAGE, [item(1, title="A new bridge", description="It was opened today.")]),
        (FlawKind.SILENT, [item(n, pubDate=f"{n} Jan 2025 10:00:00 +0600") for n in range(1, 9)]),
        (FlawKind.EMPTY, []),
    ],
    ids=lambda value: str(value) if isinstance(value, FlawKind) else "",
)
def test_each_flaw_is_told(
    config: Config, web: Loopback, kind: FlawKind, items: list[dict[str, str]]
) -> None:
    """What is missing, shared, repaired, taken out, or in another language; elsewhere it is not."""
    web.pages |= {"/new": Page(rss(items)), "/good": Page(rss([item(1), item(2)]))}
    assert kind in flaws(looked_at(config, f"{web.url}/new"))
    assert set(flaws(looked_at(config, f"{web.url}/good"))) <= {FlawKind.SILENT, FlawKind.SUMMARIES}


def test_a_redirect_is_told_and_its_end_proposed(config: Config, web: Loopback) -> None:
    """One for good is the address to configure, one for now is not."""
    web.pages |= {
        "/good": Page(status=301, headers={"Location": "/new"}),
        "/now": Page(status=302, headers={"Location": "/new"}),
        "/new": Page(rss([item(1)])),
    }
    moved = looked_at(config, f"{web.url}/good")
    assert f"moved for good to {web.url}/new" in flaws(moved)[FlawKind.REDIRECTS]
    assert moved.proposed.feed == f"{web.url}/new"
    passing = looked_at(config, f"{web.url}/now")
    assert "for now" in flaws(passing)[FlawKind.REDIRECTS]
    assert passing.proposed.feed == f"{web.url}/now"


def test_robots_and_faults_are_told(config: Config, web: Loopback) -> None:
    """Where nothing can be read the preview says why, and proposes the address all the same."""
    web.pages["/robots.txt"] = Page(b"User-agent: *\nDisallow: /", "text/plain")
    shown = looked_at(config, f"{web.url}/", is_feed=False)
    assert shown.is_unread
    assert "asks that this page is not fetched" in flaws(shown)[FlawKind.ROBOTS]
    gone = looked_at(config, f"{web.url}/none")
    assert "404" in flaws(gone)[FlawKind.UNREAD]
    assert gone.proposed.feed == f"{web.url}/none"


def test_of_a_page_the_main_feed_is_shown_and_its_comments_named(
    config: Config, web: Loopback
) -> None:
    """All that it announces is listed, what is meant first, and the first is previewed."""
    web.pages |= {"/": Page(FRONT_PAGE, HTML), "/feed": Page(rss([item(5)]))}
    shown = looked_at(config, f"{web.url}/", is_feed=False)
    assert [(one.kind, one.address) for one in shown.found] == [
        (FoundKind.FEED, f"{web.url}/feed"),
        (FoundKind.COMMENTS, f"{web.url}/comments/feed"),
    ]
    assert (shown.page, shown.read) == (f"{web.url}/", f"{web.url}/feed")
    assert (shown.proposed.feed, shown.proposed.title) == (f"{web.url}/feed", "পরীক্ষার খবর")


def test_a_folder_is_read_as_a_dump(config: Config, tmp_path: Path) -> None:
    """What stands on all pages is no part of them, as in a pass."""
    folder = tmp_path / "পাতা"
    folder.mkdir()
    for number in range(4):
        page = PAGE.replace(TITLE, f"{TITLE} {number}").replace(BODY[0], f"{number} {BODY[0]}")
        (folder / f"{number}.txt").write_text(page, encoding="utf-8")
    target = target_of(str(folder), config.path.parent, allow_private=False, is_feed=False)
    shown = preview(config, target, lambda: NOW)
    assert sorted(entry.title for entry in shown.entries) == [f"{TITLE} {n}" for n in range(4)]
    assert (shown.files, shown.files_read, shown.read) == (4, 4, "পাতা")
    assert shown.proposed.dump == "পাতা"


def test_of_many_files_each_is_looked_into(config: Config, tmp_path: Path) -> None:
    """One that holds a thousand records does not stand for the others."""
    folder = tmp_path / "sob"
    folder.mkdir()
    records = [{"title": f"{TITLE} {n}", "content": f"{n} {BODY[0]}"} for n in range(1000)]
    (folder / "a.json").write_text(json.dumps(records), encoding="utf-8")
    (folder / "b.txt").write_text(PAGE.replace(TITLE, "হাটে উঠেছে আগাম শিম"), encoding="utf-8")
    target = target_of(str(folder), config.path.parent, allow_private=False, is_feed=False)
    shown = preview(config, target, lambda: NOW)
    assert (len(shown.entries), shown.files_read) == (101, 2)


# --- What it leaves alone ------------------------------------------------------------------------


def contents(folder: Path) -> dict[str, tuple[str, int]]:
    """Return the digest and the time of every file of a folder, and its folders' times."""
    return {
        str(path): (
            sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
            path.stat().st_mtime_ns if path.is_file() else 0,
        )
        for path in sorted(folder.rglob("*"))
    }


def test_nothing_is_touched(config: Config, web: Loopback) -> None:
    """The store, what is published and the folder are byte for byte and second for second the same.

    Nor is a rest written that a server asks for.
    """
    one_pass(config)
    folder = config.path.parent
    before = contents(folder)
    web.pages |= {
        "/": Page(FRONT_PAGE, HTML),
        "/feed": Page(rss([item(1), item(9)])),
        "/busy": Page(status=429, headers={"Retry-After": "900"}),
    }
    assert looked_at(config, f"{web.url}/", is_feed=False).entries
    assert looked_at(config, f"{web.url}/own").entries
    assert looked_at(config, f"{web.url}/busy").is_unread
    assert contents(folder) == before
    assert not one_pass(config).failed  # whose source is on the host that asked for a rest


def test_what_a_killed_process_left_is_not_touched(config: Config, web: Loopback) -> None:
    """Its last changes are read where they are, in the log beside the store, and stay there."""
    one_pass(config)
    store = config.path.parent / "aggregator.db"
    write = f"""
import os, sqlite3
connection = sqlite3.connect({str(store)!r})
connection.execute("CREATE TABLE left_open (a)")
connection.commit()
os._exit(9)
"""
    subprocess.run([sys.executable, "-c", write], check=False)
    files = [store, store.with_name("aggregator.db-wal")]
    before = [(file.read_bytes(), file.stat().st_mtime_ns) for file in files]
    assert before[1][0]
    assert looked_at(config, f"{web.url}/own").configured == "own"
    assert [(file.read_bytes(), file.stat().st_mtime_ns) for file in files] == before


def test_no_store_is_made(config: Config, web: Loopback) -> None:
    """Without one nothing is compared, which is said, and there is none afterwards."""
    web.pages["/new"] = Page(rss([item(1)]))
    before = contents(config.path.parent)
    shown = looked_at(config, f"{web.url}/new")
    assert shown.entries
    assert "there is no store" in shown.not_compared
    assert contents(config.path.parent) == before


# --- The command ---------------------------------------------------------------------------------

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Return a function that runs the command in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(commands, ["preview", *arguments], catch_exceptions=False)

    return invoke


def test_an_address_that_is_not_public_is_refused(run: Run, web: Loopback) -> None:
    """Unless a person permits it; nothing is asked."""
    refused = run(f"{web.url}/feed")
    assert refused.exit_code == 2
    assert "--allow-private permits it" in refused.stderr
    assert web.asked == []


def test_it_needs_no_configuration(run: Run, web: Loopback, tmp_path: Path) -> None:
    """A person looks before there is anything, and nothing is made."""
    web.pages["/feed"] = Page(rss([item(1)]))
    shown = run(f"{web.url}/feed", "--allow-private", "--as-feed")
    assert (shown.exit_code, list(tmp_path.iterdir())) == (0, [])
    assert "allow_private = true" in shown.stdout


def test_json_has_every_entry_and_the_lines(run: Run, web: Loopback) -> None:
    """For a program: all of it, whatever the limit, and what to write."""
    web.pages["/feed"] = Page(rss([item(n) for n in range(1, 6)]))
    shown = run(f"{web.url}/feed", "--allow-private", "--as-feed", "--json", "--limit", "1")
    said: dict[str, Any] = json.loads(shown.stdout)
    assert len(said["entries"]) == 5
    assert said["entries"][0]["published"] == "2026-11-16T04:01:00+00:00"
    assert said["toml"].startswith("[[source]]\n")


def test_what_cannot_be_read_is_exit_code_1(run: Run, web: Loopback) -> None:
    """With the reason, and the lines all the same."""
    failed = run(f"{web.url}/none", "--allow-private", "--as-feed")
    assert failed.exit_code == 1
    assert "404" in failed.stdout


@pytest.mark.parametrize("width", [40, 80])
def test_a_narrow_terminal_cuts_no_word(
    config: Config,
    web: Loopback,
    width: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Lines end between words, so that no conjunct is cut; every word is there whole."""
    web.pages["/new"] = Page(rss([item(5, title="ক্ষ" * 30 + " উদ্‌যাপনে র‍্যাব")]))
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", str(width))
    copied = f'title = "{"আমার কাগজ " * 20}"'
    shown = looked_at(config, f"{web.url}/new")
    print_preview(shown, timezone="Asia/Dhaka", lines=copied, at_most=20)
    lines = re.sub("\x1b\\[[0-9;]*m", "", capsys.readouterr().out).splitlines()
    words = [word for line in lines for word in line.split()]
    assert {"ক্ষ" * 30, "উদ্‌যাপনে", "র‍্যাব"} <= set(words)
    assert copied in lines
    too_long = {line for line in lines if cell_len(line) > width} - {copied}
    assert all(" " not in line.strip() for line in too_long)
    assert any(line.startswith("    ") and "no picture" in line for line in lines)


def test_nothing_in_a_source_commands_the_terminal(run: Run, web: Loopback) -> None:
    """An escape in an excerpt is shown as a space."""
    web.pages["/feed"] = Page(
        rss([item(1)], extra="").replace(b"<link>https", b"<link>\x1b[2Jhttps")
    )
    shown = run(f"{web.url}/feed", "--allow-private", "--as-feed")
    assert "\x1b" not in shown.stdout


# --- What is meant, and what it is called --------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("https://kagoj.example/rss", "https://kagoj.example/rss"),
        ("kagoj.example", "https://kagoj.example"),
        ("www.kagoj.example/latest", "https://www.kagoj.example/latest"),
        ("feed://kagoj.example/rss", "https://kagoj.example/rss"),
        ("feed:https://kagoj.example/rss", "https://kagoj.example/rss"),
        ("kagoj.example:8080/rss", "https://kagoj.example:8080/rss"),
    ],
)
def test_an_address_is_meant_as_people_write_it(typed: str, place: str, tmp_path: Path) -> None:
    """With a scheme or without, and as browsers hand a feed on."""
    target = target_of(typed, tmp_path, allow_private=False, is_feed=False)
    assert (target.place, target.is_path) == (place, False)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("ftp://kagoj.example/rss", "no address of http or https"),
        ("/nowhere/at/all", "there is no file or folder"),
        ("http://10.0.0.1/", "is not public"),
        ("https://me:word@kagoj.example/rss", "shows it to everybody"),
        ("~nobody-of-this-name/rss", "there is no file or folder ~nobody-of-this-name/rss"),
        ("ক" * 200, "there is no file or folder"),
        ("a/" * 3000, "there is no file or folder"),
    ],
)
def test_what_is_meant_by_nothing_is_refused(typed: str, said: str, tmp_path: Path) -> None:
    """In words that say what to do; a password is not repeated."""
    with pytest.raises(SourceError, match=said) as refused:
        target_of(typed, tmp_path, allow_private=False, is_feed=False)
    assert "word@" not in str(refused.value)


def test_a_folder_without_files_is_all_that_is_below(tmp_path: Path) -> None:
    """Its pattern is relative to the configuration, and its own name is no pattern."""
    (tmp_path / "a[1]" / "2026").mkdir(parents=True)
    (tmp_path / "a[1]" / "2026" / "x.txt").touch()
    target = target_of(str(tmp_path / "a[1]"), tmp_path, allow_private=False, is_feed=False)
    assert target.pattern == "a[[]1]/**/*"
    assert target.place == os.path.join(str(tmp_path.resolve()), target.pattern)  # noqa: PTH118


@given(st.text(), st.sets(st.from_regex(r"[a-z0-9][a-z0-9-]{0,9}", fullmatch=True)))
def test_a_proposed_name_is_valid_and_free(rest: str, taken: set[str]) -> None:
    """Whatever the address or the path is, and whatever is taken."""
    for place in (rest, f"https://kagoj.example/{rest}", f"https://{rest}.example/"):
        try:
            name = name_for(place, taken)
        except ValueError:  # urlsplit's, of a host in brackets, which no target has
            continue
        assert NAME.fullmatch(name)
        assert name not in taken


def test_a_category_is_proposed_that_half_of_the_entries_have() -> None:
    """As it is called here, and none that few have, or that means nothing here."""
    known = {"ক্রীড়া": "খেলা", "খেলা": "খেলা"}
    assert categories_for([("ক্রীড়া", "Featured"), ("Featured",), ("খেলা",)], known) == ("খেলা",)
    assert categories_for([("খেলা",), ("b",), ("c",)], known) == ()
    assert categories_for([], known) == ()
