"""Which language a document is in, told by its own letters and by no label."""

from __future__ import annotations

from pathlib import Path

import feedparser
import pytest

from aggregator import markup
from aggregator.bengali.language import identify
from tests.support.texts import BODY


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" ".join(BODY), "bn"),
        ("নিহত ৫", "bn"),
        ("BBC ও CNN-এর খবরে বলা হয়েছে, iPhone 15 বাজারে এসেছে বাংলাদেশে", "bn"),
        ("অসমৰ মুখ্যমন্ত্ৰীয়ে আজি গুৱাহাটীত এখন সভাত ভাষণ দিয়ে", "as"),
        ("ৰাজ্যখনৰ বাতৰি", "as"),
        ("বাংলাদেশ এহান দক্ষিণ এশিয়ার দেশ আগ। এহানর রাজধানী ঢাকা, মানুলেহা এহানাত", "bpy"),
        ("Just a moment... Enable JavaScript and cookies to continue", "en"),
        ("Sorry, you have been blocked. Cloudflare Ray ID: 9c312c774cfdeb0b", "en"),
        ("Oil Prices Drop by Over $1 Per Barrel – ঢাকা", "und"),
        ("दिल्ली में आज बारिश हुई", "und"),
        ("123 – !", "und"),
        ("", "und"),
    ],
)
def test_languages_written_with_bengali_letters_are_told_apart(text: str, expected: str) -> None:
    """Bengali, Assamese and Bishnupriya are told apart, and from all that is none of them."""
    assert identify(text) == expected


def test_real_feeds_are_in_the_language_they_are_in(samples: Path) -> None:
    """Of the sample feeds every entry with Bengali letters is Bengali, and the others English."""
    for path in sorted((samples / "samples" / "feeds").iterdir()):
        for entry in feedparser.parse(path.read_bytes()).entries:
            text, _ = markup.plain(f"{entry.get('title', '')} {entry.get('summary', '')}")
            bengali = sum("\u0980" <= character <= "\u09ff" for character in text)
            latin = sum(character.isascii() and character.isalpha() for character in text)
            if bengali > 2 * latin:
                assert identify(text) == "bn", (path.name, text[:200])
            elif latin > 10 * max(bengali, 1):
                assert identify(text) in ("en", "und"), (path.name, text[:200])


def test_a_challenge_page_is_not_bengali(samples: Path) -> None:
    """A page that a site sends to programs in place of news is English, whatever its label."""
    page = samples / "samples" / "html" / "banglanews24_cloudflare_challenge.html"
    text, _ = markup.plain(page.read_text(encoding="utf-8", errors="replace"))
    assert identify(text) != "bn"
