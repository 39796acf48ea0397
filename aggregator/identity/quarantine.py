"""Mass change: most of what is known of a source would change at once, by one fetch.

A site that changes its software gives every entry another id and another address; one that is
broken, hacked or behind a wall sends one text for all. Readers would see everything anew. So such a
change is held back, told of, and believed once it stays the same for some polls and hours, or once
a person says so. What is truly new goes on meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import blake2b

from aggregator.bengali.text import key
from aggregator.models import Changed, Decision, KnownHeadline, Mention, New, Quarantined, Repeated

# A document of fewer entries can change by chance.
_LEAST_ENTRIES = 10
_MASS = 0.8
# What is broken is mended within hours; a change that was there each time is the site's own.
_PROVED_POLLS = 3
_PROVED_AFTER = timedelta(hours=6)
# What is another each time and never mended is how the site is.
_LONGEST = timedelta(days=3)
# So much of what is held must have been held before, or it is another change.
_STAYS = 0.5
# What is sent again under another address keeps its time; a column that has one headline each day
# is a day younger.
_SAME_TIME = timedelta(hours=12)


def is_suspect(decisions: Sequence[Decision]) -> bool:
    """Tell whether so many entries look new that they may be known ones."""
    return sum(isinstance(one, New) for one in decisions) >= _LEAST_ENTRIES


def mass_change(
    document: Sequence[Mention], decisions: Sequence[Decision], titled: Mapping[str, KnownHeadline]
) -> tuple[str, tuple[Decision, ...]]:
    """Find what of a document would change most of what is known of its source at once.

    Gives what it is, in words, and the decisions that it is made of: known entries that all have
    other words, or entries that look new and are the known ones of their headline (``titled``, by
    their keys). Nothing, where it is neither.
    """
    unchanged = sum(one.pk is not None for one in document)
    seen = [one for one in decisions if isinstance(one, Changed)]
    reworded = [one for one in seen if one.is_material]
    known = unchanged + len(seen)
    if len(reworded) >= _LEAST_ENTRIES and len(reworded) >= _MASS * known:
        return f"{len(reworded)} of {known} known entries have other words", tuple(reworded)
    again = [one for one in decisions if isinstance(one, New) and _is_again(one, titled)]
    if len(again) >= _LEAST_ENTRIES and len(again) >= _MASS * (len(again) + known):
        return f"{len(again)} known headlines stand on entries that look new", tuple(again)
    return "", ()


def _is_again(one: New, titled: Mapping[str, KnownHeadline]) -> bool:
    known = titled.get(key(one.draft.title))
    if known is None:
        return False
    published, is_as_it_was = one.draft.published, known.content_key == one.draft.content_key
    if published is None or (is_as_it_was and one.draft.content_html):
        return is_as_it_was
    return abs(published - known.published) <= _SAME_TIME


def mark(one: Decision) -> str:
    """Give what a change of an entry is known again by at the next poll."""
    draft = one.draft
    told = f"{draft.native_id}\n{draft.url_key}\n{draft.content_key}"
    return blake2b(told.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def recurring(decisions: Sequence[Decision], held: Quarantined | None) -> tuple[Decision, ...]:
    """Give what was held back at the last poll and is here again."""
    if held is None:
        return ()
    return tuple(one for one in decisions if _is_change(one) and mark(one) in held.fingerprints)


def _is_change(one: Decision) -> bool:
    return isinstance(one, New) or (isinstance(one, Changed) and one.is_material)


def held_now(
    held: Quarantined | None, reason: str, changes: Sequence[Decision], now: datetime
) -> Quarantined:
    """Give what is held back of a source from now on; what is another change begins anew."""
    marks = frozenset(map(mark, changes))
    fresh = Quarantined(began=now, unchanged_since=now, polls=1, reason=reason, fingerprints=marks)
    if held is None:
        return fresh
    stays = len(marks & held.fingerprints) >= _STAYS * len(marks)
    counted = replace(held, polls=held.polls + 1) if stays else replace(fresh, began=held.began)
    return replace(counted, reason=reason or held.reason, fingerprints=marks)


def is_proved(held: Quarantined, now: datetime) -> bool:
    """Tell whether a change has stayed so long that it is meant, or was released."""
    has_stayed = held.polls >= _PROVED_POLLS and now - held.unchanged_since >= _PROVED_AFTER
    return held.is_released or has_stayed or now - held.began >= _LONGEST


def without(decisions: Sequence[Decision], held: Sequence[Decision]) -> list[Decision]:
    """Leave out decisions that are held back, and what repeats them."""
    kept = set(map(id, held))
    owners = {one.id for one in held if isinstance(one, New)}
    owners_seen = {one.known.pk for one in held if isinstance(one, Changed)}
    return [
        one
        for one in decisions
        if id(one) not in kept
        and not (isinstance(one, Repeated) and (one.of in owners or one.of in owners_seen))
    ]
