"""Of which sources it is known that the store has a state under the present configuration.

And of which it can have none, as it is damaged where their states lie; and the tempo at which all
are asked.

In memory, for all threads of a process, so that a service need not read all states to see which
sources are due. A state is never deleted, and who writes one beside the service changes only when
the source is due; yet what is known is forgotten within a minute, so that no mistake stays.
"""

from __future__ import annotations

import time
from collections.abc import Set
from threading import Lock

from aggregator.models import Config, Tempo

_KNOWN_SECONDS = 60.0  # to read 2,000 states takes 25 ms: 0.04 % of a minute
# A source whose state cannot be stored is due at every look, which comes each second. Its server is
# spared for as long as after a bug.
_SPARED_SECONDS = 300.0


class Acquainted:
    """The sources of one configuration whose states are known to be there."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._config: Config | None = None
        self._sources: Set[str] = frozenset()
        self._until = 0.0
        self._spared_until: dict[str, float] = {}
        self._tempo: tuple[Config, Tempo, float] | None = None

    def note(self, config: Config, sources: Set[str]) -> None:
        """Note which sources of a configuration have a state that was made under it."""
        with self._lock:
            self._config, self._sources = config, sources
            self._until = time.monotonic() + _KNOWN_SECONDS

    def sources(self, config: Config) -> Set[str] | None:
        """Return what was noted of this configuration; ``None`` where it is to be looked up."""
        with self._lock:
            is_known = self._config is config and time.monotonic() < self._until
            return self._sources if is_known else None

    def note_tempo(self, config: Config, tempo: Tempo) -> None:
        """Note the tempo at which the sources of a configuration are asked."""
        with self._lock:
            self._tempo = config, tempo, time.monotonic() + _KNOWN_SECONDS

    def tempo(self, config: Config) -> Tempo | None:
        """Return what was noted of this configuration; ``None`` where it is to be looked up."""
        with self._lock:
            of, tempo, until = self._tempo or (None, None, 0.0)
            return tempo if of is config and time.monotonic() < until else None

    def note_unstorable(self, source: str) -> None:
        """Note that a source was asked whose state cannot be stored."""
        with self._lock:
            self._spared_until[source] = time.monotonic() + _SPARED_SECONDS

    def spared(self) -> Set[str]:
        """Return the sources that were asked some minutes ago, which the store does not know."""
        with self._lock:
            now = time.monotonic()
            return {source for source, until in self._spared_until.items() if now < until}
