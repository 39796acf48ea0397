"""Boilerplate: the lines that recur on a dump source's pages, learnt page by page.

Lines are counted over all new files of a pass before any of them is read, so that the first pages
profit, too. A line is remembered as a fingerprint of 64 bits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from aggregator.errors import SourceError
from aggregator.models import DumpFile, FileProgress, Source
from aggregator.parse import page as parse_page
from aggregator.parse import records as parse_records
from aggregator.pipeline.records import records_of
from aggregator.pipeline.run import Run
from aggregator.store.unit import UnitOfWork

# Longer lines are paragraphs, and larger files are no single pages.
_LINE_CHARACTERS = 200
_PAGE_BYTES = 1_000_000
_FILES_IN_ONE_COMMIT = 200


@dataclass(frozen=True, slots=True)
class Boilerplate:
    """The fingerprints of lines that stand on several pages of a source."""

    fingerprints: frozenset[int] = frozenset()

    @classmethod
    def of(cls, unit: UnitOfWork, source: Source) -> Boilerplate:
        """Read what was learnt of a source."""
        at_least = parse_page.RECURRENCES + 1  # the page itself is among those counted
        return cls(frozenset(unit.dumps.recurring_lines(source.name, at_least)))

    def lines_in(self, page: str) -> frozenset[str]:
        """Return the lines of a page that stand on other pages of its source, too."""
        if not self.fingerprints:
            return frozenset()
        lines = _lines(page)
        return frozenset(line for number, line in lines.items() if number in self.fingerprints)


def learn_lines(run: Run, source: Source, files: Sequence[DumpFile]) -> None:
    """Count the lines of pages that were never seen before, each page once."""
    fields = dict(source.fields)
    small = [file for file in files if file.size <= _PAGE_BYTES]
    for start in range(0, len(small), _FILES_IN_ONE_COMMIT):
        if run.stop.is_set():
            return
        batch = small[start : start + _FILES_IN_ONE_COMMIT]
        pages = dict.fromkeys(page for file in batch for page in _pages(file, fields))
        lines = [set(_lines(page)) for page in pages]
        with run.store.write() as unit:
            unit.dumps.count_lines(source.name, lines)
            for file in batch:
                begun = FileProgress(file=file, records=0, is_done=False, error="")
                unit.dumps.save_progress(source.name, begun)


def _pages(file: DumpFile, fields: Mapping[str, str]) -> list[str]:
    """Return the different pages of a file that is page text and nothing else."""
    try:
        for record, _ in records_of(file, [], fields):
            if record.form is not parse_records.Form.PAGE or record.place != file.path:
                return []
            return list(dict.fromkeys(parse_page.pages_of(record.body)))
    except SourceError:
        return []  # the fault is reported when the file is read
    return []


def _lines(page: str) -> dict[int, str]:
    """Return the lines of a page that could recur, by their fingerprints."""
    return {
        int.from_bytes(blake2b(line.encode(), digest_size=8).digest(), "big", signed=True): line
        for line in parse_page.lines_of(page)
        if len(line) <= _LINE_CHARACTERS
    }
