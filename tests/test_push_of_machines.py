"""Push beyond one machine: any web server is called back, and whoever leads asks and stores."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
import requests
import sqlalchemy as sa
from click.testing import CliRunner

from aggregator import config as configuration
from aggregator.cli import commands
from aggregator.errors import PublishError, StoreError
from aggregator.models import (
    Arrival,
    ArrivalKind,
    Config,
    SourceReport,
    Subscription,
    SubscriptionMode,
)
from aggregator.pipeline.arrived import arrived
from aggregator.pipeline.deliver import take_arrivals
from aggregator.pipeline.ping import ping_hubs
from aggregator.pipeline.run import Run
from aggregator.pipeline.run_pass import run_pass
from aggregator.pipeline.subscribe import keep_subscriptions, look_who_is_live, token_of
from aggregator.publish import copies
from aggregator.publish.copies import Seen
from aggregator.publish.formats import FORMATS
from aggregator.server import inbox
from aggregator.server.inbox import StoreDesk
from aggregator.store.databases import database_of
from aggregator.store.inbox import Inbox, Room
from aggregator.store.store import Store
from tests.support import postgresql
from tests.support.configurations import LOCAL
from tests.support.deadlines import wait_until
from tests.support.hub import CHALLENGE, Hub
from tests.support.loopback import Loopback, Page
from tests.support.passes import NOW
from tests.support.ports import free_port
from tests.support.pushed import HEADLINES, end_process, rss
from tests.support.service import RunningService
from tests.support.serving import Served, serving
from tests.support.workers import cluster, worker, written
from tests.support.working import HANDING_OUT
from tests.test_workers import made_feeds, served

_FORGED = "a secret that nobody agreed on"
_LEADS = "this worker joins and publishes for all"
_WAITING = "SELECT count(*) FROM arrival"


@dataclass
class Clock:
    """The time on all machines."""

    time: datetime = NOW

    def now(self) -> datetime:
        """Return the time."""
        return self.time


@dataclass
class Machines:
    """A source with a hub, a store in PostgreSQL, and two web servers that answer for callbacks."""

    web: Loopback
    hub: Hub
    servers: tuple[Served, Served]
    folder: Path
    store_url: str
    stack: ExitStack
    clock: Clock

    @property
    def topic(self) -> str:
        """The source's own address."""
        return f"{self.web.url}/feed.xml"

    def publish(self, *numbers: int, hub: str | None = None) -> None:
        """Let the source have these headlines, and announce the hub, or another one, or none."""
        named = self.hub.url if hub is None else hub
        self.web.pages["/feed.xml"] = Page(rss(*numbers, hub=named, topic=self.topic))

    def config(self, folder: str = "leader") -> Config:
        """Write the configuration of a worker's machine, and load it."""
        path = self.folder / folder / "config.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            f'[site]\nurl = "{self.servers[0].url}/"\nallow_private = true\n'
            f'hub = "{self.hub.url}"\n[store]\nurl = "{self.store_url}"\n'
            f'[[source]]\nname = "kagoj"\nfeed = "{self.topic}"\n{LOCAL}',
            encoding="utf-8",
        )
        return configuration.load(path)

    def worker(self, folder: str = "leader") -> Run:
        """Begin a process that works on the store from a folder of its own."""
        config = self.config(folder)
        Store.open(config.store_url).close()
        store = self.stack.enter_context(Store.beside(config.store_url))
        return Run.of(config, store, clock=self.clock.now, stop=Event())

    def subscribe(self, run: Run) -> None:
        """Have the source read, and its hub confirm."""
        self.publish(0)
        run_pass(run, every_source=True)
        lead(run)
        lead(run)
        self.hub.asked.clear()


def lead(run: Run) -> list[SourceReport]:
    """Take what hubs sent, and ask and tell them what is due, as the worker that leads does."""
    reports = take_arrivals(run)
    if any(report.is_news for report in reports):
        run_pass(run, every_source=False)
    keep_subscriptions(run)
    ping_hubs(run)
    return reports


def the_subscription(run: Run) -> Subscription:
    """Return the only subscription there is."""
    with run.store.read() as unit:
        known = unit.subscriptions.known()
    assert known is not None and len(known) == 1
    return known[0]


def query(store_url: str, statement: str) -> list[tuple[object, ...]]:
    """Ask the database itself."""
    engine = database_of(store_url).engine()
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(statement)]
    finally:
        engine.dispose()


def change(store_url: str, statement: str) -> None:
    """Change the database itself."""
    engine = database_of(store_url).engine()
    try:
        with engine.execution_options(writes=True).begin() as connection:
            connection.exec_driver_sql(statement)
    finally:
        engine.dispose()


@contextmanager
def machines_over(folder: Path, store_url: str) -> Iterator[Machines]:
    """Serve a source and a hub, and run two web servers over a store."""
    with ExitStack() as stack:
        web, hub = Loopback(), Hub()
        stack.callback(web.close)
        stack.callback(hub.close)
        servers, clock = [], Clock()
        for number in range(2):
            desk = StoreDesk(folder / "leader" / "config.toml", store_url)
            stack.callback(desk.close)
            copy = folder / f"copy-{number}"
            server = serving(copy, push=folder / "push", clock=clock.now, desk=desk)
            servers.append(stack.enter_context(server))
        yield Machines(
            web=web,
            hub=hub,
            servers=(servers[0], servers[1]),
            folder=folder,
            store_url=store_url,
            stack=stack,
            clock=clock,
        )


@pytest.fixture
def machines(tmp_path: Path, postgresql_url: str) -> Iterator[Machines]:
    """Run two web servers over the run's PostgreSQL."""
    with machines_over(tmp_path, postgresql_url) as made:
        yield made


def test_what_is_delivered_to_whichever_web_server_is_stored_once(machines: Machines) -> None:
    """The hub sends the same to both, and something else to the second, which the leader takes."""
    run = machines.worker()
    machines.subscribe(run)
    assert machines.hub.challenges == [(200, CHALLENGE)]
    for server in machines.servers:
        assert machines.hub.deliver(rss(1), server=server.url)[0].status_code == 202
    assert machines.hub.deliver(rss(2), server=machines.servers[1].url)[0].status_code == 202
    assert query(machines.store_url, _WAITING) == [(3,)]
    assert [(report.new, report.unchanged) for report in lead(run)] == [(1, 0), (0, 1), (1, 0)]
    assert query(machines.store_url, _WAITING) == [(0,)]
    text = (run.config.site.output / "bangla.atom").read_text(encoding="utf-8")
    assert [headline in text for headline in HEADLINES[:4]] == [True, True, True, False]
    assert not (machines.folder / "push" / "arrived").exists()


def test_a_delivery_that_two_workers_read_is_taken_by_one(machines: Machines) -> None:
    """One that led before goes on with what it had read: that is done, and is not done again."""
    run, other = machines.worker(), machines.worker("other")
    machines.subscribe(run)
    machines.hub.deliver(rss(1))
    late = next(arrived(run))
    assert [report.new for report in take_arrivals(other)] == [1]
    with run.store.write() as unit:
        assert not late.take(unit)
    late.drop()
    assert take_arrivals(run) == []
    assert query(machines.store_url, "SELECT sum(ok) FROM activity") == [(2,)]


def test_a_delivery_outlives_a_commit_that_fails(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It leaves the table with what it brought: where that is undone, it waits for the next try."""
    run = machines.worker()
    machines.subscribe(run)
    machines.hub.deliver(rss(1))

    def lose(*_: object, **__: object) -> None:
        raise sa.exc.OperationalError("", None, Exception("the connection is lost"))

    with monkeypatch.context() as patch:
        patch.setattr("aggregator.pipeline.deliver.store_document", lose)
        with pytest.raises(Exception, match="the connection is lost"):
            take_arrivals(run)
    assert [report.new for report in take_arrivals(run)] == [1]


def test_a_delivery_that_ends_who_reads_it_is_left_alone(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After three leaders it is left to polls, and what came behind it is stored."""
    machines.subscribe(machines.worker())
    machines.hub.deliver(rss(1))
    machines.hub.deliver(rss(2))
    machines.clock.time += timedelta(minutes=2)
    with monkeypatch.context() as patch:
        patch.setattr("aggregator.pipeline.deliver.read_entries", end_process)
        for number in range(3):
            with pytest.raises(KeyboardInterrupt):
                take_arrivals(machines.worker(f"leader-{number}"))
    assert [report.new for report in take_arrivals(machines.worker())] == [1]
    assert query(machines.store_url, _WAITING) == [(0,)]


def test_what_nobody_asked_for_is_not_answered_by_the_store(machines: Machines) -> None:
    """A token that is none, and one of the right form: both are unknown. A forged body is dropped.

    A body that is larger than the source's may be is refused.
    """
    run = machines.worker()
    machines.subscribe(run)
    for token in ("x", "x" * 43, "%", "_" * 43, "%00", "a/b"):
        path = f"/push/{token}?hub.mode=subscribe&hub.topic={machines.topic}&hub.challenge=a"
        assert machines.servers[1].get(path).status_code == 404
    assert machines.hub.deliver(rss(1), secret=_FORGED)[0].status_code == 202
    assert machines.hub.deliver(b"x" * 4_000_001)[0].status_code == 413
    assert query(machines.store_url, _WAITING) == [(0,)]


def test_a_web_server_may_know_no_source(machines: Machines) -> None:
    """What it serves is copied, so its configuration needs none; deliveries are bounded as ever."""
    run = machines.worker()
    machines.subscribe(run)
    path = run.config.path
    path.write_text(path.read_text(encoding="utf-8").partition("[[source]]")[0], encoding="utf-8")
    assert machines.hub.deliver(rss(1), server=machines.servers[1].url)[0].status_code == 202
    assert [report.new for report in lead(run)] == [1]


def test_what_waits_is_bounded_for_all_web_servers_together(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In number, also of one callback, and in bytes; what is confirmed or denied has room."""
    run = machines.worker()
    machines.subscribe(run)
    (token,) = (token_of(callback) for callback in machines.hub.subscribers)
    for room in (
        Room(most=2, most_of_one=9, most_bytes=10_000),
        Room(most=9, most_of_one=2, most_bytes=10_000),
        Room(most=9, most_of_one=9, most_bytes=2),
    ):
        boxes = [Inbox(machines.store_url, room) for _ in range(2)]
        sent = Arrival(token=token, kind=ArrivalKind.DELIVERY, arrived=NOW, body=b"x")
        said = Arrival(token=token, kind=ArrivalKind.SUBSCRIBED, arrived=NOW)
        assert [box.put(sent) for box in (*boxes, *boxes)] == [True, True, False, False]
        assert [box.put(said) for box in (*boxes, *boxes)] == [True] * 4
        assert query(machines.store_url, _WAITING) == [(3,)]
        change(machines.store_url, "DELETE FROM arrival")
        for box in boxes:
            box.close()
    full = Room(most=0, most_of_one=9, most_bytes=9)
    monkeypatch.setattr(inbox, "_ROOM", full)
    desk = StoreDesk(run.config.path, machines.store_url)
    with serving(machines.folder / "copy-2", desk=desk) as served:
        answer = machines.hub.deliver(rss(1), server=served.url)[0]
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    desk.close()


def test_of_what_a_hub_says_the_last_counts(machines: Machines) -> None:
    """It confirms at one web server and denies at the other, before the leader has read either.

    What replaced an answer that was read and not taken yet is not lost with it.
    """
    run = machines.worker()
    machines.subscribe(run)
    (callback,) = machines.hub.subscribers
    said = {"mode": "subscribe", "topic": machines.topic, "challenge": "a", "lease_seconds": "60"}
    machines.hub.call(callback, said)
    read = next(arrived(run))
    denied = {"mode": "denied", "topic": machines.topic, "reason": "আর নয়\x00"}
    other = f"{machines.servers[1].url}/push/{token_of(callback)}"
    assert machines.hub.call(other, denied).status_code == 200
    with run.store.write() as unit:
        assert not read.take(unit)
    lead(run)
    known = the_subscription(run)
    assert known.error == "denied" and known.lease_ends is None


def test_another_leader_goes_on_with_subscriptions(machines: Machines) -> None:
    """It renews the one there is, with its callback and secret, and ends it where that is due.

    It has read no document itself: what a source announces stands in the store.
    """
    machines.subscribe(machines.worker())
    machines.clock.time += timedelta(days=9.5)
    later = machines.worker("second")
    lead(later)
    lead(later)
    asked = [form for form in machines.hub.asked if form["hub.mode"] != "publish"]
    assert [form["hub.mode"] for form in asked] == ["subscribe"]
    assert asked[0]["hub.callback"] in machines.hub.subscribers
    assert len(machines.hub.challenges) == 2
    machines.publish(0, 1, hub="")
    run_pass(machines.worker("third"), every_source=True)
    lead(machines.worker("fourth"))
    assert machines.hub.subscribers == {}
    assert the_subscription(later).mode is SubscriptionMode.UNSUBSCRIBE


def test_what_a_source_announced_to_one_worker_is_not_undone_by_another(
    machines: Machines,
) -> None:
    """One that read an older document, and is told since that nothing changed, says nothing."""
    first, second = machines.worker(), machines.worker("second")
    machines.publish(0)
    run_pass(first, every_source=True)
    machines.publish(0, 1, hub="https://another.example/hub")
    run_pass(second, every_source=True)
    run_pass(first, every_source=True)
    with first.store.read() as unit:
        announced = unit.subscriptions.announced()
    assert announced["kagoj"].hub == "https://another.example/hub"


def test_every_worker_knows_of_which_sources_hubs_send(machines: Machines) -> None:
    """A source is polled less often by whichever worker, once its hub has sent something."""
    run, other = machines.worker(), machines.worker("other")
    machines.subscribe(run)
    look_who_is_live(other)
    assert not other.announced.is_live("kagoj")
    machines.hub.deliver(rss(1))
    lead(run)
    look_who_is_live(other)
    assert other.announced.is_live("kagoj")


def topics(machines: Machines) -> list[str]:
    """Return the addresses of the feed in each format."""
    return sorted(f"{machines.servers[0].url}/bangla.{output.suffix}" for output in FORMATS)


def test_our_hub_is_told_once_whoever_leads(machines: Machines) -> None:
    """Of what was handed out, a look later, so that web servers have it; not of an old folder.

    A leader whose folder has other files than were handed out tells nothing of those.
    """
    run = machines.worker()
    machines.publish(0)
    run_pass(run, every_source=True)
    assert ping_hubs(run)
    assert machines.hub.pings == []
    assert not ping_hubs(run)
    assert sorted(machines.hub.pings) == topics(machines)
    old = machines.worker("old")
    old.config.site.output.mkdir()
    (old.config.site.output / "bangla.atom").write_text("পুরোনো", encoding="utf-8")
    for _ in range(3):
        ping_hubs(old)
    assert len(machines.hub.pings) == len(FORMATS)
    machines.publish(0, 1)
    run_pass(run, every_source=True)
    ping_hubs(run)
    for _ in range(3):
        ping_hubs(old)
    assert sorted(machines.hub.pings) == sorted(topics(machines) * 2)


def test_a_pass_that_is_made_once_tells_our_hub(machines: Machines) -> None:
    """With a store that machines share, too: it waits for their web servers before it ends."""
    machines.publish(0)
    done = CliRunner().invoke(commands, ["once", "--config", str(machines.config().path)])
    assert done.exit_code == 0, done.output
    assert sorted(machines.hub.pings) == topics(machines)


def test_a_leader_that_is_lost_between_two_pings_has_told_of_the_first(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it told is remembered before it tells the next, so the next leader tells the others."""
    run = machines.worker()
    machines.publish(0)
    run_pass(run, every_source=True)
    ping_hubs(run)

    class KilledError(BaseException):
        """The process is no more."""

    with monkeypatch.context() as patch:
        ask = vars(__import__("aggregator.pipeline.ping", fromlist=["ask"]))["ask"]

        def ask_once(*arguments: object, **named: object) -> None:
            if machines.hub.pings:
                raise KilledError
            ask(*arguments, **named)

        patch.setattr("aggregator.pipeline.ping.ask", ask_once)
        with pytest.raises(KilledError):
            ping_hubs(run)
    assert len(machines.hub.pings) == 1
    ping_hubs(machines.worker("second"))
    assert sorted(machines.hub.pings) == topics(machines)


@pytest.mark.postgresql
def test_while_the_database_is_away_a_hub_is_told_to_come_again(tmp_path: Path) -> None:
    """With 503, whatever it says: nothing is taken that could be lost, and feeds are served on."""
    if reason := postgresql.missing():
        pytest.skip(reason)
    url = postgresql.schema_url(postgresql.server_in(tmp_path), tmp_path)
    try:
        with machines_over(tmp_path, url) as machines:
            run = machines.worker()
            machines.subscribe(run)
            server = machines.servers[1]
            (callback,) = machines.hub.subscribers
            said = {"mode": "subscribe", "topic": machines.topic, "challenge": "a"}
            assert machines.hub.deliver(rss(1), server=server.url)[0].status_code == 202
            with postgresql.stopped_in(tmp_path):
                answer = machines.hub.deliver(rss(2), server=server.url)[0]
                assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
                assert machines.hub.call(callback, said).status_code == 503
                assert server.get("/bangla.atom").status_code == 404  # of its folder, at once
            assert machines.hub.deliver(rss(2), server=server.url)[0].status_code == 202
            assert [report.new for report in lead(machines.worker("second"))] == [1, 1]
    finally:
        postgresql.stop_in(tmp_path)


# --- Processes ------------------------------------------------------------------------------------


def configured(folder: Path, store: str, site: str, rest: str) -> Path:
    """Write the configuration of one machine into a folder of its own, and return that."""
    folder.mkdir()
    (folder / "config.toml").write_text(
        f'[store]\nurl = "{store}"\n[site]\n{site}{rest}', encoding="utf-8"
    )
    return folder


def shows(headline: str) -> Callable[[requests.Response], bool]:
    """Return whether an answer shows a headline."""
    return lambda answer: answer.status_code == 200 and headline in answer.text


# What our hub was told of, by each time that a leader remembered it.
_NOTE_TOLD = (
    "CREATE TABLE told (topic text, digest text)",
    "CREATE FUNCTION note_told() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " INSERT INTO told VALUES (NEW.topic, NEW.pinged); RETURN NULL; END $$",
    "CREATE TRIGGER told AFTER UPDATE ON ping FOR EACH ROW"
    " WHEN (OLD.pinged <> NEW.pinged) EXECUTE FUNCTION note_told()",
)
_UNTOLD = (
    "SELECT name FROM published_file WHERE body IS NOT NULL"
    " AND name IN ('bangla.rss', 'bangla.atom', 'bangla.json')"
    " AND NOT EXISTS (SELECT FROM ping WHERE pinged = published_file.digest)"
)


@pytest.mark.postgresql
def test_two_web_servers_and_two_workers_with_kills(tmp_path: Path, postgresql_url: str) -> None:
    """What a hub was told is taken comes on both web servers, whatever is killed in between.

    The source is polled once a day, so that whatever is new came by the hub. Of our own hub each
    file that was handed out is told once.
    """
    web, hub, ours = Loopback(), Hub(), Hub()
    topic = f"{web.url}/feed.xml"
    web.pages["/feed.xml"] = Page(rss(0, hub=hub.url, topic=topic))
    ports = [free_port(), free_port()]
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    rest = f'hub = "{ours.url}"\nallow_private = true\n'
    rest += f'[[source]]\nname = "kagoj"\nfeed = "{topic}"\nevery = "1d"\n{LOCAL}'
    site = f'url = "{urls[0]}/"\n'
    workers = [configured(tmp_path / f"w{n}", postgresql_url, site, rest) for n in range(2)]
    copies = [
        configured(tmp_path / f"s{n}", postgresql_url, f'{site}listen = "127.0.0.1:{port}"\n', rest)
        for n, port in enumerate(ports)
    ]
    with ExitStack() as running:
        for each in (web, hub, ours):
            running.callback(each.close)
        Store.open(configuration.load(workers[0] / "config.toml").store_url).close()
        for statement in _NOTE_TOLD:
            change(postgresql_url, statement)
        servers = [running.enter_context(RunningService(each, command="serve")) for each in copies]
        for server, port in zip(servers, ports, strict=True):
            assert server.accepts("127.0.0.1", port)
        first = running.enter_context(RunningService(workers[0], command="worker"))
        first.wait_for_log(_LEADS)
        second = running.enter_context(RunningService(workers[1], command="worker"))
        wait_until(lambda: bool(hub.subscribers))
        first.wait_for_log("sends what is new")

        def is_shown_by_all(number: int) -> None:
            for server, url in zip(servers, urls, strict=True):
                server.wait_for_answer(f"{url}/bangla.atom", shows(HEADLINES[number]))

        is_shown_by_all(0)
        wait_until(lambda: query(postgresql_url, _UNTOLD) == [])
        for url in urls:
            assert hub.deliver(rss(1), server=url)[0].status_code == 202
        began = time.monotonic()
        is_shown_by_all(1)
        took_seconds = time.monotonic() - began
        sys.stdout.write(f"a delivery is shown everywhere in {took_seconds:.1f} s\n")
        wait_until(lambda: query(postgresql_url, _UNTOLD) == [])
        os.kill(first.pid, signal.SIGKILL)
        assert hub.deliver(rss(2), server=urls[1])[0].status_code == 202
        is_shown_by_all(2)
        wait_until(lambda: query(postgresql_url, _UNTOLD) == [])
        second.wait_for_log(_LEADS)
        os.kill(second.pid, signal.SIGKILL)
        second.wait_for_end()
        assert hub.deliver(rss(3), server=urls[1])[0].status_code == 202
        os.kill(servers[1].pid, signal.SIGKILL)  # it has answered, and nobody has taken it yet
        servers[1].wait_for_end()
        third = running.enter_context(RunningService(workers[0], command="worker"))
        servers[1] = running.enter_context(RunningService(copies[1], command="serve"))
        is_shown_by_all(3)
        wait_until(lambda: query(postgresql_url, _UNTOLD) == [])
        assert third.stop(signal.SIGTERM)[0] == 0
        rows = query(postgresql_url, "SELECT source, count(*) FROM entry GROUP BY source")
        assert rows == [("kagoj", 4)]
        assert [form["hub.mode"] for form in hub.asked] == ["subscribe"]
        told = query(postgresql_url, "SELECT topic, digest FROM told")
        assert len(ours.pings) == len(told) == len(set(told)) >= 3 * len(FORMATS)
        assert len(web.asked) == 1
        for log in (first.log, second.log, third.log, *(each.log for each in servers)):
            assert not any("Traceback" in line for line in log), log


# --- Another leader's folder ----------------------------------------------------------------------


def published(run: Run) -> dict[str, bytes]:
    """Return the bytes of every published file of a machine, by name."""
    folder = run.config.site.output
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_leader_with_an_old_folder_takes_over_what_was_handed_out(machines: Machines) -> None:
    """Its files are of when it last led, damaged or gone; what is nobody's stays its own."""
    first, second = machines.worker(), machines.worker("second")
    machines.publish(0)
    run_pass(first, every_source=True)
    run_pass(second, every_source=True)
    output = second.config.site.output
    for number in (1, 2, 3):
        machines.publish(*range(number + 1))
        run_pass(first, every_source=True)
    atom = first.config.site.output / "bangla.atom"
    stale = output / "bangla.atom"
    stale.write_bytes(b"x" * atom.stat().st_size)  # of the size and time of the present one
    os.utime(stale, ns=(atom.stat().st_mtime_ns,) * 2)
    (output / "bangla.rss").unlink()
    (output / "notes.txt").write_text("আমার", encoding="utf-8")
    third = machines.worker("second")
    run_pass(third, every_source=True)
    assert published(third) == published(first) | {"notes.txt": "আমার".encode()}
    for name in published(first):
        mine, theirs = (run.config.site.output / name for run in (third, first))
        assert mine.stat().st_mtime_ns == theirs.stat().st_mtime_ns, name


@pytest.mark.postgresql
def test_a_leader_may_be_killed_as_it_takes_over_and_as_it_hands_out(tmp_path: Path) -> None:
    """One on another machine goes on from what was handed out, and so does the first one after it.

    The other's folder is empty, then half of it is copied, then it has what was never handed out.
    The first one's is of before.
    """
    with served(made_feeds(3), 3) as (_, text), cluster(tmp_path / "a", text, workers=0) as made:
        first, other = made.folder, tmp_path / "b"
        config = made.config
        with worker(first) as leader:
            made.wait_until_asked()
            wait_until(lambda: is_handed_out(config))
            assert leader.stop(signal.SIGTERM)[0] == 0
        old = copied(first)
        with served(made_feeds(4)[3:], 1) as (_, more):
            more = more.replace('"s0"', '"s3"')
            for folder in (first, other):
                config = configuration.load(written(folder, made.url, text + more))
            for step in HANDING_OUT:
                with worker(other, kill_at=step) as killed:
                    assert killed.wait_for_end() == -signal.SIGKILL, killed.log
                if step == "take over":
                    assert 0 < len(copied(other)) < len(old)
            with worker(other) as leader:
                wait_until(lambda: is_handed_out(config) and copied(other) != old)
                made.sources = 4
                made.wait_until_asked()
                assert leader.stop(signal.SIGTERM)[0] == 0
            now = copied(other)
            assert copied(first) == old and now.keys() == old.keys() and now != old
            with worker(first) as leader:
                wait_until(lambda: copied(first) == now)
                assert leader.stop(signal.SIGTERM)[0] == 0
            assert handed_out(config) == now


def copied(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Return the bytes and the time of every published file of a machine, by its name."""
    output = folder / "feeds"
    files = copies.look(output, Seen()).files
    return {name: ((output / name).read_bytes(), stamp[2]) for name, stamp in files.items()}


def handed_out(config: Config) -> dict[str, tuple[bytes, int]]:
    """Return the bytes and the time of every file that the store has for other machines."""
    with Store.beside(config.store_url) as store, store.read() as unit:
        files = list(unit.documents.since(0))
    return {file.name: (file.body, file.modified_ns) for file in files if file.body is not None}


def is_handed_out(config: Config) -> bool:
    """Tell whether what stands in a machine's folder is what the store has of it."""
    with suppress(StoreError, FileNotFoundError, PublishError):  # not made yet, or just replaced
        now = copied(config.path.parent)
        return bool(now) and handed_out(config) == now
    return False
