"""Whether a service ticks: told by what it leaves beside its store, whatever became of it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
import requests

from aggregator import heartbeat
from aggregator.errors import StoreError
from aggregator.heartbeat import Heart, HeartFile, judged
from aggregator.models import Config, Heartbeat, Pulse
from aggregator.pipeline import upkeep
from aggregator.service import open_store
from aggregator.store.owner import Owner
from aggregator.store.place import path_of
from aggregator.store.store import Store
from tests.support.configurations import Make
from tests.support.deadlines import HUNG_SECONDS, wait_until
from tests.support.passes import NOW
from tests.support.ports import free_port
from tests.support.service import RunningService
from tests.support.serving import serving

SECOND = timedelta(seconds=1)


def beaten(path: Path, *, is_working: bool, fault: str = "") -> Heartbeat:
    """Return the heartbeat of a service of this process that made a tick, or makes one."""
    heart = Heart(lambda: NOW, "1")
    file = HeartFile(path, heart)
    with heart.tick("feeds"):
        heart.go_on(fault=fault)
        file.beat()
    if not is_working:
        file.beat()
    found = heartbeat.read(path)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("is_working", "later_seconds", "pulse"),
    [
        (False, 0, Pulse.TICKS),
        (True, 14, Pulse.TICKS),
        (False, -14, Pulse.TICKS),  # the clock was set back a little
        (False, 16, Pulse.HANGS),
        (False, -3_600, Pulse.HANGS),
    ],
)
def test_a_service_ticks_while_it_beats(
    tmp_path: Path, is_working: bool, later_seconds: int, pulse: Pulse
) -> None:
    """A beat is a second apart from the next; after 15 without one it hangs."""
    beat = beaten(tmp_path / "beat", is_working=is_working)
    assert judged(beat, NOW + later_seconds * SECOND)[0] is pulse


def test_a_tick_that_stands_still_or_stays_away_is_told(tmp_path: Path) -> None:
    """A service whose main thread beats hangs all the same where one of its ticks does."""
    path, now = tmp_path / "beat", NOW
    heart = Heart(lambda: now, "1")
    file = HeartFile(path, heart)
    with heart.tick("feeds"):
        now = NOW + 599 * SECOND
        file.beat()
        assert judged(heartbeat.read(path), now)[0] is Pulse.TICKS
        now = NOW + 601 * SECOND
        file.beat()
        pulse, reason = judged(heartbeat.read(path), now)
        assert (
            pulse is Pulse.HANGS and "its tick of feeds stands still since 06:00:00 UTC" in reason
        )
        heart.go_on()
        file.beat()
        assert judged(heartbeat.read(path), now)[0] is Pulse.TICKS
    now += 61 * SECOND
    file.beat()
    # A tick that took long is followed by a rest of a fourth of that.
    assert judged(heartbeat.read(path), now)[0] is Pulse.TICKS
    now += 301 * SECOND
    file.beat()
    pulse, reason = judged(heartbeat.read(path), now)
    assert pulse is Pulse.HANGS and "there was no tick of feeds" in reason
    file.stop()
    assert judged(heartbeat.read(path), now)[0] is Pulse.NONE


def test_a_tick_that_stands_still_is_found_whatever_the_clock_says() -> None:
    """By a clock that nobody sets, until it goes on or ends; others do not hide it."""
    seconds = 0.0
    heart = Heart(lambda: NOW, "1", monotonic=lambda: seconds)
    with heart.tick("feeds"):
        seconds = 60.0
        assert heart.standing_still(60) == ""
        seconds = 61.0
        assert heart.standing_still(60) == "feeds"
        heart.go_on()
        assert heart.standing_still(60) == ""
        seconds = 130.0
    assert heart.standing_still(60) == ""


def test_a_process_that_is_no_more_is_dead(tmp_path: Path) -> None:
    """What a killed service left says so, and what cannot be read is none."""
    path = tmp_path / "beat"
    program = (
        "import os, sys, pathlib, datetime; from aggregator.heartbeat import Heart, HeartFile; "
        "HeartFile(pathlib.Path(sys.argv[1]), Heart(lambda: datetime.datetime(2026, 11, 24, 6, "
        "tzinfo=datetime.UTC), '1')).beat(); os._exit(1)"
    )
    subprocess.run([sys.executable, "-c", program, str(path)], check=False, timeout=HUNG_SECONDS)
    pulse, reason = judged(heartbeat.read(path), NOW)
    assert pulse is Pulse.DEAD and "is dead" in reason
    path.write_text('{"pid": "x"}', encoding="utf-8")
    assert heartbeat.read(path) is None


def test_a_heartbeat_that_cannot_be_written_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A disk that is full is logged once, and the service goes on."""
    file = HeartFile(tmp_path / "nowhere" / "beat", Heart(lambda: NOW, "1"))
    for _ in range(3):
        file.beat()
    assert [record.levelname for record in caplog.records] == ["WARNING"]


@pytest.mark.parametrize("is_opened", [True, False])
def test_a_store_that_takes_long_to_open_is_no_hanging_service(
    tmp_path: Path, *, is_opened: bool
) -> None:
    """As one that is migrated. Only where it cannot be opened nothing is left that beats."""
    path = tmp_path / "beat"
    with suppress(StoreError), heartbeat.opening(path, lambda: NOW, "1"):
        wait_until(path.exists)
        pulse, reason = judged(heartbeat.read(path), NOW)
        assert pulse is Pulse.TICKS and reason.endswith("opens its store")
        assert judged(heartbeat.read(path), NOW + 16 * SECOND)[0] is Pulse.HANGS
        if not is_opened:
            raise StoreError("it is damaged")
    assert path.exists() == is_opened


def test_a_store_that_is_opened_at_once_leaves_another_s_heartbeat_alone(tmp_path: Path) -> None:
    """A service that finds its store in use has no sign of its own."""
    beat = beaten(tmp_path / "beat", is_working=False)
    with suppress(StoreError), heartbeat.opening(tmp_path / "beat", lambda: NOW + SECOND, "2"):
        raise StoreError("it is in use")
    assert heartbeat.read(tmp_path / "beat") == beat


def test_a_service_that_waits_for_another_s_store_leaves_its_heartbeat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For as long as that ticks; one that hangs or is dead is followed by the one that opens."""
    path, now, looked = tmp_path / "beat", NOW, Event()

    def clock() -> datetime:
        looked.set()
        return now

    monkeypatch.setattr("aggregator.heartbeat._BEAT_SECONDS", 0.01)
    other = replace(beaten(path, is_working=False), pid=os.getppid())
    path.write_text(json.dumps(asdict(other), default=datetime.isoformat), encoding="utf-8")
    with suppress(StoreError), heartbeat.opening(path, clock, "2"):
        for _ in range(3):
            looked.clear()
            assert looked.wait(HUNG_SECONDS)
        raise StoreError("it is in use")
    assert heartbeat.read(path) == other
    HeartFile(path, Heart(clock, "2")).stop()
    assert heartbeat.read(path) == other
    now += 16 * SECOND
    with heartbeat.opening(path, clock, "2"):
        wait_until(lambda: heartbeat.read(path) != other)


@pytest.mark.parametrize("is_followed", [True, False])
def test_a_service_that_ends_while_it_is_looked_at_is_not_dead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_followed: bool
) -> None:
    """Its heartbeat was read, then it took that away and ended; another may have begun by then."""
    path, follower = tmp_path / "beat", tmp_path / "next"
    beaten(follower, is_working=False)
    ended = replace(beaten(path, is_working=False), pid=os.getppid())
    path.write_text(json.dumps(asdict(ended), default=datetime.isoformat), encoding="utf-8")

    def end(pid: int, _number: int) -> None:
        if pid == ended.pid:
            path.unlink()
            if is_followed:
                follower.rename(path)
            raise ProcessLookupError

    monkeypatch.setattr("aggregator.heartbeat.os.kill", end)
    assert heartbeat.look(path, NOW)[0] is (Pulse.TICKS if is_followed else Pulse.NONE)


def test_a_service_beats_while_it_opens_its_store(
    make_config: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks meanwhile is told so, and then the service beats itself."""
    config = make_config('[[source]]\nname = "d"\ndump = "d/*.txt"\n')
    path = heartbeat.path_beside(path_of(config.store_url))
    open_at_once = upkeep.open_store

    def open_slowly(config: Config, *, may_make: bool, by: Owner) -> Store:
        wait_until(path.exists)
        return open_at_once(config, may_make=may_make, by=by)

    monkeypatch.setattr(upkeep, "open_store", open_slowly)
    owner = Owner(command="run", pid=os.getpid(), since=NOW)
    store = open_store(config, Event(), owner, lambda: NOW, before_waiting=lambda: None)
    assert store is not None
    store.close()
    assert judged(heartbeat.read(path), NOW)[1].endswith("opens its store")


# --- A service -----------------------------------------------------------------------------------


def write(folder: Path, public: int, own: int) -> None:
    """Write the configuration of a service with one empty folder."""
    (folder / "config.toml").write_text(
        f'[site]\nlisten = "127.0.0.1:{public}"\n[status]\nlisten = "127.0.0.1:{own}"\n'
        '[[source]]\nname = "d"\ndump = "d/*.txt"\n',
        encoding="utf-8",
    )
    (folder / "d").mkdir()


def health(port: int) -> int:
    """Return the status that /healthz answers with, 0 where nobody answers."""
    try:
        return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=HUNG_SECONDS).status_code
    except requests.ConnectionError:
        return 0


def test_a_service_shows_its_status_apart_from_what_it_publishes(tmp_path: Path) -> None:
    """It ticks; the public address has none of it; a service that ended leaves no heartbeat."""
    public, own = free_port(), free_port()
    write(tmp_path, public, own)
    with RunningService(tmp_path) as service:
        wait_until(lambda: health(own) == 200)
        for path in ("/status", "/status.json", "/status.atom", "/metrics", "/healthz"):
            url = f"http://127.0.0.1:{public}{path}"
            assert requests.get(url, timeout=HUNG_SECONDS).status_code == 404
        os.kill(service.pid, signal.SIGTERM)
        wait_until(lambda: health(own) == 0)
        wait_until(lambda: not (tmp_path / "aggregator.db.heartbeat").exists())


@pytest.mark.more
def test_a_port_in_use_is_said_and_stops_nothing(tmp_path: Path) -> None:
    """The status is not shown then, and the log says by which key."""
    public = free_port()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        write(tmp_path, public, other.getsockname()[1])
        with RunningService(tmp_path) as service:
            wait_until(lambda: any("[status] listen names another" in line for line in service.log))
            url = f"http://127.0.0.1:{public}/feeds.opml"
            wait_until(lambda: _status(url) == 200)


def _status(url: str) -> int:
    try:
        return requests.get(url, timeout=HUNG_SECONDS).status_code
    except requests.ConnectionError:
        return 0


@pytest.mark.long
def test_a_service_that_hangs_is_unhealthy(tmp_path: Path) -> None:
    """A stopped process gives no sign; whoever asks is told so, and told when it goes on."""
    public, own = free_port(), free_port()
    write(tmp_path, public, own)
    with RunningService(tmp_path) as service:
        wait_until(lambda: health(own) == 200)
        os.kill(service.pid, signal.SIGSTOP)
        end = time.monotonic() + 15 + HUNG_SECONDS
        while health(own) != 503 and time.monotonic() < end:
            time.sleep(1)
        answer = requests.get(f"http://127.0.0.1:{own}/healthz", timeout=HUNG_SECONDS)
        assert answer.status_code == 503 and "hangs: it gave no sign since" in answer.text
        os.kill(service.pid, signal.SIGCONT)
        wait_until(lambda: health(own) == 200)


def test_the_public_server_has_no_status(tmp_path: Path) -> None:
    """What is served to everybody knows no address of the status."""
    with serving(tmp_path, push=tmp_path / "push") as served:
        for name in ("status", "status.json", "status.atom", "status.css", "metrics", "healthz"):
            assert served.get(f"/{name}").status_code == 404
