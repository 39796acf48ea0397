"""Hand out: published files go with the store to the web servers of all machines.

Only a store that several machines share has them (PostgreSQL). There they are what holds: whoever
publishes next, on whichever machine, first brings its own folder to what was handed out last, so
that each file's bytes and time go on from there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aggregator.models import PublishedFile
from aggregator.pipeline.mirror import Mirror, tell_kept
from aggregator.pipeline.run import Run
from aggregator.publish import copies
from aggregator.publish.copies import Seen

# The bytes of one commit. What is published at once mostly fits: 20 feeds of 100 entries have
# 60 MB with their neighbours. Only when a folder is first handed out there are more.
_COMMIT_BYTES = 128_000_000


def take_over(run: Run) -> None:
    """Bring the folder to what was handed out last, unless this process did that.

    A folder of which nothing was handed out yet stays as it is. StoreError, PublishError.
    """
    with run.store.read() as unit:
        last = unit.documents.last()
    if last in (0, run.handed_out.number):
        return
    mirror = Mirror(run.store, run.config.site.output, is_trusted=True)
    mirror.look()
    tell_kept(mirror.kept)
    seen = copies.look(run.config.site.output, Seen())
    with run.store.read() as unit:
        known = {name for name, file in unit.documents.known().items() if file.size is not None}
    # What somebody else put there is no news: it would be handed out under an old file's name.
    known |= mirror.kept
    ours = {name: stamp for name, stamp in seen.files.items() if name in known}
    run.handed_out.note(Seen(files=ours), mirror.number or 0)


def hand_out(run: Run) -> None:
    """Store what was put into the folder or removed since this was last done.

    StoreError, PublishError.
    """
    folder, before = run.config.site.output, run.handed_out.seen or Seen()
    seen = copies.look(folder, before)
    changed = [name for name, stamp in seen.files.items() if before.files.get(name) != stamp]
    removed = sorted(before.files.keys() - seen.files.keys())
    number = run.handed_out.number
    in_order = copies.in_order(changed, seen.files)
    for files in _commits(run, seen, in_order, removed):
        with run.store.write() as unit:
            unit.documents.put(files)
            number = unit.documents.last()
    run.handed_out.note(seen, number)


def _commits(
    run: Run, seen: Seen, names: Sequence[str], removed: Sequence[str]
) -> Iterator[list[PublishedFile]]:
    """Divide what is to be stored into commits; what is gone comes last."""
    files: list[PublishedFile] = []
    size = 0
    for name in names:
        file = copies.read(run.config.site.output, name, seen.files[name])
        files.append(file)
        size += len(file.body or b"")
        if size >= _COMMIT_BYTES:
            yield files
            files, size = [], 0
    files += map(copies.removed, removed)
    if files:
        yield files
