"""Push from sources: hubs are subscribed to, believed only where they sign, and asked again."""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from aggregator.errors import ConfigError, PublishError, StoreError
from aggregator.models import Announcement, Quarantined, SubscriptionMode
from aggregator.pipeline.deliver import take_arrivals
from aggregator.pipeline.due import due_of
from aggregator.pipeline.subscribe import is_reachable, keep_subscriptions, token_of
from aggregator.polling import slowed
from aggregator.push import spool
from aggregator.push.signature import is_signed
from aggregator.server import callback
from aggregator.server.app import app_of
from tests.support.configurations import Make
from tests.support.deadlines import HUNG_SECONDS
from tests.support.hub import CHALLENGE
from tests.support.loopback import Page
from tests.support.passes import NOW
from tests.support.published import plain_files
from tests.support.pushed import Pushed, damage, end_process, pushed, rss

pytestmark = pytest.mark.databases

FORGED = "a secret that nobody agreed on"


@pytest.fixture
def push(tmp_path: Path) -> Iterator[Pushed]:
    """Serve a source with a hub, and what the hub calls."""
    with pushed(tmp_path) as state:
        yield state


def test_a_hub_that_a_source_announces_is_subscribed_to(push: Pushed) -> None:
    """The hub is asked once, for the source's topic, with a callback and a secret of its own."""
    push.subscribe(0)
    (form,) = push.hub.asked
    assert form["hub.mode"] == "subscribe"
    assert form["hub.topic"] == push.topic
    assert form["hub.callback"].startswith(f"{push.served.url}/push/")
    assert len(token_of(form["hub.callback"])) >= 43  # 256 bits
    assert re.fullmatch("[0-9a-f]{64}", form["hub.secret"])
    assert int(form["hub.lease_seconds"]) == 10 * 86_400
    assert push.hub.challenges == [(200, CHALLENGE)]
    push.tick()
    assert len(push.hub.asked) == 1


def test_what_the_hub_delivers_is_published(push: Pushed) -> None:
    """A signed delivery of new entries alone is stored beside what polls brought."""
    push.subscribe(0)
    assert [answer.status_code for answer in push.hub.deliver(rss(1))] == [202]
    (report,) = push.tick()
    assert (report.new, report.source) == (1, "kagoj")
    assert push.published() == [0, 1]
    assert push.waiting() == []


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_every_method_of_the_specification_signs(push: Pushed, method: str) -> None:
    """WebSub §7.1.1 recognises four methods, and the largest public hubs know only the first."""
    push.subscribe(0)
    push.hub.deliver(rss(1), method=method)
    push.tick()
    assert push.published() == [0, 1]


@pytest.mark.parametrize("header", ["", "md5=", "sha256", "sha256=", "sha256=আ", "=x", "sha256=00"])
def test_what_is_no_signature_signs_nothing(header: str) -> None:
    """Neither a method that is not recognised nor a digest that is none is a signature."""
    assert not is_signed(header, "secret", b"body")


def test_what_its_hub_did_not_sign_is_dropped(
    push: Pushed, caplog: pytest.LogCaptureFixture
) -> None:
    """A wrong secret is answered as a right one is, and nothing of it is stored (§7.1)."""
    push.subscribe(0)
    assert [answer.status_code for answer in push.hub.deliver(rss(1), secret=FORGED)] == [202]
    assert push.waiting() == []
    assert push.tick() == []
    assert push.published() == [0]
    assert any("not signed by its hub" in message for message in caplog.messages)


def test_an_acknowledged_delivery_outlives_the_process(push: Pushed) -> None:
    """What was answered with 2xx lies on the disk until what it brought is committed."""
    push.subscribe(0)
    push.hub.deliver(rss(1))
    assert len(push.waiting()) == 1
    push.restart()
    push.tick()
    assert push.published() == [0, 1]


def test_a_delivery_that_was_stored_and_not_removed_doubles_nothing(push: Pushed) -> None:
    """A process may be killed between the commit and the file's end: it is taken once more."""
    push.subscribe(0)
    push.hub.deliver(rss(1))
    (path,) = push.waiting()
    saved = path.read_bytes()
    push.tick()
    before = (push.folder / "feeds" / "bangla.atom").read_bytes()
    path.write_bytes(saved)
    (report,) = push.tick()
    assert (report.new, report.unchanged) == (0, 1)
    assert (push.folder / "feeds" / "bangla.atom").read_bytes() == before


def test_a_delivery_that_comes_twice_or_by_a_poll_as_well_doubles_nothing(push: Pushed) -> None:
    """Entries are recognised whichever way they come."""
    push.subscribe(0)
    push.hub.deliver(rss(1))
    push.hub.deliver(rss(1))
    assert sum(report.new for report in push.tick()) == 1
    push.publish(0, 1)
    assert push.poll().sources[0].new == 0
    assert push.published() == [0, 1]


def test_a_delivery_that_a_poll_overtook_changes_nothing_back(push: Pushed) -> None:
    """It waited while the service was down: what is new of it is stored, no older words are."""
    push.subscribe(0)
    push.hub.deliver(rss(0, 1).replace("আদায়".encode(), "আদায় হলো".encode()))
    push.now += timedelta(minutes=5)
    newer = rss(0, hub=push.hub.url, topic=push.topic)
    newer = newer.replace("আদায়".encode(), "আদায় দশ কোটি".encode())
    push.web.pages["/feed.xml"] = Page(body=newer)
    push.poll()
    (report,) = push.tick()
    assert (report.new, report.revised) == (1, 0)
    assert push.published() == [0, 1]
    published = (push.folder / "feeds" / "bangla.atom").read_text(encoding="utf-8")
    assert "দশ কোটি" in published and "হলো" not in published.replace("শুরু হলো", "")


def test_nothing_is_confirmed_that_was_not_asked_for(push: Pushed) -> None:
    """Another callback, topic or mode, or no challenge, is 404, and changes nothing (§5.3)."""
    push.subscribe(0)
    address = push.subscriptions()[0].callback
    before = push.subscriptions()
    asked = {"mode": "subscribe", "topic": push.topic, "challenge": "x", "lease_seconds": "1"}
    for changed in (
        {"topic": f"{push.topic}?other"},
        {"mode": "unsubscribe"},
        {"mode": "publish"},
        {"challenge": ""},
        {"challenge": "x" * 3_000},
        {"challenge": "<script>"},
    ):
        assert push.hub.call(address, asked | changed).status_code == 404, changed
    assert push.hub.call(f"{push.served.url}/push/guessed", asked).status_code == 404
    assert push.waiting() == []
    push.tick()
    assert push.subscriptions() == before


def test_a_challenge_comes_back_as_text_that_nothing_runs_of(push: Pushed) -> None:
    """Only what the specification makes challenges of, and plain text to every browser (§5.3.1)."""
    push.subscribe(0)
    asked = {"mode": "subscribe", "topic": push.topic, "challenge": "a"}
    answer = push.hub.call(push.subscriptions()[0].callback, asked)
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_nothing_is_taken_at_a_callback_that_nobody_has(push: Pushed) -> None:
    """A delivery to a guessed address is refused unread; so is any other method."""
    push.subscribe(0)
    address = f"{push.served.url}/push/guessed"
    assert requests.post(address, b"x" * 100, timeout=HUNG_SECONDS).status_code == 404
    assert requests.put(address, b"x", timeout=HUNG_SECONDS).status_code == 405
    assert push.waiting() == []


def test_no_callback_is_redirected(push: Pushed) -> None:
    """An answer that names the host of the request would lead wherever a client wants."""
    address = f"{push.served.url}/push/guessed/"
    for method in ("GET", "POST"):
        answer = requests.request(
            method,
            address,
            headers={"Host": "elsewhere.example"},
            allow_redirects=False,
            timeout=HUNG_SECONDS,
        )
        assert answer.status_code == 404


def test_of_which_topic_a_delivery_is_the_callback_says(push: Pushed) -> None:
    """Headers are not signed, and a topic that moved names another address (WebSub §7)."""
    push.subscribe(0)
    push.hub.deliver(rss(1), topic="https://moved.example/feed")
    push.tick()
    assert push.published() == [0, 1]


def test_a_body_that_is_too_large_is_refused(push: Pushed) -> None:
    """The bound is the source's own ``max_bytes``, or 4 MB where that is more."""
    push.reconfigure(options="max_bytes = 1000\n")
    push.publish(0)
    push.web.pages["/feed.xml"].body = push.web.pages["/feed.xml"].body[:990]  # cut, and mended
    push.poll()
    push.tick()
    push.tick()
    assert [answer.status_code for answer in push.hub.deliver(b"x" * 1001)] == [413]
    assert [answer.status_code for answer in push.hub.deliver(b"x" * 1000)] == [202]


def test_a_body_that_does_not_come_is_not_waited_for(
    push: Pushed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hub that sends a byte at a time holds neither its connection nor a place."""
    monkeypatch.setattr(callback, "_BODY_SECONDS", 0.2)
    push.subscribe(0)
    path = f"/push/{token_of(push.subscriptions()[0].callback)}"
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nx"
    with push.served.connect(head.encode()) as client:
        assert client.recv(100).startswith(b"HTTP/1.1 408 ")


def test_of_bodies_that_are_read_there_are_only_so_many(
    push: Pushed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More deliveries at once than are read are told to come again; readers are served as ever."""
    monkeypatch.setattr(callback, "_BODY_SECONDS", HUNG_SECONDS)
    push.subscribe(0)
    path = f"/push/{token_of(push.subscriptions()[0].callback)}"
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nx".encode()
    clients = [push.served.connect(head) for _ in range(8)]
    end = time.monotonic() + HUNG_SECONDS
    while push.hub.deliver(rss(1))[0].status_code != 503:  # once all eight are being read
        # It may have been read in the place of one of them, which was told to come again.
        clients.append(push.served.connect(head))
        assert time.monotonic() < end
    assert push.served.get("/bangla.rss").status_code == 200
    for client in clients:
        client.close()


def test_a_flood_of_deliveries_is_bounded(push: Pushed) -> None:
    """Of one callback sixteen wait at most; then its hub is told when to come again."""
    push.subscribe(0)
    statuses = [push.hub.deliver(rss(1) + b"<!--%d-->" % number)[0] for number in range(20)]
    assert [answer.status_code for answer in statuses] == [202] * 16 + [503] * 4
    assert statuses[-1].headers["Retry-After"] == "60"
    assert len(push.waiting()) == 16
    assert sum(report.new for report in push.tick()) == 1
    assert push.hub.deliver(rss(2))[0].status_code == 202


@pytest.mark.parametrize(("bound", "most"), [("MOST_WAITING_BYTES", 1_500), ("MOST_WAITING", 2)])
def test_all_that_waits_is_bounded(
    push: Pushed, monkeypatch: pytest.MonkeyPatch, bound: str, most: int
) -> None:
    """In bytes and in number, whichever sources it is of; what was taken makes room."""
    push.subscribe(0)
    monkeypatch.setattr(spool, bound, most)
    bodies = [rss(1) + b"<!--%d-->" % number for number in range(3)]  # some 600 bytes each
    statuses = [push.hub.deliver(body)[0].status_code for body in bodies]
    assert statuses == [202, 202, 503]
    push.tick()
    assert push.hub.deliver(bodies[2])[0].status_code == 202


def test_of_what_a_hub_says_of_a_subscription_the_last_counts(push: Pushed) -> None:
    """It confirms, and changes its mind before we have taken note of the first."""
    push.publish(0)
    push.poll()
    push.tick()
    (known,) = push.subscriptions()
    push.hub.call(known.callback, {"mode": "denied", "topic": push.topic, "reason": "full"})
    push.tick()
    (known,) = push.subscriptions()
    assert (known.lease_ends, known.error) == (None, "denied")


def test_what_cannot_be_read_is_reported_and_gone(push: Pushed) -> None:
    """A delivery that is no feed fails like a poll that brought none, and does not come again."""
    push.subscribe(0)
    push.hub.deliver(b"<html>no feed</html>")
    (report,) = push.tick()
    assert "not a feed" in report.error
    assert push.tick() == []


def test_a_lease_is_renewed_before_it_ends(push: Pushed) -> None:
    """At nine tenths of what the hub granted it is asked again, with the same callback."""
    push.hub.grants_seconds = 1000
    push.subscribe(0)
    push.tick(timedelta(seconds=890))
    assert len(push.hub.asked) == 1
    push.tick(timedelta(seconds=20))
    push.tick()
    first, second = push.hub.asked
    assert first == second
    (known,) = push.subscriptions()
    assert known.lease_ends is not None and known.lease_ends - push.now > timedelta(seconds=900)


def test_a_hub_that_is_down_is_asked_again_and_named_once(
    push: Pushed, caplog: pytest.LogCaptureFixture
) -> None:
    """Later and later, over a restart, and the log says it once."""
    push.hub.status = 503
    push.subscribe(0)
    for _ in range(3):
        push.tick()
    assert len(push.hub.asked) == 1
    push.restart()
    push.tick(timedelta(seconds=31))
    push.tick(timedelta(seconds=31))
    assert len(push.hub.asked) == 2  # the second pause is twice as long
    assert sum("asked in vain" in message for message in caplog.messages) == 1
    push.hub.status = 202
    push.tick(timedelta(seconds=31))
    push.tick()
    assert push.subscriptions()[0].lease_ends is not None


def test_a_hub_that_denies_is_left_alone_for_a_week(push: Pushed) -> None:
    """The reason is logged, polls go on as ever, and in a week it is asked again (§5.2)."""
    push.hub.denial = "not for aggregators"
    push.subscribe(0)
    (known,) = push.subscriptions()
    assert (known.lease_ends, known.error) == (None, "denied")
    push.tick(timedelta(days=6))
    assert len(push.hub.asked) == 1
    push.hub.denial = ""
    push.tick(timedelta(days=1, seconds=1))
    push.tick()
    assert push.subscriptions()[0].lease_ends is not None


def test_a_hub_that_denies_again_and_again_is_named_once(
    push: Pushed, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever it gives as reason is one line of the log."""
    push.hub.denial = "no\n2026-11-26 12:00:00 ERROR\u2028forged"
    push.subscribe(0)
    for _ in range(3):
        (known,) = push.subscriptions()
        push.hub.call(known.callback, {"mode": "denied", "topic": push.topic, "reason": "no"})
        push.tick()
    (named,) = [message for message in caplog.messages if "sends nothing" in message]
    assert named.endswith("sends nothing: no 2026-11-26 12:00:00 ERROR forged")


def test_a_denial_of_what_is_not_wanted_any_more_ends_it(push: Pushed) -> None:
    """Whether the hub confirms the end or denies that there was a beginning, nothing is left."""
    push.subscribe(0)
    push.hub.denial = "no such subscription"
    push.reconfigure(options="push = false\n")
    push.tick()
    push.tick()
    assert push.subscriptions() == []


def test_what_was_confirmed_before_another_decision_says_nothing(push: Pushed) -> None:
    """A confirmation that waits while the source is switched off does not bring it back."""
    push.publish(0)
    push.poll()
    push.tick()  # the hub confirms, and that waits
    assert len(push.waiting()) == 1
    push.reconfigure(options="push = false\n")
    keep_subscriptions(push.run)
    push.tick()
    push.tick()
    assert push.subscriptions() == []
    assert push.hub.subscribers == {}


def test_a_hub_may_decode_the_topic(push: Pushed) -> None:
    """What needs no encoding may come back decoded, as in addresses in Bengali (§5.1.1)."""
    encoded = f"{push.web.url}/%E0%A6%96%E0%A6%AC%E0%A6%B0.xml"
    push.web.pages["/feed.xml"] = Page(body=rss(0, hub=push.hub.url, topic=encoded))
    push.poll()
    push.tick()
    (known,) = push.subscriptions()
    assert known.topic == encoded
    decoded = f"{push.web.url}/খবর.xml"
    asked = {"mode": "subscribe", "topic": decoded, "challenge": "a", "lease_seconds": "900"}
    assert push.hub.call(known.callback, asked).text == "a"


@pytest.mark.sqlite
def test_what_a_killed_web_server_left_half_written_goes(push: Pushed) -> None:
    """It was never acknowledged, and the next web server removes it."""
    push.subscribe(0)
    half = push.folder / "aggregator.db-push" / "arrived" / ".x.delivery.tmp"
    half.write_bytes(b"half")
    assert push.tick() == []
    app_of(push.folder / "feeds", push.folder / "aggregator.db-push", lambda: NOW)
    assert not half.exists()


@pytest.mark.sqlite
def test_what_cannot_be_removed_keeps_no_feed_from_readers(push: Pushed) -> None:
    """A folder among the files of hubs is named in the log; the web server begins all the same."""
    push.subscribe(0)
    (push.folder / "aggregator.db-push" / "arrived" / ".x.delivery.tmp").mkdir()
    app_of(push.folder / "feeds", push.folder / "aggregator.db-push", lambda: NOW)


@pytest.mark.sqlite
def test_a_spool_that_cannot_be_read_is_no_bug(push: Pushed) -> None:
    """The hub is told to come again, and the service says what is wrong and tries again."""
    push.subscribe(0)
    arrived = push.folder / "aggregator.db-push" / "arrived"
    arrived.rmdir()
    arrived.write_bytes(b"")
    assert [answer.status_code for answer in push.hub.deliver(rss(1))] == [503]
    with pytest.raises(PublishError, match="what hubs sent cannot be taken"):
        take_arrivals(push.run)


def test_a_hub_that_is_gone_is_left_alone_for_a_week(push: Pushed) -> None:
    """410 says that it will not be back."""
    push.hub.status = 410
    push.subscribe(0)
    push.tick(timedelta(days=6))
    assert len(push.hub.asked) == 1


@pytest.mark.parametrize(("options", "site"), [("push = false\n", ""), ("", "websub = false\n")])
def test_what_is_switched_off_is_unsubscribed(push: Pushed, options: str, site: str) -> None:
    """The hub is told, verifies it, and sends nothing more; then nothing is remembered of it."""
    push.subscribe(0)
    push.reconfigure(options=options, site=site)
    push.tick()
    assert push.hub.asked[-1]["hub.mode"] == "unsubscribe"
    assert push.hub.subscribers == {}
    push.tick()
    assert push.subscriptions() == []


def test_a_hub_that_does_not_let_go_is_told_that_it_is_gone(push: Pushed) -> None:
    """Until it has, deliveries are answered with 410; after four requests it is forgotten."""
    push.subscribe(0)
    push.hub.status = 500
    push.reconfigure(options="push = false\n")
    push.tick()
    assert [answer.status_code for answer in push.hub.deliver(rss(1))] == [410]
    for _ in range(5):
        push.tick(timedelta(hours=1))
    assert push.subscriptions() == []
    assert len(push.hub.asked) == 1 + 4
    push.tick()  # the web server is told
    assert [answer.status_code for answer in push.hub.deliver(rss(1))] == [404]


def test_another_hub_takes_the_place_of_the_first(push: Pushed) -> None:
    """Where a source announces another hub, the first is let go; where it announces none, too."""
    push.subscribe(0)
    (first,) = push.subscriptions()
    push.publish(0, 1, hub=f"{push.hub.url}?second")
    push.poll()
    push.tick()
    push.tick()
    (second,) = push.subscriptions()
    assert second.hub == f"{push.hub.url}?second"
    assert second.callback != first.callback and second.secret != first.secret
    push.publish(0, 1, 2, hub="")
    push.poll()
    push.tick()
    push.tick()
    assert push.subscriptions() == []


def test_a_new_process_keeps_its_subscriptions(push: Pushed) -> None:
    """A document that did not change is not read, and its hub is not asked anew."""
    push.subscribe(0)
    before = push.subscriptions()
    push.restart()
    push.poll()
    push.tick()
    assert push.subscriptions() == before
    assert len(push.hub.asked) == 1


@pytest.mark.sqlite
def test_what_cannot_be_read_is_not_asked_again_and_again(push: Pushed) -> None:
    """A damaged row ends push until it is mended, and the polls go on."""
    push.subscribe(0)
    damage(push, "UPDATE subscription SET mode = 'x'")
    push.publish(0, 1)
    push.poll()
    for _ in range(3):
        push.tick()
    assert push.published() == [0, 1]
    assert len(push.hub.asked) == 1


def test_polls_are_fewer_while_a_hub_sends(push: Pushed) -> None:
    """Once something was delivered, a source is due after four times its interval, and no later."""
    push.subscribe(0)
    began, usual = push.now, timedelta(minutes=30)
    with push.run.store.write() as unit:
        state = unit.sources.states()["kagoj"]
        unit.sources.save_state("kagoj", replace(state, next_due=began + usual))

    def is_due(after: timedelta) -> bool:
        push.now = began + after
        push.tick()
        return bool(due_of(push.run, push.run.config.sources, every_source=False).sources)

    assert is_due(usual)
    push.now = began
    push.hub.deliver(rss(1))
    push.tick()
    assert not is_due(usual * 3)
    assert is_due(usual * 4)
    assert is_due(timedelta(days=3))


def test_a_hub_that_was_silent_for_two_days_is_not_relied_on(push: Pushed) -> None:
    """It may have ended without a word, so the source is polled as without a hub."""
    push.subscribe(0)
    push.hub.deliver(rss(1))
    push.tick()
    push.tick()
    assert push.run.announced.is_live("kagoj")
    push.tick(timedelta(days=2, seconds=1))
    assert not push.run.announced.is_live("kagoj")


def test_slower_polls_have_a_bound() -> None:
    """Four times as long, six hours at most, and never sooner than without a hub."""
    for hours, slow in ((1, 4), (2, 6), (6, 6), (24, 24)):
        due = NOW + timedelta(hours=hours)
        assert slowed(due, NOW) == NOW + timedelta(hours=slow)
    assert slowed(None, NOW) is None and slowed(NOW, None) == NOW


def test_a_quarantined_source_is_left_to_its_polls(push: Pushed) -> None:
    """Which change of a whole document stays, a delivery of some entries cannot tell."""
    push.subscribe(0)
    with push.run.store.write() as unit:
        held = Quarantined(began=NOW, unchanged_since=NOW, polls=1, reason="other words")
        unit.sources.quarantine("kagoj", held)
    push.hub.deliver(rss(1))
    assert push.tick() == []
    with push.run.store.read() as unit:
        assert unit.sources.quarantine_of("kagoj") == held


def test_callbacks_and_secrets_stand_in_no_log_and_no_published_file(
    push: Pushed, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever goes wrong: neither they nor names of files that could tell them."""
    caplog.set_level(logging.DEBUG)
    push.subscribe(0)
    (known,) = push.subscriptions()
    push.hub.deliver(rss(1), secret=FORGED)
    push.hub.deliver(b"x" * 5_000_000)
    push.hub.deliver(b"no feed")
    push.hub.deliver(rss(1))
    push.tick()
    push.hub.status = 500
    push.tick(timedelta(days=9, hours=1))
    secrets = (token_of(known.callback), known.secret)
    ours = [record for record in caplog.records if record.name.startswith("aggregator")]
    texts = [record.getMessage() for record in ours]
    texts += [path.read_text("utf-8") for path in plain_files(push.run.config.site.output)]
    texts += [str(path) for path in push.folder.rglob("*")]
    texts += [repr(known)]
    assert len(ours) >= 4
    for text in texts:
        assert not any(secret in text for secret in secrets), text


def test_a_source_behind_a_proxy_is_only_polled(push: Pushed) -> None:
    """A callback would tell its hub who asks through the proxy."""
    push.rewrite("allow_private = true", 'allow_private = true\nproxy = "http://127.0.0.1:9"')
    push.run.announced.note("kagoj", Announcement(hub=push.hub.url, topic=push.topic))
    push.tick()
    assert push.hub.asked == []


def test_no_secret_of_an_https_source_is_sent_over_http(push: Pushed) -> None:
    """Feeds name hubs with http that have https: who reads a secret on the way could forge news."""
    push.rewrite(push.topic, "https://127.0.0.1:9/feed.xml")
    announced = Announcement(hub=push.hub.url, topic="https://127.0.0.1:9/feed.xml")
    push.run.announced.note("kagoj", announced)
    keep_subscriptions(push.run)
    (known,) = push.subscriptions()
    assert known.hub == push.hub.url.replace("http:", "https:")
    assert push.hub.asked == []
    push.tick()
    assert [each.callback for each in push.subscriptions()] == [known.callback]


@pytest.mark.sqlite
def test_only_the_owner_can_read_what_passes_between_the_processes(push: Pushed) -> None:
    """Secrets and deliveries lie in a folder that nobody else can look into."""
    push.subscribe(0)
    push.hub.deliver(rss(1))
    folder = push.folder / "aggregator.db-push"
    assert folder.stat().st_mode & 0o77 == 0
    for path in folder.rglob("*"):
        assert path.stat().st_mode & 0o77 == 0, path


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://khobor.example.org/", True),
        ("http://8.8.8.8/", True),
        ("http://127.0.0.1:8000/", False),
        ("http://[::1]/", False),
        ("http://192.168.1.9/", False),
        ("http://localhost/", False),
        ("http://khobor/", False),
        ("http://khobor.local/", False),
        ("http://khobor.lan./", False),
    ],
)
def test_only_an_address_that_hubs_can_reach_is_given_to_them(url: str, expected: bool) -> None:
    """Of this machine, of a private network, and names that no public server knows are not."""
    assert is_reachable(url) is expected


@pytest.mark.sqlite
def test_a_public_source_is_not_subscribed_to_from_a_private_address(push: Pushed) -> None:
    """Without ``allow_private`` of the source, a callback on loopback is given to nobody."""
    push.publish(0)
    push.poll()
    push.rewrite("allow_private = true", "allow_private = false")
    push.tick()
    assert push.hub.asked == []
    assert not (push.folder / "aggregator.db-push").exists()


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('[site]\nwebsub = "yes"\n', 2, "websub"),
        ('[site]\nhub = "hub.example.org"\n', 2, "not a web address"),
        ('[site]\nhub = ["https://a.example.org/", "https://u:p@b.example.org/"]\n', 2, "password"),
    ],
)
def test_a_wrong_key_is_a_fault_with_its_line(
    make_config: Make, text: str, line: int, message: str
) -> None:
    """What cannot be a hub, or a switch, is named where it stands."""
    with pytest.raises(ConfigError) as raised:
        make_config(f'{text}[[source]]\nname = "a"\nfeed = "https://example.org/"\n')
    (fault,) = raised.value.faults
    assert (fault.line, message in fault.message) == (line, True)
    assert os.sep not in fault.message or message != "password" or "u:p" not in fault.message


def test_the_source_s_switch_is_a_truth_value(make_config: Make) -> None:
    """``push = "no"`` is a fault with its line."""
    with pytest.raises(ConfigError) as raised:
        make_config('[[source]]\nname = "a"\nfeed = "https://example.org/"\npush = "no"\n')
    (fault,) = raised.value.faults
    assert (fault.line, "push" in fault.message) == (4, True)


def test_a_subscription_ends_in_one_of_two_modes() -> None:
    """The values are the words that hubs read."""
    assert [mode.value for mode in SubscriptionMode] == ["subscribe", "unsubscribe"]


def test_a_delivery_that_ends_the_service_is_left_alone(
    push: Pushed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After three tries it is left to polls; a store that fails meanwhile is no try."""
    push.subscribe(0)
    push.hub.deliver(rss(1))
    push.hub.deliver(rss(2))
    push.now += timedelta(minutes=2)

    def lose(*_: object, **__: object) -> None:
        raise StoreError("the disk is full")

    for stand_in, error, times in ((lose, StoreError, 4), (end_process, KeyboardInterrupt, 3)):
        with monkeypatch.context() as patch:
            patch.setattr("aggregator.pipeline.deliver.read_entries", stand_in)
            for _ in range(times):
                with pytest.raises(error):
                    push.tick()
    assert [report.new for report in push.tick()] == [1]
    assert push.waiting() == []
