"""How well articles are found in page text: ``python -m evaluation.pages [-v]``.

Every labelled page is parsed twice: alone, and knowing which lines recur on other pages of its
site, as ingest knows them. Floors are pinned for the latter.
"""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path

from aggregator.models import ParsedEntry, Rejected
from aggregator.parse import page as parse_page
from aggregator.parse import records as parse_records
from evaluation.labelled import LabelledPage, pages

# Pinned a little under what is reached, and never under what was promised.
FLOORS = {"title": 0.98, "precision": 0.99, "recall": 0.99, "byline": 0.90, "rejected": 1.0}


@dataclass(slots=True)
class Score:
    """Counts over pages; ``faults`` says in words what was wrong."""

    pages: int = 0
    titles: int = 0
    titled: int = 0
    bylines: int = 0
    signed: int = 0
    right: int = 0
    found: int = 0
    wanted: int = 0
    foreign: int = 0
    rejected: int = 0
    to_reject: int = 0
    uncertain: int = 0
    faults: list[str] = field(default_factory=list)

    def rates(self) -> dict[str, float]:
        """Give each measure as a share; of nothing, all is right."""
        return {
            "title": self.titles / self.titled if self.titled else 1.0,
            "precision": self.right / self.found if self.found else 1.0,
            "recall": self.right / self.wanted if self.wanted else 1.0,
            "byline": self.bylines / self.signed if self.signed else 1.0,
            "rejected": self.rejected / self.to_reject if self.to_reject else 1.0,
        }


def recurring(of: LabelledPage, others: Iterable[LabelledPage]) -> frozenset[str]:
    """Give the lines that stand on other pages of the same site, as ingest counts them."""
    counts = Counter(
        line
        for other in others
        if other.site == of.site and other.path != of.path
        for line in parse_page.lines_of(other.text)
    )
    return frozenset(line for line, count in counts.items() if count >= parse_page.RECURRENCES)


def judge(page: LabelledPage, boilerplate: frozenset[str], score: Score) -> None:
    """Parse one page and add how it went."""
    (found,) = parse_page.parse(page.text, boilerplate)
    name = f"{page.site}/{page.path.stem} ({page.shape})"
    score.pages += 1
    if page.is_rejected or isinstance(found, Rejected):
        score.to_reject += page.is_rejected
        score.rejected += page.is_rejected and isinstance(found, Rejected)
        if page.is_rejected != isinstance(found, Rejected):
            score.faults.append(f"{name}: {found}")
        score.wanted += len(page.all("B"))
        score.titled += not page.is_rejected
        return
    _judge_entry(page, name, found, score)


def _judge_entry(page: LabelledPage, name: str, found: ParsedEntry, score: Score) -> None:
    title = unescape(found.title_html)
    body = [unescape(line) for line in _paragraphs(found.content_html)]
    wanted = page.all("B")
    right = sum((Counter(body) & Counter(wanted)).values())
    foreign = [line for line in body if line in set(page.all("RE")) - set(wanted)]
    score.titled += bool(page.all("T"))
    score.titles += [title] == page.all("T")
    score.right, score.found = score.right + right, score.found + len(body)
    score.wanted += len(wanted)
    score.foreign += len(foreign)
    score.uncertain += found.is_uncertain
    signed = " ".join(page.all("AS"))
    if page.all("A"):
        score.signed += 1
        is_named = bool(found.authors) and all(author in signed for author in found.authors)
        score.bylines += is_named
        if not is_named:
            score.faults.append(f"{name}: byline {found.authors} for {page.all('A')}")
    if page.all("T") and [title] != page.all("T"):
        score.faults.append(f"{name}: title {title!r} for {page.all('T')}")
    labels = {line: letter for letter, line in page.lines}
    for line in body:
        if line not in wanted:
            score.faults.append(f"{name}: + {labels.get(line)} {line[:70]}")
    for line in wanted:
        if line not in body:
            score.faults.append(f"{name}: - B {line[:70]}")


def _paragraphs(html: str) -> list[str]:
    parts = [part.removesuffix("</p>") for part in html.split("<p>")[1:]]
    return [line for part in parts for line in part.split("<br>")]


def measure(all_pages: Sequence[LabelledPage], *, with_furniture: bool) -> Score:
    """Judge every page."""
    score = Score()
    for page in all_pages:
        judge(page, recurring(page, all_pages) if with_furniture else frozenset(), score)
    return score


def real_samples(folder: Path) -> None:
    """Print what is kept of real collections, which say themselves what their articles are."""
    sys.stdout.write("\n| real sample | entries | rejected | text kept |\n|---|---|---|---|\n")
    for path in sorted(folder.glob("samples/dumps/*")):
        entries, rejected, given, kept = 0, 0, 0, 0
        with path.open("rb") as stream:
            for raw in parse_records.split(stream, path.name):
                found = parse_records.parse(raw, "")
                good = [one for one in found if isinstance(one, ParsedEntry)]
                entries, rejected = entries + len(good), rejected + len(found) - len(good)
                given += _size(_text_of(raw.body)) if good else 0
                kept += sum(_size(re.sub("<[^>]*>", "", one.content_html)) for one in good)
        share = f"{kept / given:.4f}" if given else "-"
        sys.stdout.write(f"| {path.name} | {entries} | {rejected} | {share} |\n")


def _text_of(body: object) -> str:
    """Give the text that a record or a page says is its article's."""
    if isinstance(body, dict):
        values = {str(name).lower(): value for name, value in body.items()}
        return str(values.get("body") or values.get("content") or values.get("text") or "")
    known = parse_page.labelled(str(body))
    return known.text if known else str(body)


def _size(text: str) -> int:
    return len("".join(unescape(text).split()))


def main() -> None:
    """Print both scores, and fail where one is under its floor."""
    all_pages = list(pages())
    alone, known = measure(all_pages, with_furniture=False), measure(all_pages, with_furniture=True)
    shapes = len({page.shape for page in all_pages})
    sys.stdout.write(f"{len(all_pages)} labelled pages in {shapes} shapes\n\n")
    sys.stdout.write("| measure | alone | with recurring lines | floor |\n|---|---|---|---|\n")
    for name, floor in FLOORS.items():
        one, other = alone.rates()[name], known.rates()[name]
        sys.stdout.write(f"| {name} | {one:.3f} | {other:.3f} | {floor} |\n")
    sys.stdout.write(
        f"| lines of other stories in a body | {alone.foreign} | {known.foreign} | 0 |\n"
    )
    sys.stdout.write(f"| marked as uncertain | {alone.uncertain} | {known.uncertain} | |\n")
    if samples := os.environ.get("FEED_SAMPLES"):
        real_samples(Path(samples))
    if "-v" in sys.argv:
        sys.stdout.write("\n".join(["", *known.faults, "alone:", *alone.faults, ""]))
    if known.foreign or any(known.rates()[name] < floor for name, floor in FLOORS.items()):
        sys.exit("under its floor")


if __name__ == "__main__":
    main()
