"""How far a pass is, shown to a person: bars on a terminal, log lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from aggregator.console.report import log_cluster_progress, log_file_progress, log_progress
from aggregator.pipeline.run import Progress


@contextmanager
def show_progress(*, is_quiet: bool = False) -> Iterator[Progress]:
    """Show how far a pass and a large file are, while the context lasts; no bars if ``is_quiet``.

    Log lines are left to the level of the log.
    """
    if is_quiet or not sys.stderr.isatty():
        yield Progress(
            on_source=log_progress,
            on_file=log_file_progress,
            on_clustered=log_cluster_progress,
        )
        return
    from aggregator.console.bars import show_bars  # rich takes 0.03 s, and cron sees no bars

    with show_bars() as progress:
        yield progress
