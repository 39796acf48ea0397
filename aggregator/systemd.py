"""What systemd is told of the service: that it is ready, that it is alive, that it ends.

The protocol is sd_notify(3): one datagram a state, to the socket that the environment names. Where
it names none, as without systemd, nobody is told anything.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Mapping
from threading import Event, Thread

log = logging.getLogger(__name__)

# sd_watchdog_enabled(3) recommends half of the time; a quarter leaves room for a busy machine.
_SHARE_OF_WATCHDOG = 4
# systemd lets ten states wait and takes them in milliseconds; where it hangs, the service goes on.
_TELL_SECONDS = 5.0


class Systemd:
    """Tells systemd how the service is; does nothing where something else started it."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        # A name that begins with @ is one of Linux' abstract names, whose first byte is 0.
        named = environment.get("NOTIFY_SOCKET", "")
        self._address = "\0" + named[1:] if named.startswith("@") else named
        self._alive_seconds = _watchdog_seconds(environment) / _SHARE_OF_WATCHDOG
        self._told_alive = float("-inf")  # by the monotonic clock

    def ready(self, *, until: Event) -> None:
        """Say that the service serves, which ends `systemctl start`; and later, that it ends.

        What ends it, and whatever that waits for, need not know of systemd.
        """

        def tell_of_end() -> None:
            until.wait()
            self._tell("STOPPING=1")

        if self._address:
            self._tell("READY=1")
            Thread(target=tell_of_end, name="systemd", daemon=True).start()

    def alive(self) -> None:
        """Say that the service works; may be called at any rate, and is sent as often as needed.

        If that is not said for as long as the unit's WatchdogSec, systemd starts the service anew.
        """
        now = time.monotonic()
        if self._address and self._alive_seconds and now - self._told_alive >= self._alive_seconds:
            self._told_alive = now
            self._tell("WATCHDOG=1")

    def _tell(self, state: str) -> None:
        """Send a state; that it cannot be sent is logged, as systemd then ends the service."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notifying:
                notifying.settimeout(_TELL_SECONDS)
                notifying.sendto(state.encode(), self._address)
        except OSError as error:
            log.warning("systemd cannot be told %s: %s", state, error.strerror or error)


def _watchdog_seconds(environment: Mapping[str, str]) -> float:
    """Return the unit's WatchdogSec; 0 where there is none, or it is another process's."""
    microseconds = environment.get("WATCHDOG_USEC", "")
    is_ours = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    return int(microseconds) / 1e6 if is_ours and microseconds.isdecimal() else 0.0
