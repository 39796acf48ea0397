"""What becomes of a process whose sessions with PostgreSQL end without it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from threading import Event

import pytest
import sqlalchemy as sa

from aggregator.errors import StoreError, StoreInUseError
from aggregator.store.announcements import Announcements
from aggregator.store.backend import Backend
from aggregator.store.host_turns import HostTurns
from aggregator.store.presence import Presence
from aggregator.store.store import Store
from tests.support.by_hand import by_hand

# 3047 is what the lock of who makes passes is for.
_END_ALL = (
    "SELECT pg_terminate_backend(pid, 10000) FROM pg_locks WHERE locktype = 'advisory'"
    " AND classid = 3047 AND objid = CAST(hashtext(current_schema()) AS bigint) & 4294967295"
)
_LOCK = "SELECT pg_advisory_lock(1, hashtext(current_schema() || 'lead'))"


def end_sessions(url: str) -> None:
    """End the sessions that have a lock of a store, as a server does that restarts."""
    with by_hand(url) as connection:
        connection.execute(sa.text(_END_ALL))


def write(store: Store) -> None:
    """Write nothing, as a unit of work."""
    with store.write():
        pass


def test_a_service_whose_session_was_ended_has_the_store_alone_again(postgresql_url: str) -> None:
    """The next write takes the lock again, so that no second service begins beside it."""
    with Store.open(postgresql_url) as store:
        end_sessions(postgresql_url)
        write(store)
        with pytest.raises(StoreInUseError):
            Store.open(postgresql_url)
        write(store)
    Store.open(postgresql_url).close()


def test_a_service_that_was_replaced_meanwhile_writes_nothing(postgresql_url: str) -> None:
    """Another one took the lock while PostgreSQL was away, and is alone until it ends."""
    with Store.open(postgresql_url) as first:
        end_sessions(postgresql_url)
        with Store.open(postgresql_url) as second:
            for _ in range(2):
                with pytest.raises(StoreInUseError, match="another aggregator"):
                    write(first)
            write(second)
        write(first)


def test_a_server_that_ends_idle_sessions_ends_none_of_ours(postgresql_url: str) -> None:
    """The lock, the pools and the mirror's ear outlast the time after which it would."""
    url = f"{postgresql_url}%20-cidle_session_timeout%3D800"
    with Store.open(url) as store, Announcements(url) as announcements:
        turns = HostTurns(url)
        write(store)
        turns.rest("a.example", 1)
        announcements.wait(1, Event())
        turns.rest("a.example", 1)
        write(store)
        announcements.wait(0.1, Event())
        with pytest.raises(StoreInUseError):
            Store.open(url)
        turns.close()


def test_a_worker_waits_where_nothing_can_be_written(postgresql_url: str) -> None:
    """It says that a standby is read only, in place of failing in each of its parts."""
    Store.open(postgresql_url).close()
    with pytest.raises(StoreError, match="read only"):
        Presence.enter(f"{postgresql_url}%20-cdefault_transaction_read_only%3Don")


def test_a_session_is_no_other_one_of_its_number(postgresql_url: str) -> None:
    """After a restart of the server numbers return: whoever led before does not lead by that."""
    with Store.open(postgresql_url) as store, by_hand(postgresql_url) as connection:
        session = Backend.of(connection)
        connection.execute(sa.text(_LOCK))
        with store.read() as unit:
            assert session.has_lock(unit, 1, "lead")
            assert not session.has_lock(unit, 1, "dump")
            before = replace(session, began=session.began - timedelta(hours=1))
            assert not before.has_lock(unit, 1, "lead")
