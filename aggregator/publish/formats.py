"""The table of formats, which publishing, the pages, the web server and the console read.

A new output format is one module, which ends in its ``Format``, and one name in this table.
"""

from __future__ import annotations

from aggregator.publish import atom, jsonfeed, rss
from aggregator.publish.format import Format

FORMATS: tuple[Format, ...] = (rss.FORMAT, atom.FORMAT, jsonfeed.FORMAT)

# The format that pages and OPML name first, or alone: only Atom carries for each entry its source
# and both of its times.
PREFERRED: Format = atom.FORMAT


def preferred_first() -> tuple[Format, ...]:
    """Return every format, the preferred one before the others."""
    return (PREFERRED, *(other for other in FORMATS if other is not PREFERRED))
