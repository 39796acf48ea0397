"""What stands beside a story on pages: other papers' tellings of it, and what led to it."""

from __future__ import annotations

from dataclasses import dataclass

from aggregator.models import DateHow, EntryView, Related
from aggregator.publish.pages import days


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A telling beside a story; without ``title`` only the paper is named."""

    source: str
    link: str
    title: str
    is_same_text: bool
    time: days.Time | None


def elsewhere(view: EntryView, *, root: str = "") -> tuple[Told, ...]:
    """Return what other papers tell a story, each once by its oldest telling, the oldest first.

    ``root`` leads to the published folder, for links to pages of entries.
    """
    named: dict[str, Told] = {}
    for related, source in sorted(view.related, key=_by_time):
        if related.source != view.source and related.source not in named:
            named[related.source] = _told(related, source, view, root)
    return tuple(named.values())


def earlier(view: EntryView, *, root: str = "") -> tuple[Told, ...]:
    """Return what led to a story: what was told of its affair before, the newest first.

    ``root`` leads to the published folder, for links to pages of entries.
    """
    return tuple(_told(related, source, view, root) for related, source in view.earlier)


def _told(related: Related, source: str, view: EntryView, root: str) -> Told:
    return Told(
        source=source,
        link=f"{root}{related.page}" if related.page else related.link,
        title=related.title,
        is_same_text=related.is_same_text,
        time=_time_of(related, view),
    )


def _by_time(told: tuple[Related, str]) -> tuple[bool, float]:
    """Order by time; what has none comes last."""
    published = told[0].published
    return (published is None, published.timestamp() if published else 0)


def _time_of(related: Related, view: EntryView) -> days.Time | None:
    """Return the time of another telling, with the day where it is not the story's own."""
    if related.published is None or related.date_how is DateHow.FIRST_SEEN:
        return None
    own = days.local_day(view.entry.published, view.timezone)
    day = days.day_alone(related.published, view.timezone)
    if day is not None:
        return days.Time(iso=day.isoformat(), shown=days.day(day, year=own.year))
    if days.local_day(related.published, view.timezone) == own:
        shown = days.clock(related.published, view.timezone)
    else:
        shown = days.day_and_clock(related.published, view.timezone, year=own.year)
    return days.Time(iso=days.iso(related.published, view.timezone), shown=shown)
