"""The long-running process: ticks that run passes, until told to stop.

``service`` says which ticks there are and what each does; ``ticks`` when one comes, ``current``
what is in force of the configuration, ``publisher`` who publishes when, ``turns`` how one waits for
another, ``start`` how the store is had at the beginning. The web server is a process of its own
(``aggregator.server``).
"""

from aggregator.service.service import Service
from aggregator.service.start import open_store

__all__ = ["Service", "open_store"]
