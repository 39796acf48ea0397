"""Put: the files of a selected feed, and those that list the feeds, are put in place.

Knows how a feed is rendered and when its files stand as they are to; refuses to know how its
entries were selected.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from aggregator.errors import PublishError
from aggregator.models import Config, FeedDocument, FeedReport, FeedView, Pin, Standing
from aggregator.pipeline.archive import NOTHING_TO_ARCHIVE, ArchivePlan
from aggregator.pipeline.archive_documents import Archived, write_archives
from aggregator.pipeline.entry_pages import PagePlacing
from aggregator.pipeline.frame import frame_of, named_day, today
from aggregator.pipeline.place import Placing
from aggregator.pipeline.run import Run
from aggregator.publish import files as published_files
from aggregator.publish import folder
from aggregator.publish.compressed import with_neighbours
from aggregator.publish.rendered import LISTS, digest_of, entries_by_digest, on_day
from aggregator.publish.view import NO_TIME


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """What a feed shows now, and what of that is not remembered yet.

    ``led_to`` are the entries to whose pages it leads. ``is_settled`` says that the same is
    selected again as long as no entry changes. ``held_back`` is why nothing of it is published for
    now.
    """

    view: FeedView
    pins: Mapping[int, Pin]
    absorbed: Mapping[int, int]
    left_out: Mapping[str, int]
    archives: ArchivePlan
    led_to: frozenset[int]
    is_settled: bool
    held_back: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """What became of a feed, or of a page of all feeds.

    ``standing`` is how it stands now, ``None`` where it stood so before or not all is in place.
    ``view`` is the feed as it is in place, ``None`` where it is not.
    """

    report: FeedReport
    standing: Standing | None = None
    view: FeedView | None = None


def held_back_or_not(config: Config, selected: Selected, placing: Placing) -> Selected:
    """Return a feed as it is published, or as it is held back.

    Then it closes no archive document, as what stays published shows what these would hold.
    """
    entries = len(selected.view.entries)
    if reason := placing.hold_back(config, selected.view.spec, entries):
        return replace(selected, archives=NOTHING_TO_ARCHIVE, held_back=reason)
    return selected


def put_lists(config: Config, standing: Standing | None, fingerprint: str) -> Put:
    """Publish the files that list the feeds, which the configuration alone decides."""
    if standing is not None:
        return Put(report=FeedReport(feed=LISTS, entries=0))
    frame = frame_of(config)
    documents = folder.list_documents(frame, config.site, config.feeds, modified=NO_TIME)
    done = put_of_all(config, LISTS, documents, fingerprint)
    try:
        published_files.remove_bound(config.site.output, folder.unlisted(frame))
    except OSError as error:
        fault = f"{config.site.output}: {error.strerror or error}"
        return Put(report=together(LISTS, [done.report], fault))
    return done


def put_of_all(
    config: Config, name: str, documents: Sequence[FeedDocument], fingerprint: str, digest: str = ""
) -> Put:
    """Put documents in place that are of no feed; ``digest`` is of all that was rendered of them.

    ``name`` is what they go by, as a feed by its own.
    """
    report = _put(name, config, documents, entries=0)
    standing = Standing(
        feed=name,
        is_current=True,
        fingerprint=fingerprint,
        digest=digest,
        stamps={},
        entries=0,
        left_out={},
    )
    names = [document.name for document in documents]
    return Put(report=report, standing=_stamped(config, standing, report, names))


def together(name: str, reports: Sequence[FeedReport], fault: str) -> FeedReport:
    """Return reports as one; ``fault`` is what else went wrong in the folder."""
    return FeedReport(
        feed=name,
        entries=0,
        files_written=tuple(file for report in reports for file in report.files_written),
        error="; ".join(filter(None, (*(report.error for report in reports), fault))),
    )


def put_feed(
    run: Run,
    selected: Selected,
    standing: Standing | None,
    fingerprint: str,
    placing: Placing,
    pages: PagePlacing,
) -> Put:
    """Publish one feed in every format; a file whose bytes would be the same is not touched.

    ``standing`` is how it stands in place, ``None`` where it does not. Its archive documents come
    first, as what they hold may leave the feed, and the pages that it leads to.
    """
    if selected.held_back:
        return Put(report=_report(selected))
    pages.lead_to(selected.led_to)
    archived = write_archives(run, selected.view.spec, pages, is_in_place=standing is not None)
    day = named_day(selected.view.entries, today(run), run.config.site.timezone)
    view, report = (
        replace(selected.view, prev_archive=archived.last, today=day),
        _report(selected, archived),
    )
    name, entries, view_of = report.feed, report.entries, entries_by_digest(view)
    digest = digest_of(view, view_of)
    is_settled = selected.is_settled and not report.has_more
    if standing is not None and standing.digest == digest:
        # Its stamps stay: a file that somebody touched since they were looked at is put back.
        left_out = selected.left_out
        standing = replace(standing, is_current=is_settled, entries=entries, left_out=left_out)
        return Put(report=report, standing=standing, view=view)
    documents = folder.feed_documents(view, view_of, run.rendered)
    put = _put(name, run.config, documents, entries=entries)
    errors = "; ".join(filter(None, (archived.error, put.error)))
    report = replace(report, files_written=put.files_written, error=errors)
    if not put.error:
        placing.note(run.config, view.spec, entries, documents)
    standing = Standing(
        feed=name,
        is_current=is_settled,
        fingerprint=on_day(fingerprint, day),
        digest=digest,
        stamps={},
        entries=entries,
        left_out=selected.left_out,
    )
    standing = _stamped(run.config, standing, report, folder.file_names_of(view.spec))
    return Put(report=report, standing=standing, view=None if put.error else view)


def _report(selected: Selected, archived: Archived | None = None) -> FeedReport:
    """Return a report of a feed before its files are put in place, with how its archives stand."""
    report = FeedReport(
        feed=selected.view.spec.name,
        entries=len(selected.view.entries),
        left_out=selected.left_out,
        held_back=selected.held_back,
    )
    if archived is None:
        return report
    return replace(
        report,
        archives_written=archived.written,
        has_more=archived.has_more or not selected.archives.is_whole,
        error=archived.error,
    )


def _stamped(
    config: Config, standing: Standing, report: FeedReport, names: Sequence[str]
) -> Standing | None:
    """Return a standing with the stamps of its files, ``None`` where not all are in place."""
    files = with_neighbours(names)
    stamps = published_files.stamps(config.site.output, files)
    if report.error or not stamps.keys() >= set(files):
        return None
    return replace(standing, stamps={file: stamps[file] for file in files})


def _put(
    name: str, config: Config, documents: Sequence[FeedDocument], *, entries: int
) -> FeedReport:
    written, errors = [], []
    for document in documents:
        try:
            if published_files.put(config.site.output, document):
                written.append(document.name)
        except PublishError as error:
            errors.append(str(error))
    return FeedReport(
        feed=name, entries=entries, files_written=tuple(written), error="; ".join(errors)
    )
