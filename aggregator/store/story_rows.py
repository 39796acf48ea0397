"""Rows of entries whose stories are decided → frozen types."""

from __future__ import annotations

from typing import Any

from aggregator.models import DateHow, SignedText, StoryText, WaitingEntry
from aggregator.store.columns import naming_faults, number, text
from aggregator.store.packed import unpack
from aggregator.store.rows import from_unix

_HASH_BYTES = 4


@naming_faults
def waiting_entry_from_row(row: tuple[Any, ...]) -> WaitingEntry:
    """Read one row of ``entry`` joined with ``signed``; what is damaged there is made anew."""
    pk, source, story, published_unix, date_how, characters, *signed = row
    return WaitingEntry(
        pk=pk,
        source=source,
        story=number(story),
        published=from_unix(published_unix),
        is_dated=date_how != DateHow.FIRST_SEEN,
        was_clustered=characters is not None,
        signed=_signed_text(*signed),
    )


@naming_faults
def story_text_from_row(row: tuple[Any, ...]) -> StoryText:
    """Read one row of ``entry`` joined with ``entry_text`` and ``tombstone``."""
    pk, source, story, published_unix, date_how, characters, purged_unix, content_key, *texts = row
    link, title, packed, tombstone = texts
    return StoryText(
        pk=pk,
        source=source,
        story=number(story),
        published=from_unix(published_unix),
        is_dated=date_how != DateHow.FIRST_SEEN,
        was_clustered=characters is not None,
        is_purged=purged_unix is not None,
        content_key=content_key,
        link=text(link or ""),
        title=text(title or ""),
        content_html=unpack(packed)[1] if packed else "",
        tombstone=text(tombstone or ""),
    )


def _signed_text(address: object, characters: object, signature: object) -> SignedText | None:
    """Read what was made of a text; ``None`` where nothing was, or it is damaged."""
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
