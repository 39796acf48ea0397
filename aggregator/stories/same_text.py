"""Whether two entries carry one text: pure decisions.

Two entries are tied by what the two state and when, whatever else is stored; a story is what ties
connect. So stories are the same whatever the order in which entries came, and they only grow: what
was once shown as one story is not shown as two later. The one exception is a bridge: a text that
lies between two others (a digest, a live blog, one of a chain of reports) belongs to the one that
it came to first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from aggregator.models import TieKind
from aggregator.stories import headlines, vetoes
from aggregator.stories.comparable import Dated
from aggregator.stories.signature import UNDATED_WINDOW
from aggregator.stories.similarity import Similarity, likeness
from aggregator.stories.vetoes import Veto

# A column has its headline each day; its hour varies.
_A_DAY = timedelta(hours=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What ties two entries, ``None`` where nothing does, with their likeness and the vetoes."""

    kind: TieKind | None
    similarity: Similarity

    def against(self, veto: Veto) -> Verdict:
        """Return the verdict with one more veto, so that nothing ties the two."""
        vetoes_with = (*self.similarity.vetoes, veto)
        return Verdict(kind=None, similarity=replace(self.similarity, vetoes=vetoes_with))


def judge(a: Dated, b: Dated, window: timedelta, *, has_address: bool = False) -> Verdict:
    """Judge whether two entries carry one text, the same whichever comes first.

    ``has_address`` says that the two have one address.
    """
    similarity = likeness(a.text, b.text)
    if are_apart(a, b, window):
        return _verdict(None, similarity, (Veto.APART,))
    if has_address and (headlines.share_words(a.text, b.text) or not similarity.is_unlike):
        against = vetoes.at_one_address(a.text, b.text, similarity.jaccard)
        return _verdict(TieKind.ADDRESS, similarity, against)
    has_headline = a.text.headline == b.text.headline
    if not (similarity.is_alike or has_headline):
        return _verdict(None, similarity, ())
    against = vetoes.between_texts(a.text, b.text, similarity.jaccard)
    similarity = replace(similarity, vetoes=against)
    if similarity.is_same:
        return _verdict(TieKind.COPY, similarity, _against_a_copy(a, b, similarity))
    if not has_headline or Veto.LITTLE_TEXT not in similarity.vetoes:
        return Verdict(kind=None, similarity=similarity)
    return _verdict(TieKind.HEADLINE, similarity, vetoes.under_one_headline(a, b))


def are_apart(a: Dated, b: Dated, window: timedelta) -> bool:
    """Tell whether two entries were published too far apart in time to be looked at together.

    What has no date stands at the time when it was first seen, and may be older: where it is the
    later one, the window is as long as the longest that can be configured.
    """
    later = max(a, b, key=lambda entry: (entry.published, entry.is_dated))
    apart = abs(a.published - b.published)
    return apart > (window if later.is_dated else UNDATED_WINDOW)


def _verdict(kind: TieKind | None, similarity: Similarity, against: tuple[Veto, ...]) -> Verdict:
    """Return the verdict that a kind of tie holds unless something is against it."""
    return Verdict(kind=None if against else kind, similarity=replace(similarity, vetoes=against))


def _against_a_copy(a: Dated, b: Dated, similarity: Similarity) -> tuple[Veto, ...]:
    """Return what keeps two texts that are alike from being copies, by the sites they stand on."""
    if a.site == b.site:
        return vetoes.on_one_site(a.text, b.text, similarity.jaccard, similarity.containment)
    return vetoes.on_two_sites(a.text, b.text, similarity.jaccard, is_excerpt=similarity.is_excerpt)


def is_recurring_column(entries: Iterable[tuple[str, datetime]]) -> bool:
    """Tell whether entries of one headline are a recurring column: a site has it on two days.

    Entries are pairs (site, published).
    """
    first: dict[str, datetime] = {}
    for site, published in sorted(entries):
        if published - first.setdefault(site, published) >= _A_DAY:
            return True
    return False


def is_bridge(one_story: Sequence[Dated], other_story: Sequence[Dated], kind: TieKind) -> bool:
    """Tell whether two stories hold texts that are not one, so that a tie bridges them.

    They have too little in common, or one site filled in a template twice. The tied texts are among
    those of the stories; only long ones count, as short ones say little.
    """
    return any(
        _are_parted(a, b, kind)
        for a in one_story
        if a.text.is_long
        for b in other_story
        if b.text.is_long
    )


def _are_parted(a: Dated, b: Dated, kind: TieKind) -> bool:
    """Tell whether two texts cannot be in one story, whatever lies between.

    Forms of one text that stood at one address may have grown further apart than copies.
    """
    similarity = likeness(a.text, b.text)
    if kind is TieKind.ADDRESS:
        return similarity.is_unlike
    is_one_site = a.site == b.site
    return similarity.are_strangers or (is_one_site and vetoes.have_other_subjects(a.text, b.text))
