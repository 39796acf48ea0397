"""Workers over a store in PostgreSQL, as processes, and what is compared of stores."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from aggregator import config as configuration
from aggregator.models import Config
from aggregator.store.databases import database_of
from tests.support import postgresql
from tests.support.deadlines import wait_until
from tests.support.loopback import Loopback
from tests.support.passes import one_pass
from tests.support.published import state_of
from tests.support.service import RunningService

LEASE_SECONDS = 4
# As ``HUNG_SECONDS``, for a collection that several processes read on a busy machine.
LONG_SECONDS = 240.0
_ASKED = (
    "SELECT (SELECT count(*) FROM source_state WHERE checked_unix IS NOT NULL),"
    " (SELECT count(*) FROM claim WHERE until > now())"
)

_PUBLISHED = (
    "SELECT (SELECT count(*) FROM entry WHERE characters IS NULL),"
    " EXISTS (SELECT FROM published_file WHERE name = 'bangla.atom')"
)


@dataclass
class Cluster:
    """A configuration whose store is in PostgreSQL, and the workers that run over it."""

    url: str  # of the store, as it is configured
    folder: Path
    workers: list[RunningService] = field(default_factory=list)
    sources: int = field(init=False)

    def __post_init__(self) -> None:
        self.sources = len(self.config.sources)
        url = sa.make_url(self.url).set(drivername="postgresql+psycopg")
        # Without a pool, as the database may be restarted.
        self._engine = sa.create_engine(url, poolclass=NullPool)

    @property
    def config(self) -> Config:
        """Return the configuration."""
        return configuration.load(self.folder / "config.toml")

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """Ask the store's schema."""
        with self._engine.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(statement)]

    def let_publish(self) -> None:
        """Let workers that ``HOLD`` join and publish, and wait until they did."""
        (self.folder / "publish").touch()
        wait_until(lambda: self.query(_PUBLISHED) == [(0, True)], LONG_SECONDS)

    @contextmanager
    def connected(self) -> Iterator[None]:
        """Ask by one connection within the block, where it is asked often."""
        without, self._engine = self._engine, sa.create_engine(self._engine.url)
        try:
            yield
        finally:
            self._engine.dispose()
            self._engine = without

    def wait_until_asked(self) -> None:
        """Wait until every source was asked, and every host is free again."""
        wait_until(self.is_asked, LONG_SECONDS)

    def is_asked(self) -> bool:
        """Tell whether every source was asked, and every host is free again."""
        try:
            (row,) = self.query(_ASKED)
        except sa.exc.DBAPIError:
            return False  # the store is being made, or the database is gone for a moment
        return row == (self.sources, 0)


def url_in(server: str, folder: Path) -> str:
    """Return the URL, as a configuration has it, of a schema that stands for a folder."""
    return postgresql.url_of(server, folder / "store").partition("&beside=")[0]


def socket_folder(url: str) -> str:
    """Return the folder of the socket that a URL names, as it is written there."""
    return url.partition("?host=")[2].partition("&")[0]


def written(folder: Path, store_url: str, rest: str) -> Path:
    """Write a configuration of a store into a folder, and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "config.toml"
    path.write_text(f'[store]\nurl = "{store_url}"\n{rest}', encoding="utf-8")
    return path


def server_of_run() -> str:
    """Return the URL of the run's PostgreSQL; the test is skipped where there is none."""
    if reason := postgresql.missing():
        pytest.skip(reason)
    return postgresql.server_in(Path(os.environ["TEST_SERVER_FOLDER"]))


@contextmanager
def cluster(
    folder: Path, rest: str, *, workers: int, server: str = "", hold: bool = False
) -> Iterator[Cluster]:
    """Run workers over a configuration until the block ends, at the tests' present.

    With ``hold`` they publish once they are let.
    """
    server = server or server_of_run()
    url = url_in(server, folder)
    written(folder, url, rest)
    with ExitStack() as running:
        made = Cluster(url=url, folder=folder)
        for _ in range(workers):
            made.workers.append(running.enter_context(worker(folder, hold=hold)))
        yield made


def worker(
    folder: Path,
    *,
    kill_at: str = "",
    hang_at: str = "",
    hold: bool = False,
    is_blind: bool = False,
) -> RunningService:
    """Start one more worker, which may kill itself, hang, or see no dump (``working``)."""
    return RunningService(
        folder,
        module="tests.support.working",
        command="worker",
        environment={
            "LEASE": str(LEASE_SECONDS),
            "KILL_AT": kill_at,
            "HANG_AT": hang_at,
            "HOLD": "1" if hold else "",
            "BLIND": "1" if is_blind else "",
        },
    )


def published_anew(config: Config, folder: Path) -> dict[str, bytes]:
    """Return the bytes that the store is published as in an empty folder."""
    config = replace(config, site=replace(config.site, output=folder))
    one_pass(config, every_source=False)
    return {name: body for name, (body, _) in state_of(folder).items()}


_ENTRIES = (
    "SELECT id, source, language, published_unix, updated_unix, first_seen_unix, date_how,"
    " position, content_key, characters, alias_count, is_backlog FROM entry"
)
_STORIES = "SELECT first.id, entry.id FROM entry JOIN entry AS first ON first.story = entry.story"
_ALIASES = (
    "SELECT kind, value, alias.source, entry.id FROM alias LEFT JOIN entry ON entry.pk = alias.pk"
)
_POLLS = "SELECT source, ok, not_modified, failed FROM activity"
_SOURCES = "SELECT source, failures, error FROM source_state"
_FILES = "SELECT source, path, records, is_done, error FROM dump_file"
_LINES = "SELECT source, line, pages FROM page_line"


def content_of(config: Config) -> dict[str, Sequence[tuple[Any, ...]]]:
    """Return what a store has, with the ids of entries instead of their numbers."""
    found: dict[str, Sequence[tuple[Any, ...]]] = {}
    engine = database_of(config.store_url).engine()
    try:
        with engine.connect() as connection:
            for name, query in (
                ("entries", _ENTRIES),
                ("stories", _STORIES),
                ("aliases", _ALIASES),
                ("sources", _SOURCES),
                ("polls", _POLLS),
                ("files", _FILES),
                ("lines", _LINES),
            ):
                rows = [tuple(row) for row in connection.execute(sa.text(query))]
                found[name] = sorted(rows, key=repr)
    finally:
        engine.dispose()
    return found


def asked(hosts: Sequence[Loopback]) -> int:
    """Count the requests of all hosts."""
    return sum(len(host.asked) for host in hosts)
