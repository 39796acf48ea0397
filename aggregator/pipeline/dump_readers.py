"""Readers: processes that parse the pieces of a collection beside the one that stores them.

Of a collection of HTML pages two thirds of the processor's time is parsing, of records of JSON more
than half, and threads of one process take turns at that. Pieces are handed out as they are read
and taken back in that order, so what is stored is what one process stores. Whatever goes wrong with
a reader, its piece is parsed here as if there were none. A reader ends with the process that
started it, however that ends, as its input does.
"""

from __future__ import annotations

import logging
import os
import pickle
import select
import subprocess
import sys
from collections import deque
from collections.abc import Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from queue import SimpleQueue
from threading import Lock, Thread

from aggregator import own_process
from aggregator.models import DumpFile, ParsedEntry, Rejected, Source
from aggregator.pipeline.boilerplate import Boilerplate
from aggregator.pipeline.dump_pieces import Piece, entries_in

log = logging.getLogger(__name__)

Entries = list[ParsedEntry | Rejected]

# To start a reader takes up to 1.5 s of a processor; to parse this takes 4 s if it is JSON, and 12
# if it is HTML.
LEAST_BYTES = 16_000_000
# Storing takes a third to a half of the whole, and is one process's: more would wait for it.
_MOST_READERS = 4
# Of pieces that are parsed, or wait for their turn to be stored: enough for what is read while a
# hundred pages are stored.
_WAITING_BYTES = 16_000_000
# What cannot be written for a reader: JSON may be nested 980 deep, of which ``pickle`` takes half.
_UNSENDABLE = (RecursionError, TypeError, pickle.PicklingError)
# What an answer raises that was cut off, or is none (``pickle``'s manual names the last three).
_LOST = (
    *(OSError, EOFError, ValueError, KeyError, pickle.UnpicklingError),
    *(AttributeError, ImportError, IndexError),
)


def readers_for(files: Sequence[DumpFile]) -> int:
    """Return how many readers are worth it for files: none for few, or on one processor."""
    processors = _processors()
    if processors == 1 or sum(file.size for file in files) < LEAST_BYTES:
        return 0
    return min(processors, _MOST_READERS)


def _processors() -> int:
    """Return how many processors this process may use, where the system tells; else all."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def parsed(
    source: Source, boilerplate: Boilerplate, pieces: Iterable[Piece], readers: int
) -> Generator[tuple[Piece, Entries]]:
    """Parse pieces by ``readers``, or here without; yield each with its entries, in order."""
    with ExitStack() as held:
        # Ended last: its threads wait for readers, which are ended before.
        threads = held.enter_context(ThreadPoolExecutor(max(readers, 1), "reading"))
        idle = held.enter_context(_Readers(source, boilerplate, readers))
        if not idle.has_any:
            for piece in pieces:
                yield piece, entries_in(piece, source, boilerplate)
            return
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
            frame = _written(piece)
            size = len(frame) or _WAITING_BYTES
            waiting.append((piece, threads.submit(idle.read, frame), size))
            waiting_bytes += size
            while waiting and (waiting_bytes > _WAITING_BYTES or waiting[0][1].done()):
                yield take()
        while waiting:
            yield take()


def _written(piece: Piece) -> bytes:
    """Return a piece as a reader is sent it, empty where it cannot be written so."""
    try:
        return pickle.dumps(piece)
    except _UNSENDABLE as error:
        log.debug("%s: records are parsed here (%s)", piece.file.path, type(error).__name__)
        return b""


class _Readers:
    """Readers that wait for pieces, as many as can be started; ended with the ``with`` block."""

    def __init__(self, source: Source, boilerplate: Boilerplate, count: int) -> None:
        self._idle: SimpleQueue[_Reader | None] = SimpleQueue()  # None once all are lost
        self._counting = Lock()
        self._readers: list[_Reader] = []
        self._is_ended = False
        try:
            for _ in range(count):
                self._readers.append(_Reader(source, boilerplate))
        except OSError as error:  # as where a service may have no more processes
            log.warning("%d of %d readers are started: %s", len(self._readers), count, error)
        for reader in self._readers:
            self._idle.put(reader)
        self._left = len(self._readers)

    def __enter__(self) -> _Readers:
        return self

    def __exit__(self, *_: object) -> None:
        self._is_ended = True
        for reader in self._readers:
            reader.end()

    @property
    def has_any(self) -> bool:
        """Tell whether any was started."""
        return bool(self._readers)

    def read(self, frame: bytes) -> Entries | None:
        """Let the next free reader parse a piece; ``None`` where that is to be done here.

        One that failed is sent nothing more: it would answer at once, and so be sent nearly all.
        """
        if not frame:
            return None
        reader = self._idle.get()
        if reader is None:
            self._idle.put(None)
            return None
        try:
            entries = reader.read(frame)
        except _LOST as error:
            self._lose(error)
            return None
        self._idle.put(reader)
        return entries

    def _lose(self, error: Exception) -> None:
        if not self._is_ended:
            log.warning("a reader was lost, and its piece is parsed here: %s", repr(error))
        with self._counting:
            self._left -= 1
            if not self._left:
                self._idle.put(None)


class _Reader:
    """One process that parses pieces of a source, until it is ended."""

    def __init__(self, source: Source, boilerplate: Boilerplate) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - this program itself
            own_process.command(__name__),
            env=own_process.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=0,  # Ctrl-C is for the process that reads files
        )
        self._first = pickle.dumps((source, boilerplate))

    def end(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()  # it holds nothing that would be lost
        self._process.communicate()

    def read(self, frame: bytes) -> Entries | None:
        """Parse a piece; ``None`` where it cannot, and one of ``_LOST`` once it is of no use."""
        sent, answers = self._process.stdin, self._process.stdout
        assert sent is not None and answers is not None  # noqa: S101 - both are pipes
        sent.write(self._first + frame)
        sent.flush()
        self._first = b""
        entries: Entries | None = pickle.load(answers)  # noqa: S301 - of this program itself
        return entries


def main() -> None:
    """Parse the pieces that come by standard input, and write the entries of each, until it ends.

    Of a piece that cannot be parsed ``None`` is written: who sent it meets the same fault.
    """
    Thread(target=_end_with_input, daemon=True).start()
    pieces, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no answer
    source, boilerplate = pickle.load(pieces)  # noqa: S301 - of this program itself
    while True:
        try:
            piece: Piece = pickle.load(pieces)  # noqa: S301 - as above
        except EOFError:
            return
        try:
            answer = pickle.dumps(entries_in(piece, source, boilerplate))
        except Exception:  # noqa: BLE001 - it is raised again where the piece came from
            answer = pickle.dumps(None)
        answers.write(answer)
        answers.flush()


def _end_with_input() -> None:
    """End the process once nobody can send anything, also while it parses what never ends."""
    hung_up = select.poll()
    hung_up.register(sys.stdin.fileno(), 0)
    hung_up.poll()
    os._exit(0)


if __name__ == "__main__":
    main()
