"""Standing: which feeds are left as they stand, as they are in place and nothing of them changed.

What a feed was put in place as is remembered in the store, so that a fresh process knows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace

from aggregator.errors import PublishError
from aggregator.models import FeedReport, Stamp, Standing
from aggregator.pipeline.frame import frame_of, today
from aggregator.pipeline.run import Run
from aggregator.publish import files as published_files
from aggregator.publish import ledger
from aggregator.publish.rendered import LISTS, OF_ALL, PAGES, fingerprints, is_in_place


def all_as_they_stand(run: Run) -> list[FeedReport] | None:
    """Report every feed, and the pages that list them, where all are left as they stand.

    ``None`` where one is to be published, or something of the store cannot be read: that this is
    found without what selects and renders is what starts a pass with nothing new in half the time.
    """
    with run.store.read() as unit:
        if unit.standings.has_changes():
            return None
    standings = standings_in_place(run, fingerprints(run.config, frame_of(run.config)))
    feeds = [feed.name for feed in run.config.feeds]
    # An entry changes the pages of all feeds by way of a feed alone, and a source by being new, so
    # that of them only their files count.
    if not standings.keys() >= {*OF_ALL} or not all(
        is_current(standings.get(name)) for name in (*feeds, PAGES)
    ):
        return None
    return [as_it_stands(name, standings[name]) for name in (*feeds, LISTS)]


def as_it_stands(name: str, standing: Standing | None) -> FeedReport:
    """Report a feed that is left as it stands, or of which nothing can be read."""
    if standing is None or not is_current(standing):
        return FeedReport(feed=name, entries=0)
    return FeedReport(feed=name, entries=standing.entries, left_out=standing.left_out)


def take_changes(run: Run) -> bool:
    """Find and remember which feeds can show an entry that changed since this was last asked.

    Return whether any entry did.
    """
    with run.store.read() as unit:
        has_changes = unit.standings.has_changes()
    if has_changes:
        with run.store.write() as unit:
            changes = unit.standings.take_changes(run.config.feeds)
        run.known_days.note(changes)
    return has_changes


def standings_in_place(run: Run, fingerprint_of: Mapping[str, str]) -> dict[str, Standing]:
    """Return how feeds stand whose files nobody touched, made by this program and configuration.

    A page that calls days today and yesterday stands on that day alone. They are none where
    something of the store cannot be read: it may be read again at any time. And none without the
    folder's ledger; a feed that it does not know is put in place again, and so comes into it.
    """
    if not ledger.is_there(run.config.site.output):
        return {}
    with run.store.read() as unit:
        known = unit.standings.known()
        if unit.is_damaged:
            return {}
    names = {file for standing in known.values() for file in standing.stamps}
    stamps = published_files.stamps(run.config.site.output, names)
    placed, day = _placed(run, fingerprint_of), today(run)
    return {
        name: known[name]
        for name, fingerprint in fingerprint_of.items()
        if name in known and name in placed and is_in_place(known[name], fingerprint, day, stamps)
    }


def _placed(run: Run, names: Iterable[str]) -> Set[str]:
    """Return which feeds the ledger knows, and the pages of all feeds, which it never does.

    Of a ledger that cannot be read, every name: publishing says so and begins one that knows none.
    """
    try:
        return {*OF_ALL, PAGES, *ledger.read(run.config.site.output)}
    except PublishError:
        return {*names}


def stamps_in_place(run: Run) -> dict[str, Stamp]:
    """Return how the files of the feeds stand, by name.

    A feed's are those that it was put in place with: who touches one while the others are put in
    place is noticed, too.
    """
    from aggregator.publish import folder  # what renders: only a service asks, and has it loaded

    feeds = run.config.feeds
    found = published_files.stamps(run.config.site.output, folder.file_names(feeds))
    with run.store.read() as unit:
        standings = unit.standings.known()
    for feed in feeds:
        if feed.name in standings:
            found.update(standings[feed.name].stamps)
    return found


def is_current(standing: Standing | None) -> bool:
    """Tell whether a feed is left as it stands: nothing that it can show has changed since."""
    return standing is not None and standing.is_current


def remember_standings(
    run: Run, put: Sequence[Standing], failed: Set[str], *, is_whole: bool
) -> None:
    """Remember how feeds were put in place; they are current only if the store was read whole.

    Of feeds that ``failed`` it is forgotten, as some of their files may be others by now.
    """
    with run.store.read() as unit:
        is_whole = is_whole and not unit.is_damaged
    standings = [replace(one, is_current=one.is_current and is_whole) for one in put]
    if standings or failed:
        names = {*OF_ALL, PAGES, *(feed.name for feed in run.config.feeds)}
        in_place = sorted(names - failed)
        with run.store.write() as unit:
            unit.standings.remember(standings, in_place)
