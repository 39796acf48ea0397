"""The program's service in a process of its own, over a town, with its log in a file."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import requests

_ROOT = Path(__file__).parent.parent
LOG = "service.log"
_POLL_SECONDS = 0.2
_ANSWER_SECONDS = 5.0
# How long a service may take to end once it is told to; what hangs for so long is killed.
_STOPPING_SECONDS = 30.0


class ServiceProcess:
    """``aggregator run`` in a folder that has a ``config.toml``; ends with the ``with`` block."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._process = self._start()

    def __enter__(self) -> ServiceProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """Return the number of the process that runs now."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Tell whether the process has not ended by itself."""
        return self._process.poll() is None

    def wait_for(self, url: str, seconds: float, text: str = "") -> bool:
        """Wait at most so long until an address answers with a text; tell whether it did."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.is_running:
            try:
                answer = requests.get(url, timeout=_ANSWER_SECONDS)
                if answer.ok and text in answer.text:
                    return True
            except requests.RequestException:
                pass  # it does not listen yet
            time.sleep(_POLL_SECONDS)
        return False

    def wait_until_gone(self, url: str, seconds: float) -> None:
        """Wait at most so long until nothing answers at an address."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                requests.get(url, timeout=_ANSWER_SECONDS)
            except requests.ConnectionError:
                return
            except requests.Timeout:
                continue  # it was taken, and who took it is still there
            time.sleep(_POLL_SECONDS)

    def kill(self) -> None:
        """End the process as a power cut does."""
        self._process.kill()
        self._process.wait()

    def restart(self) -> None:
        """Start the service again in its folder; the log goes on."""
        self._process = self._start()

    def stop(self) -> int:
        """End the process as an operator does; return its exit code."""
        if self.is_running:
            self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(_STOPPING_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        with (self.folder / LOG).open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "aggregator", "run"],
                cwd=self.folder,
                env=os.environ | {"PYTHONPATH": str(_ROOT)},  # this program, wherever it is run
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for whoever started it, who then ends it
            )


def free_address(port: int) -> str:
    """Return ``127.0.0.1:port``, or another port where something listens at that one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        host, free_port = probe.getsockname()
    return f"{host}:{free_port}"
