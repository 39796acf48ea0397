"""Dumps, on a worker that sees their folders: one source at a time, each by one worker.

How far a file is read stands in the store, so another worker goes on where one ended. A worker that
sees nothing of a source leaves it to those that do: it would only say that everything is missing.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from dataclasses import replace

from aggregator import logs
from aggregator.console.faults import Faults
from aggregator.errors import ClaimLostError, StoreError
from aggregator.fetch import files as dump_files
from aggregator.models import Config, Source
from aggregator.pipeline.due import due_among
from aggregator.pipeline.ingest import ingest
from aggregator.pipeline.run import Run
from aggregator.store.presence import Presence, dump_part
from aggregator.store.workers import LEAD
from aggregator.worker.jobs import Jobs

log = logging.getLogger(__name__)

# As a service waits after a bug, which may come again at each look at that folder.
_AFTER_BUG_SECONDS = 300.0
_SEEN = "sees {}"
_READER = "reads dumps"
# Workers that are started together, or a folder that is mounted with them, are there by then.
_PATIENCE_SECONDS = 10.0
_HINT = (
    "it is left to the workers that see it: put the folder there, or where it is not to be, "
    "[cluster] dumps = false"
)
_NOBODY = "no worker reads dumps, so nothing is read of {}"
_NOBODY_HINT = (
    "write dumps = true under [cluster] of a worker that sees their folders, or enabled = false in "
    "these sources"
)


def parts_of(sources: Iterable[Source]) -> list[str]:
    """Return the parts that workers hold while they read dumps."""
    return [dump_part(source.name) for source in sources if source.dump is not None]


class Dumps:
    """The dumps that one worker reads, for as long as its session lasts."""

    def __init__(self, presence: Presence, jobs: Jobs) -> None:
        self._presence, self._jobs, self._faults = presence, jobs, Faults()
        self._unseen_since: dict[str, float] = {}
        self._unread_since: float | None = None  # since when nobody was seen to read dumps
        # Parts that are kept after a bug, so that no other worker meets it: until when, monotonic.
        self._spared: dict[str, float] = {}

    def read_due(self, run: Run) -> None:
        """Read what is new in the folders that are due and that no other worker reads.

        A bug in one source is logged, and costs no other.
        """
        self._presence.mark(_READER, is_so=True)
        self._unread_since = None
        self._faults.end(_READER)
        for source in run.config.sources:
            part = dump_part(source.name)
            if source.dump is None or self._spared.get(part, 0.0) > time.monotonic():
                continue
            if run.stop.is_set() or not self._is_ours(source):
                continue
            if not self._presence.take(part):
                continue
            try:
                with logs.naming_pass(), self._jobs.under_way(source.name):
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

    def leave(self, config: Config) -> None:
        """Leave all dumps to other workers; whoever leads says so where no worker reads any."""
        names = [source.name for source in config.sources if source.dump is not None]
        for name in names:
            self._presence.mark(_SEEN.format(name), is_so=False)
        self._presence.mark(_READER, is_so=False)
        is_asked = bool(names) and self._presence.has([LEAD])
        if not is_asked or self._presence.have_others([_READER]):
            self._unread_since = None
            self._faults.end(_READER)
            return
        if self._unread_since is None:
            self._unread_since = time.monotonic()
        if time.monotonic() - self._unread_since >= _PATIENCE_SECONDS:
            text = _NOBODY.format(", ".join(names))
            self._faults.say(_READER, text, _NOBODY_HINT, level=logging.WARNING)

    def _is_ours(self, source: Source) -> bool:
        """Tell whether this worker may look at a dump: it sees it, or after a while nobody does.

        Who sees nothing while another one does says so, and leaves the source's state alone.
        """
        why = dump_files.unseen(source.dump or "")
        self._presence.mark(_SEEN.format(source.name), is_so=not why)
        if not why:
            self._unseen_since.pop(source.name, None)
            self._faults.end(source.name)
            return True
        now = time.monotonic()
        since = self._unseen_since.setdefault(source.name, now)
        if self._presence.have_others([_SEEN.format(source.name)]):
            text = f"{source.name} is not seen by this worker: {why}"
            self._faults.say(source.name, text, _HINT, level=logging.WARNING)
            self._unseen_since[source.name] = now
            return False
        return now - since >= _PATIENCE_SECONDS
