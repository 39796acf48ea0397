"""Mirror: a folder is brought to what was handed out last, each file with its bytes and time."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from aggregator.publish import copies
from aggregator.store.store import Store


class Mirror:
    """One folder of one process; ``number`` is that of the last file that it has.

    The first look is at every file there is, and reads those of the folder unless it
    ``is_trusted``; the others are at what came since.
    """

    def __init__(self, store: Store, folder: Path, *, is_trusted: bool = False) -> None:
        self._store, self._folder, self._is_trusted = store, folder, is_trusted
        self.number: int | None = None

    def look(self) -> int:
        """Copy what is new; return how many files were put or removed.

        StoreError, PublishError; then the next look begins where this one did.
        """
        count = 0
        with self._store.read() as unit:
            last = unit.documents.last()
            if last == self.number:
                return 0
            if self.number is None:
                known = unit.documents.known()
                wanted = copies.differing(self._folder, known, is_trusted=self._is_trusted)
                files = unit.documents.named(wanted)
            else:
                files = unit.documents.since(self.number)
            with closing(files):  # also where one cannot be written
                for file in files:
                    copies.put_copy(self._folder, file)
                    count += 1
        self.number = last
        return count
