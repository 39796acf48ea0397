"""What the published folder remembers besides its files: the ledger, and which files are gone.

A folder that is made anew from a backup goes on with it: feeds that are configured no more leave in
their time, and what was gone stays gone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from aggregator.errors import PublishError
from aggregator.publish import files, gone, ledger

_MARKER = re.compile(re.escape(gone.FOLDER) + r"/(?P<name>[A-Za-z0-9][A-Za-z0-9-]*\.[a-z]+)")


def read(folder: Path) -> dict[str, bytes]:
    """Return the files in which it is remembered, by their names within the folder. PublishError.

    Nothing of a folder that is not there.
    """
    paths = [folder / ledger.NAME]
    try:
        markers = folder / gone.FOLDER
        paths += sorted(markers.iterdir()) if markers.is_dir() else []
        found: dict[str, bytes] = {}
        for path in paths:
            # A service that publishes meanwhile replaces the ledger and takes markers away.
            with suppress(FileNotFoundError, IsADirectoryError):
                found[str(path.relative_to(folder))] = path.read_bytes()
    except OSError as error:
        raise PublishError(f"{folder} cannot be read: {error.strerror or error}") from error
    return found


def put_back(folder: Path, remembered: Mapping[str, bytes], modified_unix: int) -> bool:
    """Put it into a folder that remembers nothing; tell whether it is one. PublishError.

    What is no name of such a file is left out. The ledger comes last, as it says that all is there.
    """
    if ledger.is_there(folder):
        return False
    try:
        for name, body in remembered.items():
            if marker := _MARKER.fullmatch(name):
                files.place(folder / gone.FOLDER, marker["name"], body, modified_unix)
        if ledger.NAME in remembered:
            files.place(folder, ledger.NAME, remembered[ledger.NAME], ledger.TIME_UNIX)
    except OSError as error:
        raise PublishError(f"{folder} cannot be written: {error.strerror or error}") from error
    return True
