"""Pieces of dump files: some records of one file at a time, and the entries that they hold.

A piece is read from the file in turn; parsing it needs nothing but what is in it, so that it can be
done in another process (``dump_readers``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from aggregator.errors import FetchError, SourceError
from aggregator.fetch import files as dump_files
from aggregator.models import Document, DumpFile, FileProgress, ParsedEntry, Rejected, Source
from aggregator.parse import records as parse_records
from aggregator.parse.plain import escape
from aggregator.pipeline.boilerplate import Boilerplate
from aggregator.pipeline.records import records_of
from aggregator.pipeline.run import Clock

# With this number of records a commit costs little, and so does reading them again.
RECORDS_IN_ONE_COMMIT = 400
# A divisor of that. Pages of half a megabyte each are 12 MB so, and to hand a piece to another
# process costs 2 % of what parsing it does.
_RECORDS = 25
# The faults of one file that the store keeps.
_FAULTS_KEPT = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Some records of one file, and how far it is read with them.

    ``progress`` is ``None`` where the file could not even be opened. A commit ends with the piece
    where it ``is_last_of_commit``. ``faults`` are those of the file, with its last piece.
    """

    document: Document
    file: DumpFile
    records: tuple[parse_records.Record, ...]
    progress: FileProgress | None
    bytes_read: int
    is_last_of_commit: bool
    faults: tuple[str, ...] = ()


def pieces_of(
    source: Source, file: DumpFile, known: FileProgress | None, clock: Clock
) -> Iterator[Piece]:
    """Read a file from where it was left to its end, or to a fault; each piece as it is read.

    One that is gone since it was looked at has none, and the next look does not list it.
    """
    is_begun = known is not None and known.file == file and not known.is_done
    records_done = known.records if known is not None and is_begun else 0
    document = dump_files.document_of(source.name, file, clock=clock)
    count, bytes_read, records = 0, 0, list[parse_records.Record]()
    faults: list[str] = []

    def piece(progress: FileProgress | None, *, is_last_of_commit: bool) -> Piece:
        read = tuple(records)
        records.clear()
        return Piece(
            document=document,
            file=file,
            records=read,
            progress=progress,
            bytes_read=bytes_read,
            is_last_of_commit=is_last_of_commit,
            faults=tuple(faults) if progress is None or progress.is_done else (),
        )

    try:
        for record, offset in records_of(file, faults, dict(source.fields)):
            count, bytes_read = count + 1, offset
            if count <= records_done:
                continue
            records.append(record)
            if count % _RECORDS == 0:
                progress = FileProgress(file=file, records=count, is_done=False, error="")
                yield piece(progress, is_last_of_commit=count % RECORDS_IN_ONE_COMMIT == 0)
    except SourceError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return
        faults.append(str(error))
        if isinstance(error, FetchError) and count == 0:
            yield piece(None, is_last_of_commit=False)  # it may pass
            return
    said = "; ".join(faults[:_FAULTS_KEPT])
    progress = FileProgress(file=file, records=count, is_done=True, error=said)
    yield piece(progress, is_last_of_commit=False)


def entries_in(
    piece: Piece, source: Source, boilerplate: Boilerplate
) -> list[ParsedEntry | Rejected]:
    """Parse the records of a piece."""
    return [
        entry
        for record in piece.records
        for entry in entries_of(source, boilerplate, record, piece.file, piece.document.url)
    ]


def entries_of(
    source: Source,
    boilerplate: Boilerplate,
    record: parse_records.Record,
    file: DumpFile,
    url: str,
) -> list[ParsedEntry | Rejected]:
    """Parse one record; the headlines beside it become entries where the source wants that.

    ``url`` is the address of the file.
    """
    is_page = record.form is parse_records.Form.PAGE
    lines = boilerplate.lines_in(record.body) if is_page else frozenset[str]()
    parsed = parse_records.parse(
        record,
        url,
        fields=dict(source.fields),
        boilerplate=lines,
        recurs=boilerplate.recurs,
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
