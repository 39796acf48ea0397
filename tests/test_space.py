"""What a store takes on the disk: texts packed, room asked for, and what is free given back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import StoreError
from aggregator.models import Alias, AliasKind
from aggregator.pipeline.purge import purge_older
from aggregator.store import space, sqlite
from aggregator.store.packed import pack, unpack
from aggregator.store.store import Store
from bench.store import fill
from tests.support.migrated import upgrade
from tests.support.passes import NOW
from tests.support.texts import BODY, TITLE

ENTRIES = 600
# 6,640 before texts were packed. In a store of a year 2,980 since, and 3,400 in one of so few
# entries, whose pages are half empty, or free since their stories were decided. There a table or an
# index without a row takes 7 bytes an entry.
MOST_BYTES_AN_ENTRY = 3_600
OLD = (
    (1, "বৃষ্টি", f"<p>{''.join(BODY)}</p>"),
    (2, "", ""),
    (3, "নদী\nও নৌকা", "<p>হারানো \ufffd অক্ষর</p>"),
    (4, "🎉", "<p>উৎসব 🎉</p>"),
)


# --- The form of texts ---------------------------------------------------------------------------


@given(st.text(), st.text())
def test_packed_texts_come_back_to_the_letter(summary: str, content_html: str) -> None:
    """Whatever stands in them, and the same texts are the same bytes."""
    packed = pack(summary, content_html)
    assert unpack(packed) == (summary, content_html)
    assert pack(summary, content_html) == packed


@pytest.mark.parametrize("damaged", [b"", b"text", pack("a", "b")[:-1], pack("", "x" * 99)[5:]])
def test_damaged_bytes_are_a_fault_of_the_store(damaged: bytes) -> None:
    """They are named, and no foreign exception leaves the store."""
    with pytest.raises(StoreError, match="a text in the store is damaged"):
        unpack(damaged)


# --- A store of an older version -----------------------------------------------------------------


@pytest.fixture
def old(tmp_path: Path) -> str:
    """Return the address of a store from before texts were packed, with some entries."""
    url = f"sqlite:///{tmp_path}/store.db"
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        upgrade(connection, "0007")
        run = connection.exec_driver_sql
        for pk, summary, content_html in OLD:
            run(
                "INSERT INTO entry (pk, id, source, story, language, published_unix, updated_unix,"
                " first_seen_unix, date_how, position, content_key)"
                " VALUES (?, ?, 'a', ?, 'bn', 5, 5, 5, 'stated', 0, 'k')",
                (pk, f"urn:x:{pk}", pk),
            )
            texts = (f"https://a/{pk}", TITLE, summary, content_html, '["ক"]', "[]", "[]", "[]")
            run(
                "INSERT INTO entry_text (pk, link, title, summary, content_html, authors,"
                " categories, repairs, related) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (pk, *texts),
            )
            run("INSERT INTO alias VALUES ('url', ?, 'a', ?)", (f"https://a/{pk}", pk))
        run("INSERT INTO alias VALUES ('native', 'same', 'a', NULL)")
    engine.dispose()
    return url


def test_an_older_store_keeps_every_text(old: str) -> None:
    """Texts, authors, aliases and what the columns beside them say; and the file can shrink."""
    with Store.open(old) as store, store.read() as unit:
        entries = unit.entries.published(pk for pk, _, _ in OLD)
        assert [(pk, one.summary, one.content_html) for pk, one in entries.items()] == list(OLD)
        assert {one.authors for one in entries.values()} == {("ক",)}
        assert [text.content_html for text in unit.stories.texts([1, 3])] == [OLD[0][2], OLD[2][2]]
        own, ambiguous = unit.lookup.aliases(2, "a")
        assert own == [Alias(AliasKind.URL, "https://a/2")]
        assert ambiguous == [Alias(AliasKind.NATIVE, "same")]
        assert unit.lookup.by_title(TITLE, 9) == [1, 2, 3, 4]
    with closing(sqlite3.connect(old.removeprefix("sqlite:///"))) as connection:
        columns = "SELECT markup_characters, is_text_damaged FROM entry_text ORDER BY pk"
        assert connection.execute(columns).fetchall() == [
            (len(content_html), "\ufffd" in content_html) for _, _, content_html in OLD
        ]
        counts = connection.execute("SELECT alias_count FROM entry").fetchall()
        assert counts == [(1,)] * len(OLD)
        assert connection.execute("PRAGMA auto_vacuum").fetchone() == (2,)


def test_an_older_store_with_a_text_that_is_no_utf8_is_taken_over(old: str) -> None:
    """The text loses what cannot be read of it, and all others stay to the letter."""
    with closing(sqlite3.connect(old.removeprefix("sqlite:///"))) as connection:
        connection.execute("UPDATE entry_text SET summary = CAST(x'4180' AS TEXT) WHERE pk = 2")
        connection.commit()
    with Store.open(old) as store, store.read() as unit:
        shown = unit.entries.published([1, 2])
    assert (shown[1].summary, shown[1].content_html) == OLD[0][1:]
    assert (shown[2].summary, shown[2].content_html) == ("A\ufffd", OLD[1][2])


def test_a_migration_without_room_changes_nothing(
    old: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message says how much is needed and how much is there; later it goes on."""
    with monkeypatch.context() as patched:
        patched.setattr(space, "free_bytes", lambda _path: 10_000)
        words = r"to migrate it takes 0 MB of the disk for a while, which has 0 MB left"
        with pytest.raises(StoreError, match=words):
            Store.open(old)
    with pytest.raises(StoreError, match="is older; the next pass migrates it"):
        Store.beside(old)
    Store.open(old).close()


def test_a_migration_that_fails_half_way_leaves_the_old_store(old: str) -> None:
    """One transaction holds all of it: a name that is taken stops it, and nothing is lost."""
    path = Path(old.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE alias_new (x)")
    with pytest.raises(StoreError, match="alias_new"):
        Store.open(old)
    with closing(sqlite3.connect(path)) as connection:
        texts = connection.execute("SELECT pk, summary, content_html FROM entry_text").fetchall()
        assert texts == list(OLD)
        connection.execute("DROP TABLE alias_new")
    Store.open(old).close()


# --- What is given back --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return the file of a store of made entries of 4.5 KB, spread over a year."""
    path = tmp_path_factory.mktemp("filled") / "store.db"
    fill(path, ENTRIES)
    return path.read_bytes()


def test_an_entry_takes_less_than_half_of_its_text(filled: bytes, tmp_path: Path) -> None:
    """With all that it is recognised and looked up by, beside what an empty store takes."""
    empty = tmp_path / "empty.db"
    Store.open(f"sqlite:///{empty}").close()
    assert (len(filled) - empty.stat().st_size) / ENTRIES < MOST_BYTES_AN_ENTRY


@pytest.mark.parametrize("is_written_anew", [False, True])
def test_purge_gives_back_what_texts_took(
    filled: bytes, tmp_path: Path, *, is_written_anew: bool
) -> None:
    """Beside a process that has the store open; a store that cannot shrink is written anew."""
    path = tmp_path / "store.db"
    path.write_bytes(filled)
    if is_written_anew:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("PRAGMA auto_vacuum = NONE")
            connection.execute("VACUUM")
    url = f"sqlite:///{path}"
    with Store.open(url) as service, Store.beside(url) as store:
        with service.read() as unit:
            ((newest, _),) = unit.entries.latest_times("s0", 1)
            assert newest >= NOW - timedelta(days=999)
        count = purge_older(store, timedelta(days=1), lambda: NOW)
        assert count > ENTRIES * 0.9
        with service.read() as unit:
            assert len(unit.entries.published(range(ENTRIES + 1))) == ENTRIES - count
        assert path.stat().st_size < len(filled) / 2
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA auto_vacuum").fetchone() == (2,)
        assert connection.execute("PRAGMA freelist_count").fetchone() == (0,)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_pages_are_given_back_many_at_a_time(filled: bytes, tmp_path: Path) -> None:
    """A commit for each page took two minutes for half of a store of a year."""
    path = tmp_path / "store.db"
    path.write_bytes(filled)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DELETE FROM entry_text")
        connection.commit()
        assert connection.execute("PRAGMA freelist_count").fetchone()[0] > 200
    engine = sqlite.engine(f"sqlite:///{path}")
    statements: list[str] = []
    sa.event.listen(
        engine, "connect", lambda connection, _: connection.set_trace_callback(statements.append)
    )
    space.give_back(engine, path)
    engine.dispose()
    assert sum("incremental_vacuum" in statement for statement in statements) == 1
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA freelist_count").fetchone() == (0,)


def test_a_full_disk_keeps_no_text_from_being_purged(
    filled: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that would have to be written anew stays as large, and holds nothing of them."""
    path = tmp_path / "store.db"
    path.write_bytes(filled)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA auto_vacuum = NONE")
        connection.execute("VACUUM")
    monkeypatch.setattr(space, "free_bytes", lambda _path: 10_000)
    with Store.beside(f"sqlite:///{path}") as store:
        assert purge_older(store, timedelta(days=1), lambda: NOW) > ENTRIES * 0.9
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM entry_text").fetchone()[0] < ENTRIES * 0.1
