"""Marks: which words of a text were looked for, and what is shown of a long text."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aggregator.bengali.marks import excerpt, excerpts, marked
from aggregator.bengali.queries import search_query, searched_words
from aggregator.bengali.text import display, key, word_places, words
from aggregator.models import MarkedText
from tests.support.examples import examples

_BENGALI = st.text("কতথনরয়সহািীেোুৎংঃঁ্\u200c\u200d০৯5,:/.-’'\" aé\u09bc।")


def shown(text: str, question: str) -> str:
    """Return a text with its marks in brackets."""
    (one,) = marked([display(text)], search_query(question).wanted)
    return _bracketed(one)


def _bracketed(one: MarkedText) -> str:
    parts, end = [], 0
    for start, stop in one.marks:
        parts += [one.text[end:start], f"[{one.text[start:stop]}]"]
        end = stop
    return "".join((*parts, one.text[end:]))


@pytest.mark.parametrize(
    ("question", "text", "wanted"),
    [
        ("বন্দর", "চট্টগ্রাম বন্দরের মাশুল", "চট্টগ্রাম [বন্দরের] মাশুল"),
        ("কাল", "কালি নয়, কালও", "কালি নয়, [কালও]"),
        ("উদ্যাপন", "উদ্\u200cযাপনের দিন", "[উদ্\u200cযাপনের] দিন"),
        ("রাষ্ট্র", "রাষ্ট্রে ও রাষ্ট্রদূত", "[রাষ্ট্রে] ও রাষ্ট্রদূত"),
        ("২০২৬", "১২/৫/২০২৬ ও 2026", "[১২/৫/২০২৬] ও [2026]"),
        ("১১", "১১টির মধ্যে ১১১টি", "[১১টির] মধ্যে ১১১টি"),
        ("দুঃখ", "দু:খ প্রকাশ", "[দু:খ] প্রকাশ"),
        ("bbc", "BBC-কে বলেন", "[BBC]-কে বলেন"),
        ('"বন্দরের মাশুল"', "বন্দরের কথা, বন্দরের-মাশুল", "বন্দরের কথা, [বন্দরের]-[মাশুল]"),
        ("বন্দর -মাশুল", "বন্দরে মাশুল", "[বন্দরে] মাশুল"),
    ],
)
def test_a_mark_is_a_whole_word_that_was_looked_for(question: str, text: str, wanted: str) -> None:
    """With all its signs and joiners, in any of its forms and spellings; a phrase word by word."""
    assert shown(text, question) == display(wanted)


@example("দু:খ")
@example("ক:ক:ক")
@example("১:ক:০")
@settings(max_examples=examples(3000))
@given(_BENGALI)
def test_the_words_of_a_text_are_those_of_its_key(text: str) -> None:
    """Word by word a text has the same keys as whole, so that what is found is what is marked."""
    one = display(text)
    by_word = [word for start, end in word_places(one) for word in words(key(one[start:end]))]
    assert by_word == words(key(one))


@example("ত্ন", "ৎ", 3)
@example("ক\u200dর", "কর", 40)
@example("৯9", "9", 0)
@settings(max_examples=examples(1000))
@given(_BENGALI, _BENGALI, st.integers(0, 60))
def test_an_excerpt_is_the_same_however_far_a_text_is_read(
    text: str, question: str, times: int
) -> None:
    """Marks are on the words whose keys were looked for, and no text need be read whole."""
    said = display(f"{'কথা ' * times}{text}\n{text} {'ও ' * times} {text}")
    terms = search_query(f"{question} {text[:9]}").wanted
    (whole,) = marked([said], terms)
    alone = {one for term in terms for one in term.alternatives if " " not in one}
    if len(alone) == sum(len(term.alternatives) for term in terms):  # without a phrase
        assert list(whole.marks) == [
            (start, end)
            for start, end in word_places(said)
            if not alone.isdisjoint(searched_words(key(said[start:end])))
        ]
    assert excerpts([said, "", text], terms) == [
        excerpt(one) for one in marked([said, "", text], terms)
    ]


_FILLER = "আজ সকালে শহরের পথে অনেক মানুষ ছিলেন এবং তাঁরা কাজে গেলেন। "


@pytest.mark.parametrize(
    ("text", "begins", "ends"),
    [
        ("বন্দরের কথা। " + _FILLER * 5, False, True),
        (_FILLER * 5 + "বন্দরের কথা। " + _FILLER * 5, True, True),
        (_FILLER * 5 + "শেষে বন্দর", True, False),
        ("ছোট কথা বন্দরের", False, False),
    ],
)
def test_an_excerpt_stands_around_the_first_mark(text: str, *, begins: bool, ends: bool) -> None:
    """It says by an ellipsis at which end there is more, and its marks are where the words are."""
    (one,) = marked([text], search_query("বন্দর").wanted)
    said = excerpt(one)
    assert (said.text.startswith("…"), said.text.endswith("…")) == (begins, ends)
    assert [said.text[start:end] for start, end in said.marks] == [
        text[one.marks[0][0] : one.marks[0][1]]
    ]
    assert said.text.strip("…") in text
    assert len(said.text) <= 160 and (len(said.text) > 120 or len(text) <= 160)


@given(_BENGALI, st.integers(0, 6), st.integers(0, 60))
def test_an_excerpt_is_never_longer_and_cuts_no_letter(text: str, times: int, place: int) -> None:
    """Whatever the text: its marks are words of it, and it stands in the text as it is."""
    one = display((text + " ") * times * 10 + "ক" * place * 4 + " বন্দরে " + text)
    (whole,) = marked([one], search_query("বন্দর").wanted)
    said = excerpt(whole)
    assert len(said.text) <= 160
    inner = said.text.removeprefix("…").removesuffix("…")
    assert inner in one.replace("\n", " ")
    assert all(key(said.text[start:end]) == key("বন্দরে") for start, end in said.marks)
    assert said.marks
