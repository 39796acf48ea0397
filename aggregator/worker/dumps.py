"""Dumps, on a worker that sees their folders: one source at a time, each by one worker.

How far a file is read stands in the store, so another worker goes on where one ended.
"""

from __future__ import annotations

import logging
import time
from dataclasses import replace

from aggregator import logs
from aggregator.errors import ClaimLostError, StoreError
from aggregator.pipeline.due import due_among
from aggregator.pipeline.ingest import ingest
from aggregator.pipeline.run import Run
from aggregator.store.presence import Presence, dump_part

log = logging.getLogger(__name__)

# As a service waits after a bug, which may come again at each look at that folder.
_AFTER_BUG_SECONDS = 300.0


class Dumps:
    """Reads folders for one session of a worker."""

    def __init__(self, presence: Presence) -> None:
        self._presence = presence
        # Parts that are kept after a bug, so that no other worker meets it: until when, monotonic.
        self._spared: dict[str, float] = {}

    def read_due(self, run: Run) -> None:
        """Read what is new in the folders that are due and that no other worker reads.

        A bug in one source is logged, and costs no other.
        """
        for source in run.config.sources:
            part = dump_part(source.name)
            if source.dump is None or self._spared.get(part, 0.0) > time.monotonic():
                continue
            if run.stop.is_set() or not self._presence.take(part):
                continue
            try:
                with logs.naming_pass():
                    fenced = replace(run, store=run.store.fenced(self._presence.fence(part)))
                    ingest(fenced, due_among(fenced, [source]))
            except ClaimLostError as error:
                log.warning("%s", error)
                return
            except StoreError as error:
                log.error("%s is read again as the store failed meanwhile: %s", source.name, error)
            except Exception:
                text = "this is a bug; %s is read again in %d seconds"
                log.exception(text, source.name, _AFTER_BUG_SECONDS)
                self._spared[part] = time.monotonic() + _AFTER_BUG_SECONDS
                continue
            self._presence.leave(part)
