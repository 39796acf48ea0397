"""Keep the long texts of entries compressed, and the ledger of aliases once instead of twice."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from typing import Any

import sqlalchemy as sa
from alembic import op

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

revision = "0008"
down_revision = "0007"

_ROWS_TOGETHER = 1_000


def upgrade() -> None:
    """Write both tables anew, row by row; nothing is lost, and a killed process changes nothing."""
    _pack_texts()
    op.create_table(
        "alias_new",
        sa.Column("kind", sa.String(8), primary_key=True),
        sa.Column("value", sa.Text, primary_key=True),
        sa.Column("source", sa.String(64), primary_key=True),
        sa.Column("pk", sa.Integer, sa.ForeignKey("entry.pk")),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO alias_new SELECT kind, value, source, pk FROM alias "
        "ORDER BY kind, value, source"
    )
    op.drop_table("alias")
    op.rename_table("alias_new", "alias")


def _pack_texts() -> None:
    table = op.create_table(
        "entry_text_new",
        sa.Column("pk", sa.Integer, sa.ForeignKey("entry.pk"), primary_key=True),
        sa.Column("link", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("texts", sa.LargeBinary, nullable=False),
        sa.Column("markup_characters", sa.Integer, nullable=False),
        sa.Column("is_text_damaged", sa.Boolean, nullable=False),
        sa.Column("authors", sa.JSON, nullable=False),
        sa.Column("categories", sa.JSON, nullable=False),
        sa.Column("repairs", sa.JSON, nullable=False),
        sa.Column("related", sa.JSON, nullable=False, server_default="[]"),
    )
    connection = op.get_bind()
    driver: Any = connection.connection.driver_connection
    names = [column.name for column in table.c]
    marks = ", ".join("?" * len(names))
    # A text that is no UTF-8, as on a damaged disk, keeps no store from opening.
    driver.text_factory = partial(str, encoding="utf-8", errors="replace")
    try:
        for rows in _old_rows(connection):
            connection.exec_driver_sql(
                f"INSERT INTO entry_text_new ({', '.join(names)}) VALUES ({marks})",  # noqa: S608 - names of ours
                rows,
            )
    finally:
        driver.text_factory = str
    op.drop_table("entry_text")
    op.rename_table("entry_text_new", "entry_text")


def _old_rows(connection: sa.Connection) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the rows of the old table in the order of the new table's columns, some at a time."""
    # What this version packs never changes, whatever ``store.packed`` does later.
    compressor = zstd.ZstdCompressor(level=3)
    last = -1
    while True:
        rows = connection.exec_driver_sql(
            "SELECT pk, link, title, summary, content_html, authors, categories, repairs, related "
            "FROM entry_text WHERE pk > ? ORDER BY pk LIMIT ?",
            (last, _ROWS_TOGETHER),
        ).all()
        if not rows:
            return
        last = rows[-1][0]
        packed = []
        for pk, link, title, summary, content_html, *lists in rows:
            texts = f"{len(summary)}\n{summary}{content_html}".encode()
            frame = compressor.compress(texts, zstd.ZstdCompressor.FLUSH_FRAME)
            is_damaged = "\ufffd" in content_html
            packed.append((pk, link, title, frame, len(content_html), is_damaged, *lists))
        yield packed
