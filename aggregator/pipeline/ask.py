"""Ask sources once, as a poll does, and store nothing: to see what it is that answers.

A poll's own steps are taken, so that turns, robots.txt, guards, deadlines and hosts that asked for
a rest are the same. They want a store, and get one that is thrown away.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Lock

from aggregator.errors import SourceError, StoreError
from aggregator.fetch import http
from aggregator.fetch.files import matching
from aggregator.fetch.parallel import Pace, by_rank
from aggregator.fetch.politeness import taking_turns
from aggregator.fetch.room import Room
from aggregator.models import NOTHING_KNOWN, Config, FetchState, KnownItems, Source
from aggregator.normalise import draft as normalise
from aggregator.parse.feed.format_name import format_name
from aggregator.pipeline.answered import line_of
from aggregator.pipeline.asking import Asking
from aggregator.pipeline.due import let_hosts_rest
from aggregator.pipeline.feeds import FetchedFeed, fetch_and_parse
from aggregator.pipeline.run import Clock, Run
from aggregator.store.store import Store
from aggregator.urls import publishable

# A person waits, and the shipped configuration has as many hosts. Memory is bounded as in a pass.
_THREADS = 32
_WAITING_BYTES = 64_000_000
_PATIENCE_SECONDS = 2.0
_PAGE = "Section page"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a source is: of a ``format``, or ``files`` of a dump, or a fault, and nothing else then.

    ``newest`` is the newest time that an entry states, if any does. ``redirected_to`` is where it
    was read, where that is not the address that is configured; where it has moved for good,
    ``moved_to`` is that address, and ``moved_line`` names it in config.toml.
    """

    source: Source
    format: str = ""
    files: int = 0
    entries: int = 0
    rejected: int = 0
    newest: datetime | None = None
    redirected_to: str = ""
    moved_to: str = ""
    moved_line: str = ""
    fault: SourceError | None = None


@contextmanager
def asking_run(config: Config, clock: Clock) -> Iterator[Run]:
    """Build the context of a poll over an empty store, which is gone when the block ends.

    Hosts rest that asked a pass for it, where there is a store of this version.
    """
    stop = Event()
    with (
        TemporaryDirectory(prefix="aggregator-asked-") as folder,
        Store.open(f"sqlite:///{Path(folder) / 'asked.db'}") as store,
    ):
        run = Run.of(config, store, clock=clock, stop=stop)
        with (
            suppress(StoreError),
            Store.beside(config.store_url, reads_only=True) as own,
            own.read() as unit,
        ):
            let_hosts_rest(run, unit.sources.states())
        try:
            yield run
        finally:
            stop.set()


def ask_each(config: Config, clock: Clock) -> Iterator[Answer]:
    """Ask every source, and yield what each is, in the order in which they answer.

    No page is asked for a whole text: that the source itself answers is what is to be seen.
    """
    for source in config.sources:
        if source.dump is not None:
            yield _files(source)
    asked = [replace(source, full_text=False) for source in config.sources if source.address]
    if asked:
        with asking_run(config, clock) as run:
            yield from _ask_all(run, asked)


def ask_once(run: Run, source: Source) -> FetchedFeed:
    """Ask a source as the first poll of it does, but for the pages of its entries."""
    asking = one_asking(run, replace(source, full_text=False))
    return fetch_and_parse(
        run, asking.source, FetchState(), asking.place, asking.parsing, asking.known
    )


def one_asking(run: Run, source: Source) -> Asking:
    """Build what makes the requests of a source of which nothing is known, alone."""
    place = Room(_WAITING_BYTES, run.stop).place(0)
    return Asking(run=run, source=source, place=place, parsing=Lock(), known=_nothing)


def _ask_all(run: Run, sources: Sequence[Source]) -> Iterator[Answer]:
    room, parsing = Room(_WAITING_BYTES, run.stop), Lock()

    def ask(ranked: tuple[int, Source]) -> Answer:
        rank, source = ranked
        place = room.place(rank)
        try:
            return _answer(fetch_and_parse(run, source, FetchState(), place, parsing, _nothing))
        finally:
            place.give_back()

    ranks = enumerate(sources)
    jobs = taking_turns([(source.address, (rank, (rank, source))) for rank, source in ranks])
    pace = Pace(threads=_THREADS, patience_seconds=_PATIENCE_SECONDS)
    with closing(room), run.client.keeping_connections():
        for answers in by_rank(ask, jobs, pace=pace, at_most=len(sources), stop=run.stop):
            yield from answers


def _nothing(_source: Source) -> KnownItems:
    return NOTHING_KNOWN


def _answer(fetched: FetchedFeed) -> Answer:
    source, result, entries = fetched.source, fetched.result, fetched.entries
    if isinstance(result, SourceError):
        return Answer(source=source, fault=result)
    if not isinstance(result, http.Fetched) or entries is None:  # never without validators
        return Answer(source=source, fault=SourceError("answered that nothing had changed"))
    document = result.document
    parsed = [entry for _, entry in entries.parsed.values() if entry is not None]
    times = [time for entry in parsed if (time := normalise.stated(entry, source, document))]
    moved_to = "" if source.access.discover else result.moved_to
    return Answer(
        source=source,
        format=_PAGE if source.page else format_name(document.body, document.content_type),
        entries=len(parsed),
        rejected=len(entries.rejected),
        newest=max(times, default=None),
        redirected_to="" if document.url == source.address else publishable(document.url),
        moved_to=publishable(moved_to),
        moved_line=line_of(source, moved_to),
    )


def _files(source: Source) -> Answer:
    """Count the files of a dump; a fault where there is none."""
    try:
        files, faults = matching(source.dump or "")
    except SourceError as fault:
        return Answer(source=source, fault=fault)
    if not files:
        said = "; ".join(faults) or f"there is no file {source.dump}"
        return Answer(source=source, fault=SourceError(said))
    return Answer(source=source, files=len(files))
