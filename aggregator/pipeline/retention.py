"""Retention: stories leave the store when they are older than what is to be kept.

They leave as a purge takes them: what recognises them stays, so that they never return as new. But
nobody wants them gone at once. An archive document stays as it was written, to the byte, until all
that stands in it has left; then its files go, and the address says that they are gone.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from aggregator.models import Config
from aggregator.pipeline.run import Run
from aggregator.store.unit import UnitOfWork

# The stories of one commit: other writers wait for it, a tenth of a second.
_STORIES_TOGETHER = 500
# Between two commits, so that a pass that waits to write need not wait for all.
_PAUSE_SECONDS = 0.1
# The hours, by the site's clock, in which a news site is read least.
_NIGHT = (time(2), time(5))
# A machine that is off at night lets old stories leave by day, a day later.
_LATEST = timedelta(days=1)


def is_due(run: Run) -> bool:
    """Tell whether stories are to leave now: at night, or where that is a day late."""
    now = run.clock()
    hour = now.astimezone(ZoneInfo(run.config.site.timezone)).time()
    late = timedelta() if _NIGHT[0] <= hour < _NIGHT[1] else _LATEST
    with run.store.read() as unit:
        bound = _bound(unit, run.config, now)
        return bound is not None and bool(unit.lookup.stories_before(bound - late, 1))


def let_leave(run: Run, *, most_steps: int) -> int:
    """Let stories leave in ``most_steps`` commits, until told to stop; return how many entries.

    A story leaves when all of its entries are older than what is kept.
    """
    count = 0
    for _ in range(most_steps):
        now = run.clock()
        with run.store.write() as unit:
            bound = _bound(unit, run.config, now)
            stories = unit.lookup.stories_before(bound, _STORIES_TOGETHER) if bound else []
            pks = unit.lookup.entries_of(stories)
            if not pks:
                break
            unit.stories.leave(pks, now)
            unit.requests.permit_loss()
        count += len(pks)
        run.progress.on_step()
        if run.stop.wait(_PAUSE_SECONDS):
            break
    if count:
        with run.store.write() as unit:
            unit.requests.request_publishing()
            # Else their words stay in its pages, and it grows by those of every day.
            unit.search.mark_rewrite(is_needed=True)
        run.store.give_back(run.progress.on_step)
    return count


def _bound(unit: UnitOfWork, config: Config, now: datetime) -> datetime | None:
    """Return before which time a story must have been published to leave; ``None`` for none."""
    keep, number = config.upkeep.keep, config.upkeep.keep_entries
    bounds = [now - keep] if keep else []
    if number and (oldest := unit.lookup.oldest_of_newest(number)):
        bounds.append(oldest)
    return max(bounds, default=None)
