"""Which jobs of a worker hang: those of one thread each, by a clock that nobody sets."""

from __future__ import annotations

import logging
from threading import Event, Thread

import pytest

from aggregator.models import Hang
from aggregator.worker.jobs import Jobs
from tests.support.deadlines import wait_until
from tests.support.passes import NOW


class Seconds:
    """A monotonic clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the seconds by now."""
        return self.now


def test_a_job_hangs_that_shows_nothing_for_ten_minutes() -> None:
    """One that goes on, or is over, does not."""
    seconds = Seconds()
    jobs = Jobs(lambda: NOW, seconds)
    with jobs.under_way("a.example"):
        seconds.now = 600
        assert jobs.hanging() == ()
        seconds.now = 601
        assert jobs.hanging() == (Hang(of="a.example", since=NOW),)
        jobs.go_on()
        assert jobs.hanging() == ()
        seconds.now += 601
        assert len(jobs.hanging()) == 1
    assert jobs.hanging() == ()


def test_a_job_goes_on_by_its_own_thread_alone() -> None:
    """Two jobs of one host, as after a claim was lost, are watched each by itself."""
    seconds, begun, over = Seconds(), Event(), Event()
    jobs = Jobs(lambda: NOW, seconds)

    def hang() -> None:
        with jobs.under_way("a.example"):
            begun.set()
            over.wait()

    thread = Thread(target=hang)
    thread.start()
    begun.wait()
    with jobs.under_way("a.example"):
        seconds.now = 700
        jobs.go_on()
        assert len(jobs.hanging()) == 1
    assert len(jobs.hanging()) == 1
    over.set()
    thread.join()
    assert jobs.hanging() == ()


def test_what_hangs_is_logged_once_and_when_it_is_over(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is named with its time, and nothing ends before it hangs for too long."""
    caplog.set_level(logging.INFO)
    seconds, stop = Seconds(), Event()
    jobs = Jobs(lambda: NOW, seconds)
    watching = Thread(target=jobs.watch, args=[stop])
    watching.start()
    with jobs.under_way("slow-dump"):
        seconds.now = 700
        told = "the job of slow-dump hangs, and has shown nothing since 2026-11-24 06:00:00 UTC"
        wait_until(lambda: told in caplog.text)
        jobs.go_on()
        wait_until(lambda: f"over: {told}" in caplog.text)
        assert not (stop.is_set() or jobs.is_stuck)
        seconds.now += 3601
        watching.join()
    assert (
        stop.is_set() and jobs.is_stuck and caplog.text.count("slow-dump hangs for too long") == 1
    )
