"""The queue that wakes workers where hosts wait: procrastinate, in the store's database.

It carries wake-ups and nothing else, as what is due stands in the store: all of it may be lost.
With a job for each host its loop had the interpreter as often as all that asked and stored (22 of
100 samples, and 21), so that who is woken asks one host after the other. Its tables are in a schema
of their own for each version of procrastinate, so that another version makes its own, and no
migration is needed. Knows no host's nature.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from threading import Event
from typing import Any

import procrastinate
import psycopg
import sqlalchemy as sa
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import DeleteJobCondition, Job
from procrastinate.manager import JobManager

from aggregator.errors import StoreError
from aggregator.store.faults import naming_faults, reason_of
from aggregator.store.place import server_url
from aggregator.store.session_settings import CONNECT, SESSION
from aggregator.store.unit import UnitOfWork

log = logging.getLogger(__name__)

_NAME_BYTES = 63  # NAMEDATALEN (PostgreSQL's manual, §4.1.1), less the byte that ends it
_TASK = "ask"
_NAME = "hosts"
# Wake-ups at once, and at each later look as many as are taken by then, while hosts wait: enough
# for two workers of the usual concurrency in the first second, and few where all are busy.
_WOKEN = 16
_ON_THE_WAY = "SELECT count(*) FROM procrastinate_jobs WHERE queue_name = %s AND status = 'todo'"
# A job is notified of, so this is for a notification that was lost.
_FETCH_SECONDS = 2.0
# A worker shows that it lives thrice in the time after which its jobs count as lost.
_BEAT_SECONDS, _LOST_SECONDS = 10.0, 30.0
# A job ends between two commits once it is told to stop.
_END_SECONDS = 5.0
_LOOK_SECONDS = 0.2
# Any number that is no lock of the store's (``store.postgresql``).
_MAKES = 0x0BEA
# Of an inner library nothing is said that is no fault: a line for each job would drown the rest.
_LIBRARY = "procrastinate"

Ask = Callable[[], None]


class Queue:
    """The queue of the store at ``url``."""

    def __init__(self, url: str) -> None:
        self._url = server_url(url)
        version = re.sub("[^0-9]+", "_", procrastinate.__version__)
        self._schema = f"queue_{version}"
        # It is handed the connection on which the store writes, and opens none.
        self._writes = JobManager(procrastinate.SyncPsycopgConnector())
        logging.getLogger(_LIBRARY).setLevel(logging.WARNING)

    def prepare(self) -> None:
        """Make the queue's schema where it is missing; several workers may try at once."""
        engine = sa.create_engine(self._url, hide_parameters=True, connect_args=CONNECT)
        try:
            with naming_faults("the queue cannot be made"), engine.begin() as connection:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MAKES})")
                own = connection.exec_driver_sql("SELECT current_schema()").scalar_one()
                self._schema = schema_of(own, self._schema)
                if sa.inspect(connection).has_schema(self._schema):
                    return
                name = quoted(self._schema).replace("%", "%%")
                connection.exec_driver_sql(f"CREATE SCHEMA {name}")
                connection.exec_driver_sql(f"SET LOCAL search_path TO {name}")
                script = procrastinate.schema.SchemaManager.get_schema()
                connection.exec_driver_sql(script.replace("%", "%%"))
        finally:
            engine.dispose()

    def wake(self, unit: UnitOfWork, waiting: int) -> None:
        """Wake workers for the hosts that are ``waiting``, in the transaction that claims them.

        As each asks until no host waits, none is woken beside those that are on the way already.
        """
        connection = unit.driver
        try:
            path = connection.execute("SHOW search_path").fetchone()[0]
            connection.execute(f"SET LOCAL search_path TO {path}, {quoted(self._schema)}")
            on_the_way = connection.execute(_ON_THE_WAY, [_NAME]).fetchone()[0]
            if jobs := [_job() for _ in range(min(waiting, _WOKEN) - on_the_way)]:
                self._writes.batch_defer_jobs(jobs, connection=connection)
            connection.execute(f"SET LOCAL search_path TO {path}")
        except (psycopg.Error, ConnectorException) as error:
            raise StoreError(f"workers cannot be woken: {reason_of(error)}") from error

    def work(self, ask: Ask, concurrency: int, stop: Event) -> None:
        """Call ``ask`` at each wake-up, in ``concurrency`` threads, until ``stop`` is set.

        It returns sooner where the queue is lost: the caller begins anew. What ``ask`` raises is a
        bug, and is logged.
        """
        asyncio.run(self._work(ask, concurrency, stop))

    def _connector(self) -> procrastinate.PsycopgConnector:
        """Build what connects the library to the queue's schema."""
        options = {"search_path": quoted(self._schema), **SESSION}
        _, given = self._url.get_dialect()().create_connect_args(self._url)
        written = " ".join(f"-c {name}={_option(value)}" for name, value in options.items())
        return procrastinate.PsycopgConnector(
            # By parts: a URL that is written again has spaces in it, which libpq refuses.
            kwargs={**given, **CONNECT, "options": written},
            min_size=1,
            max_size=4,
        )

    async def _work(self, ask: Ask, concurrency: int, stop: Event) -> None:
        # By default a few threads run whatever the concurrency is.
        threads = ThreadPoolExecutor(concurrency + 2, thread_name_prefix="asking")
        asyncio.get_running_loop().set_default_executor(threads)
        app = procrastinate.App(connector=self._connector())
        app.task(name=_TASK)(ask)
        async with app.open_async():
            working = asyncio.create_task(
                app.run_worker_async(
                    queues=[_NAME],
                    concurrency=concurrency,
                    delete_jobs=DeleteJobCondition.ALWAYS,
                    install_signal_handlers=False,
                    listen_notify=True,
                    fetch_job_polling_interval=_FETCH_SECONDS,
                    update_heartbeat_interval=_BEAT_SECONDS,
                    stalled_worker_timeout=_LOST_SECONDS,
                    shutdown_graceful_timeout=_END_SECONDS,
                )
            )
            clearing = asyncio.create_task(_delete_lost(app))
            while not (stop.is_set() or working.done()):
                await asyncio.sleep(_LOOK_SECONDS)
            clearing.cancel()
            working.cancel()
            ended: Sequence[Any] = await asyncio.gather(working, clearing, return_exceptions=True)
        for fault in ended:
            if isinstance(fault, Exception):
                raise fault


def schema_of(store: str, queue: str) -> str:
    """Return the name of a queue's schema for the schema of a store, within what a name may have.

    PostgreSQL cuts what is longer, and the queue would be sought under another name than it has.
    """
    name = queue if store == "public" else f"{store}_{queue}"
    if len(name.encode()) <= _NAME_BYTES:
        return name
    return f"{queue}_{sha256(store.encode()).hexdigest()[:16]}"


def quoted(name: str) -> str:
    """Return a name as SQL writes it (PostgreSQL's manual, §4.1.1), whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def _option(value: str) -> str:
    r"""Return a value within libpq's ``options`` (§34.1.2): a space or backslash follows a ``\``.

    >>> _option('"my store"')
    '"my\\ store"'
    """
    return re.sub(r"([\\\s])", r"\\\1", value)


def _job() -> Job:
    return Job(id=None, queue=_NAME, task_name=_TASK, lock=None, queueing_lock=None, task_kwargs={})


async def _delete_lost(app: procrastinate.App) -> None:
    """Delete the jobs of workers that were killed, again and again.

    Their hosts are claimed anew, and workers woken for them.
    """
    while True:
        await asyncio.sleep(_LOST_SECONDS)
        try:
            lost = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=_LOST_SECONDS)
            for job in lost:
                await app.job_manager.finish_job(
                    job=job, status=procrastinate.jobs.Status.FAILED, delete_job=True
                )
        except ConnectorException as error:
            log.debug("jobs that were lost could not be deleted: %s", error)
