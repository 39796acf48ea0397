"""Readers that people use show the same of a feed, whichever format they are given.

``make readers`` installs those that are not there; each that is missing is named as skipped.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

import pytest

from aggregator.publish.inert import WORD_JOINER
from tests.support.made_site import made_site
from tests.support.readers import READERS, Shown

FORMATS = {"rss": "RSS", "atom": "Atom", "json": "JSON Feed"}
# What the table of docs/formats.md calls the parts, in its order; ``author`` is the first of them.
PARTS = {
    "id": "id", "title": "title", "link": "link", "published": "time", "authors": "authors",
    "categories": "categories", "source": "paper", "picture": "picture", "enclosure": "file",
}  # fmt: skip
DOCS = Path(__file__).parent.parent / "docs" / "formats.md"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the published folder of a site that has one of everything."""
    return made_site(tmp_path_factory.mktemp("site"))


def expected(item: Mapping[str, Any], suffix: str) -> dict[str, Any]:
    """Return what is to be shown of an item of the JSON feed by who reads it in a format."""
    names = [author["name"] for author in item["authors"]]
    # JSON Feed has no place for the paper, so it is the last of the authors behind people.
    signed = names if suffix == "json" or len(names) == 1 else names[:-1]
    files = [attachment["url"] for attachment in item.get("attachments", ())]
    picture = item.get("image", "")
    in_text = picture and "<img " in item.get("content_html", "")
    beside = "" if in_text else picture
    return {
        "id": item["id"],
        "title": item["title"],
        "link": item.get("url", ""),
        "published": datetime.fromisoformat(item["date_published"]),
        "authors": signed,
        "categories": item["tags"],
        "source": item["_source"]["title"],
        # Atom has no place for a picture that the text shows already.
        "picture": beside if suffix == "atom" else picture,
        "enclosure": next(iter(files), "" if suffix == "json" else beside),
    }


def cells(shown: Sequence[Shown], wanted: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what the table says of each part: how a reader shows it, or nothing."""
    return [_cell(part, shown, wanted) for part in PARTS]


def _cell(part: str, shown: Sequence[Shown], wanted: Sequence[Mapping[str, Any]]) -> str:
    """Return how a reader shows a part of all entries; it must be in one of the known ways."""
    name = "author" if any("author" in entry for entry in shown) and part == "authors" else part
    said = [entry.get(name) for entry in shown]
    if not any(name in entry for entry in shown):
        return ""
    ways: dict[str, list[Any]] = {"yes": [entry[part] for entry in wanted]}
    if part == "title":
        ways["as HTML"] = [_markup(entry["title"]) for entry in wanted]
    elif part == "link":
        ways["or id"] = [entry["link"] or entry["id"] for entry in wanted]
    elif name == "author":
        names = [entry["authors"] for entry in wanted]
        ways["yes"] = [", ".join(each) for each in names]
        ways["first"], ways["last"] = [each[0] for each in names], [each[-1] for each in names]
    found = [way for way, values in ways.items() if values == said]
    assert found, (part, said, ways)
    return found[0]


def _markup(title: str) -> str:
    """Return a title as Atom has it: as markup where it speaks of markup."""
    return escape(title, quote=False) if WORD_JOINER in title else title


def documented() -> dict[tuple[str, str], list[str]]:
    """Return the rows of the documentation's table by reader and format."""
    text = DOCS.read_text(encoding="utf-8").split("## What readers show")[1]
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in text.splitlines()
        if "|" in line
    ]
    return {(row[0], row[1]): row[2:] for row in rows[2:]}


@pytest.mark.parametrize(
    ("name", "suffix"),
    [(name, suffix) for name, reader in READERS.items() for suffix in reader.formats],
)
def test_a_reader_shows_what_is_published(site: Path, name: str, suffix: str) -> None:
    """The same entries in the same order; of each all that it has a place for, as documented."""
    if reason := READERS[name].missing():
        pytest.skip(reason)
    for document in ("bangla-archive-2", "bangla"):
        shown = READERS[name].read(site / f"{document}.{suffix}")
        items = json.loads((site / f"{document}.json").read_bytes())["items"]
        wanted = [expected(item, suffix) for item in items]
        assert [entry["id"] for entry in shown] == [entry["id"] for entry in wanted]
    assert all(any(entry[part] for entry in wanted) for part in PARTS)
    assert any(len(entry["authors"]) > 1 for entry in wanted)
    assert cells(shown, wanted) == documented()[name, FORMATS[suffix]]


def test_every_reader_is_documented() -> None:
    """The table has a row for each reader and format that is tried, and no other."""
    assert documented().keys() == {
        (name, FORMATS[suffix]) for name, reader in READERS.items() for suffix in reader.formats
    }
