"""The web server in a process of its own, kept alive by the process that runs the passes.

A pass computes for seconds, and in one process every answer would wait for it (docs/decisions.md).
Apart, clients take neither its processor time nor its descriptors, whatever they do.
"""

from __future__ import annotations

import logging
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

from aggregator import own_process

log = logging.getLogger(__name__)

# A server that ends as soon as it is started is not started again and again.
_RESTART_SECONDS = 5.0
_STOP_SECONDS = 5.0
_LOOK_SECONDS = 1.0  # how often it is looked whether it still runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the process finds what it serves.

    ``folder`` holds the published files. In ``push`` it is told of callbacks of hubs, and leaves
    what they send. Searches are made in the store at ``store_url``, as the file ``config`` has it.
    """

    folder: Path
    push: Path
    config: Path
    store_url: str


@contextmanager
def serving(
    places: Places, listener: socket.socket, for_operator: socket.socket | None = None
) -> Iterator[None]:
    """Serve published files on ``listener``, and searches, until the block is left.

    The status is served on another socket, if there is one.
    """
    server = WebProcess(places, listener, for_operator)
    is_over = Event()

    def keep_alive() -> None:
        server.keep_alive()
        while not is_over.wait(_LOOK_SECONDS):
            server.keep_alive()

    keeper = Thread(target=keep_alive, name="web server", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        is_over.set()
        keeper.join()
        server.stop()


class WebProcess:
    """A process that serves on a socket; it ends with this one, however that ends."""

    def __init__(
        self,
        places: Places,
        listener: socket.socket,
        for_operator: socket.socket | None = None,
    ) -> None:
        self._places = places
        self._listeners = [listener, *([for_operator] if for_operator else [])]
        self._process: subprocess.Popen[bytes] | None = None
        self._started = float("-inf")  # by the monotonic clock

    def keep_alive(self) -> None:
        """Start the process where there is none; it is to be called every second or so."""
        now = time.monotonic()
        if now - self._started < _RESTART_SECONDS:
            return
        if self._process is not None:
            exit_code = self._process.poll()
            if exit_code is None:
                return
            log.error("the web server ended with %d and is started anew", exit_code)
            self._forget()
        self._started = now
        descriptors = [listener.fileno() for listener in self._listeners]
        try:
            self._process = subprocess.Popen(  # noqa: S603 - this program itself
                own_process.command(
                    "aggregator.server", ",".join(map(str, descriptors)), *_arguments(self._places)
                ),
                env=own_process.environment(),
                stdin=subprocess.PIPE,  # never written to; it ends where this process does
                pass_fds=descriptors,
                start_new_session=True,  # Ctrl-C is for this process, which ends that one
            )
        except OSError as error:
            log.error("the web server cannot be started: %s", error.strerror)

    def stop(self) -> None:
        """End the process: with the answers that it is sending, or within seconds without."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._forget()

    def _forget(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
        self._process = None


def _arguments(places: Places) -> list[str]:
    return [str(places.folder), str(places.push), str(places.config), places.store_url]
