"""The soak: what it calls a fault is one, and a short run of it finds none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from town.measures import Sample, bounds
from town.readers import Judge
from town.town import Town
from town.truth import Truth

ROOT = Path(__file__).parent.parent
# A minute and a half, and what starting and the last look take on a busy machine.
QUICK_MINUTES, LONGEST_SECONDS = 1.5, 600.0
LIMIT = 10


@pytest.mark.attack
@pytest.mark.parametrize("kills", [0, 3])
def test_a_short_soak_finds_nothing(kills: int) -> None:
    """Sixty papers and twenty readers for a minute and a half, undisturbed and killed."""
    done = subprocess.run(
        [sys.executable, "-m", "town.soak"],
        cwd=ROOT,
        env=os.environ | {"SOAK_MINUTES": str(QUICK_MINUTES), "SOAK_KILLS": str(kills)},
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{kills} kills" in done.stdout


def samples(memory: Callable[[int], float], log: Callable[[int], float]) -> list[Sample]:
    """Return a measure every five seconds for ten minutes; memory in MB, the log in bytes."""
    return [
        Sample(
            at_seconds=5.0 * number,
            memory_bytes=int(memory(number) * 1e6),
            descriptors=30,
            log_bytes=int(log(number)),
        )
        for number in range(120)
    ]


@pytest.mark.parametrize(
    ("memory", "log", "broken"),
    [
        (lambda _: 160.0, lambda number: 900.0 * number, []),
        (lambda number: min(160.0, 4.0 * number), lambda number: 900.0 * number, []),
        (lambda number: 160.0 + number / 2, lambda number: 900.0 * number, ["memory, MB, mean"]),
        (lambda _: 160.0, lambda number: 9.0 * number**2, ["log, bytes a minute"]),
    ],
)
def test_what_grows_breaks_its_bound(
    memory: Callable[[int], float], log: Callable[[int], float], broken: list[str]
) -> None:
    """What fills in the first third may; what still grows in the last may not."""
    judged = bounds(samples(memory, log))
    assert [bound.name for bound in judged if not bound.is_kept] == broken


def test_an_entry_may_leave_a_feed_only_at_its_end() -> None:
    """A reader is told of an entry that is gone while older ones stay, or while there is room."""
    town = Town(founded=datetime(2026, 11, 24, tzinfo=UTC))
    paper = town.papers[1]
    judge = Judge(truth=Truth(town), limit=LIMIT)
    judge.truth.read(paper, 0.0)
    items = [
        {
            "id": f"urn:{report.code}",
            "url": f"https://a.example/news/{report.code}",
            "title": town.telling(report).headline,
            "date_published": town.wall(report.at_seconds).isoformat(),
        }
        for report in town.front_page(paper, 0.0)
    ]

    def faults(before: list[dict[str, str]], after: list[dict[str, str]]) -> list[str]:
        _, view = judge.faults(json.dumps({"items": before}).encode(), [])
        found, _ = judge.faults(json.dumps({"items": after}).encode(), view)
        return [fault.partition(":")[0] for fault in found]

    assert faults(items[1 : LIMIT + 1], items[:LIMIT]) == []
    assert faults(items[:LIMIT], [items[0], *items[2 : LIMIT + 1]]) == ["lost"]
    assert faults(items[:LIMIT], items[: LIMIT - 1]) == ["lost"]
