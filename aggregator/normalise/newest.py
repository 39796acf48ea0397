"""The newest entries of a document: which ones are read where it holds more than its source may.

Knows the dates that entries state, and that documents begin with the newest. Refuses to know why a
document is long.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aggregator.markup import title_text
from aggregator.models import Document, ParsedEntry, Rejected, Source
from aggregator.normalise.draft import stated


def newest(
    entries: Sequence[ParsedEntry], source: Source, document: Document
) -> tuple[Sequence[ParsedEntry], list[Rejected]]:
    """Divide a document's entries into as many as its source may have, the newest, and the others.

    Both stay in the order of the document; the others are rejected with the reason.

    An entry that states no time, or one to come, is as old as the last one before it that does:
    where none does, the first entries are the newest.
    """
    at_most = source.max_entries
    if at_most is None or len(entries) <= at_most:
        return entries, []
    seconds = list(_seconds(entries, source, document))
    by_age = sorted(range(len(entries)), key=lambda index: -seconds[index])
    kept = frozenset(by_age[:at_most])
    reason = f"not among the newest {at_most} entries of its document (max_entries)"
    older = [
        Rejected.quoting(reason, title_text(entry.title_html)[0])
        for index, entry in enumerate(entries)
        if index not in kept
    ]
    return [entries[index] for index in sorted(kept)], older


def _seconds(entries: Sequence[ParsedEntry], source: Source, document: Document) -> Iterator[float]:
    """Yield the Unix time that each entry counts with; above the first time there is no older."""
    last = float("inf")
    for entry in entries:
        time = stated(entry, source, document)
        if time is not None and time <= document.acquired:
            last = time.timestamp()
        yield last
