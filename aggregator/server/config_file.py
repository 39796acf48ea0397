"""The configuration as its file has it by now: the last one without faults, as for the service."""

from __future__ import annotations

import logging
from pathlib import Path
from threading import Lock

from aggregator import config as configuration
from aggregator.errors import ConfigError
from aggregator.models import Config

log = logging.getLogger(__name__)


class ConfigFile:
    """Reads a configuration again where its file changed; for threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()  # of all that follows
        self._config: Config | None = None
        self._stamp: configuration.Stamp | None = None

    def now(self) -> Config | None:
        """Return the configuration; ``None`` where there never was one without faults."""
        with self._lock:
            stamp = configuration.stamp(self._path)
            if stamp is not None and stamp != self._stamp:
                self._stamp = stamp  # before it is read: a change from now on is another
                try:
                    self._config = configuration.load(self._path)
                except ConfigError as error:
                    log.warning("it is answered by the last configuration, if any: %s", error)
            return self._config
