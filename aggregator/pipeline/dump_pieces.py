"""Pieces of dump files: some records of one file at a time, and the entries that they hold.

A piece is read from the file in turn; parsing it needs nothing but what is in it, so that it can be
done in another process (``dump_readers``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

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
    reading = _Reading(file, dump_files.document_of(source.name, file, clock=clock))
    try:
        for record, offset in records_of(file, reading.faults, dict(source.fields)):
            reading.count, reading.bytes_read = reading.count + 1, offset
            if reading.count <= records_done:
                continue
            reading.records.append(record)
            if reading.count % _RECORDS == 0:
                yield reading.piece()
    except SourceError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return
        reading.faults.append(str(error))
        if isinstance(error, FetchError) and reading.count == 0:
            yield reading.unopened()  # it may pass
            return
    yield reading.last()


@dataclass(slots=True)
class _Reading:
    """A file that is being read: its faults so far, and the records that no piece has yet."""

    file: DumpFile
    document: Document
    count: int = 0
    bytes_read: int = 0
    records: list[parse_records.Record] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def piece(self) -> Piece:
        """Return the records that are read, of a file that goes on behind them."""
        progress = FileProgress(file=self.file, records=self.count, is_done=False, error="")
        is_last_of_commit = self.count % RECORDS_IN_ONE_COMMIT == 0
        return self._piece(progress, is_last_of_commit=is_last_of_commit)

    def last(self) -> Piece:
        """Return the records at the end of the file, with its faults."""
        said = "; ".join(self.faults[:_FAULTS_KEPT])
        progress = FileProgress(file=self.file, records=self.count, is_done=True, error=said)
        return self._piece(progress, faults=tuple(self.faults))

    def unopened(self) -> Piece:
        """Return what is said of a file that could not be opened."""
        return self._piece(None, faults=tuple(self.faults))

    def _piece(
        self,
        progress: FileProgress | None,
        *,
        is_last_of_commit: bool = False,
        faults: tuple[str, ...] = (),
    ) -> Piece:
        read, self.records = tuple(self.records), []
        return Piece(
            document=self.document,
            file=self.file,
            records=read,
            progress=progress,
            bytes_read=self.bytes_read,
            is_last_of_commit=is_last_of_commit,
            faults=faults,
        )


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
