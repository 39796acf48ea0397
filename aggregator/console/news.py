"""What the log of a service says of its sources: news each time, and what stays wrong once."""

from __future__ import annotations

import logging
from dataclasses import replace

from aggregator import logs
from aggregator.console import report
from aggregator.models import Outcome, SourceReport

log = logging.getLogger(__name__)


class NewsLog:
    """Logs what sources brought; a dump folder is looked at all the time, and may stay broken."""

    def __init__(self) -> None:
        self._errors: dict[str, str] = {}  # source → the error that the log already names
        self._remarks: dict[str, str] = {}  # source → what else it already says of it

    def log(self, news: SourceReport, done: int, total: int, *, is_feed: bool) -> None:
        """Log what a source brought, and a fault once."""
        is_logged = news.error == self._errors.get(news.source, "")
        self._errors[news.source] = news.error
        if news.error and is_logged:
            if not (news.is_news or news.rejected):
                return
            news = replace(news, outcome=Outcome.OK, error="")  # the log names it already
        elif not news.error and not is_logged:
            text = "%s: what was wrong with it is over"
            logs.event(log, logging.INFO, "source.mended", text, news.source, source=news.source)
        if news.outcome is not Outcome.NOT_MODIFIED or (news.note and is_feed):
            # A bad source says the same at every poll.
            remarks = report.remarks(news)
            is_known = remarks == self._remarks.get(news.source)
            self._remarks[news.source] = remarks
            report.log_progress(news, done, total, has_known_remarks=is_known)
