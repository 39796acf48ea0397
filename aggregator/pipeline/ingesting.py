"""Ingest: a due source is fetched, parsed, normalised, identified and stored.

One bad entry never loses a document, one bad source never loses a pass. Everything that one
document changes is one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Event

from aggregator import __version__, polling
from aggregator.bengali.shift import detect
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
    Mention,
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
    entries: _Entries | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entries:
    """The entries of one document in its order, by digest, and what of it cannot be used."""

    document: Document
    parsed: Mapping[str, tuple[Mention, ParsedEntry]]
    rejected: tuple[Rejected, ...]

    @classmethod
    def of(
        cls, document: Document, source: Source, found: Sequence[ParsedEntry | Rejected]
    ) -> _Entries:
        """Tell the entries of a document apart; of two that are equal the first counts."""
        parsed: dict[str, tuple[Mention, ParsedEntry]] = {}
        for entry in found:
            if isinstance(entry, ParsedEntry):
                mention = normalise.mention(entry, source)
                parsed.setdefault(mention.digest, (mention, entry))
        rejected = tuple(entry for entry in found if isinstance(entry, Rejected))
        return cls(document=document, parsed=parsed, rejected=rejected)


@dataclass(slots=True, kw_only=True)
class _Tally:
    """Counts of one source in one pass, while it is being ingested."""

    new: int = 0
    revised: int = 0
    refreshed: int = 0
    unchanged: int = 0
    note: str = ""

    def add(self, report: SourceReport) -> None:
        self.new += report.new
        self.revised += report.revised
        self.refreshed += report.refreshed
        self.unchanged += report.unchanged

    def report(self, source: Source, rejected: Sequence[Rejected]) -> SourceReport:
        return SourceReport(
            source=source.name,
            outcome=Outcome.OK,
            new=self.new,
            revised=self.revised,
            refreshed=self.refreshed,
            unchanged=self.unchanged,
            rejected=tuple(rejected),
            note=self.note,
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
        if every_source or _is_due(source, _state_of(source, states), now)
    ]
    feeds = [source for source in due if source.feed is not None]
    dumps = [source for source in due if source.dump is not None]
    user_agent = f"bengali-feed-aggregator/{__version__} (+{config.site.url})"

    def gather(source: Source) -> _Gathered:
        return _gather(source, _state_of(source, states), user_agent, clock)

    reports: list[SourceReport] = []
    for source in dumps:
        if stop.is_set():
            break
        state = states.get(source.name, FetchState())
        reports.append(_ingest_dump(source, state, store, clock, stop))
        progress(reports[-1], len(reports), len(due))
    for gathered in in_order(gather, feeds, threads=_THREADS, stop=stop):
        state = _state_of(gathered.source, states)
        reports.append(_ingest_feed(gathered, state, store, clock()))
        progress(reports[-1], len(reports), len(due))
    return reports


def ingest(
    source: Source, state: FetchState, store: Store, *, user_agent: str, clock: Clock
) -> SourceReport:
    """Ingest one source, due or not: fetch, parse, normalise, identify, store."""
    if source.dump is not None:
        return _ingest_dump(source, state, store, clock, Event())
    return _ingest_feed(_gather(source, state, user_agent, clock), state, store, clock())


def _asked(source: Source) -> str:
    return f"{source.feed or source.dump} {source.every_seconds}"


def _state_of(source: Source, states: Mapping[str, FetchState]) -> FetchState:
    """Give a source's state; another address or interval in the configuration starts anew."""
    fresh = FetchState(asked=_asked(source))
    state = states.get(source.name, fresh)
    return state if state.asked == fresh.asked else fresh


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
        found = parse_feed.parse(document.body, document.url, document.content_type)
    except SourceError as error:
        return _Gathered(source=source, fetched=error)
    entries = _Entries.of(document, source, found)
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
        elif isinstance(fetched, http.NotModified) or gathered.entries is None:
            report = SourceReport(source=source.name, outcome=Outcome.NOT_MODIFIED)
            state = replace(
                state,
                etag=fetched.etag,
                last_modified=fetched.last_modified,
                failures=0,
                error=None,
            )
        else:
            known = transaction.known_digests(source.name, list(gathered.entries.parsed))
            state = replace(
                _shifted(source, state, gathered.entries, known),
                etag=fetched.etag,
                last_modified=fetched.last_modified,
                body_sha256=fetched.body_sha256,
                failures=0,
                error=None,
            )
            report = _store(transaction, source, gathered.entries, known, now, state.shift)
        retry = fetched.retry_after_seconds if isinstance(fetched, FetchError) else None
        transaction.save_state(
            source.name, _scheduled(transaction, source, state, now, retry_after_seconds=retry)
        )
    return report


def _ingest_dump(
    source: Source, state: FetchState, store: Store, clock: Clock, stop: Event
) -> SourceReport:
    """Read the files of a dump source that are new or changed, one transaction a file.

    A file that holds no text is named at every look until it changes or goes; one that could not be
    read is tried again. Stops between two files once ``stop`` is set.
    """
    tally, rejected = _Tally(), list[Rejected]()
    try:
        found, faults = dump_files.matching(source.dump or "")
    except SourceError as error:
        found, faults = [], [str(error)]
    with store.transaction() as transaction:
        ledger = {read.file: read for read in transaction.files_read(source.name)}
    changed = [file for file in found if file not in ledger]
    for file in changed:
        if stop.is_set():
            break
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
    # A folder on "auto" is looked at every few seconds: only news of its faults is worth a write.
    if source.every_seconds is not None or (state.error or "") != report.error:
        with store.transaction() as transaction:
            due = _scheduled(transaction, source, replace(state, failures=0), clock())
            state = replace(due, asked=_asked(source), failures=len(faults), error=report.error)
            transaction.save_state(source.name, state)
    return report


def _ingest_file(source: Source, file: DumpFile, store: Store, clock: Clock) -> SourceReport:
    try:
        document, digest = dump_files.read(source.name, file, clock=clock)
    except SourceError as error:
        return _failure(source, error)
    with store.transaction() as transaction:
        try:
            found = parse_page.parse(_page_text(document, file.path))
        except SourceError as error:
            report = _failure(source, error)
        else:
            entries = _Entries.of(document, source, found)
            known = transaction.known_digests(source.name, list(entries.parsed))
            report = _store(transaction, source, entries, known, clock())
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


def _shifted(
    source: Source, state: FetchState, entries: _Entries, known: Mapping[str, int]
) -> FetchState:
    """Decide from a document as a whole whether its times are late by the source's own offset."""
    times = [
        time
        for digest, (_, entry) in entries.parsed.items()
        if digest not in known and (time := normalise.stated(entry, source, entries.document))
    ]
    shift, confirmed = detect(
        times,
        fetched_at=entries.document.acquired,
        timezone=source.timezone,
        known=state.shift,
        confirmed=state.shift_confirmed,
    )
    return replace(state, shift=shift, shift_confirmed=confirmed)


def _store(
    transaction: Transaction,
    source: Source,
    entries: _Entries,
    known: Mapping[str, int],
    now: datetime,
    shift: timedelta = timedelta(0),
) -> SourceReport:
    """Normalise, identify and store what of a document is new or changed."""
    tally = _Tally(unchanged=len(known))
    if shift:
        hours = shift.total_seconds() / 3600
        tally.note = f"its times are late by its own offset and are taken as {hours:g} h earlier"
    rejected = list(entries.rejected)
    drafts: dict[str, Draft] = {}
    for digest, (mention, entry) in entries.parsed.items():
        if digest in known:
            continue
        made = normalise.draft(entry, mention, source, entries.document, shift)
        if isinstance(made, Rejected):
            rejected.append(made)
        else:
            drafts[digest] = made
    mentions = [
        replace(mention, pk=known.get(digest)) for digest, (mention, _) in entries.parsed.items()
    ]
    _identify(transaction, source, mentions, drafts, tally, now)
    transaction.add_rejected(source.name, rejected, now)
    return tally.report(source, rejected)


def _identify(
    transaction: Transaction,
    source: Source,
    document: Sequence[Mention],
    drafts: Mapping[str, Draft],
    tally: _Tally,
    now: datetime,
) -> None:
    transaction.forget_names(source.name, identity.recycled(document))
    asked = [alias for draft in drafts.values() for alias in identity.aliases(draft)]
    ids = [made for draft in drafts.values() if (made := identity.candidate_id(draft))]
    memory = transaction.memory(source.name, asked, ids)
    decisions = identity.decide(document, drafts, memory)
    transaction.apply(source.name, decisions, now)
    for decision in decisions:
        if isinstance(decision, New):
            tally.new += 1
        elif isinstance(decision, Seen) and decision.material:
            tally.revised += 1
        elif isinstance(decision, Seen):
            tally.refreshed += 1
        else:
            tally.unchanged += 1
