"""The records that a value of JSON holds in lists and under names, at any reasonable depth.

Collections group their records: by section ({"grouped": {"খেলা": [{…}, …]}}), by day, by their ids.
Refuses to take an article apart: the stories, comments and pictures beside its text are no records.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aggregator import urls
from aggregator.bengali.date_lines import is_date_line
from aggregator.bengali.text import display
from aggregator.parse.records.fields import has_part, is_article

_MAX_DEPTH = 6
# Under these names stands what belongs to an article: {"title": …, "related": [{"title": …}]}.
_BESIDE_AN_ARTICLE = frozenset(
    "related related_posts comments replies tags categories authors author images image photos "
    "media gallery links attachments _embedded _links seo meta metadata next previous".split()
)
_FIRST_BENGALI, _LAST_BENGALI = "\u0980", "\u09ff"


def nested_records(value: Any, fields: Mapping[str, str]) -> list[Any]:
    """Return the records within a value that is no article itself; none where it holds none.

    A record without a category, a date or a link has the name that it stands under, where that is
    Bengali, a day or an address. ``fields`` are a source's own names of the parts: part → name.
    """
    return _nested(value, fields, {}, 0)


def _nested(
    value: Any, fields: Mapping[str, str], inherited: Mapping[str, str], depth: int
) -> list[Any]:
    if depth > _MAX_DEPTH or not _holds_more(value) or _has_text(value, fields):
        return []
    if isinstance(value, list):
        groups = [_nested(member, fields, inherited, depth + 1) for member in value]
        if not any(groups) and not any(is_article(member, fields) for member in value):
            return []
        # What is neither a record nor a group is handed on, so that it is named.
        pairs = zip(value, groups, strict=True)
        return [
            record
            for member, group in pairs
            for record in group or [_with_inherited(member, inherited, fields)]
        ]
    records = [
        record
        for name, member in value.items()
        if str(name).lower() not in _BESIDE_AN_ARTICLE
        for record in _under(member, fields, {**inherited, **_said_by(str(name))}, depth)
    ]
    # A headline with hardly anything below it is an article with what belongs to it.
    return records if len(records) > 1 or not is_article(value, fields) else []


def _under(
    member: Any, fields: Mapping[str, str], inherited: Mapping[str, str], depth: int
) -> list[Any]:
    """Return the records that stand under one name, which may be a record itself."""
    if records := _nested(member, fields, inherited, depth + 1):
        return records
    return [_with_inherited(member, inherited, fields)] if is_article(member, fields) else []


def _holds_more(value: Any) -> bool:
    """Tell whether a value is a list, or an object that holds lists or objects."""
    if isinstance(value, Mapping):
        return any(isinstance(member, Mapping | list) for member in value.values())
    return isinstance(value, list)


def _has_text(value: Any, fields: Mapping[str, str]) -> bool:
    return isinstance(value, Mapping) and has_part(value, "content", fields)


def _said_by(name: str) -> dict[str, str]:
    """Return what a name says of the records under it: their day, their category, their address."""
    if urls.is_web(name):
        return {"link": name}
    shown = display(name)
    if is_date_line(shown):
        return {"published": name}
    is_bengali = any(_FIRST_BENGALI <= character <= _LAST_BENGALI for character in shown)
    return {"category": name} if is_bengali else {}


def _with_inherited(member: Any, inherited: Mapping[str, str], fields: Mapping[str, str]) -> Any:
    if not inherited or not isinstance(member, Mapping):
        return member
    missing = {part: said for part, said in inherited.items() if not has_part(member, part, fields)}
    return {**member, **missing}
