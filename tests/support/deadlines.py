"""Limits of time: those that tests are about, and the one that only ends a test that hangs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# No test is about this limit. What is waited for takes a moment; with a load of 25 on two
# processors a process begins within 14 seconds, and two of them, with what they do, took up to 25.
HUNG_SECONDS = 180.0
# What a processor may take for what is made to be slow: two seconds on a quiet machine, of which
# coverage and three other processes make four. What has no bound takes many times as long.
SLOW_CPU_SECONDS = 20.0
# A thread of a busy machine may wait for seconds before it runs. What is held to a deadline has to
# take much longer than this many of them where nothing holds it, or the test shows nothing.
MOST_DEADLINES = 10
_POLL_SECONDS = 0.02
# The watch over fetches may act this much early.
_SLACK_SECONDS = 0.1


@contextmanager
def ends_at_deadline(seconds: float) -> Iterator[None]:
    """Check that the block runs until a deadline and ends by it rather than by itself."""
    started = time.monotonic()
    yield
    taken = time.monotonic() - started
    assert seconds - _SLACK_SECONDS <= taken < seconds * MOST_DEADLINES


def wait_until(is_so: Callable[[], bool], seconds: float = HUNG_SECONDS) -> None:
    """Wait for what another thread or process is about to do."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it did not come"
        time.sleep(_POLL_SECONDS)
