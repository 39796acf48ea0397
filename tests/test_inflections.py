"""Words in all their forms: which words of a text are the word that a person named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.bengali.inflections import first_of, phrase
from aggregator.bengali.text import key
from tests.test_bengali_page import rows


def _rows() -> list[tuple[str, str, bool]]:
    """Read the table of the page: what is named, a word of a text, and whether it is a form."""
    cases = []
    for named, forms, others in rows("Words in all their forms"):
        cases += [(named, word, True) for word in forms.split()]
        cases += [(named, word, False) for word in others.split()]
    return cases


CASES = _rows()


def test_the_table_has_words_of_both_kinds() -> None:
    """Forms and look-alikes are both many, as one kind alone would be met by a rule of no use."""
    assert sum(is_form for *_, is_form in CASES) > 100
    assert sum(not is_form for *_, is_form in CASES) > 60


@pytest.mark.parametrize(("named", "word", "is_form"), CASES)
def test_a_form_is_found_and_a_look_alike_is_not(named: str, word: str, is_form: bool) -> None:
    """A word stands for all its forms within a sentence, and for no other word."""
    found = first_of([phrase(named)], key(f"আজ {word}, জানা গেছে"))
    assert found == (named if is_form else None)


@pytest.mark.parametrize(
    ("named", "text", "is_found"),
    [
        ("জাতীয় সংসদ", "জাতীয় সংসদের অধিবেশন শুরু", True),
        ("জাতীয় সংসদ", "সংসদে জাতীয় দল", False),
        ("জাতীয় সংসদ", "জাতীয় সংসদীয় কমিটি", False),
        ("আওয়ামী লীগ", "‘আওয়ামী-লীগের’ কার্যালয়", True),
        ('"জাতীয় সংসদ"', "জাতীয় সংসদ ভবনে", True),
        ('"জাতীয় সংসদ"', "জাতীয় সংসদের ভবনে", False),
        ("“কর”", "করের বোঝা", False),
        ("“কর”", "নতুন কর বসছে", True),
        ("বিশ্বকাপ ২০২৬", "বিশ্বকাপ ২০২৬: সূচি প্রকাশ", True),
        ("বিশ্বকাপ 2026", "বিশ্বকাপ ২০২৬: সূচি প্রকাশ", True),
        ("BBC", "bbc-কে সাক্ষাৎকার", True),
        ("দু:খ", "দুঃখের দিন", True),
        ("ড. ইউনূস", "ড. ইউনূসের ভাষণ", True),
        ("ড. ইউনূস", "ড ইউনূসের ভাষণ", True),
        ("আ.লীগ", "আ. লীগের কার্যালয়", True),
        ("আ.লীগ", "আ.লীগ-বিএনপি", True),
        ("ভারত/পাকিস্তান", "ভারত / পাকিস্তানের খেলা", True),
        ("R&D", "R&D খাতে ব্যয়", True),
        ("৫জি", "দেশে ৫জির যাত্রা", True),
        ("৫জি", "দেশে 5G", False),
        ("জেন জি", "জেন-জির ভোট", True),
        ("জি২০", "জি২০-এর সম্মেলন", True),
        ("জি২০", "জি-২০ সম্মেলন", True),
        ("জি২০", "জি২০২৬", False),
        ('"২য়"', "২য় টেস্ট", True),
        ('"২য়"', "১২য়", False),
        ("a.b", "axb", False),
        ("(ক+খ)*", "(ক+খ)* সমান", True),
    ],
)
def test_a_phrase_is_words_that_follow_each_other(named: str, text: str, is_found: bool) -> None:
    """Its words may be inflected, unless it stands in quotes; spellings of one key are one."""
    assert bool(first_of([phrase(named)], key(text))) == is_found


def test_what_has_no_word_is_no_phrase() -> None:
    """Signs alone would stand in every text or in none."""
    with pytest.raises(ValueError, match="no word"):
        phrase("—")


@given(st.text(alphabet="কজিায়্ড0৫aR.&/+:*?[।'\" -", min_size=1, max_size=12))
def test_a_phrase_is_found_in_itself(text: str) -> None:
    """Whatever signs and scripts it has: what a person copies out of a headline is found in it."""
    written = key(text)
    try:
        named = phrase(text)
    except ValueError:
        return
    assert first_of([named], f"আজ {written} আজ") == text


@given(st.text(alphabet="কখগঘচছজটডতথদনপবভমযরলশসহািীুেোয়্ংৎঁ ", min_size=1, max_size=12))
def test_a_word_is_a_form_of_itself(text: str) -> None:
    """Whatever letters it has, in a sentence, and never within another word."""
    try:
        named = phrase(text)
    except ValueError:
        return
    assert first_of([named], key(f"আজ {text} জানা গেছে")) is not None
