"""How a feed presents a story: under whose id and time, and with whose text. Pure decisions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence, Set
from datetime import datetime

from aggregator.models import Pin, Presentation, StoryMember

# One text is fuller than another where it is longer by half: the same text in two feeds differs by
# credits.
_FULLER = 1.5
_OUR_IDS = "urn:uuid:"


def present(
    members: Sequence[StoryMember],
    *,
    feed: str,
    sources: Set[str],
    languages: Set[str],
    priorities: Mapping[str, int],
) -> Presentation | None:
    """Decide how a feed of these sources and languages presents a story, ``None`` if it does not.

    The id and the time are those under which the feed published it first, whoever represents it
    now. ``_fullest`` says whose the text is.
    """
    members = [member for member in members if not member.is_purged]
    selected = [
        member
        for member in members
        if member.source in sources and ("*" in languages or member.language in languages)
    ]
    if not selected:
        return None
    if len(members) == 1:  # as of nearly every story, and then there is nothing to choose
        (only,) = members
        updated = _updated(only, only, feed)
        return Presentation(pinned=only, representative=only, others=(), updated=updated)
    by_pk = {member.pk: member for member in members}
    pin = _oldest_pin(members, selected, feed, by_pk.keys())
    pinned = by_pk[pin.as_pk] if pin is not None else _first(selected, priorities)
    representative = _fullest(selected, priorities)
    others = sorted(
        (member for member in members if member is not representative),
        key=lambda member: _order(member, priorities),
    )
    return Presentation(
        pinned=pinned,
        representative=representative,
        others=tuple(others),
        updated=_updated(pinned, representative, feed),
    )


def _first(selected: Sequence[StoryMember], priorities: Mapping[str, int]) -> StoryMember:
    """Choose under whose id a story is published: a source's own id comes before one of ours."""
    return min(
        selected,
        key=lambda member: (member.id.startswith(_OUR_IDS), *_order(member, priorities)),
    )


def _fullest(selected: Sequence[StoryMember], priorities: Mapping[str, int]) -> StoryMember:
    """Choose whose text is shown: the fullest, then the best source's, then the earliest.

    A title that has lost letters comes last, as everybody sees it; a text that has, after another
    as full, as an excerpt tells less than a text that has lost one.
    """
    return min(
        selected,
        key=lambda member: (
            member.is_title_damaged,
            -_fullness(member),
            member.is_text_damaged,
            *_order(member, priorities),
        ),
    )


def _oldest_pin(
    members: Sequence[StoryMember], selected: Sequence[StoryMember], feed: str, alive: Set[int]
) -> Pin | None:
    """Find under whose id a feed published a story first; what other feeds did counts for nothing.

    Pins from before feeds were told apart have no feed's name.
    """
    in_feed = [pin for member in selected for pin in member.pins if pin.feed == feed]
    in_feed = in_feed or [pin for member in members for pin in member.pins if pin.feed == feed]
    without_feed = [pin for member in selected for pin in member.pins if not pin.feed]
    for pins in (in_feed, without_feed):
        if usable := [pin for pin in pins if pin.as_pk in alive]:
            return min(usable, key=lambda pin: (pin.sequence, pin.as_id))
    return None


def _updated(pinned: StoryMember, representative: StoryMember, feed: str) -> datetime:
    """Return when the words of a story last changed, as this feed's readers saw it.

    Another representative, or one more entry that carries the text, changes nothing.
    """
    before = next((pin for pin in pinned.pins if pin.feed == feed), None)
    if before is None or before.representative_pk is None or before.updated is None:
        return pinned.updated
    is_revised = (
        before.representative_pk == representative.pk
        and before.representative_key != representative.content_key
    )
    return max(before.updated, representative.updated) if is_revised else before.updated


def _order(
    member: StoryMember, priorities: Mapping[str, int]
) -> tuple[int, datetime, int, str, str]:
    priority = priorities.get(member.source, 0)
    return -priority, member.published, member.position, member.source, member.id


def _fullness(member: StoryMember) -> int:
    return int(math.log(max(member.characters, 1), _FULLER))
