"""What two stories have to do with each other that are near in their words (``event_index``)."""

from __future__ import annotations

from dataclasses import dataclass

from aggregator.models import Relation
from aggregator.stories import event_vetoes, event_words
from aggregator.stories.comparable import ComparableText
from aggregator.stories.event_bounds import SAME_EVENT
from aggregator.stories.vetoes import Veto

# What keeps two steps of one affair apart, where nothing else does.
_VETOES_OF_STEPS = frozenset({Veto.STEPS, Veto.DAYS, Veto.NUMBERS})
# Reports of one affair name its people or its place in their headlines: of ten real pairs that only
# these vetoes keep apart and whose headlines share two stems, nine are of one affair.
_SHARED_IN_HEADLINES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A story as it is judged: its text, and the site that tells it, as ``candidates`` name it."""

    text: ComparableText
    site: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What two stories have to do with each other, by how near they are and what keeps them apart.

    ``score`` is between 0 and 1, the surer the higher; ``relation`` is ``None`` where they have
    nothing to do with each other.
    """

    relation: Relation | None
    score: float
    vetoes: tuple[Veto, ...]


def judge(a: Told, b: Told, cosine: float) -> Verdict:
    """Decide what two stories have to do with each other that ``event_index`` found so near.

    A paper tells an event once. What it tells again is what came of it, or who said what of it.
    Stories that are near only as one has the other's headline are of one event, or nothing: of
    sixteen pairs of one paper that are, six are of one theme alone. A headline without a text is
    not enough for it: of four such pairs of opinions one is of one event.
    """
    vetoes = event_vetoes.between_stories(a.text, b.text)
    relation = None
    if cosine < SAME_EVENT:
        have_leads = event_vetoes.has_lead(a.text) and event_vetoes.has_lead(b.text)
        if have_leads and not vetoes and a.site != b.site:
            relation = Relation.SAME
    elif not vetoes:
        relation = Relation.STEP if a.site == b.site else Relation.SAME
    elif _VETOES_OF_STEPS.issuperset(vetoes) and _share_a_subject(a.text, b.text):
        relation = Relation.STEP
    return Verdict(relation=relation, score=round(cosine, 3), vetoes=vetoes)


def _share_a_subject(a: ComparableText, b: ComparableText) -> bool:
    """Tell whether two headlines have stems in common: the people or the place of an affair."""
    shared = {*event_words.stems_of_title(a)} & {*event_words.stems_of_title(b)}
    return len(shared) >= _SHARED_IN_HEADLINES
