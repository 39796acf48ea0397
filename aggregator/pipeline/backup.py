"""Backups: the store with its configuration and what the published folder remembers, in one file.

The published files are not in it, as they are made of the store. Nor are dumps, which are
somebody's own files, nor what hubs sent in the last seconds, which the next poll brings.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from aggregator.errors import StoreError
from aggregator.models import Config
from aggregator.publish import remembered
from aggregator.sizes import size_text
from aggregator.store import backup_file, copies, schema, space, sqlite
from aggregator.store.copies import Contents
from aggregator.store.place import check_is_file, path_of
from aggregator.store.store import Store
from aggregator.store.workplace import workplace

CONFIGURATION, PUBLISHED = "config.toml", "published/"
# The copy, and the file that it is packed into, which of a store of few repeated texts is no
# smaller.
_ROOM = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A backup that was made and verified."""

    path: Path
    contents: Contents
    size_bytes: int


def back_up(
    config: Config, target: Path, made: datetime, is_stopped: Callable[[], bool] = lambda: False
) -> Backup:
    """Write a backup to a path that is free, beside whoever uses the store; StoreError if it fails.

    Of a folder, it gets a name of the store and the time (UTC). ``is_stopped`` is asked every
    few megabytes.
    """
    check_is_file(config.store_url, "backup copies", "copy it with pg_dump")
    if target.is_dir():
        store = path_of(config.store_url).stem
        target /= f"{store}-{made.astimezone(UTC):%Y-%m-%d-%H%M%S}.tar.gz"
    if target.exists():
        raise StoreError(f"{target} is there already, and a backup replaces nothing: name another")
    if not sqlite.exists(config.store_url):
        raise StoreError(f"there is no store {path_of(config.store_url)} to back up")
    try:
        _check_room(config, target)
        with workplace(target) as folder:
            database = folder / backup_file.DATABASE
            contents = copies.copy(config.store_url, database, is_stopped)
            copies.check(database, contents, is_stopped)
            _check_use(database, contents)
            others = {CONFIGURATION: config.path.read_bytes()}
            for name, body in remembered.read(config.site.output).items():
                others[f"{PUBLISHED}{name}"] = body
            origin = path_of(config.store_url)
            copied = backup_file.Copied(database=database, contents=contents, store=origin)
            backup_file.write(target, copied, others, made, is_stopped)
        return Backup(path=target, contents=contents, size_bytes=target.stat().st_size)
    except OSError as error:
        raise StoreError(
            f"the backup {target} cannot be written: {error.strerror or error}"
        ) from error


def _check_room(config: Config, target: Path) -> None:
    needed = int(path_of(config.store_url).stat().st_size * _ROOM)
    if (free := space.free_bytes(target)) < needed:
        raise StoreError(
            f"a backup of the store takes up to {size_text(needed)} of the disk for a while, "
            f"and {target.parent} has {size_text(free)} left; nothing was written"
        )


def _check_use(database: Path, contents: Contents) -> None:
    """Open a copy as any command does, if it is of this version; an older one is migrated later."""
    if contents.revision == schema.REVISION:
        with Store.beside(f"sqlite:///{database}") as store, store.read() as unit:
            unit.stories.count_to_cluster()
