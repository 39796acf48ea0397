"""A PostgreSQL server for the tests that hold of either database, where it is installed.

It is started once a run, by the first test that asks, in a folder of its own on a socket there,
with a database that sorts as Bengali does (ICU ``bn``). It keeps nothing safe from a loss of power.
Within such a test, each store that is asked for as a file is a schema of that database, of a name
made of the path.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from filelock import FileLock
from sqlalchemy.pool import NullPool

from aggregator.store import owner, store
from aggregator.store.database import Database
from aggregator.store.databases import database_of
from aggregator.store.place import is_postgresql, path_of
from aggregator.store.postgresql import PostgresqlDatabase
from tests.support import by_hand

_OLDEST = 15
_DEBIAN = Path("/usr/lib/postgresql")
# A name of a socket has 107 bytes at most, and pytest's folders have long names.
_POINTER = "postgresql-server"
# A store is a schema of fifty tables, and a run has hundreds of stores.
_SETTINGS = "fsync=off full_page_writes=off max_connections=200 max_locks_per_transaction=2000"


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, the newest; ``None`` where there is none."""
    folders = [folder / "bin" for folder in _DEBIAN.glob("[0-9]*")]
    if found := shutil.which("initdb"):
        folders.append(Path(found).parent)
    versions = {_version(folder): folder for folder in folders if (folder / "initdb").is_file()}
    newest = max(versions, default=0)
    return versions[newest] if newest >= _OLDEST else None


def missing() -> str:
    """Return why there is no server to test with, empty where there is one."""
    if find_spec("psycopg") is None:
        return "psycopg is not installed (the extra dev has it)"
    if programs() is None:
        return f"PostgreSQL {_OLDEST} or newer is not installed (Debian: postgresql)"
    return ""


def server_in(folder: Path) -> str:
    """Return the URL of the run's server, which is started where it is not running yet."""
    pointer = folder / _POINTER
    with FileLock(f"{pointer}.lock"):
        if not pointer.exists():
            place = Path(mkdtemp(prefix="pg-"))
            _make(place)
            _start(place)
            pointer.write_text(str(place))
    return f"postgresql://{_user().pw_name}@/postgres?host={quote(pointer.read_text())}"


def stop_in(folder: Path) -> None:
    """Stop the run's server, if it was started, and delete what it held."""
    pointer = folder / _POINTER
    if pointer.exists():
        place = Path(pointer.read_text())
        _run(place, "pg_ctl", "-D", str(place / "data"), "-m", "immediate", "stop")
        shutil.rmtree(place)
        pointer.unlink()


def restart_in(folder: Path) -> None:
    """Restart the server that ``server_in`` started there, as an operator does it."""
    place = Path((folder / _POINTER).read_text())
    _run(place, "pg_ctl", "-D", str(place / "data"), "-m", "fast", "-w", "restart")


def socket_in(folder: Path) -> Path:
    """Return the socket of the server that ``server_in`` started there."""
    return Path((folder / _POINTER).read_text()) / ".s.PGSQL.5432"


@contextmanager
def stopped_in(folder: Path) -> Iterator[None]:
    """Stop the run's server, with what it was asked just then, while the block lasts."""
    place = Path((folder / _POINTER).read_text())
    _run(place, "pg_ctl", "-D", str(place / "data"), "-m", "immediate", "stop")
    try:
        yield
    finally:
        _start(place)


def url_of(server: str, path: Path) -> str:
    """Return the URL of the store that stands for a file, whose schema is made where it is not."""
    return f"{schema_url(server, path)}&beside={quote(str(path))}"


def schema_url(server: str, path: Path) -> str:
    """Return the URL of a schema of its own for a path, as a configuration has it."""
    name = "t" + hashlib.sha256(str(path).encode()).hexdigest()[:20]
    with _engine(server).connect() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {name}")
    return f"{server}&options=-csearch_path%3D{name}"


@contextmanager
def in_place_of_files(server: str, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Open each store in PostgreSQL whose URL is that of a file, while the block lasts."""

    def chosen(url: str) -> Database:
        if is_postgresql(url):
            return database_of(url)
        return PostgresqlDatabase(url_of(server, path_of(url).absolute()))

    patch.setattr(store, "database_of", chosen)
    patch.setattr(owner, "database_of", chosen)
    patch.setattr(by_hand, "database_of", chosen)
    yield


@cache
def _engine(server: str) -> sa.Engine:
    url = sa.make_url(server).set(drivername="postgresql+psycopg")
    return sa.create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")


def _version(folder: Path) -> int:
    told = subprocess.run(
        [folder / "initdb", "--version"], capture_output=True, text=True, check=True
    )
    found = re.search(r"\d+", told.stdout)
    return int(found[0]) if found else 0


def _user() -> pwd.struct_passwd:
    """Return whom the server runs as: it refuses to be root's."""
    return pwd.getpwnam("postgres") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())


def _make(place: Path) -> None:
    os.chown(place, _user().pw_uid, _user().pw_gid)
    data = str(place / "data")
    order = ["--locale-provider=icu", "--icu-locale=bn", "--encoding=UTF8"]
    _run(place, "initdb", "-D", data, "--auth=trust", "--no-sync", *order)


def _start(place: Path) -> None:
    data = str(place / "data")
    options = " ".join(f"-c {setting}" for setting in _SETTINGS.split())
    options += f" -c listen_addresses='' -k {place}"
    log = str(place / "log")
    _run(place, "pg_ctl", "-D", data, "-l", log, "-o", options, "-w", "start")


def _run(place: Path, program: str, *arguments: str) -> None:
    folder = programs()
    assert folder is not None, missing()
    subprocess.run(
        [folder / program, *arguments],
        user=_user().pw_uid if os.geteuid() == 0 else None,
        group=_user().pw_gid if os.geteuid() == 0 else None,
        cwd=place,
        stdout=subprocess.DEVNULL,
        check=True,
    )
