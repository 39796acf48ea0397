"""Searches as they are answered: the configuration as it is by now, the store, and the answer.

For threads. The service's store is opened beside the service, which goes on writing meanwhile; it
is opened when it is first asked, and anew where it was replaced. Of the configuration, the last one
without faults counts, as for the service.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from threading import Lock

from aggregator.errors import StoreError
from aggregator.models import Config
from aggregator.pipeline.search_answer import SearchDocument, search_document
from aggregator.publish.search_address import read_address
from aggregator.server.answer import Answer
from aggregator.server.config_file import ConfigFile
from aggregator.store.store import Store
from aggregator.web import faults

log = logging.getLogger(__name__)

# A store that is being migrated, or that a person puts back, takes its time.
_RETRY_SECONDS = 30
_NOT_NOW = "এই মুহূর্তে খোঁজা যাচ্ছে না। একটু পরে আবার চেষ্টা করুন।\n"
_NOTHING_HERE = Answer(status=HTTPStatus.NOT_FOUND, body=faults.TEXTS[HTTPStatus.NOT_FOUND])


class SearchDesk:
    """Answers searches from one store."""

    def __init__(self, config_path: Path, store_url: str, clock: Callable[[], datetime]) -> None:
        self._store_url, self._clock = store_url, clock
        self._config = ConfigFile(config_path)
        self._lock = Lock()  # of all that follows
        self._store: Store | None = None

    def close(self) -> None:
        """Let go of the store, so that whoever closes it last tidies its files."""
        with self._lock:
            store, self._store = self._store, None
        if store is not None:
            store.close()

    def answer(self, suffix: str, query: bytes) -> Answer:
        """Return the answer to the query of an address in the format of a suffix."""
        config = self._config.now()
        if config is None:
            return _not_now()
        if not config.site.search:
            return _NOTHING_HERE
        try:
            document = self._document(config, suffix, query)
        except StoreError as error:
            log.warning("searches cannot be answered: %s", error)
            return _not_now()
        status = HTTPStatus.OK if document.is_understood else HTTPStatus.BAD_REQUEST
        return Answer(status=status, body=document.body, media_type=document.media_type)

    def _document(self, config: Config, suffix: str, query: bytes) -> SearchDocument:
        """Search; where what was opened is not the store any more, in what is there now."""
        asked, now = read_address(query), self._clock()
        store = self._opened()
        try:
            return search_document(store, config, asked, suffix, now)
        except StoreError:
            self._forget(store)
        return search_document(self._opened(), config, asked, suffix, now)

    def _opened(self) -> Store:
        with self._lock:
            if self._store is None:
                self._store = Store.beside(self._store_url)
            return self._store

    def _forget(self, store: Store) -> None:
        with self._lock:
            if self._store is store:
                self._store = None
        store.close()


def _not_now() -> Answer:
    return Answer(
        status=HTTPStatus.SERVICE_UNAVAILABLE,
        body=_NOT_NOW.encode(),
        retry_seconds=_RETRY_SECONDS,
    )
