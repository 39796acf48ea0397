"""A source of which nothing came for long, against its own rhythm, is reported."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator import polling
from aggregator.models import Config, Outcome, SourceReport
from aggregator.service import Service
from aggregator.store.store import Store
from tests.support.configurations import Make, source
from tests.support.loopback import Loopback, Page
from tests.support.passes import NOW, one_pass
from tests.support.published import read
from tests.support.texts import item, rss

DAY = timedelta(days=1)


def every(pause: timedelta, count: int = 20, until: datetime = NOW) -> list[datetime]:
    """Return the times of a source that keeps a rhythm."""
    return [until - number * pause for number in range(count)]


@pytest.mark.parametrize(
    ("pause", "silent_after"),
    [
        (timedelta(minutes=10), 3 * DAY),
        (timedelta(hours=20), 3 * DAY),
        (DAY * 2, 6 * DAY),
        (DAY * 7, 21 * DAY),
        (DAY * 30, 90 * DAY),
    ],
)
def test_a_silence_is_long_against_the_source_s_own_pauses(
    pause: timedelta, silent_after: timedelta
) -> None:
    """Three days for a daily, three weeks for a weekly, three months for a monthly."""
    times = every(pause)
    assert polling.silence(times, times[:1], NOW + silent_after) is None
    after = silent_after + timedelta(seconds=1)
    assert polling.silence(times, times[:1], NOW + after) == after


def test_one_long_pause_is_part_of_the_rhythm() -> None:
    """A paper that once rested for ten days over Eid may rest so again."""
    times = [*every(timedelta(hours=1), 5), *every(timedelta(hours=1), 5, NOW - 10 * DAY)]
    assert polling.silence(times, times[:1], NOW + 25 * DAY) is None
    assert polling.silence(times, times[:1], NOW + 31 * DAY) == 31 * DAY


@pytest.mark.parametrize("count", [1, 4, 20])
def test_without_a_rhythm_a_month_is_long(count: int) -> None:
    """Few entries, or many that were first seen in one moment, tell of no rhythm."""
    times = [NOW] * 20 if count == 20 else every(timedelta(hours=1), count)
    assert polling.silence(times, times[:1], NOW + 30 * DAY) is None
    assert polling.silence(times, times[:1], NOW + 31 * DAY) == 31 * DAY


def test_what_is_seen_counts_for_a_source_that_goes_on_bringing() -> None:
    """Old articles that come one by one are no silence; those that came all at once may be."""
    old = every(DAY, until=NOW - 90 * DAY)
    assert polling.silence(old, [NOW] * 20, NOW) == 90 * DAY
    assert polling.silence(old, every(DAY), NOW) is None
    assert polling.silence([], [], NOW) is None


@given(
    st.lists(st.integers(0, 10_000_000), min_size=1, max_size=20),
    st.integers(0, 100),
    st.integers(0, 100),
)
def test_a_silence_only_grows(ages: list[int], days: int, more_days: int) -> None:
    """A source that is silent is silent the next day, too, unless something comes."""
    times = [NOW - timedelta(seconds=age) for age in ages]
    before = polling.silence(times, times, NOW + days * DAY)
    after = polling.silence(times, times, NOW + (days + more_days) * DAY)
    assert before is None or after == before + more_days * DAY


# --- In a pass -----------------------------------------------------------------------------------


def daily(web: Loopback, make_config: Make) -> Config:
    """Configure a source that brought an entry each day for ten days."""
    items = [
        item(number, pubDate=(NOW - number * DAY).strftime("%a, %d %b %Y %H:%M:%S +0000"))
        for number in range(1, 11)
    ]
    web.pages["/a"] = Page(rss(items))
    return make_config(source("a", f"{web.url}/a"))


def after(config: Config, days: float) -> SourceReport:
    """Return the report of a pass some ``days`` later."""
    (report,) = one_pass(config, now=NOW + days * DAY).sources
    return report


def test_a_silent_source_is_reported_once_a_day(web: Loopback, make_config: Make) -> None:
    """With how long it is silent, in whatever way it says that nothing is new."""
    config = daily(web, make_config)
    assert after(config, 0).note == ""
    assert after(config, 1.5).note == ""
    first = after(config, 2.5)
    assert first.outcome is Outcome.NOT_MODIFIED
    assert first.note == "nothing new came of it for 3 days, which is long for it"
    assert after(config, 2.6).note == ""
    assert after(config, 3.5).note.startswith("nothing new came of it for 4 days")


def test_a_source_that_comes_back_is_not_silent(web: Loopback, make_config: Make) -> None:
    """One new entry ends the report."""
    config = daily(web, make_config)
    after(config, 0)
    assert after(config, 9).note
    web.pages["/a"] = Page(rss([item(50, pubDate="Thu, 03 Dec 2026 06:00:00 +0000")]))
    assert after(config, 10).note == "" and after(config, 11).note == ""


def test_a_server_that_finds_everything_unchanged_is_asked_whole_once_a_day(
    web: Loopback, make_config: Make
) -> None:
    """A 304 for ever hides news no longer than the source's silence and a poll."""
    config = daily(web, make_config)
    after(config, 0)
    news = rss([item(50, pubDate="Thu, 26 Nov 2026 06:00:00 +0000")])

    def handle(request: BaseHTTPRequestHandler) -> None:
        is_conditional = request.headers.get("If-None-Match") is not None
        request.send_response(304 if is_conditional else 200)
        request.send_header("ETag", '"same"')
        request.end_headers()
        request.wfile.write(b"" if is_conditional else news)

    web.pages["/a"] = Page(handle=handle)
    assert after(config, 2.5).note
    assert after(config, 2.6).new == 1
    assert len(read(config, "bangla.rss")) == 11
    conditional = ["if-none-match" in headers for headers in web.headers]
    assert conditional == [False, True, False]


def test_a_service_logs_a_silence_and_nothing_else_of_a_source_without_news(
    web: Loopback, make_config: Make, caplog: pytest.LogCaptureFixture
) -> None:
    """A source that is not modified is a line in the log only where it is odd."""
    config = daily(web, make_config)
    with Store.open(config.store_url) as store, caplog.at_level(logging.INFO):
        service = Service(config, store, clock=lambda: NOW, stop=Event())
        unchanged = SourceReport(source="a", outcome=Outcome.NOT_MODIFIED)
        tell = service._current.run.progress.on_source  # noqa: SLF001 - what its passes report to
        tell(unchanged, 1, 1)
        assert caplog.text == ""
        tell(after_note(unchanged), 1, 1)
    assert "a: not modified; nothing new came of it" in caplog.text


def after_note(report: SourceReport) -> SourceReport:
    """Return a report with the note of a silence."""
    return SourceReport(
        source=report.source, outcome=report.outcome, note="nothing new came of it for 3 days"
    )
