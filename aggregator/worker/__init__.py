"""A worker: one of several processes that ask hosts, read dumps, join and publish for one store.

``queue`` wakes workers, ``asking`` claims the hosts that are due and asks them, ``dumps`` reads
what lies in folders, ``leading`` is what one worker does for all, and ``session`` holds them
together while the database is there. Each step is the one that ``service`` and a pass take.
"""

from aggregator.worker.session import work

__all__ = ["work"]
