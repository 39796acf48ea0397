"""Which stories are one event: groups that grow story by story, and that no chain joins.

Two stories that are judged to be of one event are *tied*. A group has a *medoid*, the member that
is most like all others, which says what the event is. Two groups become one where two stories of
them are tied, their medoids fit, and so do more than half of the pairs of a story of one and a
story of the other; a story that is of no group yet is a group of one. Stories *fit* that are tied,
or that would be if one paper had not told both: what a paper tells twice is of one event where
another paper's report is tied to both. So of three stories each must fit both others, and of a
chain a–b–c–d, in which reports drift from one event to the next, only pairs are joined. Half and
not all, as the few lines that a feed has of a report are often too little to be tied to every one.

Stories are taken in the order in which they were published, and ties to later ones are not looked
at before these have their turn. So neither the order in which they arrive nor the passes into which
that is cut change a group, where a later pass brings later reports. A report that comes late may
find groups that would have been others with it: they stay, as what was published together is never
parted. That both hold in any order is impossible: of a chain a–b–c, whoever has a and b first
publishes these together, and whoever has b and c first, those.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple


class Telling(NamedTuple):
    """A story by its first report, in the order in which stories are taken."""

    published: datetime
    id: str
    story: int


Ties = Mapping[int, Mapping[int, float]]
"""How like the stories are that a story is tied to, by their numbers; each tie stands twice."""

_Group = set[Telling]


def ties_of(scores: Mapping[tuple[int, int], float]) -> dict[int, dict[int, float]]:
    """Return the ties of each story, of scores of pairs of stories.

    >>> ties_of({(1, 2): 0.5})
    {1: {2: 0.5}, 2: {1: 0.5}}
    """
    ties: dict[int, dict[int, float]] = {}
    for (a, b), score in scores.items():
        ties.setdefault(a, {})[b] = score
        ties.setdefault(b, {})[a] = score
    return ties


def grown(
    standing: Iterable[Collection[Telling]], new: Iterable[Telling], ties: Ties, fits: Ties
) -> list[tuple[Telling, ...]]:
    """Return the groups of more than one story after new stories came, each in its order.

    ``fits`` are the ties, and what fits without a tie.
    ``standing`` are the groups of the stories that new ones are tied to, of one story or more, no
    two of which share one. A new story may be of a standing group, where one that was new before
    was tied to it.
    """
    group_of: dict[int, _Group] = {}
    for stories in standing:
        group = set(stories)
        group_of |= {telling.story: group for telling in group}
    for telling in sorted(new):
        own = group_of.setdefault(telling.story, {telling})
        for other in _nearest_first(telling, group_of, ties):
            if other is not own and _fit(own, other, fits):
                own |= other
                group_of |= {each.story: own for each in other}
    groups = {id(group): group for group in group_of.values() if len(group) > 1}
    return sorted(tuple(sorted(group)) for group in groups.values())


def _nearest_first(telling: Telling, group_of: Mapping[int, _Group], ties: Ties) -> list[_Group]:
    """Return the groups that a story is tied to, those first that it is most like on average."""
    near = ties.get(telling.story, {})
    groups = {id(group): group for story in near if (group := group_of.get(story)) is not None}

    def key(group: _Group) -> tuple[float, Telling]:
        return -math.fsum(near.get(each.story, 0.0) for each in group) / len(group), min(group)

    return sorted(groups.values(), key=key)


def _fit(a: _Group, b: _Group, fits: Ties) -> bool:
    """Tell whether two groups are one event."""
    if medoid(b, fits).story not in fits.get(medoid(a, fits).story, {}):
        return False
    fitting = sum(each.story in fits.get(other.story, {}) for each in a for other in b)
    return 2 * fitting > len(a) * len(b)


def medoid(group: Collection[Telling], fits: Ties) -> Telling:
    """Return the story of a group that is most like all others; of equals the first report."""

    def key(telling: Telling) -> tuple[float, Telling]:
        near = fits.get(telling.story, {})
        return -math.fsum(near.get(each.story, 0.0) for each in group), telling

    return min(group, key=key)
