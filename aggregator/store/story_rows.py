"""Rows of entries whose stories are decided → frozen types."""

from __future__ import annotations

from sqlalchemy import RowMapping

from aggregator.models import DateHow, SignedText, StoryText, WaitingEntry
from aggregator.store.columns import naming_faults, text
from aggregator.store.packed import unpack
from aggregator.store.rows import from_unix

_HASH_BYTES = 4


@naming_faults
def waiting_entry_from_row(row: RowMapping) -> WaitingEntry:
    """Read one row of ``entry`` joined with ``signed``; what is damaged there is made anew."""
    return WaitingEntry(
        pk=row["pk"],
        source=row["source"],
        story=row["story"],
        published=from_unix(row["published_unix"]),
        is_dated=row["date_how"] != DateHow.FIRST_SEEN,
        was_clustered=row["characters"] is not None,
        signed=_signed_text_from_row(row),
    )


@naming_faults
def story_text_from_row(row: RowMapping) -> StoryText:
    """Read one row of ``entry`` joined with ``entry_text`` and ``tombstone``."""
    return StoryText(
        pk=row["pk"],
        source=row["source"],
        story=row["story"],
        published=from_unix(row["published_unix"]),
        is_dated=row["date_how"] != DateHow.FIRST_SEEN,
        was_clustered=row["characters"] is not None,
        is_purged=row["purged_unix"] is not None,
        content_key=row["content_key"],
        link=text(row["link"] or ""),
        title=text(row["title"] or ""),
        content_html=unpack(row["texts"])[1] if row["texts"] else "",
        tombstone=text(row["content"] or ""),
    )


def _signed_text_from_row(row: RowMapping) -> SignedText | None:
    """Read what was made of a text; ``None`` where nothing was, or it is damaged."""
    address, characters, signature = row["address"], row["signed_characters"], row["signature"]
    if not (isinstance(address, bytes) and isinstance(characters, int)):
        return None
    if not (isinstance(signature, bytes) and _is_whole(signature)):
        return None
    try:
        return SignedText(address=address.decode(), characters=characters, signature=signature)
    except UnicodeDecodeError:
        return None


def _is_whole(signature: bytes) -> bool:
    return bool(signature) and len(signature) % _HASH_BYTES == 0
