"""The schedule in the whole program: what is configured, said, remembered, and looked up."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aggregator import config as configuration
from aggregator import polling
from aggregator.errors import ConfigError
from aggregator.fetch.freshness import fresh_seconds
from aggregator.models import (
    NO_HINTS,
    Config,
    CronTimes,
    DueWhy,
    FeedHints,
    FetchState,
    IntervalHow,
    Source,
    Tempo,
)
from aggregator.parse.feed.hints import hints_of
from aggregator.pipeline.due import Due, due_now, due_of
from aggregator.pipeline.fetch_state import config_fingerprint
from aggregator.pipeline.ingest import ingest_due
from aggregator.pipeline.run import Run
from aggregator.pipeline.run_pass import run_pass
from aggregator.pipeline.timetable import common_factor
from aggregator.store.store import Store
from bench.schedule import compared, made_town
from tests.support.configurations import Make, Write
from tests.support.deadlines import wait_until
from tests.support.examples import examples
from tests.support.loopback import Loopback, Page
from tests.support.passes import NOW, one_pass
from tests.support.service import RunningService
from tests.support.texts import item, rss

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SOURCE = '[[source]]\nname = "a"\nfeed = "https://example.org/a"\n'
DHAKA = "Asia/Dhaka"


def faults(path: Path) -> list[str]:
    """Load a configuration that has faults, and return them as printed."""
    with pytest.raises(ConfigError) as caught:
        configuration.load(path)
    return str(caught.value).splitlines()


def states(config: Config) -> dict[str, FetchState]:
    """Return what the store remembers of each source."""
    with Store.open(config.store_url) as store, store.read() as unit:
        return unit.sources.states()


def today(count: int) -> list[dict[str, str]]:
    """Return ``count`` entries of the last day, evenly spread over it."""
    times = (NOW - DAY * number / count for number in range(count))
    return [
        item(number, pubDate=f"{time:%a, %d %b %Y %H:%M:%S} +0000")
        for number, time in enumerate(times)
    ]


# --- Configuration -------------------------------------------------------------------------------


def test_named_times_are_those_of_the_site_s_zone(make_config: Make) -> None:
    """The zone of a source is that of its dates; who reads lives by the site's clock."""
    config = make_config(SOURCE + 'every = "0  6 * * Fri"\ntimezone = "Asia/Kolkata"\n')
    assert config.sources[0].cron == CronTimes(expression="0 6 * * fri", timezone=DHAKA)
    assert config.sources[0].every_seconds is None
    assert not config.sources[0].is_automatic


def test_bounds_and_budget_can_be_set(make_config: Make) -> None:
    """A source's own bounds count before those of all; left out, nothing changes."""
    config = make_config(
        '[schedule]\nrequests_per_day = 500\nmin = "5m"\nmax = "12h"\n'
        + SOURCE
        + SOURCE.replace('"a"', '"b"')
        + 'min = "1h"\n'
    )
    bounds = [(source.shortest_seconds, source.longest_seconds) for source in config.sources]
    assert bounds == [(300, 43_200), (3600, 43_200)]
    assert config.schedule.requests_per_day == 500
    left_out = make_config(SOURCE)
    assert left_out.sources[0] == Source(
        name="a", title="a", feed="https://example.org/a", backlog=10, max_entries=2000
    )
    assert left_out.schedule.requests_per_day is None


@pytest.mark.parametrize(
    ("every", "hint"),
    [
        ("0 6 * * 5", 'the day of the week is "5": name the days, as "fri"'),
        ("0 6 * * 0-4", 'the day of the week is "0-4": name the days'),
        ("0 6 * * sat-wed", "the day of the week is none that a crontab can name"),
        ("0 6 * * friday", 'the day of the week is "friday": name the days, as "fri"'),
        ("0 6 * fri", "named times have five fields"),
        ("0 0 6 * * fri", "named times have five fields"),
        ("60 6 * * fri", "the minute is none that a crontab can name"),
        ("0 0 31 2 *", "the day of the month is none that a crontab can name"),
    ],
)
def test_times_that_nobody_can_mean_are_named(write_config: Write, every: str, hint: str) -> None:
    """With the line, and what to write: days of the week above all, which programs count unlike."""
    (fault,) = faults(write_config(SOURCE + f'every = "{every}"\n'))
    assert fault.startswith('config.toml:4:1: source "a": every: ')
    assert hint in fault


def test_bounds_that_contradict_each_other_are_named(write_config: Write) -> None:
    """Each with its line: a shortest above the longest, bounds of nothing, too small a budget."""
    path = write_config(
        '[schedule]\nrequests_per_day = 3\nmin = "30s"\n'
        '[[source]]\nname = "a"\nfeed = "https://example.org/a"\nmin = "10s"\n'
    )
    assert faults(path) == [
        'config.toml:3:1: schedule.min: an automatic interval is "1m" or longer',
        'config.toml:7:1: source "a": min: an automatic interval is "1m" or longer',
    ]
    path = write_config(
        "[schedule]\nrequests_per_day = 3\n"
        + SOURCE
        + 'min = "7h"\n'
        + SOURCE.replace('"a"', '"b"')
        + 'every = "1h"\nmax = "2h"\n'
    )
    assert faults(path) == [
        'config.toml:2:1: schedule.requests_per_day: once in "max" each, 1 on "auto" make 4 a day: '
        'raise this, or raise "max"',
        'config.toml:6:1: source "a": min: "min" is longer than "max"',
        'config.toml:11:1: source "b": max: bounds the interval of a feed or page '
        'on every = "auto", which this is not',
    ]
    path = write_config('[schedule]\nmin = "2h"\nmax = "1h"\n' + SOURCE + 'every = "1h"\n')
    assert faults(path) == ['config.toml:2:1: schedule.min: "min" is longer than "max"']


# --- What feeds and answers say ------------------------------------------------------------------


def test_what_a_feed_says_is_read_before_its_entries() -> None:
    """RSS 2.0's elements and those of the Syndication module; midnight was once hour 24."""
    body = rss([item(1)]).replace(
        b"<item>",
        b"<ttl> 90 </ttl><skipHours><hour>24</hour><hour>3</hour><hour>x</hour></skipHours>"
        b"<skipDays><day>Friday</day><day>Someday</day></skipDays>"
        b"<sy:updatePeriod xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'> hourly\n"
        b"</sy:updatePeriod><sy:updateFrequency "
        b"xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'>2</sy:updateFrequency><item>",
        1,
    )
    assert hints_of(body) == FeedHints(
        ttl_seconds=5400, period_seconds=1800, skip_hours=(0, 3), skip_days=(4,)
    )
    assert hints_of(rss([item(1)])) == NO_HINTS
    assert hints_of(body.replace(b"90", b"-1").replace(b"<ttl>", b"<item/><ttl>")) == NO_HINTS


@given(st.binary(max_size=200))
@example(b"<:")  # an element without a name
def test_what_a_broken_feed_says_is_never_a_fault(noise: bytes) -> None:
    """Whatever stands where a number or a name is expected."""
    hints_of(b"<rss><channel><ttl>" + noise + b"</ttl><skipHours><hour>" + noise)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Cache-Control": "public, max-age=300"}, 300),
        ({"Cache-Control": "max-age=300, s-maxage=9", "Age": "100"}, 200),
        ({"Cache-Control": "max-age=300", "Age": "301"}, 0),
        ({"Cache-Control": "no-cache, max-age=300"}, 0),
        ({"Cache-Control": "x-no-cache-max-age=300"}, 0),
        ({"Cache-Control": "max-age=never"}, 0),
        (
            {
                "Date": "Tue, 24 Nov 2026 06:00:00 GMT",
                "Expires": "Tue, 24 Nov 2026 06:10:00 GMT",
            },
            600,
        ),
        ({"Date": "Tue, 24 Nov 2026 06:00:00 GMT", "Expires": "0"}, 0),
        ({}, 0),
    ],
)
def test_for_how_long_an_answer_is_current(headers: dict[str, str], seconds: int) -> None:
    """By its own headers, less how old it was when it came."""
    assert fresh_seconds(headers) == seconds


def test_what_was_said_is_remembered_and_decides(web: Loopback, make_config: Make) -> None:
    """A document's words hold while the server answers 304; the answer's only until the next."""
    body = rss(today(60), extra="<ttl>200</ttl>")
    web.pages["/a"] = Page(body, headers={"Cache-Control": "max-age=14400"})
    config = make_config(f'[[source]]\nname = "a"\nfeed = "{web.url}/a"\nallow_private = true\n')
    one_pass(config)
    state = states(config)["a"]
    assert (state.next_due, state.due_why) == (NOW + 4 * HOUR, DueWhy.FRESH)
    assert state.interval_how is IntervalHow.RHYTHM
    web.pages["/a"].headers.clear()
    one_pass(config, now=NOW + HOUR)
    state = states(config)["a"]
    assert web.asked[-1] == ("/a", 304)
    assert state.hints == FeedHints(ttl_seconds=12_000)
    assert (state.next_due, state.due_why) == (NOW + HOUR + 200 * MINUTE, DueWhy.FEED)


def test_the_budget_is_shared_by_what_is_published(web: Loopback, make_config: Make) -> None:
    """Of two sources the busy one gets more polls, and both together those of the budget."""
    for name, count in (("busy", 50), ("calm", 2)):
        web.pages[f"/{name}"] = Page(rss(today(count)))
    config = make_config(
        "[schedule]\nrequests_per_day = 96\n"
        + "".join(
            f'[[source]]\nname = "{name}"\nfeed = "{web.url}/{name}"\nallow_private = true\n'
            for name in ("busy", "calm")
        )
    )
    one_pass(config)
    one_pass(config, now=NOW + 2 * HOUR)  # with a tempo for what is known by now
    after = states(config)
    intervals = [after[name].interval_seconds or 0.0 for name in ("busy", "calm")]
    assert 3 < intervals[1] / intervals[0] < 7  # the root of 25 is 5
    with Store.open(config.store_url) as store, store.read() as unit:
        tempo, rhythms = unit.rhythms.tempo(), unit.rhythms.of(["busy", "calm"])
    assert tempo is not None
    pairs = [(source, rhythms[source.name]) for source in config.sources]
    assert tempo.factor == pytest.approx(polling.factor_for(96, pairs), rel=0.1)


def test_who_asks_host_by_host_reads_the_tempo_once(make_config: Make) -> None:
    """Of one configuration, and not again before it is old; of another one it is read anew."""
    config, changed = make_config(SOURCE), make_config(SOURCE)
    clock = [NOW]
    with Store.open(config.store_url) as store:
        run = Run.of(config, store, clock=lambda: clock[0], stop=Event())
        factor = common_factor(run, config.sources)
        other = Tempo(factor=2 * factor, measured=NOW, fingerprint=tempo_in(store).fingerprint)
        with store.write() as unit:
            unit.rhythms.save_tempo(other)
        assert common_factor(run, config.sources) == factor
        assert common_factor(run.with_config(changed), config.sources) == 2 * factor
        clock[0] += DAY
        common_factor(run, config.sources)
        assert tempo_in(store).measured == NOW + DAY


def tempo_in(store: Store) -> Tempo:
    """Return the tempo that is stored."""
    with store.read() as unit:
        tempo = unit.rhythms.tempo()
    assert tempo is not None
    return tempo


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE rhythm SET entries_by_hour = '[1, 2]'",
        # 24 hours of each
        "UPDATE rhythm SET entries_by_hour = "
        "replace('[' || hex(zeroblob(23)) || 'NaN]', '00', 'NaN,')",
        "UPDATE rhythm SET entries_by_hour = "
        "replace('[' || hex(zeroblob(23)) || '1e999]', '00', '1e999,')",
        "UPDATE tempo SET factor = 9e999",
        "UPDATE source_state SET hints = '[1]'",
        "UPDATE source_state SET failures = 'গতকাল'",
        *(
            pytest.param(statement, marks=pytest.mark.more)
            for statement in (
                "UPDATE rhythm SET measured_unix = 9e18",
                "UPDATE tempo SET factor = 'গতকাল'",
                """UPDATE source_state SET hints = '{"ttl_seconds": "ক"}'""",
                """UPDATE source_state SET hints = '{"skip_hours": 5}'""",
                "UPDATE source_state SET interval_seconds = 'গতকাল'",
                "UPDATE source_state SET due_why = 'whim'",
            )
        ),
    ],
)
def test_what_decided_is_decided_anew_where_it_is_damaged(
    web: Loopback, make_config: Make, statement: str, caplog: pytest.LogCaptureFixture
) -> None:
    """No number that is none reaches a decision: one with NaN never ends.

    With infinity all sources would be asked as rarely as can be.
    """
    web.pages["/a"] = Page(rss(today(60), extra="<ttl>60</ttl>"))
    config = make_config(f'[[source]]\nname = "a"\nfeed = "{web.url}/a"\nallow_private = true\n')
    one_pass(config)
    with closing(sqlite3.connect(config.path.parent / "aggregator.db")) as store, store:
        store.execute(statement)
    with Store.open(config.store_url) as store_read, store_read.read() as unit:
        whole = (unit.sources.states(), unit.rhythms.of(["a"]), unit.rhythms.tempo())
    assert sum(not part for part in whole) == 1
    assert not one_pass(config, now=NOW + 20 * MINUTE, every_source=True).failed
    assert any("of the store cannot be read and is left out" in line for line in caplog.messages)
    with Store.open(config.store_url) as store_read, store_read.read() as unit:
        assert unit.sources.states()["a"].interval_how is IntervalHow.RHYTHM
        assert unit.rhythms.of(["a"])
        assert unit.rhythms.tempo()


# --- Which are due -------------------------------------------------------------------------------

OFFSETS = st.one_of(st.none(), st.integers(-40 * 86_400, 40 * 86_400))


@settings(max_examples=examples(25))
@given(data=st.data())
def test_a_quick_look_finds_what_a_whole_look_does(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever times the store holds, with sources that have no state or another address."""
    folder = tmp_path_factory.mktemp("due")
    path = folder / "config.toml"
    names = [f"s{number}" for number in range(6)]
    path.write_text(
        "".join(
            f'[[source]]\nname = "{name}"\nfeed = "https://{name}.example.org/"\n'
            + ('every = "0 6 1 1 *"\n' if name == "s1" else "")
            for name in names
        ),
        encoding="utf-8",
    )
    config = configuration.load(path)
    with Store.open(config.store_url) as store:
        run = Run.of(config, store, clock=lambda: NOW, stop=Event())
        due_now(run, config.sources)  # which makes acquainted with what there is: nothing
        for source in config.sources[:-1]:
            due, checked = data.draw(OFFSETS), data.draw(OFFSETS)
            fingerprint = "another" if source.name == "s2" else config_fingerprint(source)
            state = FetchState(
                config_fingerprint=fingerprint,
                next_due=None if due is None else NOW + timedelta(seconds=due),
                checked=None if checked is None else NOW + timedelta(seconds=checked),
            )
            with store.write() as unit:
                unit.sources.save_state(source.name, state)
        run = replace(run, acquainted=type(run.acquainted)())
        whole = due_now(run, config.sources).sources
        assert run.acquainted.sources(config) == {"s0", "s1", "s3", "s4"}
        assert due_now(run, config.sources).sources == whole
        assert set(whole) <= set(due_of(run, config.sources, every_source=False).sources)
        assert {"s2", "s5"} <= {source.name for source in whole}


def test_two_thousand_sources_that_wait_cost_next_to_nothing(make_config: Make) -> None:
    """To look which are due takes less than a fifth of reading the states of all."""
    config = make_config(
        "".join(
            f'[[source]]\nname = "s{number}"\nfeed = "https://s{number}.example.org/"\n'
            for number in range(2_000)
        )
    )
    waits = FetchState(checked=NOW, next_due=NOW + HOUR)
    with Store.open(config.store_url) as store:
        with store.write() as unit:
            unit.sources.save_states(
                {
                    source.name: replace(waits, config_fingerprint=config_fingerprint(source))
                    for source in config.sources
                }
            )
        run = Run.of(config, store, clock=lambda: NOW, stop=Event())

        def least_seconds(look: Callable[[], Due]) -> float:
            took = []
            for _ in range(5):
                began = time.thread_time()
                assert look().sources == ()
                took.append(time.thread_time() - began)
            return min(took)

        whole = least_seconds(lambda: due_of(run, config.sources, every_source=False))
        due_now(run, config.sources)
        assert least_seconds(lambda: due_now(run, config.sources)) < whole / 5


def test_a_named_time_is_never_too_early(make_config: Make) -> None:
    """A pass some seconds before Friday's hour leaves the source to the next; others it takes."""
    config = make_config(
        SOURCE + 'every = "0 6 * * fri"\n' + SOURCE.replace('"a"', '"b"') + 'every = "7d"\n'
    )
    friday = datetime(2026, 11, 27, 0, 0, tzinfo=UTC)
    with Store.open(config.store_url) as store:
        with store.write() as unit:
            for source in config.sources:
                state = FetchState(
                    config_fingerprint=config_fingerprint(source),
                    checked=friday - 7 * DAY,
                    next_due=friday,
                )
                unit.sources.save_state(source.name, state)

        def due(now: datetime) -> list[str]:
            run = Run.of(config, store, clock=lambda: now, stop=Event())
            return [
                source.name for source in due_of(run, config.sources, every_source=False).sources
            ]

        assert due(friday - timedelta(seconds=10)) == ["b"]
        assert due(friday) == ["a", "b"]


def test_a_timer_s_next_pass_asks_whom_the_last_came_to_late(
    web: Loopback, make_config: Make
) -> None:
    """Four passes each 15 minutes, in which the answer took a minute, ask four times."""
    web.pages["/a"] = Page(rss([item(1)]))
    config = make_config(
        f'[[source]]\nname = "a"\nfeed = "{web.url}/a"\nallow_private = true\nevery = "15m"\n'
    )
    for number in range(1, 5):
        start = NOW + number * 15 * MINUTE
        with Store.open(config.store_url) as store:

            def clock(start: datetime = start, number: int = number) -> datetime:
                return start + MINUTE if len(web.asked) == number else start

            run = Run.of(config, store, clock=clock, stop=Event())
            assert len(run_pass(run, every_source=False).sources) == 1
    assert len(web.asked) == 4


# --- Missed polls --------------------------------------------------------------------------------


def test_after_a_night_asleep_each_source_is_asked_once(web: Loopback, make_config: Make) -> None:
    """However many polls were missed; and the next come one by one, not all together."""
    names = [f"s{number}" for number in range(12)]
    for name in names:
        web.pages[f"/{name}"] = Page(rss([item(1)]))
    config = make_config(
        "".join(
            f'[[source]]\nname = "{name}"\nfeed = "{web.url}/{name}"\nallow_private = true\n'
            'every = "15m"\nspacing = "0s"\n'
            for name in names
        )
    )
    clock = [NOW]
    with Store.open(config.store_url) as store:
        run = Run.of(config, store, clock=lambda: clock[0], stop=Event())

        def asked(at: datetime) -> int:
            clock[0] = at
            before = len(web.asked)
            ingest_due(run, config.sources, every_source=False)
            return len(web.asked) - before

        assert asked(NOW) == 12
        evening = NOW + HOUR
        asked(evening)
        morning = evening + 9 * HOUR
        assert asked(morning) == 12
        assert asked(morning + timedelta(seconds=1)) == 0
        polls = [asked(morning + number * MINUTE) for number in range(1, 16)]
        assert sum(polls) == 12
        assert max(polls) <= 4


@pytest.mark.long
def test_a_service_whose_machine_slept_asks_once(
    web: Loopback, write_config: Write, tmp_path: Path
) -> None:
    """A real service whose clock jumps by nine hours polls at once, and not again."""
    web.pages["/a"] = Page(rss([item(1)]))
    path = write_config(
        '[site]\nlisten = "127.0.0.1:0"\n'
        f'[[source]]\nname = "a"\nfeed = "{web.url}/a"\nallow_private = true\nevery = "1h"\n'
    )
    config = configuration.load(path)
    clock = tmp_path / "clock"
    clock.write_text("0", encoding="ascii")
    with RunningService(tmp_path, module="tests.support.set_clock") as service:
        service.wait_for_log("a: ")
        (tmp_path / "clock.new").write_text(f"{9 * 3600}", encoding="ascii")
        (tmp_path / "clock.new").replace(clock)
        wait_until(lambda: len(web.asked) >= 2)
        time.sleep(3)  # three more ticks
        assert len(web.asked) == 2
    assert states(config)["a"].due_why is DueWhy.CAUGHT_UP


# --- How late news are seen ----------------------------------------------------------------------


def test_automatic_polls_are_nearly_as_good_as_can_be() -> None:
    """At equal polls, against the optimum that knows every rate; others are far behind.

    The whole, with 2,000 sources, is ``python -m bench.schedule``.
    """
    optimum, auto, *others = compared(made_town(120, 1))
    assert auto.polls == pytest.approx(24, rel=0.05)
    assert auto.delay_minutes < 1.10 * optimum.delay_minutes
    for other in others:
        assert other.polls == pytest.approx(auto.polls, rel=0.02)
        assert other.delay_minutes > 1.3 * optimum.delay_minutes
