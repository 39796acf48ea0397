"""The published folder as a whole: which files stand in it, and copies of files of another one.

Of its files are those that a web server answers by: feeds and pages with their neighbours, pages of
entries, the markers of what is gone, and the ledger. Whatever else lies there is nobody's concern.
"""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from aggregator.errors import PublishError
from aggregator.models import KnownFile, PublishedFile, Stamp
from aggregator.publish import folder as published
from aggregator.publish import gone, ledger
from aggregator.publish.compressed import ENCODINGS
from aggregator.publish.entry_names import FOLDER, is_page_name
from aggregator.publish.files import bound_to, digest_of, time_ns

# The folders in which they lie, by what their names begin with.
_PLACES = ("", f"{FOLDER}/", f"{gone.FOLDER}/")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*\.(?P<suffix>[a-z]+)(?P<neighbour>\.[a-z]+)?")
_NEIGHBOURS = {None, *(encoding.suffix for encoding in ENCODINGS)}
_TEMPORARY = ".copy.tmp"  # none that whoever publishes uses
_MODE = 0o644
# As ``web.stored`` has it: two changes within one tick of the kernel's clock leave one time.
_SETTLED_NS = 100_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What stood in a published folder when it was looked at.

    ``places`` has the stamp of each folder in which nothing was put or removed for long enough: as
    long as it stays, what is in it need not be looked at again. ``files`` has that of each file.
    """

    files: Mapping[str, Stamp] = field(default_factory=dict)
    places: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def is_name(name: str) -> bool:
    """Tell whether a path within the folder is one that a published file can have.

    >>> [is_name(name) for name in ("bangla.rss.br", ".gone/old.atom", ".published.json")]
    [True, True, True]
    >>> [is_name(name) for name in ("../bangla.rss", ".bangla.rss.tmp", "notes.txt")]
    [False, False, False]
    """
    if name == ledger.NAME or is_page_name(name):
        return True
    match = _NAME.fullmatch(name.removeprefix(f"{gone.FOLDER}/"))
    return (
        match is not None
        and match["suffix"] in published.media_types()
        and match["neighbour"] in _NEIGHBOURS
    )


def look(folder: Path, before: Seen) -> Seen:
    """Look at what stands in a folder, but where nothing changed since it was seen ``before``.

    PublishError where it cannot be read.
    """
    files: dict[str, Stamp] = {}
    places: dict[str, tuple[int, int]] = {}
    for place in _PLACES:
        path = folder / place
        try:
            now = path.stat()
            stamp = (now.st_ino, now.st_mtime_ns)
            if time.time_ns() - now.st_mtime_ns > _SETTLED_NS:
                places[place] = stamp
            if before.places.get(place) == stamp:
                files |= {
                    name: stamp for name, stamp in before.files.items() if _place_of(name) == place
                }
            else:
                files |= _stamps(path, place)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise PublishError(f"{path} cannot be read: {error.strerror or error}") from error
    return Seen(files=files, places=places)


def read(folder: Path, name: str, stamp: Stamp) -> PublishedFile:
    """Read a file that was seen; PublishError where it cannot be read."""
    try:
        body = (folder / name).read_bytes()
    except OSError as error:
        raise PublishError(f"{folder / name} cannot be read: {error.strerror}") from error
    return PublishedFile(name=name, body=body, modified_ns=stamp[2], digest=digest_of(body))


def removed(name: str) -> PublishedFile:
    """Return what says that a file is gone."""
    return PublishedFile(name=name, body=None, modified_ns=0, digest="")


def in_order(names: Iterable[str], seen: Mapping[str, Stamp]) -> list[str]:
    """Sort files by when each was put, as one leads to those before it.

    Those of one tick of the clock: neighbours first, then what feeds lead to.
    """

    def place(name: str) -> tuple[int, bool, bool, str]:
        is_neighbour = name.endswith(tuple(encoding.suffix for encoding in ENCODINGS))
        return seen[name][3], not is_neighbour, "-archive-" not in name and "/" not in name, name

    return sorted(names, key=place)


def differing(folder: Path, known: Mapping[str, KnownFile], *, is_trusted: bool) -> list[str]:
    """Return which files are to be copied or removed, so that those of a folder are the known ones.

    A file of the size and time of a known one is read as well unless the folder ``is_trusted``: a
    machine that lost power may have left a file with its size and without its bytes. Of one that is
    trusted those are read that change from day to day: it may have published another file of that
    time, and been killed before it was handed out.
    """
    seen = look(folder, Seen()).files
    return [
        name
        for name, file in known.items()
        if not _is_as_known(folder, name, seen.get(name), file, is_trusted=is_trusted)
    ]


def put_copy(folder: Path, file: PublishedFile) -> None:
    """Put a copy of a file in place; PublishError where that fails.

    It is whole or not at all to whoever reads it. Nothing waits for the disk: what a machine loses
    with its power is copied again, and to wait for 300 files would take seconds.
    """
    target = _target(folder, file.name)
    temporary = target.with_name(f".{target.name}{_TEMPORARY}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
        with os.fdopen(descriptor, "wb") as stream:
            os.fchmod(descriptor, _MODE)  # whatever the process's mask is
            stream.write(file.body or b"")
            stream.flush()
            os.utime(descriptor, ns=(file.modified_ns, file.modified_ns))
        temporary.replace(target)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise PublishError(f"{target} cannot be written: {error.strerror or error}") from error


def remove_copy(folder: Path, file: PublishedFile) -> bool:
    """Remove the copy of a file that is gone, with its neighbours; tell whether it is gone.

    A file of other bytes stays: somebody else put it there. A copy of an older one is known by a
    neighbour of its time, or by its folder, in which only the program puts files. PublishError
    where the file system refuses.
    """
    target = _target(folder, file.name)
    try:
        if (modified_ns := time_ns(target)) is None:
            return not os.path.lexists(target)
        bound = bound_to(target, modified_ns)
        is_ours = bool(bound) or "/" in file.name
        if not is_ours and digest_of(target.read_bytes()) != file.digest:
            return False
        for path in (*bound, target):
            path.unlink(missing_ok=True)
    except OSError as error:
        raise PublishError(f"{target} cannot be removed: {error.strerror or error}") from error
    return True


def _target(folder: Path, name: str) -> Path:
    target = folder / name
    if not is_name(name):
        raise PublishError(f"{target} is no file that is published")
    return target


def _place_of(name: str) -> str:
    head, slash, _ = name.rpartition("/")
    return f"{head}{slash}"


def _stamps(path: Path, place: str) -> dict[str, Stamp]:
    found: dict[str, Stamp] = {}
    with os.scandir(path) as entries:
        for entry in entries:
            name = f"{place}{entry.name}"
            if not is_name(name):
                continue
            with suppress(FileNotFoundError):  # removed since it was listed
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(status.st_mode):
                    times = (status.st_mtime_ns, status.st_ctime_ns)
                    found[name] = (status.st_ino, status.st_size, *times)
    return found


def _is_as_known(
    folder: Path, name: str, stamp: Stamp | None, file: KnownFile, *, is_trusted: bool
) -> bool:
    if stamp is None or file.size is None:
        return stamp is None and file.size is None
    if (stamp[1], stamp[2]) != (file.size, file.modified_ns):
        return False
    says_nothing = file.modified_ns == ledger.TIME_UNIX
    is_fixed = "/" in name or "-archive-" in name
    if is_trusted and is_fixed and not says_nothing:
        return True
    return read(folder, name, stamp).digest == file.digest
