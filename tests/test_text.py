"""Display and key: the table of variants, both columns, and what holds for every text."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from aggregator.bengali import scan
from aggregator.bengali.joined import LONG_CHARACTERS
from aggregator.bengali.scan import scan_text, scan_texts
from aggregator.bengali.text import cut, display, key, key_of_shown, keys_of_shown, stems, words

ZWNJ, ZWJ = "\u200c", "\u200d"
KEEP = None  # display leaves the variant as it is

# variant, its standard form, what display returns (KEEP: the variant itself), one key or two
TABLE = [
    ("\u09df", "\u09af\u09bc", "\u09af\u09bc", True),  # য় in one code point and in two
    ("\u09dc", "\u09a1\u09bc", "\u09a1\u09bc", True),  # ড়
    ("\u09dd", "\u09a2\u09bc", "\u09a2\u09bc", True),  # ঢ়
    ("ক\u09c7\u09be", "ক\u09cb", "ক\u09cb", True),  # কো from ে and া
    ("ক\u09c7\u09d7", "ক\u09cc", "ক\u09cc", True),  # কৌ from ে and the au length mark
    ("ক\u09be\u09c7", "ক\u09cb", "ক\u09cb", True),  # the two typed in the wrong order
    (f"র{ZWNJ}্যাব", f"র{ZWJ}্যাব", KEEP, True),
    ("কার্য", f"কার{ZWJ}্য", KEEP, True),  # reph and ya-phala are seen, and dropped in the key
    (f"উদ্{ZWNJ}যাপন", "উদ্যাপন", KEEP, True),
    (f"ত্{ZWJ}", "ৎ", "ৎ", True),
    ("উত্সব", "উৎসব", KEEP, True),
    ("হঠাত্", "হঠাৎ", KEEP, True),
    ("উত্তর", "উৎতর", KEEP, False),  # ত্ত is a conjunct of its own
    ("আত্মা", "আৎমা", KEEP, False),
    ("রাষ্ট্র\u200bপতি", "রাষ্ট্রপতি", "রাষ্ট্রপতি", True),
    ("রাষ্ট্র\u00adপতি", "রাষ্ট্রপতি", "রাষ্ট্রপতি", True),
    (f"ক{ZWNJ}লম", "কলম", "কলম", True),  # a joiner that is not beside hasanta
    (f"{ZWJ}কলম", "কলম", "কলম", True),
    ("\ufeffকলম", "কলম", "কলম", True),
    ("\u202eকলম\u202c", "কলম", "কলম", True),
    ("\u2067কলম\u2069", "কলম", "কলম", True),
    ("ক\u0981\u09be", "ক\u09be\u0981", "ক\u09be\u0981", True),
    ("\u0985\u09be", "আ", "আ", True),
    ("ক\u09cd\u09cdত", "ক্ত", "ক্ত", True),
    ("ড\u09be\u09bc", "ড\u09bc\u09be", "ড\u09bc\u09be", True),  # nukta after its vowel sign
    ("কা\u09be", "কা", "কা", True),
    ("\u09af\u09bc\u09bc", "য়", "য়", True),  # a doubled nukta
    ("\u09df\u09bc", "য়", "য়", True),
    ("\u09a1\u09bc\u09bc\u09bcা", "ড়া", "ড়া", True),
    ("\u09a2\u09bc\u09be\u09bc", "ঢ়া", "ঢ়া", True),  # and with the vowel sign between
    ("\u09ac\u09bc\u09bcস", "রস", "রস", True),
    ("\u09ac\u09bcস", "রস", "রস", True),
    ("শেষ |", "শেষ ।", KEEP, True),
    ("শেষ\u09f7", "শেষ।", "শেষ।", True),
    ("শেষ।", "শেষ", KEEP, True),
    ("\u09f0াম", "রাম", KEEP, False),  # Assamese ra
    ("\u09f1াম", "বাম", KEEP, False),
    ("দু:খ", "দুঃখ", KEEP, True),
    ("খবর: আজ", "খবরঃ আজ", KEEP, False),
    ("সময় ১০:৩০", "সময় ১০ঃ৩০", KEEP, False),
    ("নিহত ৫", "নিহত 5", KEEP, True),
    ("‘আজ’ “কাল”", "'আজ' \"কাল\"", KEEP, True),
    ("সৌদি–বাংলাদেশ", "সৌদি-বাংলাদেশ", KEEP, True),
    ("সৌদি—বাংলাদেশ", "সৌদি‑বাংলাদেশ", KEEP, True),
    ("আরও…", "আরও...", KEEP, True),
    ("BBC", "bbc", KEEP, True),
    ("আরো", "আরও", KEEP, False),
    ("কি", "কী", KEEP, False),
    ("ঈদ", "ইদ", KEEP, False),
    ("কিম", "কম", KEEP, False),
    ("সড়ক", "সডক", KEEP, False),
    ("আজ দিন", "আজ দান", KEEP, False),
    ("র্যাব", f"র{ZWJ}্যাব", f"র{ZWJ}্যাব", True),
    ("কার্যালয়", "কার্যালয়", KEEP, True),
    ("১০²", "১০২", KEEP, False),
    ("কোরিয়া: কিম", "কোরিয়াঃ কিম", KEEP, False),
    ("৳৫০ 👨\u200d👩\u200d👧 café", "৳৫০ 👨\u200d👩\u200d👧 café", KEEP, True),
    ("এক\r\nদুই", "এক\nদুই", "এক\nদুই", True),
    ("ক্\u200cষ", "ক্ষ", KEEP, True),
    ("हिन्दी क्\u200dष", "हिन्दी क्\u200dष", KEEP, True),
]


@pytest.mark.parametrize(("variant", "standard", "shown", "is_one"), TABLE)
def test_the_table_of_variants(
    variant: str, standard: str, shown: str | None, is_one: bool
) -> None:
    """Each variant is shown as the table says, and its key is that of its standard form or not."""
    assert display(variant) == (variant if shown is KEEP else shown)
    assert (key(variant) == key(standard)) is is_one


SIGNS = "\u0981\u0982\u0983\u09bc\u09be\u09bf\u09c0\u09c1\u09c3\u09c7\u09c8\u09cb\u09cc\u09cd\u09d7"
BENGALI = st.text(
    st.sampled_from(
        "কখগচজটডঢতথদনপবমযরলশষসহৎআঅইউ৯৳।| :\n'’–aé👨ह्\ufe0f\ufeff\u09df\u09dc\u09f7\u200b"
        + (ZWNJ + ZWJ + SIGNS) * 2
    ),
    max_size=16,
)


@given(st.one_of(BENGALI, st.text(max_size=20)))
def test_display_and_key_are_idempotent(text: str) -> None:
    """Doing it twice changes nothing, and the key of what is shown is the key of what was sent."""
    shown, compared = display(text), key(text)
    assert display(shown) == shown
    assert key(compared) == compared
    assert key(shown) == compared
    assert unicodedata.is_normalized("NFC", shown)


@given(st.one_of(BENGALI, st.text(max_size=20)))
def test_a_long_text_is_treated_as_a_short_one(text: str) -> None:
    """Long texts are scanned by a table, short ones searched by patterns: both decide the same."""
    rest = " " + "নদী বাড়ছে। " * 40
    assert len(rest) > LONG_CHARACTERS
    assert display(text + rest) == display(text) + display(rest)
    assert key(text + rest) == f"{key(text)} {key(rest)}".strip()


LINE = "নদী বাড়ছে। Rain; " * 40
TEXTS = st.lists(
    st.one_of(
        BENGALI,
        st.text(max_size=20),
        st.text(st.characters(max_codepoint=0x2FF), max_size=20),
        st.text(st.sampled_from("অা।কনBe\uffff\0ßﬁ…ৰ\ud83d\ude00\ufffdé \u2028\xa0"), max_size=8),
        BENGALI.map(lambda text: unicodedata.normalize("NFD", text)),
        BENGALI.map(lambda text: LINE + text),
        st.sampled_from([LINE * 200, "", "\u09bc", "।", "\ud800"]),
    ),
    max_size=7,
)
# Each kind of a text by a pattern, apart from the letters, of which the alphabet decides.
KINDS = {
    scan.UNUSUAL: scan.UNUSUAL_CHARACTERS,
    scan.JOINER: "[\u200c\u200d]",
    scan.LATIN: "[A-Za-z]",
    scan.FOREIGN: "[A-Za-z\u0080-\u009f\u00a1-\u00ffŒœŠšŸŽžƒˆ˜†‡•‰‹›™\ufffd]",
    scan.ASSAMESE: "[ৰৱ]",
    scan.BROKEN: (
        "[\u09be-\u09cd][\u09be-\u09cd\u09d7]|(?<![ডঢয])\u09bc|\u0981[\u09be-\u09cc]|\u0985\u09be"
    ),
    scan.GLUED: "।[\u0985-\u09b9\u09ce\u09e6-\u09f1“‘]",
}


def kinds_by_patterns(text: str) -> int:
    """Return the kinds of a text as searches find them, one after the other."""
    kinds = sum(kind for kind, pattern in KINDS.items() if re.search(pattern, text))
    letters = re.sub(scan.USUAL_SCRIPTS, "", text)
    is_other = any(
        letter.isalpha() or "\ud800" <= letter < "\ue000" or letter > "\uffff" for letter in letters
    )
    is_bengali = any(map(str.isalpha, re.findall("[\u0980-\u09ff]", text)))
    return kinds + scan.OTHER * is_other + scan.BENGALI * is_bengali


@given(TEXTS)
def test_texts_are_scanned_together_as_one_by_one(texts: list[str]) -> None:
    """What one text holds says nothing of the next, and each has the kinds that patterns find."""
    scans = scan_texts(texts)
    assert scans == [scan_text(text) for text in texts]
    for text, found in zip(texts, scans, strict=True):
        assert found.kinds == kinds_by_patterns(text)
        assert found.latin_letters == len(re.findall("[A-Za-z]", text))
        bengali = re.findall("[\u0980-\u09ff]", text)
        assert found.bengali_letters == sum(map(str.isalpha, bengali))


@given(TEXTS)
def test_keys_are_made_together_as_one_by_one(texts: list[str]) -> None:
    """The key of a text does not depend on the texts that it is made with."""
    shown = [display(text) for text in texts]
    assert keys_of_shown(shown) == [key_of_shown(text) for text in shown]
    assert keys_of_shown(texts) == [key_of_shown(text) for text in texts]


@given(BENGALI)
def test_display_loses_nothing_that_is_seen(text: str) -> None:
    """Every letter, digit, mark of punctuation and line break is still there, in its order."""
    visible = "কখগচজটডঢতথদনপবমযলশষসহ৯৳| :'’–aéह"
    # Invisible characters may stand between the two that make one letter: ব, ZWSP, nukta.
    bare = re.sub("[\u200b\ufeff\u200c]", "", unicodedata.normalize("NFD", text))
    assume("\u09ac\u09bc" not in bare.replace(ZWJ, "") and "ত্\u200d" not in bare)
    shown = unicodedata.normalize("NFD", display(text))
    kept = [character for character in shown if character in visible]
    assert kept == [character for character in bare if character in visible]


@pytest.mark.long
def test_two_words_of_the_samples_are_one_only_in_spelling(samples: Path) -> None:
    """No two different words of the real texts have one key: only joiners, ৎ and digits differ."""
    spellings_of: dict[str, set[str]] = {}
    for path in sorted((samples / "samples").rglob("*.*")):
        if path.suffix in (".xml", ".txt", ".json", ".csv"):
            for word in words(display(path.read_text(encoding="utf-8", errors="replace"))):
                spellings_of.setdefault(key(word), set()).add(word)
    assert len(spellings_of) > 20_000
    for spellings in spellings_of.values():
        assert len({bare(word) for word in spellings}) == 1, spellings


def bare(word: str) -> str:
    """Return a word without what may differ between spellings, independently of ``key``."""
    for joiner in (ZWNJ, ZWJ):
        word = word.replace(joiner, "")
    digits = {ord("০") + digit: str(digit) for digit in range(10)}
    return word.replace("ত্", "ৎ").replace("ঃ", ":").translate(digits).lower()


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("ছোট", 10, "ছোট"),
        ("প্রথম বাক্য। দ্বিতীয় বাক্যটি আরও বড়।", 16, "প্রথম বাক্য।"),
        ("প্রথম বাক্যটি লম্বা আর শেষ হয় না", 16, "প্রথম বাক্যটি…"),
        ("কী? তারপর আরও অনেক কিছু বলা হলো", 20, "কী? তারপর আরও অনেক…"),
        ("রাষ্ট্রপতিভবনের", 6, "রা…"),
        ("ক্ষ্ম্য", 3, ""),
        ("শব্দ, আরও শব্দ", 6, "শব্দ…"),
        ("", 0, ""),
    ],
)
def test_a_cut_ends_at_a_sentence_or_a_word(text: str, limit: int, expected: str) -> None:
    """A danda if it fills half of the room, else a word, else whole letters."""
    assert cut(text, limit) == expected


@given(BENGALI, st.integers(0, 20))
def test_a_cut_never_goes_through_a_letter(text: str, limit: int) -> None:
    """What is left fits, begins the text, and ends between letters with their signs."""
    shown = display(text)
    shortened = cut(shown, limit)
    assert len(shortened) <= max(limit, 0) or shortened == shown
    head = shortened.removesuffix("…")
    assert shown.startswith(head)
    rest = shown[len(head) :]
    if head and rest and head[-1] not in "।?!":
        assert head[-1] not in f"\u09cd{ZWJ}{ZWNJ}" or rest[0] in " \n,;:-–—"
        assert unicodedata.category(rest[0])[0] != "M"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("কিম জং উন", ["কিম", "জং", "উন"]),
        ("সড়কে দু’জন", ["সড়কে", "দু", "জন"]),
        (f"উদ্{ZWNJ}যাপন র{ZWJ}্যাব", [f"উদ্{ZWNJ}যাপন", f"র{ZWJ}্যাব"]),
        ("২৯শে মার্চ ১০,০০০ টাকা", ["২৯শে", "মার্চ", "১০,০০০", "টাকা"]),
        ("৳৫০ আর ৩.৫%", ["৫০", "আর", "৩.৫"]),
        ("বলেন।তিনি", ["বলেন", "তিনি"]),
        ("BBC-কে café দিল", ["BBC", "কে", "café", "দিল"]),
        ("", []),
    ],
)
def test_words_are_whole(text: str, expected: list[str]) -> None:
    """A word keeps its signs; punctuation, currency and dandas are no part of it."""
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "characters", "shortest_word", "expected"),
    [
        ("ঢাকা ঢাকায় ঢাকার", 4, 1, ["ঢাকা", "ঢাকা", "ঢাকা"]),
        ("এ বাসে ও ট্রেনে", 5, 2, ["বাসে", "ট্রেন"]),
        ("এ বাসে ও ট্রেনে", 5, 5, ["ট্রেন"]),
        ("নিহত ১০,০০০", 3, 1, ["নিহ", "১০,"]),
        ("।", 4, 1, []),
    ],
)
def test_stems_are_the_beginnings_of_words(
    text: str, characters: int, shortest_word: int, expected: list[str]
) -> None:
    """The forms of one word have one stem; words that are too short have none."""
    assert stems(text, characters=characters, shortest_word=shortest_word) == expected


def test_the_sources_of_this_project_are_in_one_form() -> None:
    """The project's own Bengali is NFC, so that what is written in code matches what is shown."""
    root = Path(__file__).parent.parent
    for folder in ("aggregator", "tests", "docs", "dumps", "bench"):
        for path in (root / folder).rglob("*"):
            if path.suffix in (".py", ".md", ".txt", ".tsv", ".jinja"):
                assert unicodedata.is_normalized("NFC", path.read_text(encoding="utf-8")), path
