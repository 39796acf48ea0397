"""Which files are gone for good: a marker for each, under its name in the folder ``.gone``.

A marker is a file, so that any web server can answer 410 where there is one (``contrib/``), and
survives the store. Its content is the body of that answer. The archive documents of a feed that is
gone have none of their own, as there may be thousands: the feed's says that they are gone. Those
that went alone, as all that stood in them left the store, have.
"""

from __future__ import annotations

import errno
import stat
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from aggregator.publish import files
from aggregator.publish.archive_names import file_of_feed

FOLDER = ".gone"
BODY = (
    "এই ফিড আর প্রকাশিত হয় না। অনুগ্রহ করে রিডার থেকে এটি বাদ দিন।\n"
    "This feed is no longer published. Please unsubscribe.\n"
).encode()
DOCUMENT_BODY = (
    "এই পুরোনো খবরগুলো আর রাখা হয় না; ফিডটি চালু আছে।\n"
    "These old entries are kept no longer; the feed itself goes on.\n"
).encode()
# 250 feeds in four formats, and as many files of archive documents, of one feed those of a month or
# two. A marker takes a block of 4 KB, so all of them 8 MB.
_MOST = 1_000


def mark(folder: Path, names: Iterable[str], now: datetime) -> None:
    """Remember that files are gone; of more than a thousand the oldest are forgotten. OSError.

    Archive documents are counted by themselves, so that none has a feed's marker forgotten.
    """
    markers = folder / FOLDER
    for name in names:
        body = DOCUMENT_BODY if file_of_feed(name) else BODY
        files.place(markers, name, body, int(now.timestamp()))
    by_age = sorted(markers.iterdir(), key=lambda path: (path.lstat().st_mtime_ns, path.name))
    documents = [path for path in by_age if file_of_feed(path.name)]
    feeds = [path for path in by_age if not file_of_feed(path.name)]
    for path in (*documents[:-_MOST], *feeds[:-_MOST]):
        path.unlink(missing_ok=True)


def unmark(folder: Path, names: Iterable[str]) -> None:
    """Forget that files are gone, as they are published again. OSError."""
    try:
        marked = {path.name for path in (folder / FOLDER).iterdir()}
    except FileNotFoundError:
        return
    for name in marked.intersection(names):
        (folder / FOLDER / name).unlink(missing_ok=True)


def body_of(folder: Path, name: str) -> bytes | None:
    """Return what is answered for a file that is gone for good, ``None`` for any other. OSError.

    An archive document, whatever its number, is gone with its feed, or by itself.
    """
    feed = file_of_feed(name)
    if _has(folder, feed or name):
        return BODY
    return DOCUMENT_BODY if feed and _has(folder, name) else None


def _has(folder: Path, name: str) -> bool:
    try:
        return stat.S_ISREG((folder / FOLDER / name).lstat().st_mode)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG):
            return False
        raise
