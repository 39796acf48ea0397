"""A store in a PostgreSQL server whose roles, databases and schemas are not as this program's own.

What a role or a database sets for every session is given here by the URL (``options``).
"""

from __future__ import annotations

import hashlib
import threading
import time

import pytest
import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from aggregator.errors import StoreError, StoreInUseError
from aggregator.models import FeedSpec, FullText, FullTextOutcome, IndexedWords
from aggregator.store import sql
from aggregator.store.place import server_url
from aggregator.store.search_index import IN_TITLE
from aggregator.store.search_vectors import VectorIndex
from aggregator.store.store import Store
from tests.support.by_hand import by_hand
from tests.support.deadlines import wait_until
from tests.support.passes import NOW

pytestmark = pytest.mark.postgresql

_DATABASE = "other_encoding"


def with_setting(url: str, name: str, value: str) -> str:
    """Return a URL whose sessions begin with a setting, as a role's do for which it is altered."""
    written = value.replace(" ", "%5C%20")
    return f"{url}%20-c{name}%3D{written}"


def schema_of(url: str) -> str:
    """Return the schema that a URL names."""
    return url.rpartition("search_path%3D")[2]


def test_a_role_ends_no_session_that_holds_the_lock(postgresql_url: str) -> None:
    """A limit of idle sessions would let a second process make passes beside the first."""
    url = with_setting(postgresql_url, "idle_session_timeout", "200")
    with Store.open(url) as store:
        time.sleep(0.5)  # the limit, and time to act on it
        with pytest.raises(StoreInUseError), Store.open(url):
            pass
        with store.write() as unit:
            unit.requests.permit_loss("bangla")


def test_a_role_ends_no_long_statement(postgresql_url: str) -> None:
    """Indexing, moving and purging take as long as they take."""
    url = with_setting(postgresql_url, "statement_timeout", "100")
    with Store.open(url), by_hand(url) as connection:
        connection.exec_driver_sql("SELECT pg_sleep(0.3)")


def test_a_role_makes_no_writer_read_what_was_before_its_turn(postgresql_url: str) -> None:
    """A writer that waited sees what the one before it wrote, whatever isolation is usual."""
    url = with_setting(postgresql_url, "default_transaction_isolation", "repeatable read")
    seen: list[bool] = []

    with Store.open(url) as first, Store.beside(url) as second:

        def wait_and_look() -> None:
            with second.write() as unit:
                seen.append("bangla" in dict(unit.requests.permits()).values())

        with first.write() as unit:
            waiting = threading.Thread(target=wait_and_look)
            waiting.start()
            _until_one_waits(url)
            unit.requests.permit_loss("bangla")
        waiting.join()
    assert seen == [True]


def _until_one_waits(url: str) -> None:
    engine = sa.create_engine(server_url(url), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    of_schema = "objid = hashtext(current_schema())::bigint & 4294967295"
    query = f"SELECT count(*) FROM pg_locks WHERE NOT granted AND {of_schema}"  # noqa: S608
    with engine.connect() as connection:
        wait_until(lambda: bool(connection.exec_driver_sql(query).scalar_one()))


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_of_another_encoding_is_refused(postgresql_url: str, encoding: str) -> None:
    """It cannot hold Bengali, or does not know its letters; whoever made it is told so."""
    maker = sa.create_engine(
        server_url(postgresql_url), poolclass=NullPool, isolation_level="AUTOCOMMIT"
    )
    name = f"{_DATABASE}_{encoding.lower()}"
    url = postgresql_url.replace("/postgres?", f"/{name}?").partition("&options")[0]
    with maker.connect() as connection:
        connection.exec_driver_sql(
            f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' "
            "LOCALE 'C' LOCALE_PROVIDER libc"
        )
        try:
            with pytest.raises(StoreError, match=f"its encoding is {encoding}"), Store.open(url):
                pass
        finally:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


def test_the_environment_chooses_no_encoding(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PGCLIENTENCODING is libpq's, and no letter of a text depends on it."""
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    with Store.open(postgresql_url) as store:
        with store.write() as unit:
            unit.requests.permit_loss("বাংলা")
        with store.read() as unit:
            assert [feed for _, feed in unit.requests.permits()] == ["বাংলা"]


def test_a_schema_that_is_not_there_is_no_store_in_use(postgresql_url: str) -> None:
    """Who misspelt it is told that, and not to stop a service that does not run."""
    with pytest.raises(StoreError, match="no schema of its search_path") as raised:
        Store.open(f"{postgresql_url}_misspelt")
    assert not isinstance(raised.value, StoreInUseError)


def test_a_search_path_of_two_schemas_is_refused_where_the_second_has_the_store(
    postgresql_url: str,
) -> None:
    """Locks are those of the first, so that two processes would have the store alone."""
    own = schema_of(postgresql_url)
    before = f"{own}_before"
    with Store.open(postgresql_url), by_hand(postgresql_url) as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {before}")
    url = postgresql_url.replace(own, f"{before},{own}")
    with pytest.raises(StoreError, match=f"names the schema {before} first"), Store.open(url):
        pass


def test_a_trigger_that_is_lost_is_missed_beside_another_store(postgresql_url: str) -> None:
    """Each store has triggers of the same names in a schema of its own."""
    own = schema_of(postgresql_url)
    other = f"{own}_other"
    with Store.open(postgresql_url), by_hand(postgresql_url) as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {other}")
    with Store.open(postgresql_url.replace(own, other)), by_hand(postgresql_url) as connection:
        whole = sql.triggers(connection)
        connection.exec_driver_sql("DROP TRIGGER search_deleted ON entry_text")
        assert sql.triggers(connection) == whole - {"search_deleted"}


def test_a_text_of_more_words_than_postgresql_keeps_is_found_by_the_first(
    postgresql_url: str,
) -> None:
    """Past a megabyte of words it would read others in their place, and find it by none of them."""
    said = tuple(f"শব্দ{number}" for number in range(120_000))
    text = IndexedWords(number=1, title=("শিরোনাম",), text=said)
    with Store.open(postgresql_url), by_hand(postgresql_url) as connection:
        index = VectorIndex(connection, 7)
        index.make()
        index.add([text])
        quote = index.syntax.quote
        for word in ("শিরোনাম", f"{IN_TITLE}শিরোনাম", *said[:60_000:2_000]):
            assert index.newest(f"{quote}{word}{quote}", 2) == [1], word
        assert index.known(["শব্দ", "শব্দ1"]) == {"শব্দ1"}


def test_a_page_at_an_address_of_any_length_is_remembered_and_forgotten(
    postgresql_url: str,
) -> None:
    """No row of an index holds it whole, and the pass of its source would fail for good."""
    address = "https://example.org/" + "".join(
        hashlib.sha256(bytes([number])).hexdigest() for number in range(100)
    )
    text = FullText(
        source="a",
        address=address,
        outcome=FullTextOutcome.HAD,
        tried=NOW,
        feed_words="",
        feed_characters=9,
        title="শিরোনাম",
        content_html="<p>লেখা</p>",
    )
    with Store.open(postgresql_url) as store:
        for _ in range(2):
            with store.write() as unit:
                unit.full_texts.save([text], NOW)
        with store.read() as unit:
            assert unit.full_texts.known("a", [address, "https://example.org/"]) == {address: text}


def test_the_newest_of_one_second_are_the_same_in_either_database(postgresql_url: str) -> None:
    """Rows lie in PostgreSQL as they were written, and in SQLite by their numbers."""
    feed = FeedSpec(
        name="all", title="", description="", sources=("b",), limit=2, languages=("bn",)
    )
    with Store.open(postgresql_url) as store:
        with by_hand(postgresql_url) as connection:
            connection.exec_driver_sql(
                "INSERT INTO entry (pk, id, source, story, language, published_unix, updated_unix,"
                " first_seen_unix, date_how, position, content_key)"
                " SELECT pk, pk, 'a', pk, 'bn', 9, 9, pk, 'stated', 0, pk"
                " FROM unnest(ARRAY[3, 1, 5, 2, 4]) AS pk"
            )
            connection.exec_driver_sql(
                "INSERT INTO entry_text (pk, link, title, texts, markup_characters,"
                " is_text_damaged, authors, categories, repairs)"
                " SELECT pk, '', pk, '', 0, false, '[]', '[]', '[]' FROM entry"
            )
            connection.exec_driver_sql(
                "INSERT INTO pin (feed, pk, as_pk, sequence) SELECT 'all', pk, pk, 1 FROM entry"
            )
            connection.exec_driver_sql("INSERT INTO feed_source VALUES ('all', 'a')")
        with store.read() as unit:
            headlines = unit.entries.latest_headlines("a")
            assert [headline.title for headline in headlines] == ["5", "4", "3", "2", "1"]
            times = [int(seen.timestamp()) for _, seen in unit.entries.latest_times("a", 2)]
            assert times == [5, 4]
            assert unit.feeds.pinned_elsewhere(feed) == [5, 4]


_SHAPE = (
    "SELECT table_name, column_name, data_type, is_nullable, collation_name, is_identity"
    " FROM information_schema.columns WHERE table_schema = current_schema()"
    " ORDER BY 1, ordinal_position"
)
_INDEXES = (
    "SELECT regexp_replace(indexdef, ' ON [^.]+', ' ON ') FROM pg_indexes"
    " WHERE schemaname = current_schema() ORDER BY 1"
)
# What has come since the first version of which there are stores in PostgreSQL.
_UNDONE = (
    "DROP TABLE worker",
    "DROP TABLE arrival",
    "DROP TABLE announced_hub",
    "DROP INDEX subscription_by_token",
    "DROP INDEX full_text_by_key",
    "ALTER TABLE full_text ADD CONSTRAINT full_text_pkey PRIMARY KEY (source, address)",
    "UPDATE alembic_version SET version_num = '0026'",
)


def test_a_store_of_before_gets_what_a_new_one_has(postgresql_url: str) -> None:
    """Column by column and index by index, when it is opened."""
    Store.open(postgresql_url).close()
    made = shape_of(postgresql_url)
    with by_hand(postgresql_url) as connection:
        for statement in _UNDONE:
            connection.exec_driver_sql(statement)
        connection.commit()
    assert shape_of(postgresql_url) != made
    Store.open(postgresql_url).close()
    assert shape_of(postgresql_url) == made


def shape_of(url: str) -> list[tuple[object, ...]]:
    """Return the version of a store, its columns and its indexes."""
    with by_hand(url) as connection:
        rows = [
            connection.exec_driver_sql(query).all()
            for query in ("SELECT version_num FROM alembic_version", _SHAPE, _INDEXES)
        ]
    return [tuple(row) for found in rows for row in found]
