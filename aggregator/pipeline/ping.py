"""Ping: each hub of the site is told of the published files that changed since it was told last.

Looks at the files themselves, after publishing and apart from it: where a process is killed between
the two, the next one tells, and a hub that is slow delays nothing. Where several machines share the
store, the files are those that were handed out: this one's may be of the day when it last led. What
a hub was told of is remembered in the store by the file's digest, so a file that changes twice
before the ping goes out is one ping, and one that is put back with the same bytes is none.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from aggregator.errors import FetchError, NotAskedError
from aggregator.models import Config, Ping, Stamp
from aggregator.pipeline.hub import ask
from aggregator.pipeline.run import Run
from aggregator.publish import files as published_files
from aggregator.publish.formats import FORMATS
from aggregator.push import schedule

log = logging.getLogger(__name__)

# A slow hub keeps the others, or a pass for cron, waiting for so long, and the request it is in.
_HUB_SECONDS = 20.0
# 1,000 feeds in three formats, as each was and as it is.
_KNOWN_FILES = 6_000
# The topic is refused, not the hub in trouble: other topics of the hub are tried all the same.
_OF_THE_TOPIC = frozenset(range(400, 500)) - {401, 403, 404, 405, 408, 410, 425, 429}


def topics_of(config: Config) -> dict[str, str]:
    """Return the address of each file that can be subscribed to, by its name in the folder."""
    names = [f"{feed.name}.{output.suffix}" for feed in config.feeds for output in FORMATS]
    return {name: f"{config.site.url}{name}" for name in names}


def ping_hubs(run: Run) -> bool:
    """Tell every hub what is to be told and due; what fails is tried again at a later call.

    Return whether something is left to the next call, as web servers are to copy it first.
    """
    hubs = run.config.site.hubs
    with run.store.read() as unit:
        remembered = unit.pings.known()
    if remembered is None or not (hubs or remembered):
        return False
    known = {(ping.hub, ping.topic): ping for ping in remembered}
    digests = _digests(run)
    wanted = {
        (hub, topic): replace(known.get((hub, topic), Ping(hub=hub, topic=topic)), digest=digest)
        for hub in hubs
        for topic, digest in digests.items()
    }
    changed = [ping for key, ping in wanted.items() if ping != known.get(key)]
    topics = set(topics_of(run.config).values())
    gone = [ping for ping in known.values() if ping.hub not in hubs or ping.topic not in topics]
    if changed or gone:
        with run.store.write() as unit:
            unit.pings.save(changed)
            unit.pings.forget(gone)
    every_due = {key: ping for key, ping in wanted.items() if _is_due(run, ping)}
    copied = [ping for key, ping in every_due.items() if _is_copied(run, known.get(key))]
    for hub in hubs:
        due = [ping for ping in copied if ping.hub == hub]
        if due and not run.stop.is_set():
            _tell(run, hub, due)
    return len(copied) < len(every_due)


def _is_due(run: Run, ping: Ping) -> bool:
    return ping.digest != ping.pinged and schedule.is_time(ping.next_try, run.clock())


def _is_copied(run: Run, before: Ping | None) -> bool:
    """Tell whether web servers have had time to copy what is new: that between two calls.

    The hub asks any of them. From one that still had the old file, it would learn of no news, and
    not ask again.
    """
    return not run.store.is_shared or (before is not None and before.digest != before.pinged)


def _tell(run: Run, hub: str, due: Sequence[Ping]) -> None:
    """Tell a hub of topics, and remember of each at once what became of it.

    So a process that is killed meanwhile has told of one topic at most that is told of again.
    """
    had_failed = {ping.error for ping in due}
    told: list[Ping] = []
    end = time.monotonic() + _HUB_SECONDS
    for index, ping in enumerate(due):
        if run.stop.is_set() or time.monotonic() > end:
            break
        # The hub's address is ``hub.url`` to older hubs, and ``hub.topic`` to some newer ones.
        form = {"hub.mode": "publish", "hub.url": ping.topic, "hub.topic": ping.topic}
        try:
            ask(run, hub, form, allow_private=run.config.site.allow_private)
        except FetchError as error:
            if run.stop.is_set():
                break
            is_of_the_topic = error.status in _OF_THE_TOPIC
            failed = [ping] if is_of_the_topic else due[index:]
            _remember(run, told, [_failed(run, each, error) for each in failed])
            if str(error) not in had_failed and not isinstance(error, NotAskedError):
                had_failed.add(str(error))
                log.warning("the hub %s takes no pings: %s; it is tried again", hub, error)
            if not is_of_the_topic:
                break
        else:
            done = replace(ping, pinged=ping.digest, attempts=0, next_try=None, error="")
            _remember(run, told, [done])
    if had_failed - {""} and told and not any(ping.error for ping in told):
        log.info("the hub %s takes pings again", hub)


def _remember(run: Run, told: list[Ping], pings: Sequence[Ping]) -> None:
    with run.store.write() as unit:
        unit.pings.save(pings)
    told += pings


def _failed(run: Run, ping: Ping, error: FetchError) -> Ping:
    """Return a ping that failed; one that was not sent, as its host rests, has not failed again."""
    attempts = ping.attempts + (not isinstance(error, NotAskedError))
    at = schedule.next_try(attempts, run.clock(), error.retry_after_seconds)
    message = ping.error if isinstance(error, NotAskedError) else str(error)
    return replace(ping, attempts=attempts, next_try=at, error=message)


def _digests(run: Run) -> Mapping[str, str]:
    """Return the digest of each published file that can be subscribed to, by its topic."""
    folder, topics = run.config.site.output, topics_of(run.config)
    if run.store.is_shared:
        with run.store.read() as unit:
            handed_out = unit.documents.digests(topics)
        return {topics[name]: digest for name, digest in handed_out.items()}
    stamps = published_files.stamps(folder, topics)
    found: dict[str, str] = {}
    for name, topic in topics.items():
        if name in stamps:
            with suppress(OSError):  # it is looked at again the next time
                found[topic] = _digest(folder / name, stamps[name])
    return found


@lru_cache(maxsize=_KNOWN_FILES)
def _digest(path: Path, _stamp: Stamp) -> str:
    """Return the digest of a file, read once for each stamp. OSError."""
    return sha256(path.read_bytes()).hexdigest()
