"""What hubs sent, on its way from the web server to the service: a folder of files.

A delivery is acknowledged once its file is on the disk, and its file goes once what it brought is
committed to the store: a process that is killed at any moment loses nothing that was acknowledged.
One that is taken twice changes nothing, as entries are recognised. Bounded in number and bytes:
where it is full, the hub is told to come again. File names hold no callback, as names of files get
into error messages.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from threading import Lock

from aggregator import durable
from aggregator.models import Arrival, ArrivalKind

log = logging.getLogger(__name__)

_FOLDER = "arrived"
_DELIVERIES = ".delivery"
# A tick of the service takes what waits within two seconds. With feeds of 4 MB at most these are
# reached by a hub that sends without end, or while the service migrates its store.
MOST_WAITING = 256
MOST_WAITING_OF_ONE = 16
MOST_WAITING_BYTES = 64_000_000


class Spool:
    """The folder of what arrived; one process puts into it, another one takes from it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / _FOLDER
        self._lock = Lock()

    def put(self, arrival: Arrival) -> bool:
        """Put something in, and return once it is on the disk; false where there is no room.

        Of what a hub confirmed or denied of a callback the last counts, and there is always room.
        OSError where it cannot be written.
        """
        of_callback = sha256(arrival.token.encode()).hexdigest()[:16]
        name = f"{of_callback}.answer"
        with self._lock:
            durable.make_folder(self._folder)
            if arrival.kind is ArrivalKind.DELIVERY:
                if not self._has_room(of_callback, len(arrival.body)):
                    return False
                arrived_us = int(arrival.arrived.timestamp() * 1_000_000)
                content = sha256(arrival.body).hexdigest()[:16]
                name = f"{arrived_us:020d}-{content}-{of_callback}{_DELIVERIES}"
            _write(self._folder / name, arrival)
        return True

    def remove_unfinished(self) -> None:
        """Remove what a process that was killed left half written, but of what waits.

        That the service may be writing anew just now (``note_tries``); no other may be ``put``.
        """
        for path in self._folder.glob(".*"):
            try:
                if not durable.target_of(path).exists():
                    path.unlink(missing_ok=True)
            except OSError as error:  # feeds are served all the same
                log.warning("what a hub sent by half cannot be removed: %s", error.strerror)

    def waiting(self) -> Iterator[tuple[Path, Arrival]]:
        """Yield what waits, deliveries in the order in which they came, with its file to remove.

        What cannot be read for now stays; what holds no arrival is removed. The log says so.
        OSError where the folder cannot be read.
        """
        try:
            paths = sorted(self._folder.iterdir())
        except FileNotFoundError:
            return
        for path in paths:
            if path.name.startswith("."):  # it is being written
                continue
            try:
                yield path, _read(path)
            except OSError as error:
                log.warning("what a hub sent cannot be read: %s", error.strerror)
            except (ValueError, KeyError, TypeError) as error:
                log.warning("what a hub sent is damaged (%s)", type(error).__name__)
                path.unlink(missing_ok=True)

    def note_tries(self, path: Path, arrival: Arrival, tries: int) -> None:
        """Remember how often it was begun to store what a file holds. OSError."""
        _write(path, replace(arrival, tries=tries))

    def _has_room(self, of_callback: str, size: int) -> bool:
        waiting = of_one = 0
        with os.scandir(self._folder) as entries:
            for entry in entries:
                if entry.name.endswith(_DELIVERIES):
                    waiting += 1
                    of_one += entry.name.endswith(f"-{of_callback}{_DELIVERIES}")
                    size += _size(entry)
        return (
            waiting < MOST_WAITING and of_one < MOST_WAITING_OF_ONE and size <= MOST_WAITING_BYTES
        )


def _size(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat(follow_symlinks=False).st_size
    except FileNotFoundError:  # it was taken meanwhile
        return 0


def _write(path: Path, arrival: Arrival) -> None:
    header = {
        "token": arrival.token,
        "kind": arrival.kind,
        "arrived_unix": arrival.arrived.timestamp(),
        "lease_seconds": arrival.lease_seconds,
        "reason": arrival.reason,
        "content_type": arrival.content_type,
        "tries": arrival.tries,
    }
    durable.write(path, json.dumps(header).encode(), b"\n", arrival.body)


def _read(path: Path) -> Arrival:
    line, _, body = path.read_bytes().partition(b"\n")
    header = json.loads(line)
    return Arrival(
        token=header["token"],
        kind=ArrivalKind(header["kind"]),
        arrived=datetime.fromtimestamp(header["arrived_unix"], UTC),
        lease_seconds=header["lease_seconds"],
        reason=header["reason"],
        content_type=header["content_type"],
        body=body,
        tries=header.get("tries", 0),
    )
