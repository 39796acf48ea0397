"""What two stories that are near each other have to do with each other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.models import Relation
from aggregator.stories import same_event
from aggregator.stories.comparable import ComparableText
from aggregator.stories.same_event import Told
from aggregator.stories.vetoes import Veto
from evaluation.material import Pair
from tests.test_stories import REPORTS

FLOOD, FLOODED = "ফুলছড়ি বাঁধ ভেঙে তলিয়ে গেল ফসল", "ফুলছড়ি বাঁধে ভাঙন, তলিয়ে গেছে ফসল"
LEAD = "ঘটনার পর এলাকার মানুষ সেখানে ভিড় করেন, পরে প্রশাসনের লোকজন এসে পরিস্থিতি সামাল দেন বলে জানা গেছে।"


def _told(title: str, site: str = "a.example", lead: str = LEAD) -> Told:
    return Told(text=ComparableText.of(title, lead), site=site)


@pytest.mark.parametrize("pair", REPORTS, ids=lambda pair: pair.a.title[:20])
def test_two_papers_tell_of_one_event_and_one_paper_of_its_next_step(pair: Pair) -> None:
    """Whatever two texts say: a paper that reports again reports what came of it."""
    a, b = (
        ComparableText.of(article.title, " ".join(article.paragraphs))
        for article in (pair.a, pair.b)
    )
    of_two = same_event.judge(Told(text=a, site="a"), Told(text=b, site="b"), 0.5)
    of_one = same_event.judge(Told(text=a, site="a"), Told(text=b, site="a"), 0.5)
    assert (of_two.relation, of_one.relation) == (Relation.SAME, Relation.STEP)
    assert of_two.vetoes == of_one.vetoes == ()


@pytest.mark.parametrize(
    ("a", "b", "veto", "relation"),
    [
        (
            "হরিণমারার চেয়ারম্যান করিম মোল্লা গ্রেপ্তার",
            "জামিন পেলেন হরিণমারার চেয়ারম্যান করিম মোল্লা",
            Veto.STEPS,
            Relation.STEP,
        ),
        ("কিশোরী রহিমাকে অপহরণ, থানায় মামলা", "অপহৃত কিশোরী রহিমা খুলনায় উদ্ধার", Veto.STEPS, Relation.STEP),
        ("হরিণমারা মামলার রায় আজ", "হরিণমারা মামলার রায় আগামীকাল", Veto.DAYS, Relation.STEP),
        ("সোনার দাম বাড়ল ১৬৩৩ টাকা", "সোনার দাম বাড়ল ২১০০ টাকা", Veto.NUMBERS, Relation.STEP),
        ("চেয়ারম্যান গ্রেপ্তার", "জামিন পেলেন ইউপি সদস্য", Veto.STEPS, None),
        ("সিলেটে নতুন কোচ চালু", "খুলনায় নতুন কোচ চালু", Veto.PLACES, None),
    ],
)
def test_another_step_shares_its_people_or_its_place(
    a: str, b: str, veto: Veto, relation: Relation | None
) -> None:
    """What a step, day or number keeps apart is one affair where the headlines share names."""
    verdict = same_event.judge(_told(a), _told(b, site="b.example"), 0.6)
    assert veto in verdict.vetoes
    assert verdict.relation is relation


@pytest.mark.parametrize(
    ("a", "b", "cosine", "relation"),
    [
        (_told(FLOOD), _told(FLOODED, site="b.example"), 0.25, Relation.SAME),
        (_told(FLOOD), _told(FLOODED), 0.25, None),
        (_told(FLOOD), _told(FLOODED), 0.35, Relation.STEP),
        (_told(FLOOD), _told(FLOODED, site="b.example", lead=""), 0.25, None),
        (_told(FLOOD), _told(FLOODED, site="b.example", lead=""), 0.35, Relation.SAME),
        (_told(f"{FLOOD} আজ"), _told(f"{FLOODED} আগামীকাল", site="b.example"), 0.25, None),
        (_told(f"{FLOOD} আজ"), _told(f"{FLOODED} আগামীকাল", site="b.example"), 0.35, Relation.STEP),
    ],
)
def test_what_is_near_by_its_headline_alone_is_of_one_event_or_nothing(
    a: Told, b: Told, cosine: float, relation: Relation | None
) -> None:
    """Under 0.34 only reports of two papers are tied; one paper's, and headlines alone, are not."""
    assert same_event.judge(a, b, cosine).relation is relation
    assert same_event.judge(b, a, cosine).relation is relation


_TITLES = st.lists(
    st.sampled_from(
        "হরিণমারা করিম গ্রেপ্তার জামিন মামলা উদ্ধার আজ আগামীকাল সিলেটে খুলনায় ৫ ৭ জন নিহত বেড়ে কেন".split()
    ),
    min_size=1,
    max_size=7,
).map(" ".join)


@given(_TITLES, _TITLES, st.booleans(), st.floats(min_value=0.22, max_value=1))
def test_a_relation_is_that_of_the_two_in_any_order(
    a: str, b: str, is_one_site: bool, cosine: float
) -> None:
    """It does not depend on which of them came first; only two papers tell of one event."""
    told = _told(a), _told(b, site="a.example" if is_one_site else "b.example")
    verdict = same_event.judge(told[0], told[1], cosine)
    assert verdict == same_event.judge(told[1], told[0], cosine)
    assert not (is_one_site and verdict.relation is Relation.SAME)
    assert (verdict.relation is Relation.SAME) <= (not verdict.vetoes)
