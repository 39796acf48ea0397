"""The pages of entries as they are put in place: one for each text that has no address of its own.

A page is there before a document that leads to it, and stays when its entry has left the feed. It
is written again where what it shows changed; a notice takes its place where its entry was purged,
and is taken away when it has stood for long.
What was put in place is remembered in the store, and how the folder looked then: where nothing
changed, no page is read or looked at, however many there are.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from aggregator.errors import PublishError, StoreError
from aggregator.models import FeedReport, Standing
from aggregator.pipeline.frame import today
from aggregator.pipeline.page_documents import PageLook, page_documents
from aggregator.pipeline.run import Run
from aggregator.publish import files as published_files
from aggregator.publish.entry_names import FOLDER, page_name
from aggregator.publish.rendered import PAGES

# The pages written at one publishing that no document waits for, as where the look of all
# changed: they take 0.7 s of a processor, and on a busy disk 2 s, and news is not kept waiting.
PAGES_TOGETHER = 1_000
# A search engine asks again for a page within weeks, and is to find the notice, which asks it to
# forget the text. Then nothing stands there: of a store that is bounded by age as many entries
# leave as come, and each notice takes a block of the disk.
NOTICES_STAND = timedelta(days=90)
# The texts that are in memory at once.
_READ_TOGETHER = 200


@dataclass(slots=True, kw_only=True)
class PagePlacing:
    """One publishing's view of the pages: what is to be put in place, and what was.

    ``standing`` is how their folder stood when publishing began, ``None`` where that is not known.
    ``has_new`` says that entries got a page to which others may lead now.
    """

    run: Run
    look: PageLook
    standing: Standing | None
    written: int = 0
    removed: int = 0
    has_new: bool = False
    errors: list[str] = field(default_factory=list)

    @classmethod
    def begin(cls, run: Run, standing: Standing | None) -> PagePlacing:
        """Look which pages are lost, unless the folder stands as it was left."""
        pages = cls(run=run, look=PageLook.of(run.config), standing=standing)
        published_files.remove_temporary_of_lanes(run.config.site.output / FOLDER)
        pages._take_old_notices_away()  # first, as a killed run may have lost some just so
        if standing is None:
            pages._mark_lost()
        return pages

    def _take_old_notices_away(self) -> None:
        """Remove what has stood for long in the place of pages, some at a time."""
        with self.run.store.read() as unit:
            before = today(self.run) - NOTICES_STAND
            old = unit.pages.notices_before(before, PAGES_TOGETHER)
        if not old:
            return
        folder = self.run.config.site.output
        try:
            published_files.remove_together(folder, map(page_name, old.values()))
        except OSError as error:
            self._failed(f"{folder / FOLDER}: {error.strerror or error}")
            return
        with self.run.store.write() as unit:
            unit.pages.forget(old)
        self.removed += len(old)

    def _mark_lost(self) -> None:
        """Remember which pages are not there any more. Whatever cannot be read is not lost."""
        with self.run.store.read() as unit:
            page_of = {pk: page_name(entry_id) for pk, entry_id in unit.pages.in_place().items()}
            if unit.is_damaged:
                return
        there = published_files.names(self.run.config.site.output / FOLDER)
        lost = [pk for pk, name in page_of.items() if name.removeprefix(f"{FOLDER}/") not in there]
        if lost:
            with self.run.store.write() as unit:
                unit.pages.mark_absent(lost)

    def lead_to(self, pks: Collection[int]) -> str:
        """Put the pages of these entries in place that are absent; return what went wrong."""
        if not pks:
            return ""
        with self.run.store.read() as unit:
            absent = unit.pages.absent(pks)
        if not absent:
            return ""
        try:
            with self.run.store.write() as unit:
                unit.pages.want(absent)
            self.has_new = True
            return self._put(sorted(absent))
        except StoreError as fault:
            if not fault.is_damage:
                raise
            return self._failed(str(fault))

    def catch_up(self) -> bool:
        """Write pages that are not in place as they are to be, some at a time.

        Return whether more are to come. Nothing, where some of the store cannot be read: a page
        without that would stay so.
        """
        with self.run.store.read() as unit:
            wanted = unit.pages.to_write(self.look.digest, PAGES_TOGETHER + 1)
            if unit.is_damaged:
                return bool(wanted)
        error = self._put(wanted[:PAGES_TOGETHER])
        return len(wanted) > PAGES_TOGETHER or bool(error)

    def _put(self, pks: Sequence[int]) -> str:
        """Put the pages of these entries in place and remember it; return what was wrong.

        One that cannot be written keeps no other waiting.
        """
        error = ""
        for start in range(0, len(pks), _READ_TOGETHER):
            with self.run.store.read() as unit:
                together = pks[start : start + _READ_TOGETHER]
                pages, notices = page_documents(unit, together, self.look)
            try:
                documents = [*pages.values(), *notices.values()]
                faults = published_files.put_together(self.run.config.site.output, documents)
            except PublishError as fault:
                return self._failed(str(fault))
            if faults:
                error = self._failed(next(iter(faults.values())))
            put = [pk for pk, page in pages.items() if page.name not in faults]
            noted = [pk for pk, notice in notices.items() if notice.name not in faults]
            with self.run.store.write() as unit:
                unit.pages.mark_written(put, self.look.digest)
                unit.pages.mark_notices(noted, today(self.run))
            self.written += len(put) + len(noted)
        return error

    def _failed(self, error: str) -> str:
        if error not in self.errors:
            self.errors.append(error)
        return error

    def end(self, fingerprint: str, *, has_more: bool) -> Standing | None:
        """Return how the folder stands now, ``None`` where anything went wrong."""
        if self.errors:
            return None
        before = self.standing
        if before is not None and not (self.written or self.removed):
            return replace(before, is_current=not has_more)
        stamps = published_files.stamps(self.run.config.site.output, [FOLDER])
        return Standing(
            feed=PAGES,
            is_current=not has_more,
            fingerprint=fingerprint,
            digest=self.look.digest,
            stamps=stamps,
            entries=0,
            left_out={},
        )

    def told_in(self, report: FeedReport, *, has_more: bool) -> FeedReport:
        """Return the report of the lists with what was done for pages that no feed reports."""
        error = "; ".join(filter(None, (report.error, *self.errors)))
        return replace(
            report,
            pages_written=self.written,
            has_more=report.has_more or has_more,
            error=error,
        )
