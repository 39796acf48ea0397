"""What is configured of workers that share a store."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterRules:
    """What one worker does: how many hosts it asks at once, and whether it reads ``dumps``.

    32 hosts, as those that do not answer take half a minute each, and others are not to wait.
    """

    concurrency: int = 32
    dumps: bool = False
