"""What a running service takes of the machine, and whether that stays as it is.

Reads /proc, so it needs Linux. A run is divided into thirds: in the first caches fill, and the last
is held to the second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import fmean

from town.service import LOG, ServiceProcess

# Shorter thirds than three minutes show the filling of caches: in a run of three minutes the last
# third had 8 % more than the second, in one of twelve 1 %.
LEAST_SECONDS = 540.0
_MOST_MEMORY = 1.05
# Connections of readers and fetches come and go: 20 readers and 60 papers.
_MOST_DESCRIPTORS = 1.10
# A mood of the papers' servers lasts ten seconds at sixty times the speed, and each change of mood
# is a line.
_MOST_LOG = 1.25
_LINE = "{:<28}{:>12}{:>12}{:>10}   {}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What the service took at one moment, in seconds since it was started."""

    at_seconds: float
    memory_bytes: int
    descriptors: int
    log_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A measure of the second and of the last third, and how much larger the last may be."""

    name: str
    second: float
    last: float
    most: float

    @property
    def is_kept(self) -> bool:
        """Tell whether the last third is within the bound."""
        return self.last <= self.second * self.most

    def __str__(self) -> str:
        """Return a row of the table."""
        verdict = "kept" if self.is_kept else f"BROKEN: at most {self.most:.2f} times"
        ratio = self.last / self.second if self.second else float("nan")
        return _LINE.format(
            self.name, f"{self.second:,.1f}", f"{self.last:,.1f}", f"{ratio:.3f}", verdict
        )


HEADING = _LINE.format("measure", "2nd third", "last third", "ratio", "")


def sample(service: ServiceProcess, at_seconds: float) -> Sample | None:
    """Measure a service now; ``None`` where its process has just ended."""
    process = Path("/proc") / str(service.pid)
    try:
        status = (process / "status").read_text()
        descriptors = sum(1 for _ in (process / "fd").iterdir())
        log_bytes = (service.folder / LOG).stat().st_size
    except OSError:
        return None
    resident = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")]
    if not resident:  # it has ended and nobody has waited for it yet
        return None
    return Sample(
        at_seconds=at_seconds,
        memory_bytes=int(resident[0]) * 1024,
        descriptors=descriptors,
        log_bytes=log_bytes,
    )


def bounds(samples: Sequence[Sample]) -> list[Bound]:
    """Compare the last third of a run with the second."""
    third = len(samples) // 3
    second, last = samples[third : 2 * third], samples[2 * third :]

    def mean(name: str, unit: float, most: float, label: str) -> Bound:
        means = [fmean(getattr(one, name) / unit for one in part) for part in (second, last)]
        return Bound(name=label, second=means[0], last=means[1], most=most)

    rates = [_log_bytes_per_minute(part) for part in (second, last)]
    return [
        mean("memory_bytes", 1e6, _MOST_MEMORY, "memory, MB"),
        mean("descriptors", 1, _MOST_DESCRIPTORS, "descriptors"),
        Bound(name="log, bytes a minute", second=rates[0], last=rates[1], most=_MOST_LOG),
    ]


def _log_bytes_per_minute(samples: Sequence[Sample]) -> float:
    written = sum(after.log_bytes - before.log_bytes for before, after in pairwise(samples))
    return written / max(samples[-1].at_seconds - samples[0].at_seconds, 1.0) * 60
