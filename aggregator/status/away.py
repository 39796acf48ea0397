"""What the operator is told where the store does not answer: what is wrong, and what is served."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from aggregator.models import FeedStatus
from aggregator.status.rows import ago
from aggregator.status.texts import TEXTS
from aggregator.status.words import LANGUAGES, number
from aggregator.templates import templates_of

_templates = templates_of("aggregator.status")


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """A store that does not answer, for ``reason``, as it was found at ``since`` and at ``made``.

    It ``answered`` whoever asks here last, ``None`` if it never did. ``feeds`` are those of this
    machine's folder, which are served meanwhile.
    """

    made: datetime
    timezone: str
    site: str
    reason: str
    since: datetime
    answered: datetime | None
    feeds: tuple[FeedStatus, ...]


def page_bytes(away: Away, language: str) -> bytes:
    """Return the page in one of ``LANGUAGES``."""
    zone = ZoneInfo(away.timezone)

    def time(moment: datetime) -> str:
        return number(f"{moment.astimezone(zone):%Y-%m-%d %H:%M}", language)

    page = _templates.get_template("away.jinja").render(
        language=language,
        others=[other for other in LANGUAGES if other != language],
        texts={name: words.in_(language) for name, words in TEXTS.items()},
        away=away,
        made=time(away.made),
        since=f"{time(away.since)} ({ago(away.since, away.made, language)})",
        answered=time(away.answered) if away.answered else TEXTS["never"].in_(language),
        feeds=[
            (
                feed.title,
                number(feed.entries, language),
                ago(feed.updated, away.made, language),
                ", ".join(feed.files),
            )
            for feed in away.feeds
            if feed.files
        ],
    )
    return page.encode()


def json_text(away: Away) -> str:
    """Return the same as one JSON object; times are ISO 8601 in UTC."""
    return json.dumps(asdict(away), ensure_ascii=False, indent=1, default=datetime.isoformat)
