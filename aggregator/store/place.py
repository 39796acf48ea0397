"""Where a store is: the URL that it is opened by, and the files of this machine beside it.

An SQLite database is a file, beside which the others lie. With PostgreSQL they lie where the
parameter ``beside`` of the URL says, which ``config`` adds, as the server knows no such folder.
"""

from __future__ import annotations

import stat
from pathlib import Path

from sqlalchemy.engine import URL, make_url

from aggregator.errors import StoreError

_BESIDE = "beside"


def is_postgresql(url: str) -> bool:
    """Tell whether the store is in PostgreSQL."""
    return url.startswith("postgresql")


def path_of(url: str) -> Path:
    """Return the path beside which the store's files lie: that of an SQLite database itself."""
    parsed = make_url(url)
    return Path(str(parsed.query.get(_BESIDE, parsed.database or "")))


def file_size(path: Path) -> int:
    """Return the bytes of a regular file, 0 where there is none.

    It is looked at once: another process that ends takes SQLite's logs away between two looks.
    """
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return 0
    return status.st_size if stat.S_ISREG(status.st_mode) else 0


def check_is_file(url: str, what: str, instead: str) -> None:
    """Raise StoreError where the store is no file; ``what`` is done to files alone."""
    if is_postgresql(url):
        raise StoreError(f"{what} an SQLite file: {shown(url)} is PostgreSQL's; {instead}")


def server_url(url: str) -> URL:
    """Return the URL by which PostgreSQL is asked."""
    bare = make_url(url).difference_update_query([_BESIDE])
    return bare.set(drivername="postgresql+psycopg")


def shown(url: str) -> str:
    """Return what a person is told of where the store is; no password."""
    if is_postgresql(url):
        return make_url(url).set(query={}).render_as_string(hide_password=True)
    return str(path_of(url))
