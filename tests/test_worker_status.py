"""What an operator sees of workers: who works, who leads, what each does, and what is wrong."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Event

import pytest
import requests
import sqlalchemy as sa
from click.testing import CliRunner
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.pool import NullPool

from aggregator import cli
from aggregator import config as configuration
from aggregator.models import Hang, PublishedFile, Pulse, Tick, WorkerStatus
from aggregator.pipeline.seen_workers import judged
from aggregator.pipeline.status import status_of
from aggregator.publish import ledger
from aggregator.status import as_json, metrics
from aggregator.status.page import page_bytes
from aggregator.store.databases import database_of
from aggregator.store.presence import Doing, Identity, Presence
from aggregator.store.store import Store
from aggregator.store.workers import LEAD
from tests.support.configurations import LOCAL
from tests.support.deadlines import HUNG_SECONDS, wait_until
from tests.support.loopback import Loopback, Page
from tests.support.passes import NOW
from tests.support.ports import free_port
from tests.support.service import RunningService
from tests.support.status_site import serving_status
from tests.support.workers import Cluster, cluster, written

SECOND = timedelta(seconds=1)

LEADS = "joins and publishes for all"
NO_SOURCE = '[[source]]\nname = "d"\ndump = "nothing/*.txt"\n'


def seen(**known: object) -> WorkerStatus:
    """Return a worker that is heard of, with whatever else is known."""
    values = {"host": "a.example", "pid": 7, "version": "1", "started": NOW, "heard": NOW}
    return WorkerStatus(**{"is_heard": True, **values, **known})  # type: ignore[arg-type]


def tick(**known: object) -> Tick:
    """Return a tick that ended at the tests' present."""
    return Tick(**{"name": "publishing", "began": NOW, "went_on": NOW, "ended": NOW, **known})  # type: ignore[arg-type]


LEADER = seen(leads_since=NOW, ticks=(tick(),))
HANG = Hang(of="slow.example", since=NOW)
LOST = seen(is_heard=False, host="b.example")


@pytest.mark.parametrize(
    ("workers", "later", "pulse", "reason"),
    [
        ([LEADER], 1, Pulse.TICKS, "1 worker works, and a.example (process 7) leads"),
        ([LOST, LEADER, seen(pid=8)], 1, Pulse.TICKS, "2 workers work, and a.example"),
        ([seen()], 1, Pulse.HANGS, "no worker leads, so that nothing is published; 1 worker works"),
        ([LOST], 7_300, Pulse.DEAD, "no worker has been heard of for 2 h: the last was b.example"),
        (
            [seen(is_heard=False, has_ended=True)],
            90,
            Pulse.NONE,
            "no worker runs: the last one, a.example (process 7), ended at 2026-11-24 06:00 UTC",
        ),
        (
            [LEADER, seen(host="b.example", hangs=(HANG,))],
            1,
            Pulse.TICKS,
            "b.example (process 7) hangs at slow.example since 06:00:00 UTC",
        ),
        ([LEADER], 149, Pulse.TICKS, "leads"),
        ([LEADER], 151, Pulse.HANGS, "which leads, hangs: there was no tick of publishing"),
        (
            [seen(leads_since=NOW, ticks=(tick(ended=None),))],
            601,
            Pulse.HANGS,
            "its tick of publishing stands still since 06:00:00 UTC",
        ),
    ],
)
def test_workers_are_judged_by_what_was_heard_of_them(
    workers: list[WorkerStatus], later: int, pulse: Pulse, reason: str
) -> None:
    """They work where one leads and its ticks come; else it is said what is wrong."""
    found, words = judged(workers, NOW + later * SECOND)
    assert found is pulse
    assert reason in words


def known(url: str) -> tuple[WorkerStatus, ...]:
    """Return the workers that a store knows of."""
    with Store.beside(url) as store, store.read() as unit:
        return unit.workers.known()


def test_who_leads_is_whose_session_has_the_lock(postgresql_url: str) -> None:
    """What a row says is true for as long as its session is; a worker that ends says so."""
    Store.open(postgresql_url).close()
    assert known(postgresql_url) == ()
    first, second = Presence.enter(postgresql_url), Presence.enter(postgresql_url)
    one, two = Identity(version="1", host="a", pid=1), Identity(version="1", host="b", pid=2)
    assert first.take(LEAD) and not second.take(LEAD)
    first.beat(one, Doing(hosts=3, ticks=[tick(ended=None, fault="no room")], hangs=[HANG]))
    second.beat(two, Doing())
    found = known(postgresql_url)
    assert [(each.host, each.hosts, each.leads_since is not None) for each in found] == [
        ("a", 3, True),
        ("b", 0, False),
    ]
    assert found[0].ticks == (tick(ended=None, fault="no room"),)
    assert (found[0].hangs, found[1].hangs) == ((HANG,), ())
    since = found[0].leads_since
    first.beat(one, Doing())
    assert known(postgresql_url)[0].leads_since == since
    first.say_ended()
    first.close()
    wait_until(lambda: second.take(LEAD))
    ended, other = known(postgresql_url)
    assert ended.has_ended and not ended.is_heard and ended.leads_since is None
    assert other.leads_since is not None  # though it has not said so yet
    second.close()


def test_who_leads_in_another_database_does_not_lead_here(postgresql_url: str) -> None:
    """What is restored beside a cluster that runs has its workers' rows, and none of its locks."""
    Store.open(postgresql_url).close()
    url = sa.make_url(postgresql_url).set(drivername="postgresql+psycopg")
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as administrator:
        administrator.exec_driver_sql("CREATE DATABASE beside")
    schema = postgresql_url.rpartition("%3D")[2]
    beside = postgresql_url.replace("/postgres?", "/beside?")
    run(beside, f"CREATE SCHEMA {schema}")
    first = Presence.enter(beside)
    assert first.take(LEAD)
    second = Presence.enter(postgresql_url)
    second.beat(Identity(version="1", host="a"), Doing())
    leader = "(SELECT pid FROM pg_stat_activity WHERE datname = 'beside')"
    run(postgresql_url, f"UPDATE worker SET session = {leader}")  # noqa: S608 - no input
    (restored,) = known(postgresql_url)
    assert restored.leads_since is None
    second.close()
    first.close()
    with engine.connect() as administrator:
        administrator.exec_driver_sql("DROP DATABASE beside WITH (FORCE)")


def test_few_workers_are_remembered_that_are_lost(postgresql_url: str) -> None:
    """Of its own machine those of the last half minute, of others those of a day; and itself."""
    Store.open(postgresql_url).close()
    for number, (host, seconds) in enumerate((("a", 20), ("a", 40), ("b", 40), ("c", 90_000))):
        presence = Presence.enter(postgresql_url)
        presence.beat(Identity(version=str(number), host=host), Doing())
        presence.close()
        make_older(postgresql_url, str(number), seconds)
    presence = Presence.enter(postgresql_url)
    presence.beat(Identity(version="new", host="a"), Doing())
    presence.close()
    assert {each.version for each in known(postgresql_url)} == {"0", "2", "new"}


def make_older(url: str, version: str, seconds: int) -> None:
    """Let a worker have been heard of so long ago, and not have ended."""
    older = f"SET heard = heard - interval '{seconds} seconds', has_ended = false"
    run(url, f"UPDATE worker {older} WHERE version = '{version}'")


def run(url: str, *statements: str) -> None:
    """Run statements on a store's schema."""
    engine = database_of(url).engine()
    with engine.connect().execution_options(writes=True) as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
        connection.commit()
    engine.dispose()


def test_feeds_are_told_as_they_were_handed_out(postgresql_url: str, tmp_path: Path) -> None:
    """On a machine whose folder is empty, and on one whose folder is of long ago."""
    path = written(tmp_path, postgresql_url, NO_SOURCE)
    config = configuration.load(path)
    time_ns = int(NOW.timestamp() * 1e9)
    placed = {"bangla": ledger.Placed(selection="", entries=12, digests={})}
    ledger.write(tmp_path, placed)
    bodies = {"bangla.rss": b"<rss/>", ledger.NAME: (tmp_path / ledger.NAME).read_bytes()}
    with Store.open(postgresql_url) as store:
        for _ in range(2):
            assert [feed.entries for feed in status_of(store, config, NOW).feeds] == [0]
            config.site.output.mkdir(exist_ok=True)
        with store.write() as unit:
            unit.documents.put(
                PublishedFile(name=name, body=body, modified_ns=time_ns, digest="")
                for name, body in bodies.items()
            )
        (feed,) = status_of(store, config, NOW).feeds
        assert (feed.entries, feed.updated, feed.files) == (12, NOW, ("bangla.rss",))
        ledger.write(config.site.output, {"bangla": replace(placed["bangla"], entries=3)})
        assert status_of(store, config, NOW).feeds == (feed,)
        assert explained(path) == "Nothing is held back.\n"
        ledger.write(tmp_path, {"bangla": replace(placed["bangla"], held_back=1)})
        body = (tmp_path / ledger.NAME).read_bytes()
        with store.write() as unit:
            unit.documents.put(
                [PublishedFile(name=ledger.NAME, body=body, modified_ns=0, digest="")]
            )
        assert status_of(store, config, NOW).feeds == (replace(feed, held_back=1),)
        assert "bangla" in explained(path)
        release = ["release", "--feed", "bangla", "--config", str(path)]
        assert CliRunner().invoke(cli.commands, release).exit_code == 0
        damaged = PublishedFile(name=ledger.NAME, body=b"[", modified_ns=0, digest="")
        with store.write() as unit:
            unit.documents.put([damaged])
        found = status_of(store, config, NOW)
        assert found.feeds == () and "in the store cannot be read" in found.service.faults[0]


def explained(path: Path) -> str:
    """Return what is held back, as a person asks for it."""
    return CliRunner().invoke(cli.commands, ["explain", "--config", str(path)]).output


def test_what_a_machine_cannot_know_of_a_shared_store_is_not_told(
    postgresql_url: str, tmp_path: Path
) -> None:
    """No backup is missing that the program makes nowhere, and the disk is the machine's own."""
    path = written(tmp_path, postgresql_url, NO_SOURCE)
    with Store.open(postgresql_url) as store:
        status = status_of(store, configuration.load(path), NOW)
    printed = CliRunner().invoke(cli.commands, ["status", "--config", str(path)]).output
    page = page_bytes(status, "en", has_feed=False).decode()
    for text in (printed, page):
        assert "yours to make, by pg_dump" in text and "this machine" in text
        assert "no service runs with this store" in text
    assert "backup" not in metrics.metrics_text(status).decode()


def test_what_hangs_is_told_in_every_form(postgresql_url: str, tmp_path: Path) -> None:
    """Which host or dump, of which worker and since when: page, command, JSON, metrics, health."""
    path = written(tmp_path, postgresql_url, NO_SOURCE)
    Store.open(postgresql_url).close()
    presence = Presence.enter(postgresql_url)
    assert presence.take(LEAD)
    hang = replace(HANG, since=datetime.now(UTC) - 700 * SECOND)
    presence.beat(Identity(version="1", host="a", pid=3), Doing(hosts=1, hangs=[hang]))
    printed = CliRunner().invoke(cli.commands, ["status", "--config", str(path)]).output
    assert "hangs for 11 min at slow.example" in " ".join(printed.split())
    told = CliRunner().invoke(cli.commands, ["status", "--json", "--config", str(path)]).output
    (worker,) = json.loads(told)["service"]["workers"]
    assert worker["hangs"] == [{"of": "slow.example", "since": hang.since.isoformat()}]
    with serving_status(configuration.load(path), datetime.now(UTC)) as url:
        health = requests.get(f"{url}/healthz", timeout=HUNG_SECONDS)
        page = requests.get(f"{url}/status?lang=bn", timeout=HUNG_SECONDS).text
        measured = requests.get(f"{url}/metrics", timeout=HUNG_SECONDS).text
    presence.close()
    assert health.status_code == 200 and "a (process 3) hangs at slow.example" in health.text
    assert "১১ মিনিট ধরে আটকে আছে: slow.example" in page
    assert 'aggregator_worker_hangs{host="a"} 1.0' in measured


# --- A cluster that runs -------------------------------------------------------------------------


@contextmanager
def at_work(folder: Path, rest: str, *, workers: int) -> Iterator[Cluster]:
    """Run workers by the true time, as their ticks are judged by it, until the block ends."""
    with cluster(folder, rest, workers=0) as made, ExitStack() as running:
        for _ in range(workers):
            started = RunningService(folder, command="worker")
            made.workers.append(running.enter_context(started))
        yield made


def found_of(made: Cluster) -> tuple[Pulse, str, tuple[WorkerStatus, ...]]:
    """Return what the status says of the workers of a cluster."""
    with Store.beside(made.url) as store:
        service = status_of(store, made.config, datetime.now(UTC)).service
    return service.pulse, service.reason, service.workers


def test_a_cluster_is_told_in_every_form(tmp_path: Path, web: Loopback) -> None:
    """Command, JSON, page, metrics and health: who leads, who asks, who is lost, what it takes."""
    answers = Event()

    def hold(request: BaseHTTPRequestHandler) -> None:
        answers.wait(HUNG_SECONDS)
        request.send_response(503)
        request.end_headers()

    web.pages["/"] = Page(handle=hold)
    text = f'[[source]]\nname = "a"\nfeed = "{web.url}/"\n{LOCAL}'
    with at_work(tmp_path, text, workers=2) as made:
        wait_until(lambda: any(LEADS in line for each in made.workers for line in each.log))
        wait_until(lambda: found_of(made)[0] is Pulse.TICKS and len(found_of(made)[2]) == 2)
        wait_until(lambda: sum(each.hosts for each in found_of(made)[2]) == 1)
        answers.set()
        pulse, reason, workers = found_of(made)
        host = socket.gethostname()
        assert {each.pid for each in workers} == {each.pid for each in made.workers}
        assert {each.host for each in workers} == {host}
        (leader,) = (each for each in workers if each.leads_since)
        assert reason == f"2 workers work, and {host} (process {leader.pid}) leads"
        in_every_form(made, leader)
        arguments = ["status", "--here", "--config", str(made.folder / "config.toml")]
        here = CliRunner().invoke(cli.commands, arguments)
        assert here.exit_code == 0 and "works" in here.output
        os.kill(leader.pid, signal.SIGKILL)
        wait_until(lambda: "and" in found_of(made)[1] and str(leader.pid) not in found_of(made)[1])
        other = next(each for each in made.workers if each.pid != leader.pid)
        assert other.stop(signal.SIGTERM)[0] == 0
        run(made.url, "UPDATE worker SET heard = heard - interval '40 seconds'")
        pulse, reason, workers = found_of(made)
        assert pulse is Pulse.NONE and f"{host} (process {other.pid}), ended at" in reason
        assert [(each.pid, each.is_heard) for each in workers] == [(leader.pid, False)]
        here = CliRunner().invoke(cli.commands, arguments)
        assert here.exit_code == 1, here.output


def in_every_form(made: Cluster, leader: WorkerStatus) -> None:
    """Hold what each form says of the leader against each other."""
    name = f"{leader.host} (process {leader.pid})"
    arguments = ["status", "--config", str(made.folder / "config.toml")]
    printed = CliRunner().invoke(cli.commands, arguments).output
    assert f"{name} leads (version" in printed
    assert re.search(rf"{re.escape(name)}: leads for .*runs for .*heard ", printed), printed
    told = CliRunner().invoke(cli.commands, [*arguments, "--json"])
    assert told.output, told.exception
    service = json.loads(told.output)["service"]
    assert service["pulse"] == "ticks" and service["store_bytes"] > 100_000
    assert [each["pid"] for each in service["workers"] if each["leads_since"]] == [leader.pid]
    with serving_status(made.config, datetime.now(UTC)) as url:
        health = requests.get(f"{url}/healthz", timeout=HUNG_SECONDS)
        assert (health.status_code, name in health.text) == (200, True)
        page = requests.get(f"{url}/status?lang=bn", timeout=HUNG_SECONDS).text
        measured = requests.get(f"{url}/metrics", timeout=HUNG_SECONDS).text
    assert leader.host in page and "ধরে নেতৃত্বে" in page
    values = {
        sample.name: sample.value
        for family in text_string_to_metric_families(measured)
        for sample in family.samples
        if sample.name.startswith(("aggregator_up", "aggregator_worker"))
    }
    assert values["aggregator_up"] == 1 and values["aggregator_workers"] == 2
    assert values["aggregator_worker_leads"] == 1
    assert values["aggregator_worker_heard_timestamp_seconds"] > 0


def test_a_lost_cluster_is_told(tmp_path: Path) -> None:
    """Where all were killed, it is said for how long nothing was heard, and health is 503."""
    with at_work(tmp_path, NO_SOURCE, workers=1) as made:
        made.workers[0].wait_for_log(LEADS)
        os.kill(made.workers[0].pid, signal.SIGKILL)
        made.workers[0].wait_for_end()
        run(made.url, "UPDATE worker SET heard = heard - interval '10 minutes'")
        with serving_status(made.config, datetime.now(UTC)) as url:
            health = requests.get(f"{url}/healthz", timeout=HUNG_SECONDS)
            assert health.status_code == 503
            assert "no worker has been heard of for 10 min" in health.text
            page = requests.get(f"{url}/status?lang=en", timeout=HUNG_SECONDS).text
        assert "not heard of any more, last 10 min ago" in page
        with Store.beside(made.url) as store:
            status = status_of(store, made.config, datetime.now(UTC))
        assert "aggregator_up 0.0" in metrics.metrics_text(status).decode()
        assert json.loads(as_json.json_text(status))["service"]["pulse"] == "dead"
        assert b"not heard of" in page_bytes(status, "en", has_feed=False)


@pytest.mark.more
def test_a_change_of_the_configuration_is_logged_once(tmp_path: Path) -> None:
    """By each process that takes it over; one that leads says it no second time, nor a fault."""
    with at_work(tmp_path, NO_SOURCE, workers=1) as made:
        (leader,) = made.workers
        leader.wait_for_log(LEADS)
        path = written(made.folder, made.url, NO_SOURCE + '[site]\ntitle = "নতুন"\n')
        leader.wait_for_log("was changed and is taken over")
        path.write_text(path.read_text(encoding="utf-8") + "x = 1\n", encoding="utf-8")
        leader.wait_for_log("has faults")
        written(made.folder, made.url, NO_SOURCE + '[site]\ntitle = "আবার"\n')
        wait_until(lambda: "".join(leader.log).count("is taken over") == 2)
        # Whatever the ticks that lead read meanwhile they have said by their next publishing.
        feed = made.config.site.output / "index.html"
        wait_until(lambda: feed.exists() and "আবার" in feed.read_text(encoding="utf-8"))
        assert leader.stop(signal.SIGTERM)[0] == 0
        text = "".join(leader.log)
        assert text.count("is taken over") == 2 and text.count("has faults") == 1


@pytest.mark.more
def test_a_web_server_shows_the_status(tmp_path: Path) -> None:
    """``serve`` answers the operator at [status] listen, wherever the workers are."""
    port, status_port = free_port(), free_port()
    text = (
        f'[site]\nlisten = "127.0.0.1:{port}"\n[status]\nlisten = "127.0.0.1:{status_port}"\n'
        + NO_SOURCE
    )
    with at_work(tmp_path, text, workers=1) as made:
        made.workers[0].wait_for_log(LEADS)
        copy = tmp_path / "web"  # a worker and a web server have a folder each
        copy.mkdir()
        (copy / "config.toml").write_bytes((made.folder / "config.toml").read_bytes())
        with RunningService(copy, command="serve") as serve:
            serve.wait_for_answer(
                f"http://127.0.0.1:{status_port}/healthz",
                lambda answer: answer.status_code == 200 and "1 worker works" in answer.text,
            )
