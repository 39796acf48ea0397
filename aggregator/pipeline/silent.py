"""The list of sources, with those that are silent and since when.

Knows of whom it is to be asked, and when the page is made anew. When a source is silent,
``polling`` decides.
"""

from __future__ import annotations

from datetime import date, datetime

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
    sources, timezone = run.config.sources, run.config.site.timezone
    newest = unit.entries.newest_of_each([source.name for source in sources])
    last: dict[str, list[datetime | None]] = {}
    for source in sources:
        came = _last_of_silent(unit, source.name, newest.get(source.name), run.clock())
        last.setdefault(source.title, []).append(came)
    return {
        title: day_of(max(filter(None, times)), timezone)
        for title, times in last.items()
        if None not in times
    }


def _last_of_silent(
    unit: UnitOfWork, source: str, newest: datetime | None, now: datetime
) -> datetime | None:
    """Return when something last came of a source that is silent, ``None`` of any other.

    Only of one that may be silent, by its ``newest`` entry, it is asked what its rhythm is: 0.1 ms.
    """
    if newest is None or now - newest <= polling.SHORTEST_SILENCE:
        return None
    times = unit.entries.latest_times(source, polling.SILENCE_ENTRIES)
    silence = polling.silence([time for time, _ in times], [time for _, time in times], now)
    return now - silence if silence is not None else None
