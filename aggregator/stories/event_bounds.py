"""How alike the words of two stories must be, so that they may tell of one event."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# How alike two stories of one event are. With 0.34, pairs drawn of real days are judged with a
# precision of 0.93 and a recall of 0.60, and 52 of the days' 56 links are right; with 0.30 it is
# 0.80 and 0.64, and 56 of 70; with 0.38, 0.98 and 0.52, and 45 of 46.
SAME_EVENT = 0.34
# How alike those of two papers are where one story has most of the other's headline. Five links
# more, of five affairs, all right: 57 of 61. From 0.20 on it is the same, and an opinion more is
# wrong; from 0.26 on two of the five are lost; from 0.16 on there is one more that nobody has read.
HEADLINE_HELD = 0.22
# How much of the shorter headline the other story has. With more than a half it is 59 of 65; with
# half of it, 60 of 75; with seven in ten, three of the five are lost. A headline of two stems is
# held by chance.
_HELD_PARTS, _PARTS, _LEAST_STEMS = 2, 3, 3

_Counts = NDArray[np.intp]


def least_cosines(
    own_stems: int, own_held: _Counts, others_stems: _Counts, others_held: _Counts
) -> NDArray[np.float64]:
    """Return how alike each of some stories must be to one whose headline has ``own_stems`` stems.

    ``own_held`` of these stand in each of the others. ``others_stems`` are the numbers of stems of
    the others' headlines, of which ``others_held`` stand in the one. Of two headlines of one length
    either may be held.
    """
    shorter = np.minimum(own_stems, others_stems)
    held = np.maximum(
        np.where(own_stems == shorter, own_held, 0),
        np.where(others_stems == shorter, others_held, 0),
    )
    is_held = (shorter >= _LEAST_STEMS) & (_PARTS * held >= _HELD_PARTS * shorter)
    return np.where(is_held, HEADLINE_HELD, SAME_EVENT)
