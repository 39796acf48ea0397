"""What was decided of a document's drafts → rows: new entries, changed ones, and their digests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from aggregator.models import Changed, DateHow, Decision, Draft, New
from aggregator.store import schema, sql
from aggregator.store.media_rows import media_values
from aggregator.store.packed import pack
from aggregator.store.rows import unix

_entry = schema.entry


def new_entry_row(pk: int, decision: New, now: datetime) -> dict[str, Any]:
    """Write a new entry as a row of ``entry``; what has no date is published now."""
    draft = decision.draft
    published = draft.published or now
    updated = draft.updated or published
    return {
        "pk": pk,
        "id": decision.id,
        "source": draft.source,
        "story": pk,
        "language": draft.language,
        "published_unix": unix(published),
        "updated_unix": unix(max(published, updated)),
        "first_seen_unix": unix(now),
        "date_how": (draft.date_how if draft.published else DateHow.FIRST_SEEN).value,
        "position": decision.position,
        "content_key": draft.content_key,
        "characters": None,
        "is_clustered": False,
        "is_linked": False,
        "is_backlog": decision.is_backlog,
        "purged_unix": None,
        "alias_count": len(decision.aliases),
    }


def text_row(pk: int, draft: Draft) -> dict[str, Any]:
    """Write what a draft shows as a row of ``entry_text``."""
    return {
        "pk": pk,
        "link": draft.link,
        "title": draft.title,
        "texts": pack(draft.summary, draft.content_html),
        "markup_characters": len(draft.content_html),
        "is_text_damaged": sql.LOST_LETTER in draft.content_html,
        "authors": list(draft.authors),
        "categories": list(draft.categories),
        "repairs": list(draft.repairs),
        "related": list(draft.related),
        "media": media_values(draft.media),
        "rights": draft.rights,
    }


def changed_values(decision: Changed, now: datetime) -> dict[str, Any]:
    """Return the columns of ``entry`` that a newer form of an entry changes; its id stays."""
    draft = decision.draft
    values: dict[str, Any] = {"language": draft.language}
    if decision.aliases:
        values["alias_count"] = _entry.c.alias_count + len(decision.aliases)
    if decision.dated is not None:
        values |= {
            "published_unix": unix(decision.dated),
            "date_how": draft.date_how,
            "is_backlog": False,
            "is_clustered": False,  # it stands elsewhere in the index now
        }
        if not decision.is_material:  # nothing was updated since it was published
            values["updated_unix"] = unix(max(decision.dated, draft.updated or decision.dated))
    if decision.is_material:
        # The source's own time of update counts if it moved; else it is now.
        stated = unix(draft.updated) if draft.updated and draft.updated <= now else 0
        is_older = _entry.c.updated_unix < stated
        values |= {
            "content_key": draft.content_key,
            "is_clustered": False,
            "updated_unix": sa.case((is_older, stated), else_=unix(now)),
        }
    return values


def digests_of(decisions: Sequence[Decision], pks: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return the digest of each draft with the number of the entry that it is.

    A repetition in other words is left out: it is looked at again when it is sent again.
    """
    digests: list[tuple[str, int]] = []
    for decision in decisions:
        digest = decision.draft.digest
        if isinstance(decision, New):
            digests.append((digest, pks[decision.id]))
        elif isinstance(decision, Changed):
            digests.append((digest, decision.known.pk))
        elif decision.is_same_text:
            of = decision.of
            digests.append((digest, of if isinstance(of, int) else pks[of]))
    return digests
