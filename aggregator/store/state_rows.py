"""Rows of ``source_state`` and of what decides when sources are next asked ↔ frozen types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import timedelta
from enum import StrEnum
from math import inf
from typing import Any, TypeVar

from sqlalchemy import RowMapping

from aggregator.models import (
    NO_HINTS,
    DueWhy,
    FaultKind,
    FeedHints,
    FetchState,
    IntervalHow,
    Rhythm,
    Tempo,
)
from aggregator.store.columns import naming_faults, number
from aggregator.store.rows import from_unix, from_unix_or_none, unix, unix_or_none

_Word = TypeVar("_Word", bound=StrEnum)
_HOURS = 24
_LISTS = frozenset({"skip_hours", "skip_days"})


@naming_faults
def state_from_row(row: RowMapping) -> FetchState:
    """Read one row of ``source_state``."""
    return FetchState(
        config_fingerprint=row["config_fingerprint"],
        moved_to=row["moved_to"],
        moved_polls=number(row["moved_polls"]),
        etag=row["etag"],
        last_modified=row["last_modified"],
        body_sha256=row["body_sha256"],
        next_due=from_unix_or_none(row["next_due_unix"]),
        checked=from_unix_or_none(row["checked_unix"]),
        failures=number(row["failures"]),
        error=row["error"],
        clock_skew=timedelta(seconds=row["clock_skew_seconds"]),
        clock_skew_confirmed=from_unix_or_none(row["clock_skew_confirmed_unix"]),
        rests_until=from_unix_or_none(row["rests_until_unix"]),
        resting_host=row["resting_host"],
        hints=_hints(row["hints"]),
        interval_seconds=_amount_or_none(row["interval_seconds"]),
        interval_how=_word(IntervalHow, row["interval_how"]),
        due_why=_word(DueWhy, row["due_why"]),
        fault=_word(FaultKind, row["fault"]),
        succeeded=from_unix_or_none(row["succeeded_unix"]),
        failing_since=from_unix_or_none(row["failing_since_unix"]),
    )


def state_row(source: str, state: FetchState) -> dict[str, Any]:
    """Write a source's state as a row of ``source_state``."""
    return {
        "source": source,
        "config_fingerprint": state.config_fingerprint,
        "moved_to": state.moved_to,
        "moved_polls": state.moved_polls,
        "etag": state.etag,
        "last_modified": state.last_modified,
        "body_sha256": state.body_sha256,
        "next_due_unix": unix_or_none(state.next_due),
        "checked_unix": unix_or_none(state.checked),
        "failures": state.failures,
        "error": state.error,
        "clock_skew_seconds": int(state.clock_skew.total_seconds()),
        "clock_skew_confirmed_unix": unix_or_none(state.clock_skew_confirmed),
        "rests_until_unix": unix_or_none(state.rests_until),
        "resting_host": state.resting_host,
        "hints": _hints_value(state.hints),
        "interval_seconds": state.interval_seconds,
        "interval_how": state.interval_how and state.interval_how.value,
        "due_why": state.due_why and state.due_why.value,
        "fault": state.fault and state.fault.value,
        "succeeded_unix": unix_or_none(state.succeeded),
        "failing_since_unix": unix_or_none(state.failing_since),
    }


@naming_faults
def rhythm_from_row(row: RowMapping) -> Rhythm:
    """Read one row of ``rhythm``."""
    entries = tuple(_amount(expected) for expected in row["entries_by_hour"])
    if len(entries) != _HOURS:
        raise ValueError(f"{len(entries)} hours")
    return Rhythm(measured=from_unix(row["measured_unix"]), entries_by_hour=entries)


def rhythm_row(source: str, rhythm: Rhythm) -> dict[str, Any]:
    """Write a source's rhythm as a row of ``rhythm``."""
    return {
        "source": source,
        "measured_unix": unix(rhythm.measured),
        "entries_by_hour": list(rhythm.entries_by_hour),
    }


@naming_faults
def tempo_from_row(row: RowMapping) -> Tempo:
    """Read the row of ``tempo``."""
    return Tempo(
        factor=_amount(row["factor"]),
        measured=from_unix(row["measured_unix"]),
        fingerprint=row["fingerprint"],
    )


def _hints(value: Mapping[str, Any]) -> FeedHints:
    """Read what a feed said, of which only what is not the default was stored."""
    if not value:
        return NO_HINTS
    said: dict[str, Any] = {
        name: tuple(map(number, words)) if name in _LISTS else number(words)
        for name, words in dict(value).items()
    }
    return FeedHints(**said)


def _hints_value(hints: FeedHints) -> dict[str, Any]:
    if hints == NO_HINTS:
        return {}
    values = ((field.name, getattr(hints, field.name)) for field in fields(hints))
    return {name: list(said) if isinstance(said, tuple) else said for name, said in values if said}


def _amount(value: object) -> float:
    """Return a number from 0 on; ValueError for another: a sum with NaN or infinity is none."""
    amount = float(str(value))
    if not 0 <= amount < inf:
        raise ValueError(f"{amount} is no amount")
    return amount


def _amount_or_none(value: object) -> float | None:
    return None if value is None else _amount(value)


def _word(words: type[_Word], value: str | None) -> _Word | None:
    return None if value is None else words(value)
