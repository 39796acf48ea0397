"""Looks at the folders of dumps: which of their files are new, changed, or not read to their end.

Apart from what reads them, as a folder without news is looked at again and again: then nothing that
parses and normalises need be loaded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from aggregator.errors import SourceError
from aggregator.fetch import files as dump_files
from aggregator.models import (
    DumpFile,
    FaultKind,
    FetchState,
    FileProgress,
    Outcome,
    Source,
    SourceReport,
)
from aggregator.pipeline.fetch_state import config_fingerprint, reading_fingerprint, scheduled
from aggregator.pipeline.run import Run
from aggregator.pipeline.timetable import Timetable


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at the files of a dump source.

    ``known`` tells how far each file was read. ``faults`` name what cannot be looked at.
    """

    source: Source
    state: FetchState
    files: Sequence[DumpFile]
    faults: Sequence[str]
    known: Mapping[str, FileProgress]

    @property
    def unread(self) -> list[DumpFile]:
        """Return the files that are new, changed, or not read to their end."""
        return [file for file in self.files if not self._is_done(file)]

    @property
    def known_faults(self) -> list[str]:
        """Return the faults of the files that are not read again; each is named at every look."""
        return [
            self.known[file.path].error
            for file in self.files
            if self._is_done(file) and self.known[file.path].error
        ]

    def _is_done(self, file: DumpFile) -> bool:
        progress = self.known.get(file.path)
        return progress is not None and progress.file == file and progress.is_done


def look(run: Run, source: Source, state: FetchState) -> Look:
    """Look at the files of a dump's pattern, and at what is remembered of them."""
    try:
        files, faults = dump_files.matching(source.dump or "")
    except SourceError as error:
        files, faults = [], [str(error)]
    read_by = state.config_fingerprint.partition("\n")[2]
    if state.config_fingerprint and read_by != reading_fingerprint(source):
        state = _begin_anew(run, source, state)
    with run.store.read() as unit:
        known = {progress.file.path: progress for progress in unit.dumps.progress(source.name)}
    return Look(source=source, state=state, files=files, faults=faults, known=known)


def _begin_anew(run: Run, source: Source, state: FetchState) -> FetchState:
    """Remember that each file is to be read by other rules, and return the state of that.

    A file that cannot be looked at now, or not be opened, is read so when it can be.
    """
    state = replace(state, config_fingerprint=config_fingerprint(source), next_due=None)
    with run.store.write() as unit:
        unit.dumps.begin_anew(source.name)
        unit.sources.save_state(source.name, state)
    return state


def leave(run: Run, looked: Look) -> SourceReport:
    """Report a dump of which no file is to be read, and remember that it was looked at."""
    faults = [*looked.faults, *looked.known_faults]
    report = SourceReport(source=looked.source.name, outcome=Outcome.OK)
    report = with_faults(report, faults, has_read=False)
    save_state(run, looked, report, faults)
    return report


def with_faults(report: SourceReport, faults: Sequence[str], *, has_read: bool) -> SourceReport:
    """Return the report of a dump with its faults; where nothing was read, it is not modified."""
    if faults:
        return replace(report, outcome=Outcome.FAILED, error="; ".join(faults))
    return report if has_read else replace(report, outcome=Outcome.NOT_MODIFIED)


def save_state(run: Run, looked: Look, report: SourceReport, faults: Sequence[str]) -> None:
    """Remember a dump's state where it has an interval, or where its faults are news.

    A folder on "auto" is looked at every few seconds: only news is worth a write.
    """
    source, state = looked.source, looked.state
    fingerprint = config_fingerprint(source)
    is_news = (state.error or "") != report.error or state.config_fingerprint != fingerprint
    if run.stop.is_set() or (source.is_automatic and not is_news):
        return
    with run.store.write() as unit:
        now, state = run.clock(), replace(state, failures=0)
        poll = Timetable().next_poll(unit, source, state, now)
        state = replace(
            state,
            config_fingerprint=fingerprint,
            failures=len(faults),
            error=report.error,
            fault=FaultKind.FILE if faults else None,
        )
        unit.sources.save_state(source.name, scheduled(state, poll, now))
