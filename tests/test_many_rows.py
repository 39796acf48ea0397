"""Rows that are inserted together end as rows that are inserted one after the other."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.store import arrays, schema, sql
from aggregator.store.statements import Bulk, Write
from aggregator.store.store import Store
from tests.support.by_hand import by_hand

pytestmark = pytest.mark.databases(quick=True)

_LINE, _ALIAS, _KEY = schema.page_line, schema.alias, schema.lookup_key
_EXAMPLES = 40
_ROWS = st.lists(
    st.tuples(
        st.sampled_from(["a", "খবর", 'a "b" \\ {c,d}', "NULL"]),
        st.integers(-2, 2) | st.sampled_from([-(2**63), 2**63 - 1]),
        st.integers(0, 9),
    ),
    max_size=4 * arrays.FEWEST_ROWS,
)


def adding() -> Bulk:
    """Return the statement that adds to what is counted."""
    counted = sql.insert(_LINE)
    return Bulk(
        counted.on_conflict_do_update(
            index_elements=["source", "line"],
            set_={"pages": _LINE.c.pages + counted.excluded.pages},
        )
    )


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Make a store, and return its URL."""
    address = f"sqlite:///{tmp_path / 'aggregator.db'}"
    Store.open(address).close()
    return address


@pytest.mark.parametrize("insert", [adding(), Bulk(sql.upsert(_LINE, keys=["source", "line"]))])
def test_rows_of_one_key_follow_each_other(url: str, insert: Bulk) -> None:
    """What the last says stands, or all are added: as where each is a statement of its own."""
    with by_hand(url) as connection:

        @settings(max_examples=_EXAMPLES)
        @given(_ROWS)
        def hold(rows: list[tuple[str, int, int]]) -> None:
            named = [dict(zip(("source", "line", "pages"), row, strict=True)) for row in rows]
            found = []
            for parts in ([named], [[row] for row in named]):
                connection.execute(sa.delete(_LINE))
                for part in parts:
                    insert.run(connection, part)
                found.append(sorted(tuple(row) for row in connection.execute(sa.select(_LINE))))
            assert found[0] == found[1]

        hold()


def test_many_rows_are_all_inserted_and_nothing_stands_for_none(url: str) -> None:
    """More rows than one statement takes, one of them without a number."""
    count = 12_000
    rows = [
        {"kind": "native", "value": f"খবর {number}", "source": "a", "pk": None}
        for number in range(count)
    ]
    with by_hand(url) as connection:
        Bulk(sql.insert(_ALIAS).on_conflict_do_nothing()).run(connection, rows + rows[:2])
        Write(sql.insert(_KEY).on_conflict_do_nothing()).run(
            connection, ((-number, number) for number in [*range(count), 1])
        )
        counted = sa.select(sa.func.count(), sa.func.count(_ALIAS.c.pk)).select_from(_ALIAS)
        assert connection.execute(counted).one() == (count, 0)
        keys = sa.select(sa.func.count(), sa.func.min(_KEY.c.key), sa.func.max(_KEY.c.pk))
        assert connection.execute(keys).one() == (count, 1 - count, count - 1)


@pytest.mark.parametrize("rows", [1, arrays.FEWEST_ROWS])
def test_a_text_longer_than_its_column_says_is_stored_whole(url: str, rows: int) -> None:
    """However many rows are inserted: no type of an array cuts it."""
    name = "a" * 65
    named = [{"source": name, "line": line, "pages": 1} for line in range(rows)]
    with by_hand(url) as connection:
        adding().run(connection, named)
        stored = connection.execute(sa.select(_LINE.c.source)).scalars()
        assert list(stored) == [name] * rows
