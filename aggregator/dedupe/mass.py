"""Mass change: most of what is known of a source would change at once, by one fetch.

A site that changes its software gives every entry another id and another address; one that is
broken, hacked or behind a wall sends one text for all. Readers would see everything anew. So such a
change is held back, told of, and believed once it stays, or once a person says so.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from datetime import datetime, timedelta

from aggregator.bengali.text import key
from aggregator.models import Decision, Held, Mention, New, Repeated, Seen

# A document of fewer entries can change by chance.
_LEAST_ENTRIES = 10
_MASS = 0.8
# What is broken is mended within hours; a change that was there each time is the site's own.
_PROVED_POLLS = 3
_PROVED_AFTER = timedelta(hours=6)


def is_suspect(document: Sequence[Mention], decisions: Sequence[Decision]) -> bool:
    """Tell whether so many entries of a document look new that they may be known ones."""
    new = sum(isinstance(one, New) for one in decisions)
    return new >= _LEAST_ENTRIES and new >= _MASS * len(document)


def mass_change(
    document: Sequence[Mention], decisions: Sequence[Decision], known_titles: Set[str]
) -> tuple[str, tuple[Decision, ...]]:
    """Find what of a document would change most of what is known of its source at once.

    Gives what it is, in words, and the decisions that it is made of: known entries that all have
    other words, or entries that look new and carry the headlines (keys, in ``known_titles``) of
    known ones. Nothing, where it is neither.
    """
    reworded = [one for one in decisions if isinstance(one, Seen) and one.material]
    known = sum(one.pk is not None for one in document)
    known += sum(isinstance(one, Seen) for one in decisions)
    if len(reworded) >= _LEAST_ENTRIES and len(reworded) >= _MASS * known:
        return f"{len(reworded)} of {known} known entries have other words", tuple(reworded)
    new = [one for one in decisions if isinstance(one, New)]
    again = [one for one in new if key(one.draft.title) in known_titles]
    if len(again) >= _LEAST_ENTRIES and len(again) >= _MASS * len(document):
        reason = f"{len(again)} of {len(document)} entries look new and have known headlines"
        return reason, tuple(again)
    return "", ()


def without(decisions: Sequence[Decision], held: Sequence[Decision]) -> list[Decision]:
    """Leave out decisions that are held back, and what repeats them."""
    owners = {one.id if isinstance(one, New) else _pk(one) for one in held}
    return [
        one
        for one in decisions
        if one not in held and not (isinstance(one, Repeated) and one.of in owners)
    ]


def _pk(one: Decision) -> int | str:
    return one.known.pk if isinstance(one, Seen) else ""


def is_proved(held: Held, now: datetime) -> bool:
    """Tell whether a change has stayed so long that it is meant, or was released."""
    has_stayed = held.polls >= _PROVED_POLLS and now - held.since >= _PROVED_AFTER
    return held.is_released or has_stayed
