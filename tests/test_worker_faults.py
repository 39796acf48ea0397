"""What goes wrong in one part of a worker costs no other part, and is not tried without a pause."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from threading import Event
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from aggregator import config as configuration
from aggregator.errors import StoreError
from aggregator.pipeline.due import Due
from aggregator.pipeline.ingest import ingest
from aggregator.pipeline.run import Run
from aggregator.store.claims import ClaimState
from aggregator.store.host_turns import HostTurns
from aggregator.store.place import server_url
from aggregator.store.presence import Presence
from aggregator.store.store import Store
from aggregator.worker import work
from aggregator.worker.asking import Asking, claim_due
from aggregator.worker.dumps import Dumps
from aggregator.worker.jobs import Jobs
from aggregator.worker.queue import Queue, quoted, schema_of
from tests.support.by_hand import by_hand
from tests.support.configurations import LOCAL
from tests.support.loopback import Loopback, Page
from tests.support.passes import NOW, one_pass
from tests.support.texts import PAGE, item, rss
from tests.support.workers import written

_CLAIMS = "SELECT FROM claim WHERE until > clock_timestamp() AND until < now() + interval '20 s'"
_WAIT = sa.text("UPDATE claim SET until = until - make_interval(secs => :seconds)")
_TWO_DUMPS = (
    '[[source]]\nname = "bad"\ndump = "bad/*.txt"\n[[source]]\nname = "good"\ndump = "good/*.txt"\n'
)


def test_a_bug_in_one_dump_costs_no_other(
    tmp_path: Path, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The session goes on, the other folder is read, and no worker meets the bug soon again."""
    for name in ("bad", "good"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "page.txt").write_text(PAGE, encoding="utf-8")
    config = configuration.load(written(tmp_path, postgresql_url, _TWO_DUMPS))
    met: list[str] = []

    def ingest_or_fail(run: Run, due: Due) -> object:
        met.extend(source.name for source in due.sources)
        if due.sources and due.sources[0].name == "bad":
            raise ZeroDivisionError
        return ingest(run, due)

    monkeypatch.setattr("aggregator.worker.dumps.ingest", ingest_or_fail)
    Store.open(config.store_url).close()
    presences = [Presence.enter(config.store_url) for _ in range(2)]
    with Store.beside(config.store_url) as store:
        run = Run.of(config, store, clock=lambda: NOW, stop=Event())
        first, second = (Dumps(each, Jobs(lambda: NOW)) for each in presences)
        for dumps in (first, first, second):
            dumps.read_due(run)
        with store.read() as unit:
            assert unit.has_row(sa.text("SELECT FROM entry WHERE source = 'good'"), {})
    for presence in presences:
        presence.close()
    assert met == ["bad", "good", "good", "good"]


def test_a_store_s_schema_may_have_a_long_name(postgresql_url: str) -> None:
    """The queue's own is found again by the next worker, beside that of a store named likewise."""
    server, _, schema = postgresql_url.partition("-csearch_path%3D")
    for last in "ab":
        name = schema.ljust(60, "x") + last
        with by_hand(postgresql_url) as connection:
            connection.exec_driver_sql(f"CREATE SCHEMA {name}")
        url = f"{server}-csearch_path%3D{name}"
        with Store.open(url) as store:
            for _ in range(2):
                queue = Queue(url)
                queue.prepare()
            with store.write() as unit:
                queue.wake(unit, 1)


def test_a_host_of_which_nothing_is_due_by_a_worker_s_clock_is_left_for_a_moment(
    tmp_path: Path, web: Loopback, postgresql_url: str
) -> None:
    """Whoever leads is fast by a day: it does not claim the host again each second."""
    web.pages["/a"] = Page(rss([item(1)]))
    text = f'[[source]]\nname = "a"\nfeed = "{web.url}/a"\n{LOCAL}'
    config = configuration.load(written(tmp_path, postgresql_url, text))
    one_pass(config)
    queue, turns = Queue(config.store_url), HostTurns(config.store_url)
    queue.prepare()
    with Store.beside(config.store_url) as store:
        run = Run.of(config, store, clock=lambda: NOW, stop=Event())
        fast = Run.of(config, store, clock=lambda: NOW + timedelta(days=1), stop=Event())
        assert claim_due(fast, queue)
        Asking(lambda: run, turns, Jobs(run.clock)).ask()
        with store.read() as unit:
            assert unit.has_row(sa.text(_CLAIMS), {})
    turns.close()
    assert len(web.asked) == 1


def test_a_worker_of_an_older_version_says_so(
    tmp_path: Path, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not alone that others use the store, which they are to go on with."""
    config = configuration.load(written(tmp_path, postgresql_url, _TWO_DUMPS))
    Store.open(config.store_url).close()
    with by_hand(config) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    presence = Presence.enter(config.store_url)
    monkeypatch.setattr("aggregator.worker.session._FIRST_SECONDS", 0)
    with pytest.raises(StoreError, match=r"made by a newer version; another aggregator is using"):
        work(config, lambda: NOW, Event(), Event())
    presence.close()


def test_hosts_that_are_left_alone_keep_no_other_waiting(
    tmp_path: Path, postgresql_url: str
) -> None:
    """Five hundred whose jobs failed are the longest due, and yet another one is claimed."""
    text = '[[source]]\nname = "a"\nfeed = "https://a.example/feed"\n'
    config = configuration.load(written(tmp_path, postgresql_url, text))
    queue, turns = Queue(config.store_url), HostTurns(config.store_url)
    Store.open(config.store_url).close()
    queue.prepare()
    with Store.beside(config.store_url) as store:
        with store.write() as unit:
            unit.claims.take([f"{number}.example" for number in range(500)])
        while turns.begin("failed"):
            turns.keep("failed", 300)
        run = Run.of(config, store, clock=lambda: NOW, stop=Event())
        assert claim_due(run, queue)
        with store.read() as unit:
            states = unit.claims.live()
        assert states.pop("a.example") is ClaimState.WAITING
        assert list(states.values()) == [ClaimState.SPARED] * 500
    turns.close()


def test_hosts_that_wait_for_long_are_asked_before_those_that_are_claimed_later(
    tmp_path: Path, postgresql_url: str
) -> None:
    """Else those that are the longest due are never asked where hosts are asked too slowly."""
    text = "".join(
        f'[[source]]\nname = "{name}"\nfeed = "https://{name}.example/feed"\n' for name in "ab"
    )
    config = configuration.load(written(tmp_path, postgresql_url, text))
    queue, turns = Queue(config.store_url), HostTurns(config.store_url)
    Store.open(config.store_url).close()
    queue.prepare()
    with Store.beside(config.store_url) as store:
        run = Run.of(config, store, clock=lambda: NOW, stop=Event())
        with store.write() as unit:
            unit.claims.take(["a.example"])
        for waited_seconds in (70, 0, 70):
            with by_hand(config) as connection:
                connection.execute(_WAIT, {"seconds": waited_seconds})
            assert claim_due(run, queue)
        assert [turns.begin("first"), turns.begin("second")] == ["a.example", "b.example"]
    turns.close()


def test_stores_of_one_database_have_a_queue_each() -> None:
    """Also where the names of their schemas differ by what PostgreSQL's first schema is called."""
    stores = ("public", "khobor", "public_khobor", "public_public_khobor")
    assert len({schema_of(store, "queue_3") for store in stores}) == len(stores)


def test_a_queue_has_whatever_name_a_role_and_a_schema_have(postgresql_url: str) -> None:
    """Quotes, spaces, backslashes and percent signs are a name's own, in SQL and in options."""
    name = 'আমার "ঘর" \\ %'
    administrator = sa.create_engine(server_url(postgresql_url), isolation_level="AUTOCOMMIT")
    user = quoted(name).replace("%", "%%")
    url = f"postgresql://{quote(name)}@{postgresql_url.partition('@')[2].partition('&')[0]}"
    with administrator.connect() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {user} LOGIN")
        connection.exec_driver_sql(f"GRANT CREATE ON DATABASE postgres TO {user}")
        connection.exec_driver_sql(f"CREATE SCHEMA AUTHORIZATION {user}")
        try:
            stop, queue = Event(), Queue(url)
            with Store.open(url) as store:
                queue.prepare()
                with store.write() as unit:
                    queue.wake(unit, 1)
                queue.work(stop.set, 1, stop)
            made = connection.exec_driver_sql("SELECT nspname FROM pg_namespace").scalars()
            assert any(each.startswith(f"{name}_queue_") for each in made)
        finally:
            connection.exec_driver_sql(f"DROP OWNED BY {user} CASCADE")
            connection.exec_driver_sql(f"DROP ROLE {user}")
    administrator.dispose()
