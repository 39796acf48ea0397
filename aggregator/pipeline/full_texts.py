"""Whole texts: the pages that a feed's new entries link to are asked before the entries are stored.

So an entry appears once, whole. What its feed sent stays what it is recognised by: its digest, its
address and its id, so that a feed which sends the summary again changes nothing, and no page is
asked twice. A page that does not come, or holds no article or another one, costs its entry the
whole text, and no other entry anything.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime
from threading import Lock

from aggregator.models import FullText, FullTextOutcome, KnownItems, SourceReport
from aggregator.normalise import full_text as normalise
from aggregator.pipeline.ask_pages import PageAsking
from aggregator.pipeline.document import DocumentEntries
from aggregator.pipeline.run import Run
from aggregator.pipeline.wanted_pages import (
    MOST_TRIES,
    Page,
    WantedPages,
    purged_addresses,
    wanted_pages,
)
from aggregator.store.unit import UnitOfWork

_LATER = "one pass asks a source for a limited number of pages"


def with_full_texts(run: Run, entries: DocumentEntries, parsing: Lock) -> DocumentEntries:
    """Return the entries of a feed's document, those with whole texts whose pages have them.

    In whatever thread. NotAskedError where the pass is stopped meanwhile: then the document is
    asked for again. ``parsing`` is held while a large page is read.
    """
    wanted, started = wanted_pages(run, entries), time.monotonic()
    texts: dict[str, FullText] = {}
    if wanted.to_ask:
        asking = PageAsking.of(run, entries.source, parsing)
        for number, page in enumerate(wanted.to_ask):
            if number < entries.source.full_texts_per_pass and asking.may_go_on():
                texts[page.digest] = asking.ask(page)
            else:
                texts[page.digest] = page.text(FullTextOutcome.WAITING, run.clock(), _LATER)
    run.slowness.add(entries.source.name, time.monotonic() - started)
    return _completed(entries, wanted, texts)


def remember_texts(unit: UnitOfWork, entries: DocumentEntries, now: datetime) -> None:
    """Remember what became of the pages of a document, but for entries that are purged by now.

    Asking takes up to a minute, in which a person can purge a text whose page is on its way.
    """
    if not entries.full_texts:
        return
    mentions = [mention for mention, _ in entries.parsed.values()]
    purged = purged_addresses(unit, entries.source.name, mentions)
    kept = [text for text in entries.full_texts if text.address not in purged]
    unit.full_texts.save(kept, now)


def noting_missing(report: SourceReport, texts: Sequence[FullText]) -> SourceReport:
    """Return a report of a source that names which whole texts are missing, and why."""
    missing = [text for text in texts if text.outcome.is_missing]
    if not missing:
        return report
    reasons = Counter(text.reason for text in missing)
    named = "; ".join(f"{count} × {reason}" for reason, count in reasons.most_common())
    note = f"the whole text of {len(missing)} of {len(texts)} entries is missing: {named}"
    return replace(report, note="; ".join(filter(None, (report.note, note))))


def _completed(
    entries: DocumentEntries, wanted: WantedPages, texts: Mapping[str, FullText]
) -> DocumentEntries:
    """Return the entries with the whole texts that are theirs, had now or remembered."""
    parsed, completed = dict(entries.parsed), set()
    for page in (*wanted.to_ask, *wanted.remembered):
        text = texts.get(page.digest, page.known)
        is_had_now = text is not None and text.outcome is FullTextOutcome.HAD
        if text is None or (page.is_stored and not (is_had_now and page.digest in texts)):
            continue
        if _is_theirs(page, text):
            mention, _ = parsed[page.digest]
            parsed[page.digest] = mention, normalise.with_full_text(page.entry, text.content_html)
            completed |= {page.digest} if page.is_stored else set()
    unsure = {page.digest for page in wanted.remembered if page.is_unsure}
    incomplete = unsure | {digest for digest, text in texts.items() if _is_to_come(text)}
    return replace(
        entries,
        parsed=parsed,
        items=_without(entries.items, incomplete),
        full_texts=(*texts.values(), *wanted.whole),
        completed=completed,
        incomplete=incomplete,
    )


def _is_theirs(page: Page, text: FullText) -> bool:
    """Tell whether an article, of whenever, is that of an entry as its feed has it now."""
    if not text.content_html:
        return False
    return normalise.judged(page.entry, text.title, text.content_html) is FullTextOutcome.HAD


def _is_to_come(text: FullText) -> bool:
    is_unsure = text.outcome is FullTextOutcome.FAILED and text.tries < MOST_TRIES
    return is_unsure or text.outcome is FullTextOutcome.WAITING


def _without(items: KnownItems, digests: Set[str]) -> KnownItems:
    """Return items without those that the next document's reading must not skip."""
    kept = {name: item for name, item in items.items.items() if item.mention.digest not in digests}
    return replace(items, items=kept)
