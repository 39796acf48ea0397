"""Ledger: under how many names an entry is remembered.

Some sources give an entry another id at every fetch, for years. It is recognised by its other names
each time, and to remember each id would fill the disk for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aggregator.models import Alias, Changed, Decision, KnownAliases

# Entries of real feeds have three names, and one more for each new headline or address. Those that
# came first are kept, as one of them is what the entry was recognised by.
_MOST_ALIASES = 64


def with_new_names(decisions: Sequence[Decision], known: KnownAliases) -> list[Decision]:
    """Return the decisions with those aliases of changed entries that are to be added.

    They are the ones that were never seen, as long as the entry has fewer than 64.
    """
    return [
        replace(decision, aliases=_new_names(decision, known))
        if isinstance(decision, Changed)
        else decision
        for decision in decisions
    ]


def _new_names(decision: Changed, known: KnownAliases) -> tuple[Alias, ...]:
    room = max(_MOST_ALIASES - decision.known.alias_count, 0)
    return tuple(name for name in decision.aliases if name not in known.own)[:room]
