"""Programs and libraries that people read feeds with, and what each shows of an entry.

A reader returns entries in the order in which it shows them, each as a mapping of those parts that
it shows; what it has no place for is not there. The parts are ``id``, ``title``, ``link``,
``published`` (an aware datetime), ``authors`` (a list) or ``author`` (a text, of one or of all),
``categories``, ``source`` (the paper's title), ``picture`` and ``enclosure`` (one file, or none:
empty).
"""

from __future__ import annotations

import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from calendar import timegm
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import feedparser

from tests.support.deadlines import HUNG_SECONDS

Shown = Mapping[str, Any]

_SCRIPT = Path(__file__).parent.parent / "data" / "read.cjs"
# Where ``make readers`` installs what is of npm.
_PACKAGES = Path(__file__).parent.parent.parent / ".readers" / "node_modules"


class Reader(NamedTuple):
    """How a reader is run on a file, which formats it reads, and why it cannot be run here."""

    read: Callable[[Path], Sequence[Shown]]
    formats: tuple[str, ...]
    missing: Callable[[], str]


def _feedparser(path: Path) -> list[Shown]:
    return [
        _feedparser_entry(each) for each in feedparser.parse(io.BytesIO(path.read_bytes())).entries
    ]


def _feedparser_entry(entry: Any) -> Shown:
    files = [link for link in entry.get("links", ()) if link.rel == "enclosure"]
    pictures = [
        *(each["url"] for each in entry.get("media_content", ()) if each.get("medium") == "image"),
        *(each["url"] for each in entry.get("media_thumbnail", ())),
        *(each.href for each in files if each.type.startswith("image/")),
    ]
    links = [link.href for link in entry.get("links", ()) if link.rel == "alternate"]
    return {
        "id": entry.id,
        "title": entry.title,
        "link": next(iter(links), ""),
        "published": datetime.fromtimestamp(timegm(entry.published_parsed), UTC),
        "authors": [author.name for author in entry.authors],
        "categories": [tag.term for tag in entry.tags],
        "source": entry.source.title,
        "picture": next(iter(pictures), ""),
        "enclosure": next((each.href for each in files), ""),
    }


def _fastfeedparser(path: Path) -> list[Shown]:
    fastfeedparser = import_module("fastfeedparser")  # of no other test, so it may be missing
    return [
        _fastfeedparser_entry(each, path.suffix)
        for each in fastfeedparser.parse(path.read_bytes()).entries
    ]


def _fastfeedparser_entry(entry: Any, suffix: str) -> Shown:
    files = [each["url"] for each in entry.get("enclosures", ())]
    shown = {
        "id": entry["id"],
        "title": entry["title"],
        "link": entry.get("link") or "",
        "published": datetime.fromisoformat(entry["published"]),
        "author": entry["author"],
        "categories": [tag["term"] for tag in entry["tags"]],
    }
    if suffix == ".atom":
        return shown
    pictures = [
        each["url"]
        for each in entry.get("media_content", ())
        if each.get("type", "image/").startswith("image/")
    ]
    picture = entry.get("image") or next(iter(pictures), "")
    return {**shown, "picture": picture, "enclosure": next(iter(files), "")}


def _reader(path: Path) -> list[Shown]:
    """Read with the library *reader*, in a process of its own as it changes what modules do."""
    program = (
        "import json, sys\nfrom reader import make_reader\n"
        "reader = make_reader(':memory:', feed_root='')\nreader.add_feed(sys.argv[1])\n"
        "reader.update_feed(sys.argv[1])\n"
        "print(json.dumps([dict(id=e.id, title=e.title, link=e.link or '', author=e.author,\n"
        "  published=e.published.isoformat(),\n"
        "  enclosure=e.enclosures[0].href if e.enclosures else '')\n"
        "  for e in reader.get_entries()]))"
    )
    command = [sys.executable, "-c", program, str(path)]
    return _of_json(subprocess.check_output(command, timeout=HUNG_SECONDS))


def _newsboat(path: Path) -> list[Shown]:
    """Read with newsboat, which keeps what it shows in a database, and shows the newest first."""
    folder = path.parent.parent / f"newsboat-{path.name}"
    folder.mkdir()
    (folder / "urls").write_text(f"{path.as_uri()}\n", encoding="utf-8")
    (folder / "config").touch()
    names = ("-u", "urls"), ("-C", "config"), ("-c", "cache.db")
    options = [word for option, name in names for word in (option, str(folder / name))]
    environment = {"HOME": str(folder), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    subprocess.run(
        ["newsboat", *options, "-x", "reload"], env=environment, check=True, timeout=HUNG_SECONDS
    )
    database = sqlite3.connect(folder / "cache.db")
    rows = database.execute(
        "SELECT guid, title, url, pubDate, author, enclosure_url FROM rss_item"
        " ORDER BY pubDate DESC, id DESC"
    ).fetchall()
    database.close()
    return [
        {
            "id": row[0],
            "title": row[1],
            "link": row[2],
            "published": datetime.fromtimestamp(row[3], UTC),
            "author": row[4],
            "enclosure": row[5],
        }
        for row in rows
    ]


def _sfeed(path: Path) -> list[Shown]:
    """Read with sfeed, which writes a line of fields between tabs for each entry."""
    written = subprocess.check_output(["sfeed"], input=path.read_bytes(), timeout=HUNG_SECONDS)
    rows = [line.split("\t") for line in written.decode().splitlines()]
    return [
        {
            "id": row[5],
            "title": row[1],
            "link": row[2],
            "published": datetime.fromtimestamp(int(row[0]), UTC),
            "author": row[6],
            "categories": row[8].split("|"),
            "enclosure": row[7],
        }
        for row in rows
    ]


def _of_npm(name: str) -> Callable[[Path], list[Shown]]:
    def read(path: Path) -> list[Shown]:
        environment = os.environ | {"NODE_PATH": str(_PACKAGES)}
        command = ["node", str(_SCRIPT), name, str(path)]
        return _of_json(subprocess.check_output(command, env=environment, timeout=HUNG_SECONDS))

    return read


def _of_json(written: bytes) -> list[Shown]:
    """Return what a program printed, with its times as such."""
    return [{**shown, "published": _time(shown["published"])} for shown in json.loads(written)]


def _time(said: str) -> datetime:
    return datetime.fromisoformat(said) if said[0].isdigit() else parsedate_to_datetime(said)


def _not_installed(*, program: str = "", module: str = "", package: str = "") -> Callable[[], str]:
    """Return a function that says which of these a reader lacks; nothing where it has them all."""

    def missing() -> str:
        if program and shutil.which(program) is None:
            return f"{program} is not installed"
        if module and find_spec(module) is None:
            return f"{module} of PyPI is not installed (make readers)"
        if package and not (_PACKAGES / package).is_dir():
            return f"{package} of npm is not installed (make readers)"
        return ""

    return missing


READERS: Mapping[str, Reader] = {
    "feedparser": Reader(_feedparser, ("rss", "atom"), _not_installed()),
    "fastfeedparser": Reader(
        _fastfeedparser, ("rss", "atom", "json"), _not_installed(module="fastfeedparser")
    ),
    "reader": Reader(_reader, ("rss", "atom", "json"), _not_installed(module="reader")),
    "newsboat": Reader(_newsboat, ("rss", "atom"), _not_installed(program="newsboat")),
    "sfeed": Reader(_sfeed, ("rss", "atom"), _not_installed(program="sfeed")),
    "rss-parser": Reader(
        _of_npm("rss-parser"), ("rss", "atom"), _not_installed(program="node", package="rss-parser")
    ),
    "feedsmith": Reader(
        _of_npm("feedsmith"),
        ("rss", "atom", "json"),
        _not_installed(program="node", package="feedsmith"),
    ),
}
