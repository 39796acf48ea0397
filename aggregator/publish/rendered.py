"""What a feed was rendered of, so that a feed of which nothing changed is not rendered again.

Knows a feed by a fingerprint of the configuration and the program, by a digest of all that is
rendered of it, and its files by their stamps: where somebody else touched one, it is rendered again
and put back.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache, lru_cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path

from aggregator.models import Config, EntryView, FeedView, Frame, Stamp, Standing

# What pages of all feeds go by, as a feed by its name; no feed may be called so. The first are the
# files that list the feeds, which the configuration alone decides.
LISTS, FRONT, SOURCES = "index", "index.html", "sources.html"
OF_ALL = (LISTS, FRONT, SOURCES)
# What the pages of entries go by; the name of a feed has no slash.
PAGES = "entries/"
# They write the documents, so another version of one may write other bytes.
_LIBRARIES = ("feedgen", "jinja2", "lxml", "nh3")
# As many as ten feeds of 200 show: to know an entry again takes 5 µs, its digest 25.
_ENTRIES = 2_000
# What is known again is kept whole: 2,000 entries of 50,000 characters were 200 MB for as long as
# the process. So a longer one has its digest made anew (0.7 ms for 50,000); 2,000 real entries of
# 2,600 on average are 10 MB.
_KNOWN_CHARACTERS = 10_000


def fingerprints(config: Config, frame: Frame) -> dict[str, str]:
    """Return a fingerprint of all that a feed is made by but the store, for each feed by its name.

    It holds the whole configuration of the feed, the site, the sources, the topics and the stories,
    the frame of all pages, and the program. What is of no feed (``LISTS``, ``FRONT``, ``SOURCES``,
    ``PAGES``) has one, too.
    """
    parts = (config.site, config.sources, config.topics, config.dedupe, frame, _program())
    # Each feed's own is made of digests of what is long: 500 feeds took 71 ms, at each pass.
    shared, feeds = digest_of_text(repr(parts)), digest_of_text(repr(config.feeds))
    return {
        **{feed.name: digest_of_text(f"{feed!r}{shared}") for feed in config.feeds},
        LISTS: digest_of_text(repr((config.site, frame, feeds, _program()))),
        FRONT: digest_of_text(f"{feeds}{shared}"),
        PAGES: digest_of_text(f"{feeds}{shared}"),
        SOURCES: digest_of_text(repr((config.site, frame, _program()))),
    }


def on_day(fingerprint: str, day: date | None) -> str:
    """Return the fingerprint of what is right on one day alone; without a day, on every day.

    So a page that calls days today and yesterday is no longer in place when the next day begins.
    """
    return fingerprint if day is None else digest_of_text(f"{fingerprint} {day}")


def entries_by_digest(view: FeedView) -> dict[str, EntryView]:
    """Return the entries of a feed in order, each by a digest of all that is rendered of it."""
    return {digest_of_entry(each): each for each in view.each()}


def digest_of(view: FeedView, entries: Iterable[str]) -> str:
    """Return a digest of all that is rendered of a feed; each part says itself in full.

    ``entries`` are the digests of its entries.
    """
    head = (view.spec, view.site, view.updated, view.prev_archive, view.frame, view.today)
    return digest_of_text(repr((*head, list(entries))))


def digest_of_silent(silent: Mapping[str, date]) -> str:
    """Return a digest of which sources are silent since when."""
    return digest_of_text(repr(sorted(silent.items())))


def digest_of_entry(view: EntryView) -> str:
    """Return a digest of all that is rendered of an entry, whatever feed shows it."""
    is_long = len(view.entry.content_html) + len(view.entry.summary) > _KNOWN_CHARACTERS
    return digest_of_text(repr(view)) if is_long else _known_digest(view)


@lru_cache(maxsize=_ENTRIES)
def _known_digest(view: EntryView) -> str:
    return digest_of_text(repr(view))


def is_in_place(
    standing: Standing | None, fingerprint: str, day: date, stamps: Mapping[str, Stamp]
) -> bool:
    """Tell whether a feed's files are those that it was put in place as, and right on this day.

    ``stamps`` are those that the files have now. Of the pages of entries their folder has one, if
    there are any.
    """
    return (
        standing is not None
        and (bool(standing.stamps) or standing.feed == PAGES)
        and standing.fingerprint in (fingerprint, on_day(fingerprint, day))
        and all(stamps.get(name) == stamp for name, stamp in standing.stamps.items())
    )


def digest_of_text(text: str) -> str:
    """Return what tells a text from any other."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


@cache
def _program() -> str:
    """Return what tells the program that runs from another version of it, or of its libraries.

    A version that is taken from a repository changes its files and not its number, so the names,
    sizes and times of all files are read: 2 ms, once a process.
    """
    files = _files_in(str(Path(__file__).parent.parent))
    libraries = [(library, version(library)) for library in _LIBRARIES]
    return digest_of_text(repr((sys.version, libraries, sorted(files))))


def _files_in(folder: str) -> list[tuple[str, int, int]]:
    """Return the path, size and time of each file of the program, without a Path for each: 3 ms."""
    found: list[tuple[str, int, int]] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                found += _files_in(entry.path)
            elif entry.name.endswith((".py", ".jinja", ".css", ".svg")):
                status = entry.stat()
                found.append((entry.path, status.st_size, status.st_mtime_ns))
    return found
