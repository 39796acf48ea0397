"""How the store answers what publishing and clustering ask: never by reading it whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import connect
from typing import Any

import pytest
import sqlalchemy as sa

from aggregator.models import Config, SearchOrder, SearchScope
from aggregator.pipeline.index_texts import index_texts
from aggregator.pipeline.search import search
from aggregator.store import schema, sql
from aggregator.store.store import Store
from tests.support.arrivals import ARTICLES, Arrivals, sent, sources
from tests.support.by_hand import by_hand
from tests.support.configurations import Make
from tests.support.passes import NOW

# SQLite chooses a plan by what `ANALYZE` counted, which no store has: it is the same at any size.
_QUICK_ENTRIES, _ENTRIES, _SOURCES = 2_000, 20_000, 20
# What bounds the rows of a statement that sorts them: the numbers it was handed, one story's
# entries, and for languages that a feed leaves out, the time that its page spans.
_BOUNDED = ("json_each", "entry.story = ?", "GROUP BY entry.language")
# Tables that stay small, or rows that were handed over.
_FEW = re.compile(
    "SCAN (?:anon_|CONSTANT|request|permit|quarantine|feed_source|source_state|tombstone|sign_anew"
    "|alembic_version|sqlite_master|standing|changed|search_waiting|search_outdated|search_state"
    # Whether there is any, and all where somebody touched the folder of the pages of entries.
    "|entry_page"
    # The forms of a question's words.
    r"|json_each VIRTUAL TABLE"
    # What matches, in the order of its numbers, read until enough is found.
    r"|search_1 VIRTUAL TABLE INDEX \d+:)"
)
_FEEDS = """
[[feed]]
name = "all"
[[feed]]
name = "three"
sources = ["s1", "s2", "s3"]
events = "merge"
[[feed]]
name = "chosen"
topics = ["খেলা"]
include = ["নদী"]
match_in = "all"
min_sources = 2
[[feed]]
name = "titles"
exclude = ["নদী"]
order = "top"
[[feed]]
name = "split"
split_by = "source"
"""


AT_SIZES = pytest.mark.parametrize(
    "entries", [_QUICK_ENTRIES, pytest.param(_ENTRIES, marks=pytest.mark.more)]
)


@contextmanager
def statements() -> Iterator[set[str]]:
    """Collect what is sent to SQLite while the context lasts."""
    seen: set[str] = set()

    def remember(_1: Any, _2: Any, statement: str, *_3: Any) -> None:
        seen.add(statement)

    sa.event.listen(sa.engine.Engine, "before_cursor_execute", remember)
    try:
        yield seen
    finally:
        sa.event.remove(sa.engine.Engine, "before_cursor_execute", remember)


def _fill(path: Path, entries: int) -> None:
    """Add entries of a year, each a story of its own that one feed has published."""
    start = int(NOW.timestamp())
    rows = [
        (10 + n, f"urn:x:{n}", f"s{n % _SOURCES}", 10 + n, "bn", start - 300 * n, start - 300 * n)
        for n in range(1, entries)
    ]
    with connect(path) as database:
        database.executemany(
            "INSERT INTO entry (pk, id, source, story, language, published_unix, updated_unix,"
            " first_seen_unix, date_how, position, content_key, characters, is_clustered,"
            " is_linked) VALUES (?, ?, ?, ?, ?, ?, ?, 0, 'stated', 0, '', 900, 1, 1)",
            rows,
        )
        database.execute(
            "INSERT INTO pin (feed, pk, as_pk, sequence) SELECT 'all', pk, pk, 1 FROM entry"
        )
    database.close()


def _plan(path: Path, statement: str) -> list[str]:
    with connect(path) as database:
        values = [1] * statement.count("?")  # of a traced statement they stand in it
        plan = [row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
    database.close()
    return plan


@AT_SIZES
def test_no_statement_sorts_or_reads_the_store_whole(make_config: Make, entries: int) -> None:
    """However many entries there are, each is answered by an index, whatever the feeds are of."""
    names = [f"s{number}" for number in range(_SOURCES)]
    config: Config = make_config(_FEEDS + sources(*names))
    arrivals = Arrivals(config)
    arrivals.arrive(("s0", [sent(ARTICLES[0], 1)]))
    path = Path(config.store_url.removeprefix("sqlite:///"))
    _fill(path, entries)
    with statements() as seen:
        arrivals.arrive(("s1", [sent(ARTICLES[0], 2, site="b"), sent(ARTICLES[1], 3, site="b")]))
        arrivals.publish()
        arrivals.publish()
    asked = [one for one in seen if re.match(r"\s*(?:SELECT|UPDATE|DELETE|WITH)", one)]
    assert len(asked) > 30
    odd = {
        statement: steps
        for statement in asked
        if (steps := [step for step in _plan(path, statement) if _is_slow(step, statement)])
    }
    assert odd == {}


def _is_slow(step: str, statement: str) -> bool:
    """Tell whether a step sorts, or reads rows that nobody asked for.

    What was asked for by number is few; an index that is walked is read until enough is found.
    """
    if "TEMP B-TREE" in step:
        is_bounded = any(bound in statement for bound in _BOUNDED)
        return not is_bounded and not step.endswith("PART OF ORDER BY")
    return step.startswith("SCAN") and "USING INDEX" not in step and not _FEW.match(step)


@AT_SIZES
def test_no_search_sorts_or_reads_the_store_whole(make_config: Make, entries: int) -> None:
    """Neither indexing nor a question does, in any order and scope; the newest come unsorted."""
    config: Config = make_config('[[feed]]\nname = "all"\n' + sources("s0"))
    arrivals = Arrivals(config)
    arrivals.arrive(("s0", [sent(one, number) for number, one in enumerate(ARTICLES[:3])]))
    path = Path(config.store_url.removeprefix("sqlite:///"))
    _fill(path, entries)
    seen: list[str] = []

    def trace(connection: Any, _record: object) -> None:
        connection.set_trace_callback(seen.append)

    sa.event.listen(sa.engine.Engine, "connect", trace)
    try:
        with Store.open(config.store_url) as store:
            index_texts(arrivals.run(store))  # makes the index, which every text is read for
            del seen[:]
            index_texts(arrivals.run(store))
            for order in SearchOrder:
                scope = SearchScope(languages=frozenset({"bn"}), sources=frozenset({"s0"}))
                word = ARTICLES[0].title.split()[0]
                assert search(store, config, f"{word} -ক", scope=scope, order=order).hits
    finally:
        sa.event.remove(sa.engine.Engine, "connect", trace)
    asked = {one for one in seen if re.match(r"\s*(?:SELECT|UPDATE|DELETE)", one)}
    assert any("MATCH" in one for one in asked)
    odd = {
        statement: steps
        for statement in asked
        if (steps := [step for step in _plan(path, statement) if _is_slow(step, statement)])
    }
    assert odd == {}


def test_postgresql_finds_texts_of_any_length_by_an_index(postgresql_url: str) -> None:
    """Its indexes hold hashes of long texts, and what looks one up says the same expression."""
    entry, alias = schema.entry, schema.alias
    wanted = sql.key_of(sa.literal("https://example.org/1"))
    of_kind = sa.and_(alias.c.kind == "native", sql.key_of(alias.c.value) == wanted)
    plans = []
    with Store.open(postgresql_url), by_hand(postgresql_url) as connection:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # else few rows are read whole
        for query in (
            sa.select(entry.c.pk).where(sql.key_of(entry.c.id) == wanted),
            sa.select(alias.c.pk).where(of_kind),
        ):
            asked = query.compile(connection, compile_kwargs={"literal_binds": True})
            plans.append(" ".join(connection.exec_driver_sql(f"EXPLAIN {asked}").scalars()))
    for plan, index in zip(plans, ("entry_by_id", "alias_by_key"), strict=True):
        assert f"Index Scan using {index}" in plan
        assert "Index Cond" in plan and "hash_of_long" in plan


def test_postgresql_looks_up_shared_ids_by_those_indexes(postgresql_url: str) -> None:
    """Each document asks for the ids that it sends: without, every entry would be read for it."""
    asked: list[tuple[str, Any]] = []

    def remember(_1: Any, _2: Any, statement: str, values: Any, *_3: Any) -> None:
        asked.append((statement, values))

    with Store.open(postgresql_url) as store, store.write() as unit:
        sa.event.listen(sa.engine.Engine, "before_cursor_execute", remember)
        try:
            unit.shared_ids.holders(["https://example.org/1"])
            unit.shared_ids.named(["https://example.org/1"])
        finally:
            sa.event.remove(sa.engine.Engine, "before_cursor_execute", remember)
    plans = []
    with by_hand(postgresql_url) as connection:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        for statement, values in asked:
            rows = connection.exec_driver_sql(f"EXPLAIN {statement}", values).scalars()
            plans.append([line for line in rows if "Index Cond" in line])
    assert len(plans) == 2
    for conditions in plans:
        assert any("hash_of_long" in line for line in conditions), conditions
