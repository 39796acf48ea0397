"""What was rendered last, so that a feed of which nothing changed is not rendered again.

Rendering a feed of 200 entries takes 40 ms, and to tell that it is as it was takes 2. Knows a feed
by a digest of all that is rendered of it, and its files by their stamps: where somebody else
touched one, it is rendered again and put back. It is forgotten with the process, as another version
of the program may render otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from threading import Lock

from aggregator.models import FeedView
from aggregator.publish.files import Stamp


class Rendered:
    """The digests and files of the feeds that were put in place, by the feed's name."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._feeds: dict[str, tuple[bytes, Mapping[str, Stamp]]] = {}

    def is_in_place(self, feed: str, digest: bytes, stamps: Mapping[str, Stamp]) -> bool:
        """Tell whether a feed's files hold what has this digest; ``stamps`` are today's."""
        with self._lock:
            known_digest, files = self._feeds.get(feed, (b"", {}))
        is_untouched = all(stamps.get(name) == stamp for name, stamp in files.items())
        return bool(files) and is_untouched and known_digest == digest

    def put_in_place(
        self, feed: str, digest: bytes, names: Sequence[str], stamps: Mapping[str, Stamp]
    ) -> None:
        """Remember that files hold a feed; nothing of it where one of them is not there."""
        files = {name: stamps[name] for name in names if name in stamps}
        with self._lock:
            if len(files) == len(names):
                self._feeds[feed] = (digest, files)
            else:
                self._feeds.pop(feed, None)


def digest_of(view: FeedView) -> bytes:
    """Return a digest of all that is rendered of a feed; each part says itself in full."""
    return blake2b(repr(view).encode("utf-8", "surrogatepass"), digest_size=16).digest()
