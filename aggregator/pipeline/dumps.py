"""Dumps: the files of a folder that are new or changed, read a few records at a time.

What a few records brought is one unit of work with how far the file is read by then. So a file of
any size is read in little memory, and one that was interrupted is read on from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from aggregator.errors import FetchError, SourceError
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
from aggregator.parse import records as parse_records
from aggregator.parse.plain import escape
from aggregator.pipeline.boilerplate import Boilerplate, learn_lines
from aggregator.pipeline.counted import counted_documents
from aggregator.pipeline.document import DocumentEntries, store_document
from aggregator.pipeline.dump_looks import leave, look, save_state, with_faults
from aggregator.pipeline.records import records_of
from aggregator.pipeline.run import Run
from aggregator.pipeline.tally import Tally

# So many records are one commit: it then costs little, and so does reading them again.
_RECORDS_IN_ONE_COMMIT = 400
_FILES_IN_ONE_COMMIT = 100
# The report names up to so many rejected entries and, of one file, so many faults; the store keeps
# more of them.
_REJECTED_REPORTED = 1_000
_FAULTS_REPORTED = 20


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
    for file in still:
        if run.stop.is_set():
            break
        _read_file(dump_pass, file, looked.known.get(file.path))
    _commit(dump_pass)
    faults = [*dump_pass.faults, *looked.known_faults]
    report = dump_pass.tally.report(source, dump_pass.rejected)
    report = with_faults(report, faults, has_read=bool(still))
    if moving:
        names = ", ".join(file.path for file in moving[:3])
        report = replace(report, note=f"still being written, to be read next time: {names}")
    save_state(run, looked, report, faults)
    return report


# --- One file ------------------------------------------------------------------------------------


def _read_file(dump_pass: _DumpPass, file: DumpFile, known: FileProgress | None) -> None:
    """Read one file from where it was left, and remember how far."""
    source = dump_pass.source
    is_begun = known is not None and known.file == file and not known.is_done
    records_done = known.records if known is not None and is_begun else 0
    document = dump_files.document_of(source.name, file, clock=dump_pass.run.clock)
    count, bytes_read, entries = 0, 0, list[ParsedEntry | Rejected]()
    faults: list[str] = []

    def hand_over(*, is_done: bool, error: str = "") -> None:
        progress = FileProgress(file=file, records=count, is_done=is_done, error=error)
        dump_pass.waiting.append(
            _Batch(
                document=document,
                entries=tuple(entries),
                progress=progress,
                bytes_read=bytes_read,
            )
        )
        entries.clear()
        if not is_done or _is_enough(dump_pass.waiting):
            _commit(dump_pass)

    try:
        for record, offset in records_of(file, faults, dict(source.fields)):
            count, bytes_read = count + 1, offset
            if count <= records_done:
                continue
            entries += _entries_of(dump_pass, record, file, document)
            if count % _RECORDS_IN_ONE_COMMIT == 0:
                hand_over(is_done=False)
                if dump_pass.run.stop.is_set():
                    return
    except SourceError as error:
        faults.append(str(error))
        if isinstance(error, FetchError) and count == 0:
            dump_pass.faults += faults
            return  # it could not even be opened, which may pass
    dump_pass.faults += faults
    hand_over(is_done=True, error="; ".join(faults[:_FAULTS_REPORTED]))


def _entries_of(
    dump_pass: _DumpPass, record: parse_records.Record, file: DumpFile, document: Document
) -> list[ParsedEntry | Rejected]:
    """Parse one record; the headlines beside it become entries where the source wants that."""
    source = dump_pass.source
    is_page = record.form is parse_records.Form.PAGE
    boilerplate = dump_pass.boilerplate.lines_in(record.body) if is_page else frozenset[str]()
    parsed = parse_records.parse(
        record,
        document.url,
        fields=dict(source.fields),
        boilerplate=boilerplate,
        recurs=dump_pass.boilerplate.recurs,
    )
    path = dump_files.path_within(file, source.dump or "")
    is_only_entry = record.is_only_entry and len(parsed) == 1
    entries = [
        replace(entry, dump_path=path, is_only_entry=is_only_entry)
        if isinstance(entry, ParsedEntry)
        else entry
        for entry in parsed
    ]
    if source.related_are_entries:
        entries += [
            ParsedEntry(title_html=escape(headline), dump_path=path)
            for entry in entries
            if isinstance(entry, ParsedEntry)
            for headline in entry.related
        ]
    return entries


def _is_enough(waiting: Sequence[_Batch]) -> bool:
    entries = sum(len(batch.entries) for batch in waiting)
    return entries >= _RECORDS_IN_ONE_COMMIT or len(waiting) >= _FILES_IN_ONE_COMMIT


def _commit(dump_pass: _DumpPass) -> None:
    """Store what waits, and how far its files are read by then."""
    run, source, waiting = dump_pass.run, dump_pass.source, dump_pass.waiting
    reports: list[SourceReport] = []
    with run.store.write() as unit:
        for batch in waiting:
            entries = DocumentEntries.of(batch.document, source, batch.entries).looked_up(unit)
            reports.append(store_document(unit, entries, run.clock()))
            unit.dumps.save_progress(source.name, batch.progress)
        unit.activity.count({source.name: counted_documents(reports)}, run.clock())
    for report in reports:
        dump_pass.tally.add(report)
        room = _REJECTED_REPORTED - len(dump_pass.rejected)
        dump_pass.rejected += report.rejected[: max(room, 0)]
    for batch in waiting:
        run.progress.on_file(batch.progress, batch.bytes_read)
    waiting.clear()
