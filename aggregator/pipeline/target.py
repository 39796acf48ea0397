"""What a person names to be looked at or added: a web address, a folder, a file or a pattern."""

from __future__ import annotations

import glob
import os
import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from aggregator.errors import SourceError
from aggregator.models import Access, FaultKind
from aggregator.public_addresses import names_public_host
from aggregator.urls import encode, is_web, without_credentials

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(//)?")
# As people write an address: khobor.example, www.khobor.example/latest.
_BARE_ADDRESS = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}(:[0-9]+)?(/.*)?", re.IGNORECASE)
_WILDCARD = re.compile(r"[*?[]")
_SHOWN_TO_ALL = (
    "an address with a password shows it to everybody on this machine: write the source into the "
    'configuration, with auth = "user:${PASSWORD}"'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is to be looked at: the ``place`` is an address, or the absolute pattern of a dump.

    ``pattern`` is the same pattern as it is to be configured, empty for an address. ``is_feed``
    says that the address is one of a feed, whatever robots.txt says, and ``is_page`` that the page
    there is to be read itself, whatever it leads to.
    """

    place: str
    pattern: str = ""
    is_feed: bool = False
    is_page: bool = False
    access: Access = field(default_factory=Access)

    @property
    def is_path(self) -> bool:
        """Tell whether files are meant."""
        return bool(self.pattern)


def target_of(
    typed: str,
    config_folder: Path,
    *,
    allow_private: bool,
    is_feed: bool = False,
    is_page: bool = False,
) -> Target:
    """Return what somebody means by a word; SourceError where it is neither address nor path.

    A pattern is written relative to the configuration's folder where it lies within. An address
    that is not public is refused unless ``allow_private``; one whose name leads to such a server is
    refused where it is asked.
    """
    path = _at_home(Path(typed))
    scheme = None if _BARE_ADDRESS.fullmatch(typed) else _SCHEME.match(typed)
    is_there = _exists(path) or (_WILDCARD.search(typed) and not scheme)
    if scheme and scheme[1].lower() == "feed":  # as browsers hand a feed to a reader
        behind = typed[scheme.end() :]
        typed = behind if is_web(behind) else f"https://{behind}"
    elif not scheme and not is_there and _BARE_ADDRESS.fullmatch(typed):
        typed = f"https://{typed}"
    elif is_there or not scheme:
        return _of_path(path, config_folder)
    if is_feed and is_page:
        raise SourceError("one of --as-feed and --as-page says it")
    target = _of_address(typed, allow_private=allow_private)
    return replace(target, is_feed=is_feed, is_page=is_page)


def _of_address(typed: str, *, allow_private: bool) -> Target:
    if not is_web(typed):
        message = f"{typed} is no address of http or https, and there is no such file or folder"
        raise SourceError(message, kind=FaultKind.NAME)
    try:
        address, credentials = without_credentials(encode(typed))
    except ValueError as error:
        message = f"{typed} has a host that is no host name"
        raise SourceError(message, kind=FaultKind.NAME) from error
    if credentials is not None:
        raise SourceError(_SHOWN_TO_ALL)
    if not (allow_private or names_public_host(address)):
        message = f"{address} is not public; --allow-private permits it"
        raise SourceError(message, kind=FaultKind.PRIVATE)
    access = Access(allow_private=allow_private)
    return Target(place=address, access=access)


def _of_path(path: Path, config_folder: Path) -> Target:
    """Return the target of a file, a pattern or a folder, whose files may all be further below."""
    if _exists(path):
        path = path.resolve()
        pattern = glob.escape(str(path))
        if path.is_dir() and not _has_files(path):
            pattern = f"{pattern}/**/*"
    elif _WILDCARD.search(str(path)):
        pattern = str(path.absolute())
    else:
        message = f"there is no file or folder {path}; an address begins with https://"
        raise SourceError(message, kind=FaultKind.FILE)
    folder = f"{glob.escape(str(config_folder.resolve()))}/"
    return Target(place=pattern, pattern=pattern.removeprefix(folder))


def _at_home(path: Path) -> Path:
    """Put a home in place of a ``~`` that a path begins with; a user that is not there stays."""
    try:
        return path.expanduser()
    except RuntimeError:  # no such user
        return path


def _has_files(folder: Path) -> bool:
    """Tell whether files lie in a folder itself; SourceError where it cannot be looked into."""
    try:
        return any(child.is_file() for child in folder.iterdir())
    except OSError as error:
        message = f"{folder} cannot be looked into: {error.strerror}"
        raise SourceError(message, kind=FaultKind.FILE) from error


def _exists(path: Path) -> bool:
    """Tell whether a path is there; one that is too long, or in a folder closed to us, is not."""
    return os.path.exists(path)  # noqa: PTH110 - Path's raises OSError there
