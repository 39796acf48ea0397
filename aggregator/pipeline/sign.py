"""What new texts are looked up by is made of the keys that their drafts have anyway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aggregator.models import Changed, Decision, Draft, New, SignedText
from aggregator.store.unit import UnitOfWork
from aggregator.stories.candidates import signed_texts
from aggregator.stories.comparable import ComparableText


def signed_drafts(drafts: Sequence[Draft]) -> dict[str, SignedText]:
    """Make what drafts are looked up by, should they be entries whose stories are decided.

    Nearly each is one: a draft is made of what is new or has changed.
    """
    texts = [(ComparableText(draft.title_key, draft.body_key), draft.url_key) for draft in drafts]
    digests = [draft.digest for draft in drafts]
    return dict(zip(digests, signed_texts(texts), strict=True))


def sign(
    unit: UnitOfWork,
    decisions: Sequence[Decision],
    numbers: Mapping[str, int],
    signed: Mapping[str, SignedText],
) -> None:
    """Store what the entries are looked up by whose stories are to be decided.

    ``numbers`` are those of new entries, by their ids; ``signed`` is what was made of drafts.
    """
    texts: dict[int, SignedText] = {}
    for decision in decisions:
        if isinstance(decision, New):
            texts[numbers[decision.id]] = signed[decision.draft.digest]
        elif isinstance(decision, Changed) and decision.waits_for_story:
            texts[decision.known.pk] = signed[decision.draft.digest]
    unit.index.sign(texts)
