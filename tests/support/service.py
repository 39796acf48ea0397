"""The service in a process of its own, with its log as it is written."""

from __future__ import annotations

import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Condition, Thread
from types import MappingProxyType

import requests

from tests.support.deadlines import HUNG_SECONDS

_POLL_SECONDS = 0.05
_ROOT = Path(__file__).parent.parent.parent


class RunningService:
    """``aggregator run``, or another ``command`` that lasts, in a folder.

    Leaving the ``with`` block ends it however the test went.

    ``module`` runs the program instead of its own; ``descriptors`` is how many it may have open;
    ``environment`` is what its environment has besides ours.
    """

    def __init__(
        self,
        folder: Path,
        *,
        module: str = "aggregator",
        command: str = "run",
        descriptors: int | None = None,
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.log: list[str] = []
        self._log_is_complete = False
        self._log_changed = Condition()
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, command],
            cwd=folder,
            # PYTHONPATH: where modules of the tests are found.
            env={
                **os.environ,
                "PYTHONPATH": f"{_ROOT}:{os.environ.get('PYTHONPATH', '')}",
                **environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.pid = self._process.pid
        if descriptors is not None:
            resource.prlimit(self.pid, resource.RLIMIT_NOFILE, (descriptors, descriptors))
        self._reader = Thread(target=self._read_log)
        self._reader.start()

    def __enter__(self) -> RunningService:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait(HUNG_SECONDS)
        self._reader.join(HUNG_SECONDS)
        assert self._process.stdout is not None and self._process.stderr is not None
        self._process.stdout.close()
        self._process.stderr.close()

    def wait_for_log(self, text: str) -> None:
        """Wait until a line of the log has ``text``."""

        def is_there() -> bool:
            return any(text in line for line in self.log)

        with self._log_changed:
            self._log_changed.wait_for(lambda: is_there() or self._log_is_complete, HUNG_SECONDS)
            assert is_there(), f"{text!r} is not in the log: {self.log}"

    def wait_for_answer(self, url: str, is_good: Callable[[requests.Response], bool]) -> None:
        """Ask for an address again and again until its answer is good."""
        end = time.monotonic() + HUNG_SECONDS
        while time.monotonic() < end and self._process.poll() is None:
            try:
                if is_good(requests.get(url, timeout=HUNG_SECONDS)):
                    return
            except requests.ConnectionError:
                pass  # it does not listen yet
            time.sleep(_POLL_SECONDS)
        raise AssertionError(f"{url} has no good answer; the log: {self.log}")

    def accepts(self, host: str, port: int) -> bool:
        """Wait until a connection is accepted; tell whether one was before the process ended."""
        end = time.monotonic() + HUNG_SECONDS
        while time.monotonic() < end and self._process.poll() is None:
            with socket.socket() as connection:
                if connection.connect_ex((host, port)) == 0:
                    return True
            time.sleep(_POLL_SECONDS)
        return False

    def wait_for_end(self, seconds: float = HUNG_SECONDS) -> int:
        """Wait until the process has ended by itself, and return its exit code."""
        return self._process.wait(seconds)

    def stop(self, number: signal.Signals) -> tuple[int, str]:
        """Send a signal and wait for the end; return the exit code and what was printed."""
        self._process.send_signal(number)
        exit_code = self._process.wait(HUNG_SECONDS)
        self._reader.join(HUNG_SECONDS)
        assert self._process.stdout is not None
        return exit_code, self._process.stdout.read()

    def _read_log(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            with self._log_changed:
                self.log.append(line)
                self._log_changed.notify_all()
        with self._log_changed:
            self._log_is_complete = True
            self._log_changed.notify_all()
