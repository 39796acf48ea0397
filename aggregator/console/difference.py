"""What ``aggregator diff`` prints: for a person, a line for each change; for a program, JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict

from aggregator.models.diffed import (
    ConfigDiff,
    EntryChange,
    EntryFate,
    FeedDiff,
    SettingChange,
    SourceDiff,
)

# Of the entries of one feed, of each kind: two kinds fill a screen. JSON has all of them.
_MOST_LINES = 10
_LONGEST_TITLE = 60
# How entries of each kind are counted in a line.
_COUNTED = {
    EntryFate.APPEARS: "appear",
    EntryFate.GOES: "go",
    EntryFate.MERGES: "merge",
    EntryFate.NEW_ID: "get another id",
    EntryFate.RETOLD: "are told by another text",
    EntryFate.MOVES: "move",
}


def lines(diff: ConfigDiff) -> Iterator[str]:
    """Return what would change: of the whole, of each source, then of each feed and its entries."""
    if not diff.is_change:
        yield "Nothing would change."
        return
    for setting in diff.settings:
        yield _setting(setting)
    for source in diff.sources:
        yield _source(source)
    unchanged = [feed.feed for feed in diff.feeds if not feed.is_change]
    for feed in diff.feeds:
        if feed.is_change:
            yield from _feed(feed)
    if unchanged:
        yield f"As before: {', '.join(unchanged)}"


def json_text(diff: ConfigDiff) -> str:
    """Return what would change as one JSON object; its names are those of ``models.diffed``."""
    found = asdict(diff) | {"is_change": diff.is_change}
    return json.dumps(found, ensure_ascii=False, indent=1)


def _setting(setting: SettingChange) -> str:
    if setting.old == setting.new:
        return f"{setting.key}: is another"
    return f"{setting.key}: {setting.old or 'none'} → {setting.new or 'none'}"


def _source(source: SourceDiff) -> str:
    if source.is_new:
        return f"source {source.source}: new; what it brings is known once it was asked"
    if source.is_gone:
        return f"source {source.source}: gone; what came of it stays stored"
    return f"source {source.source}: another {', '.join(source.keys)}"


def _feed(feed: FeedDiff) -> Iterator[str]:
    """Yield a line of a feed, one for each of its settings, then one for each of its entries."""
    if feed.is_gone:
        yield f"feed {feed.feed}: gone, with {feed.old_entries} entries"
        return
    fates = Counter(change.fate for change in feed.entries)
    counts = ", ".join(f"{fates[fate]} {what}" for fate, what in _COUNTED.items() if fates[fate])
    if feed.is_new:
        yield f"feed {feed.feed}: new, with {feed.new_entries} entries"
    else:
        number = f"{feed.old_entries} → {feed.new_entries} entries"
        yield f"feed {feed.feed}: {number}{f': {counts}' if counts else ''}"
    for setting in feed.settings:
        yield f"  {_setting(setting)}"
    for fate, what in _COUNTED.items():
        changes = [change for change in feed.entries if change.fate is fate]
        for change in changes[:_MOST_LINES]:
            yield f"  {_entry(change)}"
        if len(changes) > _MOST_LINES:
            yield f"  … and {len(changes) - _MOST_LINES} more {what}; --json has all"


def _entry(change: EntryChange) -> str:
    title = change.title if len(change.title) <= _LONGEST_TITLE else _cut(change.title)
    old, new = (str(place or "") for place in (change.old_place, change.new_place))
    place = f"{old} → {new}" if old and new and old != new else old or new
    detail = change.why or (f"as {change.other}" if change.other else "")
    return f"{change.fate} ({place}): {title or change.id}{f'; {detail}' if detail else ''}"


def _cut(title: str) -> str:
    """Return the beginning of a title, of whole words."""
    return f"{title[:_LONGEST_TITLE].rsplit(None, 1)[0]} …"
