"""One headless Chromium, told what to do by the DevTools protocol over a pair of pipes.

The protocol is JSON, each message ended by a zero byte (``--remote-debugging-pipe``). Chromium
reads descriptor 3 and writes descriptor 4, and ends by itself when nobody holds the other ends.
"""

from __future__ import annotations

import json
import os
import select
import signal
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from fcntl import F_DUPFD_CLOEXEC, fcntl
from pathlib import Path
from typing import Any

from tests.support import chromium
from tests.support.deadlines import HUNG_SECONDS

# What the protocol says: an object of JSON, whose parts differ by method.
Message = dict[str, Any]
_ENDING_SECONDS = 10.0
_POLL_SECONDS = 0.02
_READ_BYTES = 1 << 20
# Above the two that Chromium reads and writes, so that neither hides the other.
_LEAST_DESCRIPTOR = 10
_TO_CHROMIUM, _FROM_CHROMIUM = 3, 4
_SWITCHES = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-extensions", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--hide-scrollbars", "--mute-audio", "--force-color-profile=srgb",
    "--font-render-hinting=none", "--remote-debugging-pipe",
    # Nothing but this machine is reached; what pages show of elsewhere a test hands over itself.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)  # fmt: skip


class DevToolsError(Exception):
    """Chromium refused a command, did not answer in time, or ended."""


class Chromium:
    """A process of Chromium; ``listen`` is told each event, with the session that it is of."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "chromium.log"
        self._waiting = bytearray()
        self._answers: dict[int, Message] = {}
        self._events: deque[Message] = deque()
        self._listeners: dict[str, Callable[[Message], None]] = {}
        self._number = 0
        program = chromium.find()
        to_child, self._write = _pipe()
        self._read, from_child = _pipe()
        self._pid = os.posix_spawn(
            program,
            [program, *_SWITCHES, f"--user-data-dir={folder / 'profile'}", "about:blank"],
            os.environ | {"HOME": str(folder)},
            file_actions=[
                (os.POSIX_SPAWN_DUP2, to_child, _TO_CHROMIUM),
                (os.POSIX_SPAWN_DUP2, from_child, _FROM_CHROMIUM),
                (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0),
                (os.POSIX_SPAWN_OPEN, 2, self._log, os.O_WRONLY | os.O_CREAT, 0o600),
            ],
            setpgroup=0,  # so that all its processes are ended together
        )
        os.close(to_child)
        os.close(from_child)

    def listen(self, session: str, listener: Callable[[Message], None]) -> None:
        """Hand each event of a session to a listener, which may send but not wait."""
        self._listeners[session] = listener

    def call(self, method: str, session: str = "", /, **parameters: object) -> Message:
        """Send a command and return its result; raise ``DevToolsError`` where there is none."""
        number = self.send(method, session, **parameters)
        self.wait(lambda: number in self._answers, method)
        answer = self._answers.pop(number)
        if "error" in answer:
            raise DevToolsError(f"{method}: {answer['error']}")
        result: Message = answer["result"]
        return result

    def send(self, method: str, session: str = "", /, **parameters: object) -> int:
        """Send a command without waiting for its answer; return its number."""
        self._number += 1
        message: Message = {"id": self._number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        rest = memoryview(json.dumps(message).encode() + b"\0")
        while rest:
            rest = rest[os.write(self._write, rest) :]
        return self._number

    def wait(self, is_so: Callable[[], bool], what: str) -> None:
        """Read what Chromium says until something is so; ``DevToolsError`` where it ends first."""
        end = time.monotonic() + HUNG_SECONDS
        while True:
            # All that was said before counts, so that nothing that a page did is told too late.
            while self._events:
                event = self._events.popleft()
                if listener := self._listeners.get(event.get("sessionId", "")):
                    listener(event)
            if is_so():
                return
            readable, _, _ = select.select([self._read], [], [], max(0.0, end - time.monotonic()))
            received = os.read(self._read, _READ_BYTES) if readable else b""
            if not received:
                why = "ended" if readable else f"gave no answer in {HUNG_SECONDS:.0f} s"
                log = self._log.read_text(encoding="utf-8", errors="replace")[-1000:]
                raise DevToolsError(f"{what}: Chromium {why}\n{log}")
            self._take(received)

    def close(self) -> None:
        """End Chromium and all its processes."""
        with suppress(OSError):
            self.send("Browser.close")
        os.close(self._write)
        end = time.monotonic() + _ENDING_SECONDS
        while time.monotonic() < end and not self._has_ended():
            time.sleep(_POLL_SECONDS)
        os.close(self._read)
        with suppress(ProcessLookupError):
            os.killpg(self._pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(self._pid, 0)

    def _has_ended(self) -> bool:
        try:
            return os.waitpid(self._pid, os.WNOHANG)[0] != 0
        except ChildProcessError:
            return True

    def _take(self, received: bytes) -> None:
        self._waiting += received
        *messages, self._waiting = self._waiting.split(b"\0")
        for text in messages:
            message: Mapping[str, Any] = json.loads(text)
            if "id" in message:
                self._answers[message["id"]] = dict(message)
            else:
                self._events.append(dict(message))


def _pipe() -> tuple[int, int]:
    """Return a pipe whose ends have high numbers and are closed in every child."""
    low = os.pipe()
    high = tuple(fcntl(end, F_DUPFD_CLOEXEC, _LEAST_DESCRIPTOR) for end in low)
    for end in low:
        os.close(end)
    return high[0], high[1]
