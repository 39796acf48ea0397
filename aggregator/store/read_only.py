"""Connections that leave the database's file as it is, whoever else writes it or did."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aggregator.store.place import file_size


def connect(path: Path) -> sqlite3.Connection:
    """Connect to a database that is there.

    Where a log lies beside it, a connection that may write would put what is in the log into the
    file as it ends, if it is the last. Where there is none, one that may not write would leave an
    empty log behind.
    """
    written_ahead = path.with_name(f"{path.name}-wal")
    mode = "ro" if file_size(written_ahead) else "rw"
    address = f"file:{quote(str(path))}?mode={mode}"
    return sqlite3.connect(address, uri=True, check_same_thread=False)


def refuse_to_write(connection: Any, _record: object) -> None:
    """Make SQLite refuse whatever would change the database by this connection."""
    connection.execute("PRAGMA query_only=ON").close()
