"""Subscribe: hubs that sources announce are asked to send what is new, again before a lease ends.

Only where the hub can reach us: the site's address is public, or the source's own network is
private, too. What is decided is committed, and the web server told of it, before a hub is asked: it
may verify at once. A process that is killed asks again.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from aggregator.errors import FetchError, NotAskedError, PublishError
from aggregator.models import Announcement, Source, Subscription, SubscriptionMode
from aggregator.pipeline.hub import ask
from aggregator.pipeline.ping import topics_of
from aggregator.pipeline.run import Run
from aggregator.public_addresses import is_public
from aggregator.push import schedule, told
from aggregator.store.place import path_of
from aggregator.urls import publishable

log = logging.getLogger(__name__)

# 256 bits each: nobody guesses a callback, and a secret is as long as the hash that it keys (§5.1).
_SECRET_BYTES = 32
# Hubs are asked for so long in one go; who is left is asked in the next.
_ASKING_SECONDS = 20.0
_GONE = 410
# Names that no public name server knows (RFC 6761, 6762, 7686, 8375, and ICANN's .internal).
_PRIVATE_ENDINGS = frozenset(
    "arpa example home internal invalid lan local localhost onion test".split()
)


def keep_subscriptions(run: Run) -> None:
    """Ask hubs for what is wanted of them and due, and tell the web server of it first."""
    now = run.clock()
    with run.store.read() as unit:
        known = unit.subscriptions.known()
        announced = unit.subscriptions.announced() if run.store.is_shared else run.announced.every()
    if known is None:
        return
    if _decided(run, known, announced):
        with run.store.write() as unit:
            changed = _decided(run, unit.subscriptions.known() or [], announced)
            unit.subscriptions.save(changed)
            unit.subscriptions.forget(each.callback for each in changed if _is_over(each, now))
            known = unit.subscriptions.known() or []
    _note_live(run, known)
    tell_web_server(run, known)
    _ask(run, [each for each in known if schedule.is_time(each.next_try, now)])


def look_who_is_live(run: Run) -> None:
    """Note of which sources hubs send what is new, where another process subscribes to them."""
    with run.store.read() as unit:
        _note_live(run, unit.subscriptions.known() or ())


def _note_live(run: Run, known: Iterable[Subscription]) -> None:
    now = run.clock()
    run.announced.set_live({each.source for each in known if schedule.is_live(each, now)})


def folder_of(run: Run) -> Path:
    """Return the folder in which the service and the web server talk."""
    return told.folder_of(path_of(run.config.store_url))


def token_of(callback: str) -> str:
    """Return what nobody can guess of a callback's address: its last part."""
    return callback.rpartition("/")[2]


def tell_web_server(run: Run, known: Iterable[Subscription]) -> None:
    """Tell the web server which hubs feeds have and which callbacks there are, if it is news.

    Where the store is shared, all web servers find the callbacks there.
    """
    site, folder = run.config.site, folder_of(run)
    max_bytes = {source.name: source.access.max_bytes for source in run.config.sources}
    callbacks = {
        token_of(each.callback): told.Callback.of(each, max_bytes.get(each.source, 0))
        for each in known
    }
    news = told.Told(callbacks={} if run.store.is_shared else callbacks)
    if site.hubs:
        news = replace(news, url=site.url, hubs=site.hubs, topics=tuple(topics_of(run.config)))
    if news == told.Listener(folder).now():
        return
    try:
        told.tell(folder, news)
    except OSError as error:
        message = f"the web server cannot be told of hubs: {error.strerror or error}"
        raise PublishError(message) from error


# --- What is wanted ------------------------------------------------------------------------------


def _decided(
    run: Run, known: Sequence[Subscription], every: Mapping[str, Announcement]
) -> list[Subscription]:
    """Return the subscriptions that are new, or are to end, as sources and their hubs now are.

    ``every`` is what sources announced last.
    """
    base = f"{run.config.site.url}{told.CALLBACK_PATH}"
    sources = {source.name: source for source in run.config.sources}
    wanted = {name for name, source in sources.items() if _may_subscribe(run, source)}
    announced, now = _announced(every, sources), run.clock()
    current, changed = set[str](), list[Subscription]()
    for subscription in known:
        if subscription.mode is SubscriptionMode.UNSUBSCRIBE:
            changed += [subscription] if _is_over(subscription, now) else []
        elif (
            subscription.source in wanted
            and subscription.callback.startswith(base)
            and _is_as_announced(subscription, announced)
        ):
            current.add(subscription.source)
        else:
            leaving = SubscriptionMode.UNSUBSCRIBE
            changed.append(replace(subscription, mode=leaving, next_try=now, attempts=0))
    changed += [
        Subscription(
            callback=f"{base}{secrets.token_urlsafe(_SECRET_BYTES)}",
            source=source,
            hub=announcement.hub,
            topic=announcement.topic,
            secret=secrets.token_hex(_SECRET_BYTES),
            next_try=now,
        )
        for source, announcement in announced.items()
        if announcement.hub and source in wanted - current
    ]
    return changed


def _announced(
    every: Mapping[str, Announcement], sources: Mapping[str, Source]
) -> dict[str, Announcement]:
    """Return what configured sources announced last, of which it is known.

    The hub of a source that is read over https is asked over https, whatever the feed says: who
    reads the secret on the way could forge what nobody can change at the source.
    """
    announced = {name: each for name, each in every.items() if name in sources}
    for name, each in announced.items():
        if sources[name].address.startswith("https:"):
            hub = (
                each.hub.replace("http:", "https:", 1) if each.hub.startswith("http:") else each.hub
            )
            announced[name] = replace(each, hub=hub)
    return announced


def _is_as_announced(subscription: Subscription, announced: Mapping[str, Announcement]) -> bool:
    """Tell whether a source still announces what is subscribed to; so where nothing is known."""
    if subscription.source not in announced:  # it was not read since that is noted
        return True
    now = announced[subscription.source]
    return (now.hub, now.topic) == (subscription.hub, subscription.topic)


def _is_over(subscription: Subscription, now: datetime) -> bool:
    """Tell whether a subscription that is to end needs nothing more: its hub sends no longer.

    One that its hub never confirmed is ended like the others, as it may be confirmed late.
    """
    if subscription.mode is SubscriptionMode.SUBSCRIBE:
        return False
    has_ended = subscription.lease_ends is not None and subscription.lease_ends <= now
    return has_ended or subscription.attempts >= schedule.MOST_FAREWELLS


def _may_subscribe(run: Run, source: Source) -> bool:
    """Tell whether a source's hub may be asked, and can reach us.

    Not where the source is asked through a proxy, as a callback would tell who hides behind it.
    """
    site = run.config.site
    is_wanted = site.websub and source.push and source.feed is not None
    is_wanted = is_wanted and source.access.proxy is None
    return is_wanted and (source.access.allow_private or is_reachable(site.url))


def is_reachable(url: str) -> bool:
    """Tell by an address alone whether a hub anywhere can reach it.

    >>> is_reachable("https://khobor.example.org/"), is_reachable("http://127.0.0.1:8000/")
    (True, False)
    """
    host = (urlsplit(url).hostname or "").rstrip(".")
    try:
        ip_address(host)
    except ValueError:
        return "." in host and host.rpartition(".")[2].lower() not in _PRIVATE_ENDINGS
    return is_public(host)


# --- Asking --------------------------------------------------------------------------------------


def _ask(run: Run, due: Sequence[Subscription]) -> None:
    """Ask hubs; of a hub that does not answer the others are not asked for now."""
    end = time.monotonic() + _ASKING_SECONDS
    down: dict[str, FetchError] = {}
    for subscription in due:
        if run.stop.is_set() or time.monotonic() > end:
            return
        fault = down.get(subscription.hub) or _fault_of_asking(run, subscription)
        if run.stop.is_set():
            return
        if fault is not None and (fault.status is None or fault.status >= 500):
            down[subscription.hub] = fault
        _remember(run, subscription, _asked(run, subscription, fault))


def _fault_of_asking(run: Run, subscription: Subscription) -> FetchError | None:
    """Ask a hub to send a topic, or to send it no longer; return what went wrong."""
    sources = {source.name: source for source in run.config.sources}
    source = sources.get(subscription.source)
    form = {
        "hub.mode": subscription.mode.value,
        "hub.topic": subscription.topic,
        "hub.callback": subscription.callback,
    }
    if subscription.mode is SubscriptionMode.SUBSCRIBE:
        form["hub.secret"] = subscription.secret
        form["hub.lease_seconds"] = str(int(schedule.LEASE.total_seconds()))
    # Of a source that is gone the permission is gone as well.
    allow_private = source is not None and source.access.allow_private
    try:
        ask(run, subscription.hub, form, allow_private=allow_private)
    except FetchError as error:
        return error
    return None


def _asked(run: Run, subscription: Subscription, fault: FetchError | None) -> Subscription:
    """Return a subscription after its hub was asked: it confirms later, or is asked again."""
    attempts, now = subscription.attempts + 1, run.clock()
    if isinstance(fault, NotAskedError):
        at = schedule.next_try(subscription.attempts, now, fault.retry_after_seconds)
        return replace(subscription, next_try=at)
    if fault is None:
        at = now + schedule.UNCONFIRMED * (1 << min(attempts - 1, schedule.MOST_FAREWELLS))
        return replace(subscription, attempts=attempts, next_try=at, error="")
    at = schedule.next_try(attempts, now, fault.retry_after_seconds)
    if fault.status == _GONE:
        at = now + schedule.DENIED
    if str(fault) != subscription.error:
        hub = publishable(subscription.hub)
        log.warning("%s: its hub %s was asked in vain: %s", subscription.source, hub, fault)
    return replace(subscription, attempts=attempts, next_try=at, error=str(fault))


def _remember(run: Run, before: Subscription, after: Subscription) -> None:
    """Remember that a hub was asked, unless it has confirmed or denied meanwhile."""
    with run.store.write() as unit:
        if before in (unit.subscriptions.known() or ()):
            unit.subscriptions.save([after])
