"""What a source's last document held, so that no item of it is read twice.

What is remembered is what reading an item's bytes made of it, so that nothing changes but the work:
what was not stored unchanged, or may mean something else by now, is read again.
"""

from __future__ import annotations

from dataclasses import replace

from aggregator.models import NOTHING_KNOWN, Document, KnownItem, KnownItems, Source, SourceReport
from aggregator.normalise.draft import RULES
from aggregator.parse import feed as parse_feed
from aggregator.pipeline.document import DocumentEntries
from aggregator.store.unit import UnitOfWork


def known_items(unit: UnitOfWork, source: Source) -> KnownItems:
    """Return the items of a source's last document that are stored unchanged."""
    last = unit.sources.known_items(source.name)
    settings, _, context = last.context.partition("\n")
    return replace(last, context=context) if settings == _settings(source) else NOTHING_KNOWN


def read_entries(document: Document, source: Source, known: KnownItems) -> DocumentEntries:
    """Read the entries of a feed, less those whose items are known; ParseError for no feed.

    Of more entries than the source may have in a document the newest are taken, and so all of them
    are read.
    """
    body, url, content_type = document.body, document.url, document.content_type
    reading = parse_feed.read(body, url, content_type, known)
    at_most = source.max_entries
    if at_most is not None and len(reading.hashes) > at_most:
        reading = parse_feed.Reading(entries=parse_feed.parse(body, url, content_type))
    if reading.hashes:
        return DocumentEntries.of_feed(document, source, reading)
    found = [entry for entry in reading.entries if not isinstance(entry, KnownItem)]
    return DocumentEntries.of(document, source, found)


def remember_items(unit: UnitOfWork, entries: DocumentEntries, report: SourceReport) -> None:
    """Remember the items of a document that was stored, if there are any that were not known.

    ``report`` tells what came of it: where every entry is new, none was ever purged.
    """
    source, items = entries.source, entries.items
    if all(item.mention.pk for item in items.items.values()):
        return
    known = replace(items, context=f"{_settings(source)}\n{items.context}")
    unit.sources.save_known_items(source.name, known, may_be_purged=report.unchanged > 0)


def _settings(source: Source) -> str:
    """Return what decides, beside a document, what an item of a source is read as."""
    return f"{RULES} {source.timezone}"
