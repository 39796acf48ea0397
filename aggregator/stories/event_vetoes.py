"""What keeps two stories from being of one event, however alike their words are.

Two desks count, place and date one event alike, but not in the same sentences: so what they state
is compared as a whole, and a headline is in conflict only with what the other text nowhere says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from difflib import SequenceMatcher

from aggregator.bengali.places import is_country_abroad
from aggregator.bengali.text import key, words
from aggregator.stories import vetoes
from aggregator.stories.comparable import ComparableText
from aggregator.stories.counts import Count, counts_of, fate_of
from aggregator.stories.facts import FactKind, steps_of
from aggregator.stories.similarity import likeness
from aggregator.stories.vetoes import Veto

# Each of these was moved by itself over the real pairs of ``evaluation.sample_days`` and over those
# that were written. Where nothing is said, moving it made no difference.
# Under a sentence a body says nothing beyond its headline.
_SENTENCE_CHARACTERS = 60
_LEAD_CHARACTERS = 600  # as events are found by
# Where so much of two headlines is the same in the same order, with something else between, one is
# the other's pattern filled anew.
_PATTERN_SHARE = 0.5  # 0.4: one event of the written pairs less; 0.6: two wrong ones more
_STEM_CHARACTERS, _BEGINNING_CHARACTERS = 5, 3
# What one paper calls a forecast or its opinion is of one event with another paper's text if their
# headlines share so many stems: two right links of real days more, none wrong. 2 to 4 are the same.
_SHARED_WITH_A_COLUMN = 3
# Texts that are so alike and whose headlines name other things are two adverts, not two reports,
# which are less than 0.48 alike. Without this, eight adverts of one site are of one event.
_TEMPLATE_JACCARD = 0.6
# What a headline calls the end of an affair: only one of two reports on one step says so.
_ENDS = tuple(key(word) for word in ("প্রত্যাহার", "স্থগিত"))
# How the other text may tell it: without this, a ban that *is not withdrawn* in one paper and *is
# not lifted* in another was two steps.
_TOLD_AS_ENDS = (*_ENDS, *(key(word) for word in ("তুলে নে", "তুলে নি", "উঠে গে")))
# A toll that grows is another number in the next report of one event. A price that rises is not.
# These words are whole ones: others begin alike (পার, পারেন; কেন, কেনা).
_GROWING = frozenset(
    key(word) for word in "বেড়ে বেড়েছে বাড়ছে বাড়ল বাড়লো ছাড়াল ছাড়ালো ছাড়িয়ে ছাড়িয়েছে পার".split()
)
# A result: 2-0, or 3-1 in the return leg.
_SCORE = re.compile("(?<![0-9.,-])[0-9]{1,2}-[0-9]{1,2}(?![0-9.,-])")
_QUOTATION = re.compile("'[^']*'|\"[^\"]*\"")
# A headline that asks or explains comes with another text than one that reports: without this,
# seven of 59 drawn pairs that are linked are wrong in place of four of 56.
_ASKING = frozenset(key(word) for word in "কেন কীভাবে কিভাবে যেভাবে".split())
_UP = frozenset(
    key(word) for word in ("বাড়ল বাড়লো বাড়ালো বেড়ে বেড়েছে বাড়ছে বাড়ানো লাফ ঊর্ধ্বমুখী ঊর্ধ্বগতি উল্লম্ফন".split())
)
_DOWN = frozenset(
    key(word) for word in "কমল কমলো কমেছে কমে কমছে কমানো পতন দরপতন ধস নিম্নমুখী হ্রাস".split()
)


def between_stories(a: ComparableText, b: ComparableText) -> tuple[Veto, ...]:
    """Return what keeps two stories from being of one event, however alike they are."""
    found = set(_of_facts(a, b))
    if _are_other_steps(a, b) or _are_other_ways(a, b) or _asks(a) != _asks(b):
        found.add(Veto.STEPS)
    if _is_of_column(a, b) or _are_one_template(a, b):
        found.add(Veto.TEMPLATE)
    return tuple(veto for veto in Veto if veto in found)


def has_lead(text: ComparableText) -> bool:
    """Tell whether a text says anything beyond its headline."""
    return text.body_characters >= _SENTENCE_CHARACTERS


def _lead_words(text: ComparableText) -> list[str]:
    return words(text.body[:_LEAD_CHARACTERS])


# --- What the two state --------------------------------------------------------------------------


def _of_facts(a: ComparableText, b: ComparableText) -> Iterator[Veto]:
    grows = _grows(a, b)
    if not grows and (_count_differently(a, b) or _score_differently(a, b)):
        yield Veto.NUMBERS
    yield from (
        Veto(slot.kind.value)
        for slot in vetoes.differing_slots(a.facts_in_lead, b.facts_in_lead)
        if not (grows and slot.kind is FactKind.NUMBERS)
    )
    a_title, b_title = a.facts_in_title, b.facts_in_title
    a_lead, b_lead = a.facts_in_lead, b.facts_in_lead
    if _contradict(a_title.days, b_title.days, a_lead.days, b_lead.days):
        yield Veto.DAYS
    if _are_disjoint(vetoes.fixed_days(a_lead), vetoes.fixed_days(b_lead)):
        yield Veto.DAYS
    if _contradict(a_title.places, b_title.places, a_lead.places, b_lead.places):
        yield Veto.PLACES
    if _are_elsewhere(a_lead.places, b_lead.places):
        yield Veto.PLACES


def _contradict(
    a_title: frozenset[str], b_title: frozenset[str], a_lead: frozenset[str], b_lead: frozenset[str]
) -> bool:
    """Tell whether two headlines name other things, and neither's stand in the other's lead."""
    return _are_disjoint(a_title, b_title) and not (a_title & b_lead or b_title & a_lead)


def _are_elsewhere(a: frozenset[str], b: frozenset[str]) -> bool:
    """Tell whether two leads have no place in common, and both name countries abroad, or others.

    A country abroad that only one of them names is whom it is about or where somebody comes from,
    beside a town where it happened: of real days two such pairs are of one event, and none is not.
    Bangladesh is no such country, as its papers name it for what happens in any of its towns.
    """
    a_abroad, b_abroad = (
        frozenset(place for place in places if is_country_abroad(int(place))) for places in (a, b)
    )
    is_of_one_kind = (a_abroad and b_abroad) or (a - a_abroad and b - b_abroad)
    return bool(is_of_one_kind) and _are_disjoint(a, b)


def _are_disjoint(a: Set[object], b: Set[object]) -> bool:
    """Tell whether two sets that both hold something have nothing in common."""
    return bool(a and b and not a & b)


def _count_differently(a: ComparableText, b: ComparableText) -> bool:
    """Tell whether two headlines count one thing differently, and neither count is the other's.

    Where one text is its headline alone, any two numbers that the other lacks are in conflict.
    """
    a_title, b_title = (counts_of(text.headline.split()) for text in (a, b))
    if not (a_title and b_title):
        return False
    a_all = [*a_title, *counts_of(_lead_words(a))]
    b_all = [*b_title, *counts_of(_lead_words(b))]
    a_only, b_only = _without(a_title, b_all), _without(b_title, a_all)
    if not (has_lead(a) and has_lead(b)):
        return bool(a_only and b_only)
    agreed = {count.unit for count in a_title if count in b_title}
    return bool(({count.unit for count in a_only} & {count.unit for count in b_only}) - agreed)


def _score_differently(a: ComparableText, b: ComparableText) -> bool:
    """Tell whether two headlines have other results, and neither stands in the other's lead."""
    a_title, b_title = (frozenset(_SCORE.findall(text.title)) for text in (a, b))
    a_lead, b_lead = (frozenset(_SCORE.findall(text.body[:_LEAD_CHARACTERS])) for text in (a, b))
    return _contradict(a_title, b_title, a_lead, b_lead)


def _grows(a: ComparableText, b: ComparableText) -> bool:
    """Tell whether one of two headlines tells of a toll that grows."""
    return _tells_of_growing_toll(a) or _tells_of_growing_toll(b)


def _tells_of_growing_toll(text: ComparableText) -> bool:
    """Tell whether a headline says that more people were killed or hurt than were known of."""
    return _has_word(text, _GROWING) and any(map(fate_of, text.headline.split()))


def _without(counts: Sequence[Count], others: Sequence[Count]) -> list[Count]:
    """Return the counts whose numbers are none of the others', whatever these count."""
    values = {count.value for count in others}
    return [count for count in counts if count.value not in values]


def _has_word(text: ComparableText, some: frozenset[str]) -> bool:
    return not some.isdisjoint(text.headline.split())


# --- Steps and ways ------------------------------------------------------------------------------


def _are_other_steps(a: ComparableText, b: ComparableText) -> bool:
    """Tell whether two headlines name different steps of an affair, or only one of them its end.

    What the other's lead tells as well is no other step, nor is a toll that grows.
    """
    a_steps, b_steps = a.facts_in_title.steps, b.facts_in_title.steps
    if _are_disjoint(a_steps, b_steps) and not _grows(a, b):
        in_leads = a_steps <= steps_of(_lead_words(b)) and b_steps <= steps_of(_lead_words(a))
        if not in_leads:
            return True
    return _alone_tells_the_end(a, b) or _alone_tells_the_end(b, a)


def _alone_tells_the_end(text: ComparableText, other: ComparableText) -> bool:
    """Tell whether a headline tells an affair's end, of which the other text nowhere speaks."""
    in_title = any(end in text.title for end in _ENDS)
    return in_title and not any(end in f"{other.title} {other.body}" for end in _TOLD_AS_ENDS)


def _are_other_ways(a: ComparableText, b: ComparableText) -> bool:
    """Tell whether one headline says that something rose, and the other that it fell."""
    a_up, a_down, b_up, b_down = (_has_word(text, way) for text in (a, b) for way in (_UP, _DOWN))
    return (a_up and not a_down and b_down and not b_up) or (
        a_down and not a_up and b_up and not b_down
    )


def _asks(text: ComparableText) -> bool:
    """Tell whether a headline asks or explains; what somebody asked in it is a report."""
    own_words = words(_QUOTATION.sub(" ", text.title))
    return text.title.endswith("?") or not _ASKING.isdisjoint(own_words)


# --- Templates -----------------------------------------------------------------------------------


def _is_of_column(a: ComparableText, b: ComparableText) -> bool:
    """Tell whether both stories are of columns, or one of them whose headline says little more."""
    if a.is_standing and b.is_standing:
        return True
    shared = {*_stems(a.headline.split())} & {*_stems(b.headline.split())}
    return (a.is_standing or b.is_standing) and len(shared) < _SHARED_WITH_A_COLUMN


def _are_one_template(a: ComparableText, b: ComparableText) -> bool:
    """Tell whether two texts are one template filled in twice.

    Two desks' headlines of one event follow one pattern, too, so where both have a lead, that
    decides; where one has none, what fills the pattern must contradict the other text.
    """
    if has_lead(a) and has_lead(b):
        return vetoes.have_other_subjects(a, b) and likeness(a, b).jaccard >= _TEMPLATE_JACCARD
    return _is_slot_filled_anew(a, b)


def _is_slot_filled_anew(a: ComparableText, b: ComparableText) -> bool:
    """Tell whether two headlines are much the same and name something else in one place."""
    a_words, b_words = a.headline.split(), b.headline.split()
    a_stems, b_stems = _stems(a_words), _stems(b_words)
    a_known, b_known = _beginnings(a), _beginnings(b)
    same, is_filled_anew = 0, False
    opcodes = SequenceMatcher(None, a_stems, b_stems, autojunk=False).get_opcodes()
    for kind, a1, a2, b1, b2 in opcodes:
        if kind == "equal":
            same += a2 - a1
        elif kind == "replace":
            is_filled_anew |= not (a_known & _cut(b_words[b1:b2]) or b_known & _cut(a_words[a1:a2]))
    return is_filled_anew and same >= _PATTERN_SHARE * max(len(a_stems), len(b_stems))


def _stems(text_words: Sequence[str]) -> list[str]:
    return [word[:_STEM_CHARACTERS] for word in text_words]


def _cut(text_words: Sequence[str]) -> set[str]:
    return {word[:_BEGINNING_CHARACTERS] for word in text_words}


def _beginnings(text: ComparableText) -> set[str]:
    return _cut([*text.headline.split(), *_lead_words(text)])
