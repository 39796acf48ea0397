"""The bytes of entries in every format, each made once for all feeds and passes.

Knows an entry by all that its bytes depend on, so that what is kept is never old. It is forgotten
with the process.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

from aggregator.models import EntryView
from aggregator.publish import formats, page
from aggregator.publish.format import Format
from aggregator.publish.view import PAGE_ENTRIES

# An entry takes 18 KB, the median of real ones 6: as much as ten feeds of 200 that share nothing.
_MOST_BYTES = 32_000_000
# Python keeps a text with Bengali in it so.
_BYTES_A_CHARACTER = 2

# So many are rendered format by format, which takes two thirds of the time of entry by entry, as a
# processor keeps at hand what it just did; what the formats share of them is kept meanwhile.
_TOGETHER = PAGE_ENTRIES


def outputs() -> tuple[Format, ...]:
    """Return how the files of a feed are made: one in each format, then its page."""
    return (*formats.FORMATS, page.PAGE)


class RenderedEntries:
    """What was rendered lately, up to a number of bytes."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes, self._bytes = most_bytes, 0
        self._lock = Lock()
        self._bodies: OrderedDict[EntryView, tuple[bytes, ...]] = OrderedDict()

    def bodies(self, views: Sequence[EntryView]) -> list[tuple[bytes, ...]]:
        """Return entries as each of the files of a feed holds them, in the order of ``outputs``."""
        with self._lock:
            known = {view: self._bodies[view] for view in views if view in self._bodies}
            for view in known:
                self._bodies.move_to_end(view)
        new = [view for view in views if view not in known]
        for start in range(0, len(new), _TOGETHER):
            together = new[start : start + _TOGETHER]
            known.update(zip(together, _render(together), strict=True))
        with self._lock:
            for view in new:
                if view not in self._bodies:
                    self._bodies[view] = known[view]
                    self._bytes += _size(view, known[view])
            while self._bytes > self._most_bytes:
                self._bytes -= _size(*self._bodies.popitem(last=False))
        return [known[view] for view in views]


def _render(views: Sequence[EntryView]) -> list[tuple[bytes, ...]]:
    """Render entries format by format."""
    # What makes the texts inert is nearly all formats' the same.
    makes = {output.entry_to_render for output in outputs()}
    made = {make: [make(view) for view in views] for make in makes}
    columns = [
        [output.render_entry(view) for view in made[output.entry_to_render]] for output in outputs()
    ]
    return list(zip(*columns, strict=True))


def _size(view: EntryView, bodies: tuple[bytes, ...]) -> int:
    """Return about how many bytes an entry takes that is kept."""
    entry = view.entry
    characters = len(entry.title) + len(entry.summary) + len(entry.content_html)
    return sum(map(len, bodies)) + _BYTES_A_CHARACTER * characters
