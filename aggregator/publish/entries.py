"""The bytes of entries in every format, each made once for all feeds and passes.

Knows an entry by a digest of all that its bytes depend on, so that what is kept is never old. It is
forgotten with the process.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from threading import Lock

from aggregator.models import EntryView
from aggregator.publish import formats
from aggregator.publish.format import Format
from aggregator.publish.pages.feed_page import PAGE
from aggregator.publish.view import PAGE_ENTRIES

# Of 2,821 real entries one takes 6.7 KB on average: as much as ten feeds of 200 show that share
# nothing, and more than most feeds do.
_MOST_BYTES = 16_000_000
# These are rendered format by format, which takes two thirds of the time of entry by entry, as a
# processor keeps at hand what it just did; what the formats share of them is kept meanwhile.
_TOGETHER = PAGE_ENTRIES


def outputs() -> tuple[Format, ...]:
    """Return how the files of a feed are made: one in each format, then its page."""
    return (*formats.FORMATS, PAGE)


class RenderedEntries:
    """What was rendered lately, up to a number of bytes."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes, self._bytes = most_bytes, 0
        self._lock = Lock()
        self._bodies: OrderedDict[str, tuple[bytes, ...]] = OrderedDict()

    def bodies(self, view_of: Mapping[str, EntryView]) -> list[tuple[bytes, ...]]:
        """Return entries as each of the files of a feed holds them, in the order of ``outputs``.

        They are handed over by their digests.
        """
        with self._lock:
            known = {key: self._bodies[key] for key in view_of if key in self._bodies}
            for key in known:
                self._bodies.move_to_end(key)
        new = [key for key in view_of if key not in known]
        for start in range(0, len(new), _TOGETHER):
            together = new[start : start + _TOGETHER]
            rendered = _render([view_of[key] for key in together])
            known.update(zip(together, rendered, strict=True))
        with self._lock:
            for key in new:
                if key not in self._bodies:
                    self._bodies[key] = known[key]
                    self._bytes += sum(map(len, known[key]))
            while self._bytes > self._most_bytes:
                self._bytes -= sum(map(len, self._bodies.popitem(last=False)[1]))
        return [known[key] for key in view_of]


def _render(views: Sequence[EntryView]) -> list[tuple[bytes, ...]]:
    """Render entries format by format."""
    # What makes the texts inert is nearly all formats' the same.
    makes = {output.entry_to_render for output in outputs()}
    made = {make: [make(view) for view in views] for make in makes}
    columns = [
        [output.render_entry(view) for view in made[output.entry_to_render]] for output in outputs()
    ]
    return list(zip(*columns, strict=True))
