"""What the log says of a fault that stays: that it began, once an hour that it stays, its end."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from threading import Lock

from aggregator import logs

log = logging.getLogger(__name__)

# Who looks at a log once a day finds a fault that stays, and a fault that stays for a month is some
# 700 lines of it.
_SAID_AGAIN_SECONDS = 3600.0
# A text that is another at every tick, as one that names a position, is no news each time.
_MOST_TEXTS = 8


class Faults:
    """Faults that may stay, each under a key; what several say in the same words is said once."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._standing: dict[str, str] = {}  # key → the fault that it has now
        self._said: dict[str, tuple[str, float]] = {}  # text → of which key it was said, and when
        self._lock = Lock()  # ticks run in threads of their own

    def say(self, key: str, text: str, hint: str = "", *, level: int = logging.ERROR) -> None:
        """Log the fault of a key, and what is done about it, unless the last hour's log has it."""
        with self._lock:
            self._standing[key] = text
            self._forget_old()
            texts = sum(of == key for of, _ in self._said.values())
            if text in self._said or texts >= _MOST_TEXTS:
                return
            self._said[text] = key, self._monotonic()
        logs.event(log, level, "fault", "%s", "; ".join(filter(None, (text, hint))), of=key)

    def end(self, key: str) -> None:
        """Log that the fault of a key is over, where it had one that was logged and nobody has."""
        with self._lock:
            text = self._standing.pop(key, None)
            if text is None or text not in self._said or text in self._standing.values():
                return
        logs.event(log, logging.INFO, "fault.over", "over: %s", text, of=key)

    def _forget_old(self) -> None:
        before = self._monotonic() - _SAID_AGAIN_SECONDS
        self._said = {text: said for text, said in self._said.items() if said[1] > before}
