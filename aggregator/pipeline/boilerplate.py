"""Boilerplate: what recurs on a dump source's pages, learnt page by page.

Of page text these are its lines, of an HTML page the texts that stand where the headline belongs:
the site's name does on all of them. Both are counted over all new files of a pass before any of
them is read, so that the first pages profit, too, and remembered as fingerprints of 64 bits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import chain, islice

from aggregator.bengali.text import key
from aggregator.errors import SourceError
from aggregator.models import DumpFile, FileProgress, Source
from aggregator.parse import html as parse_html
from aggregator.parse import page as parse_page
from aggregator.parse import records as parse_records
from aggregator.pipeline.records import records_of
from aggregator.pipeline.run import Run
from aggregator.store.unit import UnitOfWork

# Longer lines are paragraphs, and larger files are no single pages.
_LINE_CHARACTERS = 200
_PAGE_BYTES = 1_000_000
_FILES_IN_ONE_COMMIT = 200
# The HTML pages of one archive that are looked at: three show what recurs on all of its pages.
_HTML_PAGES_OF_A_FILE = 50
_HTML_FORMS = (parse_records.Form.HTML, parse_records.Form.WARC)


@dataclass(frozen=True, slots=True)
class Boilerplate:
    """The fingerprints of what stands on several pages of a source."""

    fingerprints: frozenset[int] = frozenset()

    @classmethod
    def of(cls, unit: UnitOfWork, source: Source) -> Boilerplate:
        """Read what was learnt of a source."""
        at_least = parse_page.RECURRENCES + 1  # the page itself is among those counted
        return cls(frozenset(unit.dumps.recurring_lines(source.name, at_least)))

    @classmethod
    def learnt(cls, source: Source, files: Sequence[DumpFile]) -> Boilerplate:
        """Learn of files alone, whatever was learnt before, what a first pass would."""
        fields = dict(source.fields)
        surveys = {one.identity: one for file in files for one in _surveys(file, fields)}
        counts = Counter(chain.from_iterable(one.fingerprints for one in surveys.values()))
        at_least = parse_page.RECURRENCES + 1
        return cls(frozenset(line for line, count in counts.items() if count >= at_least))

    def lines_in(self, page: str) -> frozenset[str]:
        """Return the lines of a page that stand on other pages of its source, too."""
        if not self.fingerprints:
            return frozenset()
        lines = _lines(page)
        return frozenset(line for number, line in lines.items() if number in self.fingerprints)

    def recurs(self, text: str) -> bool:
        """Tell whether a text stands where the headline belongs on several HTML pages."""
        return bool(self.fingerprints) and _of_headline(text) in self.fingerprints


@dataclass(frozen=True, slots=True)
class _Survey:
    """What is counted of one page; two copies of a page have the same ``identity``."""

    identity: int
    fingerprints: frozenset[int]


def learn_lines(run: Run, source: Source, files: Sequence[DumpFile]) -> None:
    """Count what could recur on pages that were never seen before, each page once."""
    fields = dict(source.fields)
    for start in range(0, len(files), _FILES_IN_ONE_COMMIT):
        if run.stop.is_set():
            return
        batch = files[start : start + _FILES_IN_ONE_COMMIT]
        surveys = [survey for file in batch for survey in _surveys(file, fields)]
        with run.store.write() as unit:
            is_html = any(survey.identity in survey.fingerprints for survey in surveys)
            known = unit.dumps.recurring_lines(source.name, 1) if is_html else frozenset[int]()
            new = {survey.identity: survey for survey in surveys if survey.identity not in known}
            unit.dumps.count_lines(source.name, [survey.fingerprints for survey in new.values()])
            for file in batch:
                begun = FileProgress(file=file, records=0, is_done=False, error="")
                unit.dumps.save_progress(source.name, begun)


def _surveys(file: DumpFile, fields: Mapping[str, str]) -> list[_Survey]:
    """Survey the pages of a file that is page text and nothing else, or holds HTML pages."""
    try:
        records = (record for record, _ in records_of(file, [], fields))
        first = list(islice(records, 1))
        if not first:
            return []
        if first[0].form in _HTML_FORMS:
            pages = [*first, *islice(records, _HTML_PAGES_OF_A_FILE - 1)]
            return [_of_html(body) for body in map(_html_of, pages) if body]
        is_text = first[0].form is parse_records.Form.PAGE and first[0].place == file.path
        texts = (
            parse_page.pages_of(first[0].body, is_file=True)
            if is_text and file.size <= _PAGE_BYTES
            else []
        )
        return [_of_text(page) for page in texts]
    except SourceError:
        return []  # the fault is reported when the file is read


def _of_text(page: str) -> _Survey:
    return _Survey(_fingerprint(f"page\n{page}"), frozenset(_lines(page)))


def _html_of(record: parse_records.Record) -> bytes:
    """Return the HTML of a record, or nothing where it holds none."""
    if record.form is parse_records.Form.WARC:
        return b"" if record.body.is_text else bytes(record.body.body)
    return bytes(record.body) if record.form is parse_records.Form.HTML else b""


def _of_html(body: bytes) -> _Survey:
    """Survey an HTML page; its identity is counted, too, so that a later copy is not."""
    texts, paragraph = parse_html.survey(body)
    identity = _fingerprint("paragraph\n" + (paragraph or "\n".join(sorted(texts))))
    return _Survey(identity, frozenset({identity, *map(_of_headline, texts)}))


def _lines(page: str) -> dict[int, str]:
    """Return the lines of a page that could recur, by their fingerprints."""
    return {
        _fingerprint(line): line
        for line in parse_page.lines_of(page)
        if len(line) <= _LINE_CHARACTERS
    }


def _of_headline(text: str) -> int:
    return _fingerprint(f"headline\n{key(text)}")


def _fingerprint(text: str) -> int:
    digest = blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
