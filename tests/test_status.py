"""The status: every condition of a source in every form, what is counted, and for how long."""

from __future__ import annotations

import json
import re
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import requests
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html
from prometheus_client.parser import text_string_to_metric_families

from aggregator import cli
from aggregator import config as configuration
from aggregator.commands import status as command
from aggregator.console.status_tables import print_status
from aggregator.models import (
    Activity,
    Config,
    DueWhy,
    FaultKind,
    FetchState,
    IntervalHow,
    NoticeKind,
    Pulse,
    SourceCondition,
    Status,
    StatusRules,
)
from aggregator.pipeline.notices import keep_notices
from aggregator.pipeline.run import Run
from aggregator.pipeline.status import status_of
from aggregator.status import as_json, metrics, words
from aggregator.status.page import page_bytes
from aggregator.status.texts import TEXTS
from aggregator.store import copies
from aggregator.store.place import path_of
from aggregator.store.store import Store
from tests.support.accessibility import violations
from tests.support.browser import Look, tab_of
from tests.support.conditions import EXPECTED, FAILING, LATER, every_condition
from tests.support.configurations import source
from tests.support.deadlines import HUNG_SECONDS
from tests.support.devtools import Chromium
from tests.support.loopback import Loopback, Page
from tests.support.passes import NOW, one_pass
from tests.support.published import read
from tests.support.seen_pages import overflowing
from tests.support.status_site import serving_status
from tests.support.texts import item, rss

pytestmark = pytest.mark.databases


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Config]:
    """Return the configuration of a store in which every condition has happened."""
    folder = tmp_path_factory.mktemp("conditions")
    path = folder / "config.toml"

    def make(text: str) -> Config:
        path.write_text(text, encoding="utf-8")
        return configuration.load(path)

    with every_condition(make, folder) as made:
        yield made


@pytest.fixture
def own_config(config: Config, tmp_path: Path) -> Config:
    """Return the same over a copy of the store, for a test that writes to it."""
    path = tmp_path / "copy.db"
    copies.copy(config.store_url, path, lambda: False)
    return replace(config, store_url=f"sqlite:///{path}")


def get(url: str, **headers: str) -> requests.Response:
    """Ask for an address."""
    return requests.get(url, headers=headers, timeout=HUNG_SECONDS)


def elements(root: etree._Element, path: str) -> list[Any]:
    """Return what an XPath expression finds; ``a`` is Atom's namespace."""
    found = root.xpath(path, namespaces={"a": "http://www.w3.org/2005/Atom"})
    assert isinstance(found, list)
    return found


# --- Every condition in every form ---------------------------------------------------------------


@pytest.mark.sqlite
def test_every_condition_is_told_in_every_form(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Command, JSON, page and metrics agree on what each source does, and on what to do."""
    monkeypatch.setattr(command, "now", lambda: LATER)
    arguments = ["status", "--config", str(config.path)]
    result = CliRunner().invoke(cli.commands, arguments)
    as_json = CliRunner().invoke(cli.commands, [*arguments, "--json"])
    only = CliRunner().invoke(cli.commands, [*arguments, "--failing", "--json"])
    assert (result.exit_code, as_json.exit_code) == (1, 1), result.output
    assert {source["name"] for source in json.loads(only.output)["sources"]} == FAILING
    with serving_status(config) as url:
        served = get(f"{url}/status.json").json()
        metrics = get(f"{url}/metrics").text
        pages = {
            language: html.fromstring(get(f"{url}/status?lang={language}").content)
            for language in words.LANGUAGES
        }
    for told in (json.loads(as_json.output), served):
        found = {each["name"]: (each["condition"], each["fault"]) for each in told["sources"]}
        assert found == EXPECTED
    samples = {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(metrics)
        for sample in family.samples
    }

    def metric(name: str, **labels: str) -> float:
        return samples[f"aggregator_source_{name}", frozenset(labels.items())]

    for name, (condition, kind) in EXPECTED.items():
        lines = result.output.splitlines()
        line = next(line for line in lines if line.split()[:1] == [name])
        assert words.CONDITIONS[condition].en in line
        is_failing = condition is SourceCondition.FAILING
        assert metric("failing", source=name) == is_failing
        if is_failing and kind is not FaultKind.FILE:
            asked = 1 if kind is FaultKind.TOO_OFTEN else 2  # a host that rests is not asked
            assert metric("faults_total", source=name, kind=str(kind)) == asked
        for language, page in pages.items():
            (row,) = elements(page, f'//table[@class="sources"]//tr[th/small = "{name}"]')
            text = str(row.text_content())
            assert words.CONDITIONS[condition].in_(language) in text
            if kind is not None:
                assert words.FAULTS[kind].wrong.in_(language) in text
                assert words.FAULTS[kind].to_do.in_(language) in text
                assert words.FAULTS[kind].to_do.en in result.output
    (line,) = {each["moved_line"] for each in served["sources"]} - {""}
    assert line.startswith('feed = "http://127.0.0.1:') and line.endswith('/moved-to"')
    assert f"moved: it has moved for good; write in config.toml: {line}" in result.output
    for language, page in pages.items():
        (row,) = elements(page, '//table[@class="sources"]//tr[th/small = "moved"]')
        assert words.MOVED.in_(language).format(line=line) in str(row.text_content())
    assert [metric("moved", source=name) for name in ("moved", "fine")] == [1, 0]
    assert metric("silent", source="silent") == 1
    assert metric("held_back", source="held-back") == 1
    assert metric("polls_total", source="fine", outcome="not_modified") == 1
    assert metric("entries_total", source="fine", outcome="new") == 2


def test_a_source_that_moved_for_good_is_told_until_its_new_address_is_configured(
    web: Loopback, make_config: Callable[[str], Config]
) -> None:
    """At three polls by permanent redirects alone; with the line that is told, all entries stay."""
    new = f"{web.url}/%E0%A6%96%E0%A6%AC%E0%A6%B0"
    web.pages |= {
        "/old": Page(status=308, headers={"Location": "/older"}),
        "/older": Page(
            status=301, headers={"Location": f"{web.url}/খবর".encode().decode("latin-1")}
        ),
        new.removeprefix(web.url): Page(rss([item(1), item(2)])),
        "/for-now": Page(status=301, headers={"Location": "/on"}),
        "/on": Page(status=302, headers={"Location": "/new"}),
        "/new": Page(rss([item(3)])),
    }
    published: list[list[tuple[str, str]]] = []

    def told(address: str, *, hour: int) -> dict[str, tuple[SourceCondition, str]]:
        now = NOW + timedelta(hours=hour)
        config = make_config(source("old", address) + source("for-now", f"{web.url}/for-now"))
        one_pass(config, now=now)
        with Store.beside(config.store_url) as store:
            status = status_of(store, config, now)
        published.append([(each.id, each.published) for each in read(config, "bangla.rss")])
        return {each.name: (each.condition, each.moved_line) for each in status.sources}

    fine = (SourceCondition.FINE, "")
    for hour in range(2):
        assert told(f"{web.url}/old", hour=hour) == {"old": fine, "for-now": fine}
    assert told(f"{web.url}/old", hour=2) == {
        "old": (SourceCondition.MOVED, f'feed = "{new}"'),
        "for-now": (SourceCondition.MOVED, f'feed = "{web.url}/on"'),
    }
    assert told(new, hour=3)["old"] == fine
    assert len(published[0]) == 3 and published == [published[0]] * 4


def test_the_same_fault_of_many_sources_is_told_once(
    make_config: Callable[[str], Config], capsys: pytest.CaptureFixture[str]
) -> None:
    """As of a machine without a network: how many, which, for how long at most, what to do."""
    lines = [f'[[source]]\nname = "{name}"\ndump = "{name}/*"\n' for name in "abcd"]
    config = make_config("".join(lines))
    states = {
        name: FetchState(
            checked=NOW,
            failing_since=NOW - timedelta(days=days),
            failures=1,
            fault=FaultKind.NAME if name != "d" else FaultKind.GONE,
            error="the host's name cannot be resolved" if name != "d" else "it is gone",
        )
        for name, days in (("a", 1), ("b", 3), ("c", 2), ("d", 1))
    }
    with Store.open(config.store_url) as store:
        with store.write() as unit:
            unit.sources.save_states(states)
        run = Run.of(config, store, clock=lambda: NOW, stop=Event())
        keep_notices(run)
        status = status_of(store, config, NOW)
    print_status(status, only_failing=True)
    printed = capsys.readouterr().out
    fault = words.FAULTS[FaultKind.NAME]
    assert printed.count(fault.to_do.en) == 1
    told = f"3 sources: {fault.wrong.en}, for up to 3 d\n    a, b, c\n    it said: the host's name"
    assert told in printed
    assert "\nd: the feed was taken away for good, for 1 d\n" in printed
    for language in words.LANGUAGES:
        page = html.fromstring(page_bytes(status, language, has_feed=False))
        (shared,) = elements(page, '//ul[@class="shared"]/li')
        assert fault.wrong.in_(language) in shared.text_content()
        assert elements(page, f'//*[contains(., "{fault.to_do.in_(language)}")][not(*)]') == [
            shared.find("p[@class='to-do']")
        ]
        for link in elements(shared, ".//a"):
            (row,) = elements(page, f'//tr[@id="{link.get("href").removeprefix("#")}"]')
            assert fault.wrong.in_(language) in row.text_content()
        noted = elements(page, '//section[h2/@id="notices"]//tbody/tr')
        assert sorted(row[1].text_content().count(",") for row in noted) == [0, 2]


@pytest.mark.sqlite
def test_a_source_s_row_says_all_that_an_operator_asks(config: Config) -> None:
    """Since when it fails, when it is next asked and why, and what came of it."""
    with Store.beside(config.store_url) as store:
        status = status_of(store, config, LATER)
    of = {source.name: source for source in status.sources}
    gone, fine = of["gone"], of["fine"]
    assert (gone.failing_since, gone.failures, gone.succeeded) == (NOW, 2, None)
    assert gone.due_why is DueWhy.GONE
    assert (fine.succeeded, fine.failing_since) == (NOW + timedelta(hours=2), None)
    assert fine.interval_how is IntervalHow.RHYTHM
    assert fine.next_poll is not None and fine.next_poll > LATER - timedelta(hours=1)
    assert (fine.day.new, fine.week.polls, fine.week.not_modified) == (2, 2, 1)
    assert fine.day.received_bytes > 100
    assert sum(fine.new_by_hour) == 2
    assert of["folder"].is_watched and of["folder"].day.new == 1
    assert sum(each.new for each in status.by_hour.values()) == sum(
        source.week.new for source in status.sources
    )
    (feed,) = status.feeds
    assert feed.entries > 0 and feed.updated is not None and len(feed.files) == 3


@pytest.mark.sqlite
def test_what_is_wrong_does_not_begin_again_where_notices_cannot_be_read(
    own_config: Config,
) -> None:
    """A row that another version wrote, or that is damaged, makes no notices each minute."""
    with Store.open(own_config.store_url) as store:
        run = Run.of(own_config, store, clock=lambda: LATER, stop=Event())
        assert keep_notices(run)[0]
        with closing(sqlite3.connect(path_of(own_config.store_url))) as database:
            database.execute("UPDATE notice SET kind = 'other' WHERE pk = 1")
            database.commit()
        assert keep_notices(run) == ([], [])


@pytest.mark.sqlite
def test_the_newest_backup_is_told_in_every_form(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its day and its size, as its file says them; none where there is none."""
    folder = tmp_path / "backups"
    config = replace(config, upkeep=replace(config.upkeep, backup_folder=folder))
    monkeypatch.setattr(command, "load_config", lambda _path: config)

    def told() -> tuple[str, Status]:
        command_line = ["status", "--config", str(config.path)]
        with Store.beside(config.store_url) as store:
            status = status_of(store, config, LATER)
        return CliRunner().invoke(cli.commands, command_line).output, status

    output, status = told()
    assert "backup     none" in output
    assert json.loads(as_json.json_text(status))["service"]["backup_day"] is None
    assert b"backup_day" not in metrics.metrics_text(status)
    folder.mkdir()
    stem = Path(config.store_url).stem
    for day, size in (("2026-11-23", 1_000), ("2026-11-24", 3_500_000)):
        (folder / f"{stem}-{day}.tar.gz").write_bytes(bytes(size))
    output, status = told()
    assert "backup     of 2026-11-24, 3.5 MB" in output
    service = json.loads(as_json.json_text(status))["service"]
    assert (service["backup_day"], service["backup_bytes"]) == ("2026-11-24", 3_500_000)
    assert b"aggregator_backup_size_bytes 3.5e+06" in metrics.metrics_text(status)
    moment = datetime(2026, 11, 24, tzinfo=UTC).timestamp()
    (family,) = (
        family
        for family in text_string_to_metric_families(metrics.metrics_text(status).decode())
        if family.name == "aggregator_backup_day_timestamp_seconds"
    )
    assert [sample.value for sample in family.samples] == [moment]
    assert "2026-11-24 (3.5 MB)" in page_bytes(status, "en", has_feed=False).decode()


@pytest.mark.sqlite
def test_a_feed_that_is_held_back_is_told_with_what_to_do(
    config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    """How many entries it would have, and the command that permits it, with its name."""
    with Store.beside(config.store_url) as store:
        status = status_of(store, config, LATER)
    (feed,) = status.feeds
    status = replace(status, feeds=(replace(feed, held_back=1),))
    print_status(status, only_failing=False)
    told = "held back: it would have 1; if right, run aggregator release --feed bangla"
    assert told in capsys.readouterr().out
    assert told in page_bytes(status, "en", has_feed=False).decode()
    page = page_bytes(status, "bn", has_feed=False).decode()
    assert "থাকত ১টি; ঠিক হলে aggregator release --feed bangla" in page


@pytest.mark.sqlite
def test_charts_say_what_their_colours_are(config: Config) -> None:
    """Each colour of a chart is in its key, with a number, and what stands at its ends is said."""
    with Store.beside(config.store_url) as store:
        status = status_of(store, config, LATER)
    count = sum(hour.failed for hour in status.by_hour.values())
    for language, failed, ends in (
        ("bn", "ব্যর্থ", ["২ দিন আগে", "এখন"]),
        ("en", "failed", ["2 d ago", "now"]),
    ):
        page = html.fromstring(page_bytes(status, language, has_feed=False))
        charts = elements(page, "//figure")
        for chart in charts:
            drawn = set(elements(chart, './svg[contains(@class, "chart")]/rect/@class'))
            assert drawn and drawn <= set(elements(chart, './/ul[@class="key"]//rect/@class'))
        key = [text.text_content().strip() for text in elements(charts[1], ".//li")]
        assert f"{failed} {words.number(count, language)}" in key
        assert [
            end.text_content() for end in elements(charts[1], './p[@class="ends"]/span')
        ] == ends
        (made,) = elements(page, "//header//time")
        assert made.text_content() == words.number("2026-11-24 15:00", language)


def test_a_feed_without_entries_has_no_newest(make_config: Callable[[str], Config]) -> None:
    """Its files are dated by 2000, which is the time of no entry."""
    config = make_config('[[source]]\nname = "folder"\ndump = "*.txt"\n')
    one_pass(config)
    with Store.beside(config.store_url) as store:
        (feed,) = status_of(store, config, NOW).feeds
    assert (feed.entries, feed.updated, len(feed.files)) == (0, None, 3)


@pytest.mark.sqlite
def test_what_is_wrong_is_noted_once_and_when_it_is_over(own_config: Config) -> None:
    """Each thing that does not end by itself is one notice, whose end is told as well."""
    now = LATER
    with Store.open(own_config.store_url) as store:
        run = Run.of(own_config, store, clock=lambda: now, stop=Event())
        began, _ = keep_notices(run)
        assert {(notice.kind, notice.subject) for notice in began} >= {
            (NoticeKind.SILENT, "silent"),
            (NoticeKind.SOURCE_HELD_BACK, "held-back"),
        }
        assert keep_notices(run) == ([], [])
        now = LATER + timedelta(days=1)  # by now, what failed twice has failed for a day
        began, _ = keep_notices(run)
        assert {notice.subject for notice in began} == FAILING
        with store.write() as unit:
            unit.sources.end_quarantine("held-back")
        _, ended = keep_notices(run)
        assert [notice.subject for notice in ended] == ["held-back"]
    with serving_status(own_config, now) as url:
        feed = etree.fromstring(get(f"{url}/status.atom").content)
    titles = elements(feed, "//a:entry/a:title/text()")
    ids = elements(feed, "//a:id/text()")
    assert "সেরে গেছে: কাগজ held-back · over: কাগজ held-back" in titles
    assert len(titles) == len(FAILING) + 3 and len(set(ids)) == len(ids)


# --- Words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "kinds"),
    [
        (words.FAULTS, FaultKind),
        (words.CONDITIONS, SourceCondition),
        (words.ADVICE, SourceCondition),
        (words.WHYS, DueWhy),
        (words.HOWS, IntervalHow),
        (words.PULSES, Pulse),
        (words.NOTICES, NoticeKind),
    ],
)
def test_every_kind_has_words(table: dict[object, object], kinds: type[FaultKind]) -> None:
    """Nothing that the program knows is without its words."""
    assert set(table) == set(kinds)


def test_words_are_in_their_language() -> None:
    """Bengali texts have Bengali letters, English ones have none."""
    faults = [text for fault in words.FAULTS.values() for text in (fault.wrong, fault.to_do)]
    others = [text for name, text in TEXTS.items() if name != "other"]
    for text in [*faults, *words.CONDITIONS.values(), *others]:
        assert re.search("[ঀ-৿]", text.bn), text
        assert text.en and not re.search("[ঀ-৿]", text.en), text


# --- Over HTTP -----------------------------------------------------------------------------------


@pytest.mark.sqlite
def test_the_page_needs_nothing_that_its_policy_forbids(config: Config) -> None:
    """No script, no style within, in either language; the language is as asked or accepted."""
    with serving_status(config) as url:
        for path in ("/status", "/status?lang=en"):
            answer = get(f"{url}{path}")
            assert "script" not in answer.text and " style=" not in answer.text
            assert "<style" not in answer.text
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert 'lang="bn"' in get(f"{url}/status").text
        accepted = {"Accept-Language": "en-GB,en;q=0.9,bn;q=0.1"}
        assert get(f"{url}/status", **accepted).text.startswith('<!DOCTYPE html>\n<html lang="en">')
        assert get(f"{url}/nothing").status_code == 404
        assert get(f"{url}/status", Host="evil.example").status_code == 421
        assert requests.post(f"{url}/status", timeout=HUNG_SECONDS).status_code == 405


@pytest.mark.sqlite
def test_the_page_can_be_used_by_anybody(config: Config, browser: Chromium) -> None:
    """On a phone and a desktop, light and dark, axe finds nothing and nothing overflows."""
    with serving_status(config) as url, tab_of(browser, {}) as tab:
        for lang in ("bn", "en"):
            for look in (
                Look(width=390, height=844),
                Look(width=1440, height=900, scheme="dark"),
            ):
                tab.show(look)
                seen = tab.open(f"{url}/status?lang={lang}")
                assert (seen.errors, seen.violations) == ([], [])
                assert violations(tab) == [], look
                assert overflowing(tab) == [], look


# --- What is counted -----------------------------------------------------------------------------

COUNTS = st.integers(0, 1_000)


@given(polls=st.lists(st.tuples(st.integers(0, 500 * 24), COUNTS, COUNTS), min_size=1, max_size=30))
def test_hours_become_days_and_nothing_is_lost(polls: list[tuple[int, int, int]]) -> None:
    """Whatever is counted when, a week's hours and the total are right, and rows are bounded."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    polls.sort()
    with tempfile.TemporaryDirectory() as folder, Store.open(f"sqlite:///{folder}/s.db") as store:
        for hour, new, known in polls:
            with store.write() as unit:
                one = Activity(ok=1, new=new, known=known, faults={FaultKind.SLOW: new})
                unit.activity.count({"a": one}, start + timedelta(hours=hour))
        last = polls[-1][0]
        with store.read() as unit:
            week = unit.activity.by_source(start + timedelta(hours=last - 167))["a"]
            total = unit.activity.totals()["a"]
    within = [(new, known) for hour, new, known in polls if hour >= last - 167]
    assert (week.new, week.known) == tuple(map(sum, zip(*within, strict=True)))
    assert total.new == sum(new for _, new, _ in polls) == total.faults[FaultKind.SLOW]
    assert total.ok == len(polls)


def test_an_address_of_ipv6_can_be_opened_as_it_is_told() -> None:
    """The address that is printed, and by which the feed of failures names itself."""
    rules = StatusRules(listen_host="::1", listen_port=8001)
    assert rules.address == "http://[::1]:8001/"
