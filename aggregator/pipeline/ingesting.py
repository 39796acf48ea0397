"""Ingest: a due source is fetched, parsed, normalised, identified and stored.

One bad entry never loses a document, one bad source never loses a pass. Everything that one
document changes is one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Event

from aggregator import __version__, polling
from aggregator.dedupe import identity
from aggregator.errors import FetchError, ParseError, SourceError
from aggregator.fetch import files as dump_files
from aggregator.fetch import http
from aggregator.fetch.parallel import in_order
from aggregator.models import (
    Config,
    Document,
    Draft,
    DumpFile,
    FetchState,
    FileRead,
    New,
    Outcome,
    ParsedEntry,
    Rejected,
    Seen,
    Source,
    SourceReport,
)
from aggregator.normalise import entry as normalise
from aggregator.parse import feed as parse_feed
from aggregator.parse import page as parse_page
from aggregator.store.store import Store
from aggregator.store.transaction import Transaction

Clock = Callable[[], datetime]
Progress = Callable[[SourceReport, int, int], None]

# Waiting for servers takes no processor. Enough threads that fifty sources are asked at once: where
# no name server answers, each waits out the resolver (30 s by default), and a pass its longest.
_THREADS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gathered:
    """What was had of a source before the store is asked: entries, nothing new, or a fault."""

    source: Source
    fetched: http.Fetched | http.NotModified | SourceError
    entries: tuple[ParsedEntry | Rejected, ...] = ()


@dataclass(slots=True, kw_only=True)
class _Tally:
    """Counts of one source in one pass, while it is being ingested."""

    new: int = 0
    revised: int = 0
    unchanged: int = 0

    def add(self, report: SourceReport) -> None:
        self.new += report.new
        self.revised += report.revised
        self.unchanged += report.unchanged

    def report(self, source: Source, rejected: Sequence[Rejected]) -> SourceReport:
        return SourceReport(
            source=source.name,
            outcome=Outcome.OK,
            new=self.new,
            revised=self.revised,
            unchanged=self.unchanged,
            rejected=tuple(rejected),
        )


def ingest_due(
    sources: Sequence[Source],
    config: Config,
    store: Store,
    *,
    clock: Clock,
    every_source: bool,
    progress: Progress,
    stop: Event,
) -> list[SourceReport]:
    """Ingest those of ``sources`` that are due, dumps first, each in the order given.

    Feeds are fetched many at a time and stored one after the other, in that order, so that the
    order in which servers answer decides nothing.
    """
    with store.transaction() as transaction:
        states = transaction.states()
    now = clock()
    due = [
        source
        for source in sources
        if every_source or _is_due(source, states.get(source.name, FetchState()), now)
    ]
    feeds = [source for source in due if source.feed is not None]
    dumps = [source for source in due if source.dump is not None]
    user_agent = f"bengali-feed-aggregator/{__version__} (+{config.site.url})"

    def gather(source: Source) -> _Gathered:
        return _gather(source, states.get(source.name, FetchState()), user_agent, clock)

    reports: list[SourceReport] = []
    for source in dumps:
        if stop.is_set():
            break
        reports.append(_ingest_dump(source, states.get(source.name, FetchState()), store, clock))
        progress(reports[-1], len(reports), len(due))
    for gathered in in_order(gather, feeds, threads=_THREADS, stop=stop):
        state = states.get(gathered.source.name, FetchState())
        reports.append(_ingest_feed(gathered, state, store, clock()))
        progress(reports[-1], len(reports), len(due))
    return reports


def ingest(
    source: Source, state: FetchState, store: Store, *, user_agent: str, clock: Clock
) -> SourceReport:
    """Ingest one source, due or not: fetch, parse, normalise, identify, store."""
    if source.dump is not None:
        return _ingest_dump(source, state, store, clock)
    return _ingest_feed(_gather(source, state, user_agent, clock), state, store, clock())


def _is_due(source: Source, state: FetchState, now: datetime) -> bool:
    # Looking at a folder costs nothing and troubles nobody, so dumps are looked at every time.
    if source.dump is not None and source.every_seconds is None:
        return True
    return polling.is_due(state.next_due, state.checked, now)


def _gather(source: Source, state: FetchState, user_agent: str, clock: Clock) -> _Gathered:
    try:
        fetched = http.fetch(
            source.name, source.feed or "", state, user_agent=user_agent, clock=clock
        )
        if isinstance(fetched, http.NotModified):
            return _Gathered(source=source, fetched=fetched)
        document = fetched.document
        entries = tuple(parse_feed.parse(document.body, document.url))
    except SourceError as error:
        return _Gathered(source=source, fetched=error)
    return _Gathered(source=source, fetched=fetched, entries=entries)


def _ingest_feed(
    gathered: _Gathered, state: FetchState, store: Store, now: datetime
) -> SourceReport:
    """Store what was gathered of a feed, together with when it is next due."""
    source, fetched = gathered.source, gathered.fetched
    with store.transaction() as transaction:
        if isinstance(fetched, SourceError):
            report = _failure(source, fetched)
            state = replace(state, failures=state.failures + 1, error=report.error)
        elif isinstance(fetched, http.NotModified):
            report = SourceReport(source=source.name, outcome=Outcome.NOT_MODIFIED)
            state = replace(
                state,
                etag=fetched.etag,
                last_modified=fetched.last_modified,
                failures=0,
                error=None,
            )
        else:
            report = _store(transaction, source, fetched.document, gathered.entries, now)
            state = FetchState(
                etag=fetched.etag,
                last_modified=fetched.last_modified,
                body_sha256=fetched.body_sha256,
            )
        retry = fetched.retry_after_seconds if isinstance(fetched, FetchError) else None
        transaction.save_state(
            source.name, _scheduled(transaction, source, state, now, retry_after_seconds=retry)
        )
    return report


def _ingest_dump(source: Source, state: FetchState, store: Store, clock: Clock) -> SourceReport:
    """Read the files of a dump source that are new or changed, one transaction a file.

    A file that could not be read is named at every look until it changes or goes.
    """
    tally, rejected, faults = _Tally(), list[Rejected](), list[str]()
    try:
        found = dump_files.matching(source.dump or "")
    except SourceError as error:
        found = []
        faults.append(str(error))
    with store.transaction() as transaction:
        ledger = {read.file: read for read in transaction.files_read(source.name)}
    changed = [file for file in found if file not in ledger]
    for file in changed:
        report = _ingest_file(source, file, store, clock)
        tally.add(report)
        rejected += report.rejected
        faults += [report.error] if report.error else []
    faults += [ledger[file].error for file in found if file in ledger and ledger[file].error]
    report = tally.report(source, rejected)
    if faults:
        report = replace(report, outcome=Outcome.FAILED, error="; ".join(faults))
    elif not changed:
        report = replace(report, outcome=Outcome.NOT_MODIFIED)
    if source.every_seconds is not None or (state.error or "") != report.error:
        state = replace(state, failures=len(faults), error=report.error or None)
        with store.transaction() as transaction:
            due = _scheduled(transaction, source, replace(state, failures=0), clock())
            transaction.save_state(source.name, replace(due, failures=state.failures))
    return report


def _ingest_file(source: Source, file: DumpFile, store: Store, clock: Clock) -> SourceReport:
    with store.transaction() as transaction:
        try:
            document, digest = dump_files.read(source.name, file, clock=clock)
            entries = parse_page.parse(_page_text(document, file.path))
        except SourceError as error:
            report = _failure(source, error)
            digest = ""
        else:
            report = _store(transaction, source, document, entries, clock())
        read = FileRead(file=file, sha256=digest, error=report.error)
        transaction.save_file_read(source.name, read)
    return report


def _page_text(document: Document, path: str) -> str:
    try:
        return document.body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = document.body[: error.start].count(b"\n") + 1
        raise ParseError(f"{path}:{line}: is not UTF-8 text") from error


def _failure(source: Source, error: SourceError) -> SourceReport:
    return SourceReport(source=source.name, outcome=Outcome.FAILED, error=str(error))


def _scheduled(
    transaction: Transaction,
    source: Source,
    state: FetchState,
    now: datetime,
    *,
    retry_after_seconds: float | None = None,
) -> FetchState:
    due = polling.next_due(
        source=source.name,
        every_seconds=source.every_seconds,
        recent=transaction.recent_times(source.name, now - polling.RATE_WINDOW),
        failures=state.failures,
        retry_after_seconds=retry_after_seconds,
        now=now,
    )
    return replace(state, checked=now, next_due=due)


def _store(
    transaction: Transaction,
    source: Source,
    document: Document,
    entries: Sequence[ParsedEntry | Rejected],
    now: datetime,
) -> SourceReport:
    """Normalise, identify and store the entries of one document."""
    tally = _Tally()
    rejected = [entry for entry in entries if isinstance(entry, Rejected)]
    parsed = {
        normalise.digest(entry, source): entry
        for entry in entries
        if isinstance(entry, ParsedEntry)
    }
    known = transaction.known_digests(source.name, list(parsed))
    tally.unchanged += len(known)
    drafts: list[Draft] = []
    for digest, entry in parsed.items():
        if digest in known:
            continue
        made = normalise.draft(entry, source, document)
        if isinstance(made, Rejected):
            rejected.append(made)
        else:
            drafts.append(made)
    _identify(transaction, source, drafts, tally, now)
    transaction.add_rejected(source.name, rejected, now)
    return tally.report(source, rejected)


def _identify(
    transaction: Transaction, source: Source, drafts: list[Draft], tally: _Tally, now: datetime
) -> None:
    asked = [alias for draft in drafts for alias in identity.aliases(draft)]
    ids = [made for draft in drafts if (made := identity.candidate_id(draft))]
    decisions = identity.decide(drafts, transaction.memory(source.name, asked, ids))
    added = [decision for decision in decisions if isinstance(decision, New)]
    seen = [decision for decision in decisions if isinstance(decision, Seen)]
    transaction.add(added, now)
    transaction.revise(seen, now)
    tally.new += len(added)
    tally.revised += sum(decision.material for decision in seen)
    tally.unchanged += len(decisions) - len(added) - sum(decision.material for decision in seen)
