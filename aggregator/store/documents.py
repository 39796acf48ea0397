"""The published files as the machines of a cluster share them; only PostgreSQL has their table.

Whoever publishes puts them here, and web servers copy them from here. Knows which came when;
refuses to know what is in them.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from aggregator.models import KnownFile, PublishedFile
from aggregator.store.faults import naming_driver

# What web servers listen to (``announcements``); its payload is the schema of the store.
CHANNEL = "aggregator_published"
_ANNOUNCE = sa.text(f"SELECT pg_notify('{CHANNEL}', current_schema())")
_LAST = sa.text("SELECT coalesce(max(number), 0) FROM published_file")
_KNOWN = sa.text(
    "SELECT name, modified_ns, digest, octet_length(body) AS size FROM published_file ORDER BY name"
)
_TIMES = sa.text(
    "SELECT name, modified_ns FROM published_file"
    " WHERE name = ANY(CAST(:names AS text[])) AND body IS NOT NULL"
)
_DIGESTS = sa.text(
    "SELECT name, digest FROM published_file"
    " WHERE name = ANY(CAST(:names AS text[])) AND body IS NOT NULL"
)
_FILE = "SELECT name, body, modified_ns, digest FROM published_file"
_SINCE = f"{_FILE} WHERE number > %s ORDER BY number"
_NAMED = f"{_FILE} WHERE name = ANY(%s) ORDER BY number"
_PUT = sa.text(
    "INSERT INTO published_file AS known (name, body, modified_ns, digest)"
    " VALUES (:name, :body, :modified_ns, :digest) ON CONFLICT (name) DO UPDATE"
    " SET body = excluded.body, modified_ns = excluded.modified_ns, number = DEFAULT,"
    # Of a file that is gone its last one, by which mirrors know their copy from another's file.
    " digest = CASE WHEN excluded.body IS NULL THEN known.digest ELSE excluded.digest END"
)
# The files whose bytes a reader has in memory at once: a feed takes 3 MB at most.
_ROWS_TOGETHER = 8


class Documents:
    """The reads and writes of one unit of work over published files."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def last(self) -> int:
        """Return the number of the file that was put or removed last, 0 where none ever was."""
        return int(self._connection.execute(_LAST).scalar_one())

    def known(self) -> dict[str, KnownFile]:
        """Return what each file is known by, by its name; of one that was removed, too."""
        return {
            row.name: KnownFile(modified_ns=row.modified_ns, digest=row.digest, size=row.size)
            for row in self._connection.execute(_KNOWN)
        }

    def times_ns(self, names: Collection[str]) -> dict[str, int]:
        """Return the time of each of these files that is there, by its name."""
        rows = self._connection.execute(_TIMES, {"names": list(names)})
        return {row.name: row.modified_ns for row in rows}

    def digests(self, names: Collection[str]) -> dict[str, str]:
        """Return the digest of each of these files that is there, by its name."""
        rows = self._connection.execute(_DIGESTS, {"names": list(names)})
        return {row.name: row.digest for row in rows}

    def since(self, number: int) -> Generator[PublishedFile]:
        """Read the files that were put or removed after the one of a number, in that order."""
        return self._files(_SINCE, number)

    def named(self, names: Collection[str]) -> Generator[PublishedFile]:
        """Read files by their names, in the order in which they were put or removed."""
        return self._files(_NAMED, list(names))

    def put(self, files: Iterable[PublishedFile]) -> None:
        """Put or remove files, in this order; who listens is told of it by the commit."""
        for file in files:
            values = {"name": file.name, "body": file.body, "digest": file.digest}
            self._connection.execute(_PUT, {**values, "modified_ns": file.modified_ns})
        self._connection.execute(_ANNOUNCE)

    def _files(self, statement: str, value: object) -> Generator[PublishedFile]:
        """Ask the driver itself: as SQLAlchemy asks it, bytes come as text of twice their size."""
        driver: Any = self._connection.connection.driver_connection
        with (
            naming_driver(self._connection, "published files cannot be read"),
            driver.cursor(name="published", binary=True) as cursor,
        ):
            cursor.itersize = _ROWS_TOGETHER
            for name, body, modified_ns, digest in cursor.execute(statement, (value,)):
                yield PublishedFile(name=name, body=body, modified_ns=modified_ns, digest=digest)
