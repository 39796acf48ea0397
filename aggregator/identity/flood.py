"""Flood: a document that would bring far more new entries in a day than its source ever does.

A site that is broken, hacked or for sale sends thousands of headlines that nobody knows, and other
ones at the next poll. Each of them looks like news, so they are told by their number alone, against
the source's own days. What is too much is quarantined like a mass change.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from aggregator.models import Decision, Intake, New

# No source is held back for less. Of 14 feeds that were looked at, the fullest day of a newspaper
# had 114 entries and that of a merged feed 142: a seventh of it. Made floods bring the whole of
# ``max_entries``, 2,000, at every poll.
_LEAST_A_DAY = 1_000
# The fullest day of three newspapers' feeds had 2.0, 3.2 and 4.3 times the entries of their median
# day. Three times would have held back two of them; it counts only for what usually brings more
# than 200 a day.
_TIMES_USUAL = 5


def flood(decisions: Sequence[Decision], intake: Intake) -> tuple[str, tuple[Decision, ...]]:
    """Find the new entries of a document that are too many for one day of their source.

    Return what is odd, in words, and all of the new entries, as nothing tells the news among them;
    empty where they are not too many. A source's first document is its archive and never too much.
    """
    new = tuple(decision for decision in decisions if isinstance(decision, New))
    if not new or intake.is_first or intake.today + len(new) <= most_a_day(intake):
        return "", ()
    before = f" after {intake.today} of today" if intake.today else ""
    return f"{len(new)} new entries{before} are far more than a day of it brings", new


def most_a_day(intake: Intake) -> int:
    """Return how many new entries a source may bring today."""
    usual = median(intake.days) if intake.days else 0
    return max(_LEAST_A_DAY, round(_TIMES_USUAL * usual))
