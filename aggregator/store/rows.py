"""Rows ↔ frozen types: the one place where either is turned into the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, RowMapping

from aggregator.models import (
    DateHow,
    Draft,
    Entry,
    FetchState,
    Pin,
    Quarantined,
    StoryMember,
    StoryText,
    Tie,
    TieKind,
)


def unix(when: datetime) -> int:
    """Give an aware time as whole seconds of Unix time."""
    return int(when.timestamp())


def from_unix(seconds: int) -> datetime:
    """Give whole seconds of Unix time as an aware time in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def entry_from_row(row: RowMapping) -> Entry:
    """Read one row of ``entry`` joined with ``entry_text``."""
    return Entry(
        id=row["id"],
        source=row["source"],
        link=row["link"],
        title=row["title"],
        summary=row["summary"],
        content_html=row["content_html"],
        authors=tuple(row["authors"]),
        categories=tuple(row["categories"]),
        language=row["language"],
        published=from_unix(row["published_unix"]),
        updated=from_unix(row["updated_unix"]),
        date_how=DateHow(row["how"]),
        repairs=tuple(row["repairs"]),
    )


def member_from_row(row: RowMapping, pins: Sequence[Pin] = ()) -> StoryMember:
    """Read one row of ``entry``; ``pins`` are its own."""
    return StoryMember(
        pk=row["pk"],
        id=row["id"],
        story=row["story"],
        source=row["source"],
        language=row["language"],
        published=from_unix(row["published_unix"]),
        updated=from_unix(row["updated_unix"]),
        position=row["position"],
        characters=row["characters"] or 0,
        content_key=row["content_key"],
        is_purged=row["purged_unix"] is not None,
        is_linked=row["is_linked"],
        pins=tuple(pins),
    )


def pin_from_row(row: RowMapping) -> Pin:
    """Read one row of ``shown`` joined with the entry whose id it names."""
    updated = row["updated_unix"]
    return Pin(
        feed=row["feed"],
        as_pk=row["as_pk"],
        as_id=row["as_id"],
        sequence=row["since"],
        representative_pk=row["lead_pk"],
        representative_key=row["lead_key"],
        updated=None if updated is None else from_unix(updated),
    )


def stored_from_row(row: RowMapping) -> StoryText:
    """Read one row of ``entry`` joined with ``entry_text`` and ``remains``."""
    return StoryText(
        pk=row["pk"],
        source=row["source"],
        story=row["story"],
        published=from_unix(row["published_unix"]),
        is_dated=row["how"] != DateHow.FIRST_SEEN,
        was_clustered=row["characters"] is not None,
        is_purged=row["purged_unix"] is not None,
        content_key=row["content_key"],
        link=row["link"] or "",
        title=row["title"] or "",
        content_html=row["content_html"] or "",
        tombstone=row["remains"] or "",
    )


def text_row(pk: int, draft: Draft) -> dict[str, Any]:
    """Write what a draft shows as a row of ``entry_text``."""
    return {
        "pk": pk,
        "link": draft.link,
        "title": draft.title,
        "summary": draft.summary,
        "content_html": draft.content_html,
        "authors": list(draft.authors),
        "categories": list(draft.categories),
        "repairs": list(draft.repairs),
        "related": list(draft.related),
    }


def tie_from_row(row: Row[Any]) -> Tie:
    """Read one row of ``tie``."""
    return Tie(
        a=row.a,
        b=row.b,
        kind=TieKind(row.kind),
        jaccard=row.jaccard,
        containment=row.containment,
    )


def held_from_row(row: RowMapping) -> Quarantined:
    """Read one row of ``held``."""
    return Quarantined(
        began=from_unix(row["began_unix"]),
        unchanged_since=from_unix(row["since_unix"]),
        polls=row["polls"],
        reason=row["reason"],
        fingerprints=frozenset(row["marks"]),
        is_released=row["is_released"],
    )


def state_from_row(row: Mapping[Any, Any]) -> FetchState:
    """Read one row of ``source_state``."""

    def when(seconds: int | None) -> datetime | None:
        return None if seconds is None else from_unix(seconds)

    return FetchState(
        config_fingerprint=row["asked"],
        moved_to=row["moved_to"],
        moved_polls=row["moved_polls"],
        etag=row["etag"],
        last_modified=row["last_modified"],
        body_sha256=row["body_sha256"],
        next_due=when(row["next_due_unix"]),
        checked=when(row["checked_unix"]),
        failures=row["failures"],
        error=row["error"],
        clock_skew=timedelta(seconds=row["shift_seconds"]),
        clock_skew_confirmed=when(row["shift_confirmed_unix"]),
        rests_until=when(row["rests_until_unix"]),
        resting_host=row["resting_host"],
    )


def state_row(source: str, state: FetchState) -> dict[str, Any]:
    """Write a source's state as a row of ``source_state``."""

    def seconds(when: datetime | None) -> int | None:
        return None if when is None else unix(when)

    return {
        "source": source,
        "asked": state.config_fingerprint,
        "moved_to": state.moved_to,
        "moved_polls": state.moved_polls,
        "etag": state.etag,
        "last_modified": state.last_modified,
        "body_sha256": state.body_sha256,
        "next_due_unix": seconds(state.next_due),
        "checked_unix": seconds(state.checked),
        "failures": state.failures,
        "error": state.error,
        "shift_seconds": int(state.clock_skew.total_seconds()),
        "shift_confirmed_unix": seconds(state.clock_skew_confirmed),
        "rests_until_unix": seconds(state.rests_until),
        "resting_host": state.resting_host,
    }
