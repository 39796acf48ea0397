"""Where a store is: the URL that it is opened by, and the files of this machine beside it.

An SQLite database is a file, beside which the others lie. With PostgreSQL they lie where the
parameter ``beside`` of the URL says, which ``config`` adds, as the server knows no such folder.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import URL, make_url

_BESIDE = "beside"


def postgresql_url(url: str, beside: Path) -> str:
    """Return the URL of a store in PostgreSQL, whose files on this machine lie beside a path."""
    whole = make_url(url).set(drivername="postgresql+psycopg")
    return whole.update_query_dict({_BESIDE: str(beside)}).render_as_string(hide_password=False)


def is_postgresql(url: str) -> bool:
    """Tell whether the store is in PostgreSQL."""
    return url.startswith("postgresql")


def path_of(url: str) -> Path:
    """Return the path beside which the store's files lie: that of an SQLite database itself."""
    parsed = make_url(url)
    return Path(str(parsed.query.get(_BESIDE, parsed.database or "")))


def server_url(url: str) -> URL:
    """Return the URL by which PostgreSQL is asked."""
    return make_url(url).difference_update_query([_BESIDE])


def shown(url: str) -> str:
    """Return what a person is told of where the store is; no password."""
    if is_postgresql(url):
        bare = server_url(url).set(drivername="postgresql")
        return bare.render_as_string(hide_password=True)
    return str(path_of(url))
