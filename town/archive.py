"""The town's archive: page dumps that appear in a folder over time."""

from __future__ import annotations

import os
from pathlib import Path

from town.documents import dump_page
from town.papers import Form
from town.town import FRONT_PAGE_ENTRIES, Town


def write_dumps(town: Town, folder: Path, at_seconds: float) -> None:
    """Write the newest pages of the archive at a moment that are not in the folder yet.

    A page is put in place whole, and has the wall's time at which it was told.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for paper in town.papers:
        if paper.form is not Form.DUMP:
            continue
        for report in town.newest(paper, at_seconds, FRONT_PAGE_ENTRIES):
            path = folder / f"{paper.name}-{report.code}.txt"
            if path.exists():
                continue
            told = town.wall(report.at_seconds)
            half_written = path.with_suffix(".part")
            half_written.write_text(dump_page(town.telling(report), told), encoding="utf-8")
            os.utime(half_written, (told.timestamp(), told.timestamp()))
            half_written.replace(path)
