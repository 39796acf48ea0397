"""The heartbeat of a service, in a file beside its store: whoever asks sees whether it ticks.

A file, as the processes that ask must be answered where the service computes, hangs or is dead; and
not the store, where each beat would wait for the disk.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from threading import Event, Lock, Thread, get_ident
from typing import Any

from aggregator import durable
from aggregator.models import Heartbeat, Pulse, Tick

log = logging.getLogger(__name__)

_SUFFIX = ".heartbeat"
_BEAT_SECONDS = 1.0
# The only tick of a service that has not begun yet: it may have to check its store and migrate it.
_OPENING = "opening the store"


@dataclass(frozen=True, slots=True, kw_only=True)
class PulseBounds:
    """After how many seconds without a sign a service is taken to hang.

    ``beat_seconds``: it beats each second, from a thread that waits for nothing.
    ``idle_seconds``: ticks follow each other within two seconds, or a fourth of what the last took.
    ``work_seconds``: a tick goes on with each source, each 400 records of a file, each 2,000
    entries that become stories, each commit that indexes texts or lets stories leave, every few
    megabytes of a backup, every part of a second that it is checked, and while it waits for
    another; the slowest of these is a source that is read for the first time. A tick that failed
    waits up to five minutes.
    """

    beat_seconds: float = 15.0
    idle_seconds: float = 60.0
    work_seconds: float = 600.0


BOUNDS = PulseBounds()


def path_beside(store: Path) -> Path:
    """Return where the service of a store leaves its heartbeat."""
    return store.with_name(store.name + _SUFFIX)


class Heart:
    """Keeps what the ticks of a service do; ``monotonic`` tells which of them stand still."""

    def __init__(
        self,
        clock: Callable[[], datetime],
        version: str,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock, self._monotonic = clock, monotonic
        now = clock()
        self._first = Heartbeat(pid=os.getpid(), version=version, started=now, beat=now)
        self._lock = Lock()  # of all that follows
        self._ticks: dict[str, Tick] = {}
        self._tick_of_thread: dict[int, str] = {}
        self._moved: dict[str, float] = {}  # ticks under way → when each last went on, monotonic

    @contextmanager
    def tick(self, name: str) -> Iterator[None]:
        """Note that a tick is under way in this thread, for as long as the block lasts."""
        now = self._clock()
        with self._lock:
            self._ticks[name] = Tick(name=name, began=now, went_on=now)
            self._tick_of_thread[get_ident()] = name
            self._moved[name] = self._monotonic()
        try:
            yield
        finally:
            with self._lock:
                del self._tick_of_thread[get_ident()]
                del self._moved[name]
                self._ticks[name] = replace(self._ticks[name], ended=self._clock())

    def go_on(self, *, fault: str = "") -> None:
        """Note that this thread's tick goes on, if it is a tick's, or that it failed."""
        with self._lock:
            name = self._tick_of_thread.get(get_ident())
            if name is not None:
                self._ticks[name] = replace(self._ticks[name], went_on=self._clock(), fault=fault)
                self._moved[name] = self._monotonic()

    def standing_still(self, seconds: float) -> str:
        """Return the name of a tick that did not go on for longer, empty where each one does."""
        with self._lock:
            moved = sorted(self._moved.items())
        now = self._monotonic()
        return next((name for name, went_on in moved if now - went_on > seconds), "")

    def now(self) -> Heartbeat:
        """Return the heartbeat of this moment."""
        with self._lock:
            return replace(self._first, beat=self._clock(), ticks=tuple(self._ticks.values()))


class HeartFile:
    """The file in which a heart beats for others."""

    def __init__(self, path: Path, heart: Heart) -> None:
        self._path, self._heart = path, heart
        self._has_failed = False

    def beat(self) -> None:
        """Write the heartbeat; what keeps it from being written is logged once."""
        try:
            _write(self._path, self._heart.now())
        except OSError as error:
            if not self._has_failed:
                log.warning("the heartbeat %s cannot be written: %s", self._path, error.strerror)
            self._has_failed = True
        else:
            self._has_failed = False

    def stop(self) -> None:
        """Take the heartbeat away, as the service ends; another process's stays."""
        beat = read(self._path)
        if beat is not None and beat.pid != self._heart.now().pid:
            return
        with suppress(OSError):  # one that stays is that of a process that is no more
            self._path.unlink()


@contextmanager
def opening(path: Path, clock: Callable[[], datetime], version: str) -> Iterator[None]:
    """Beat each second while a service opens its store in the block, however long that takes.

    The last beat stands until the service beats itself; after an error it is taken away. A store
    that is opened within a second needs no beat. Where another service ticks, there is none
    either: this one waits for its store, and is about to find that in use.
    """
    heart, is_over, has_beaten = Heart(clock, version), Event(), Event()
    file = HeartFile(path, heart)

    def beat() -> None:
        with heart.tick(_OPENING):
            while not is_over.wait(_BEAT_SECONDS):
                heart.go_on()
                if not _is_of_other(path, clock()):
                    file.beat()
                    has_beaten.set()

    thread = Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    except BaseException:
        is_over.set()
        thread.join()
        if has_beaten.is_set():
            file.stop()
        raise
    finally:
        is_over.set()
        thread.join()


def read(path: Path) -> Heartbeat | None:
    """Return the heartbeat that a service left, ``None`` where there is none that can be read."""
    try:
        return _from_json(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def look(path: Path, now: datetime) -> tuple[Pulse, str, Heartbeat | None]:
    """Return whether the service of a heartbeat's file ticks, why, and the heartbeat."""
    beat = read(path)
    pulse, reason = judged(beat, now)
    # It may have ended by itself after it was read, and taken it away before it ended, or another
    # has begun since.
    while pulse is Pulse.DEAD and (again := read(path)) != beat:
        beat = again
        pulse, reason = judged(beat, now)
    return pulse, reason, beat


def judged(
    heartbeat: Heartbeat | None, now: datetime, bounds: PulseBounds = BOUNDS
) -> tuple[Pulse, str]:
    """Return whether the service of a heartbeat ticks, and in words why, or why not.

    A time that lies ahead, as the clock was set back, is as far from now as one that lies behind.
    """
    if heartbeat is None:
        return Pulse.NONE, "no service runs with this store"
    who = f"the service (process {heartbeat.pid})"
    if not _is_running(heartbeat.pid):
        return Pulse.DEAD, f"{who} is dead, and did not end by itself"
    if _apart(now, heartbeat.beat) > bounds.beat_seconds:
        return Pulse.HANGS, f"{who} hangs: it gave no sign since {heartbeat.beat:%H:%M:%S} UTC"
    if any(tick.name == _OPENING for tick in heartbeat.ticks):
        return Pulse.TICKS, f"{who} opens its store"
    if stuck := stuck_tick(heartbeat.ticks, now, bounds):
        return Pulse.HANGS, f"{who} hangs: {stuck}"
    return Pulse.TICKS, f"{who} ticks"


def stuck_tick(ticks: Iterable[Tick], now: datetime, bounds: PulseBounds) -> str:
    """Return in words which tick does not go on, or no longer comes; empty where all do."""
    for tick in ticks:
        if tick.ended is None and _apart(now, tick.went_on) > bounds.work_seconds:
            return f"its tick of {tick.name} stands still since {tick.went_on:%H:%M:%S} UTC"
        if tick.ended is not None and _apart(now, tick.ended) > bounds.idle_seconds + _rest(tick):
            return f"there was no tick of {tick.name} since {tick.ended:%H:%M:%S} UTC"
    return ""


def _rest(tick: Tick) -> float:
    """Return for how many seconds a tick leaves the time to others, which is a part of its own."""
    return _apart(tick.ended or tick.began, tick.began) / 2


def _apart(now: datetime, then: datetime) -> float:
    return abs((now - then).total_seconds())


def _is_of_other(path: Path, now: datetime) -> bool:
    """Tell whether the service of another process ticks."""
    beat = read(path)
    return beat is not None and beat.pid != os.getpid() and judged(beat, now)[0] is Pulse.TICKS


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # another user's
        return True
    return True


def _write(path: Path, heartbeat: Heartbeat) -> None:
    """Put a heartbeat in place of the last one, whole or not at all."""
    text = json.dumps(asdict(heartbeat), default=datetime.isoformat, ensure_ascii=False)
    durable.put(path, text.encode())


def _from_json(value: Mapping[str, Any]) -> Heartbeat:
    ticks = tuple(
        Tick(
            name=str(tick["name"]),
            began=datetime.fromisoformat(tick["began"]),
            went_on=datetime.fromisoformat(tick["went_on"]),
            ended=datetime.fromisoformat(tick["ended"]) if tick["ended"] else None,
            fault=str(tick["fault"]),
        )
        for tick in value["ticks"]
    )
    return Heartbeat(
        pid=int(value["pid"]),
        version=str(value["version"]),
        started=datetime.fromisoformat(value["started"]),
        beat=datetime.fromisoformat(value["beat"]),
        ticks=ticks,
    )
