"""What a pass did, when it is over: tables, or a line or two where nothing is new."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from aggregator.models import Config, FeedReport, Outcome, SourceReport

if TYPE_CHECKING:
    from aggregator.pipeline.run_pass import PassReport


def print_summary(config: Config, report: PassReport) -> None:
    """Print what a pass did; where that is nothing and no terminal shows it, without tables.

    So runs by cron, most of which find nothing new, take a tenth less.
    """
    shown = [source for source in report.sources if not _is_not_modified(source)]
    lines = list(_lines(config, report, len(shown)))
    is_news = bool(shown) or any(_is_news(feed) for feed in report.feeds)
    if not is_news and not sys.stdout.isatty():
        lines += ["files written: none, nothing changed"] if report.feeds else []
        sys.stdout.writelines(f"{line}\n" for line in lines)
        return
    from aggregator.console.tables import print_tables  # rich: only where there is a table

    print_tables(shown, lines, report.feeds)


def _lines(config: Config, report: PassReport, shown: int) -> Sequence[str]:
    """Return what is said of the sources that no table shows."""
    lines = []
    if not_modified := len(report.sources) - shown:
        lines.append(f"sources not modified: {not_modified}")
    if report.failing:
        lines.append(f"sources not due yet that failed before: {len(report.failing)}")
        lines += failing_lines(report.failing)
    if waiting := len(config.sources) - len(report.sources):
        lines.append(f"sources not due yet: {waiting} (--all asks them all the same)")
    return lines


def failing_lines(failing: Sequence[SourceReport]) -> list[str]:
    """Return a line for each source that fails."""
    return [f"  {source.source}: {source.error}" for source in failing]


def _is_news(feed: FeedReport) -> bool:
    """Tell whether there is anything to say of a feed but how many entries it has."""
    is_written = feed.files_written or feed.archives_written or feed.pages_written
    return bool(is_written or feed.error or feed.held_back)


def _is_not_modified(report: SourceReport) -> bool:
    """Tell whether there is nothing else to say of a source."""
    return report.outcome is Outcome.NOT_MODIFIED and not (report.note or report.error)
