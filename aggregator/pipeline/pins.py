"""Pins: under which id a feed publishes a story, where that is not remembered yet."""

from __future__ import annotations

from aggregator.models import Pin, Presentation


def new_pins(feed: str, story: Presentation) -> dict[int, Pin]:
    """Return the pins of a story's entries that are not remembered yet, by number."""
    pinned, representative = story.pinned, story.representative
    pins: dict[int, Pin] = {}
    as_shown = (feed, pinned.pk, representative.pk, representative.content_key, story.updated)
    if not any(_as_shown(known) == as_shown for known in pinned.pins):
        pins[pinned.pk] = Pin(
            feed=feed,
            as_pk=pinned.pk,
            as_id=pinned.id,
            sequence=0,
            representative_pk=representative.pk,
            representative_key=representative.content_key,
            updated=story.updated,
        )
    for member in story.members:
        known_pin = next((known for known in member.pins if known.feed == feed), None)
        if member.pk != pinned.pk and (known_pin is None or known_pin.as_pk != pinned.pk):
            pins[member.pk] = Pin(feed=feed, as_pk=pinned.pk, as_id=pinned.id, sequence=0)
    return pins


def _as_shown(pin: Pin) -> tuple[object, ...]:
    """Return what a pin says of a story but when it was first published."""
    return pin.feed, pin.as_pk, pin.representative_pk, pin.representative_key, pin.updated
