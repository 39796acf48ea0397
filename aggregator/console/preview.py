"""What ``aggregator preview`` prints: for a person, in the site's zone; for a program, JSON.

On a terminal lines are wrapped between words, so that no conjunct is cut; elsewhere each stays
whole.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.text import Text

from aggregator.models import (
    DateHow,
    Flaw,
    FlawKind,
    FoundKind,
    Preview,
    PreviewEntry,
    PreviewState,
    TieKind,
)
from aggregator.printable import printable

_DATE_WORDS = {
    DateHow.STATED: "stated",
    DateHow.INFERRED: "inferred",
    DateHow.FIRST_SEEN: "no date: first seen now",
}
_STATE_WORDS = {
    PreviewState.KNOWN: "stored already",
    PreviewState.CHANGED: "a change of an entry that is stored",
    PreviewState.REPEAT: "the same entry as another here, shown once",
    PreviewState.PURGED: "not published: its text was purged",
    PreviewState.HIDDEN: "not shown at first: too many without a date",
}
_TIE_WORDS = {
    TieKind.ADDRESS: "the same address",
    TieKind.TEXT: "the same text",
    TieKind.COPY: "a copy of the text",
    TieKind.HEADLINE: "the same headline",
}
# Flaws by which little or nothing comes of a source; the others are taken care of.
_GRAVE = frozenset((FlawKind.UNREAD, FlawKind.ROBOTS, FlawKind.EMPTY, FlawKind.FILE))
_ONE_A_DAY = 1.0
_DAYS_OF_A_WEEK = 7


@dataclass(frozen=True, slots=True)
class _Line:
    """One line for a person, and by how much it is set in; what is copied is not wrapped."""

    text: Text
    indent: int = 0
    is_copied: bool = False


def print_preview(preview: Preview, *, timezone: str, lines: str, at_most: int) -> None:
    """Print what would come of a source, some of its entries, and its lines of configuration.

    Times are shown in ``timezone``; ``lines`` are what configures it.
    """
    console = Console()
    for line in _lines(preview, ZoneInfo(timezone), lines, at_most):
        parts = [line.text]
        if console.is_terminal and not line.is_copied:
            # A word is never cut, be it longer than a line: as an argument it would wrap nothing.
            line.text.overflow = "ignore"
            parts = list(line.text.wrap(console, max(console.width - line.indent, 1))) or parts
        for part in parts:
            console.print(Text(" " * line.indent).append_text(part), soft_wrap=True)


def _lines(preview: Preview, zone: ZoneInfo, lines: str, at_most: int) -> Iterator[_Line]:
    yield from _place(preview)
    if preview.entries or not preview.is_unread:
        yield _Line(Text(_counts(preview)))
    if preview.flaws:
        yield from _heading("What is odd")
        yield from (_flaw(flaw) for flaw in preview.flaws)
    if preview.not_compared:
        yield _Line(_text(f"Not compared with anything: {preview.not_compared}", "dim"))
    if preview.entries:
        shown = preview.entries[:at_most]
        of_all = f", the first {len(shown)}" if len(shown) < len(preview.entries) else ""
        yield from _heading(f"Entries as they would be published{of_all}")
        for entry in shown:
            yield from _entry(entry, zone)
    if preview.rejected:
        yield from _heading("Rejected")
        for rejected in preview.rejected[:at_most]:
            yield _Line(_text(f"{rejected.reason}: {rejected.excerpt}"), 2)
    there = f'configured already, as "{preview.configured}"' if preview.configured else ""
    yield from _heading(f"Its lines in config.toml{there and f' ({there})'}")
    yield from (_Line(_text(line), is_copied=True) for line in lines.splitlines())


def _heading(words: str) -> Iterator[_Line]:
    yield _Line(Text())
    yield _Line(_text(words, "bold"))


def _place(preview: Preview) -> Iterator[_Line]:
    """Yield what was looked at, and of a page what it leads to."""
    if not preview.page:
        yield _Line(_text(preview.read, "bold"))
        return
    has_feed = any(found.kind is FoundKind.FEED for found in preview.found)
    leads = ", and leads to" if has_feed else " without a feed; what can be read in its place"
    yield _Line(_text(f"{preview.page} is a page{leads if preview.found else ''}"))
    for found in preview.found:
        is_read = found.address in (preview.proposed.feed, preview.read)
        kind = "" if found.kind is FoundKind.FEED else str(found.kind)
        words = " · ".join(filter(None, (found.address, found.title, found.reason or kind)))
        mark = "shown below: " if is_read and not preview.is_unread else ""
        yield _Line(_text(mark + words, "bold" if mark else "dim"), 2)


def _counts(preview: Preview) -> str:
    """Return how many entries there are, how often they come, and what of them is known."""
    count = len(preview.entries)
    said = [f"{count} {'entry' if count == 1 else 'entries'}"]
    if preview.files:
        of_all = "" if preview.files_read == preview.files else f" of {preview.files:,}"
        said = [f"{said[0]} looked at in {preview.files_read}{of_all} files"]
    if preview.entries_per_day is not None:
        said.append(_often(preview.entries_per_day))
    states = Counter(entry.state for entry in preview.entries)
    said += [f"{states[state]} {words}" for state, words in _STATE_WORDS.items() if states[state]]
    joined = [entry.story for entry in preview.entries if entry.story is not None]
    if joined:
        sources = Counter(source for story in joined for source in story.sources)
        named = ", ".join(f"{source} {number}" for source, number in sources.most_common())
        said.append(f"{len(joined)} known from other sources ({named})")
    return "; ".join(said)


def _often(per_day: float) -> str:
    """Return how often a source publishes.

    >>> _often(12.4), _often(0.5), _often(0.04)
    ('about 12 a day', 'about 4 a week', 'less than one a week')
    """
    if per_day >= _ONE_A_DAY:
        return f"about {per_day:.0f} a day"
    per_week = per_day * _DAYS_OF_A_WEEK
    return f"about {per_week:.0f} a week" if per_week >= 1 else "less than one a week"


def _flaw(flaw: Flaw) -> _Line:
    return _Line(_text(flaw.text, "red" if flaw.kind in _GRAVE else "yellow"), 2)


def _entry(entry: PreviewEntry, zone: ZoneInfo) -> Iterator[_Line]:
    yield _Line(_text(entry.title, "bold"), 2)
    when = f"{entry.published.astimezone(zone):%Y-%m-%d %H:%M} ({_DATE_WORDS[entry.date_how]})"
    letters = f"{entry.characters:,} characters" if entry.characters else "no text"
    picture = "a picture" if entry.picture else "no picture"
    parts = (when, ", ".join(entry.authors), entry.language, letters, picture)
    yield _Line(_text(" · ".join(filter(None, parts)), "dim"), 4)
    if entry.repairs:
        yield _Line(_text(f"repaired or taken out: {', '.join(entry.repairs)}", "yellow"), 4)
    if entry.state in _STATE_WORDS:
        of = f" ({entry.repeats})" if entry.repeats and entry.repeats != entry.title else ""
        yield _Line(_text(_STATE_WORDS[entry.state] + of, "cyan"), 4)
    if entry.story is not None:
        story = entry.story
        who = ", ".join(story.sources) or story.source
        title = "" if story.title == entry.title else f": {story.title}"
        yield _Line(_text(f"joins a story of {who}, by {_TIE_WORDS[story.kind]}{title}", "cyan"), 4)


def _text(words: str, style: str = "") -> Text:
    """Return words of which nothing commands a terminal."""
    return Text(printable(words), style=style)


def json_text(preview: Preview, lines: str) -> str:
    """Return a preview as one JSON object with all of its entries; times are ISO 8601 in UTC."""
    shown = asdict(preview) | {"toml": lines}
    return json.dumps(shown, ensure_ascii=False, indent=2, default=_json_value)


def _json_value(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no form in JSON")
