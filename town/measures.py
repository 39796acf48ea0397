"""What a running service takes of the machine, and whether that stays as it is.

Reads /proc, so it needs Linux. A run is divided into thirds: in the first caches fill, and the last
is held to the second.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import fmean

from town.service import LOG, ServiceProcess

# A paper floods once a minute at sixty times the speed: thirds of three minutes have three floods
# each and are alike.
LEAST_SECONDS = 540.0
# Over twelve minutes the last third had 1.3 % more than the second, and 1.5 % in another run.
_MOST_MEMORY = 1.05
# Connections of readers and fetches come and go, so their mean follows how busy the machine is (32
# and 38 in a run that ended with 29). The lowest value of a third is what is never given back.
_MOST_DESCRIPTORS = 1.10
# Which servers fail in a third is drawn: 0.95 and 1.05 over twelve minutes, 1.06 over one.
_MOST_LOG = 1.25
_PARTS = 10
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

    def bound(name: str, measure: Callable[[Sequence[Sample]], float], most: float) -> Bound:
        return Bound(name=name, second=measure(second), last=measure(last), most=most)

    return [
        bound("memory, MB, mean", _mean_megabytes, _MOST_MEMORY),
        bound("descriptors, lowest", _lowest_descriptors, _MOST_DESCRIPTORS),
        bound("log, bytes a minute", _log_bytes_per_minute, _MOST_LOG),
    ]


def course(samples: Sequence[Sample]) -> list[float]:
    """Return the memory, in MB, in the mean of each tenth of a run."""
    tenth = max(1, len(samples) // _PARTS)
    return [
        _mean_megabytes(samples[start : start + tenth]) for start in range(0, len(samples), tenth)
    ][:_PARTS]


def _mean_megabytes(samples: Sequence[Sample]) -> float:
    return fmean(one.memory_bytes for one in samples) / 1e6


def _lowest_descriptors(samples: Sequence[Sample]) -> float:
    return min(one.descriptors for one in samples)


def _log_bytes_per_minute(samples: Sequence[Sample]) -> float:
    written = sum(after.log_bytes - before.log_bytes for before, after in pairwise(samples))
    return written / max(samples[-1].at_seconds - samples[0].at_seconds, 1.0) * 60
