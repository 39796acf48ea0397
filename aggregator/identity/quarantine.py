"""Mass change: one fetch that would change most of what is known of its source.

A site that changes its software gives every entry another id and another address; one that is
broken, hacked or behind a wall sends one text for all. Readers would see everything anew. So such a
change is quarantined and reported. It is accepted once it stays the same for some polls and hours,
or once a person releases it. What is truly new is published meanwhile.

So is a flood of new entries (``flood``), of which nothing is: that it never settles proves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b

from aggregator.bengali.text import key
from aggregator.identity.flood import flood
from aggregator.models import (
    Changed,
    Decision,
    Intake,
    KnownHeadline,
    Mention,
    New,
    Quarantined,
    Repeated,
)

# A document of fewer entries can change by chance.
_LEAST_ENTRIES = 10
# Of what is known of a source, so large a part must change.
_MASS_SHARE = 0.8
# A broken site is repaired within hours; a change that is still there by then is the site's own.
_PROVED_POLLS = 3
_PROVED_AFTER = timedelta(hours=6)
# A site that never settles just behaves that way; accept the change after three days.
_LONGEST = timedelta(days=3)
# A change stays the same if at least half of what is held now was held before.
_SAME_SHARE = 0.5
# What is sent again under another address keeps its time; a column that has one headline each day
# is a day younger.
_SAME_TIME = timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Screening:
    """What to do with a document's decisions.

    ``accepted`` are to be stored. ``quarantined`` says what of the source is held back from now
    on, ``None`` where nothing is; ``held_count`` is how many decisions that keeps back.
    ``is_let_through`` says that something was accepted that had been held back: it proves nothing
    of how much the source usually brings.
    """

    accepted: list[Decision]
    quarantined: Quarantined | None = None
    held_count: int = 0
    is_let_through: bool = False


def screen(
    document: Sequence[Mention],
    decisions: list[Decision],
    headlines: Sequence[KnownHeadline],
    before: Quarantined | None,
    intake: Intake,
    now: datetime,
) -> Screening:
    """Divide a document's decisions into those to store and those to hold back.

    ``document`` mentions all of its entries, the unchanged ones too. ``headlines`` are those of the
    source's newest entries, needed where ``needs_headlines`` says so. ``before`` is what was
    quarantined at the last poll, ``intake`` how much the source brought before.
    """
    reason, changes = flood(decisions, intake)
    is_flood = bool(changes)
    if not is_flood:
        reason, changes = _mass_change(document, decisions, _by_key(headlines))
    is_counted = {id(change) for change in changes}
    again = [
        decision for decision in _held_before(decisions, before) if id(decision) not in is_counted
    ]
    held = [*changes, *again]
    if not held:
        return Screening(accepted=decisions)
    quarantined = _quarantined(before, reason, held, now)
    if is_flood:  # its days prove nothing of what is left of it either, or comes after it
        quarantined = replace(quarantined, began=now)
    if _is_proved(quarantined, now):
        return Screening(accepted=decisions, is_let_through=True)
    return Screening(
        accepted=_without(decisions, held), quarantined=quarantined, held_count=len(held)
    )


def needs_headlines(decisions: Sequence[Decision]) -> bool:
    """Tell whether enough entries look new that they may be known ones, sent under other names."""
    return sum(isinstance(decision, New) for decision in decisions) >= _LEAST_ENTRIES


def _by_key(headlines: Sequence[KnownHeadline]) -> dict[str, KnownHeadline]:
    """Return headlines by their keys; of equal ones the first counts."""
    return {key(headline.title): headline for headline in reversed(headlines)}


def _mass_change(
    document: Sequence[Mention],
    decisions: Sequence[Decision],
    headlines: Mapping[str, KnownHeadline],
) -> tuple[str, tuple[Decision, ...]]:
    """Find what of a document would change most of what is known of its source at once.

    Return what it is, in words, and the decisions it is made of: known entries that nearly all have
    other words, or entries that look new and carry a known headline. Empty where it is neither.
    """
    unchanged = sum(mention.pk is not None for mention in document)
    changed = [decision for decision in decisions if isinstance(decision, Changed)]
    reworded = [decision for decision in changed if decision.is_material]
    known = unchanged + len(changed)
    if len(reworded) >= _LEAST_ENTRIES and len(reworded) >= _MASS_SHARE * known:
        return f"{len(reworded)} of {known} known entries have other words", tuple(reworded)
    again = [
        decision
        for decision in decisions
        if headlines and isinstance(decision, New) and _is_known_headline(decision, headlines)
    ]
    if len(again) >= _LEAST_ENTRIES and len(again) >= _MASS_SHARE * (len(again) + known):
        return f"{len(again)} known headlines stand on entries that look new", tuple(again)
    return "", ()


def _is_known_headline(decision: New, headlines: Mapping[str, KnownHeadline]) -> bool:
    """Tell whether an entry that looks new is a known one of the same headline."""
    draft = decision.draft
    known = headlines.get(key(draft.title))
    if known is None:
        return False
    is_same_text = draft.has_words_of(known.content_key)
    if draft.published is None or (is_same_text and draft.content_html):
        return is_same_text
    return abs(draft.published - known.published) <= _SAME_TIME


def _fingerprint(decision: Decision) -> str:
    """Return what recognises a change of an entry at the next poll."""
    draft = decision.draft
    names = f"{draft.native_id}\n{draft.url_key}\n{draft.content_key}"
    return blake2b(names.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _held_before(decisions: Sequence[Decision], before: Quarantined | None) -> tuple[Decision, ...]:
    """Return the decisions that were held back at the last poll, too."""
    if before is None:
        return ()
    return tuple(
        decision
        for decision in decisions
        if _is_change(decision) and _fingerprint(decision) in before.fingerprints
    )


def _is_change(decision: Decision) -> bool:
    is_reworded = isinstance(decision, Changed) and decision.is_material
    return isinstance(decision, New) or is_reworded


def _quarantined(
    before: Quarantined | None, reason: str, held: Sequence[Decision], now: datetime
) -> Quarantined:
    """Return what is held back of a source from now on; another change than before begins anew."""
    fingerprints = frozenset(map(_fingerprint, held))
    fresh = Quarantined(
        began=now, unchanged_since=now, polls=1, reason=reason, fingerprints=fingerprints
    )
    if before is None:
        return fresh
    is_same = len(fingerprints & before.fingerprints) >= _SAME_SHARE * len(fingerprints)
    counted = (
        replace(before, polls=before.polls + 1) if is_same else replace(fresh, began=before.began)
    )
    return replace(counted, reason=reason or before.reason, fingerprints=fingerprints)


def _is_proved(quarantined: Quarantined, now: datetime) -> bool:
    """Tell whether a change has stayed so long that it is meant, or was released."""
    has_stayed = (
        quarantined.polls >= _PROVED_POLLS and now - quarantined.unchanged_since >= _PROVED_AFTER
    )
    never_settles = now - quarantined.began >= _LONGEST
    return quarantined.is_released or has_stayed or never_settles


def _without(decisions: Sequence[Decision], held: Sequence[Decision]) -> list[Decision]:
    """Return the decisions that are neither held back nor a repetition of one that is."""
    is_held = {id(decision) for decision in held}
    owners: set[int | str] = {decision.id for decision in held if isinstance(decision, New)}
    owners |= {decision.known.pk for decision in held if isinstance(decision, Changed)}
    return [
        decision
        for decision in decisions
        if id(decision) not in is_held
        and not (isinstance(decision, Repeated) and decision.of in owners)
    ]
