"""Upkeep: the day's backup and what leaves the store, when each is due.

A backup bears the site's day in its name, so that the folder says which are there, whatever process
made them. What makes backups and lets stories leave is loaded when one of them is due.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

from aggregator.errors import PublishError, StoreError
from aggregator.lazy_import import load
from aggregator.local_days import local_day
from aggregator.models import Config
from aggregator.pipeline.frame import today
from aggregator.pipeline.run import Run
from aggregator.sizes import count_text, size_text
from aggregator.store.owner import Owner
from aggregator.store.place import is_postgresql, path_of
from aggregator.store.store import Store

log = logging.getLogger(__name__)

_SUFFIX = ".tar.gz"
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
# How often a service looks whether anything is due; with a large ``keep_entries`` it takes 25 ms.
_LOOK = timedelta(minutes=1)
# A disk that is full, or not there, is seldom so for minutes.
_AFTER_FAULT = timedelta(hours=1)
# In which old stories leave: 50,000 at one look, 500 in a fifth of a second with the pause, so that
# a service that bounds a large store for the first time is never taken to hang.
_MOST_STEPS = 100
_NO_BACKUP = "there is no backup of today"


def open_store(config: Config, *, by: Owner | None = None, may_make: bool = True) -> Store:
    """Open the store; where it was damaged and set aside, StoreError names the newest backup."""
    try:
        return Store.open(config.store_url, may_make=may_make, by=by)
    except StoreError as error:
        if not error.is_set_aside or not (days := _backups(config)):
            raise
        started = local_day(by.since, config.site.timezone) if by else max(days)
        day = _in_order(days, started)[-1]
        raise StoreError(
            f"{error}; `aggregator restore {days[day]}` puts back what was stored on {day}"
        ) from error


def newest_backup(config: Config) -> tuple[date | None, int]:
    """Return the site's day of the newest daily backup, and its bytes; ``None`` and 0 of none."""
    days = _backups(config)
    for day in sorted(days, reverse=True):
        with suppress(OSError):  # another process makes a newer one just now
            return day, days[day].stat().st_size
    return None, 0


class DailyUpkeep:
    """What is done once a day by one process; remembers when it looked, and what failed."""

    def __init__(self) -> None:
        self._looked: datetime | None = None
        self._failed: dict[str, datetime] = {}  # what is done, when it failed last

    def keep_up(self, run: Run, *, most_steps: int = _MOST_STEPS) -> bool:
        """Do what is due; let stories leave in ``most_steps`` commits; tell whether nothing failed.

        What failed is logged, and tried again after an hour. The backup is first, so that it still
        has what leaves; where it failed, nothing leaves. Nothing is done once told to stop.
        """
        now = run.clock()
        is_early = self._looked is not None and timedelta() <= now - self._looked < _LOOK
        if is_early or run.stop.is_set():
            return True
        self._looked = now
        is_good = self._try(run, _NO_BACKUP, partial(_back_up, run))
        is_kept = _NO_BACKUP in self._failed
        if run.config.upkeep.is_bounded and not is_kept and not run.stop.is_set():
            retain = partial(_retain, run, most_steps)
            is_good = self._try(run, "what is old did not leave the store", retain) and is_good
        return is_good

    def _try(self, run: Run, failed: str, work: Callable[[], None]) -> bool:
        """Do what is due, unless it failed within the hour; tell whether it did not fail now."""
        now = run.clock()
        last = self._failed.get(failed)
        # A time to come is one before the clock was set back.
        if last is not None and timedelta() <= now - last < _AFTER_FAULT:
            return True
        try:
            work()
        except (StoreError, PublishError) as error:
            if run.stop.is_set():
                return True
            log.error("%s: %s", failed, error)
            self._failed[failed] = now
            return False
        self._failed.pop(failed, None)
        return True


def _retain(run: Run, most_steps: int) -> None:
    retention = load("aggregator.pipeline.retention")
    if retention.is_due(run):
        count = retention.let_leave(run, most_steps=most_steps)
        log.info("%d entries left the store, as they are older than what is kept", count)


def _is_backup_due(run: Run) -> bool:
    """Tell whether there is no backup of the site's day yet, and anything to back up.

    StoreError where its name is that of something else, as another store's in a folder of both.
    """
    if not run.config.upkeep.backups or is_postgresql(run.config.store_url):
        return False
    if (there := _backups(run.config).get(today(run))) is not None:
        backup_file = load("aggregator.store.backup_file")
        described = backup_file.describe(there)
        if not backup_file.is_of(described, path_of(run.config.store_url)):
            raise StoreError(
                f"{there} is one of the store {described.store}; "
                "`backup_folder` in [store] gives each its own folder"
            )
        return False
    with run.store.read() as unit:
        return unit.lookup.has_entries()


def _back_up(run: Run) -> None:
    """Make the backup of the day if it is due, and remove the oldest of more than are to stay."""
    if not _is_backup_due(run):
        return
    config, day = run.config, today(run)
    folder = config.upkeep.backup_folder
    target = folder / f"{_stem(config)}-{day}{_SUFFIX}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # What was left on days on which a process was killed.
        places = load("aggregator.store.workplace")
        for left in folder.glob(f".{_stem(config)}-*{_SUFFIX}{places.SUFFIX}"):
            places.remove_left(left)
    except OSError as error:
        raise StoreError(f"{folder} cannot be used: {error.strerror or error}") from error

    def is_stopped() -> bool:
        run.progress.on_step()
        return run.stop.is_set()

    made = load("aggregator.pipeline.backup").back_up(config, target, run.clock(), is_stopped)
    size = size_text(made.size_bytes)
    entries = count_text(made.contents.entries, "entry", "entries")
    log.info("backed up to %s: %s, %s", target, entries, size)
    days = _backups(config)
    for old in _in_order(days, day)[: -config.upkeep.backups]:
        _remove(days[old], path_of(config.store_url), made.contents.entries)


def _remove(path: Path, store: Path, entries: int) -> None:
    """Remove a backup, unless more was stored when it was made than is now, or it is another's.

    Nothing that was ever stored is taken out of the count, so then the store is another one: as
    after the first was damaged, or a configuration that names a new file.
    """
    backup_file = load("aggregator.store.backup_file")
    try:
        described = backup_file.describe(path)
    except StoreError as error:
        log.warning("%s; it goes all the same", error)
    else:
        had = described.contents.entries
        if not backup_file.is_of(described, store):
            log.warning("%s stays, as it is one of the store %s", path, described.store)
            return
        if had > entries:
            log.warning(
                "%s stays, as it has %d entries and the store only %d: is it the right one?",
                *(path, had, entries),
            )
            return
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        log.warning("%s stays, as it cannot be removed: %s", path, error.strerror or error)


def _backups(config: Config) -> dict[date, Path]:
    """Return the daily backups of the store that there are, by their days."""
    name = re.compile(rf"{re.escape(_stem(config))}-(?P<day>{_DAY}){re.escape(_SUFFIX)}")
    found = {}
    with suppress(OSError):  # no folder yet; what else is wrong with it, making a backup says
        for path in config.upkeep.backup_folder.iterdir():
            if match := name.fullmatch(path.name):
                with suppress(ValueError):  # the 30th of February
                    found[date.fromisoformat(match["day"])] = path
    return found


def _in_order(days: Iterable[date], day: date) -> list[date]:
    """Return days in the order in which backups were made of them, as known on a ``day``.

    Those of days to come were made before the clock was set back.

    >>> [each.year for each in _in_order([date(2026, 1, 2), date(2027, 1, 1)], date(2026, 1, 2))]
    [2027, 2026]
    """
    return sorted(days, key=lambda each: (each <= day, each))


def _stem(config: Config) -> str:
    return path_of(config.store_url).stem
