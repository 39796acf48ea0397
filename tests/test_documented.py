"""Every key of the configuration is documented, and nothing else is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from aggregator.config.tables import (
    DedupeTable,
    FeedTable,
    Part,
    SiteTable,
    SourceTable,
    StoreTable,
)
from aggregator.models import RECORD_PARTS

PAGE = (Path(__file__).parent.parent / "docs" / "configuration.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("heading", "table"),
    [
        ("`[site]`", SiteTable),
        ("`[store]`", StoreTable),
        ("`[dedupe]`", DedupeTable),
        ("`[[source]]`", SourceTable),
        ("`[[feed]]`", FeedTable),
    ],
)
def test_every_key_is_documented(heading: str, table: type[BaseModel]) -> None:
    """The tables of the page name exactly the keys of the model."""
    section = PAGE.split(f"\n## {heading}", 1)[1].split("\n## ", 1)[0]
    documented = re.findall(r"(?m)^\| `([a-z_]+)` \|", section)
    assert sorted(documented) == sorted(table.model_fields)


def test_every_part_of_a_record_is_documented_and_can_be_named() -> None:
    """The configuration, the reader of records and the page name the same parts."""
    page = (Path(__file__).parent.parent / "docs" / "dumps.md").read_text(encoding="utf-8")
    section = page.split("\n## Names of columns", 1)[1].split("\n## ", 1)[0]
    documented = re.findall(r"(?m)^\| `([a-z]+)` \|", section)
    assert sorted(documented) == sorted(RECORD_PARTS) == sorted(get_args(Part))
