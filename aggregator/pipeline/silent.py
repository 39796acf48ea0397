"""The list of sources, with those that are silent and since when.

Knows of whom it is to be asked, and when the page is made anew. When a source is silent,
``polling`` decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from aggregator import polling
from aggregator.models import FeedReport, Standing
from aggregator.pipeline.frame import day_of, frame_of, today
from aggregator.pipeline.put import Put, put_of_all
from aggregator.pipeline.run import Run
from aggregator.publish import folder
from aggregator.publish.rendered import SOURCES, digest_of_silent, on_day
from aggregator.publish.view import NO_TIME
from aggregator.store.unit import UnitOfWork


def put_sources(run: Run, standing: Standing | None, fingerprint: str, *, is_news: bool) -> Put:
    """Publish the list of sources, where the silence of one began or ended since it was put.

    It stands for a day, so that a silence that begins without any news is on it the next day. It is
    left as it stands where nothing came, and where something of the store cannot be read.
    """
    report = FeedReport(feed=SOURCES, entries=0)
    if standing is not None and not is_news:
        return Put(report=report)
    with run.store.read() as unit:
        silent = silent_since(unit, run)
        if unit.is_damaged:
            return Put(report=report)
    digest = digest_of_silent(silent)
    if standing is not None and standing.digest == digest:
        return Put(report=report)
    config = run.config
    document = folder.sources_document(frame_of(config), config.site, silent, modified=NO_TIME)
    return put_of_all(config, SOURCES, [document], on_day(fingerprint, today(run)), digest)


def silent_since(unit: UnitOfWork, run: Run) -> dict[str, date]:
    """Return the titles of silent sources, each with the site's day on which something came last.

    Of the sources of one title each is silent, and the last of them counts.
    """
    now, config = run.clock(), run.config
    newest = unit.entries.newest_of_each([source.name for source in config.sources])
    silences = silences_of(unit, newest, now)
    last: dict[str, list[datetime | None]] = {}
    for source in config.sources:
        silence = silences.get(source.name)
        last.setdefault(source.title, []).append(now - silence if silence is not None else None)
    return {
        title: day_of(max(filter(None, times)), config.site.timezone)
        for title, times in last.items()
        if None not in times
    }


def silences_of(
    unit: UnitOfWork, newest: Mapping[str, datetime], now: datetime
) -> dict[str, timedelta]:
    """Return for how long nothing came of the sources of which that is long, by name.

    ``newest`` is when the newest entry of each was published.
    """
    silences: dict[str, timedelta] = {}
    for source, came in newest.items():
        # Only of those that may be silent it is asked what their rhythm is: 0.1 ms each.
        if now - came > polling.SHORTEST_SILENCE:
            times = unit.entries.latest_times(source, polling.SILENCE_ENTRIES)
            published, seen = ([time[place] for time in times] for place in (0, 1))
            if silence := polling.silence(published, seen, now):
                silences[source] = silence
    return silences
