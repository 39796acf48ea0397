"""What ``explain`` answers, as lines for a person: a paragraph for each thing there is to know.

Knows how an answer is worded; refuses to know how it was found. Times are in the site's zone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from aggregator.models import (
    AliasKind,
    Answer,
    Comparison,
    Config,
    EventComparison,
    Explanation,
    Quarantined,
    Relation,
)

_ALIAS_WORDS = {
    AliasKind.NATIVE: "its source's id",
    AliasKind.URL: "its address",
    AliasKind.TEXT: "its text",
    AliasKind.FILE: "its file or record",
}
_DATE_WORDS = {
    "stated": "stated by its source",
    "inferred": "inferred from its text or address",
    "first-seen": "not stated: when it was first seen",
}
_MOST_ALIASES = 8  # an entry gains one each time that its source renumbers or moves it


def answer_lines(answer: Answer, config: Config) -> Iterator[str]:
    """Return the lines of an answer: entries, mass changes of their sources, rejections."""
    for number, explanation in enumerate(answer.entries):
        yield from [""] if number else []
        yield from _entry_lines(explanation, config)
    if answer.further:
        yield ""
        yield f"{answer.further} more entries; ask more narrowly, by an id or an address."
    if not answer.entries:
        yield "No entry has this id or address, or a title that contains this text."
    sources = {explanation.member.source for explanation in answer.entries}
    quarantined = {
        source: change for source, change in answer.quarantined.items() if source in sources
    }
    yield from quarantine_lines(quarantined, config)
    for source, reason in answer.rejected:
        yield f"Rejected of {source}: {reason}"


def quarantine_lines(quarantined: Mapping[str, Quarantined], config: Config) -> Iterator[str]:
    """Return a line for each mass change that is held back, by source."""
    for source, change in quarantined.items():
        state = "released, let through at the next poll" if change.is_released else "held back"
        since = _time(change.unchanged_since, config)
        polls = f"{change.polls} poll{'s'[: change.polls != 1]}"
        yield f"{source}: {state}: {change.reason} (since {since}, {polls})"


def held_back_lines(counts: Mapping[str, tuple[int, int]]) -> Iterator[str]:
    """Return a line for each feed that is held back; ``counts`` are (entries now, before)."""
    for feed, (now, before) in counts.items():
        yield f"feed {feed}: held back: it would have {now} entries in place of {before}"


def _time(moment: datetime, config: Config) -> str:
    local = moment.astimezone(ZoneInfo(config.site.timezone))
    return f"{local:%Y-%m-%d %H:%M}"


def _entry_lines(explanation: Explanation, config: Config) -> Iterator[str]:
    yield from _fact_lines(explanation, config)
    yield from _revision_lines(explanation, config)
    yield from _alias_lines(explanation)
    yield from _story_lines(explanation, config)
    yield from _event_lines(explanation, config)
    yield from _comparison_lines(explanation)
    yield from _position_lines(explanation)


def _fact_lines(explanation: Explanation, config: Config) -> Iterator[str]:
    member, entry = explanation.member, explanation.entry
    date_words = _DATE_WORDS.get(explanation.date_how, explanation.date_how)
    yield entry.title if entry else "(purged: its text is gone)"
    yield f"  id         {member.id}"
    yield f"  source     {member.source}"
    if entry and entry.link:
        yield f"  address    {unquote(entry.link)}"
    if explanation.page:
        yield f"  page       {config.site.url}{explanation.page}"
    yield f"  published  {_time(member.published, config)}, {date_words}"
    yield f"  updated    {_time(member.updated, config)}"
    yield f"  first seen {_time(explanation.first_seen, config)}"
    yield f"  language   {member.language}, {member.characters} characters of text"
    if entry and entry.repairs:
        yield f"  repaired   {', '.join(entry.repairs)}"
    for headline in explanation.related:
        yield f"  beside it  {headline}"


def _revision_lines(explanation: Explanation, config: Config) -> Iterator[str]:
    for revision in explanation.revisions:
        size = "" if revision.characters is None else f" ({revision.characters} characters)"
        yield f"  until {_time(revision.until, config)}: {revision.title}{size}"


def _alias_lines(explanation: Explanation) -> Iterator[str]:
    member = explanation.member
    aliases = [alias for alias in explanation.aliases if alias.value != member.id]
    yield "Known by"
    for alias in aliases[:_MOST_ALIASES]:
        yield f"  {_ALIAS_WORDS[alias.kind]}: {unquote(alias.value)}"
    if len(aliases) > _MOST_ALIASES:
        yield f"  and {len(aliases) - _MOST_ALIASES} more"
    if explanation.ambiguous:
        count = len(explanation.ambiguous)
        yield f"  ({count} ids or addresses that {member.source} gave to several entries name none)"


def _story_lines(explanation: Explanation, config: Config) -> Iterator[str]:
    source_of = {member.pk: member.source for member in explanation.story}
    own_pk = explanation.member.pk
    for pin in explanation.member.pins:
        whose = "its own id" if pin.as_pk == own_pk else f"the id {pin.as_id}"
        yield f"Published in {pin.feed or 'every feed'} under {whose}"
    if len(explanation.story) <= 1:
        return
    yield f"One story with {len(explanation.story) - 1} more"
    for member in explanation.story:
        if member.pk != own_pk:
            title = explanation.titles.get(member.pk, "(purged)")
            yield f"  {member.source}, {_time(member.published, config)}: {title}"
    for tie in explanation.ties:
        score = f", {tie.jaccard:.2f} alike" if tie.kind in ("copy", "headline") else ""
        yield f"  {source_of[tie.a]} and {source_of[tie.b]}: the same {tie.kind}{score}"


def _event_lines(explanation: Explanation, config: Config) -> Iterator[str]:
    event = explanation.event
    if event is None:
        return
    of_event = [each for each in event.compared if each.is_of_event]
    if of_event or event.entries > len(explanation.story):
        papers = "1 paper" if len(event.papers) == 1 else f"{len(event.papers)} papers"
        yield f"Of the same happening, which {papers} tell in {event.entries} entries"
        yield f"  from {_time(event.first, config)} to {_time(event.latest, config)}"
        if event.placed:
            yield f"  as big as what one paper alone reports at {_time(event.placed, config)}"
    for each in of_event:
        yield from _near_lines(each, " (the most like all)" * (each.pk == event.medoid))
    near = [each for each in event.compared if not each.is_of_event]
    if near:
        yield "Near in its words"
    for each in near:
        yield from _near_lines(each, "")


def _near_lines(each: EventComparison, note: str) -> Iterator[str]:
    yield f"  {each.source}: {each.title}{note}"
    by = f", by {', '.join(each.vetoes)}" if each.vetoes else ""
    yield f"    {each.cosine:.2f} alike: {_relation(each)}{by}"


def _relation(each: EventComparison) -> str:
    if each.relation is Relation.STEP:
        return "another step of its affair"
    if each.relation is None:
        return "another event"
    return "the same event" if each.is_of_event else "the same event, but unlike its other reports"


def _comparison_lines(explanation: Explanation) -> Iterator[str]:
    if explanation.comparisons:
        yield "Compared with"
        for comparison in explanation.comparisons:
            yield f"  {comparison.source}: {comparison.title}"
            yield f"    {_verdict(comparison)}"


def _verdict(comparison: Comparison) -> str:
    likeness = f"{comparison.jaccard:.2f} alike, {comparison.containment:.2f} contained"
    measured = f"{likeness}, {comparison.shared_minima} minima shared"
    if comparison.verdict:
        return f"{measured}: the same {comparison.verdict}"
    vetoes = f", by {', '.join(comparison.vetoes)}" if comparison.vetoes else ""
    return f"{measured}: not the same{vetoes}"


def _position_lines(explanation: Explanation) -> Iterator[str]:
    yield "In feeds"
    for standing in explanation.positions:
        where = "not there" if standing.position is None else f"place {standing.position}"
        yield f"  {standing.feed}: {where}{f', {standing.why}' if standing.why else ''}"
