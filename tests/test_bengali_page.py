"""docs/bengali.md: what the page says of each example is what the code does."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from aggregator import markup
from aggregator.bengali import bijoy, dates
from aggregator.bengali.language import identify
from aggregator.bengali.repair import repair_text
from aggregator.bengali.text import display, key
from aggregator.normalise.titles import glued_names
from tests.support.passes import NOW
from tests.test_dates import local
from tests.test_normalise import PARSED, draft

PAGE = (Path(__file__).parent.parent / "docs" / "bengali.md").read_text(encoding="utf-8")


def rows(heading: str) -> Iterator[list[str]]:
    """Read the rows of the table under a heading, without its head."""
    section = PAGE.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    table = [line for line in section.splitlines() if line.startswith("|")]
    for line in table[2:]:
        yield [cell.strip() for cell in line.strip("|").split(" | ")]


def points(cell: str) -> str:
    """Read ``U+09AF U+09BC`` as characters."""
    return "".join(chr(int(code, 16)) for code in re.findall(r"U\+([0-9A-F]{4})", cell))


@pytest.mark.parametrize("row", list(rows("Text: display and key")), ids=lambda row: row[0][:12])
def test_each_row_of_text_is_as_the_page_says(row: list[str]) -> None:
    """A variant is shown as the third column says and compared as the fourth does."""
    standard, sent, shown, one_key = row
    variant = points(sent)
    assert display(variant) == (variant if shown == "same" else points(shown))
    assert (key(variant) == key(points(standard))) is (one_key == "yes")
    assert display(standard.split()[0]) == points(standard)


@pytest.mark.parametrize("row", list(rows("Repairs")), ids=lambda row: row[0])
def test_each_repair_is_as_the_page_says(row: list[str]) -> None:
    """The second column becomes the third, under the name in the first."""
    name, shown = row[0].strip("`"), row[2]
    sent = re.sub("`(U\\+[0-9A-F]{4})`", lambda code: points(code[1]), html.unescape(row[1]))
    if name == "escaped":
        assert markup.plain(sent) == (shown, True)
        return
    repaired = repair_text(sent)
    assert display(repaired.text) == shown
    assert name in repaired.repairs


@pytest.mark.parametrize("row", list(rows("Boilerplate")), ids=lambda row: row[0])
def test_each_kind_of_boilerplate_is_as_the_page_says(row: list[str]) -> None:
    """The second column becomes the third, under the name in the first."""
    name, sent, shown = row[0].partition(",")[0].strip("`"), html.unescape(row[1]), row[2]
    if name == "title: glued name":
        names = glued_names([(f"{number} {sent}", "") for number in range(5)])
        assert names.stripped(sent) == shown
        return
    if name.startswith("title"):
        entry = draft(replace(PARSED, title_html=sent))
        assert (entry.title, name in entry.repairs) == (shown, True)
        return
    content = sent.replace("]]>", "]]&gt;")
    entry = draft(replace(PARSED, title_html="নদীর খবর", content_html=content))
    assert (markup.text_of(entry.content_html), name in entry.repairs) == (shown, True)


@pytest.mark.parametrize("row", list(rows("Dates")), ids=lambda row: row[0][:20])
def test_each_date_is_as_the_page_says(row: list[str]) -> None:
    """Both times are read, and how they were had."""
    text, published, updated, how = row
    times = dates.read(text, fetched_at=NOW, timezone="Asia/Dhaka")
    shown = [local(times.published, "Asia/Dhaka"), local(times.updated, "Asia/Dhaka")]
    assert [*shown, str(times.how or "-")] == [published, updated, how]


@pytest.mark.parametrize("row", list(rows("Language")), ids=lambda row: row[0][:20])
def test_each_language_is_as_the_page_says(row: list[str]) -> None:
    """A headline and a text are in the language in the third column."""
    headline, text, language = row
    assert identify(f"{headline}\n{text.strip('`')}", headline=headline) == language


@pytest.mark.parametrize(
    ("word", "unicode"), [("†K›`ª", "কেন্দ্র"), ("Kg©KZ©v", "কর্মকর্তা"), ("m~¶¥", "সূক্ষ্ম")]
)
def test_the_examples_of_bijoy_are_as_the_page_says(word: str, unicode: str) -> None:
    """Within a run of Bijoy each word becomes what stands beside it."""
    assert f"`{word}` is" in PAGE and unicode in PAGE
    assert bijoy.convert(f"Avgvi {word} evsjv").split()[1] == unicode
