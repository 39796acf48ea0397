"""What a format is: everything that the rest of the program needs to know of one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aggregator.models import FeedView


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A format that readers subscribe to; every feed is published in it as ``NAME.suffix``.

    ``media_type`` is what the file is served and announced as, without its charset, which is UTF-8.
    ``label`` is its name on the pages. ``is_read_everywhere`` says that every feed reader takes it:
    only such addresses are printed on the console.
    """

    suffix: str
    media_type: str
    label: str
    render: Callable[[FeedView], bytes]
    is_read_everywhere: bool = False
