"""Flicker: an entry whose words change at every poll, as a view counter or a rotating list does.

Known counters are no part of a text (``normalise``); what else a site lets flicker cannot be told
from a correction the first time. It can be once it goes on: after three revisions under one
headline within three days a further one is stored and shown, and no longer counts as an update. So
a live page moves up three times in three days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from aggregator.bengali.text import key
from aggregator.models import Changed, Decision

# A report is corrected once or twice; of the files looked at, none had a third revision in a day
# but live pages and those with counters.
_MOST_REVISIONS = 3
REVISIONS_WITHIN = timedelta(days=3)


def revised(decisions: Sequence[Decision]) -> list[int]:
    """Return the entries whose words would change under an unchanged headline, by number."""
    return [
        decision.known.pk
        for decision in decisions
        if isinstance(decision, Changed) and _has_new_text_alone(decision)
    ]


def without_flicker(decisions: Sequence[Decision], revisions: Mapping[int, int]) -> list[Decision]:
    """Return the decisions with a change of what flickers as not material.

    ``revisions`` counts how often the words of an entry changed lately, by its number.
    """
    return [
        replace(decision, is_material=False)
        if isinstance(decision, Changed)
        and _has_new_text_alone(decision)
        and revisions.get(decision.known.pk, 0) >= _MOST_REVISIONS
        else decision
        for decision in decisions
    ]


def _has_new_text_alone(decision: Changed) -> bool:
    return decision.is_material and key(decision.draft.title) == key(decision.known.title)
