"""What is in force of the configuration while a service runs: its file may change at any time.

A changed file is taken over at the next tick; one with faults is named in the log, and the last
good one stays.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from threading import Lock

from aggregator import config as configuration
from aggregator.errors import ConfigError
from aggregator.models import Config
from aggregator.pipeline.run import Run

log = logging.getLogger(__name__)


class Current:
    """The context of the passes under the configuration in force; each pass takes it once."""

    def __init__(self, run: Run, on_change: Callable[[], None]) -> None:
        self._run = run
        self._on_change = on_change  # called once another configuration is in force
        # The file may have changed since it was read, so the first tick reads it again.
        self._stamp: configuration.Stamp | None = None
        self._reloading = Lock()

    @property
    def run(self) -> Run:
        """Return the context as it is now."""
        return self._run

    def reload(self) -> None:
        """Take over the configuration where its file changed and has no fault.

        A disk may take its time, so one tick reads the file, and the others go on meanwhile.
        """
        if not self._reloading.acquire(blocking=False):
            return
        try:
            stamp = configuration.stamp(self._run.config.path)
            if stamp == self._stamp:
                return
            self._stamp = stamp  # before it is read: a change from now on is another
            try:
                changed = self._keeping_what_is_open(configuration.load(self._run.config.path))
            except ConfigError as error:
                log.error("the configuration has faults, the last good one stays:\n%s", error)
                return
            if changed == self._run.config:
                return
            self._run = self._run.with_config(changed)
            self._on_change()
            log.info("the configuration was changed and is taken over")
        finally:
            self._reloading.release()

    def _keeping_what_is_open(self, changed: Config) -> Config:
        """Keep the store, the folder and the address that are in use; the rest is taken over."""
        now = self._run.config
        site = replace(
            changed.site,
            output=now.site.output,
            listen_host=now.site.listen_host,
            listen_port=now.site.listen_port,
        )
        if site != changed.site or changed.store_url != now.store_url:
            log.warning(
                "output, listen and [store] are taken over when the service is next started"
            )
        return replace(changed, site=site, store_url=now.store_url)
