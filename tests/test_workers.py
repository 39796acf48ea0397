"""Several workers over one store in PostgreSQL do together what one process does alone."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from aggregator import config as configuration
from aggregator.models import Config
from bench.made_texts import Writer
from tests.support.configurations import LOCAL
from tests.support.deadlines import wait_until
from tests.support.loopback import Loopback, Page
from tests.support.passes import one_pass
from tests.support.service import RunningService
from tests.support.texts import rss
from tests.support.workers import (
    Cluster,
    asked,
    cluster,
    content_of,
    published_anew,
    written,
)

_ITEMS = 6


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


def end(worker: RunningService) -> None:
    """End a worker as a person does; it ends well, and soon."""
    exit_code, _ = worker.stop(signal.SIGTERM)
    assert exit_code == 0, worker.log


def compare(tmp_path: Path, made: Cluster, expected: Config) -> None:
    """Hold what workers stored against what one process did; the workers have ended."""
    theirs, published = whole(made.config, tmp_path / "theirs")
    ours, ours_published = whole(expected, tmp_path / "ours")
    assert theirs == ours
    assert published == ours_published


def test_two_workers_store_and_publish_what_one_process_does(tmp_path: Path) -> None:
    """Entries, ids, stories and aliases are equal, and the bytes of what is then published."""
    with served(made_feeds(24), 12) as (hosts, text):
        expected = alone(tmp_path / "alone", text)
        before = asked(hosts)
        with cluster(tmp_path / "cluster", text, workers=2) as made:
            made.wait_until_asked()
            for worker in made.workers:
                end(worker)
            assert asked(hosts) == before + 24
            assert all(any("s" in line for line in worker.log) for worker in made.workers)
            compare(tmp_path, made, expected)


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


@pytest.mark.attack
def test_three_hundred_feeds_end_alike_whoever_asks_them(tmp_path: Path) -> None:
    """Two workers, and three of which one is killed, end with what one process has."""
    with served(made_feeds(300), 60) as (hosts, text):
        expected = alone(tmp_path / "alone", text)
        with cluster(tmp_path / "two", text, workers=2) as made:
            made.wait_until_asked()
            for worker in made.workers:
                end(worker)
            compare(tmp_path / "of two", made, expected)
        before = asked(hosts)
        with cluster(tmp_path / "three", text, workers=3) as made:
            wait_until(lambda: asked(hosts) >= before + 100)
            os.kill(made.workers[1].pid, signal.SIGKILL)
            made.wait_until_asked()
            end(made.workers[0])
            end(made.workers[2])
            compare(tmp_path / "of three", made, expected)
