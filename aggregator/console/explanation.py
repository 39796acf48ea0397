"""What ``explain`` found, told to a person: a paragraph for each thing there is to know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from aggregator.models import Alias, AliasKind, Answer, Comparison, Config, Explanation, Quarantined

_KINDS = {
    AliasKind.NATIVE: "its source's id",
    AliasKind.URL: "its address",
    AliasKind.TEXT: "its text",
    AliasKind.FILE: "its file or record",
}
_HOW = {
    "stated": "stated by its source",
    "inferred": "inferred from its text",
    "first-seen": "not stated: when it was first seen",
}
_REPEATS = 8  # of a list that can be long


def told(answer: Answer, config: Config) -> Iterator[str]:
    """Give the lines of an answer."""
    for number, one in enumerate(answer.entries):
        yield from [""] if number else []
        yield from _entry(one, config)
    if answer.further:
        yield ""
        yield f"{answer.further} more entries; ask more narrowly, by an id or an address."
    if not answer.entries:
        yield "No entry has this id or address, or a title that contains this text."
    yield from held(
        {
            source: one
            for source, one in answer.quarantined.items()
            if source in {entry.member.source for entry in answer.entries}
        },
        config,
    )
    for source, reason in answer.rejected:
        yield f"Rejected of {source}: {reason}"


def held(found: dict[str, Quarantined], config: Config) -> Iterator[str]:
    """Give the lines of what is held back."""
    for source, one in found.items():
        state = "released, let through at the next poll" if one.is_released else "held back"
        polls = f"{one.polls} poll{'s'[: one.polls != 1]}"
        yield f"{source}: {state}: {one.reason} (since {_at(one.unchanged_since, config)}, {polls})"


def _at(when: datetime, config: Config) -> str:
    local = when.astimezone(ZoneInfo(config.site.timezone))
    return f"{local:%Y-%m-%d %H:%M}"


def _entry(one: Explanation, config: Config) -> Iterator[str]:
    member = one.member
    title = one.entry.title if one.entry else "(purged: its text is gone)"
    yield title
    yield f"  id         {member.id}"
    yield f"  source     {member.source}"
    if one.entry and one.entry.link:
        yield f"  address    {unquote(one.entry.link)}"
    yield f"  published  {_at(member.published, config)}, {_HOW.get(one.date_how, one.date_how)}"
    yield f"  updated    {_at(member.updated, config)}"
    yield f"  first seen {_at(one.first_seen, config)}"
    yield f"  language   {member.language}, {member.characters} characters of text"
    if one.entry and one.entry.repairs:
        yield f"  repaired   {', '.join(one.entry.repairs)}"
    for line in one.related:
        yield f"  beside it  {line}"
    yield from _history(one, config)
    yield "Known by"
    yield from _aliases([alias for alias in one.aliases if alias.value != member.id])
    if one.ambiguous:
        count = len(one.ambiguous)
        yield f"  ({count} ids or addresses that {member.source} gave to several entries name none)"
    yield from _story(one, config)
    yield from _candidates(one)
    yield "In feeds"
    for place in one.positions:
        where = "not there" if place.position is None else f"place {place.position}"
        yield f"  {place.feed}: {where}{f', {place.why}' if place.why else ''}"


def _history(one: Explanation, config: Config) -> Iterator[str]:
    for before in one.revisions:
        size = "" if before.characters is None else f" ({before.characters} characters)"
        yield f"  until {_at(before.until, config)}: {before.title}{size}"


def _aliases(aliases: Sequence[Alias]) -> Iterator[str]:
    for alias in aliases[:_REPEATS]:
        yield f"  {_KINDS[alias.kind]}: {unquote(alias.value)}"
    if len(aliases) > _REPEATS:
        yield f"  and {len(aliases) - _REPEATS} more"


def _story(one: Explanation, config: Config) -> Iterator[str]:
    by_pk = {member.pk: member for member in one.story}
    for pin in one.member.pins:
        whose = "its own id" if pin.as_pk == one.member.pk else f"the id {pin.as_id}"
        yield f"Published in {pin.feed or 'every feed'} under {whose}"
    if len(one.story) > 1:
        yield f"One story with {len(one.story) - 1} more"
        for member in one.story:
            if member.pk != one.member.pk:
                at = _at(member.published, config)
                yield f"  {member.source}, {at}: {one.titles.get(member.pk, '(purged)')}"
        for tie in one.ties:
            a, b = by_pk[tie.a].source, by_pk[tie.b].source
            score = f", {tie.jaccard:.2f} alike" if tie.kind in ("copy", "headline") else ""
            yield f"  {a} and {b}: the same {tie.kind}{score}"
    if one.events:
        yield "Of the same happening"
        for pk, cosine in one.events:
            yield f"  {cosine:.2f} {one.titles.get(pk, '(purged)')}"


def _candidates(one: Explanation) -> Iterator[str]:
    if one.comparisons:
        yield "Compared with"
        for other in one.comparisons:
            yield f"  {other.source}: {other.title}"
            yield f"    {_verdict(other)}"


def _verdict(one: Comparison) -> str:
    likeness = f"{one.jaccard:.2f} alike, {one.containment:.2f} contained"
    alike = f"{likeness}, {one.shared_minima} minima shared"
    if one.verdict:
        return f"{alike}: the same {one.verdict}"
    return f"{alike}: not the same" + (f", by {', '.join(one.vetoes)}" if one.vetoes else "")
