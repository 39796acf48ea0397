"""Rows ↔ frozen types: the one module that turns either into the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, RowMapping

from aggregator.models import (
    DateHow,
    DumpFile,
    Entry,
    FileProgress,
    KnownEntry,
    Pin,
    Quarantined,
    Revision,
    Standing,
    StoryMember,
    Tie,
    TieKind,
)
from aggregator.store.columns import naming_faults, number, text, texts
from aggregator.store.media_rows import media_from_values
from aggregator.store.packed import unpack


def unix(when: datetime) -> int:
    """Return an aware time as whole seconds of Unix time."""
    return int(when.timestamp())


def _time(seconds: int) -> datetime:
    """Return whole seconds of Unix time as an aware time in UTC, within the reading of a row."""
    return datetime.fromtimestamp(seconds, UTC)


@naming_faults
def from_unix(seconds: int) -> datetime:
    """Return whole seconds of Unix time as an aware time in UTC; StoreError where it is none."""
    return _time(seconds)


def from_unix_or_none(seconds: int | None) -> datetime | None:
    """Return a time as ``from_unix`` does, within the reading of a row; ``None`` stays ``None``."""
    return None if seconds is None else _time(seconds)


def unix_or_none(when: datetime | None) -> int | None:
    """Return an aware time as whole seconds of Unix time; ``None`` stays ``None``."""
    return None if when is None else unix(when)


@naming_faults
def entry_from_row(row: RowMapping) -> Entry:
    """Read one row of ``entry`` joined with ``entry_text``."""
    summary, content_html = unpack(row["texts"])
    return Entry(
        id=row["id"],
        source=row["source"],
        link=text(row["link"]),
        title=text(row["title"]),
        summary=summary,
        content_html=content_html,
        authors=texts(row["authors"]),
        categories=texts(row["categories"]),
        language=row["language"],
        published=_time(row["published_unix"]),
        updated=_time(row["updated_unix"]),
        date_how=DateHow(row["date_how"]),
        repairs=texts(row["repairs"]),
        media=media_from_values(row["media"]),
        rights=text(row["rights"]),
    )


@naming_faults
def member_from_row(row: RowMapping, pins: Sequence[Pin] = ()) -> StoryMember:
    """Read one row of ``entry``, maybe with what is damaged of it; ``pins`` are its own."""
    has_damage = "is_title_damaged" in row  # to ask for what is not there costs an exception
    return StoryMember(
        pk=row["pk"],
        id=row["id"],
        story=number(row["story"]),
        source=row["source"],
        language=text(row["language"]),
        published=_time(row["published_unix"]),
        date_how=DateHow(row["date_how"]),
        updated=_time(row["updated_unix"]),
        position=number(row["position"]),
        characters=number(row["characters"] or 0),
        content_key=row["content_key"],
        is_purged=row["purged_unix"] is not None,
        is_linked=row["is_linked"],
        is_backlog=row["is_backlog"],
        is_title_damaged=has_damage and bool(row["is_title_damaged"]),
        is_text_damaged=has_damage and bool(row["is_text_damaged"]),
        pins=tuple(pins),
    )


@naming_faults
def pin_from_row(row: RowMapping | Mapping[str, Any]) -> Pin:
    """Read one row of ``pin`` joined with the entry whose id it names."""
    return Pin(
        feed=row["feed"],
        as_pk=row["as_pk"],
        as_id=row["as_id"],
        sequence=row["sequence"],
        representative_pk=row["representative_pk"],
        representative_key=row["representative_key"],
        updated=from_unix_or_none(row["updated_unix"]),
    )


def pin_row(feed: str, pk: int, pin: Pin, sequence: int) -> dict[str, Any]:
    """Write a pin as a row of ``pin``."""
    return {
        "feed": feed,
        "pk": pk,
        "as_pk": pin.as_pk,
        "sequence": sequence,
        "representative_pk": pin.representative_pk,
        "representative_key": pin.representative_key,
        "updated_unix": unix_or_none(pin.updated),
    }


@naming_faults
def known_entry_from_row(row: Sequence[Any]) -> KnownEntry:
    """Read the columns of an entry that identity needs, as ``aliases.KNOWN_ENTRY`` has them."""
    pk, entry_id, content_key, title, link, published, purged, how, first_seen, alias_count = row
    return KnownEntry(
        pk=pk,
        id=entry_id,
        content_key=content_key,
        title=text(title or ""),
        link=text(link or ""),
        published=_time(published),
        is_purged=purged is not None,
        first_seen=_time(first_seen) if how == DateHow.FIRST_SEEN else None,
        alias_count=number(alias_count),
    )


def unreadable_entry(pk: int) -> KnownEntry:
    """Return what stands for a known entry that cannot be read: a purged one, which stays."""
    return KnownEntry(
        pk=pk,
        id="",
        content_key="",
        title="",
        link="",
        published=_time(0),
        is_purged=True,
        first_seen=None,
    )


@naming_faults
def tie_from_row(row: Row[Any]) -> Tie:
    """Read one row of ``tie``."""
    return Tie(
        a=row.a,
        b=row.b,
        kind=TieKind(row.kind),
        jaccard=float(row.jaccard),
        containment=float(row.containment),
    )


def tie_row(tie: Tie) -> dict[str, Any]:
    """Write a tie as a row of ``tie``."""
    return {
        "a": tie.a,
        "b": tie.b,
        "kind": tie.kind,
        "jaccard": tie.jaccard,
        "containment": tie.containment,
    }


def revision_from_row(row: RowMapping) -> Revision:
    """Read one row of ``revision``."""
    return Revision(
        until=from_unix(row["until_unix"]), title=row["title"], characters=row["characters"]
    )


@naming_faults
def quarantined_from_row(row: RowMapping) -> Quarantined:
    """Read one row of ``quarantine``."""
    return Quarantined(
        began=_time(row["began_unix"]),
        unchanged_since=_time(row["unchanged_since_unix"]),
        polls=row["polls"],
        reason=row["reason"],
        fingerprints=frozenset(row["fingerprints"]),
        is_released=row["is_released"],
    )


def quarantine_row(source: str, quarantined: Quarantined) -> dict[str, Any]:
    """Write what is quarantined of a source as a row of ``quarantine``."""
    return {
        "source": source,
        "began_unix": unix(quarantined.began),
        "unchanged_since_unix": unix(quarantined.unchanged_since),
        "polls": quarantined.polls,
        "reason": quarantined.reason,
        "fingerprints": sorted(quarantined.fingerprints),
        "is_released": quarantined.is_released,
    }


@naming_faults
def file_progress_from_row(row: RowMapping) -> FileProgress:
    """Read one row of ``dump_file``."""
    return FileProgress(
        file=DumpFile(path=row["path"], size=row["size"], modified_ns=row["modified_ns"]),
        records=row["records"],
        is_done=row["is_done"],
        error=row["error"],
    )


def file_progress_row(source: str, progress: FileProgress) -> dict[str, Any]:
    """Write how far a file is read as a row of ``dump_file``."""
    return {
        "source": source,
        "path": progress.file.path,
        "size": progress.file.size,
        "modified_ns": progress.file.modified_ns,
        "records": progress.records,
        "is_done": progress.is_done,
        "error": progress.error,
    }


@naming_faults
def standing_from_row(row: RowMapping) -> Standing:
    """Read one row of ``standing``."""
    stamps = {name: tuple(stamp) for name, stamp in dict(row["stamps"]).items()}
    return Standing(**{**row, "stamps": stamps, "left_out": dict(row["left_out"])})
