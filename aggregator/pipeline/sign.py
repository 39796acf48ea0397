"""What new texts are looked up by is made of the keys that their drafts have anyway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aggregator.models import Changed, Decision, Draft, New
from aggregator.store.unit import UnitOfWork
from aggregator.stories.candidates import signed_texts
from aggregator.stories.comparable import ComparableText


def sign(unit: UnitOfWork, decisions: Sequence[Decision], numbers: Mapping[str, int]) -> None:
    """Store what the entries are looked up by whose stories are to be decided.

    ``numbers`` are those of new entries, by their ids.
    """
    drafts: dict[int, Draft] = {}
    for decision in decisions:
        if isinstance(decision, New):
            drafts[numbers[decision.id]] = decision.draft
        elif isinstance(decision, Changed) and decision.waits_for_story:
            drafts[decision.known.pk] = decision.draft
    texts = [
        (ComparableText(draft.title_key, draft.body_key), draft.url_key)
        for draft in drafts.values()
    ]
    unit.index.sign(dict(zip(drafts, signed_texts(texts), strict=True)))
