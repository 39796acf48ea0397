"""What systemd is told of the service, by a socket as systemd has it."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

import pytest

from aggregator.service import Service, ticks
from aggregator.service import service as schedule
from aggregator.store.store import Store
from aggregator.systemd import Systemd
from tests.support.configurations import Make, Write
from tests.support.deadlines import HUNG_SECONDS, wait_until
from tests.support.ports import free_port
from tests.support.service import RunningService

STUCK_SECONDS = 1.0  # of the service under test
DUMPS = '[[source]]\nname = "d"\ndump = "*.xml"\n[[feed]]\nname = "a"\n'


class Told:
    """The socket that systemd listens at, and what it is told there."""

    def __init__(self, address: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.socket.settimeout(HUNG_SECONDS)

    def next(self) -> str:
        """Return the next state, once it is told."""
        return self.socket.recv(4096).decode()

    def is_nothing(self) -> bool:
        """Tell whether nothing waits."""
        self.socket.setblocking(False)
        try:
            self.socket.recv(4096)
        except BlockingIOError:
            return True
        finally:
            self.socket.settimeout(HUNG_SECONDS)
        return False


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Told]:
    """Listen as systemd does."""
    told = Told(str(tmp_path / "notify"))
    yield told
    told.socket.close()


def test_a_service_tells_of_its_life(told: Told, tmp_path: Path, write_config: Write) -> None:
    """It is ready once its address is open, alive while it runs, and says that it ends."""
    port = free_port()
    write_config(f'[site]\nlisten = "127.0.0.1:{port}"\n{DUMPS}')
    environment = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "8000000"}
    with RunningService(tmp_path, environment=environment) as service:
        assert told.next() == "READY=1"
        with socket.socket() as client:
            assert client.connect_ex(("127.0.0.1", port)) == 0
        assert [told.next(), told.next()] == ["WATCHDOG=1", "WATCHDOG=1"]
        assert service.stop(signal.SIGTERM)[0] == 0
    states: list[str] = []
    while not states or states[-1] != "STOPPING=1":
        states.append(told.next())
    assert set(states[:-1]) <= {"WATCHDOG=1"}
    assert told.is_nothing()


def test_only_coming_ticks_are_life(
    make_config: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A service says that it is alive while ticks come, and no longer once all are stuck."""
    config = make_config(DUMPS)
    stop, stuck = Event(), Event()
    alive: list[float] = []
    monkeypatch.setattr(schedule, "_STUCK_SECONDS", STUCK_SECONDS)
    monkeypatch.setattr(schedule, "_TICK_SECONDS", STUCK_SECONDS / 20)
    monkeypatch.setattr(ticks, "_LOOK_SECONDS", STUCK_SECONDS / 20)
    monkeypatch.setattr(Service, "_tick", lambda *_: stuck.is_set() and stop.wait(HUNG_SECONDS))
    with Store.open(config.store_url) as store:
        service = Service(
            config,
            store,
            clock=lambda: datetime.now(UTC),
            stop=stop,
            alive=lambda: alive.append(time.monotonic()),
        )
        running = Thread(target=service.run)
        running.start()
        try:
            began = time.monotonic()
            wait_until(lambda: bool(alive) and alive[-1] > began + 2 * STUCK_SECONDS)
            stuck.set()
            wait_until(lambda: time.monotonic() > alive[-1] + 2 * STUCK_SECONDS)
        finally:
            stop.set()
            running.join()


def test_alive_is_told_as_often_as_needed(told: Told, tmp_path: Path) -> None:
    """Of a thousand times in a moment systemd is told once; without WatchdogSec, never."""
    path = str(tmp_path / "notify")
    for environment, times in (
        ({"WATCHDOG_USEC": "60000000"}, 1),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())}, 1),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}, 0),
        ({"WATCHDOG_USEC": ""}, 0),
        ({}, 0),
    ):
        systemd = Systemd({"NOTIFY_SOCKET": path, **environment})
        for _ in range(1000):
            systemd.alive()
        assert [told.next() for _ in range(times)] == ["WATCHDOG=1"] * times
        assert told.is_nothing(), environment


@pytest.mark.skipif(sys.platform != "linux", reason="abstract names of sockets are Linux' alone")
def test_an_abstract_name_is_found() -> None:
    """A socket of systemd's may have a name that is no file's."""
    told = Told(f"\0aggregator-{os.getpid()}")
    Systemd({"NOTIFY_SOCKET": f"@aggregator-{os.getpid()}"}).ready(until=Event())
    assert told.next() == "READY=1"
    told.socket.close()


def test_nobody_is_told_without_systemd(caplog: pytest.LogCaptureFixture) -> None:
    """Without a socket nothing is sent nor logged; one that is gone is logged."""
    Systemd({}).ready(until=Event())
    Systemd({"WATCHDOG_USEC": "60000000"}).alive()
    assert caplog.messages == []
    Systemd({"NOTIFY_SOCKET": "/nowhere/notify"}).ready(until=Event())
    assert caplog.messages == ["systemd cannot be told READY=1: No such file or directory"]
