"""Files that other processes take away are looked at while they come and go, and nothing fails."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from aggregator.fetch.files import matching
from aggregator.models import Arrival, ArrivalKind, Source
from aggregator.pipeline.dump_pieces import pieces_of
from aggregator.publish import gone, remembered
from aggregator.push.spool import Spool
from aggregator.store import left_open, read_only, sqlite
from tests.support.passes import NOW

# Those that looked at a file twice failed within as many looks on two processors.
LOOKS = 1_000


@contextmanager
def coming_and_going(path: Path) -> Iterator[None]:
    """Make a file and take it away again, over and over, as processes that come and end do."""
    stop = Event()

    def come_and_go() -> None:
        while not stop.is_set():
            path.write_bytes(b"1")
            path.unlink(missing_ok=True)  # it may have been renamed

    thread = Thread(target=come_and_go)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def connect(url: str) -> None:
    """Connect as who only reads does."""
    read_only.connect(Path(url.removeprefix("sqlite:///"))).close()


@pytest.mark.parametrize(
    ("look", "suffix"),
    [
        pytest.param(sqlite.make_private, "-shm", id="private"),
        pytest.param(sqlite.make_private, "-wal", id="private log"),
        pytest.param(left_open.was_left_open, "-wal", id="left open"),
        pytest.param(connect, "-wal", id="read only"),
        pytest.param(sqlite.exists, "", id="exists"),
    ],
)
def test_logs_that_another_process_takes_away(
    look: Callable[[str], object], suffix: str, tmp_path: Path
) -> None:
    """The last connection of any process removes SQLite's logs, while another is being opened."""
    path = tmp_path / "store.db"
    if suffix:
        sqlite3.connect(path).executescript("CREATE TABLE one (a)").connection.close()
    with coming_and_going(Path(f"{path}{suffix}")):
        for _ in range(LOOKS):
            look(f"sqlite:///{path}")


def test_a_store_that_is_set_aside_while_a_reader_ends(tmp_path: Path) -> None:
    """What reads a damaged store may take its logs away while that is renamed."""
    with coming_and_going(tmp_path / "store.db-shm"):
        for _ in range(100):
            (tmp_path / "store.db").write_bytes(b"damaged")
            left_open.set_aside(f"sqlite:///{tmp_path}/store.db")
    assert len([*tmp_path.glob("store.db.damaged-*[0-9]")]) == 100


def test_markers_that_leave_while_a_backup_reads_them(tmp_path: Path) -> None:
    """A service that publishes takes markers away while what is remembered is read."""
    markers = tmp_path / gone.FOLDER
    markers.mkdir()
    (markers / "stays.rss").write_bytes(b"2")
    with coming_and_going(markers / "leaves.rss"):
        found = [remembered.read(tmp_path) for _ in range(LOOKS)]
    assert all(each[f"{gone.FOLDER}/stays.rss"] == b"2" for each in found)


def test_a_page_that_is_renamed_while_its_folder_is_looked_at(tmp_path: Path) -> None:
    """What is gone since it was listed is no fault; a link that leads nowhere is one."""
    (tmp_path / "stays.txt").write_bytes(b"2")
    (tmp_path / "nowhere.txt").symlink_to("nothing")
    with coming_and_going(tmp_path / "page.txt.part"):
        looks = [matching(str(tmp_path)) for _ in range(LOOKS)]
    for files, faults in looks:
        assert str(tmp_path / "stays.txt") in [file.path for file in files]
        assert len(faults) == 1 and "nowhere.txt cannot be looked at" in faults[0]


def test_a_page_that_is_removed_before_it_is_read(tmp_path: Path) -> None:
    """It has no records, and is no fault; the next look does not find it."""
    path = tmp_path / "page.txt"
    path.write_bytes(b"1")
    (file,), _ = matching(str(path))
    path.unlink()
    source = Source(name="d", title="", feed="", dump=str(path))
    assert list(pieces_of(source, file, None, lambda: NOW)) == []


def test_what_a_hub_sent_is_written_anew_while_a_web_server_begins(tmp_path: Path) -> None:
    """What a killed process left by half goes, and what the service rewrites just now stays."""
    spool = Spool(tmp_path)
    arrival = Arrival(token=str(1), kind=ArrivalKind.DELIVERY, arrived=NOW, body=b"<rss/>")
    assert spool.put(arrival)
    ((path, _),) = spool.waiting()
    begun = path.with_name(f".{path.name}.tmp")
    begun.write_bytes(b"half")
    (path.parent / ".other.delivery.tmp").write_bytes(b"half")
    spool.remove_unfinished()
    assert sorted(path.parent.iterdir()) == [begun, path]
    path.unlink()
    spool.remove_unfinished()
    assert not any(path.parent.iterdir())
