"""Which files are gone for good: a marker for each, under its name in the folder ``.gone``.

A marker is a file, so that any web server can answer 410 where there is one (``contrib/``), and
survives the store. Its content is the body of that answer. The archive documents of a feed have
none of their own, as there may be thousands: the feed's says that they are gone.
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
# 250 feeds in four formats. A marker takes a block of 4 KB, so all of them 4 MB.
_MOST = 1_000


def mark(folder: Path, names: Iterable[str], now: datetime) -> None:
    """Remember that files are gone; of more than a thousand the oldest are forgotten. OSError."""
    markers = folder / FOLDER
    for name in names:
        files.place(markers, name, BODY, int(now.timestamp()))
    by_age = sorted(markers.iterdir(), key=lambda path: (path.lstat().st_mtime_ns, path.name))
    for path in by_age[:-_MOST]:
        path.unlink(missing_ok=True)


def unmark(folder: Path, names: Iterable[str]) -> None:
    """Forget that files are gone, as they are published again. OSError."""
    try:
        marked = {path.name for path in (folder / FOLDER).iterdir()}
    except FileNotFoundError:
        return
    for name in marked.intersection(names):
        (folder / FOLDER / name).unlink(missing_ok=True)


def is_marked(folder: Path, name: str) -> bool:
    """Tell whether a file was published once and is gone for good. OSError.

    So is an archive document, whatever its number, where its feed is.
    """
    try:
        return stat.S_ISREG((folder / FOLDER / (file_of_feed(name) or name)).lstat().st_mode)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG):
            return False
        raise
