"""What keeps two stories from being of one event, and what two desks' reports may differ in."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.bengali.text import key, words
from aggregator.stories import event_vetoes, event_words
from aggregator.stories.comparable import ComparableText
from aggregator.stories.counts import Count, counts_of
from aggregator.stories.vetoes import Veto
from evaluation.material import written

LEAD = "ঘটনার পর এলাকার মানুষ সেখানে ভিড় করেন, পরে প্রশাসনের লোকজন এসে পরিস্থিতি সামাল দেন বলে জানা গেছে।"


def _between(a: str, b: str, a_lead: str = LEAD, b_lead: str = LEAD) -> set[Veto]:
    """Return the vetoes between two headlines with leads, whichever of them comes first."""
    texts = ComparableText.of(a, a_lead), ComparableText.of(b, b_lead)
    found = event_vetoes.between_stories(*texts)
    assert found == event_vetoes.between_stories(*reversed(texts))
    return set(found)


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("২,০০,০০০ টাকা", [("200000", "টাকা")]),
        ("দুই লাখ টাকার", [("200000", "টাকার")]),
        ("৩ কোটি ডলার", [("30000000", "ডলার")]),
        ("২ মিলিয়ন ডলার", [("2000000", "ডলার")]),
        ("নিহত ৫", [("5", "নিহত")]),
        ("পাঁচজনের মৃত্যু", [("5", "নিহত")]),
        ("৫ জনের প্রাণ গেল", [("5", "নিহত")]),
        ("আহত দুজন", [("2", "আহত")]),
        ("২৩তম আসর", [("23", "ordinal")]),
        ("তৃতীয় দিন", [("3", "ordinal")]),
        ("সে নয়", []),
    ],
)
def test_a_number_is_read_with_what_it_counts(text: str, counted: list[tuple[str, str]]) -> None:
    """However it is written, and in whose words."""
    expected = [Count(Decimal(value), unit) for value, unit in counted]
    found = counts_of(words(key(text)))
    assert [count.value for count in found] == [count.value for count in expected]
    assert [key(count.unit) for count in expected if count.unit.startswith(key("নিহত"))] == [
        count.unit for count in found if count.unit == key("নিহত")
    ]
    for count, wanted in zip(found, expected, strict=True):
        assert key(wanted.unit).startswith(count.unit)


@given(st.integers(min_value=11, max_value=99), st.integers(min_value=11, max_value=99))
def test_two_tolls_are_two_events_unless_they_are_one_number(a: int, b: int) -> None:
    """A headline's toll contradicts any other that its text does not have."""
    found = _between(f"করিমনগরে বাস উল্টে নিহত {a}", f"করিমনগরে বাস উল্টে {b} জনের মৃত্যু")
    assert (Veto.NUMBERS in found) == (a != b)


def test_counts_of_two_things_contradict_nothing() -> None:
    """One desk counts houses and the other streets; one names the hour, the other the damage."""
    assert not _between("বিদ্যুৎ এসেই পুড়ল ৩০০ বাড়ির টিভি", "বিদ্যুৎ এসেই পুড়ল ৩ মহল্লার টিভি")
    assert not _between("গুদামে আগুন, ক্ষতি ৫ কোটি টাকা", "রাত ২টায় গুদামে আগুন, পুড়ল সব মাল")


def test_a_count_that_the_other_text_has_contradicts_nothing() -> None:
    """The headline takes one number of those in the text."""
    lead = f"আগুনে ১২টি ঘর ও ৭টি দোকান পুড়েছে। {LEAD}"
    a, b = "আগুনে ১২টি ঘর ছাই", "পুড়ে শেষ ৭টি ঘর"
    assert Veto.NUMBERS in _between(a, b)
    assert not _between(a, b, a_lead=lead)


def test_a_toll_that_grows_is_of_the_same_event() -> None:
    """Each report of a disaster counts more; a price that rises is another day's."""
    assert not _between("ভূমিকম্পে নিহত বেড়ে ২২৪", "ভূমিকম্পে নিহত ১৩২, চলছে উদ্ধার")
    assert not _between("ভূমিকম্পে নিহত ২৫০ ছাড়াল", "ভূমিকম্পে নিহত অন্তত ৭৭")
    assert Veto.NUMBERS in _between("সোনার দাম বাড়ল ১৬৩৩ টাকা", "সোনার দাম বাড়ল ২১০০ টাকা")


def test_other_editions_and_other_results_are_other_events() -> None:
    """What differs in its ordinal or its score is another match."""
    assert Veto.NUMBERS in _between("প্রথম টেস্টে হারল মেঘনা একাদশ", "তৃতীয় টেস্টে হারল মেঘনা একাদশ")
    assert Veto.NUMBERS in _between("মেঘনাকে ২-০ গোলে হারাল পদ্মা", "মেঘনাকে ৩-১ গোলে হারাল পদ্মা")
    assert not _between("মেঘনাকে ২-০ গোলে হারাল পদ্মা", "মেঘনার বিপক্ষে ২-০ গোলের জয় পদ্মার")


def test_places_and_days_count_where_the_other_text_lacks_them() -> None:
    """One desk says where from, the other where to; one *today*, the other the weekday."""
    both = f"ভারত থেকে বাংলাদেশ আমদানি করছে ১৯টি কোচ। {LEAD}"
    assert not _between("বাংলাদেশে আসছে নতুন কোচ", "ভারত থেকে আসছে নতুন কোচ", both, both)
    assert Veto.PLACES in _between("সিলেটে নতুন কোচ চালু", "খুলনায় নতুন কোচ চালু")
    day = f"আজ বৃহস্পতিবার দুপুরে দলের জরুরি বৈঠক বসবে। {LEAD}"
    assert not _between("বৃহস্পতিবার দলের বৈঠক ডাকা হলো", "দলের বৈঠক আজ", b_lead=day)
    assert Veto.DAYS in _between("মামলার রায় আজ", "মামলার রায় আগামীকাল")


def test_a_country_abroad_and_a_town_contradict_nothing() -> None:
    """One lead names where passengers came from, the other where they landed; two towns differ."""
    title = "বিমানবন্দরে দুই যাত্রীর ব্যাগে মিলল সোনা"
    from_abroad = f"ভারত থেকে আসা দুই যাত্রীর ব্যাগ তল্লাশি করা হয়। {LEAD}"
    landed = f"ঢাকায় নামার পর দুই যাত্রীর ব্যাগ তল্লাশি করা হয়। {LEAD}"
    elsewhere = f"সিলেটে নামার পর দুই যাত্রীর ব্যাগ তল্লাশি করা হয়। {LEAD}"
    from_elsewhere = f"কাতার থেকে আসা দুই যাত্রীর ব্যাগ তল্লাশি করা হয়। {LEAD}"
    at_home = f"বাংলাদেশে নামার পর দুই যাত্রীর ব্যাগ তল্লাশি করা হয়। {LEAD}"
    assert not _between(title, title, from_abroad, landed)
    assert Veto.PLACES in _between(title, title, landed, elsewhere)
    assert Veto.PLACES in _between(title, title, from_abroad, from_elsewhere)
    assert Veto.PLACES in _between(title, title, at_home, elsewhere)


def test_what_rises_does_not_fall() -> None:
    """Two reports of one pattern on two days go two ways."""
    assert Veto.STEPS in _between("জ্বালানি তেলের দাম কমল", "জ্বালানি তেলের দামে লাফ")
    assert not _between("জ্বালানি তেলের দামে লাফ", "জ্বালানি তেলের দাম বাড়ল")


def test_steps_count_unless_both_leads_tell_both() -> None:
    """An arrest is not its bail, but a report of both may be headed by either."""
    both = f"গ্রেপ্তারের পর আসামিকে আদালতে তোলা হয়, পরে জামিন পান তিনি। {LEAD}"
    a, b = "সাবেক মেয়র গ্রেপ্তার", "জামিন পেলেন সাবেক মেয়র"
    assert Veto.STEPS in _between(a, b)
    assert Veto.STEPS in _between(a, b, a_lead=both)
    assert not _between(a, b, both, both)


def test_the_end_of_an_affair_counts_unless_the_other_text_tells_it() -> None:
    """A strike that is called off is another report than a strike."""
    a, b = "পরিবহন ধর্মঘট প্রত্যাহার", "পরিবহন ধর্মঘট, যাত্রীদের ভোগান্তি"
    assert Veto.STEPS in _between(a, b)
    assert not _between(a, b, b_lead=f"দুপুরে ধর্মঘট প্রত্যাহার করা হয়। {LEAD}")
    assert not _between(a, b, b_lead=f"দুপুরে ধর্মঘট তুলে নেওয়া হয়। {LEAD}")


def test_who_asks_does_not_report() -> None:
    """An explanation of a happening is another text than the report of it."""
    assert Veto.STEPS in _between("কেন বাড়ছে লোডশেডিং", "সারা দেশে বাড়ছে লোডশেডিং")
    assert Veto.STEPS in _between("পূর্ণগ্রাস সূর্যগ্রহণ কবে?", "পূর্ণগ্রাস সূর্যগ্রহণ দেখল মানুষ")
    assert not _between("সরকারি কেনাকাটার তথ্য প্রকাশের তাগিদ", "সরকারি ক্রয়ের তথ্য প্রকাশের তাগিদ")
    assert not _between("বিচারক বললেন, ‘আপনি এখানে কেন’", "আদালতে তিরস্কৃত সেই কর্মকর্তা")


def test_a_slot_is_filled_anew_only_where_a_lead_is_missing() -> None:
    """Two desks choose other words in one pattern; two headlines alone are two adverts."""
    a, b = "বিস্ফোরক উদ্ধারের ঘটনায় হাটখোলায় মামলা", "বিস্ফোরক উদ্ধারের ঘটনায় থানায় মামলা"
    assert Veto.TEMPLATE in _between(a, b, "", "")
    assert not _between(a, b)
    # The lead of one tells what the other's headline names.
    assert not _between(a, b, "", f"হাটখোলা থানার পুলিশ জানায়, মামলা হয়েছে। {LEAD}")
    # The same word with another ending is not another one.
    c, d = "চালের দাম নিয়ে বৈঠক দিচ্ছে দপ্তর", "চালের দাম নিয়ে বৈঠক দিচ্ছিল দপ্তর"
    assert not _between(c, d, "", "")


def test_a_column_is_of_an_event_where_the_headlines_say_the_same() -> None:
    """A paper's forecast is what another reports of one bulletin; two columns are of none."""
    forecast, report = "উপকূলের চার জেলায় ঝড়ের পূর্বাভাস", "উপকূলের চার জেলায় ঝড়ের আভাস"
    assert not _between(forecast, report)
    assert not _between("সম্পাদকীয় / খাল ভরাট বন্ধ হোক", "খাল ভরাট বন্ধ হোক")
    assert Veto.TEMPLATE in _between(forecast, "ঝড় নিয়ে যা বলছে দপ্তর")
    assert Veto.TEMPLATE in _between(forecast, forecast)


def test_adverts_of_one_template_are_not_of_one_event() -> None:
    """They are as alike as copies are, and each names what the other does not."""
    pairs = [pair for pair in written("templates.txt") if not pair.is_same]
    assert pairs
    for pair in pairs:
        a, b = (ComparableText.of(text.title, text.body) for text in (pair.a, pair.b))
        assert event_vetoes.between_stories(a, b)


def test_an_apostrophe_within_a_word_is_no_end_of_it() -> None:
    """Some sites write words that filters look for with apostrophes in them."""
    hidden = event_words.words_of(ComparableText.of("মি'সা'ইল ছুড়ল", "দু'জনের মৃত্যু ’আহত’ আরও"))
    plain = event_words.words_of(ComparableText.of("মিসাইল ছুড়ল", "দুজনের মৃত্যু আহত আরও"))
    assert hidden == plain
