"""What is remembered of dumps: how far files are read, and which lines recur on pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Set

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine import Connection

from aggregator.models import DumpFile, FileProgress
from aggregator.store import schema
from aggregator.store.bulk import Bulk, upsert

_FILES_READ = sa.select(schema.dump_file).where(schema.dump_file.c.source == sa.bindparam("of"))
_line = schema.page_line
_MOST_LINES = 50_000
_LINES_KNOWN = sa.select(sa.func.count()).where(_line.c.source == sa.bindparam("of"))
_counted = insert(_line)
_COUNT_LINES = Bulk(
    _counted.on_conflict_do_update(
        index_elements=["source", "line"], set_={"pages": _line.c.pages + _counted.excluded.pages}
    )
)
_RECURRING = sa.select(_line.c.line).where(
    _line.c.source == sa.bindparam("of"),
    _line.c.pages >= sa.bindparam("least"),
)
_SAVE_FILE_READ = upsert(schema.dump_file, keys=["source", "path"])


class Ledger:
    """The reads and writes of one transaction over dumps, on the connection it was given."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def files_read(self, source: str) -> list[FileProgress]:
        """Give the ledger of a dump source."""
        rows = self._connection.execute(_FILES_READ, {"of": source})
        return [
            FileProgress(
                file=DumpFile(path=row.path, size=row.size, modified_ns=row.modified_ns),
                records=row.records,
                is_done=row.is_done,
                error=row.error,
            )
            for row in rows
        ]

    def save_file_read(self, source: str, read: FileProgress) -> None:
        """Remember that a file was read as it is now."""
        row = {
            "source": source,
            "path": read.file.path,
            "size": read.file.size,
            "modified_ns": read.file.modified_ns,
            "records": read.records,
            "is_done": read.is_done,
            "error": read.error,
        }
        self._connection.execute(_SAVE_FILE_READ, row)

    def count_lines(self, source: str, pages: Iterable[Set[int]]) -> None:
        """Count on how many pages of a source each line stands, told by its fingerprint.

        Once so many lines are known that the site must be, no new ones are added.
        """
        counts = Counter(line for page in pages for line in page)
        known = self._connection.execute(_LINES_KNOWN, {"of": source}).scalar_one()
        if known < _MOST_LINES:
            rows = [{"source": source, "line": line, "pages": n} for line, n in counts.items()]
            _COUNT_LINES.run(self._connection, rows)

    def recurring(self, source: str, at_least: int) -> frozenset[int]:
        """Give the lines that stand on at least so many pages of a source."""
        asked = {"of": source, "least": at_least}
        return frozenset(self._connection.execute(_RECURRING, asked).scalars())
