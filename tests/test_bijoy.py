"""Bijoy text becomes Unicode, residue is repaired, and English stays English."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.bengali.bijoy import convert, looks_legacy
from aggregator.bengali.text import display, words
from tests.support.bijoy import encode
from tests.support.texts import BODY

DATA = Path(__file__).parent / "data"
ENGLISH = (Path(__file__).parent.parent / "docs" / "decisions.md").read_text(encoding="utf-8")


def gold() -> list[tuple[str, str]]:
    """Read the words of the table: each in Bijoy and in Unicode."""
    lines = (DATA / "bijoy.tsv").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [(bijoy, unicode) for bijoy, unicode in pairs]


def test_the_words_of_every_class_are_converted() -> None:
    """Of more than 350 words with every kind of conjunct and sign at least 98 in 100 are right."""
    pairs = gold()
    converted = convert(" ".join(bijoy for bijoy, _ in pairs)).split(" ")
    wrong = [
        (bijoy, word, unicode)
        for (bijoy, unicode), word in zip(pairs, converted, strict=True)
        if word != unicode
    ]
    assert len(pairs) >= 200
    assert len(wrong) <= 0.02 * len(pairs), wrong


def test_a_sentence_is_converted_and_its_english_stays() -> None:
    """Names, acronyms, addresses and units within Bijoy are left as they are."""
    text = (
        "wbe©vPb Kwgkb e‡j‡Q, BBC News Ges Google Avgv‡`i Z_¨ w`‡q‡Q 2024 mv‡j| "
        "we¯ÍvwiZ: https://example.org/a_b Ges info@example.org wVKvbvq|"
    )
    assert convert(text) == (
        "নির্বাচন কমিশন বলেছে, BBC News এবং Google আমাদের তথ্য দিয়েছে ২০২৪ সালে। "
        "বিস্তারিত: https://example.org/a_b এবং info@example.org ঠিকানায়।"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("সেøাগান", "স্লোগান"),
        ("নি¤œ", "নিম্ন"),
        ("¯œাতক", "স্নাতক"),
        ("জ¦লজ¦ল", "জ্বলজ্বল"),
        ("হয়Ñতাই", "হয়—তাই"),
        ("উ™¢ব", "উদ্ভব"),
        ("gš¿x", "মন্ত্রী"),
        ("খবর: evsjv‡`k e¨vsK", "খবর: বাংলাদেশ ব্যাংক"),
        ("\u2020mvbvi evsjv", "সোনার বাংলা"),
        ("\x86mvbvi evsjv", "সোনার বাংলা"),
    ],
)
def test_residue_and_short_runs(text: str, expected: str) -> None:
    """A single glyph in a Unicode word, a Bijoy name in a Unicode text, and C1 codes for glyphs."""
    assert convert(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "The quick brown fox jumps over five lazy dogs",
        "iPhone 15 Pro Max",
        "Müller and Gündoğan in Zürich; São Paulo, El Niño, naïve café",
        "Reykjavík",
        "Covid-19 vaccine very available over seven divisions, government says",
        "তাপমাত্রা ৩০°, £৫০, ½ কেজি, ৫×৩ = ১৫, ৫০ km², ©২০২৪ «উক্তি»",
        "BBC News জানায়, WhatsApp ও TikTok বন্ধ",
        "AT&T, R&D, file_name, `pip install`, __init__, a^b",
        "E = mc²; Windows® and Microsoft™",
        "GDP IMF UNICEF UK US EU",
        "বাতাসে PM2.5 ছিল প্রতি ঘনমিটারে ৮৫ µg/m³, যা বেশি",
        "৫০ µg/L, ৫ m/s², ১০ cm×৫ cm, AQI: 187 (PM2.5: 98 µg/m³)",
        "গ্রামীণফোন® নতুন স্যামসাং®-এর",
        "https://x.example/a_b^c?q=Avgvi",
        "",
    ],
)
def test_text_that_is_not_bijoy_stays(text: str) -> None:
    """English, other Latin writing, units, signs and code are never turned into Bengali."""
    assert convert(text) == text


def test_english_prose_is_never_taken_for_bijoy() -> None:
    """No line of this project's own prose looks like Bijoy, and none is changed."""
    lines = [line for line in ENGLISH.splitlines() if line.isascii()]
    assert len(lines) > 50
    for line in lines:
        assert not looks_legacy(line)
        assert convert(line) == line


def test_whole_paragraphs_come_back() -> None:
    """Running Bengali text, written in Bijoy, comes back to the letter."""
    for paragraph in BODY:
        sentence = " ".join(word for word in words(display(paragraph)) if encode(word))
        bijoy = encode(sentence)
        assert bijoy is not None
        assert convert(bijoy) == sentence


@given(st.text(max_size=40))
def test_nothing_raises_and_unicode_bengali_stays(text: str) -> None:
    """Whatever the text, converting ends, and every Bengali letter is still there in its order."""
    remaining = iter(convert(text))
    assert all(letter in remaining for letter in text if "\u0985" <= letter <= "\u09b9")
