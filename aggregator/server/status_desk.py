"""What the operator is answered: the status in every form, made of the store as it is by now.

For threads. Reads the store beside the service, and asks the service nothing, so that it answers
while passes compute, and where the service hangs or is dead.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from threading import Lock

from aggregator.errors import PublishError, StoreError
from aggregator.models import Config, FeedStatus, Pulse, Status, WorkerStatus
from aggregator.pipeline.feed_status import feeds_in_folder
from aggregator.pipeline.status import pulse_of, status_of
from aggregator.server.answer import Answer
from aggregator.server.config_file import ConfigFile
from aggregator.status import as_json, away, feed, metrics, page
from aggregator.status.away import Away
from aggregator.store.place import is_postgresql
from aggregator.store.store import Store

# To make a status takes half a second of 2,000 sources; whoever asks more often gets the last one.
_KEPT_SECONDS = 5.0
# A page that is asked for again so soon is made of what is tried anew.
_AGAIN_SECONDS = 5
_NO_CONFIG = "the configuration has faults: aggregator check names them"
_NOTHING_HERE = Answer(status=HTTPStatus.NOT_FOUND, body=b"There is nothing here.\n")


class StatusDesk:
    """Answers the operator from one store, as the configuration says by then."""

    def __init__(self, config_path: Path, store_url: str, clock: Callable[[], datetime]) -> None:
        self._store_url, self._clock = store_url, clock
        self._config = ConfigFile(config_path)
        self._lock = Lock()  # of all that follows
        self._store: Store | None = None
        self._status: Status | None = None
        self._made = float("-inf")  # by the monotonic clock
        self._answered: datetime | None = None  # when the store last did
        self._away_since: datetime | None = None
        self._asking = Lock()  # of what follows
        self._beside: Store | None = None  # for who asks whether workers work

    def close(self) -> None:
        """Let go of the store."""
        with self._lock:
            self._forget()
        with self._asking:
            if self._beside is not None:
                self._beside.close()

    def health(self) -> Answer:
        """Answer whether the service ticks, or workers work; 503 with the reason where not.

        Of a service nothing but its file is asked, which is there also where the store is not.
        """
        pulse, reason, beat = pulse_of(self._store_url, (), self._clock())
        if pulse is not Pulse.TICKS and is_postgresql(self._store_url):
            try:
                workers = self._workers()
            except StoreError as error:
                return _not_now(str(error))
            pulse, reason, beat = pulse_of(self._store_url, workers, self._clock())
        is_well = pulse is Pulse.TICKS
        status = HTTPStatus.OK if is_well else HTTPStatus.SERVICE_UNAVAILABLE
        ticks = beat.ticks if beat else ()
        faults = (f"{tick.name}: {tick.fault}" for tick in ticks if tick.fault)
        return Answer(status=status, body="\n".join((reason, *faults, "")).encode())

    def _workers(self) -> tuple[WorkerStatus, ...]:
        """Return the workers of the store, by a connection that no page waits for."""
        with self._asking:
            if self._beside is None:
                self._beside = Store.beside(self._store_url)
            with self._beside.read() as unit:
                return unit.workers.known()

    def answer(self, path: str, language: str) -> Answer:
        """Answer with the status in the form of an address."""
        if path == "/status.css":
            return _ok(page.style_bytes(), page.STYLE_MEDIA_TYPE)
        config = self._config.now()
        if config is None:
            return _not_now(_NO_CONFIG)
        if path == "/status.atom" and not config.status.feed:
            return _NOTHING_HERE
        try:
            status = self._now(config)
        except StoreError as error:
            return self._away(config, path, language, str(error))
        if path == "/status.json":
            return _ok(as_json.json_text(status).encode(), as_json.MEDIA_TYPE)
        if path == "/metrics":
            return _ok(metrics.metrics_text(status), metrics.MEDIA_TYPE)
        if path == "/status.atom":
            own = f"{config.status.address}{path.removeprefix('/')}"
            return _ok(feed.feed_bytes(status, own), feed.MEDIA_TYPE)
        body = page.page_bytes(status, language, has_feed=config.status.feed)
        return _ok(body, page.MEDIA_TYPE)

    def _now(self, config: Config) -> Status:
        """Return the status, made a moment ago at most; StoreError where it cannot be read."""
        with self._lock:
            now = time.monotonic()
            if self._status is None or now - self._made > _KEPT_SECONDS:
                try:
                    self._status = self._made_of(config)
                except StoreError:
                    self._forget()  # what was opened may not be the store any more
                    self._away_since = self._away_since or self._clock()
                    self._status = self._made_of(config)
                self._made = time.monotonic()
                self._answered, self._away_since = self._clock(), None
            return self._status

    def _away(self, config: Config, path: str, language: str, reason: str) -> Answer:
        """Answer that the store does not, with what is served meanwhile, as it was asked for."""
        now = self._clock()
        with self._lock:
            since, answered = self._away_since or now, self._answered
        found = Away(
            made=now,
            timezone=config.site.timezone,
            site=config.site.title,
            reason=reason,
            since=since,
            answered=answered,
            feeds=_feeds_here(config),
        )
        body, media_type = away.page_bytes(found, language), page.MEDIA_TYPE
        if path == "/status.json":
            body, media_type = away.json_text(found).encode(), as_json.MEDIA_TYPE
        elif path != "/status":
            return _not_now(reason)
        return Answer(
            status=HTTPStatus.SERVICE_UNAVAILABLE,
            body=body,
            media_type=media_type,
            retry_seconds=_AGAIN_SECONDS,
        )

    def _made_of(self, config: Config) -> Status:
        if self._store is None:
            self._store = Store.beside(self._store_url)
        return status_of(self._store, config, self._clock())

    def _forget(self) -> None:
        store, self._store, self._status = self._store, None, None
        if store is not None:
            store.close()


def _feeds_here(config: Config) -> tuple[FeedStatus, ...]:
    """Return the feeds of the folder, none where its ledger cannot be read: the store's is told."""
    try:
        return feeds_in_folder(config)
    except PublishError:
        return ()


def _ok(body: bytes, media_type: str) -> Answer:
    return Answer(status=HTTPStatus.OK, body=body, media_type=media_type)


def _not_now(reason: str) -> Answer:
    return Answer(status=HTTPStatus.SERVICE_UNAVAILABLE, body=f"{reason}\n".encode())
