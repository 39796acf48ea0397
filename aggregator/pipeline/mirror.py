"""Mirror: a folder is brought to what was handed out last, each file with its bytes and time."""

from __future__ import annotations

import logging
from collections.abc import Collection
from contextlib import closing
from pathlib import Path

from aggregator.errors import PublishError
from aggregator.models import PublishedFile
from aggregator.publish import copies
from aggregator.store.store import Store

log = logging.getLogger(__name__)


class Mirror:
    """One folder of one process; ``number`` is that of the last file that it has.

    Files that are gone and stay, as somebody else put them there, are ``kept``.

    The first look is at every file there is, and reads those of the folder unless it
    ``is_trusted``; the others are at what came since.
    """

    def __init__(self, store: Store, folder: Path, *, is_trusted: bool = False) -> None:
        self._store, self._folder, self._is_trusted = store, folder, is_trusted
        self.number: int | None = None
        self.kept: set[str] = set()
        self._left: set[str] = set()  # files that could not be put or removed

    def look(self) -> int:
        """Copy what is new; return how many files were put or removed.

        StoreError; then the next look begins where this one did. PublishError where a file cannot
        be put or removed: the others are, and the next look tries that one again.
        """
        with self._store.read() as unit:
            last = unit.documents.last()
            if last == self.number and not self._left:
                return 0
            # A database that was put back as it was earlier counts from there again.
            if self.number is None or last < self.number:
                known = unit.documents.known()
                wanted = copies.differing(self._folder, known, is_trusted=self._is_trusted)
                parts = [unit.documents.named(wanted)]
            else:
                parts = [unit.documents.named(self._left), unit.documents.since(self.number)]
            count, faults = 0, dict[str, PublishError]()
            for files in parts:
                with closing(files):
                    for file in files:
                        try:
                            count += self._copy(file)
                        except PublishError as error:
                            faults[file.name] = error
        self.number, self._left = last, set(faults)
        for fault in faults.values():
            more = f", nor can {len(faults) - 1} others" if len(faults) > 1 else ""
            raise PublishError(f"{fault}{more}") from fault
        return count

    def _copy(self, file: PublishedFile) -> bool:
        """Put or remove a file; tell whether it is as it was published."""
        self.kept.discard(file.name)
        if file.body is not None:
            copies.put_copy(self._folder, file)
        elif not copies.remove_copy(self._folder, file):
            self.kept.add(file.name)
            return False
        return True


def tell_kept(names: Collection[str]) -> None:
    """Log which files stay though they are published no more."""
    if names:
        text = "not removed, as somebody else put them there: %s"
        log.warning(text, ", ".join(sorted(names)))
