"""The configuration under which the program reads a town."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from town.papers import Form, Oddity, Paper
from town.town import FRONT_PAGE_ENTRIES, Town

# A flood of 120 entries has 500,000 bytes; a body without end is refused here.
_MOST_BYTES = 2_000_000
_HANGING = frozenset({Oddity.DRIP, Oddity.SILENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a town is read: how often, how patiently, how much is published, and where it is seen.

    Durations are written as in ``config.toml``. Papers that never finish an answer are waited for
    ``hanging_timeout``, so that nobody waits longer than needed; the others as long as is usual. A
    ``limit`` of 1000 shows all that a town tells within hours.
    """

    every: str = "10m"
    hanging_timeout: str = "1s"
    limit: int = 1000
    listen: str = "127.0.0.1:8000"


def configuration(town: Town, feed: Callable[[Paper], str], settings: Settings) -> str:
    """Return a ``config.toml`` that names every paper; ``feed`` tells where its feed is."""
    parts = [
        f'[site]\ntitle = "মহল্লার খবর"\nlisten = "{settings.listen}"\n',
        f'[[feed]]\nname = "bangla"\ntitle = "সব কাগজ, সব খবর"\nlimit = {settings.limit}\n',
    ]
    for paper in town.papers:
        lines = [f'[[source]]\nname = "{paper.name}"\ntitle = "{paper.title}"']
        if paper.form is Form.DUMP:
            lines.append(f'dump = "dumps/{paper.name}-*.txt"')
        else:
            lines.append(f'feed = "{feed(paper)}"\nevery = "{settings.every}"')
            lines.append(f'max_bytes = {_MOST_BYTES}\nspacing = "0s"\nallow_private = true')
        if paper.oddity in _HANGING:
            lines.append(f'timeout = "{settings.hanging_timeout}"')
        if paper.oddity is Oddity.UNDATED:
            # Else of its first document only ten would be shown, and truth would depend on that.
            lines.append(f"backlog = {FRONT_PAGE_ENTRIES}")
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)
