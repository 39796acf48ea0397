"""Dumps: the files of a folder that are new or changed, one transaction a file."""

from __future__ import annotations

from dataclasses import replace
from threading import Event

from aggregator.errors import ParseError, SourceError
from aggregator.fetch import files as dump_files
from aggregator.models import (
    Document,
    DumpFile,
    FetchState,
    FileRead,
    Outcome,
    Rejected,
    Source,
    SourceReport,
)
from aggregator.parse import page as parse_page
from aggregator.pipeline.storing import (
    Clock,
    Entries,
    Tally,
    asked,
    failure,
    scheduled,
    store_entries,
)
from aggregator.store.store import Store


def ingest_dump(
    source: Source, state: FetchState, store: Store, clock: Clock, stop: Event
) -> SourceReport:
    """Read the files of a dump source that are new or changed, one transaction a file.

    A file that holds no text is named at every look until it changes or goes; one that could not be
    read is tried again. Stops between two files once ``stop`` is set.
    """
    tally, rejected = Tally(), list[Rejected]()
    try:
        found, faults = dump_files.matching(source.dump or "")
    except SourceError as error:
        found, faults = [], [str(error)]
    with store.transaction() as transaction:
        ledger = {read.file: read for read in transaction.files_read(source.name)}
    changed = [file for file in found if file not in ledger]
    for file in changed:
        if stop.is_set():
            break
        report = _ingest_file(source, file, store, clock)
        tally.add(report)
        rejected += report.rejected
        faults += [report.error] if report.error else []
    faults += [ledger[file].error for file in found if file in ledger and ledger[file].error]
    report = tally.report(source, rejected)
    if faults:
        report = replace(report, outcome=Outcome.FAILED, error="; ".join(faults))
    elif not changed:
        report = replace(report, outcome=Outcome.NOT_MODIFIED)
    # A folder on "auto" is looked at every few seconds: only news of its faults is worth a write.
    if source.every_seconds is not None or (state.error or "") != report.error:
        with store.transaction() as transaction:
            due = scheduled(transaction, source, replace(state, failures=0), clock())
            state = replace(due, asked=asked(source), failures=len(faults), error=report.error)
            transaction.save_state(source.name, state)
    return report


def _ingest_file(source: Source, file: DumpFile, store: Store, clock: Clock) -> SourceReport:
    try:
        document, digest = dump_files.read(source.name, file, clock=clock)
    except SourceError as error:
        return failure(source, error)
    with store.transaction() as transaction:
        try:
            found = parse_page.parse(_page_text(document, file.path))
        except SourceError as error:
            report = failure(source, error)
        else:
            entries = Entries.of(document, source, found)
            known = transaction.known_digests(source.name, list(entries.parsed))
            report = store_entries(transaction, source, entries, known, clock())
        read = FileRead(file=file, sha256=digest, error=report.error)
        transaction.save_file_read(source.name, read)
    return report


def _page_text(document: Document, path: str) -> str:
    try:
        return document.body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = document.body[: error.start].count(b"\n") + 1
        raise ParseError(f"{path}:{line}: is not UTF-8 text") from error
