"""When a source is next due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator import polling
from aggregator.models import (
    NO_HINTS,
    CronTimes,
    DueWhy,
    FeedHints,
    IntervalHow,
    NextPoll,
    Rhythm,
    Source,
    Tempo,
)
from aggregator.polling import Checked
from tests.support.passes import NOW

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# What the pace of 24 polls a source and day comes to for sources of 25 entries a day.
FACTOR = 0.98
DHAKA = "Asia/Dhaka"


def flat(per_day: float) -> Rhythm:
    """Return the rhythm of a source that publishes evenly over the day."""
    return Rhythm(measured=NOW, entries_by_hour=(per_day / 24,) * 24)


def auto(
    per_day: float | None,
    hints: FeedHints = NO_HINTS,
    *,
    name: str = "a",
    shortest: int = 600,
    longest: int = 21_600,
) -> NextPoll:
    """Decide for a source with an automatic interval that publishes ``per_day`` entries a day."""
    checked = Checked(
        now=NOW,
        due=NOW,
        rhythm=None if per_day is None else flat(per_day),
        factor=FACTOR,
        hints=hints,
    )
    source = Source(
        name=name, title="", feed="", shortest_seconds=shortest, longest_seconds=longest
    )
    return polling.next_poll(source, checked)


def every(
    seconds: int,
    *,
    failures: int = 0,
    retry: float | None = None,
    due: datetime | None = NOW,
    now: datetime = NOW,
) -> NextPoll:
    """Decide for a source with an interval of its own."""
    checked = Checked(now=now, due=due, failures=failures, retry_after_seconds=retry)
    return polling.next_poll(Source(name="a", title="", feed="", every_seconds=seconds), checked)


def named(expression: str, now: datetime, *, zone: str = DHAKA, failures: int = 0) -> datetime:
    """Return when a source is due that is asked at named times, on the clock of their zone."""
    cron = CronTimes(expression=expression, timezone=zone)
    checked = Checked(now=now, due=now, failures=failures)
    poll = polling.next_poll(Source(name="a", title="", feed="", cron=cron), checked)
    assert poll.how is IntervalHow.CRON
    return poll.due.astimezone(ZoneInfo(zone))


# --- Intervals -----------------------------------------------------------------------------------


def test_an_interval_that_is_stated_is_kept() -> None:
    """Whoever writes every = "15m" gets fifteen minutes, and is told so."""
    assert every(900) == NextPoll(
        due=NOW + 15 * MINUTE,
        why=DueWhy.INTERVAL,
        interval_seconds=900,
        how=IntervalHow.EVERY,
    )


def test_a_busy_source_is_polled_more_often_by_the_square_root() -> None:
    """Four times the entries, half the interval, within a twentieth of jitter to either side."""
    busy, calm = auto(100).interval_seconds, auto(25).interval_seconds
    assert 1.8 < calm / busy < 2.2
    assert auto(100).how is IntervalHow.RHYTHM
    assert auto(100).why is DueWhy.INTERVAL
    assert auto(None).how is IntervalHow.UNKNOWN


def test_automatic_intervals_stay_in_their_bounds() -> None:
    """However much or little is published, and each source's own bounds before the common ones."""
    assert (auto(1e6).why, auto(1e-3).why) == (DueWhy.SHORTEST, DueWhy.LONGEST)
    assert 600 <= auto(1e6).interval_seconds <= 630
    assert 5.7 * 3600 <= auto(1e-3).interval_seconds <= 6 * 3600
    own = auto(100, shortest=7200)
    assert (own.why, own.interval_seconds >= 7200) == (DueWhy.SHORTEST, True)


@given(
    per_day=st.floats(0, 1e6),
    name=st.text("abc", max_size=5),
    shortest=st.integers(60, 100_000),
    more=st.one_of(st.integers(0, 100), st.integers(0, 100_000)),
)
def test_no_interval_is_out_of_its_bounds(
    per_day: float, name: str, shortest: int, more: int
) -> None:
    """However near the two are to each other: chance reaches over neither."""
    poll = auto(per_day, name=name, shortest=shortest, longest=shortest + more)
    assert shortest <= poll.interval_seconds <= shortest + more


def test_sources_at_a_bound_do_not_stay_together() -> None:
    """A hundred sources that were asked in one pass are asked again over some minutes."""
    polls = {auto(1e-3, name=f"s{number}").due for number in range(100)}
    assert len(polls) > 90
    assert max(polls) - min(polls) > 10 * MINUTE


def test_the_hours_in_which_a_source_publishes_decide() -> None:
    """At the end of the night the next poll is drawn to the morning; at noon polls are close."""
    by_hour = tuple(0.01 if hour < 6 else 8.0 for hour in range(24))
    rhythm = Rhythm(measured=NOW, entries_by_hour=by_hour)
    source = Source(name="a", title="", feed="")

    def wait(hour: int) -> timedelta:
        now = datetime(2026, 11, 24, hour, tzinfo=UTC)
        return polling.next_poll(source, Checked(now=now, rhythm=rhythm, factor=1.0)).due - now

    assert wait(12) < 25 * MINUTE
    assert 4 * HOUR < wait(1) < 6 * HOUR
    assert wait(5) < 90 * MINUTE


# --- Rhythms and the budget ----------------------------------------------------------------------


def published(per_day: float, days: float, *, until: datetime = NOW) -> list[datetime]:
    """Return evenly spread times."""
    count = int(per_day * days)
    return [until - timedelta(days=days) * (number + 0.5) / count for number in range(count)]


def rate(times: list[datetime], now: datetime = NOW) -> float:
    """Return how many entries a day a source is taken to publish, all seen as published."""
    rhythm = polling.rhythm_of([(time, time) for time in times], now)
    assert rhythm is not None
    return sum(rhythm.entries_by_hour)


def test_a_rate_is_measured_over_what_there_is() -> None:
    """Four weeks of a paper, the ten hours that its first document holds, a paper that ended."""
    assert rate(published(40, 28)) == pytest.approx(40, rel=0.05)
    assert rate(published(48, 10 / 24)) == pytest.approx(48, rel=0.1)
    assert rate([NOW - 60 * DAY]) == pytest.approx(1 / 28, rel=0.01)
    assert polling.rhythm_of([], NOW) is None


def test_one_old_entry_does_not_hide_a_busy_paper() -> None:
    """A first document that pins an entry of last month beside fifty of today is of a busy one."""
    assert rate([*published(50, 1), NOW - 27 * DAY]) > 25


def test_dates_without_a_time_tell_no_hour() -> None:
    """Where all entries are of midnight, the hours at which they were seen count."""
    midnight = NOW.replace(hour=18) - DAY
    seen = [(midnight - number * DAY, NOW - number * DAY) for number in range(10)]
    rhythm = polling.rhythm_of(seen, NOW)
    assert rhythm is not None
    assert max(range(24), key=rhythm.entries_by_hour.__getitem__) == NOW.hour


def test_a_first_document_without_dates_tells_no_rate() -> None:
    """Fifty entries are first seen at once then, which is not fifty within some hours.

    Two days later the three that came since count, over the time since the first look.
    """
    first = [(NOW, NOW)] * 50
    assert polling.rhythm_of(first, NOW) is None
    later = [(time, time) for time in (NOW + 20 * HOUR, NOW + 30 * HOUR, NOW + 40 * HOUR)]
    rhythm = polling.rhythm_of([*first, *later], NOW + 2 * DAY)
    assert rhythm is not None
    assert sum(rhythm.entries_by_hour) == pytest.approx(2, rel=1e-3)
    silent = polling.rhythm_of(first, NOW + 10 * DAY)
    assert silent is not None
    assert sum(silent.entries_by_hour) == pytest.approx(0.1, rel=1e-3)


def test_a_first_document_of_dates_tells_the_rate_of_its_days() -> None:
    """An entry a day for four weeks is one a day, though all were first seen at once."""
    midnight = NOW.replace(hour=18) - DAY
    rhythm = polling.rhythm_of([(midnight - number * DAY, NOW) for number in range(40)], NOW)
    assert rhythm is not None
    assert sum(rhythm.entries_by_hour) == pytest.approx(1, rel=0.05)
    assert len(set(rhythm.entries_by_hour)) == 1  # of no hour more than of others


def test_a_rhythm_is_measured_anew_after_hours_or_a_step_of_the_clock() -> None:
    """Also where the clock was set back, so that none is kept for decades."""
    rhythm = flat(10)
    assert not polling.is_rhythm_old(rhythm, NOW + 5 * HOUR)
    assert polling.is_rhythm_old(rhythm, NOW + 7 * HOUR)
    assert polling.is_rhythm_old(rhythm, NOW - MINUTE)
    tempo = Tempo(factor=1, measured=NOW, fingerprint="x")
    assert not polling.is_tempo_old(tempo, "x", NOW + 30 * MINUTE)
    assert polling.is_tempo_old(tempo, "y", NOW)
    assert polling.is_tempo_old(tempo, "x", NOW - MINUTE)


RATES = st.lists(st.floats(0.01, 2000), min_size=1, max_size=20)


@given(rates=RATES, budget=st.floats(1, 5000))
def test_the_budget_is_kept_where_the_bounds_permit(rates: list[float], budget: float) -> None:
    """The polls of a day are those of the budget, or each source is at one of its bounds."""
    source = Source(name="a", title="", feed="")
    pairs = [(source, flat(rate)) for rate in rates]
    factor = polling.factor_for(budget, pairs)
    by_hour = [factor * (rate / 24) ** 0.5 for rate in rates]
    polls = sum(24 * min(max(each, 1 / 6), 6.0) for each in by_hour)
    at_least, at_most = 4 * len(rates), 144 * len(rates)
    assert polls == pytest.approx(min(max(budget, at_least), at_most), rel=1e-6)


# --- What feeds say ------------------------------------------------------------------------------


def test_a_feed_may_ask_for_a_longer_interval_within_the_longest() -> None:
    """ttl, the period, and how long an answer is current lengthen it; none shortens it."""
    for hints, why in (
        (FeedHints(ttl_seconds=10_800), DueWhy.FEED),
        (FeedHints(period_seconds=10_800), DueWhy.FEED),
        (FeedHints(fresh_seconds=10_800), DueWhy.FRESH),
    ):
        poll = auto(10, hints)
        assert (poll.due, poll.why) == (NOW + 3 * HOUR, why)
    assert auto(10, FeedHints(ttl_seconds=60, fresh_seconds=60)).why is DueWhy.INTERVAL
    assert auto(10, FeedHints(ttl_seconds=86_000)).due == NOW + 6 * HOUR


def test_what_is_nonsense_is_not_believed() -> None:
    """A year of ttl, files that are current for a year, hourly where a hundred come a day."""
    year = 365 * 86_400
    for hints in (
        FeedHints(ttl_seconds=year, period_seconds=year, fresh_seconds=year),
        FeedHints(skip_hours=tuple(range(24)), skip_days=tuple(range(7))),
    ):
        assert auto(50, hints) == auto(50)
    assert auto(100, FeedHints(period_seconds=3600)) == auto(100)


def test_hours_and_days_at_which_a_feed_is_not_to_be_asked_are_kept() -> None:
    """The next poll comes within the half hour after them; a week of silence is cut to a day."""
    hours = FeedHints(skip_hours=(6, 7, 8, 9, 10))
    poll = auto(50, hours)
    assert poll.why is DueWhy.SKIPPED
    assert timedelta(0) <= poll.due - NOW.replace(hour=11) <= HOUR / 2
    days = auto(50, FeedHints(skip_days=(0, 1, 2, 3, 4, 5)))
    assert DAY < days.due - NOW < DAY + 2 * HOUR


def test_skipped_hours_are_kept_after_a_failure_and_beside_a_hub() -> None:
    """What moves a poll does not move it into hours at which a feed is to be left alone."""
    hints = FeedHints(skip_hours=(6, 7, 8, 9, 10))
    source = Source(name="a", title="", feed="")
    checked = Checked(now=NOW, due=NOW, rhythm=flat(50), factor=FACTOR, failures=1, hints=hints)
    poll = polling.next_poll(source, checked)
    assert poll.why is DueWhy.SKIPPED
    assert timedelta(0) <= poll.due - NOW.replace(hour=11) <= HOUR / 2
    before = NOW.replace(hour=5)
    assert polling.slowed(before + 30 * MINUTE, before, hints) == NOW.replace(hour=11)
    assert polling.slowed(before + 30 * MINUTE, before) == NOW.replace(hour=7)


def test_an_interval_that_is_stated_is_not_changed_by_what_a_feed_says() -> None:
    """The operator decides; only a server that asks to be left alone is heard."""
    source = Source(name="a", title="", feed="", every_seconds=60)
    checked = Checked(now=NOW, due=NOW, hints=FeedHints(ttl_seconds=7200, skip_hours=(6,)))
    assert polling.next_poll(source, checked).due == NOW + MINUTE


# --- Failures ------------------------------------------------------------------------------------


def test_failures_double_the_wait_up_to_a_day() -> None:
    """A source that is gone is still polled once a day; jitter makes it a tenth later at most."""
    polls = [every(900, failures=failures) for failures in range(1, 12)]
    for poll, minutes in zip(polls[:3], (15, 30, 60), strict=True):
        assert minutes * MINUTE <= poll.due - NOW <= 1.1 * minutes * MINUTE
        assert poll.why is DueWhy.FAILED
    assert polls[-1].due - NOW == DAY


def test_a_server_s_retry_after_is_honoured_within_a_day() -> None:
    """A server is left alone for as long as it asks, but a month is not believed."""
    poll = every(900, failures=1, retry=7200)
    assert (poll.due - NOW, poll.why) == (2 * HOUR, DueWhy.RETRY_AFTER)
    assert every(900, failures=1, retry=1e9).due - NOW == DAY


def test_a_source_that_is_gone_is_asked_once_a_month() -> None:
    """Whatever its interval, and why is said."""
    poll = polling.gone(every(900, failures=1), NOW)
    assert (poll.due - NOW, poll.why) == (30 * DAY, DueWhy.GONE)


# --- Missed polls --------------------------------------------------------------------------------


def test_a_missed_poll_is_made_once_and_the_next_come_spread() -> None:
    """After a night asleep, sources of one interval come back over half of it."""
    morning = NOW + 9 * HOUR
    waits = []
    for number in range(200):
        source = Source(name=f"s{number}", title="", feed="", every_seconds=900)
        poll = polling.next_poll(source, Checked(now=morning, due=NOW))
        assert poll.why is DueWhy.CAUGHT_UP
        waits.append(poll.due - morning)
    assert all(7.5 * MINUTE <= wait <= 15 * MINUTE for wait in waits)
    for part in range(4):  # each quarter of what is left of the interval has its share
        begin = 7.5 * MINUTE + part * 7.5 * MINUTE / 4
        assert 30 <= sum(begin <= wait <= begin + 7.5 * MINUTE / 4 for wait in waits) <= 70


def test_a_poll_that_took_longer_than_its_interval_is_not_made_up_for() -> None:
    """The next is one interval, or less, after its end: never at once, never two."""
    end = NOW + 50 * MINUTE
    assert MINUTE <= every(900, due=NOW, now=end).due - end <= 15 * MINUTE


def test_an_interval_by_a_timer_is_counted_from_the_beginning_of_a_pass() -> None:
    """Half of it is left after a pass that took longer; after a clock was set back, all of it."""
    source = Source(name="a", title="", feed="", every_seconds=900)

    def wait(passed: timedelta) -> timedelta:
        checked = Checked(now=NOW, due=NOW, began=NOW - passed)
        return polling.next_poll(source, checked).due - NOW

    assert wait(2 * MINUTE) == 13 * MINUTE
    assert wait(HOUR) == 7.5 * MINUTE
    assert wait(-HOUR) == 15 * MINUTE


def test_a_configured_interval_is_told_as_it_is_configured() -> None:
    """Whatever is left of it after a pass: of an hour, nobody is told that it is 59 minutes."""
    source = Source(name="a", title="", feed="", every_seconds=3600)
    checked = Checked(now=NOW, due=NOW, began=NOW - 6 * timedelta(seconds=1))
    assert polling.next_poll(source, checked).interval_seconds == 3600


# --- Named times ---------------------------------------------------------------------------------


def test_named_times_are_those_of_the_zone() -> None:
    """Friday at six in Dhaka, which is midnight by UTC."""
    friday = datetime(2026, 11, 27, 6, tzinfo=ZoneInfo(DHAKA))
    assert named("0 6 * * fri", NOW) == friday
    assert named("0 6 * * fri", friday) == friday + 7 * DAY
    assert named("0 6 * * fri", friday - timedelta(seconds=1)) == friday


def test_a_time_that_does_not_exist_is_the_moment_of_the_change() -> None:
    """Half past two is put to three on the last Sunday of March; the next day it is itself."""
    berlin = ZoneInfo("Europe/Berlin")
    first = named("30 2 * * *", datetime(2026, 3, 28, 12, tzinfo=UTC), zone="Europe/Berlin")
    assert first == datetime(2026, 3, 29, 3, 0, tzinfo=berlin)
    second = named("30 2 * * *", first.astimezone(UTC), zone="Europe/Berlin")
    assert second == datetime(2026, 3, 30, 2, 30, tzinfo=berlin)


def test_a_time_that_is_twice_is_used_once() -> None:
    """Half past two comes twice on the last Sunday of October; the first counts."""
    first = named("30 2 * * *", datetime(2026, 10, 24, 12, tzinfo=UTC), zone="Europe/Berlin")
    assert first.astimezone(UTC) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    second = named("30 2 * * *", first.astimezone(UTC), zone="Europe/Berlin")
    assert second.astimezone(UTC) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "change"),
    [
        ("Europe/Berlin", datetime(2026, 10, 25, 1, tzinfo=UTC)),
        ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),  # by half an hour
        ("America/Santiago", datetime(2026, 4, 5, 3, tzinfo=UTC)),  # at midnight
    ],
)
@pytest.mark.parametrize("expression", ["30 2 * * *", "45 1,23 * * *", "10,40 0-3 * * *"])
def test_a_named_time_is_never_past(zone: str, change: datetime, expression: str) -> None:
    """Also for a check within what comes twice, whose source would be due again at once."""
    for minutes in range(-90, 90, 7):
        now = change + minutes * MINUTE
        assert named(expression, now, zone=zone).astimezone(UTC) > now


def test_a_failure_at_a_named_time_is_tried_again_before_the_next() -> None:
    """After 15 minutes, then later and later; where times are close, some are left out."""
    friday = datetime(2026, 11, 27, 6, tzinfo=ZoneInfo(DHAKA))
    assert named("0 6 * * fri", friday, failures=1) == friday + 15 * MINUTE
    assert named("0 6 * * fri", friday, failures=3) == friday + 60 * MINUTE
    assert named("* * * * *", friday, failures=4) == friday + 8 * MINUTE
    assert named("* * * * *", friday, failures=1) == friday + MINUTE


def test_a_named_time_is_made_up_for_after_its_host_s_rest() -> None:
    """Where the host rests at six, the source is asked when it may be, and not in a week."""
    friday = datetime(2026, 11, 27, 0, 0, tzinfo=UTC)
    source = Source(
        name="a", title="", feed="", cron=CronTimes(expression="0 6 * * fri", timezone=DHAKA)
    )
    poll = polling.next_poll(source, Checked(now=friday, due=friday, retry_after_seconds=600))
    assert (poll.due, poll.why) == (friday + 10 * MINUTE, DueWhy.RETRY_AFTER)


@pytest.mark.parametrize("seconds", [None, 60, 7 * 86_400])
def test_a_poll_is_made_up_for_after_its_host_s_rest(seconds: int | None) -> None:
    """Another source of its host was told to wait ten minutes: those it takes, and no week."""
    source = Source(name="a", title="", feed="", every_seconds=seconds)
    checked = Checked(now=NOW, due=NOW, rhythm=flat(0.1), factor=FACTOR, retry_after_seconds=600)
    poll = polling.next_poll(source, checked)
    assert (poll.due, poll.why) == (NOW + 10 * MINUTE, DueWhy.RETRY_AFTER)


# --- Whether a time has come ---------------------------------------------------------------------


def test_a_timer_s_few_seconds_make_no_difference() -> None:
    """A pass that starts a little early still polls; a clock that went back stops nothing."""
    checked = NOW
    next_due = NOW + timedelta(minutes=15)
    assert polling.is_due(next_due, checked, next_due - timedelta(seconds=20))
    assert not polling.is_due(next_due, checked, next_due - timedelta(seconds=40))
    assert polling.is_due(next_due, checked, NOW - timedelta(hours=1))
    assert polling.is_due(None, None, NOW)


@given(
    seconds=st.one_of(st.none(), st.integers(1, 30 * 86400)),
    per_day=st.one_of(st.none(), st.floats(0, 1e6)),
    factor=st.floats(0, 1e6),
    failures=st.integers(0, 1000),
    ttl=st.integers(0, 10**9),
    skipped=st.sets(st.integers(0, 23)),
    now=st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
)
def test_a_source_is_always_due_again(
    seconds: int | None,
    per_day: float | None,
    factor: float,
    failures: int,
    ttl: int,
    skipped: set[int],
    now: datetime,
) -> None:
    """Whatever happened, the next check lies ahead, no further than 30 days, and is decided."""
    source = Source(name="a", title="", feed="", every_seconds=seconds)
    checked = Checked(
        now=now,
        rhythm=None if per_day is None else flat(per_day),
        factor=factor,
        hints=FeedHints(ttl_seconds=ttl, skip_hours=tuple(skipped)),
        failures=failures,
    )
    poll = polling.next_poll(source, checked)
    assert timedelta(0) < poll.due - now <= timedelta(days=30)
    assert poll == polling.next_poll(source, checked)


DECADES = timedelta(days=40 * 365)


def test_a_clock_that_was_set_back_makes_no_source_silent() -> None:
    """Whether a check began and ended in the future, or only ended there, the source is due."""
    assert polling.is_due(NOW + DECADES + timedelta(hours=1), NOW + DECADES, NOW)
    assert polling.is_due(NOW + DECADES, NOW - timedelta(hours=1), NOW)
    longest = timedelta(days=30)  # that can be configured
    assert not polling.is_due(NOW + longest - timedelta(hours=1), NOW - timedelta(hours=1), NOW)


def test_a_host_rests_for_a_day_at_most_and_never_because_of_the_clock() -> None:
    """A rest that was asked for in the future is not known to be one."""
    hour = timedelta(hours=1)
    assert polling.rest_seconds(NOW + hour, NOW - hour, NOW) == 3600
    assert polling.rest_seconds(NOW - hour, NOW - 2 * hour, NOW) == 0
    assert polling.rest_seconds(NOW + DECADES, NOW - hour, NOW) == 86_400
    assert polling.rest_seconds(NOW + DECADES, NOW + DECADES - hour, NOW) == 0
    assert polling.rest_seconds(None, None, NOW) == 0
