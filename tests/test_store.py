"""The store is migrated when opened, used by one process at a time, and says what is wrong."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from aggregator.errors import StoreError
from aggregator.models import Config, FetchState
from aggregator.pipeline.cluster import cluster_entries
from aggregator.pipeline.run import Run
from aggregator.store import made, schema
from aggregator.store.sqlite import _BUSY_TIMEOUT_SECONDS
from aggregator.store.store import Store
from aggregator.stories.representative import present
from tests.support.migrated import MADE, made_by_migrations, migrate
from tests.support.passes import NOW

ROOT = Path(__file__).parent.parent
MIGRATIONS = Path(schema.__file__).parent / "migrations"


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Return the address of a store that does not exist yet."""
    return f"sqlite:///{tmp_path}/store.db"


def test_the_migrations_make_the_schema(url: str) -> None:
    """The migrations build the schema that the code expects, and it names the newest of them."""
    migrate(url)
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []
    engine.dispose()
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == schema.REVISION


def everything(database: str) -> list[tuple[str, ...]]:
    """Return what SQLite says of a store's shape, what of it was made first before the others."""
    connection = sqlite3.connect(database)
    shape = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY rowid")
    rows = [*shape, *connection.execute("SELECT * FROM alembic_version")]
    connection.close()
    return rows


def test_a_new_store_has_the_shape_of_a_migrated_one(url: str, tmp_path: Path) -> None:
    """To the letter: tables with the order of their columns, indexes, triggers, the revision."""
    assert MADE.read_text(encoding="utf-8") == made_by_migrations(tmp_path), "run: make schema"
    Store.open(url).close()
    migrated = everything(f"{tmp_path}/migrated.db")
    assert everything(f"{tmp_path}/store.db") == migrated
    assert {kind for kind, *_ in migrated} >= {"table", "index", "trigger", schema.REVISION}


@pytest.mark.parametrize("step", [0, 20, 38])
def test_a_store_whose_making_was_killed_is_made_again(url: str, tmp_path: Path, step: int) -> None:
    """At any statement: the next process finds nothing and begins again."""
    program = (
        "import os, signal, sys\n"
        "from aggregator.store import made\n"
        "from aggregator.store.store import Store\n"
        "statements, left = made._statements, int(sys.argv[2])\n"
        "def killed(text):\n"
        "    for number, statement in enumerate(statements(text)):\n"
        "        if number == left:\n"
        "            os.kill(os.getpid(), signal.SIGKILL)\n"
        "        yield statement\n"
        "made._statements = killed\n"
        "Store.open(sys.argv[1]).close()\n"
    )
    ended = subprocess.run([sys.executable, "-c", program, url, str(step)], cwd=ROOT, check=False)
    assert ended.returncode == -signal.SIGKILL
    Store.open(url).close()
    migrate(f"sqlite:///{tmp_path}/migrated.db")
    assert everything(f"{tmp_path}/store.db") == everything(f"{tmp_path}/migrated.db")


def test_an_older_text_of_a_new_store_is_migrated_on(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a migration was added and the text not yet written anew."""
    migrate(f"sqlite:///{tmp_path}/old.db", "0012")
    engine = sa.create_engine(f"sqlite:///{tmp_path}/old.db")
    with engine.connect() as connection:
        text = made.written(connection, "0012")
    engine.dispose()
    (tmp_path / "made.sql").write_text(text, encoding="utf-8")
    monkeypatch.setattr(made, "files", lambda _package: tmp_path)
    Store.open(url).close()
    migrate(f"sqlite:///{tmp_path}/migrated.db")
    assert everything(f"{tmp_path}/store.db") == everything(f"{tmp_path}/migrated.db")


def test_an_older_store_keeps_the_ids_that_readers_know(
    url: str, make_config: Callable[[str], Config]
) -> None:
    """Stories keep their ids across the migration to clustering by similarity of texts."""
    migrate(url, "0003")
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for pk, source in ((1, "a"), (2, "b")):
            times = (1_790_000_000,) * 3
            entry = (pk, f"urn:x:{pk}", source, 1, "bn", *times, "stated", pk, "k")
            texts = (pk, "", "শিরোনাম", "", "", "[]", "[]", "[]", "[]")
            for table, row in (("entry", entry), ("entry_text", texts)):
                marks = ", ".join("?" * len(row))
                connection.exec_driver_sql(f"INSERT INTO {table} VALUES ({marks})", row)  # noqa: S608 - names of ours
    engine.dispose()
    config = make_config('[[source]]\nname = "a"\ndump = "a"\n')
    with Store.open(url) as store:
        assert cluster_entries(Run.of(config, store, clock=lambda: NOW, stop=Event())) == 2
        with store.read() as unit:
            (members,) = unit.stories.members([1]).values()
    for sources, pinned in ((("a", "b"), "urn:x:1"), (("b",), "urn:x:2")):
        shown = present(
            members, feed="all", sources=set(sources), languages={"bn"}, priorities={"a": 0, "b": 5}
        )
        assert shown is not None and shown.pinned.id == pinned


def modes_of(folder: Path) -> dict[str, int]:
    """Return the permissions of the store's files, by name."""
    return {path.name: path.stat().st_mode & 0o777 for path in folder.glob("store.db*")}


def test_a_store_is_its_owner_s_alone(url: str, tmp_path: Path) -> None:
    """From the first moment, whatever the umask, with the files that SQLite puts beside it."""
    umask = os.umask(0)
    try:
        with Store.open(url) as store, store.write() as unit:
            unit.sources.save_state("a", FetchState())
            modes = modes_of(tmp_path)
    finally:
        os.umask(umask)
    del modes["store.db.lock"]  # it is empty
    assert modes == dict.fromkeys(("store.db", "store.db-wal", "store.db-shm"), 0o600)


def test_an_existing_store_is_closed_to_others(
    url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A store that an older version made is tightened once, and the log says so."""
    Store.open(url).close()
    (tmp_path / "store.db").chmod(0o644)
    for _ in range(2):
        Store.open(url).close()
    assert modes_of(tmp_path)["store.db"] == 0o600
    (line,) = (record.getMessage() for record in caplog.records if "users" in record.getMessage())
    assert line == f"{tmp_path}/store.db was open to other users (mode 644); now it is not"


def test_a_second_process_is_refused(url: str) -> None:
    """It is told that another uses the store, not that the store is broken."""
    with Store.open(url), pytest.raises(StoreError, match="another aggregator is using"):
        Store.open(url)
    Store.open(url).close()


def test_a_store_that_cannot_be_opened_is_named(url: str, tmp_path: Path) -> None:
    """A file that is no database and a folder that is not there each have their message."""
    (tmp_path / "store.db").write_bytes(b"this is no database" * 100)
    with pytest.raises(StoreError, match=r"store\.db cannot be used"):
        Store.open(url)
    with pytest.raises(StoreError, match=r"folder .* is not there"):
        Store.open(f"sqlite:///{tmp_path}/no/store.db")


def test_a_store_of_a_newer_version_is_left_alone(url: str, tmp_path: Path) -> None:
    """An older program does not touch a store that it does not understand."""
    Store.open(url).close()
    connection = sqlite3.connect(tmp_path / "store.db")
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    with pytest.raises(StoreError, match="newer version"):
        Store.open(url)


def test_a_reader_waits_for_no_writer(url: str, tmp_path: Path) -> None:
    """Whoever opens the store beside one that writes reads at once what was stored before."""
    Store.open(url).close()
    writer = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("INSERT INTO search_waiting VALUES (1)")
    start = time.monotonic()
    with Store.beside(url) as store, store.read() as unit:
        assert unit.search.waiting(1) == ([], [])
    assert time.monotonic() - start < _BUSY_TIMEOUT_SECONDS
    writer.close()


def test_a_schema_whose_names_are_no_text_is_damage(url: str, tmp_path: Path) -> None:
    """SQLite's own words of it cannot be decoded, and are a StoreError all the same."""
    Store.open(url).close()
    store = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    store.execute("PRAGMA writable_schema = ON")
    store.execute(
        "UPDATE sqlite_master SET name = CAST(x'e0a6' AS TEXT), sql = 'CREATE' WHERE name = 'entry'"
    )
    store.close()
    for open_store in (Store.open, Store.beside):
        with pytest.raises(StoreError, match="malformed database schema"):
            open_store(url)


def test_a_unit_of_work_that_fails_leaves_nothing(url: str) -> None:
    """All of a document is stored, or nothing of it."""
    with Store.open(url) as store:
        with pytest.raises(KeyError), store.write() as unit:
            unit.sources.add_rejected("a", [], NOW)
            unit.sources.save_state("a", FetchState())
            raise KeyError
        with store.read() as unit:
            assert unit.sources.states() == {}
