"""Where the archives of a feed begin: documents go, the oldest first, when all in them has left."""

from __future__ import annotations

from aggregator.pipeline.run import Run
from aggregator.publish import files as published_files
from aggregator.publish import folder, gone


def remove_emptied(run: Run, feed: str) -> str:
    """Remove the files of documents in which nothing stands any more; return what went wrong.

    Only where old stories leave by themselves: a document that a person's purge emptied stays, so
    that readers find their way past it. All are marked as gone first, so that none is missing
    without being gone, and a removal that is killed is made again.
    """
    if not run.config.upkeep.is_bounded:
        return ""
    with run.store.read() as unit:
        numbers = unit.archives.emptied(feed)
        if unit.is_damaged or not numbers:
            return ""
    output = run.config.site.output
    names = [name for number in numbers for name in folder.archive_file_names(feed, number)]
    try:
        gone.mark(output, names, run.clock())
        left = published_files.remove_bound(output, names)
    except OSError as error:
        return f"old archives in {output} cannot be removed: {error.strerror or error}"
    site, first = run.config.site, numbers[-1] + 1
    with run.store.write() as unit:
        unit.archives.mark_gone(feed, numbers)
        if first not in unit.archives.to_write(feed, folder.archives_written_as(site)):
            # Its page leads people nowhere from now on; its formats stay as they were written.
            as_without = folder.archives_written_as(site, form=folder.NO_PAGE)
            unit.archives.mark_written(feed, [first], as_without)
    return f"not removed, as somebody else changed them: {', '.join(left)}" if left else ""
