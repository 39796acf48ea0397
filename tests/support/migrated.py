"""A store that every migration made, one by one: ``python -m tests.support.migrated``.

Run as a program, it writes what a new store is made of (``aggregator/store/made.sql``) anew.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa
from alembic import command
from alembic.config import Config as Migrations

from aggregator.store import made, schema, sqlite

MADE = Path(made.__file__).with_suffix(".sql")


def migrate(url: str, revision: str = "head") -> None:
    """Make a store by the migrations up to one of them."""
    engine = sqlite.engine(url)
    with engine.connect() as connection:
        upgrade(connection, revision)
        connection.commit()
    engine.dispose()


def upgrade(connection: sa.Connection, revision: str) -> None:
    """Run the migrations up to one of them on a connection, within its transaction."""
    migrations = Migrations()
    migrations.set_main_option("script_location", "aggregator:store/migrations")
    migrations.attributes["connection"] = connection
    command.upgrade(migrations, revision)


def made_by_migrations(folder: Path) -> str:
    """Return what a new store is to be made of, from a store in a folder."""
    url = f"sqlite:///{folder}/migrated.db"
    migrate(url)
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        text = made.written(connection, schema.REVISION)
    engine.dispose()
    return text


if __name__ == "__main__":
    with TemporaryDirectory() as name:
        MADE.write_text(made_by_migrations(Path(name)), encoding="utf-8")
