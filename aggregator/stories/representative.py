"""What a feed shows of a story: under whose id and time, and with whose words. Pure decisions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence, Set
from datetime import datetime

from aggregator.models import Pin, Presentation, StoryMember

# A text is fuller where it is longer by half: the same text in two feeds differs by credits.
_FULLER = 1.5
_MADE = "urn:uuid:"


def present(
    members: Sequence[StoryMember],
    *,
    feed: str,
    sources: Set[str],
    languages: Set[str],
    priorities: Mapping[str, int],
) -> Presentation | None:
    """Decide what a feed of these sources and languages shows of a story; nothing where it is none.

    The id and the time are those under which it was published first, whoever tells it now. The
    text is the fullest, of those the one of the better source, of those the earliest.
    """
    members = [one for one in members if not one.is_purged]
    told = [
        one
        for one in members
        if one.source in sources and ("*" in languages or one.language in languages)
    ]
    if not told:
        return None
    by_pk = {one.pk: one for one in members}
    pin = _pin(members, told, feed, by_pk.keys())
    pinned = by_pk[pin.as_pk] if pin is not None else _first(told, priorities)
    lead = min(told, key=lambda one: (-_fullness(one), *_order(one, priorities)))
    others = sorted(
        (one for one in members if one is not lead), key=lambda one: _order(one, priorities)
    )
    return Presentation(
        pinned=pinned,
        representative=lead,
        others=tuple(others),
        updated=_updated(pinned, lead, feed),
    )


def _first(told: Sequence[StoryMember], priorities: Mapping[str, int]) -> StoryMember:
    """Choose under whose id a story is published: under a source's own rather than one we made."""
    return min(told, key=lambda one: (one.id.startswith(_MADE), *_order(one, priorities)))


def _pin(
    members: Sequence[StoryMember], told: Sequence[StoryMember], feed: str, alive: Set[int]
) -> Pin | None:
    """Find under whose id a story was published first: in this feed, else in any.

    What was published before feeds were told apart is of no feed's name.
    """
    own = [pin for one in told for pin in one.pins if pin.feed == feed]
    own = own or [pin for one in members for pin in one.pins if pin.feed == feed]
    older = [pin for one in told for pin in one.pins if not pin.feed]
    others = [pin for one in members for pin in one.pins]
    for pins in (own, older, others):
        if there := [pin for pin in pins if pin.as_pk in alive]:
            return min(there, key=lambda pin: (pin.sequence, pin.as_id))
    return None


def _updated(pinned: StoryMember, lead: StoryMember, feed: str) -> datetime:
    """Give when the words of a story last changed, as far as this feed's readers could see it.

    Another entry that tells it now, or one more that carries it, changes nothing.
    """
    before = next((pin for pin in pinned.pins if pin.feed == feed), None)
    if before is None or before.representative_pk is None or before.updated is None:
        return pinned.updated
    is_revised = (
        before.representative_pk == lead.pk and before.representative_key != lead.content_key
    )
    return max(before.updated, lead.updated) if is_revised else before.updated


def _order(one: StoryMember, priorities: Mapping[str, int]) -> tuple[int, datetime, int, str, str]:
    priority = priorities.get(one.source, 0)
    return -priority, one.published, one.position, one.source, one.id


def _fullness(one: StoryMember) -> int:
    return int(math.log(max(one.characters, 1), _FULLER))
