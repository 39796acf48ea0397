"""A store that is moved into another database goes on there as if it had always been there."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from aggregator import config as configuration
from aggregator.cli import commands
from aggregator.config import store_url_of
from aggregator.errors import StoreError
from aggregator.models import Arrival, ArrivalKind, Config
from aggregator.push.spool import Spool
from aggregator.push.told import folder_of
from aggregator.store import postgresql, schema
from aggregator.store.databases import database_of
from aggregator.store.moving import move
from aggregator.store.place import path_of, server_url
from aggregator.store.postgresql import PostgresqlDatabase
from aggregator.store.sqlite_file import SqliteFile
from aggregator.store.store import Store
from tests.support.by_hand import by_hand
from tests.support.configurations import LOCAL
from tests.support.loopback import Loopback, Page
from tests.support.passes import NOW, one_pass
from tests.support.texts import PAGE, item, rss


def configured(folder: Path, web: Loopback, store: str) -> Config:
    """Return the configuration of a feed and a dump whose store is at a URL."""
    path = folder / "config.toml"
    path.write_text(
        f'[store]\nurl = "{store}"\n[[source]]\nname = "a"\nfeed = "{web.url}/a"\n{LOCAL}'
        '[[source]]\nname = "d"\ndump = "dumps/*.txt"\n',
        encoding="utf-8",
    )
    return configuration.load(path)


def made_site(folder: Path, web: Loopback, store: str = "sqlite:///aggregator.db") -> Config:
    """Publish a feed and a dump, and the feed once more with a text that changed."""
    (folder / "dumps").mkdir()
    (folder / "dumps" / "page.txt").write_text(PAGE, encoding="utf-8")
    config = configured(folder, web, store)
    web.pages["/a"] = Page(rss([item(number) for number in range(1, 9)]))
    one_pass(config)
    web.pages["/a"] = Page(
        rss([item(1, title="নতুন পাঠাগারের বই এল"), *(item(number) for number in range(2, 12))])
    )
    one_pass(config)
    return config


def rows_of(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Return what is stored in every table but those of the index, in the order of their keys."""
    engine = database_of(url).engine()
    found = {}
    with engine.connect() as connection:
        for table in schema.metadata.sorted_tables:
            if not table.name.startswith("search_"):
                rows = connection.execute(sa.select(table).order_by(*table.primary_key))
                found[table.name] = [tuple(row) for row in rows]
    engine.dispose()
    return found


def digests_of(url: str) -> list[str]:
    """Return the digests in the order in which they came."""
    engine = database_of(url).engine()
    with engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT digest FROM digest ORDER BY rowid"))
        found = [row[0] for row in rows]
    engine.dispose()
    return found


def files_of(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Return the bytes and the time of each file in a folder and those below, by its name."""
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


def asked(arguments: list[str]) -> Result:
    """Run the command line."""
    return CliRunner().invoke(commands, arguments)


def test_a_store_goes_to_postgresql_and_back(
    tmp_path: Path, web: Loopback, postgresql_url: str
) -> None:
    """Each row is as before in both; the passes after it get 304s and touch no file."""
    config = made_site(tmp_path, web)
    before, order = rows_of(config.store_url), digests_of(config.store_url)
    files = files_of(config.site.output)
    for target in (postgresql_url, "sqlite:///back.db"):
        done = asked(["move", target, "--config", str(config.path)])
        assert done.exit_code == 0, done.output
        assert f"{len(before['entry'])} entries are copied" in done.output
        assert f'url = "{target}"' in done.output
        config = configured(tmp_path, web, target)
        assert (rows_of(config.store_url), digests_of(config.store_url)) == (before, order)
        web.asked.clear()
        report = one_pass(config)
        assert not report.failed and web.asked == [("/a", 304)]
        assert files_of(config.site.output) == files
        before, order = rows_of(config.store_url), digests_of(config.store_url)


@pytest.mark.postgresql
def test_what_is_new_is_numbered_on(tmp_path: Path, web: Loopback, postgresql_url: str) -> None:
    """Entries, digests and what PostgreSQL numbers itself go on behind the greatest number."""
    config = made_site(tmp_path, web)
    with Store.open(config.store_url) as store, store.write() as unit:
        unit.requests.permit_loss("bangla")
    move(config.store_url, configured(tmp_path, web, postgresql_url).store_url)
    config = configured(tmp_path, web, postgresql_url)
    before = digests_of(config.store_url)
    web.pages["/a"] = Page(rss([item(number) for number in range(12, 15)]))
    one_pass(config)
    assert digests_of(config.store_url)[: len(before)] == before
    with Store.beside(config.store_url) as store:
        for feed in ("bangla", "bangla-2"):
            with store.write() as unit:
                unit.requests.permit_loss(feed)


@pytest.mark.postgresql
def test_what_was_stored_is_found_again(tmp_path: Path, web: Loopback, postgresql_url: str) -> None:
    """The index for searching is made anew by the first pass, of all that was there."""
    made_site(tmp_path, web)
    assert asked(["move", postgresql_url, "--config", str(tmp_path / "config.toml")]).exit_code == 0
    config = configured(tmp_path, web, postgresql_url)
    one_pass(config)
    done = asked(["search", "পাঠাগার", "--config", str(config.path)])
    assert done.exit_code == 0 and "পাঠাগার" in done.output


def test_a_password_stays_out_of_what_is_printed(
    tmp_path: Path, web: Loopback, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is taken from a variable, and one that was typed is shown as a variable."""
    config = made_site(tmp_path, web)
    monkeypatch.setenv("SECRET", "gopon")
    named = postgresql_url.replace("@/", ":${SECRET}@/")
    done = asked(["move", named, "--config", str(config.path)])
    assert done.exit_code == 0 and f'url = "{named}"' in done.output
    typed = postgresql_url.replace("@/", ":gopon@/")
    done = asked(["move", typed, "--config", str(config.path)])
    assert done.exit_code == 2 and "gopon" not in done.output
    added = f"{postgresql_url}_other&password=gopon"
    with by_hand(postgresql_url) as connection:
        schema = postgresql_url.rpartition("search_path%3D")[2]
        connection.exec_driver_sql(f"CREATE SCHEMA {schema}_other")
    done = asked(["move", added, "--config", str(config.path)])
    assert done.exit_code == 0 and "&password=${PASSWORD}" in done.output
    assert "gopon" not in done.output


@pytest.mark.parametrize(
    "url", ["postgresql://u:go@pon@h/db", "postgresql:/u:gopon@h/db", "postgresql:u:gopon@h/db"]
)
def test_a_url_that_is_read_otherwise_than_it_is_meant_is_refused(
    tmp_path: Path, web: Loopback, url: str
) -> None:
    """A part of its password would be the host's name, and stand in what is printed."""
    config = made_site(tmp_path, web)
    done = asked(["move", url, "--config", str(config.path)])
    assert done.exit_code == 2 and "write it as" in done.output and "pon" not in done.output


@pytest.mark.parametrize("password", ["a@b", "a/b?c#d", "100%25", "x y:z", "${HOME}"])
def test_a_password_stands_in_its_variable_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    """Whatever signs it has, they are the password's and no part of the URL."""
    monkeypatch.setenv("SECRET", password)
    url = store_url_of("postgresql://khobor:${SECRET}@db.example/khobor", tmp_path / "config.toml")
    read = server_url(url)
    assert (read.username, read.password, read.host) == ("khobor", password, "db.example")


@pytest.mark.postgresql
def test_a_store_that_is_there_is_left_as_it_is(
    tmp_path: Path, web: Loopback, postgresql_url: str
) -> None:
    """Nothing is copied over a store, nor into itself, nor from a store that is not there."""
    config = made_site(tmp_path, web)
    path = str(config.path)
    assert asked(["move", postgresql_url, "--config", path]).exit_code == 0
    for target, message in (
        (postgresql_url, "there is a store"),
        ("sqlite:///aggregator.db", "already"),
        ("mysql://here", "the store is an SQLite file or a PostgreSQL database"),
    ):
        done = asked(["move", target, "--config", path])
        assert done.exit_code == 2 and message in done.output, done.output
    configured(tmp_path, web, "sqlite:///none.db")
    done = asked(["move", "sqlite:///other.db", "--config", path])
    assert done.exit_code == 2 and "there is no store" in done.output
    assert not (tmp_path / "other.db").exists()


def test_what_drives_postgresql_may_not_be_installed(
    tmp_path: Path, web: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The embedded default needs no driver for it, and who asks is told what to install."""
    config = made_site(tmp_path, web)
    monkeypatch.setattr("aggregator.store.postgresql.find_spec", lambda _name: None)
    done = asked(["move", "postgresql://khobor@db.example/khobor", "--config", str(config.path)])
    assert done.exit_code == 2 and "bengali-feed-aggregator[cluster]" in done.output


def test_nobody_writes_while_a_store_is_moved(
    tmp_path: Path, web: Loopback, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a person purged meanwhile would come back: the source's turn to write is taken."""
    config = made_site(tmp_path, web)
    turns = []
    original = PostgresqlDatabase.make

    def look(target: PostgresqlDatabase, connection: sa.Connection) -> None:
        with closing(sqlite3.connect(tmp_path / "aggregator.db", timeout=0)) as other:
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("BEGIN IMMEDIATE")
            turns.append(other.execute("SELECT count(*) FROM entry").fetchone()[0])
        original(target, connection)

    monkeypatch.setattr(PostgresqlDatabase, "make", look)
    moved = move(config.store_url, configured(tmp_path, web, postgresql_url).store_url)
    assert turns == [moved.entries]


@pytest.mark.postgresql
@pytest.mark.parametrize("target", ["postgresql", "sqlite"])
def test_a_side_that_waits_for_the_other_is_not_ended(
    tmp_path: Path,
    web: Loopback,
    postgresql_url: str,
    monkeypatch: pytest.MonkeyPatch,
    target: str,
) -> None:
    """A large table is counted for longer than a writer of a pass may be silent."""
    urls = [made_site(tmp_path, web).store_url, configured(tmp_path, web, postgresql_url).store_url]
    if target == "sqlite":
        move(*urls)
        urls = [urls[1], configured(tmp_path, web, "sqlite:///new.db").store_url]
    silent = "set_config('idle_in_transaction_session_timeout', '100ms', true)"
    monkeypatch.setattr(postgresql, "_TAKE_TURN", f"SELECT pg_advisory_xact_lock(1, 1), {silent}")
    kind = PostgresqlDatabase if target == "postgresql" else SqliteFile
    original = kind.make

    def make(database: Any, connection: sa.Connection) -> None:
        original(database, connection)
        time.sleep(0.5)

    monkeypatch.setattr(kind, "make", make)
    assert move(*urls).entries


@pytest.mark.postgresql
@pytest.mark.parametrize("target", ["postgresql", "sqlite"])
def test_a_move_that_fails_leaves_nothing(
    tmp_path: Path, web: Loopback, postgresql_url: str, target: str
) -> None:
    """A row that cannot be copied undoes all of it, and once it is mended it is moved."""
    config = made_site(tmp_path, web)
    old = config.store_url
    if target == "sqlite":
        move(old, configured(tmp_path, web, postgresql_url).store_url)
        old = configured(tmp_path, web, postgresql_url).store_url
    url = postgresql_url if target == "postgresql" else "sqlite:///new.db"
    new = configured(tmp_path, web, url).store_url
    engine = database_of(old).engine().execution_options(writes=True)
    broken = "\0" if target == "postgresql" else None
    rights = sa.text("UPDATE entry_text SET rights = :value WHERE pk = 1")
    with engine.begin() as connection:
        if target == "sqlite":
            connection.execute(sa.text("ALTER TABLE entry_text ALTER rights DROP NOT NULL"))
        connection.execute(rights, {"value": broken})
    with pytest.raises(StoreError, match=r"entry_text cannot be copied|NOT NULL"):
        move(old, new)
    assert not (tmp_path / "new.db").exists()
    with engine.begin() as connection:
        connection.execute(rights, {"value": ""})
    engine.dispose()
    assert move(old, new).entries == len(rows_of(new)["entry"])


@pytest.mark.postgresql
def test_a_store_goes_from_one_schema_to_another(
    tmp_path: Path, web: Loopback, postgresql_url: str
) -> None:
    """What is shown of their URLs is the same, and they are two stores."""
    config = made_site(tmp_path, web)
    move(config.store_url, configured(tmp_path, web, postgresql_url).store_url)
    first = configured(tmp_path, web, postgresql_url)
    with by_hand(first) as connection:
        own = connection.exec_driver_sql("SELECT current_schema()").scalar_one()
        connection.exec_driver_sql(f"CREATE SCHEMA {own}_next")
    assert asked(["move", f"{postgresql_url}_next", "--config", str(first.path)]).exit_code == 0
    again = asked(["move", postgresql_url, "--config", str(first.path)])
    assert again.exit_code == 2 and "already" in again.output


def test_nothing_is_moved_while_what_hubs_sent_waits(
    tmp_path: Path, web: Loopback, postgresql_url: str
) -> None:
    """It would stay behind, in files beside SQLite or in PostgreSQL: it is counted, and refused."""
    config = made_site(tmp_path, web)
    callback = "callback"  # whose it is does not matter
    sent = Arrival(token=callback, kind=ArrivalKind.DELIVERY, arrived=NOW, body=b"<rss/>")
    spool = Spool(folder_of(path_of(config.store_url)))
    assert spool.put(sent)
    said = "hubs sent 1 thing that nobody has stored yet"
    refused = asked(["move", postgresql_url, "--config", str(config.path)])
    assert refused.exit_code == 2 and said in refused.output
    for path, _ in spool.waiting():
        path.unlink()
    assert asked(["move", postgresql_url, "--config", str(config.path)]).exit_code == 0
    config = configured(tmp_path, web, postgresql_url)
    with by_hand(config) as connection:
        connection.exec_driver_sql(
            "INSERT INTO arrival (token, kind, arrived, lease_seconds, reason, content_type, body)"
            " VALUES ('t', 'delivery', now(), 0, '', '', '')"
        )
        connection.commit()
    refused = asked(["move", "sqlite:///back.db", "--config", str(config.path)])
    assert refused.exit_code == 2 and said in refused.output
    assert not (tmp_path / "back.db").exists()
