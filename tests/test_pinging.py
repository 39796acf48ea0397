"""Push of our feeds: they name their hubs, and hubs are told of files that changed."""

from __future__ import annotations

import errno
import json
import logging
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from lxml import etree

from aggregator.pipeline.ping import ping_hubs
from aggregator.publish.formats import FORMATS
from aggregator.push.schedule import next_try
from tests.support.deadlines import HUNG_SECONDS, wait_until
from tests.support.passes import NOW
from tests.support.pushed import Pushed, damage, pushed

HUBS = ("https://hub.example.org/", "https://other.example.org/hub?a=1&b=2")
ATOM = "{http://www.w3.org/2005/Atom}link"


@pytest.fixture
def push(tmp_path: Path) -> Iterator[Pushed]:
    """Serve a source and a hub; the site's own hub is that one, which is on loopback."""
    with pushed(tmp_path) as state:
        state.site = f'websub = false\nallow_private = true\nhub = "{state.hub.url}"\n'
        yield state


def topics(push: Pushed) -> list[str]:
    """Return the addresses of the feed in each format."""
    return [f"{push.served.url}/bangla.{output.suffix}" for output in FORMATS]


def test_every_format_names_its_hubs_and_itself(push: Pushed) -> None:
    """RSS by Atom's links, Atom by its own, JSON Feed by ``hubs`` (WebSub §4, JSON Feed 1.1)."""
    push.site = f"hub = {json.dumps(HUBS)}\nwebsub = false\n"
    push.publish(0)
    push.poll()
    for suffix, path in (("rss", f"channel/{ATOM}"), ("atom", ATOM)):
        root = etree.parse(push.folder / "feeds" / f"bangla.{suffix}").getroot()
        links = [(link.get("rel"), link.get("href")) for link in root.iterfind(path)]
        itself = ("self", f"{push.served.url}/bangla.{suffix}")
        assert [link for link in links if link[0] != "alternate"] == [
            itself,
            *(("hub", hub) for hub in HUBS),
        ]
    feed = json.loads((push.folder / "feeds" / "bangla.json").read_bytes())
    assert feed["hubs"] == [{"type": "WebSub", "url": hub} for hub in HUBS]
    assert feed["feed_url"] == f"{push.served.url}/bangla.json"


def test_without_a_hub_nothing_is_named_told_or_written(push: Pushed) -> None:
    """No link, no key, no header, no request, and no folder of what the processes say."""
    push.site = ""
    push.publish(0, hub="")
    push.poll()
    push.tick()
    for output in FORMATS:
        assert b"hub" not in (push.folder / "feeds" / f"bangla.{output.suffix}").read_bytes()
        assert "Link" not in push.served.get(f"/bangla.{output.suffix}").headers
    assert push.hub.asked == []
    assert not (push.folder / "aggregator.db-push").exists()


def test_the_web_server_names_them_in_a_header(push: Pushed) -> None:
    """``Link`` with the hub and the feed itself on each format, and on nothing else.

    No hub is told of an archive document, or of a file that somebody else put there.
    """
    push.publish(0)
    push.poll()
    push.tick()
    for topic in topics(push):
        answer = push.served.get(topic.removeprefix(push.served.url))
        assert answer.headers["Link"] == f'<{push.hub.url}>; rel="hub", <{topic}>; rel="self"'
        links = answer.links
        assert (links["hub"]["url"], links["self"]["url"]) == (push.hub.url, topic)
    others = ["bangla-archive-1.atom", "theirs.json"]
    for name in others:
        (push.folder / "feeds" / name).write_bytes(b"{}")
    for name in ("", "bangla.html", "feeds.opml", *others):
        answer = push.served.get(f"/{name}")
        assert answer.status_code == 200 and "Link" not in answer.headers


def test_the_hub_is_told_when_files_changed_and_only_then(push: Pushed) -> None:
    """One ping for each format, as a form; a pass that changes nothing sends none."""
    push.publish(0)
    push.poll()
    push.tick()
    assert sorted(push.hub.pings) == sorted(topics(push))
    assert {form["hub.mode"] for form in push.hub.asked} == {"publish"}
    for _ in range(3):
        push.poll()
        push.tick()
    push.restart()
    push.tick()
    assert len(push.hub.pings) == 3
    push.publish(0, 1)
    push.poll()
    push.tick()
    assert len(push.hub.pings) == 6


def test_a_file_that_is_put_back_is_no_news(push: Pushed) -> None:
    """Somebody touches a file, and publishing writes the same bytes again."""
    push.publish(0)
    push.poll()
    push.tick()
    (push.folder / "feeds" / "bangla.atom").unlink()
    push.tick()
    push.poll()
    push.tick()
    assert len(push.hub.pings) == 3


def test_a_file_that_could_not_be_read_once_is_told_of_later(
    push: Pushed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For want of a descriptor, or as the disk fails: the next look finds it as it was."""
    push.publish(0)
    push.poll()

    def failing(_path: Path) -> bytes:
        raise OSError(errno.EMFILE, "Too many open files")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", failing)
        ping_hubs(push.run)
    assert push.hub.pings == []
    push.tick()
    assert sorted(push.hub.pings) == sorted(topics(push))


def test_changes_before_the_ping_goes_out_are_one_ping(push: Pushed) -> None:
    """While the hub is down a feed changes twice; then it is told once of each topic."""
    push.hub.status = 503
    for numbers in ((0,), (0, 1), (0, 1, 2)):
        push.publish(*numbers)
        push.poll()
        push.tick()
    push.hub.status = 204
    push.tick(timedelta(hours=7))
    push.tick(timedelta(hours=7))
    assert sorted(push.hub.pings) == sorted(topics(push))


def test_a_hub_that_is_down_is_asked_once_for_all_and_named_once(
    push: Pushed, caplog: pytest.LogCaptureFixture
) -> None:
    """One request a try, later and later, over a restart; the log says it once, and its end."""
    caplog.set_level(logging.INFO)
    push.hub.status = 500
    push.publish(0)
    push.poll()
    for _ in range(3):
        push.tick()
    assert len(push.hub.asked) == 1
    push.restart()
    push.tick(timedelta(seconds=31))
    push.tick(timedelta(seconds=31))
    assert len(push.hub.asked) == 2
    named = [message for message in caplog.messages if "takes no pings" in message]
    assert len(named) == 1 and push.hub.url in named[0] and "500" in named[0]
    push.hub.status = 204
    push.tick(timedelta(seconds=31))
    assert sorted(push.hub.pings) == sorted(topics(push))
    assert any("takes pings again" in message for message in caplog.messages)


def test_a_hub_that_refuses_a_topic_is_told_of_the_others(push: Pushed) -> None:
    """422 is about what was asked, not about the hub."""
    push.hub.status = 422
    push.publish(0)
    push.poll()
    push.tick()
    assert len(push.hub.asked) == 3


def test_a_hub_s_retry_after_is_held_to(push: Pushed) -> None:
    """A hub that asks to be left alone for an hour is, even where the pause would be shorter."""
    push.hub.status, push.hub.headers = 503, {"Retry-After": "3600"}
    push.publish(0)
    push.poll()
    push.tick()
    with push.run.store.read() as unit:
        assert {ping.next_try for ping in unit.pings.known() or ()} == {NOW + timedelta(hours=1)}


def test_a_slow_hub_delays_no_publishing(push: Pushed) -> None:
    """While a hub keeps us waiting, passes go on, and the end of the process does not wait."""
    push.hub.delay_seconds = 30.0
    push.publish(0)
    push.poll()
    run = push.run
    waiting = Thread(target=ping_hubs, args=[run])
    waiting.start()
    wait_until(lambda: bool(push.hub.asked))
    push.publish(0, 1)
    push.poll()
    assert push.published() == [0, 1]
    assert waiting.is_alive()
    began = time.monotonic()
    run.stop.set()
    waiting.join(HUNG_SECONDS)
    assert time.monotonic() - began < push.hub.delay_seconds / 3


def test_a_hub_at_a_private_address_is_not_told(
    push: Pushed, caplog: pytest.LogCaptureFixture
) -> None:
    """Unless ``allow_private`` of ``[site]`` permits it, whatever its name says."""
    push.site = push.site.replace("allow_private = true", "allow_private = false")
    push.publish(0)
    push.poll()
    push.tick()
    assert push.hub.asked == []
    assert any("no public address" in message for message in caplog.messages)


def test_what_is_configured_no_longer_is_forgotten(push: Pushed) -> None:
    """Of a hub that was taken out nothing stays in the store, and it is told of nothing."""
    push.publish(0)
    push.poll()
    push.tick()
    push.reconfigure()
    push.publish(0, 1)
    push.poll()
    push.tick()
    with push.run.store.read() as unit:
        assert unit.pings.known() == []
    assert len(push.hub.pings) == 3
    assert "Link" not in push.served.get("/bangla.atom").headers


def test_what_cannot_be_read_is_not_told_again_and_again(push: Pushed) -> None:
    """A damaged row ends pings until it is mended; the log names it, and publishing goes on."""
    push.publish(0)
    push.poll()
    push.tick()
    damage(push, "UPDATE ping SET next_try_unix = 'x'")
    push.publish(0, 1)
    push.poll()
    push.tick()
    assert push.published() == [0, 1]
    assert len(push.hub.pings) == 3


def test_pauses_grow_to_a_bound() -> None:
    """Half a minute, doubled each time, six hours at most; a hub's own wish counts up to a day."""
    pauses = [(next_try(attempts, NOW) - NOW).total_seconds() for attempts in range(1, 13)]
    assert pauses[:3] == [30, 60, 120]
    assert pauses == sorted(pauses)
    assert pauses[-1] == 6 * 3600
    assert next_try(1, NOW, 7200.0) == NOW + timedelta(hours=2)
    assert next_try(1, NOW, 1e9) == NOW + timedelta(days=1)
