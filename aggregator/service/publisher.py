"""When a service publishes: one tick at a time, where there is something to.

That is news, a person's request, another configuration, a new day, a file that somebody touched, or
a publishing that did not come to its end.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from pathlib import Path
from threading import Event, Lock

from aggregator.console import report
from aggregator.console.faults import Faults
from aggregator.models import Stamp
from aggregator.pipeline.damage import holding_back
from aggregator.pipeline.frame import today
from aggregator.pipeline.run_pass import Published, publish_stored, take_request
from aggregator.pipeline.standings import stamps_in_place
from aggregator.publish import files as published_files
from aggregator.service.current import Current
from aggregator.service.turns import turn

log = logging.getLogger(__name__)


class Publisher:
    """Publishes what is stored, and remembers what is in place."""

    def __init__(self, current: Current, wanted: Event, faults: Faults) -> None:
        self._current, self._faults = current, faults
        # Set by whoever changed something of which no tick tells: it is published at the next one.
        self._wanted = wanted
        self._publishing = Lock()
        self._day: date | None = None  # the site's, of the last publishing
        self._stamps: dict[str, Stamp] = {}  # of what was published last, by name
        self._gathering: list[Published] = []  # of passes of which somebody is told

    def publish(self, *, is_news: bool) -> None:
        """Publish where there is something to, as the configuration now is."""
        with self._alone():
            # Not afterwards: another tick that stored something and failed may ask meanwhile. And
            # before the configuration is looked at, as who changes that asks afterwards.
            is_wanted = self._wanted.is_set()
            self._wanted.clear()
            run = self._current.run
            is_requested = take_request(run.store)
            is_wanted = is_wanted or is_news or is_requested
            is_wanted = self._is_touched(run.config.site.output) or is_wanted
            # Pages that call yesterday's news today's are put in place anew when a day begins.
            day = today(run)
            is_wanted = is_wanted or day != self._day
            if is_wanted and not run.stop.is_set():
                feeds = publish_stored(run)
                if run.stop.is_set():
                    return
                if any(feed.error or feed.has_more for feed in feeds):
                    self._wanted.set()
                self._day = day
                self._stamps = stamps_in_place(run)
                for gathered in self._gathering:
                    gathered.add(feeds)
                report.log_published(feeds, self._faults)

    def publish_meanwhile(self) -> None:
        """Publish while slow sources are waited for; what is damaged is met again in the end."""
        with holding_back([]):
            self.publish(is_news=True)

    @contextmanager
    def gathering(self) -> Iterator[Published]:
        """Gather what is published within the block, by whichever tick."""
        gathered = Published()
        with self._alone():
            self._gathering.append(gathered)
        try:
            yield gathered
        finally:
            with self._alone():
                self._gathering.remove(gathered)

    def _alone(self) -> AbstractContextManager[None]:
        """Return a block in which nobody else publishes."""
        return turn(self._publishing, self._current.run.progress.on_step)

    def _is_touched(self, folder: Path) -> bool:
        """Tell, and log, whether somebody else changed, cut or removed published files."""
        now = published_files.stamps(folder, self._stamps)
        if touched := sorted(name for name in self._stamps if now.get(name) != self._stamps[name]):
            text = "published files were changed or removed, and are put back: "
            self._faults.say("published files", text + ", ".join(touched), level=logging.WARNING)
        return bool(touched)
