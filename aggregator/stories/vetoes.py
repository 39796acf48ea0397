"""What keeps two entries apart, by what brought them together: their texts, address, or headline.

Likeness alone merges nothing: bulletins of two days are more alike (0.98) than an edit of 40 % is
(0.28). What the two state differently at the same place is a *veto*. Whatever judges two entries by
their texts, address, headline or event asks here, so a new veto between two texts is one line in
``_of_facts`` (for all of them) or in one of the functions below. Elsewhere stand what needs more
than two entries to see (a site's notice, a recurring column, a bridge: ``cluster``) and what keeps
two stories from being of one event (``event_vetoes``). Entries of identical words are tied
when they are stored, and nobody judges them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum

from aggregator.bengali.text import key
from aggregator.stories import headlines
from aggregator.stories.comparable import RETOLD_JACCARD, SAME_JACCARD, Comparable, Dated
from aggregator.stories.facts import Facts, Slot
from aggregator.stories.ngrams import set_similarity
from aggregator.stories.signature import FEWEST_WORDS, HEADLINE_WINDOW

# Each of these was moved by itself over the pairs of ``evaluation.stories``; precision and recall
# with the value that stands are 0.9988 and 0.9919.
_COPY_JACCARD = 0.80  # 0.70: 0.9977 and the same; 0.90: the same and 0.9907
_REWRITTEN_JACCARD = 0.45  # 0.35: the same and 0.9931; 0.60: the same and 0.9896
_SHORT_CHARACTERS = 450  # 300: 0.9965 and the same; 600: the same and 0.9907
_COLUMN_JACCARD = 0.6  # nothing lies between 0.5 and 0.7
_REST_OF_A_COLUMN = 0.25  # 0.15: 0.9977 and the same; 0.40: 0.9987 and 0.9225
# Behind the opening of an excerpt there are some sentences at most.
_FEWEST_NGRAMS = 120
# Under a sentence a body says nothing; two teasers of one story share its names at least.
_SENTENCE_CHARACTERS, _TEASERS_SHARE = 60, 0.15

# A desk takes over its background from one report to the next: those of one affair have up to 0.48
# in common in the samples, and what was published twice 0.64 and more.
_REPEATED_JACCARD, _REPEATED_CONTAINMENT = 0.6, 0.95
# Another site may use another word all through a copy (লাশ, মরদেহ), which then looks like another
# subject, so that texts that are more alike must have two. Without the rule: 0.9977 and the same;
# with two or three, from 0.60, 0.70 or 0.95 on, no difference.
_ONE_SUBJECT_JACCARD, _SUBJECTS_OF_COPIES = 0.60, 2

# How far apart in time two entries of one headline can be, by its words: of six within a day and a
# half (dates are rounded to days) all were one text in the samples, of eight within four days.
_LONG_HEADLINE_WORDS = 8
_TELLING_HEADLINE_WORDS, _TELLING_HEADLINE_WINDOW = 6, timedelta(hours=36)
# Shorter ones of two sites on one day were one text, too, but for those that say nothing of their
# own.
_FEWEST_CHARACTERS = 16
# One site sends one headline again within hours, where it corrects an address; a column has it
# every day.
_ONE_SITE_WINDOW = timedelta(hours=12)
# Last words of headlines of editorials that say nothing of their own: … কার্যকর পদক্ষেপ নিন.
_ADMONISHING = frozenset(
    key(word) for word in "নিন করুন দিন চাই কাম্য জরুরি প্রয়োজন হোক হবে কেন উচিত দরকার থামান আনুন".split()
)


class Veto(StrEnum):
    """Why two texts that are alike are not the same, or cannot be told to be."""

    NUMBERS = "numbers"
    DAYS = "days"
    PLACES = "places"
    STEPS = "steps"
    TEMPLATE = "template"
    LITTLE_TEXT = "little text"
    APART = "too far apart in time"
    ONE_SITE = "one source's own background"
    NOTICE = "a site's notice"
    COLUMN = "a recurring column"
    SUBJECTS = "other subjects in the headlines"
    RETOLD = "told in other words"


def between_texts(a: Comparable, b: Comparable, jaccard: float) -> tuple[Veto, ...]:
    """Return what keeps two texts of that likeness from being one."""
    vetoes = list(_of_facts(a, b, jaccard))
    if _are_one_column(a, b, jaccard):
        vetoes.append(Veto.TEMPLATE)
    if not (a.is_long and b.is_long):
        vetoes.append(Veto.LITTLE_TEXT)
    return tuple(vetoes)


def on_one_site(
    a: Comparable, b: Comparable, jaccard: float, containment: float
) -> tuple[Veto, ...]:
    """Return what keeps two texts of one site that are alike from being one."""
    if jaccard < _REPEATED_JACCARD and containment < _REPEATED_CONTAINMENT:
        return (Veto.ONE_SITE,)
    return (Veto.SUBJECTS,) if have_other_subjects(a, b) else ()


def on_two_sites(
    a: Comparable, b: Comparable, jaccard: float, *, is_excerpt: bool
) -> tuple[Veto, ...]:
    """Return what keeps two texts of two sites that are alike from being one.

    Two desks tell of one event in the same names and quotations; what is no more alike than that is
    one text only where a desk kept the headline.
    """
    if jaccard < RETOLD_JACCARD and not is_excerpt and not headlines.are_kin(a, b):
        return (Veto.RETOLD,)
    if is_excerpt or not headlines.share_words(a, b):
        return ()
    fewest = 1 if jaccard < _ONE_SUBJECT_JACCARD else _SUBJECTS_OF_COPIES
    return (Veto.SUBJECTS,) if have_other_subjects(a, b, fewest=fewest) else ()


def have_other_subjects(a: Comparable, b: Comparable, *, fewest: int = 1) -> bool:
    """Tell whether each headline names what its own text speaks of and the other nowhere does.

    So do two adverts that fill in one template, and two handouts of one ministry. Two headlines of
    one text may have no word in common, but what they name stands in the text. ``fewest`` is how
    many words each must have of its own.
    """
    return min(len(a.subjects - b.stems), len(b.subjects - a.stems)) >= fewest


def at_one_address(a: Comparable, b: Comparable, jaccard: float) -> tuple[Veto, ...]:
    """Return what keeps two texts of one address from being one."""
    return _of_facts(a, b, jaccard)


def under_one_headline(a: Dated, b: Dated) -> tuple[Veto, ...]:
    """Return what keeps two entries of one headline, at least one with little text, from being one.

    The fewer words the headline has, the less it says, and the nearer in time the two must be.
    """
    vetoes = _of_facts(a.text, b.text, jaccard=0.0)
    headline = a.text.headline.split()
    is_one_site = a.site == b.site
    if a.text.is_standing or not _bodies_overlap(a.text, b.text):
        return (*vetoes, Veto.TEMPLATE)
    if len(headline) < _TELLING_HEADLINE_WORDS:
        has_words = len(headline) >= FEWEST_WORDS and len(a.text.headline) >= _FEWEST_CHARACTERS
        if not has_words or is_one_site or not (a.is_dated and b.is_dated):
            return (*vetoes, Veto.LITTLE_TEXT)
        if headline[-1] in _ADMONISHING:
            return (*vetoes, Veto.TEMPLATE)
    is_long = len(headline) >= _LONG_HEADLINE_WORDS
    window = HEADLINE_WINDOW if is_long else _TELLING_HEADLINE_WINDOW
    window = min(window, _ONE_SITE_WINDOW) if is_one_site else window
    return (*vetoes, Veto.APART) if abs(a.published - b.published) > window else vetoes


def is_telling(headline: str) -> bool:
    """Tell whether a headline has enough words to say by itself which text it is of."""
    return len(headline.split()) >= _TELLING_HEADLINE_WORDS


# --- What the two state --------------------------------------------------------------------------


def _of_facts(a: Comparable, b: Comparable, jaccard: float) -> tuple[Veto, ...]:
    """Return what two texts of that likeness state differently: numbers, days, places.

    The less alike two texts are, the less it takes. Of copies only what stands between the same
    words counts; of others it is enough that their headlines name no day or place in common; and
    of texts that are short or hardly alike, that their first sentences do not.
    """
    vetoes = set(_differing_slots(a, b))
    a_title, b_title = a.facts_in_title, b.facts_in_title
    a_lead, b_lead = a.facts_in_lead, b.facts_in_lead
    is_short = min(a.body_characters, b.body_characters) < _SHORT_CHARACTERS
    if is_short or jaccard < _COPY_JACCARD:
        vetoes |= {Veto.NUMBERS} if _numbers_differ(a_title, b_title) else set()
        vetoes |= {Veto.DAYS} if _are_disjoint(a_title.days, b_title.days) else set()
        vetoes |= {Veto.PLACES} if _are_disjoint(a_title.places, b_title.places) else set()
    if is_short or jaccard < _REWRITTEN_JACCARD:
        vetoes |= {Veto.DAYS} if _are_disjoint(fixed_days(a_lead), fixed_days(b_lead)) else set()
        vetoes |= {Veto.PLACES} if _are_disjoint(a_lead.places, b_lead.places) else set()
    return tuple(veto for veto in Veto if veto in vetoes)


def _differing_slots(a: Comparable, b: Comparable) -> Iterator[Veto]:
    """Yield the kinds of facts that the two state differently between the same words.

    One difference is enough in the first sentences; in all of the text half of what stands between
    the same words must differ, as a copy may have one thing corrected.
    """
    for a_facts, b_facts, is_lead in (
        (a.facts_in_lead, b.facts_in_lead, True),
        (a.facts_in_all, b.facts_in_all, False),
    ):
        shared = a_facts.slots.keys() & b_facts.slots.keys()
        differing = differing_slots(a_facts, b_facts)
        if is_lead or 2 * len(differing) >= len(shared):
            yield from (Veto(slot.kind.value) for slot in differing)


def differing_slots(a: Facts, b: Facts) -> list[Slot]:
    """Return the places between the same words where two parts of texts state something else."""
    return [slot for slot in a.slots.keys() & b.slots.keys() if not a.slots[slot] & b.slots[slot]]


def _are_disjoint(a: frozenset[str], b: frozenset[str]) -> bool:
    """Tell whether two sets that both hold something have nothing in common."""
    return bool(a and b and not a & b)


def _numbers_differ(a: Facts, b: Facts) -> bool:
    """Tell whether each has a number that the other has not: one may leave some out."""
    return bool(a.numbers - b.numbers and b.numbers - a.numbers)


def fixed_days(facts: Facts) -> frozenset[str]:
    """Return the days but for today and its neighbours: a paper's today is its site's yesterday."""
    return frozenset(day for day in facts.days if not day.isalpha())


# --- What kind of text the two are ---------------------------------------------------------------


def _are_one_column(a: Comparable, b: Comparable, jaccard: float) -> bool:
    """Tell whether two texts are of one recurring column: by their headlines, or by their opening.

    Where something else follows a standing opening, it is neither an excerpt nor an edit but
    another day's column.
    """
    if a.is_standing and b.is_standing:
        return jaccard < _COLUMN_JACCARD
    if not SAME_JACCARD <= jaccard < _COLUMN_JACCARD:
        return False
    if min(a.rest.size, b.rest.size) < _FEWEST_NGRAMS:  # an excerpt has little beyond the opening
        return False
    opening, rest = (
        set_similarity(a.opening, b.opening).jaccard,
        set_similarity(a.rest, b.rest).jaccard,
    )
    return rest < opening * _REST_OF_A_COLUMN


def _bodies_overlap(a: Comparable, b: Comparable) -> bool:
    """Tell whether two bodies have anything in common; one that is missing contradicts nothing."""
    if min(a.body_characters, b.body_characters) < _SENTENCE_CHARACTERS:
        return True
    contained = (
        set_similarity(a.opening, b.ngrams).containment,
        set_similarity(b.opening, a.ngrams).containment,
    )
    return max(contained) >= _TEASERS_SHARE
