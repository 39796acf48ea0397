"""The ledger of the published folder, in its file ``.published.json``: what was put there.

It lies in the folder and not in the store, as it is about the folder: it is lost with it, and it
survives the store, whose loss is when a feed would suddenly be empty. Holds nothing that differs
where the same is published.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from aggregator.errors import PublishError
from aggregator.publish import files

NAME = ".published.json"
TIME_UNIX = 0  # its time says nothing
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*\.[a-z]+")
_MOST_CHARACTERS = 255  # of a file's name


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """What one feed was put in place as.

    ``selection`` is a digest of what was configured to select its ``entries``, which are counted.
    ``digests`` are of its files by name, without neighbours. ``held_back`` is how many entries it
    would have had at the last publishing, where that was refused. ``missing_since_unix`` is when it
    was first not in the configuration.
    """

    selection: str
    entries: int
    digests: Mapping[str, str]
    held_back: int | None = None
    missing_since_unix: int | None = None


def is_there(folder: Path) -> bool:
    """Tell whether a folder has a ledger, which may be unreadable."""
    return os.path.lexists(folder / NAME)


def read(folder: Path) -> dict[str, Placed]:
    """Return what each feed was put in place as, by its name; PublishError if that is unreadable.

    Nothing where there is no ledger yet.
    """
    path = folder / NAME
    try:
        body = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise PublishError(f"{path} cannot be read: {error}") from error
    return parsed(body, str(path))


def parsed(body: bytes, where: str) -> dict[str, Placed]:
    """Return what a ledger's bytes say, as ``read`` does; PublishError names ``where`` they are."""
    try:
        feeds = json.loads(body)
        return {name: _placed(value) for name, value in feeds.items()}
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise PublishError(f"{where} cannot be read: {error}") from error


def _placed(value: dict[str, Any]) -> Placed:
    """Return what a feed was put in place as; ValueError for what was never written here.

    Files of these names are removed one day, so that each is one that is published.
    """
    placed = Placed(**value)
    since_unix = placed.missing_since_unix
    if (
        not isinstance(placed.entries, int)
        or not (since_unix is None or isinstance(since_unix, int))
        or not all(
            isinstance(digest, str) and len(name) <= _MOST_CHARACTERS and _FILE.fullmatch(name)
            for name, digest in placed.digests.items()
        )
    ):
        raise ValueError("it holds what was never written there")
    return placed


def write(folder: Path, feeds: Mapping[str, Placed]) -> None:
    """Replace the ledger, whole or not at all. OSError."""
    text = json.dumps(
        {name: asdict(placed) for name, placed in feeds.items()}, indent=1, sort_keys=True
    )
    files.place(folder, NAME, f"{text}\n".encode(), TIME_UNIX)
