"""How well articles are found in page text: ``python -m evaluation.pages [-v]``.

Every labelled page is parsed twice: alone, and with the lines that recur on other pages of its
site, as ingest counts them. The floors are for the latter. With ``-v`` every fault is printed, and
with ``FEED_SAMPLES`` set how much text is kept of real collections.
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
from evaluation import collected
from evaluation.labelled import LabelledPage, pages

# A little under what is reached, and never under what the project promises.
FLOORS = {"title": 0.98, "precision": 0.99, "recall": 0.99, "byline": 0.90, "rejected": 1.0}


@dataclass(slots=True)
class Score:
    """Counts over pages; ``faults`` says in words what was wrong."""

    pages: int = 0
    right_titles: int = 0
    titles: int = 0
    right_bylines: int = 0
    bylines: int = 0
    right_lines: int = 0
    """Lines that are both among the ``body_lines`` and the ``labelled_lines`` of the text."""
    body_lines: int = 0
    labelled_lines: int = 0
    foreign: int = 0
    """Lines of other stories in a body."""
    right_rejections: int = 0
    rejections: int = 0
    uncertain: int = 0
    faults: list[str] = field(default_factory=list)

    def rates(self) -> dict[str, float]:
        """Return each measure as a share from 0 to 1, which is 1 where nothing was to be found."""
        return {
            "title": _share(self.right_titles, self.titles),
            "precision": _share(self.right_lines, self.body_lines),
            "recall": _share(self.right_lines, self.labelled_lines),
            "byline": _share(self.right_bylines, self.bylines),
            "rejected": _share(self.right_rejections, self.rejections),
        }


def _share(right: int, total: int) -> float:
    return right / total if total else 1.0


def recurring(page: LabelledPage, others: Iterable[LabelledPage]) -> frozenset[str]:
    """Return the lines that stand on other pages of the same site, as ingest counts them."""
    counts = Counter(
        line
        for other in others
        if other.site == page.site and other.path != page.path
        for line in parse_page.lines_of(other.text)
    )
    return frozenset(line for line, count in counts.items() if count >= parse_page.RECURRENCES)


def judge(page: LabelledPage, boilerplate: frozenset[str], score: Score) -> None:
    """Parse one page and add the outcome to a score."""
    (result,) = parse_page.parse(page.text, boilerplate, is_file=True)
    name = f"{page.site}/{page.path.stem} ({page.shape})"
    score.pages += 1
    if page.is_rejected or isinstance(result, Rejected):
        score.rejections += page.is_rejected
        score.right_rejections += page.is_rejected and isinstance(result, Rejected)
        if page.is_rejected != isinstance(result, Rejected):
            score.faults.append(f"{name}: {result}")
        score.labelled_lines += len(page.all("B"))
        score.titles += not page.is_rejected
        return
    _judge_title(page, name, unescape(result.title_html), score)
    _judge_byline(page, name, result.authors, score)
    _judge_body(page, name, _paragraphs(result.content_html), score)
    score.uncertain += result.is_uncertain


def _judge_title(page: LabelledPage, name: str, title: str, score: Score) -> None:
    score.titles += bool(page.all("T"))
    score.right_titles += [title] == page.all("T")
    if page.all("T") and [title] != page.all("T"):
        score.faults.append(f"{name}: title {title!r} for {page.all('T')}")


def _judge_byline(page: LabelledPage, name: str, authors: tuple[str, ...], score: Score) -> None:
    if not page.all("A"):
        return
    credits_and_bylines = " ".join(page.all("AS"))
    is_right = bool(authors) and all(author in credits_and_bylines for author in authors)
    score.bylines += 1
    score.right_bylines += is_right
    if not is_right:
        score.faults.append(f"{name}: byline {authors} for {page.all('A')}")


def _judge_body(page: LabelledPage, name: str, body: list[str], score: Score) -> None:
    labelled = page.all("B")
    score.right_lines += sum((Counter(body) & Counter(labelled)).values())
    score.body_lines += len(body)
    score.labelled_lines += len(labelled)
    foreign = set(page.all("RE")) - set(labelled)
    score.foreign += sum(line in foreign for line in body)
    letters = {line: letter for letter, line in page.lines}
    for line in body:
        if line not in labelled:
            score.faults.append(f"{name}: + {letters.get(line)} {line[:70]}")
    for line in labelled:
        if line not in body:
            score.faults.append(f"{name}: - B {line[:70]}")


def _paragraphs(html: str) -> list[str]:
    paragraphs = [paragraph.removesuffix("</p>") for paragraph in html.split("<p>")[1:]]
    return [unescape(line) for paragraph in paragraphs for line in paragraph.split("<br>")]


def measure(all_pages: Sequence[LabelledPage], *, with_boilerplate: bool) -> Score:
    """Judge every page, with or without knowing the lines that recur on its site."""
    score = Score()
    for page in all_pages:
        judge(page, recurring(page, all_pages) if with_boilerplate else frozenset(), score)
    return score


def print_samples(folder: Path) -> None:
    """Print how much text is kept of real collections, which state their articles themselves."""
    sys.stdout.write("\n| real sample | entries | rejected | text kept |\n|---|---|---|---|\n")
    for path in sorted(folder.glob("samples/dumps/*")):
        entries, rejected, stated, kept = 0, 0, 0, 0
        with path.open("rb") as stream:
            for raw in parse_records.split(stream, path.name):
                results = parse_records.parse(raw, "")
                parsed = [result for result in results if isinstance(result, ParsedEntry)]
                entries, rejected = entries + len(parsed), rejected + len(results) - len(parsed)
                stated += _size(_text_of(raw.body)) if parsed else 0
                kept += sum(_size(re.sub("<[^>]*>", "", entry.content_html)) for entry in parsed)
        share = f"{kept / stated:.4f}" if stated else "-"
        sys.stdout.write(f"| {path.name} | {entries} | {rejected} | {share} |\n")


def _text_of(body: object) -> str:
    """Return the text that a record or a labelled page states as its article's."""
    if isinstance(body, dict):
        values = {str(name).lower(): value for name, value in body.items()}
        return str(values.get("body") or values.get("content") or values.get("text") or "")
    labels = parse_page.labelled(str(body))
    return labels.text if labels else str(body)


def _size(text: str) -> int:
    return len("".join(unescape(text).split()))


def main() -> None:
    """Print both scores, and fail where the one with recurring lines is under a floor."""
    all_pages = list(pages())
    alone = measure(all_pages, with_boilerplate=False)
    informed = measure(all_pages, with_boilerplate=True)
    shapes = len({page.shape for page in all_pages})
    sys.stdout.write(f"{len(all_pages)} labelled pages in {shapes} shapes\n\n")
    sys.stdout.write("| measure | alone | with recurring lines | floor |\n|---|---|---|---|\n")
    for name, floor in FLOORS.items():
        rates = alone.rates()[name], informed.rates()[name]
        sys.stdout.write(f"| {name} | {rates[0]:.3f} | {rates[1]:.3f} | {floor} |\n")
    sys.stdout.write(
        f"| lines of other stories in a body | {alone.foreign} | {informed.foreign} | 0 |\n"
    )
    sys.stdout.write(f"| marked as uncertain | {alone.uncertain} | {informed.uncertain} | |\n")
    are_told_apart = True
    for name, (form, floor) in collected.FORMS.items():
        share = collected.measure(all_pages, form)
        are_told_apart = are_told_apart and share >= floor
        sys.stdout.write(f"| told apart: {name} | {share:.3f} | | {floor} |\n")
    if samples := os.environ.get("FEED_SAMPLES"):
        print_samples(Path(samples))
    if "-v" in sys.argv:
        sys.stdout.write("\n".join(["", *informed.faults, "alone:", *alone.faults, ""]))
    if not are_told_apart:
        sys.exit("collections are under their floor")
    if informed.foreign or any(informed.rates()[name] < floor for name, floor in FLOORS.items()):
        sys.exit("under its floor")


if __name__ == "__main__":
    main()
