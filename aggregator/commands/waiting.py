"""How ``aggregator once`` waits for a pass that a service makes for it."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass
from threading import Event

from aggregator import wishes
from aggregator.commands.process import stop_on_signals
from aggregator.console.progress import show_progress
from aggregator.errors import StoreError
from aggregator.models import Config, FeedReport, SourceReport
from aggregator.pipeline.due import still_failing
from aggregator.pipeline.run import Progress
from aggregator.pipeline.run_pass import PassReport
from aggregator.store.owner import Owner, owner_of
from aggregator.store.place import path_of
from aggregator.store.store import Store
from aggregator.wishes import FileRead, Listener, PassEnded, SourceDone

_POLL_SECONDS = 0.2
_LOOK_SECONDS = 1.0  # how often it is looked whether the service still runs
# The service says something for each source, and a source has its deadline; deciding the stories of
# a hundred thousand entries takes some minutes, and says nothing.
_LONGEST_SILENCE_SECONDS = 3600.0


def wait_for_pass(
    config: Config, owner: Owner, *, every_source: bool, is_quiet: bool = False
) -> tuple[PassReport, str]:
    """Ask the service for a pass; return its report, and a sentence where its end is not known.

    StoreError where nothing came of it: the service cannot be asked, or ended before it began.
    Ctrl-C ends the waiting, and not the pass.
    """
    name = wishes.new_name(every_source=every_source)
    path = wishes.path_of(path_of(config.store_url), name)
    with Store.beside(config.store_url) as store:
        try:
            listener = Listener(path)
        except OSError as error:
            raise StoreError(f"{path} cannot be made: {error.strerror}") from error
        with closing(listener), show_progress(is_quiet=is_quiet) as progress:
            with store.write() as unit:
                unit.requests.request_pass(name)
            waiting = _Waiting(config.store_url, owner, listener, progress)
            said = waiting.wait()
        with store.read() as unit:
            states = unit.sources.states()
        if said.is_about_service:
            with store.write() as unit:
                unit.requests.forget_requests([name])  # nobody waits for it any more
    if said.is_about_service and not waiting.reports:
        raise StoreError(said.text)
    asked = {report.source for report in waiting.reports}
    report = PassReport(
        sources=tuple(waiting.reports),
        feeds=said.feeds,
        failing=still_failing(config.sources, states, but=asked),
    )
    return report, said.text


@dataclass(frozen=True, slots=True, kw_only=True)
class _End:
    """How the waiting ended: what came of the feeds, or a sentence on why that is not known."""

    feeds: tuple[FeedReport, ...] = ()
    text: str = ""
    is_about_service: bool = False


class _Waiting:
    """One command that waits for one pass."""

    def __init__(self, store_url: str, owner: Owner, listener: Listener, own: Progress) -> None:
        self.reports: list[SourceReport] = []
        self._store_url, self._owner = store_url, owner
        self._listener, self._own = listener, own

    def wait(self) -> _End:
        """Wait for the end of the pass, of the service, or of a person's patience."""
        stop = Event()
        stop_on_signals(stop)
        service = f"the service (process {self._owner.pid})"
        heard = looked = time.monotonic()
        is_running = True
        while True:
            for said in self._listener.said():
                heard = time.monotonic()
                if isinstance(said, PassEnded):
                    return _end_of(said, service)
                self._show(said)
            if not is_running:
                text = f"{service} ended before the pass did; what it had stored is kept"
                return _End(text=text, is_about_service=True)
            if time.monotonic() - heard > _LONGEST_SILENCE_SECONDS:
                text = f"{service} has said nothing of the pass for an hour; its log may say why"
                return _End(text=text, is_about_service=True)
            if stop.wait(_POLL_SECONDS):
                return _End(text=f"no longer waited for; {service} goes on with the pass")
            if time.monotonic() - looked > _LOOK_SECONDS:
                looked = time.monotonic()
                is_running = owner_of(self._store_url) == self._owner

    def _show(self, said: SourceDone | FileRead) -> None:
        if isinstance(said, SourceDone):
            self.reports.append(said.report)
            self._own.on_source(said.report, said.done, said.total)
        else:
            self._own.on_file(said.progress, said.bytes_read)


def _end_of(said: PassEnded, service: str) -> _End:
    """Return how a pass ended; StoreError where it could not go on."""
    if said.fault:
        raise StoreError(said.fault)
    text = f"{service} was ended before the pass was over" if said.is_stopped else ""
    return _End(feeds=said.feeds, text=text, is_about_service=said.is_stopped)
