"""Dumps and real material end alike whoever reads them: one process, several workers, or the rest.

The order of one process is what holds: its dumps first, then its feeds by their ranks.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from aggregator import config as configuration
from aggregator.errors import ClaimLostError
from aggregator.models import Config
from aggregator.pipeline.ingest import ingest_due
from aggregator.pipeline.run import Progress, Run
from aggregator.pipeline.run_pass import publish_stored
from aggregator.store.presence import Presence
from aggregator.store.store import Store
from bench.made_texts import Writer
from tests.support.configurations import LOCAL
from tests.support.deadlines import wait_until
from tests.support.loopback import Loopback, Page
from tests.support.passes import NOW
from tests.support.texts import PAGE, SIDEBAR, item, rss
from tests.support.workers import (
    LONG_SECONDS,
    Cluster,
    asked,
    cluster,
    content_of,
    published_anew,
    server_of_run,
    url_in,
    worker,
    written,
)
from tests.support.working import DUMP_STEPS

_SEEN = "[cluster]\ndumps = true\n"
_OLD = 1_790_000_000  # when each file was written: long enough ago that it is taken to be whole
_PAGES, _RECORDS, _BODY = 12, 420, 300
_QUICK_RECORDS = 60  # among them all whose ids and texts the feeds have, too
_SAYS_MISSING = "SELECT count(*) FROM source_state WHERE strpos(error, 'there is no') = 1"
_FEEDS = (
    '[[feed]]\nname = "bangla"\nlimit = 50\nlanguages = "*"\n'
    '[[feed]]\nname = "merged"\nevents = "merge"\nlimit = 50\n'
    '[[feed]]\nname = "pages"\nsources = ["d"]\nlimit = 20\n'
)


def whole(config: Config, folder: Path) -> dict[str, object]:
    """Return what a store has, and what it is published as in an empty folder."""
    published = published_anew(config, folder)
    return {**content_of(config), **published}


def alone(folder: Path, store_url: str, text: str) -> Config:
    """Make one pass in one process, which publishes once all is stored, as workers do here."""
    config = configuration.load(written(folder, store_url, text))
    with Store.open(config.store_url) as store:
        run = Run.of(config, store, clock=lambda: NOW, stop=Event())
        ingest_due(run, config.sources, every_source=True)
        publish_stored(run)
    return config


def compare(made: Cluster, expected: dict[str, object], folder: Path) -> None:
    """Hold what workers stored against what one process did; the workers have ended."""
    theirs = whole(made.config, folder)
    other = {name for name, found in expected.items() if theirs.get(name) != found}
    assert sorted(other | (theirs.keys() - expected.keys())) == []


def end(made: Cluster, *, but: int = -1) -> None:
    """End the workers that are left."""
    for number, each in enumerate(made.workers):
        if number != but:
            each.wait_for_log("begins on")  # until then a signal ends it as any process
            assert each.stop(signal.SIGTERM)[0] == 0, each.log


def put(folder: Path, name: str, text: str) -> None:
    """Write a file of a dump as if it had been there for long."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    os.utime(path, (_OLD, _OLD))


def made_dumps(folder: Path, records: int = _RECORDS) -> None:
    """Make pages with sidebars, and a collection some of whose records are the pages' texts."""
    writer = Writer.make()
    for number in range(_PAGES):
        title, body = writer.text(number)
        put(folder, f"pages/{number:02d}.txt", "\n".join((title, body, *SIDEBAR)))
    lines = []
    for number in range(records):
        title, body = writer.text(number if number % 50 == 0 else 1000 + number)
        record = {"id": f"https://d.example/{number}", "title": title, "body": body[:_BODY]}
        lines.append(json.dumps(record, ensure_ascii=False))
    put(folder, "all.jsonl", "\n".join(lines))
    put(folder, "page.txt", PAGE)


@contextmanager
def made_sources(folder: Path, records: int = _RECORDS) -> Iterator[tuple[list[Loopback], str]]:
    """Serve feeds that share texts and ids with dumps; yield hosts and a configuration of all."""
    writer = Writer.make()
    made_dumps(folder / "dumps", records)
    made_dumps(folder / "others", records=60)
    hosts = [Loopback(f"127.0.2.{1 + number}") for number in range(3)]
    try:
        text = _FEEDS + f'[[source]]\nname = "d"\ndump = "{folder}/dumps/**/*"\n'
        for number, host in enumerate(hosts):
            items = [item(number)]
            for of in (number, 50 + number, 1003 + number):
                title, body = writer.text(of)
                guid = f"https://d.example/{of % 1000}"
                items.append({**item(of), "title": title, "description": body, "guid": guid})
            host.pages["/"] = Page(rss(items))
            text += f'[[source]]\nname = "s{number}"\nfeed = "{host.url}/"\n{LOCAL}'
        text += f'[[source]]\nname = "o"\ndump = "{folder}/others"\nrelated = "entries"\n'
        yield hosts, text
    finally:
        for host in hosts:
            host.close()


@contextmanager
def real_sources(folder: Path, samples: Path) -> Iterator[tuple[list[Loopback], str]]:
    """Serve the real feeds, and lay out the real dumps."""
    for number, name in enumerate(("samples/dumps", "samples/html", "seeds")):
        for path in sorted((samples / name).iterdir()):
            target = folder / "dumps" / str(number) / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            os.utime(target, (_OLD, _OLD))
    put(folder / "own", "page.txt", PAGE)
    hosts: list[Loopback] = []
    # More entries arrive at once than a publishing closes, so arrival would decide the documents.
    text = _FEEDS.replace("limit = 50", "limit = 50\narchive = false")
    try:
        for number, path in enumerate(sorted((samples / "samples" / "feeds").iterdir())):
            hosts.append(Loopback(f"127.0.2.{1 + number}"))
            hosts[-1].pages["/"] = Page(path.read_bytes(), content_type="text/xml")
            text += f'[[source]]\nname = "s{number}"\nfeed = "{hosts[-1].url}/"\n{LOCAL}'
        text += f'[[source]]\nname = "d"\ndump = "{folder}/dumps/**/*"\n'
        text += f'[[source]]\nname = "own"\ndump = "{folder}/own"\nrelated = "entries"\n'
        yield hosts, text
    finally:
        for host in hosts:
            host.close()


def end_alike(tmp_path: Path, hosts: list[Loopback], text: str, how: str) -> None:
    """Hold one process on PostgreSQL, two workers, or three of which one is killed, to SQLite."""
    expected = whole(alone(tmp_path / "alone", "sqlite:///aggregator.db", text), tmp_path / "ours")
    if how == "one process":
        other = alone(tmp_path / "other", url_in(server_of_run(), tmp_path / "other"), text)
        assert whole(other, tmp_path / "of other") == expected
        return
    before, is_killed = asked(hosts), how == "one of three killed"
    workers = 3 if is_killed else 2
    with cluster(tmp_path / "cluster", _SEEN + text, workers=workers, hold=True) as made:
        if is_killed:
            wait_until(lambda: asked(hosts) >= before + len(hosts) // 2, LONG_SECONDS)
            os.kill(made.workers[1].pid, signal.SIGKILL)
        made.wait_until_asked()
        made.let_publish()
        end(made, but=1 if is_killed else -1)
        compare(made, expected, tmp_path / "theirs")


@pytest.mark.parametrize(
    ("how", "records"),
    [
        ("one of three killed", _QUICK_RECORDS),
        pytest.param("one of three killed", _RECORDS, marks=pytest.mark.more),
        pytest.param("two workers", _RECORDS, marks=pytest.mark.long),
        pytest.param("one process", _RECORDS, marks=pytest.mark.long),
    ],
)
def test_dumps_and_feeds_end_alike_whoever_reads_them(
    tmp_path: Path, how: str, records: int
) -> None:
    """Entries, ids, stories, aliases and published bytes are equal for made material."""
    with made_sources(tmp_path, records) as (hosts, text):
        end_alike(tmp_path, hosts, text, how)


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(step, marks=pytest.mark.more if step == "put" else pytest.mark.attack)
        for step in DUMP_STEPS
    ],
)
def test_a_collection_is_gone_on_with_by_another_worker(tmp_path: Path, step: str) -> None:
    """One that reads it side by side is killed: nothing is lost, and nothing is stored twice."""
    made_dumps(tmp_path / "dumps", records=_RECORDS)
    text = f'{_FEEDS}[[source]]\nname = "d"\ndump = "{tmp_path}/dumps/**/*"\n'
    expected = whole(alone(tmp_path / "alone", "sqlite:///aggregator.db", text), tmp_path / "ours")
    with cluster(tmp_path / "cluster", _SEEN + text, workers=0) as made:
        with worker(made.folder, kill_at=step, hold=True) as killed:
            assert killed.wait_for_end(LONG_SECONDS) == -signal.SIGKILL, killed.log
        made.workers.append(worker(made.folder, hold=True))
        with made.workers[0]:
            made.wait_until_asked()
            made.let_publish()
            end(made)
        compare(made, expected, tmp_path / "theirs")


@pytest.mark.more
def test_who_does_not_see_a_dump_leaves_it_to_who_does(tmp_path: Path) -> None:
    """One worker is not to read dumps, one lacks the folder and says so; a third one reads it."""
    made_dumps(tmp_path / "dumps", records=3)
    text = f'[[source]]\nname = "d"\ndump = "{tmp_path}/dumps/**/*"\nevery = "1h"\n'
    with cluster(tmp_path / "cluster", text, workers=1) as made:
        made.workers[0].wait_for_log("joins and publishes for all")
        others = tmp_path / "others"
        written(others, made.url, _SEEN + text)
        with worker(others) as sees, worker(others, is_blind=True) as blind:
            made.wait_until_asked()
            blind.wait_for_log("d is not seen by this worker: there is no")
            entries = made.query("SELECT count(*) FROM entry")
            assert made.query("SELECT error FROM source_state") == [("",)]
            assert sees.stop(signal.SIGTERM)[0] == 0, sees.log
            wait_until(lambda: any("there is no" in line for line in blind.log))
            assert made.query("SELECT count(*) FROM entry") == entries
            assert entries > [(_PAGES,)]
        end(made)


@pytest.mark.long
def test_dumps_that_no_worker_is_to_read_are_told(tmp_path: Path) -> None:
    """By whoever leads, until a worker is to; one that is to no more leaves them to the others."""
    made_dumps(tmp_path / "dumps", records=3)
    text = f'[[source]]\nname = "d"\ndump = "{tmp_path}/dumps/**/*"\nevery = "1h"\n'
    with cluster(tmp_path / "cluster", text, workers=1) as made:
        (only,) = made.workers
        told = "no worker reads dumps, so nothing is read of d"
        only.wait_for_log(f"{told}; write dumps = true under [cluster]")
        written(made.folder, made.url, _SEEN + text)
        only.wait_for_log(f"over: {told}")
        made.wait_until_asked()
        other = Presence.enter(made.url)
        assert other.have_others(["sees d"])
        written(made.folder, made.url, text)
        wait_until(lambda: not other.have_others(["sees d"]))
        other.close()
        end(made)


@pytest.mark.more
def test_a_dump_that_nobody_sees_is_said_to_be_missing(tmp_path: Path) -> None:
    """The source fails as with one process, and what it brought stays."""
    made_dumps(tmp_path / "dumps", records=3)
    text = f'{_SEEN}[[source]]\nname = "d"\ndump = "{tmp_path}/dumps/**/*"\n'
    with cluster(tmp_path / "cluster", text, workers=1) as made:
        made.wait_until_asked()
        entries = made.query("SELECT count(*) FROM entry")
        shutil.rmtree(tmp_path / "dumps")
        wait_until(lambda: made.query(_SAYS_MISSING) == [(1,)], LONG_SECONDS)
        assert made.query("SELECT count(*) FROM entry") == entries
        assert entries > [(_PAGES,)]
        end(made)


def test_a_worker_that_lost_its_session_stores_nothing_more_of_a_dump(
    tmp_path: Path, postgresql_url: str
) -> None:
    """What it had stored until then stays; the next one goes on from there, and once."""
    made_dumps(tmp_path / "dumps", records=_RECORDS)
    text = f'[[source]]\nname = "d"\ndump = "{tmp_path}/dumps/all.jsonl"\n'
    config = configuration.load(written(tmp_path, postgresql_url, text))
    Store.open(config.store_url).close()
    with Store.beside(config.store_url) as store:
        presence = Presence.enter(config.store_url)

        def lose(_read: object, _bytes: int) -> None:
            presence.close()

        run = Run.of(
            config, store, clock=lambda: NOW, stop=Event(), progress=Progress(on_file=lose)
        )
        assert presence.take("dump d")
        fenced = replace(run, store=store.fenced(presence.fence("dump d")))
        with pytest.raises(ClaimLostError):
            ingest_due(fenced, config.sources, every_source=True)
        assert [row[2] for row in content_of(config)["files"]] == [400]
        ingest_due(replace(run, progress=Progress()), config.sources, every_source=True)
        assert [row[2] for row in content_of(config)["files"]] == [_RECORDS]
        assert len(content_of(config)["entries"]) == _RECORDS


@pytest.mark.attack
@pytest.mark.parametrize("how", ["one process", "two workers", "one of three killed"])
def test_real_feeds_and_dumps_end_alike_whoever_reads_them(
    tmp_path: Path, samples: Path, how: str
) -> None:
    """So they are for real feeds, pages and collections."""
    with real_sources(tmp_path, samples) as (hosts, text):
        end_alike(tmp_path, hosts, text, how)
