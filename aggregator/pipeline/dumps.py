"""Dumps: the files of a folder that are new or changed, read a few records at a time.

What a few records brought is one transaction with how far the file is read by then, so that a file
of any size is read in little memory, and one that was interrupted is gone on with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from threading import Event

from aggregator.errors import FetchError, ParseError, SourceError
from aggregator.fetch import archives
from aggregator.fetch import files as dump_files
from aggregator.models import (
    Document,
    DumpFile,
    FetchState,
    FileProgress,
    Outcome,
    ParsedEntry,
    Rejected,
    Source,
    SourceReport,
)
from aggregator.parse import page as parse_page
from aggregator.parse import records as parse_records
from aggregator.parse.plain import escape
from aggregator.pipeline.document import (
    Clock,
    Entries,
    Tally,
    asked,
    read_with,
    scheduled,
    store_entries,
)
from aggregator.store.store import Store

FileReporter = Callable[[FileProgress, int], None]

# So many records are one transaction: its commit then costs little, and so does reading it again.
_RECORDS_IN_ONE_COMMIT = 400
# Rejected entries of a file are told up to here; the store keeps every one.
_REJECTED_TOLD = 1_000
_FAULTS_TOLD = 20  # of one file
_FILES_IN_ONE_COMMIT = 100
# Lines of more are paragraphs, and files of more are no single pages.
_LINE_CHARACTERS = 200
_PAGE_BYTES = 1_000_000
_FILES_LEARNT_TOGETHER = 200


@dataclass(slots=True)
class _Reading:
    """One pass over one dump source, while it is under way."""

    source: Source
    store: Store
    clock: Clock
    stop: Event
    progress: FileReporter
    recurring: frozenset[int] = frozenset()
    waiting: list[_Read] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    rejected: list[Rejected] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What was read of a file and is not committed yet, and how far the file is read by then."""

    document: Document
    found: tuple[ParsedEntry | Rejected, ...]
    read: FileProgress
    bytes_read: int


def ingest_dump(
    source: Source,
    state: FetchState,
    store: Store,
    clock: Clock,
    stop: Event,
    progress: FileReporter = lambda read, bytes_read: None,
) -> SourceReport:
    """Read the files of a dump source that are new, changed, or were not read to their end.

    A file with a fault is named at every look until it changes or goes. Stops between two commits
    once ``stop`` is set. ``progress`` is told of each commit: how far a file is read, and how many
    of its bytes that is.
    """
    reading = _Reading(source, store, clock, stop, progress)
    try:
        found, faults = dump_files.matching(source.dump or "")
        reading.faults += faults
    except SourceError as error:
        found = []
        reading.faults.append(str(error))
    with store.transaction() as transaction:
        ledger = {read.file.path: read for read in transaction.ledger.files_read(source.name)}
    seen = set(ledger)
    if state.config_fingerprint and state.config_fingerprint.partition("\n")[2] != read_with(
        source
    ):
        ledger = {}  # what was read otherwise is read again
    waiting = [file for file in found if not _is_read(file, ledger)]
    still, moving = dump_files.settled(waiting)
    _learn(reading, [file for file in still if file.path not in seen])
    with store.transaction() as transaction:
        least = parse_page.RECURRENCES + 1
        reading.recurring = (
            transaction.ledger.recurring(source.name, least) if still else frozenset()
        )
    for file in still:
        if stop.is_set():
            break
        _read_file(reading, file, ledger.get(file.path))
    _commit(reading)
    reading.faults += [
        ledger[file.path].error
        for file in found
        if _is_read(file, ledger) and ledger[file.path].error
    ]
    report = _report(reading, is_looked_at=bool(still))
    if moving:
        names = ", ".join(file.path for file in moving[:3])
        report = replace(report, note=f"still being written, to be read next time: {names}")
    # A folder on "auto" is looked at every few seconds: only news of its faults is worth a write.
    is_news = (state.error or "") != report.error or state.config_fingerprint != asked(source)
    if not stop.is_set() and (source.every_seconds is not None or is_news):
        with store.transaction() as transaction:
            due = scheduled(transaction, source, replace(state, failures=0), clock())
            failures = len(reading.faults)
            state = replace(
                due, config_fingerprint=asked(source), failures=failures, error=report.error
            )
            transaction.save_state(source.name, state)
    return report


def _is_read(file: DumpFile, ledger: dict[str, FileProgress]) -> bool:
    known = ledger.get(file.path)
    return known is not None and known.file == file and known.is_done


def _report(reading: _Reading, *, is_looked_at: bool) -> SourceReport:
    report = reading.tally.report(reading.source, reading.rejected)
    if reading.faults:
        return replace(report, outcome=Outcome.FAILED, error="; ".join(reading.faults))
    return report if is_looked_at else replace(report, outcome=Outcome.NOT_MODIFIED)


# --- One file ------------------------------------------------------------------------------------


def _read_file(reading: _Reading, file: DumpFile, known: FileProgress | None) -> None:
    """Read one file from where it was left, and remember how far."""
    is_same = known is not None and known.file == file and not known.is_done
    done = known.records if known is not None and is_same else 0
    document = dump_files.document_of(reading.source.name, file, clock=reading.clock)
    number, position, found = 0, 0, list[ParsedEntry | Rejected]()
    faults: list[str] = []

    def hand_over(*, is_done: bool, error: str = "") -> None:
        read = FileProgress(file=file, records=number, is_done=is_done, error=error)
        reading.waiting.append(
            _Read(document=document, found=tuple(found), read=read, bytes_read=position)
        )
        found.clear()
        if not is_done or _is_enough(reading.waiting):
            _commit(reading)

    try:
        for raw, bytes_read in _records(file, faults, dict(reading.source.fields)):
            number, position = number + 1, bytes_read
            if number <= done:
                continue
            found += _entries_of(reading, raw, file, document)
            if number % _RECORDS_IN_ONE_COMMIT == 0:
                hand_over(is_done=False)
                if reading.stop.is_set():
                    return
    except SourceError as error:
        faults.append(str(error))
        if isinstance(error, FetchError) and number == 0:
            reading.faults += faults
            return  # it could not even be opened, which may pass
    reading.faults += faults
    hand_over(is_done=True, error="; ".join(faults[:_FAULTS_TOLD]))


def _records(
    file: DumpFile, faults: list[str], fields: Mapping[str, str]
) -> Iterator[tuple[parse_records.Record, int]]:
    """Give the records of a file, each with how many of the file's bytes are read by then.

    What is wrong with one member of an archive is told in ``faults``, and the others are read.
    """
    with archives.naming_faults(file.path), archives.opened(file.path) as raw:
        for name, stream in archives.members(raw, file.path, faults):
            try:
                for record in parse_records.split(stream, name, fields):
                    yield record, raw.tell()
            except ParseError as error:
                if name == file.path:
                    raise
                faults.append(str(error))


def _entries_of(
    reading: _Reading, raw: parse_records.Record, file: DumpFile, document: Document
) -> list[ParsedEntry | Rejected]:
    source = reading.source
    is_page = raw.form is parse_records.Form.PAGE
    boilerplate = _boilerplate(reading, raw.body) if is_page else frozenset[str]()
    found = parse_records.parse(
        raw, document.url, fields=dict(source.fields), boilerplate=boilerplate
    )
    place = dump_files.path_within(file, source.dump or "")
    is_only_entry = raw.is_only_entry and len(found) == 1
    found = [
        replace(one, dump_path=place, is_only_entry=is_only_entry)
        if isinstance(one, ParsedEntry)
        else one
        for one in found
    ]
    if source.related_are_entries:
        found += [
            ParsedEntry(title_html=escape(line), dump_path=place)
            for one in found
            if isinstance(one, ParsedEntry)
            for line in one.related
        ]
    return found


def _is_enough(waiting: Sequence[_Read]) -> bool:
    records = sum(len(one.found) for one in waiting)
    return records >= _RECORDS_IN_ONE_COMMIT or len(waiting) >= _FILES_IN_ONE_COMMIT


def _commit(reading: _Reading) -> None:
    """Store what waits, and how far its files are read by then."""
    source, waiting = reading.source, reading.waiting
    reports: list[SourceReport] = []
    with reading.store.transaction() as transaction:
        for one in waiting:
            entries = Entries.of(one.document, source, one.found)
            known = transaction.known_digests(source.name, list(entries.parsed))
            now = reading.clock()
            reports.append(store_entries(transaction, source, entries, known, now))
            transaction.ledger.save_file_read(source.name, one.read)
    for report in reports:
        reading.tally.add(report)
        room = _REJECTED_TOLD - len(reading.rejected)
        reading.rejected += report.rejected[: max(room, 0)]
    for one in waiting:
        reading.progress(one.read, one.bytes_read)
    waiting.clear()


# --- What recurs ---------------------------------------------------------------------------------


def _learn(reading: _Reading, files: Sequence[DumpFile]) -> None:
    """Count the lines of pages that were never seen before, each page once."""
    fields = dict(reading.source.fields)
    small = [file for file in files if file.size <= _PAGE_BYTES]
    for start in range(0, len(small), _FILES_LEARNT_TOGETHER):
        if reading.stop.is_set():
            return
        together = small[start : start + _FILES_LEARNT_TOGETHER]
        texts = dict.fromkeys(page for file in together for page in _pages(file, fields))
        pages = [set(_lines(text)) for text in texts]
        with reading.store.transaction() as transaction:
            transaction.ledger.count_lines(reading.source.name, pages)
            for file in together:
                begun = FileProgress(file=file, records=0, is_done=False, error="")
                transaction.ledger.save_file_read(reading.source.name, begun)


def _pages(file: DumpFile, fields: Mapping[str, str]) -> list[str]:
    """Give the different pages of a file that is page text and nothing else."""
    try:
        for raw, _ in _records(file, [], fields):
            if raw.form is not parse_records.Form.PAGE or raw.place != file.path:
                return []
            return list(dict.fromkeys(parse_page.pages_of(raw.body)))
    except SourceError:
        return []  # it is named when it is read
    return []


def _boilerplate(reading: _Reading, text: str) -> frozenset[str]:
    """Give the lines of a page that stand on other pages of its source, too."""
    if not reading.recurring:
        return frozenset()
    lines = _lines(text)
    return frozenset(line for number, line in lines.items() if number in reading.recurring)


def _lines(text: str) -> dict[int, str]:
    """Give the lines of a text that could recur, by their fingerprints."""
    return {
        int.from_bytes(blake2b(line.encode(), digest_size=8).digest(), "big", signed=True): line
        for line in parse_page.lines_of(text)
        if len(line) <= _LINE_CHARACTERS
    }
