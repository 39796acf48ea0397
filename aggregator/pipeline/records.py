"""Records: a dump file opened through compression and archives, and split into its records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aggregator.errors import ParseError
from aggregator.fetch import archives
from aggregator.models import DumpFile
from aggregator.parse import records as parse_records


def records_of(
    file: DumpFile, faults: list[str], fields: Mapping[str, str]
) -> Iterator[tuple[parse_records.Record, int]]:
    """Read the records of a file, each with how many of the file's bytes are read by then.

    What is wrong with one member of an archive joins ``faults``, and the others are read.
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
