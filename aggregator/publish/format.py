"""What a format is: everything that the rest of the program needs to know of one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aggregator.models import EntryView, FeedView
from aggregator.publish.inert import with_inert_names, with_inert_texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A format that readers subscribe to; every feed is published in it as ``NAME.suffix``.

    ``render_entry`` writes one entry, whose bytes may stand in any feed. ``join`` writes a document
    of a feed's own head and the bytes of its entries, in order. Both are handed inert texts:
    ``entry_to_render`` and ``feed_to_render`` make them so. ``media_type`` is what the file is
    served and announced as, without its charset, which is UTF-8. ``label`` is its name on the
    pages. ``is_read_everywhere`` says that every feed reader takes it: only such addresses are
    printed on the console.
    """

    suffix: str
    media_type: str
    label: str
    render_entry: Callable[[EntryView], bytes]
    join: Callable[[FeedView, Sequence[bytes]], bytes]
    is_read_everywhere: bool = False
    entry_to_render: Callable[[EntryView], EntryView] = with_inert_texts
    feed_to_render: Callable[[FeedView], FeedView] = with_inert_names

    def render(self, view: FeedView) -> bytes:
        """Render a feed as the bytes of a document in UTF-8."""
        entries = [self.render_entry(self.entry_to_render(each)) for each in view.each()]
        return self.render_of(view, entries)

    def render_of(self, view: FeedView, entries: Sequence[bytes]) -> bytes:
        """Render a feed of entries that are rendered already."""
        return self.join(self.feed_to_render(view), entries)
