"""Dumps: the files of a folder that are new or changed, read a few records at a time.

What a few records brought is one unit of work with how far the file is read by then. So a file of
any size is read in little memory, and one that was interrupted is read on from there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

from aggregator.fetch import files as dump_files
from aggregator.models import (
    Document,
    DumpFile,
    FetchState,
    FileProgress,
    ParsedEntry,
    Rejected,
    Source,
    SourceReport,
)
from aggregator.pipeline.boilerplate import Boilerplate, learn_lines
from aggregator.pipeline.counted import counted_documents
from aggregator.pipeline.document import DocumentEntries
from aggregator.pipeline.dump_looks import leave, look, save_state, with_faults
from aggregator.pipeline.dump_pieces import RECORDS_IN_ONE_COMMIT, Piece, pieces_of
from aggregator.pipeline.dump_readers import parsed, readers_for
from aggregator.pipeline.normalised import Basis, Normalised
from aggregator.pipeline.run import Run
from aggregator.pipeline.shared_ids import take_over_ids
from aggregator.pipeline.store_document import store_document
from aggregator.pipeline.tally import Tally

_FILES_IN_ONE_COMMIT = 100
# The most rejected entries that the report names; the store keeps more of them.
_REJECTED_REPORTED = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """Entries of one file that are not committed yet, and how far the file is read by then."""

    document: Document
    entries: tuple[ParsedEntry | Rejected, ...]
    progress: FileProgress
    bytes_read: int


@dataclass(slots=True, kw_only=True)
class _DumpPass:
    """One pass over one dump source, while it is under way."""

    run: Run
    source: Source
    boilerplate: Boilerplate = field(default_factory=Boilerplate)
    waiting: list[_Batch] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    rejected: list[Rejected] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def ingest_dump(run: Run, source: Source, state: FetchState) -> SourceReport:
    """Read the files of a dump source that are new, changed, or were not read to their end.

    A file with a fault is named at every look until it changes or goes. Stops between two commits
    once the run is to stop.
    """
    looked = look(run, source, state)
    if not looked.unread:
        return leave(run, looked)
    dump_pass = _DumpPass(run=run, source=source, faults=[*looked.faults])
    still, moving = dump_files.settled(looked.unread)
    learn_lines(run, source, [file for file in still if file.path not in looked.known])
    if still:
        with run.store.read() as unit:
            dump_pass.boilerplate = Boilerplate.of(unit, source)
    _read_files(dump_pass, still, looked.known)
    _commit(dump_pass)
    faults = [*dump_pass.faults, *looked.known_faults]
    report = dump_pass.tally.report(source, dump_pass.rejected)
    report = with_faults(report, faults, has_read=bool(still))
    if moving:
        names = ", ".join(file.path for file in moving[:3])
        report = replace(report, note=f"still being written, to be read next time: {names}")
    save_state(run, looked, report, faults)
    return report


# --- The files -----------------------------------------------------------------------------------


def _pieces(
    dump_pass: _DumpPass, files: Sequence[DumpFile], known: Mapping[str, FileProgress]
) -> Iterator[Piece]:
    """Read files one after the other, each from where it was left."""
    for file in files:
        if dump_pass.run.stop.is_set():
            return
        yield from pieces_of(dump_pass.source, file, known.get(file.path), dump_pass.run.clock)


def _read_files(
    dump_pass: _DumpPass, files: Sequence[DumpFile], known: Mapping[str, FileProgress]
) -> None:
    """Read files, and remember how far; what is parsed already when told to stop is left."""
    source, boilerplate = dump_pass.source, dump_pass.boilerplate
    entries: list[ParsedEntry | Rejected] = []
    pieces = _pieces(dump_pass, files, known)
    with closing(parsed(source, boilerplate, pieces, readers_for(files))) as read:
        for piece, of_piece in read:
            dump_pass.faults += piece.faults
            entries += of_piece
            if piece.progress is None or not (piece.is_last_of_commit or piece.progress.is_done):
                continue
            dump_pass.waiting.append(
                _Batch(
                    document=piece.document,
                    entries=tuple(entries),
                    progress=piece.progress,
                    bytes_read=piece.bytes_read,
                )
            )
            entries.clear()
            if piece.is_last_of_commit or _is_enough(dump_pass.waiting):
                _commit(dump_pass)
            if dump_pass.run.stop.is_set():
                return


def _is_enough(waiting: Sequence[_Batch]) -> bool:
    entries = sum(len(batch.entries) for batch in waiting)
    return entries >= RECORDS_IN_ONE_COMMIT or len(waiting) >= _FILES_IN_ONE_COMMIT


def _commit(dump_pass: _DumpPass) -> None:
    """Store what waits, and how far its files are read by then."""
    run, source, waiting = dump_pass.run, dump_pass.source, dump_pass.waiting
    reports: list[SourceReport] = []
    sent = [DocumentEntries.of(batch.document, source, batch.entries) for batch in waiting]
    with run.store.read() as unit:
        bases = [Basis.of(unit, entries) for entries in sent]
    normalised = [Normalised.of(basis) for basis in bases]
    with run.store.write() as unit:
        for batch, entries, before in zip(waiting, sent, normalised, strict=True):
            made = before.on(Basis.of(unit, entries))
            take_over_ids(unit, made.basis.entries, run.config.sources)
            reports.append(store_document(unit, made, run.clock()))
            unit.dumps.save_progress(source.name, batch.progress)
        unit.activity.count({source.name: counted_documents(reports)}, run.clock())
    for report in reports:
        dump_pass.tally.add(report)
        room = _REJECTED_REPORTED - len(dump_pass.rejected)
        dump_pass.rejected += report.rejected[: max(room, 0)]
    for batch in waiting:
        run.progress.on_file(batch.progress, batch.bytes_read)
    waiting.clear()
