"""Several workers over one store in PostgreSQL do together what one process does alone."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from itertools import pairwise
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from click.testing import CliRunner

from aggregator import config as configuration
from aggregator.cli import commands
from aggregator.errors import FetchError, NotAskedError
from aggregator.fetch.politeness import Politeness
from aggregator.models import Config, FaultKind
from aggregator.pipeline.run import Run
from aggregator.store.host_turns import HostTurns
from aggregator.store.store import Store
from aggregator.worker.asking import Asking
from aggregator.worker.jobs import Jobs
from aggregator.worker.queue import Queue
from bench.made_texts import Writer
from tests.support import postgresql
from tests.support.configurations import LOCAL
from tests.support.deadlines import HUNG_SECONDS, wait_until
from tests.support.loopback import Loopback, Page
from tests.support.passes import NOW, one_pass
from tests.support.service import RunningService
from tests.support.texts import item, rss
from tests.support.wire import Wire
from tests.support.workers import (
    Cluster,
    asked,
    cluster,
    content_of,
    published_anew,
    socket_folder,
    worker,
    written,
)
from tests.support.working import STEPS

_ITEMS = 6
_HOSTS_AT_ONCE = 4
_ENDS_SECONDS = 20.0
_SPACING_SECONDS = 0.2
_LATE_SECONDS = 0.1  # by which turns are further apart, for requests that set out late
# Of the steps at which a worker is killed; the others are killed by make attack.
_MARKS: dict[str, Any] = {"publish": (), "store": pytest.mark.more}
_JITTER_SECONDS = 0.15  # by which a thread of a busy machine may be late
_NO_SOURCE = '[[source]]\nname = "a"\nfeed = "https://a.example/feed"\n'
_LEADS = "joins and publishes for all"


def made_feeds(sources: int) -> list[bytes]:
    """Make feeds of which each third entry is another paper's text, word for word."""
    writer = Writer.make()
    feeds = []
    for source in range(sources):
        items = []
        for number in range(_ITEMS):
            is_copy = number % 3 == 2
            of = (source * 7 + number) % sources if is_copy else source
            title, body = writer.text(of * 1000 + (0 if is_copy else number))
            address = f"https://p{source}.example/{number}"
            published = f"Mon, 23 Nov 2026 {source % 24:02d}:{number:02d}:{source % 60:02d} +0600"
            items.append(
                {
                    "title": title,
                    "link": address,
                    "guid": address,
                    "pubDate": published,
                    "description": f"<p>{body}</p>",
                }
            )
        feeds.append(rss(items))
    return feeds


@contextmanager
def served(feeds: Sequence[bytes], hosts: int) -> Iterator[tuple[list[Loopback], str]]:
    """Serve feeds by hosts of loopback; yield these, and the configuration of the sources."""
    servers = [Loopback(f"127.0.1.{1 + number}") for number in range(hosts)]
    try:
        text = ""
        for number, body in enumerate(feeds):
            server = servers[number % hosts]
            server.pages[f"/{number}"] = Page(body)
            text += f'[[source]]\nname = "s{number}"\nfeed = "{server.url}/{number}"\n{LOCAL}'
        yield servers, text
    finally:
        for server in servers:
            server.close()


def whole(config: Config, folder: Path) -> tuple[object, ...]:
    """Return what a store has and is published as."""
    published = published_anew(config, folder)
    return content_of(config), published


def alone(folder: Path, text: str) -> Config:
    """Make one pass in one process, with SQLite."""
    path = written(folder, "sqlite:///aggregator.db", text)
    config = configuration.load(path)
    one_pass(config)
    return config


def end(running: RunningService) -> None:
    """End a worker as a person does; it ends well, and soon."""
    running.wait_for_log("begins on")  # until then a signal ends it as any process
    began = time.monotonic()
    exit_code, _ = running.stop(signal.SIGTERM)
    assert exit_code == 0, running.log
    assert time.monotonic() - began < _ENDS_SECONDS


def compare(tmp_path: Path, made: Cluster, expected: Config) -> None:
    """Hold what workers stored against what one process did; the workers have ended."""
    theirs, published = whole(made.config, tmp_path / "theirs")
    ours, ours_published = whole(expected, tmp_path / "ours")
    assert theirs == ours
    assert published == ours_published


def another_goes_on(tmp_path: Path, made: Cluster, expected: Config) -> None:
    """Let another worker do what is left, and hold it all against what one process did."""
    with worker(made.folder) as other:
        other.wait_for_log(_LEADS)
        made.wait_until_asked()
        end(other)
    compare(tmp_path, made, expected)


def test_two_workers_store_and_publish_what_one_process_does(tmp_path: Path) -> None:
    """Entries, ids, stories and aliases are equal, and the bytes of what is then published."""
    with served(made_feeds(24), 12) as (hosts, text):
        expected = alone(tmp_path / "alone", text)
        before = asked(hosts)
        answers = Event()
        held = hold_back(hosts, answers)
        text = f"[cluster]\nconcurrency = {_HOSTS_AT_ONCE}\n{text}"
        with cluster(tmp_path / "cluster", text, workers=2) as made:
            wait_until(lambda: len(held) > 2 * _HOSTS_AT_ONCE)  # more than one of them asks at once
            answers.set()
            made.wait_until_asked()
            for each in made.workers:
                end(each)
            assert asked(hosts) == before + 24
            assert all("new" in "".join(each.log) for each in made.workers), "one did nothing"
            compare(tmp_path, made, expected)


@pytest.mark.more
def test_an_id_that_sources_share_goes_by_the_configuration(tmp_path: Path) -> None:
    """Though the first of the configuration answers last, as with one process that waits for it."""
    shared = {"guid": "https://shared.example/1"}
    feeds = [rss([item(number, **shared)]) for number in range(3)]
    with served(feeds, 3) as (hosts, text):
        expected = alone(tmp_path / "alone", text)
        answers = Event()
        held = hold_back(hosts[:1], answers)
        with cluster(tmp_path / "cluster", text, workers=1) as made:
            wait_until(lambda: bool(held) and made.query("SELECT count(*) FROM entry") == [(2,)])
            answers.set()
            made.wait_until_asked()
            end(made.workers[0])
            compare(tmp_path, made, expected)
            query = "SELECT source FROM entry WHERE id = 'https://shared.example/1'"
            assert made.query(query) == [("s0",)]


@pytest.mark.long
def test_what_a_killed_worker_had_is_done_by_the_others(tmp_path: Path) -> None:
    """One of three is killed amid a pass: everything is stored, and once, and as by one process."""
    with served(made_feeds(24), 12) as (hosts, text):
        expected = alone(tmp_path / "alone", text)
        before = asked(hosts)
        with cluster(tmp_path / "cluster", text, workers=3) as made:
            wait_until(lambda: asked(hosts) >= before + 6)
            os.kill(made.workers[1].pid, signal.SIGKILL)
            made.wait_until_asked()
            end(made.workers[0])
            end(made.workers[2])
            compare(tmp_path, made, expected)


@pytest.mark.parametrize(
    "step",
    [pytest.param(step, marks=_MARKS.get(step, pytest.mark.attack)) for step in STEPS],
)
def test_a_worker_may_be_killed_at_any_step(tmp_path: Path, step: str) -> None:
    """Another one goes on: nothing is lost, and nothing is stored twice."""
    with served(made_feeds(6), 3) as (_, text):
        expected = alone(tmp_path / "alone", text)
        with cluster(tmp_path / "cluster", text, workers=0) as made:
            with worker(made.folder, kill_at=step) as killed:
                assert killed.wait_for_end() == -signal.SIGKILL, killed.log
            another_goes_on(tmp_path, made, expected)


@pytest.mark.more
def test_a_worker_that_hangs_leads_no_more(tmp_path: Path) -> None:
    """Its process lives, and would have the lead for ever: it ends, and another one goes on."""
    with served(made_feeds(6), 3) as (_, text):
        expected = alone(tmp_path / "alone", text)
        with cluster(tmp_path / "cluster", text, workers=0) as made:
            with worker(made.folder, hang_at="join") as hung:
                assert hung.wait_for_end() == 1
                hung.wait_for_log("publishing stands still")
            another_goes_on(tmp_path, made, expected)


def test_a_job_that_hangs_is_told_and_ends_its_worker(tmp_path: Path) -> None:
    """A request that never ends: which host it is of is said, and others do what is left."""
    with served(made_feeds(6), 3) as (_, text):
        expected = alone(tmp_path / "alone", text)
        with cluster(tmp_path / "cluster", text, workers=0) as made:
            with worker(made.folder, hang_at="fetch") as hung:
                hung.wait_for_log("the job of 127.0.1")
                assert hung.wait_for_end() == 1, hung.log
                hung.wait_for_log("hangs for too long: this worker ends")
                (hangs,) = made.query("SELECT hangs FROM worker")
                assert "127.0.1" in hangs[0]
            another_goes_on(tmp_path, made, expected)


@pytest.mark.more
def test_a_host_for_which_five_are_woken_is_asked_once(tmp_path: Path) -> None:
    """Whichever of two workers comes first: one request, and one poll that is counted."""
    with (
        served(made_feeds(1), 1) as (hosts, text),
        cluster(tmp_path / "cluster", text, workers=0) as made,
    ):
        Store.open(made.config.store_url).close()
        queue = Queue(made.config.store_url)
        queue.prepare()
        with Store.beside(made.config.store_url) as store, store.write() as unit:
            assert unit.claims.take(["127.0.1.1"]) == 1
            queue.wake(unit, 5)
        with worker(made.folder) as first, worker(made.folder) as second:
            made.wait_until_asked()
            end(first)
            end(second)
        assert asked(hosts) == 1
        alone(tmp_path / "alone", text)
        counts = content_of(configuration.load(tmp_path / "alone" / "config.toml"))["polls"]
        assert content_of(made.config)["polls"] == counts


def test_what_came_by_a_claim_that_is_over_is_not_stored(tmp_path: Path) -> None:
    """Another worker has the host by the time its server answers: that one's result counts."""
    with (
        served(made_feeds(1), 1) as (hosts, text),
        cluster(tmp_path / "cluster", text, workers=0) as made,
    ):
        config = made.config
        body = hosts[0].pages["/0"].body

        def lose_claim(request: BaseHTTPRequestHandler) -> None:
            with Store.beside(config.store_url) as store, store.write() as unit:
                unit.driver.execute("UPDATE claim SET by = 'another'")
            request.send_response(200)
            request.end_headers()
            request.wfile.write(body)

        hosts[0].pages["/0"] = Page(handle=lose_claim)
        Store.open(config.store_url).close()
        with Store.beside(config.store_url) as store:
            run = Run.of(config, store, clock=lambda: NOW, stop=Event())
            turns = HostTurns(config.store_url)
            asking = Asking(lambda: run, turns, Jobs(run.clock))
            with store.write() as unit:
                unit.claims.take(["127.0.1.1"])
            asking.ask()
            assert asked(hosts) == 1
            counts = "SELECT (SELECT count(*) FROM entry), (SELECT count(*) FROM source_state)"
            assert made.query(counts) == [(0, 0)]
            assert made.query("SELECT by FROM claim") == [("another",)]
            asking.ask()
            assert asked(hosts) == 1, "a host was asked that another worker has"
            hosts[0].pages["/0"] = Page(body)
            with store.write() as unit:
                unit.driver.execute("DELETE FROM claim")
                unit.claims.take(["127.0.1.1"])
            asking.ask()
            assert made.query(counts) == [(4, 1)]
            turns.close()


@pytest.mark.long
def test_workers_come_back_when_postgresql_restarts(tmp_path: Path) -> None:
    """A pass that it interrupts is finished, and ends as one that nothing interrupted."""
    with own_server(tmp_path) as server, served(made_feeds(12), 6) as (hosts, text):
        expected = alone(tmp_path / "alone", text)
        before = asked(hosts)
        with cluster(tmp_path / "cluster", text, workers=2, server=server) as made:
            wait_until(lambda: asked(hosts) >= before + 3)
            postgresql.restart_in(tmp_path)
            made.wait_until_asked()
            for each in made.workers:
                end(each)
            compare(tmp_path, made, expected)


@pytest.mark.long
def test_a_worker_that_is_cut_off_stores_nothing_when_it_comes_back(tmp_path: Path) -> None:
    """What it had is done by another once its lease is over, and it works on afterwards."""
    answers = Event()
    with own_server(tmp_path) as server, served(made_feeds(6), 3) as (hosts, text):
        expected = alone(tmp_path / "alone", text)
        held = hold_back(hosts, answers)
        with (
            Wire(postgresql.socket_in(tmp_path)) as wire,
            cluster(tmp_path / "cluster", text, workers=0, server=server) as made,
        ):
            far = tmp_path / "far"
            written(far, made.url.replace(socket_folder(made.url), wire.folder), text)
            with worker(far) as cut_off:
                wait_until(lambda: len(held) == 6)
                wire.cut()
                with worker(made.folder) as other:
                    wait_until(lambda: len(held) == 12)
                    answers.set()
                    made.wait_until_asked()
                    wire.mend()
                    end(other)
                cut_off.wait_for_log("another worker asks")
                wait_until(lambda: sum(_LEADS in line for line in cut_off.log) == 2)
                end(cut_off)
            compare(tmp_path, made, expected)


@contextmanager
def own_server(folder: Path) -> Iterator[str]:
    """Run a PostgreSQL of the test's own; yield its URL."""
    if reason := postgresql.missing():
        pytest.skip(reason)
    server = postgresql.server_in(folder)
    try:
        yield server
    finally:
        postgresql.stop_in(folder)


def test_workers_share_a_host_s_spacing_and_rests(tmp_path: Path) -> None:
    """No two requests of whichever worker are closer than the spacing; a rest is everybody's."""
    with cluster(tmp_path / "cluster", _NO_SOURCE, workers=0) as made:
        Store.open(made.config.store_url).close()
        ledgers = [HostTurns(made.config.store_url) for _ in range(2)]
        each = [Politeness(Event(), ledger) for ledger in ledgers]
        began: list[float] = []

        def ask(politeness: Politeness) -> None:
            for _ in range(5):
                with politeness.turn("https://a.example/1", _SPACING_SECONDS):
                    began.append(time.monotonic())

        threads = [Thread(target=ask, args=[politeness]) for politeness in each for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(HUNG_SECONDS)
        turns = made.query("SELECT count(*) FROM host_turn")
        assert turns == [(1,)] and len(began) == 20
        apart = _SPACING_SECONDS + _LATE_SECONDS
        assert max(began) - min(began) > 19 * apart - _JITTER_SECONDS
        assert min(gaps(began)) > apart - _JITTER_SECONDS
        with pytest.raises(FetchError), each[0].turn("https://a.example/1", 0):
            raise FetchError("too many", kind=FaultKind.REFUSED, status=429, retry_after_seconds=60)
        with pytest.raises(NotAskedError), each[1].turn("https://a.example/2", 0):
            pass
        for ledger in ledgers:
            ledger.close()


def test_no_pass_is_made_beside_workers(tmp_path: Path) -> None:
    """A person who starts one is told of the workers, and nothing is asked."""
    with cluster(tmp_path / "cluster", _NO_SOURCE, workers=1) as made:
        made.workers[0].wait_for_log(_LEADS)
        told = CliRunner().invoke(commands, ["once", "--config", str(made.config.path)])
        assert told.exit_code == 2
        assert "a service or workers that run? stop them first" in told.output


def test_a_worker_is_refused_a_store_that_is_a_file(tmp_path: Path) -> None:
    """It says that workers need PostgreSQL, and what does all with a file."""
    path = written(tmp_path, "sqlite:///aggregator.db", _NO_SOURCE)
    told = CliRunner().invoke(commands, ["worker", "--config", str(path)])
    assert told.exit_code == 2
    assert "workers need PostgreSQL" in told.output and "aggregator run" in told.output


def gaps(times: Sequence[float]) -> list[float]:
    """Return how far apart moments are."""
    ordered = sorted(times)
    return [later - earlier for earlier, later in pairwise(ordered)]


def hold_back(hosts: Sequence[Loopback], until: Event) -> list[str]:
    """Let hosts answer once an event is set; return the paths that were asked, as they come."""
    held: list[str] = []
    for host in hosts:
        for path, page in [*host.pages.items()]:

            def answer(request: BaseHTTPRequestHandler, body: bytes = page.body) -> None:
                held.append(request.path)
                until.wait(HUNG_SECONDS)
                request.send_response(200)
                request.send_header("Content-Type", "application/rss+xml; charset=utf-8")
                request.end_headers()
                request.wfile.write(body)

            host.pages[path] = Page(handle=answer)
    return held


@pytest.mark.attack
def test_three_hundred_feeds_end_alike_whoever_asks_them(tmp_path: Path) -> None:
    """Two workers, and three of which one is killed, end with what one process has."""
    with served(made_feeds(300), 60) as (hosts, text):
        expected = alone(tmp_path / "alone", text)
        with cluster(tmp_path / "two", text, workers=2) as made:
            made.wait_until_asked()
            for each in made.workers:
                end(each)
            compare(tmp_path / "of two", made, expected)
        before = asked(hosts)
        with cluster(tmp_path / "three", text, workers=3) as made:
            wait_until(lambda: asked(hosts) >= before + 100)
            os.kill(made.workers[1].pid, signal.SIGKILL)
            made.wait_until_asked()
            end(made.workers[0])
            end(made.workers[2])
            compare(tmp_path / "of three", made, expected)
