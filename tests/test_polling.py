"""When a source is next due."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from aggregator import polling
from tests.support.passes import NOW


def due(
    *,
    every: int | None = None,
    entries: int = 0,
    failures: int = 0,
    retry: float | None = None,
) -> timedelta:
    """Return how long after now a source is due."""
    return (
        polling.next_due(
            source="a",
            every_seconds=every,
            recent_entries=entries,
            failures=failures,
            retry_after_seconds=retry,
            now=NOW,
        )
        - NOW
    )


def test_an_interval_that_is_stated_is_kept() -> None:
    """Whoever writes every = "15m" gets fifteen minutes, however much the source publishes."""
    assert due(every=900, entries=5000) == timedelta(minutes=15)


def test_a_busy_source_is_polled_more_often_by_the_square_root() -> None:
    """Four times the entries, half the interval, within the bounds and a tenth of jitter."""
    busy, calm = due(entries=700), due(entries=175)
    assert 1.7 < calm / busy < 2.3
    assert timedelta(minutes=10) <= due(entries=100_000) <= timedelta(minutes=11)
    assert timedelta(hours=4) <= due(entries=7) <= timedelta(hours=6.6)


def test_failures_double_the_wait_up_to_a_day() -> None:
    """A source that is gone is still polled once a day."""
    waits = [due(every=900, failures=failures) for failures in range(1, 12)]
    assert waits[:3] == [timedelta(minutes=15), timedelta(minutes=30), timedelta(minutes=60)]
    assert waits[-1] == timedelta(days=1)


def test_a_server_s_retry_after_is_honoured_within_a_day() -> None:
    """A server is left alone for as long as it asks, but a month is not believed."""
    assert due(every=900, failures=1, retry=7200) == timedelta(hours=2)
    assert due(every=900, failures=1, retry=1e9) == timedelta(days=1)


def test_a_timer_s_few_seconds_make_no_difference() -> None:
    """A pass that starts a little early still polls; a clock that went back stops nothing."""
    checked = NOW
    next_due = NOW + timedelta(minutes=15)
    assert polling.is_due(next_due, checked, next_due - timedelta(seconds=20))
    assert not polling.is_due(next_due, checked, next_due - timedelta(seconds=40))
    assert polling.is_due(next_due, checked, NOW - timedelta(hours=1))
    assert polling.is_due(None, None, NOW)


@given(
    every=st.one_of(st.none(), st.integers(1, 30 * 86400)),
    entries=st.integers(0, 10_000),
    failures=st.integers(0, 1000),
    now=st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1)),
)
def test_a_source_is_always_due_again(
    every: int | None, entries: int, failures: int, now: datetime
) -> None:
    """Whatever happened, the next check lies ahead and no further than 30 days."""
    aware = now.replace(tzinfo=NOW.tzinfo)
    next_due = polling.next_due(
        source="a",
        every_seconds=every,
        recent_entries=entries,
        failures=failures,
        retry_after_seconds=None,
        now=aware,
    )
    assert timedelta(0) < next_due - aware <= timedelta(days=30)


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
