"""Restore: what a backup holds is put back, and what stands in its place is kept beside it.

Whatever is not the store's is only put where nothing is: a configuration was edited by a person,
and what a published folder remembers is about that folder. Each step can be taken again, so that a
restore that is killed is made again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from aggregator import durable
from aggregator.errors import StoreError
from aggregator.models import Config
from aggregator.pipeline.backup import CONFIGURATION, PUBLISHED
from aggregator.publish import remembered
from aggregator.sizes import size_text
from aggregator.store import backup_file, copies, schema, space, sqlite
from aggregator.store.copies import Contents
from aggregator.store.place import check_is_file, path_of
from aggregator.store.workplace import workplace

_VARIABLE = re.compile(rb"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What was put back.

    ``aside`` is where the store is that was there before. ``other_configuration`` is where that of
    the backup was put, as another one stands in its place. ``is_remembered`` says that the
    published folder got back what it remembers.
    """

    made: datetime
    contents: Contents
    store: Path
    aside: Path | None
    other_configuration: Path | None
    is_remembered: bool


def put_configuration(backup: Path, path: Path) -> list[str] | None:
    """Put the configuration of a backup where none is; ``None`` where one is already.

    Return the variables that it takes from the environment. StoreError where it fails.
    """
    if path.exists():
        return None
    body = backup_file.read_first(backup, CONFIGURATION)
    try:
        durable.write(path, body)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}") from error
    return sorted({name.decode() for name in _VARIABLE.findall(body)})


def restore(config: Config, backup: Path, *, may_replace: bool) -> Restored:
    """Put a backup's store in place, and what goes with it; StoreError where that cannot be done.

    A store that is there is replaced only where that is permitted, and kept beside the new one.
    Nobody else may use it.
    """
    url = config.store_url
    check_is_file(url, "restore puts in place", "use pg_restore")
    path = path_of(url)
    lock = sqlite.lock(url)
    try:
        if path.exists() and not may_replace:
            raise StoreError(
                f"there is a store {path}, and nothing was changed: --force puts the backup in its "
                "place, and keeps it beside"
            )
        with workplace(path) as folder:
            staged = folder / backup_file.DATABASE
            _check_room(backup, path)
            described, others = backup_file.read(backup, staged)
            if described.contents.revision > schema.REVISION:
                raise StoreError(f"{backup} was made by a newer version of this program")
            copies.check(staged, described.contents)
            other = _put_beside(config.path, others.get(CONFIGURATION), described.made)
            of_folder, made_unix = _of_folder(others), int(described.made.timestamp())
            is_remembered = remembered.put_back(config.site.output, of_folder, made_unix)
            aside = copies.put_in_place(url, staged)
    except OSError as error:
        raise StoreError(f"{backup} cannot be restored: {error.strerror or error}") from error
    finally:
        lock.release()
    return Restored(
        made=described.made,
        contents=described.contents,
        store=path,
        aside=aside,
        other_configuration=other,
        is_remembered=is_remembered,
    )


def _of_folder(others: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return what the published folder remembers, of all that a backup holds beside the store."""
    return {
        name.removeprefix(PUBLISHED): body
        for name, body in others.items()
        if name.startswith(PUBLISHED)
    }


def _check_room(backup: Path, path: Path) -> None:
    needed, free = backup_file.describe(backup).database_bytes, space.free_bytes(path)
    if free < needed:
        raise StoreError(
            f"the store of {backup} takes {size_text(needed)}, and the disk of {path} has "
            f"{size_text(free)} left; nothing was changed"
        )


def _put_beside(path: Path, body: bytes | None, made: datetime) -> Path | None:
    """Put a backup's configuration beside one that is another; return where, if it is."""
    if body is None or path.read_bytes() == body:
        return None
    beside = path.with_name(f"{path.name}.{made.astimezone(UTC):%Y-%m-%d-%H%M%S}")
    durable.write(beside, body)
    return beside
