"""A slow source keeps nobody waiting, and the order in which servers answer decides nothing."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from itertools import permutations
from pathlib import Path
from threading import Event, Thread

import pytest

from aggregator.models import Config
from aggregator.pipeline.run_pass import PassReport
from tests.support.configurations import LOCAL, Make, Write, source
from tests.support.deadlines import HUNG_SECONDS, wait_until
from tests.support.loopback import Loopback, Page
from tests.support.passes import one_pass
from tests.support.ports import free_port
from tests.support.published import state_of
from tests.support.service import RunningService
from tests.support.texts import BODY, OTHER_BODY, item, rss

# The sources of the permutations: name → priority. They share the guid of an entry.
SHARING = {"a": 0, "b": 5, "c": 0, "d": 5}


def sent(request: BaseHTTPRequestHandler, body: bytes) -> None:
    """Send a whole answer."""
    request.send_response(200)
    request.send_header("Content-Type", "application/rss+xml; charset=utf-8")
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)


@contextmanager
def dripping(web: Loopback, path: str, body: bytes) -> Iterator[Event]:
    """Serve a feed that comes a few bytes at a time until the event is set, and then whole."""
    go_on = Event()

    def drip(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        count = 0
        while not go_on.wait(0.1) and count < len(body) // 2:
            request.wfile.write(body[count : count + 1])
            count += 1
        request.wfile.write(body[count:])

    web.pages[path] = Page(handle=drip)
    try:
        yield go_on
    finally:
        go_on.set()


def items_of(path: Path) -> int:
    """Count the items of a published RSS file, none where there is no file yet."""
    return path.read_bytes().count(b"<item>") if path.exists() else 0


def test_a_pass_publishes_what_is_ready_while_a_slow_source_drips(
    web: Loopback, make_config: Make
) -> None:
    """The others' news are published before it answers, and its own when it has."""
    names = ["slow", *"abc"]
    for number, name in enumerate(names):
        web.pages[f"/{name}"] = Page(rss([item(number)]))
    config = make_config("".join(source(name, f"{web.url}/{name}") for name in names))
    reports: list[PassReport] = []
    with dripping(web, "/slow", rss([item(0)])) as go_on:
        running = Thread(target=lambda: reports.append(one_pass(config)))
        running.start()
        wait_until(lambda: items_of(config.site.output / "bangla.rss") == 3)
        assert not reports
        go_on.set()
        running.join(HUNG_SECONDS)
    assert items_of(config.site.output / "bangla.rss") == 4
    assert [report.source for report in reports[0].sources] == [*"abc", "slow"]
    files = next(feed.files_written for feed in reports[0].feeds if feed.feed == "bangla")
    assert sorted(files) == ["bangla.atom", "bangla.html", "bangla.json", "bangla.rss"]


@pytest.mark.more
def test_a_service_publishes_what_is_ready_while_a_slow_source_drips(
    web: Loopback, write_config: Write
) -> None:
    """Subscribers get the others' news; the slow source follows."""
    port = free_port()
    rss_url = f"http://127.0.0.1:{port}/bangla.rss"
    web.pages["/a"] = Page(rss([item(1)]))
    config = write_config(
        f'[site]\nlisten = "127.0.0.1:{port}"\n'
        + source("slow", f"{web.url}/slow")
        + source("a", f"{web.url}/a")
    )
    with dripping(web, "/slow", rss([item(0)])) as go_on, RunningService(config.parent) as service:
        service.wait_for_answer(rss_url, lambda answer: answer.text.count("<item>") == 1)
        go_on.set()
        service.wait_for_answer(rss_url, lambda answer: answer.text.count("<item>") == 2)
        assert service.stop(signal.SIGTERM)[0] == 0


@pytest.mark.attack
def test_a_source_slow_for_several_polls_keeps_no_other_poll_waiting(
    web: Loopback, write_config: Write
) -> None:
    """After three slow polls the others are asked on time while it drips."""
    port = free_port()
    web.pages["/a"] = Page(rss([item(1)]))
    config = write_config(
        f'[site]\nlisten = "127.0.0.1:{port}"\n'
        + source("slow", f"{web.url}/slow")
        + 'every = "1s"\n'
        + source("a", f"{web.url}/a")
        + 'every = "1s"\n'
    )
    polls_of_slow: list[int] = []

    def hang(request: BaseHTTPRequestHandler) -> None:
        polls_of_slow.append(len(web.asked))
        last_seconds = 6.0 if len(polls_of_slow) <= 3 else 25.0
        Event().wait(last_seconds)
        sent(request, rss([item(0)]))

    web.pages["/slow"] = Page(handle=hang)
    with RunningService(config.parent) as service:
        wait_until(lambda: len(polls_of_slow) == 4)
        asked = len(web.asked)
        wait_until(lambda: len(web.asked) >= asked + 4)
        assert len(polls_of_slow) == 4
        assert service.stop(signal.SIGTERM)[0] == 0


def published_after(config: Config, servers: dict[str, Loopback], order: Sequence[str]) -> object:
    """Run a pass in which the servers answer in an order; return all that is published."""
    answered = {name: Event() for name in order}

    def answer_after(name: str, before: str | None, body: bytes) -> Page:
        def handle(request: BaseHTTPRequestHandler) -> None:
            assert before is None or answered[before].wait(HUNG_SECONDS)
            sent(request, body)
            answered[name].set()

        return Page(handle=handle)

    for name, before in zip(order, [None, *order], strict=False):
        number = ord(name)
        shared = item(1, title=f"{name} কাগজের নিজের শিরোনাম", description=BODY[number % 3])
        # One text of all, and one entry of each of its own.
        same = item(
            2, guid=f"{name}-2", link=f"https://{name}.example/2", description="".join(BODY)
        )
        own = item(number, description=OTHER_BODY[number % 3])
        servers[name].pages["/"] = answer_after(name, before, rss([shared, same, own]))
    one_pass(config)
    return state_of(config.site.output)


def check_orders(make_config: Make, every: int) -> None:
    """Check every ``every``-th order in which four servers can answer."""
    servers = {name: Loopback(f"127.0.0.{number}") for number, name in enumerate(SHARING, start=2)}
    try:
        text = "".join(
            f'[[source]]\nname = "{name}"\nfeed = "{servers[name].url}/"\npriority = {priority}\n'
            + LOCAL
            for name, priority in SHARING.items()
        )
        text += "".join(f'[[feed]]\nname = "of-{name}"\nsources = ["{name}"]\n' for name in SHARING)
        config = make_config(text + '[[feed]]\nname = "all"\n')
        published = []
        for order in list(permutations(SHARING))[::every]:
            published.append(published_after(config, servers, order))
            for path in [*config.site.output.iterdir(), config.path.parent / "aggregator.db"]:
                path.unlink()
    finally:
        for server in servers.values():
            server.close()
    assert all(state == published[0] for state in published)
    assert isinstance(published[0], dict)
    holders = [
        name
        for name in SHARING
        if b"<guid>https://example.org/news/1</guid>" in published[0][f"of-{name}.rss"][0]
        or b'<guid isPermaLink="true">https://example.org/news/1</guid>'
        in published[0][f"of-{name}.rss"][0]
    ]
    assert holders == ["b"]


def test_the_order_of_answers_decides_nothing(make_config: Make) -> None:
    """In any order the same bytes; an id that sources share goes by priority, then their order."""
    check_orders(make_config, every=7)


@pytest.mark.attack
def test_no_order_of_answers_decides_anything(make_config: Make) -> None:
    """The same for every order."""
    check_orders(make_config, every=1)
