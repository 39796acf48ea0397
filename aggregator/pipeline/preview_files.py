"""The files of a folder read as a dump's are, without a store: a few of the newest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from aggregator.errors import SourceError
from aggregator.fetch import files as dump_files
from aggregator.models import DumpFile, Flaw, FlawKind, ParsedEntry, Rejected, Source
from aggregator.pipeline.boilerplate import Boilerplate
from aggregator.pipeline.document import DocumentEntries
from aggregator.pipeline.dump_pieces import entries_of
from aggregator.pipeline.records import records_of

# They tell what a folder is: reading them takes a second or two, and a pass reads all of it.
_MOST_FILES = 100
_MOST_RECORDS = 200
# Of each of many files, so that one with a thousand records does not stand for all.
_FEWEST_OF_A_FILE = 5
# What recurs on pages is learnt of these: three pages show it, and a WARC alone has fifty.
_SURVEYED_FILES = 20
_FAULTS_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesRead:
    """What was read of a folder: how many files there are, and the documents of some of them."""

    documents: Sequence[DocumentEntries] = ()
    flaws: tuple[Flaw, ...] = ()
    files: int = 0
    files_read: int = 0


def read_files(source: Source, now: datetime) -> FilesRead:
    """Read the newest files of a dump source, of each its first records."""
    try:
        files, faults = dump_files.matching(source.dump or "")
    except SourceError as error:
        return FilesRead(flaws=(Flaw(kind=FlawKind.UNREAD, text=str(error)),))
    newest = sorted(files, key=lambda file: (-file.modified_ns, file.path))[:_MOST_FILES]
    boilerplate = Boilerplate.learnt(source, newest[:_SURVEYED_FILES])
    documents: list[DocumentEntries] = []
    records, of_each = 0, max(_MOST_RECORDS // max(len(newest), 1), _FEWEST_OF_A_FILE)
    for file in newest:
        if records >= _MOST_RECORDS:
            break
        document = dump_files.document_of(source.name, file, clock=lambda: now)
        entries = list(islice(_entries(source, boilerplate, file, document.url, faults), of_each))
        read = DocumentEntries.of(document, source, entries)
        records += len(read.parsed) + len(read.rejected)
        documents.append(read)
    flaws = [Flaw(kind=FlawKind.FILE, text=fault) for fault in faults[:_FAULTS_SHOWN]]
    if not files:
        text = f"{source.dump} matches no file"
        flaws.append(Flaw(kind=FlawKind.UNREAD, text=text))
    return FilesRead(
        documents=documents, flaws=tuple(flaws), files=len(files), files_read=len(documents)
    )


def _entries(
    source: Source, boilerplate: Boilerplate, file: DumpFile, url: str, faults: list[str]
) -> Iterator[ParsedEntry | Rejected]:
    """Yield the entries of a file; what is wrong with it joins ``faults``."""
    try:
        for record, _ in records_of(file, faults, dict(source.fields)):
            yield from entries_of(source, boilerplate, record, file, url)
    except SourceError as error:
        faults.append(str(error))
