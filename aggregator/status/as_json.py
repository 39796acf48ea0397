"""The status as JSON, for programs: times are ISO 8601 in UTC, durations seconds, sizes bytes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from aggregator.models import SourceStatus, Status
from aggregator.status.words import FAULTS

MEDIA_TYPE = "application/json"


def json_text(status: Status, *, only_failing: bool = False) -> str:
    """Return the status as one JSON object, of all sources or of those that fail.

    Its names are those of ``models.status``; a source that fails has beside them what is wrong and
    what to do, in both languages.
    """
    sources = status.failing if only_failing else status.sources
    found = _object(status, sources)
    return json.dumps(found, ensure_ascii=False, indent=1, default=_iso)


def _iso(moment: date) -> str:
    return moment.isoformat()  # of a datetime with its time


def _object(status: Status, sources: Sequence[SourceStatus]) -> dict[str, Any]:
    by_hour = [
        {"hour": hour} | asdict(activity) for hour, activity in sorted(status.by_hour.items())
    ]
    return asdict(status) | {
        "sources": [_source(source) for source in sources],
        "failing": len(status.failing),
        "by_hour": by_hour,
    }


def _source(source: SourceStatus) -> dict[str, Any]:
    fault = FAULTS[source.fault] if source.fault is not None else None
    return asdict(source) | {
        "wrong": asdict(fault.wrong) if fault else None,
        "to_do": asdict(fault.to_do) if fault else None,
    }
