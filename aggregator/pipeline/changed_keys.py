"""Which keys of another configuration have other values, in words for a person.

Of a source it names the keys alone, as its values may hold secrets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from aggregator.models import Config, Source
from aggregator.models.diffed import SettingChange, SourceDiff

_BESIDE_FEEDS = ("dedupe", "schedule", "upkeep", "status", "store_url", "topics")
_LEFT_OUT = frozenset({"name", "part"})  # the stories of a feed's part are compared themselves


def changed_sources(old: Sequence[Source], new: Sequence[Source]) -> list[SourceDiff]:
    """Return which sources are new, which are others, then which are gone."""
    was = {source.name: source for source in old}
    names = {source.name for source in new}
    changed = [
        SourceDiff(source=source.name, is_new=source.name not in was, keys=keys)
        for source in new
        if (keys := _different_keys(was.get(source.name), source)) or source.name not in was
    ]
    gone = [SourceDiff(source=name, is_gone=True) for name in was if name not in names]
    return [*changed, *gone]


def _different_keys(old: Source | None, new: Source) -> tuple[str, ...]:
    if old is None:
        return ()
    names = (field.name for field in fields(new))
    return tuple(name for name in names if getattr(old, name) != getattr(new, name))


def changed_settings(old: Config, new: Config) -> list[SettingChange]:
    """Return what changes that is of no source and no feed; of some only that it does."""
    found = list(changes(old.site, new.site))
    for name in _BESIDE_FEEDS:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            old_text, new_text = (
                value if isinstance(value, str) else "" for value in (before, after)
            )
            whole = SettingChange(key=name, old=old_text, new=new_text)
            found += changes(before, after) or [whole]
    return found


def changes(old: object, new: object) -> tuple[SettingChange, ...]:
    """Return the fields of two values of one type that differ; nothing where they have none."""
    names = [name for name in getattr(new, "__dataclass_fields__", ()) if old is not None]
    return tuple(
        SettingChange(key=name, old=_text(getattr(old, name)), new=_text(getattr(new, name)))
        for name in names
        if name not in _LEFT_OUT and getattr(old, name) != getattr(new, name)
    )


def _text(value: object) -> str:
    """Return a value as a person reads it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ", ".join(map(_text, value)) or "none"
    return "none" if value is None or value == "" else str(value)
