"""Dumps, on a worker that sees their folders: one source at a time, each by one worker.

How far a file is read stands in the store, so another worker goes on where one ended.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from aggregator import logs
from aggregator.errors import ClaimLostError, StoreError
from aggregator.pipeline.due import due_among
from aggregator.pipeline.ingest import ingest
from aggregator.pipeline.run import Run
from aggregator.store.presence import Presence, dump_part

log = logging.getLogger(__name__)


def read_due(run: Run, presence: Presence) -> None:
    """Read what is new in the folders that are due and that no other worker reads."""
    for source in run.config.sources:
        part = dump_part(source.name)
        if source.dump is None or run.stop.is_set() or not presence.take(part):
            continue
        try:
            with logs.naming_pass():
                fenced = replace(run, store=run.store.fenced(presence.fence(part)))
                ingest(fenced, due_among(fenced, [source]))
        except ClaimLostError as error:
            log.warning("%s", error)
            return
        except StoreError as error:
            log.error("%s is read again as the store failed meanwhile: %s", source.name, error)
        presence.leave(part)
