"""Dumps: how far each file is read; and which lines recur on a source's pages or in its entries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Set

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aggregator.models import FileProgress
from aggregator.store import schema
from aggregator.store.columns import naming_faults, number
from aggregator.store.rows import file_progress_from_row, file_progress_row
from aggregator.store.sql import insert, upsert
from aggregator.store.statements import Bulk, Read
from aggregator.store.unreadable import Unreadable

_file, _line = schema.dump_file, schema.page_line
_PROGRESS = sa.select(_file).where(_file.c.source == sa.bindparam("of_source"))
_SAVE_PROGRESS = upsert(_file, keys=["source", "path"])
_BEGIN_ANEW = (
    sa.update(_file)
    .where(_file.c.source == sa.bindparam("of_source"))
    .values(records=0, is_done=sa.false(), error="")
)
# A site whose pages have had more different short lines is known by now.
_MOST_LINES = 50_000
# Of a feed the lines of some hundred entries are kept; then all counts are halved, so that what is
# no longer sent is forgotten.
_MOST_LINES_OF_A_FEED = 2_000
_LINES_OF = _line.c.source == sa.bindparam("of_source")
_HALVE_LINES = sa.update(_line).where(_LINES_OF).values(pages=_line.c.pages // 2)
_FORGET_LINES = sa.delete(_line).where(_LINES_OF, _line.c.pages == 0)
_COUNT_LINES = Read(sa.select(sa.func.count()).where(_LINES_OF))
_counted = insert(_line)
_ADD_LINES = Bulk(
    _counted.on_conflict_do_update(
        index_elements=["source", "line"], set_={"pages": _line.c.pages + _counted.excluded.pages}
    )
)
_RECURRING_LINES = Read(
    sa.select(_line.c.line, _line.c.pages).where(
        _LINES_OF, _line.c.pages >= sa.bindparam("at_least")
    )
)


class Dumps:
    """The reads and writes of one unit of work over dump files and their lines."""

    def __init__(self, connection: Connection, unreadable: Unreadable) -> None:
        self._connection, self._unreadable = connection, unreadable

    def progress(self, source: str) -> list[FileProgress]:
        """Return how far each file of a source is read, for every file that was ever begun."""

        def read() -> list[FileProgress]:
            rows = self._connection.execute(_PROGRESS, {"of_source": source})
            return [file_progress_from_row(row) for row in rows.mappings()]

        return self._unreadable.read(f"how far the files of {source} are read", read, [])

    def save_progress(self, source: str, progress: FileProgress) -> None:
        """Remember how far a file is read."""
        self._connection.execute(_SAVE_PROGRESS, file_progress_row(source, progress))

    def begin_anew(self, source: str) -> None:
        """Remember that each file of a source is to be read from its beginning again."""
        self._connection.execute(_BEGIN_ANEW, {"of_source": source})

    def count_lines(self, source: str, pages: Iterable[Set[int]]) -> None:
        """Count on how many pages of a source each line stands; a line is its fingerprint.

        A site with 50,000 different lines is known, and no further ones are added.
        """
        if self._line_count(source) < _MOST_LINES:
            self._add_lines(source, pages)

    def count_entries(self, source: str, entries: Iterable[Set[int]]) -> None:
        """Count in how many entries of a feed each line stands, as ``count_lines`` does for pages.

        Where more than 2,000 different lines are known, all counts are halved, and lines that stood
        in a single entry are forgotten.
        """
        self._add_lines(source, entries)
        if self._line_count(source) > _MOST_LINES_OF_A_FEED:
            values = {"of_source": source}
            self._connection.execute(_HALVE_LINES, values)
            self._connection.execute(_FORGET_LINES, values)

    def _line_count(self, source: str) -> int:
        ((count,),) = _COUNT_LINES.rows(self._connection, of_source=source)
        return int(count)

    def _add_lines(self, source: str, pages: Iterable[Set[int]]) -> None:
        counts = Counter(line for page in pages for line in page)
        _ADD_LINES.run(
            self._connection,
            [{"source": source, "line": line, "pages": count} for line, count in counts.items()],
        )

    def recurring_lines(self, source: str, at_least: int) -> dict[int, int]:
        """Return the lines that stand on at least ``at_least`` pages of a source: line → pages."""

        @naming_faults
        def read() -> dict[int, int]:
            rows = _RECURRING_LINES.rows(self._connection, of_source=source, at_least=at_least)
            return {line: number(pages) for line, pages in rows}

        return self._unreadable.read(f"which lines of {source} recur", read, {})
