"""Backlog: a source that is new sends all that it has, and what has no date would stand on top.

The first poll of a source without dates brought a hundred entries *first seen* this minute, which
pushed everybody else's news off the page. So of a document none of whose entries is known, only the
first few that have no date are shown; the others are stored, known again, and searched, and none of
them is lost. The same holds for a source whose whole feed is new after a silence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aggregator.models import Changed, Decision, Mention, New


def with_backlog(
    document: Sequence[Mention], decisions: Sequence[Decision], limit: int | None
) -> list[Decision]:
    """Return the decisions with every undated new entry behind the first ``limit`` as backlog.

    Documents begin with the newest, so the first are shown. ``None`` sets no limit.
    """
    is_known = any(mention.pk is not None for mention in document) or any(
        isinstance(decision, Changed) for decision in decisions
    )
    if limit is None or is_known:
        return list(decisions)
    undated = sorted(
        decision.position
        for decision in decisions
        if isinstance(decision, New) and decision.draft.published is None
    )
    behind = frozenset(undated[limit:])
    return [
        replace(decision, is_backlog=True)
        if isinstance(decision, New) and decision.position in behind
        else decision
        for decision in decisions
    ]
