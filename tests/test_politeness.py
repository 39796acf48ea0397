"""Politeness: hosts take turns, robots.txt counts for pages, and a rest outlives the process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from threading import Event, Thread
from typing import Any

import pytest

from aggregator.errors import NotAskedError
from aggregator.fetch.parallel import Pace, by_rank
from aggregator.fetch.politeness import Politeness
from aggregator.fetch.robots import Robots
from aggregator.fetch.slowness import SLOW_SECONDS, Slowness
from aggregator.models import SourceReport
from aggregator.pipeline import store_feed
from aggregator.pipeline.normalised import Normalised
from aggregator.pipeline.store_document import store_document
from aggregator.store.store import Store
from aggregator.store.unit import UnitOfWork
from tests.support.configurations import Make, source
from tests.support.deadlines import HUNG_SECONDS, wait_until
from tests.support.loopback import Loopback, Page
from tests.support.passes import NOW, one_pass
from tests.support.published import read
from tests.support.texts import item, rss

PAGE = Page(
    b'<html><head><link rel="alternate" type="application/rss+xml" href="/rss"></head></html>',
    content_type="text/html",
)


def discovering(web: Loopback) -> str:
    """Configure a source that is a page which announces its feed."""
    web.pages["/"] = PAGE
    web.pages["/rss"] = Page(rss([item(1)]))
    return source("a", f"{web.url}/") + "discover = true\n"


def test_a_page_that_robots_may_not_fetch_is_not_fetched(web: Loopback, make_config: Make) -> None:
    """The rules are asked first, and are named in the error."""
    web.pages["/robots.txt"] = Page(b"User-agent: *\nDisallow: /\n", content_type="text/plain")
    (report,) = one_pass(make_config(discovering(web))).sources
    assert "robots.txt asks that this page is not fetched" in report.error
    assert [path for path, _ in web.asked] == ["/robots.txt"]


def test_a_page_without_rules_is_fetched(web: Loopback, make_config: Make) -> None:
    """404 means that there are no rules."""
    assert one_pass(make_config(discovering(web))).sources[0].new == 1
    assert [path for path, _ in web.asked] == ["/robots.txt", "/", "/rss"]


def test_pages_are_as_far_apart_as_the_rules_of_their_host_ask(
    web: Loopback, make_config: Make
) -> None:
    """``Crawl-delay`` holds above a shorter spacing, for pages and for what is asked after one."""
    times: list[float] = []

    def article(request: BaseHTTPRequestHandler) -> None:
        times.append(time.monotonic())
        request.send_error(404)

    links = [f"{web.url}/k/{number}" for number in range(3)]
    web.pages["/rss"] = Page(rss([item(n, link=link) for n, link in enumerate(links)]))
    web.pages |= {f"/k/{number}": Page(handle=article) for number in range(3)}
    rules = b"User-agent: *\nCrawl-delay: 0.3\n"
    web.pages["/robots.txt"] = Page(rules, content_type="text/plain")
    config, began = (
        make_config(source("a", f"{web.url}/rss") + "full_text = true\n"),
        time.monotonic(),
    )
    one_pass(config)
    assert len(times) == 3
    assert times[-1] - began >= 3 * 0.3  # after the rules, and after each of two pages


@pytest.mark.parametrize(
    ("stated", "seconds"), [("2.5", 2.5), ("86400", 30.0), ("-1", 0.0), ("nan", 0.0), ("soon", 0.0)]
)
def test_a_delay_that_the_rules_state_is_held_in_bounds(stated: str, seconds: float) -> None:
    """A day would leave a source without its pages; what is no number is no delay."""
    rules = f"User-agent: *\nCrawl-delay: {stated}\nDisallow: /x\n".encode()
    assert Robots().check("https://example.org/a", "agent", lambda _url: rules) == seconds


def test_rules_that_cannot_be_had_forbid(web: Loopback, make_config: Make) -> None:
    """A server in trouble is not asked for more (RFC 9309 §2.3.1.4)."""
    web.pages["/robots.txt"] = Page(status=500)
    error = one_pass(make_config(discovering(web))).sources[0].error
    assert "/robots.txt cannot be fetched, so that no page is: the server answered 500" in error


def test_the_rules_of_many_hosts_take_bounded_room() -> None:
    """A feed can link to a new host in each entry; the rules that came first are asked again."""
    asked: list[str] = []

    def fetch(address: str) -> bytes:
        asked.append(address)
        return b"User-agent: *\nDisallow: /bondho\n" + b"#" * 500_000

    robots = Robots()
    for number in (*range(9), 8, 0):
        robots.check(f"https://a{number}.example/khobor", "agent", fetch)
    assert asked == [f"https://a{number}.example/robots.txt" for number in (*range(9), 0)]


def test_a_feed_is_fetched_whatever_the_rules_say(web: Loopback, make_config: Make) -> None:
    """Feeds are made to be polled: nobody asks for rules about them."""
    web.pages["/robots.txt"] = Page(b"User-agent: *\nDisallow: /\n", content_type="text/plain")
    web.pages["/rss"] = Page(rss([item(1)]))
    assert one_pass(make_config(source("a", f"{web.url}/rss"))).sources[0].new == 1
    assert web.asked == [("/rss", 200)]


def test_rules_are_asked_for_once_a_day() -> None:
    """A second page of the same host needs no second request."""
    addresses: list[str] = []

    def ask(address: str) -> bytes:
        addresses.append(address)
        return b""

    robots = Robots()
    robots.check("https://example.org/a", "x", ask)
    robots.check("https://example.org/b", "x", ask)
    assert addresses == ["https://example.org/robots.txt"]


def test_a_rest_that_a_host_asked_for_outlives_the_process(
    web: Loopback, make_config: Make
) -> None:
    """Ten minutes are ten minutes for every source of the host, in the next process, too."""
    web.pages["/a"] = Page(status=503, headers={"Retry-After": "600"})
    web.pages["/b"] = Page(rss([item(1)]))
    first = make_config(source("a", f"{web.url}/a"))
    one_pass(first)
    both = make_config(source("a", f"{web.url}/a") + source("b", f"{web.url}/b"))
    (due,) = one_pass(both, now=NOW + timedelta(minutes=5), every_source=False).sources
    assert due.source == "b" and "asked to be left alone" in due.error
    for report in one_pass(both, now=NOW + timedelta(minutes=6)).sources:
        assert "asked to be left alone" in report.error
    assert web.asked == [("/a", 503)]
    web.pages["/a"] = Page(status=404)  # asked again before /b, it must not ask for another rest
    one_pass(both, now=NOW + timedelta(minutes=11))
    assert len(read(both, "bangla.rss")) == 1


def test_the_host_that_asked_is_the_one_that_rests(web: Loopback, make_config: Make) -> None:
    """A page's host does not rest for the host of the feed that the page announces."""
    link = f'<link rel="alternate" type="application/rss+xml" href="{web.url}/rss">'
    web.pages["/"] = Page(f"<html><head>{link}</head></html>".encode(), content_type="text/html")
    web.pages["/rss"] = Page(status=429, headers={"Retry-After": "600"})
    page = web.url.replace("127.0.0.1", "localhost")
    config = make_config(source("a", f"{page}/") + "discover = true\n")
    one_pass(config)
    one_pass(config, now=NOW + timedelta(minutes=2))
    assert [path for path, _ in web.asked] == ["/robots.txt", "/", "/rss", "/robots.txt", "/"]


def test_the_host_that_answers_at_the_end_of_redirects_rests(
    web: Loopback, make_config: Make
) -> None:
    """The address that sends on to a busy server is asked again; the busy server is not."""
    away = web.url.replace("127.0.0.1", "localhost")
    web.pages["/moved"] = Page(status=302, headers={"Location": f"{away}/busy"})
    web.pages["/busy"] = Page(status=503, headers={"Retry-After": "600"})
    web.pages["/rss"] = Page(rss([item(1)]))
    config = make_config(source("a", f"{web.url}/moved"))
    one_pass(config)
    both = make_config(source("b", f"{web.url}/rss") + source("c", f"{away}/rss"))
    answered, left_alone = one_pass(both, now=NOW + timedelta(minutes=2)).sources
    assert (answered.new, answered.error) == (1, "")
    assert "left alone" in left_alone.error


def test_a_source_that_was_not_asked_has_not_failed(web: Loopback, make_config: Make) -> None:
    """Its host rests for another source: it counts no failure and keeps its validators."""
    web.pages["/a"] = Page(rss([item(1)]))
    web.pages["/b"] = Page(status=503, headers={"Retry-After": "600"})
    a, b = source("a", f"{web.url}/a"), source("b", f"{web.url}/b")
    one_pass(make_config(a))
    config = make_config(a + b)
    one_pass(make_config(b))
    one_pass(config, now=NOW + timedelta(minutes=5))
    with Store.open(config.store_url) as store, store.read() as unit:
        state = unit.sources.states()["a"]
    assert state.failures == 0 and state.etag and "left alone" in (state.error or "")
    one_pass(config, now=NOW + timedelta(minutes=11))
    assert ("/a", 304) in web.asked


def test_a_rest_is_no_rule_of_robots() -> None:
    """A host that was not asked said nothing, which is not remembered as a prohibition."""
    robots, hosts = Robots(), Politeness(Event())
    hosts.rest("page.example", 60)

    def ask(address: str) -> bytes:
        with hosts.turn(address, 0):
            return b""

    with pytest.raises(NotAskedError, match="left alone"):
        robots.check("https://page.example/", "x", ask)
    robots.check("https://page.example/", "x", lambda address: b"")


def test_a_bug_in_one_source_takes_nothing_from_the_others(
    web: Loopback, make_config: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sources share a commit, and stand or fall by themselves."""
    for name in "ab":
        web.pages[f"/{name}"] = Page(rss([item(ord(name))]))
    config = make_config(source("a", f"{web.url}/a") + source("b", f"{web.url}/b"))

    def broken(unit: UnitOfWork, normalised: Normalised, now: datetime, **how: Any) -> SourceReport:
        if normalised.basis.entries.source.name == "b":
            raise ZeroDivisionError
        return store_document(unit, normalised, now, **how)

    with monkeypatch.context() as patch:
        patch.setattr(store_feed, "store_document", broken)
        with pytest.raises(ZeroDivisionError):
            one_pass(config)
    with Store.open(config.store_url) as store, store.read() as unit:
        assert set(unit.sources.states()) == {"a"}


def ranked(
    work: Callable[[int], int],
    jobs: Sequence[int],
    *,
    at_most: int = 100,
    stop: Event | None = None,
    **pace: float,
) -> Iterator[list[int]]:
    """Work on numbers, each its own rank, with patience unless a test says otherwise."""
    settings: dict[str, Any] = {"threads": 10, "patience_seconds": HUNG_SECONDS} | pace
    pairs = [(job, job) for job in jobs]
    return by_rank(work, pairs, pace=Pace(**settings), at_most=at_most, stop=stop or Event())


def test_results_come_by_rank_and_together() -> None:
    """However the work ends and is begun, results stand by their rank, a few at a time."""
    gate = Event()

    def work(job: int) -> int:
        if job == 0:
            assert gate.wait(HUNG_SECONDS)
        elif job == 9:
            gate.set()
        return job

    batches = list(ranked(work, [3, 1, 0, 2, *range(4, 10)], at_most=4))
    assert [result for batch in batches for result in batch] == list(range(10))
    assert max(map(len, batches)) <= 4


def test_a_slow_job_is_waited_for_a_moment_and_then_overtaken() -> None:
    """The others come by rank, then that nothing more comes, and at last the slow one."""
    gate = Event()

    def work(job: int) -> int:
        assert job != 1 or gate.wait(HUNG_SECONDS)
        return job

    results: list[int] = []
    quiet: list[list[int]] = []
    for batch in ranked(work, range(6), patience_seconds=1.0):
        if not batch:
            quiet.append(list(results))
            if len(results) == 5:  # else a thread waits for a processor
                gate.set()
        results += batch
    assert results == [0, 2, 3, 4, 5, 1]
    assert quiet[-1] == [0, 2, 3, 4, 5]


def test_slow_jobs_cannot_fill_the_threads() -> None:
    """Where every thread has a job that takes long, others take over from them."""
    gate = Event()

    def work(job: int) -> int:
        if job < 4:
            assert gate.wait(HUNG_SECONDS)
        elif job == 19:
            gate.set()
        return job

    # With the first four threads alone the last job is never begun, and the gate never opens.
    batches = ranked(
        work, range(20), threads=4, patience_seconds=0.1, slow_seconds=0.2, slow_threads=4
    )
    assert sorted(result for batch in batches for result in batch) == list(range(20))


def test_work_is_only_a_few_results_ahead() -> None:
    """Results that nobody takes yet keep further jobs from being begun."""
    begun: list[int] = []

    def work(job: int) -> int:
        begun.append(job)
        return job

    results = ranked(work, range(100), threads=2, at_most=1)
    next(results)
    wait_until(lambda: len(begun) >= 18)
    time.sleep(0.1)
    assert len(begun) <= 2 + 16 + 1


def test_a_fault_in_the_work_is_raised_where_its_result_is_due() -> None:
    """The results before it are yielded first."""

    def work(job: int) -> int:
        return 1 // (2 - job)

    results: list[int] = []
    with pytest.raises(ZeroDivisionError):
        for batch in ranked(work, range(5), threads=2, at_most=9):
            results += batch
    assert results == [0, 1]


def test_nothing_new_is_begun_once_it_is_told_to_stop() -> None:
    """A job that was not begun then is not begun any more."""
    stop, begun = Event(), []

    def work(job: int) -> int:
        begun.append(job)
        stop.set()
        return job

    list(ranked(work, range(100), threads=1, at_most=1, stop=stop))
    assert len(begun) == 1


def test_a_source_is_slow_after_three_slow_polls_and_no_longer_after_a_quick_one() -> None:
    """Only polls whose results are stored count, and of each all requests together."""
    slowness = Slowness()
    for _ in range(3):
        assert not slowness.is_slow("a")
        slowness.add("a", SLOW_SECONDS / 2)
        slowness.add("a", SLOW_SECONDS / 2)
        assert not slowness.is_slow("a")
        slowness.end_poll("a")
    assert slowness.is_slow("a")
    assert not slowness.is_slow("b")
    slowness.add("a", SLOW_SECONDS / 2)
    slowness.end_poll("a")
    assert not slowness.is_slow("a")


def test_who_is_patient_lets_others_go_first() -> None:
    """Of two that wait for one host, the page that came first goes after the feed."""
    politeness, order, go_on = Politeness(Event()), list[str](), Event()
    url = "http://a.example/"

    def take(name: str, *, is_patient: bool) -> None:
        with politeness.turn(url, 0, is_patient=is_patient):
            order.append(name)
            go_on.wait()

    with politeness.turn(url, 0):
        with politeness.turn(url, 0):  # both connections are taken
            page = Thread(target=take, args=("page",), kwargs={"is_patient": True})
            feed = Thread(target=take, args=("feed",), kwargs={"is_patient": False})
            page.start()
            feed.start()
            host = politeness._hosts["a.example"]  # noqa: SLF001 - nothing else tells who waits
            wait_until(lambda: host.urgent == 1)
        wait_until(lambda: bool(order))
        assert order == ["feed"]
    go_on.set()
    for thread in (page, feed):
        thread.join()
    assert order == ["feed", "page"]
