"""Hold back: a mass change of a source, until it is proved or released."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from aggregator.bengali.text import key
from aggregator.identity import quarantine
from aggregator.models import Decision, KnownHeadline, Mention, Source
from aggregator.store.transaction import Transaction


def without_mass_change(
    transaction: Transaction,
    source: Source,
    document: Sequence[Mention],
    decisions: list[Decision],
    now: datetime,
) -> tuple[list[Decision], int, str]:
    """Give what of a document's decisions is to be stored, how many are held back, and why."""
    held = transaction.held(source.name)
    titled: dict[str, KnownHeadline] = {}
    if quarantine.is_suspect(decisions):
        for one in transaction.latest_titles(source.name):
            titled.setdefault(key(one.title), one)
    reason, found = quarantine.mass_change(document, decisions, titled)
    known = {id(one) for one in found}
    again = [one for one in quarantine.recurring(decisions, held) if id(one) not in known]
    changes = [*found, *again]
    if not changes:
        if held is not None:
            transaction.let_go(source.name)
        return decisions, 0, ""
    held = quarantine.held_now(held, reason, changes, now)
    if quarantine.is_proved(held, now):
        transaction.let_go(source.name)
        return decisions, 0, ""
    transaction.hold(source.name, held)
    note = (
        f"held back: {held.reason}; it is believed once it stays, or at once with: "
        f"aggregator release {source.name}"
    )
    return quarantine.without(decisions, changes), len(changes), note
