"""Placing: what the published folder loses. Feeds that lost their entries, and feeds that are gone.

A feed that would suddenly show nearly nothing, though nobody changed its configuration or purged
anything, keeps its files: readers take an empty feed for news that were taken back. The files of a
feed that was taken out of the configuration are removed a day later, with its archive documents, if
they are those that were put there, and markers remember that they are gone.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path

from aggregator.errors import PublishError
from aggregator.models import Config, FeedDocument, FeedSpec
from aggregator.pipeline.run import Run
from aggregator.publish import files, folder, gone, ledger
from aggregator.publish.compressed import with_neighbours
from aggregator.publish.ledger import Placed

log = logging.getLogger(__name__)

# A feed of a hundred has at least fifty of one source (``per_source``), so that to lose nine in ten
# takes more than one source whose entries all change their language or story.
_LEAST_SHARE = 0.1
# Whoever comments a feed out to try something has a day to bring it back.
_GRACE = timedelta(days=1)


@dataclass(slots=True, kw_only=True)
class Placing:
    """One publishing's view of the folder: what stands there, and what is put and held back.

    ``permits`` are the numbers of permits to lose entries by feed; without a name, of every feed.
    """

    known: Mapping[str, Placed]
    permits: Mapping[str, Sequence[int]]
    fault: str
    put: dict[str, Placed] = field(default_factory=dict)
    held_back: dict[str, int] = field(default_factory=dict)

    @classmethod
    def begin(cls, run: Run) -> Placing:
        """Read what stands in the folder, and remove what a killed run left half written.

        To be called before anything is selected: a purge that comes meanwhile has a permit of its
        own, which stays.
        """
        output = run.config.site.output
        known: dict[str, Placed] = {}
        fault = ""
        try:
            known = ledger.read(output)
            gone_feeds = [name for placed in known.values() for name in placed.digests]
            names = folder.file_names(run.config.feeds).union(with_neighbours(gone_feeds))
            files.remove_temporary(output, names)
        except PublishError as error:
            fault = str(error)
        permits: dict[str, list[int]] = {}
        with run.store.read() as unit:
            for number, feed in unit.requests.permits():
                permits.setdefault(feed, []).append(number)
        return cls(known=known, permits=permits, fault=fault)

    def hold_back(self, config: Config, feed: FeedSpec, entries: int) -> str:
        """Return why a feed is not published with so few entries; nothing where it is."""
        before = self.known.get(feed.name)
        if (
            before is None
            or not loses_nearly_all(before.entries, entries)
            or before.selection != _selection_of(config, feed)
            or not all((config.site.output / name).is_file() for name in before.digests)
            or "" in self.permits
            or feed.name in self.permits
        ):
            return ""
        self.held_back[feed.name] = entries
        return (
            f"it would have {entries} entries in place of {before.entries}, so what was published "
            f"before stays; `aggregator release --feed {feed.name}` publishes it all the same"
        )

    def note(
        self, config: Config, feed: FeedSpec, entries: int, documents: Sequence[FeedDocument]
    ) -> None:
        """Note that a feed was put in place."""
        self.put[feed.name] = Placed(
            selection=_selection_of(config, feed),
            entries=entries,
            digests={document.name: files.digest_of(document.body) for document in documents},
        )

    def end(self, run: Run, failed: Set[str], *, is_whole: bool) -> str:
        """Remember what was put in place and remove what is gone; return what went wrong.

        Permits are used up by feeds that did not fail, if the store was read whole. Where the
        ledger could not be read it is made anew.
        """
        faults = [self.fault] if self.fault else []
        try:
            self._write(run)
        except OSError as error:
            faults.append(f"{run.config.site.output}: {error.strerror or error}")
        if is_whole:
            used = [
                number
                for feed, numbers in self.permits.items()
                if not (failed & {feed} if feed else failed)
                for number in numbers
            ]
            if used:
                with run.store.write() as unit:
                    unit.requests.forget_permits(used)
        return "; ".join(faults)

    def _write(self, run: Run) -> None:
        output, now = run.config.site.output, run.clock()
        configured = {feed.name: feed for feed in run.config.feeds}
        after: dict[str, Placed] = {}
        for name, placed in {**self.known, **self.put}.items():
            if name in configured:
                held_back = self.held_back.get(name)
                after[name] = replace(placed, missing_since_unix=None, held_back=held_back)
            elif missing := _still_missing(placed, now):
                after[name] = missing
            elif (documents := _archive_documents(run, name)) is None:
                after[name] = placed
            else:
                _remove(output, name, placed, documents, now)
        gone.unmark(output, folder.file_names(run.config.feeds))
        if after != self.known or self.fault or not ledger.is_there(output):
            ledger.write(output, after)


def loses_nearly_all(before: int, now: int) -> bool:
    """Tell whether a feed of ``before`` entries lost nearly all, which must be a fault.

    >>> loses_nearly_all(100, 9), loses_nearly_all(100, 10), loses_nearly_all(3, 0)
    (True, False, True)
    """
    return now < before * _LEAST_SHARE


def _still_missing(placed: Placed, now: datetime) -> Placed | None:
    """Return a feed that is not configured, with since when; ``None`` where its grace is over."""
    now_unix = int(now.timestamp())
    since_unix = placed.missing_since_unix
    if since_unix is None or since_unix > now_unix:  # the clock was set back
        return replace(placed, missing_since_unix=now_unix, held_back=None)
    return placed if now_unix - since_unix < _GRACE.total_seconds() else None


def _archive_documents(run: Run, name: str) -> list[str] | None:
    """Return the files of a feed's archive documents, ``None`` where it cannot be read which."""
    with run.store.read() as unit:
        last = unit.archives.last(name)
        if unit.is_damaged:
            return None
    return [
        file for number in range(1, last + 1) for file in folder.archive_file_names(name, number)
    ]


def _remove(
    output: Path, name: str, placed: Placed, documents: Sequence[str], now: datetime
) -> None:
    """Remove the files of a feed that is gone, each if it is the one that was put there. OSError.

    ``documents`` are those of its archives. All are marked first, so that they are never missing
    without being gone.
    """
    gone.mark(output, placed.digests, now)
    left = files.remove_bound(output, documents)
    left += [
        file for file, digest in placed.digests.items() if not files.remove(output, file, digest)
    ]
    log.info("the feed %s was taken out of the configuration; its files are removed", name)
    if left:
        log.warning("not removed, as somebody else changed them: %s", ", ".join(left))


def _selection_of(config: Config, feed: FeedSpec) -> str:
    """Return a digest of all in the configuration that decides which entries a feed selects."""
    selection = repr((feed, config.dedupe))  # the names of its sources are the feed's own
    return blake2b(selection.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
