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
from aggregator import logs
from aggregator.errors import ConfigError
from aggregator.models import Config
from aggregator.pipeline.run import Run

log = logging.getLogger(__name__)


class Current:
    """The context of the passes under the configuration in force; each pass takes it once."""

    def __init__(self, run: Run, on_change: Callable[[], None], *, is_silent: bool = False) -> None:
        self._run = run
        self._on_change = on_change  # called once another configuration is in force
        self._is_silent = is_silent  # as another of this process logs the same
        # The file may have changed since it was read, so the first tick reads it again.
        self._stamp: configuration.Stamp | None = None
        self._reloading = Lock()

    @property
    def run(self) -> Run:
        """Return the context as it is now."""
        return self._run

    def reload(self, *, is_asked: bool = False) -> bool:
        """Take over the configuration where its file changed and has no fault.

        A disk may take its time, so one tick reads the file, and the others go on meanwhile; false
        where another does. Where a person asked, it is read anyhow, and the log says what came of
        it in any case.
        """
        if not self._reloading.acquire(blocking=False):
            return False
        try:
            self._look(is_asked=is_asked)
        finally:
            self._reloading.release()
        return True

    def _look(self, *, is_asked: bool) -> None:
        stamp = configuration.stamp(self._run.config.path)
        if stamp == self._stamp and not is_asked:
            return
        self._stamp = stamp  # before it is read: a change from now on is another
        try:
            changed = self._keeping_what_is_open(configuration.load(self._run.config.path))
        except ConfigError as error:
            faults = [str(fault) for fault in error.faults]
            text = "the configuration has faults, the last good one stays: %s"
            event, said = "configuration.refused", "; ".join(faults)
            if not self._is_silent:
                logs.event(log, logging.ERROR, event, text, said, faults=faults)
            return
        if changed == self._run.config:
            if is_asked:
                text = "the configuration was read again as it was asked for, and is unchanged"
                logs.event(log, logging.INFO, "configuration.unchanged", text)
            return
        self._run = self._run.with_config(changed)
        self._on_change()
        text = "the configuration was changed and is taken over"
        if not self._is_silent:
            logs.event(log, logging.INFO, "configuration.changed", text)

    def _keeping_what_is_open(self, changed: Config) -> Config:
        """Keep the store, the folder and the addresses that are in use; the rest is taken over."""
        now = self._run.config
        site = replace(
            changed.site,
            output=now.site.output,
            listen_host=now.site.listen_host,
            listen_port=now.site.listen_port,
        )
        status = replace(
            changed.status,
            listen_host=now.status.listen_host,
            listen_port=now.status.listen_port,
        )
        is_kept = (site, status, now.store_url) != (changed.site, changed.status, changed.store_url)
        if is_kept and not self._is_silent:
            log.warning(
                "output, listen and url of [store] are taken over when the service is next started"
            )
        return replace(changed, site=site, status=status, store_url=now.store_url)
