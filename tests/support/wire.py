"""The wire between a worker and PostgreSQL, which a test can cut without either side being told."""

from __future__ import annotations

import shutil
import socket
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp
from threading import Event, Thread

_PIECE_BYTES = 65_536


class Wire:
    """A socket in a ``folder`` of its own that hands on what comes to that of a server."""

    def __init__(self, server: Path) -> None:
        self._server = server
        self.folder = mkdtemp(prefix="wire-")
        self._is_whole = Event()
        self._is_whole.set()
        self._ends: list[socket.socket] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(f"{self.folder}/{server.name}")
        self._listener.listen(64)

    def __enter__(self) -> Wire:
        Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        shutil.rmtree(self.folder)

    def cut(self) -> None:
        """Hand on nothing from now on; connections seem to stand."""
        self._is_whole.clear()

    def mend(self) -> None:
        """Hand on what came meanwhile, and go on."""
        self._is_whole.set()

    def _accept(self) -> None:
        with suppress(OSError):  # the test has ended
            while True:
                near, _ = self._listener.accept()
                far = socket.socket(socket.AF_UNIX)
                far.connect(str(self._server))
                self._ends += [near, far]
                for start, goal in ((near, far), (far, near)):
                    Thread(target=self._hand_on, args=[start, goal], daemon=True).start()

    def _hand_on(self, start: socket.socket, goal: socket.socket) -> None:
        with suppress(OSError):
            while piece := start.recv(_PIECE_BYTES):
                self._is_whole.wait()
                goal.sendall(piece)
        for end in (start, goal):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
