"""Every key of the configuration is documented with its default, and nothing else is."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from aggregator.config.schema import TABLES, ConfigTable
from aggregator.models import RECORD_PARTS, Config

DOCS = Path(__file__).parent.parent / "docs"
ROW = re.compile(r"(?m)^\| `([a-z_]+)` \|[ ]?([^|\n]*) \|")
SMALLEST = {
    "source": '[[source]]\nname = "a"\nfeed = "https://example.org/"\n',
    "feed": '[[feed]]\nname = "a"\n',
}


def brackets(table: str) -> str:
    """Return a table's name in one pair of brackets, or in two where there can be several."""
    is_array = get_args(ConfigTable.model_fields[table].annotation)
    return f"[[{table}]]" if is_array else f"[{table}]"


def rows(page: str, heading: str) -> list[tuple[str, str]]:
    """Return the first two cells of every row under a heading of a page."""
    section = (DOCS / page).read_text(encoding="utf-8").split(f"\n## {heading}", 1)[1]
    return ROW.findall(section.split("\n## ", 1)[0])


@pytest.mark.parametrize("table", TABLES)
def test_every_key_is_documented(table: str) -> None:
    """The tables of the page name exactly the keys of the model."""
    documented = [key for key, _ in rows("configuration.md", f"`{brackets(table)}`")]
    assert sorted(documented) == sorted(TABLES[table].model_fields)


@pytest.mark.parametrize("table", TABLES)
def test_a_documented_default_is_what_a_missing_key_means(
    table: str, make_config: Callable[[str], Config]
) -> None:
    """A default that stands on the page as a value changes nothing when it is written out."""
    smallest = SMALLEST.get(table, f"{brackets(table)}\n")
    others = "" if table == "source" else SMALLEST["source"]
    without = make_config(smallest + others)
    for key, default in rows("configuration.md", f"`{brackets(table)}`"):
        if re.fullmatch("`[^`]+`", default):
            assert make_config(f"{smallest}{key} = {default[1:-1]}\n{others}") == without, key


def test_every_part_of_a_record_is_documented_and_can_be_named() -> None:
    """The page names exactly the parts that the configuration takes and records are read for."""
    documented = [part for part, _ in rows("dumps.md", "Names of columns")]
    assert sorted(documented) == sorted(RECORD_PARTS)
