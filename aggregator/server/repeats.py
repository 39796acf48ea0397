"""What a log repeats because others make it so, as clients do, is logged once in a while."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection

_QUIET_SECONDS = 60.0  # what clients do changes from one minute to the next
# Libraries log a few dozen different messages; with more than this, the oldest are forgotten.
_MOST_MESSAGES = 1000


def quieten(loggers: Collection[str], quiet_seconds: float = _QUIET_SECONDS) -> None:
    """Have what the named loggers repeat logged once in that time; the process logs by now."""
    for handler in logging.getLogger().handlers:
        handler.addFilter(Repeats(loggers, quiet_seconds))


class Repeats(logging.Filter):
    """Lets a message of the named loggers through once in a time, with how many were left out.

    A message is its template, so that what a client sent does not make it another.
    """

    def __init__(
        self,
        loggers: Collection[str],
        quiet_seconds: float = _QUIET_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._loggers = tuple(loggers)
        self._quiet_seconds, self._monotonic = quiet_seconds, monotonic
        self._logged: dict[tuple[str, str], float] = {}
        self._left_out: dict[tuple[str, str], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a record is logged; one that is says how many were left out before it."""
        if not record.name.startswith(self._loggers):
            return True
        message = (record.name, str(record.msg))
        now = self._monotonic()
        if now - self._logged.get(message, float("-inf")) < self._quiet_seconds:
            self._left_out[message] = self._left_out.get(message, 0) + 1
            return False
        while len(self._logged) >= _MOST_MESSAGES:
            oldest = next(iter(self._logged))
            del self._logged[oldest]
            self._left_out.pop(oldest, None)
        self._logged.pop(message, None)  # so that the order is that of their last time
        self._logged[message] = now
        if left_out := self._left_out.pop(message, 0):
            record.msg = f"{record.msg} (and {left_out} more since it was last logged)"
        return True
