"""Readers: whatever becomes of processes that parse, what is stored is what one process stores."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator import own_process
from aggregator.fetch import files as dump_files
from aggregator.models import Source
from aggregator.pipeline import dump_readers
from aggregator.pipeline.boilerplate import Boilerplate
from aggregator.pipeline.dump_pieces import Piece, entries_in, pieces_of
from aggregator.pipeline.dump_readers import Entries, parsed
from tests.support.deadlines import HUNG_SECONDS, wait_until
from tests.support.passes import NOW
from tests.support.texts import BODY, TITLE

_MAIN = "from aggregator.pipeline import dump_readers\n"
# Of a reader whose parsing never ends; it says who it is.
_HANGING = f"""{_MAIN}import os, time
def hang(*_):
    open("reader.part", "w").write(str(os.getpid()))
    os.rename("reader.part", "reader")
    time.sleep({10 * HUNG_SECONDS})
dump_readers.entries_in = hang
dump_readers.main()
"""
_PARENT = f"""{_MAIN}import sys
from datetime import UTC, datetime
from aggregator.fetch import files
from aggregator.models import Source
from aggregator.pipeline.boilerplate import Boilerplate
from aggregator.pipeline.dump_pieces import pieces_of
dump_readers.own_process.command = lambda *_: [sys.executable, "-c", {_HANGING!r}]
source = Source(name="papers", title="", dump=sys.argv[1])
(file,), _ = files.matching(source.dump)
pieces = pieces_of(source, file, None, lambda: datetime.now(UTC))
list(dump_readers.parsed(source, Boilerplate(), pieces, 1))
"""


@pytest.fixture
def collection(tmp_path: Path) -> Source:
    """Return the source of a file of some pieces."""
    records = (
        {"id": str(number), "title": f"{TITLE} {number}", "body": BODY} for number in range(190)
    )
    path = tmp_path / "pages.jsonl"
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")
    return Source(name="papers", title="কাগজ", dump=str(path))


def pieces(source: Source) -> Iterator[Piece]:
    """Read the pieces of a source of one file."""
    (file,), _ = dump_files.matching(source.dump or "")
    return pieces_of(source, file, None, lambda: NOW)


def whole(source: Source) -> list[Entries]:
    """Return the entries of each piece, parsed here."""
    return [entries_in(piece, source, Boilerplate()) for piece in pieces(source)]


def read(source: Source, readers: int) -> list[Entries]:
    """Return the entries of each piece, parsed by readers."""
    return [entries for _, entries in parsed(source, Boilerplate(), pieces(source), readers)]


@pytest.fixture
def parsed_here(monkeypatch: pytest.MonkeyPatch) -> list[Piece]:
    """Return the pieces that are parsed by this process from now on."""
    seen: list[Piece] = []

    def noting(piece: Piece, source: Source, boilerplate: Boilerplate) -> Entries:
        seen.append(piece)
        return entries_in(piece, source, boilerplate)

    monkeypatch.setattr("aggregator.pipeline.dump_readers.entries_in", noting)
    return seen


def test_records_that_no_reader_can_be_sent_are_parsed_here(
    collection: Source, parsed_here: list[Piece]
) -> None:
    """JSON may be nested deeper than a piece can be written; the others go to readers."""
    deep = json.dumps({"title": TITLE, "body": BODY, "more": 0})
    deep = deep.replace("0}", f"{'[' * 700}{']' * 700}}}")
    with Path(collection.dump or "").open("a", encoding="utf-8") as file:
        file.write(f"{deep}\n")
    assert read(collection, 2) == whole(collection)
    assert len(parsed_here) == 1


@pytest.mark.parametrize("startable", [pytest.param(0, marks=pytest.mark.more), 1])
def test_readers_that_cannot_be_started_cost_nothing_but_time(
    collection: Source, monkeypatch: pytest.MonkeyPatch, startable: int
) -> None:
    """As where a service may have no more processes: none is there, or one of two."""
    start, started = subprocess.Popen, list[object]()

    def start_some(*arguments: object, **named: object) -> object:
        if len(started) == startable:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        started.append(start(*arguments, **named))  # type: ignore[call-overload]
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", start_some)
    assert read(collection, 2) == whole(collection)
    assert len(started) == startable


def test_a_reader_that_is_lost_is_sent_no_other_piece(
    collection: Source, monkeypatch: pytest.MonkeyPatch, parsed_here: list[Piece]
) -> None:
    """It would answer at once, before any that parses, and so leave nearly all to this process."""
    real = own_process.command(dump_readers.__name__)
    commands = [[sys.executable, "-c", ""], real]
    monkeypatch.setattr(own_process, "command", lambda *_: commands.pop())
    assert read(collection, 2) == whole(collection)
    assert len(parsed_here) == 1


@pytest.mark.parametrize(
    "output",
    [
        "K\\x01.",
        *(pytest.param(each, marks=pytest.mark.more) for each in ("hello\\n", "a", "(lp0\\n.")),
    ],
)
def test_what_else_is_written_to_a_readers_output_is_no_answer(
    collection: Source, monkeypatch: pytest.MonkeyPatch, output: str
) -> None:
    """Answers behind it are those of other pieces."""
    hooked = (
        f"{_MAIN}import os\nparse = dump_readers.entries_in\ndef noisy(*given):\n"
        f"    os.write(1, b'{output}')\n    return parse(*given)\n"
        "dump_readers.entries_in = noisy\ndump_readers.main()"
    )
    monkeypatch.setattr(own_process, "command", lambda *_: [sys.executable, "-c", hooked])
    assert read(collection, 1) == whole(collection)


def test_a_reader_that_parses_for_ever_ends_with_who_started_it(
    collection: Source, tmp_path: Path
) -> None:
    """Also where that process was killed, and could end nothing."""
    command = [sys.executable, "-c", _PARENT, collection.dump or ""]
    parent = subprocess.Popen(command, cwd=tmp_path, env=own_process.environment())
    try:
        wait_until((tmp_path / "reader").exists)
    finally:
        parent.kill()
        parent.wait()
    reader = int((tmp_path / "reader").read_text())
    try:
        wait_until(lambda: not _lives(reader))
    finally:
        if _lives(reader):
            os.kill(reader, signal.SIGKILL)


def _lives(pid: int) -> bool:
    """Tell whether a process is there, and not one whose end nobody asked for yet."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
