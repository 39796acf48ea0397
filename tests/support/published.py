"""Published files, as a reader and as the file system see them."""

from __future__ import annotations

from pathlib import Path

import feedparser

from aggregator.models import Config


def read(config: Config, name: str) -> list[feedparser.FeedParserDict]:
    """Read a published file back as any feed reader does; return its entries in order."""
    parsed = feedparser.parse((config.site.output / name).read_bytes())
    assert not parsed.bozo, parsed.get("bozo_exception")
    return list(parsed.entries)


def plain_files(folder: Path) -> list[Path]:
    """Return the published files, without compressed neighbours and what the program remembers."""
    return [
        path
        for path in sorted(folder.glob("[!.]*"))
        if path.is_file() and path.suffix not in (".br", ".gz")
    ]


def state_of(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Return every file's bytes and time of change in nanoseconds, by its name in the folder."""
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
