"""Asking for pages: politely, within bounds, and what became of each.

A page that does not come costs its entry the whole text; it is logged, and the others are asked.
"""

from __future__ import annotations

import logging
import time
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock

from aggregator.errors import FetchError, NotAskedError, SourceError
from aggregator.fetch.pages import PageFetcher
from aggregator.models import FaultKind, FullText, FullTextOutcome, Rejected, Source
from aggregator.normalise import full_text as normalise
from aggregator.parse import html as parse_html
from aggregator.pipeline.run import Run
from aggregator.pipeline.wanted_pages import MOST_TRIES, Page
from aggregator.urls import canonical, encode, is_front_page

log = logging.getLogger(__name__)

# An article with its page's markup is a few hundred kB; nobody waits for more than this of one.
_PAGE_SECONDS, _PAGE_BYTES = 15.0, 5_000_000
# Of one source in one pass; what is left is asked at the next poll. As many pages as are asked by
# default, a second apart, take half of it.
_SOURCE_SECONDS = 60.0
# Three pages in a row that do not come say that the others would not either.
_MOST_DEAD = 3
# Where asking again changes nothing.
_LASTING = frozenset(
    {FaultKind.FORBIDDEN, FaultKind.MISSING, FaultKind.GONE, FaultKind.PRIVATE}
    | {FaultKind.TOO_LARGE, FaultKind.REDIRECTS}
)
_HTML = ("text/html", "application/xhtml")
# Pages take some ten times their size while they are read: larger ones one at a time.
_LARGE_BYTES = 400_000
_OUTCOME_WORDS = {
    FullTextOutcome.ANOTHER: "the page holds another article",
    FullTextOutcome.SHORTER: "the page holds no more than the feed",
}


@dataclass(slots=True, kw_only=True)
class PageAsking:
    """The asking of one source's pages in one pass; ``until`` is of the monotonic clock."""

    run: Run
    fetcher: PageFetcher
    parsing: Lock
    until: float
    dead: int = 0  # how many pages in a row did not come

    @classmethod
    def of(cls, run: Run, source: Source, parsing: Lock) -> PageAsking:
        """Begin to ask, with less patience than a feed has; ``parsing`` is held for large pages."""
        access = replace(
            source.access,
            timeout_seconds=min(source.access.timeout_seconds, _PAGE_SECONDS),
            max_bytes=min(source.access.max_bytes, _PAGE_BYTES),
        )
        fetcher = PageFetcher(
            client=run.client, politeness=run.politeness, source=source, access=access
        )
        until = time.monotonic() + _SOURCE_SECONDS
        return cls(run=run, fetcher=fetcher, parsing=parsing, until=until)

    def may_go_on(self) -> bool:
        """Tell whether one more page may be asked."""
        return self.dead < _MOST_DEAD and time.monotonic() < self.until

    def ask(self, page: Page) -> FullText:
        """Ask for one page, and return what became of it."""
        now = self.run.clock()
        try:
            text = self._read(page, now)
            self.dead = 0
        except NotAskedError as error:
            if self.run.stop.is_set():
                raise
            self.dead = _MOST_DEAD  # its host rests, and the other pages are there, too
            return page.text(FullTextOutcome.WAITING, now, str(error))
        except SourceError as error:
            is_lasting = error.kind in _LASTING
            is_answer = is_lasting or (isinstance(error, FetchError) and error.status is not None)
            self.dead = 0 if is_answer or error.kind is FaultKind.ROBOTS else self.dead + 1
            text = page.text(FullTextOutcome.FAILED, now, str(error))
            text = replace(text, tries=MOST_TRIES if is_lasting else text.tries + 1)
        self._log(text)
        return text

    def _read(self, page: Page, now: datetime) -> FullText:
        """Read the article of a page; SourceError where the page does not come."""
        document = self.fetcher.fetch(encode(page.entry.link))
        if is_front_page(canonical(document.url)):
            reason = "its address leads to the front page of its site"
            return page.text(FullTextOutcome.NO_ARTICLE, now, reason)
        if document.content_type and not document.content_type.lower().startswith(_HTML):
            said = "".join(filter(str.isprintable, document.content_type))[:40]
            reason = f"its address leads to no page ({said})"
            return page.text(FullTextOutcome.NO_ARTICLE, now, reason)
        with self.parsing if len(document.body) > _LARGE_BYTES else nullcontext():
            found = parse_html.parse_fetched(document.body, document.url, document.content_type)
        if isinstance(found, Rejected):
            return page.text(FullTextOutcome.NO_ARTICLE, now, found.reason)
        outcome = normalise.judged(page.entry, found.title_html, found.content_html)
        if outcome is not FullTextOutcome.HAD:
            return page.text(outcome, now, _OUTCOME_WORDS[outcome])
        return replace(
            page.text(outcome, now), title=found.title_html, content_html=found.content_html
        )

    def _log(self, text: FullText) -> None:
        """Log a page of which there is no article."""
        if text.outcome.is_missing:
            log.info("%s: no whole text of %s: %s", text.source, text.address, text.reason)
