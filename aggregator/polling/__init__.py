"""When a source is next asked, and why then; and whether it is silent.

Pure arithmetic over how much it publishes and how often it failed, what it and its server said, and
what is configured. Refuses to read a clock, a store, or to ask a server.
"""

from aggregator.polling.cron import next_time
from aggregator.polling.due import (
    LONGEST_WAIT,
    LONGEST_WAIT_OF_TIMES,
    NO_SLACK,
    SLACK,
    is_due,
    rest_seconds,
    slowed,
)
from aggregator.polling.next_poll import Checked, gone, next_poll
from aggregator.polling.rhythm import RHYTHM_ENTRIES, is_rhythm_old, rhythm_of
from aggregator.polling.silence import (
    SHORTEST_SILENCE,
    SILENCE_ENTRIES,
    is_first_of_day,
    silence,
)
from aggregator.polling.tempo import factor_for, is_tempo_old

__all__ = [
    "LONGEST_WAIT",
    "LONGEST_WAIT_OF_TIMES",
    "NO_SLACK",
    "RHYTHM_ENTRIES",
    "SHORTEST_SILENCE",
    "SILENCE_ENTRIES",
    "SLACK",
    "Checked",
    "factor_for",
    "gone",
    "is_due",
    "is_first_of_day",
    "is_rhythm_old",
    "is_tempo_old",
    "next_poll",
    "next_time",
    "rest_seconds",
    "rhythm_of",
    "silence",
    "slowed",
]
