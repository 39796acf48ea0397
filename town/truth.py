"""What should be published of a town, and what is wrong with what is published.

Knows which texts were to be read, by the moments at which each paper's document was had. Compares
with a published JSON feed, which has the same entries as the other formats.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from aggregator.bengali.text import key
from town.papers import Form, Oddity, Paper
from town.town import FRONT_PAGE_ENTRIES, Report, Town

_CODE = re.compile(r"/news/([0-9]+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An entry of a published feed: its id, its text's code, and what it says."""

    id: str
    code: int
    title: str
    published: datetime


@dataclass
class Truth:
    """What was to be read of a town so far, and under which id each text was published."""

    town: Town
    due: dict[int, list[Report]] = field(default_factory=dict)
    ids: dict[int, str] = field(default_factory=dict)

    def read(self, paper: Paper, at_seconds: float) -> None:
        """Note that a paper's document of a moment was had."""
        if paper.form is Form.DUMP:
            reports = self.town.newest(paper, at_seconds, FRONT_PAGE_ENTRIES)
        else:
            reports = self.town.front_page(paper, at_seconds)
        for report in reports:
            had = self.due.setdefault(report.code, [])
            if report not in had:
                had.append(report)

    def shown(self, feed: bytes) -> list[Shown]:
        """Read a published JSON feed. An entry without an address is known by its headline."""
        by_headline = {
            key(self.town.texts()[code].headline): code
            for code, reports in self.due.items()
            if any(report.paper.form is Form.DUMP for report in reports)
        }
        shown = []
        for item in json.loads(feed)["items"]:
            match = _CODE.search(item.get("url", ""))
            code = int(match[1]) if match else by_headline.get(key(item["title"]), 0)
            shown.append(
                Shown(
                    id=item["id"],
                    code=code,
                    title=item["title"],
                    published=datetime.fromisoformat(item["date_published"]),
                )
            )
        return shown

    def faults(self, feed: bytes, *, is_whole: bool = True) -> list[str]:
        """Return all that is wrong with a published feed, in words; none where it is right.

        Each text is to be there once, under the id that it had before, with its own headline, in
        the order of its time. ``is_whole`` says that nothing that was read may be missing.
        """
        faults = []
        shown = self.shown(feed)
        seen: set[int] = set()
        for entry in shown:
            if entry.code not in self.due:
                faults.append(f"invented: {entry.id} {entry.title}")
                continue
            if entry.code in seen:
                faults.append(f"doubled: {entry.code} {entry.title}")
            seen.add(entry.code)
            before = self.ids.setdefault(entry.code, entry.id)
            if before != entry.id:
                faults.append(f"another id: {entry.code} was {before}, is {entry.id}")
            if not self._is_headline(entry):
                faults.append(f"another headline: {entry.code} {entry.title}")
            if not self._is_in_time(entry):
                faults.append(f"another time: {entry.code} {entry.published}")
        if is_whole:
            faults += [
                f"lost: {code} {self._who_has(code)}" for code in sorted(self.due.keys() - seen)
            ]
        times = [entry.published for entry in shown]
        if times != sorted(times, reverse=True):
            faults.append("not in the order of time")
        return faults

    def missing(self, feed: bytes, codes: Collection[int]) -> list[str]:
        """Return, in words, which of these texts a full feed lacks that are newer than its last.

        Of what several papers tell, the earliest time counts, as each of them states it.
        """
        shown = self.shown(feed)
        there = {entry.code for entry in shown}
        return [
            f"never published: {code} {self.due[code]}"
            for code in sorted(codes)
            if code not in there and min(map(self._stated, self.due[code])) > shown[-1].published
        ]

    def _stated(self, report: Report) -> datetime:
        """Return the time that a paper states of a report: an archive states whole minutes."""
        told = self.town.wall(report.at_seconds)
        return told.replace(second=0) if report.paper.form is Form.DUMP else told

    def _is_headline(self, entry: Shown) -> bool:
        """Tell whether an entry has the headline of its text.

        Of words in the Bijoy font one in 250 is taken for English and stays (``bijoy_detection``),
        so one word of a headline that came in it may be another.
        """
        written = key(self.town.texts()[entry.code].headline).split()
        shown = key(entry.title).split()
        is_bijoy = any(report.paper.oddity is Oddity.BIJOY for report in self.due[entry.code])
        if not is_bijoy or len(shown) != len(written):
            return shown == written
        return sum(a != b for a, b in zip(shown, written, strict=True)) <= 1

    def _is_in_time(self, entry: Shown) -> bool:
        """Tell whether an entry stands where a paper that states its times has put it.

        Where no time is stated, or another at every poll, the time of first sight is right, which
        lies behind the time at which it was told.
        """
        reports = self.due[entry.code]
        told = {self._stated(report) for report in reports}
        is_vague = any(
            report.paper.oddity in (Oddity.UNDATED, Oddity.REDATED) for report in reports
        )
        return entry.published in told or (is_vague and entry.published >= min(told))

    def _who_has(self, code: int) -> str:
        papers = ", ".join(report.paper.name for report in self.due[code])
        return f"{self.town.texts()[code].headline} ({papers})"
