"""Readers: processes that parse the pieces of a collection beside the one that stores them.

Of a collection of HTML pages two thirds of the processor's time is parsing, of records of JSON more
than half, and threads of one process take turns at that. Pieces are handed out as they are read
and taken back in that order, so what is stored is what one process stores. Whatever goes wrong in a
reader, its piece is parsed here as if there were none. A reader ends with the process that started
it, however that ends, as its input does.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from queue import SimpleQueue

from aggregator import own_process
from aggregator.models import DumpFile, ParsedEntry, Rejected, Source
from aggregator.pipeline.boilerplate import Boilerplate
from aggregator.pipeline.dump_pieces import Piece, entries_in

Entries = list[ParsedEntry | Rejected]

# To start a reader takes up to 1.5 s of a processor; to parse so much takes 4 s if it is JSON, and
# 12 if it is HTML.
LEAST_BYTES = 16_000_000
# Storing takes a third to a half of the whole, and is one process's: more would wait for it.
_MOST_READERS = 4
# Of pieces that are parsed, or wait for their turn to be stored: enough for what is read while a
# hundred pages are stored.
_WAITING_BYTES = 16_000_000


def readers_for(files: Sequence[DumpFile]) -> int:
    """Return how many readers are worth it for files: none for few, or on one processor."""
    processors = os.cpu_count() or 1
    if processors == 1 or sum(file.size for file in files) < LEAST_BYTES:
        return 0
    return min(processors, _MOST_READERS)


def parsed(
    source: Source, boilerplate: Boilerplate, pieces: Iterable[Piece], readers: int
) -> Generator[tuple[Piece, Entries]]:
    """Parse pieces by so many readers, or here without; yield each with its entries, in order."""
    if not readers:
        for piece in pieces:
            yield piece, entries_in(piece, source, boilerplate)
        return
    with ExitStack() as held:
        idle: SimpleQueue[_Reader] = SimpleQueue()
        threads = held.enter_context(ThreadPoolExecutor(readers, thread_name_prefix="reading"))
        for _ in range(readers):
            idle.put(held.enter_context(_Reader(source, boilerplate)))
        waiting: deque[tuple[Piece, Future[Entries | None], int]] = deque()
        held.callback(lambda: [future.cancel() for _, future, _ in waiting])
        waiting_bytes = 0

        def take() -> tuple[Piece, Entries]:
            nonlocal waiting_bytes
            piece, future, size = waiting.popleft()
            waiting_bytes -= size
            entries = future.result()
            return piece, entries_in(piece, source, boilerplate) if entries is None else entries

        for piece in pieces:
            frame = pickle.dumps(piece)
            waiting.append((piece, threads.submit(_read, idle, frame), len(frame)))
            waiting_bytes += len(frame)
            while waiting and (waiting_bytes > _WAITING_BYTES or waiting[0][1].done()):
                yield take()
        while waiting:
            yield take()


def _read(idle: SimpleQueue[_Reader], frame: bytes) -> Entries | None:
    """Let the next free reader parse a piece; ``None`` where it could not."""
    reader = idle.get()
    try:
        return reader.read(frame)
    finally:
        idle.put(reader)


class _Reader:
    """One process that parses pieces of a source; it is ended with the ``with`` block."""

    def __init__(self, source: Source, boilerplate: Boilerplate) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - this program itself
            own_process.command(__name__),
            env=own_process.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._first = pickle.dumps((source, boilerplate))

    def __enter__(self) -> _Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()  # it holds nothing that would be lost
        self._process.communicate()

    def read(self, frame: bytes) -> Entries | None:
        """Parse a piece; ``None`` where that is better tried by whoever asks."""
        sent, answers = self._process.stdin, self._process.stdout
        assert sent is not None and answers is not None  # noqa: S101 - both are pipes
        try:
            sent.write(self._first + frame)
            sent.flush()
            self._first = b""
            entries: Entries | None = pickle.load(answers)  # noqa: S301 - of this program itself
        except (OSError, EOFError, ValueError, pickle.UnpicklingError):  # it was killed
            return None
        return entries


def main() -> None:
    """Parse the pieces that come by standard input, and write the entries of each, until it ends.

    Of a piece that cannot be parsed ``None`` is written: who sent it meets the same fault.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that reads files
    pieces, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # what a library prints is no answer
    source, boilerplate = pickle.load(pieces)  # noqa: S301 - of this program itself
    while True:
        try:
            piece: Piece = pickle.load(pieces)  # noqa: S301 - as above
        except EOFError:
            return
        entries: Entries | None = None
        try:
            entries = entries_in(piece, source, boilerplate)
        except Exception:  # noqa: BLE001 - it is raised again where the piece came from
            entries = None
        pickle.dump(entries, answers)
        answers.flush()


if __name__ == "__main__":
    main()
