"""Pins: under which id a feed publishes a story, as far as that is not remembered yet."""

from __future__ import annotations

from dataclasses import replace

from aggregator.models import Pin, Presentation


def new_pins(feed: str, story: Presentation) -> dict[int, Pin]:
    """Return the pins of a story's entries that are not remembered yet, by number."""
    pinned, representative = story.pinned, story.representative
    pin = Pin(feed=feed, as_pk=pinned.pk, as_id=pinned.id, sequence=0)
    as_shown = replace(
        pin,
        representative_pk=representative.pk,
        representative_key=representative.content_key,
        updated=story.updated,
    )
    pins: dict[int, Pin] = {}
    if not any(replace(known, sequence=0) == as_shown for known in pinned.pins):
        pins[pinned.pk] = as_shown
    for member in story.members:
        known_pin = next((known for known in member.pins if known.feed == feed), None)
        if member.pk != pinned.pk and (known_pin is None or known_pin.as_pk != pinned.pk):
            pins[member.pk] = pin
    return pins
