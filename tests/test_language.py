"""Which language a document is in, told by its own letters and by no label."""

from __future__ import annotations

from pathlib import Path

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
        *((f"নদীর {word} ঘাটে {word}", "bpy") for word in ("এহান", "এহানর", "ইলতাই")),
        *((f"নদীর {word} ঘাটে {word}", "bpy") for word in ("মানুলেহা", "ঔহান")),
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


ENGLISH = (
    "The council met on Monday and decided that the old ferry will run again from the first week "
    "of January, after two winters in which people had to walk to the bridge, said its chairman."
)
CHALLENGE = (
    "Please enable cookies. Sorry, you have been blocked. You are unable to access khobor.example. "
    "This website is using a security service to protect itself from online attacks. The action "
    "you just performed triggered it."
)
CODE = """
def rain(days):
    return [day for day in days if day.rain > 3]
print(rain(week))  # নয়
<script src="app.js"></script>
const total = items.length;
"""


@pytest.mark.parametrize(
    ("headline", "rest", "expected"),
    [
        # --- names in Latin letters
        ("Arsenal বনাম Inter Milan: জিতবে কারা", "", "bn"),
        ("Firefox, Chrome ও Safari: কোনটি দ্রুত", "", "bn"),
        ("BPL: আজ কে জিতবে", "Photo: Getty Images", "bn"),
        ("iPhone 17 Pro Max না Galaxy S26 Ultra, দাম কত", "Tech Desk", "bn"),
        # --- boilerplate of feed makers, addresses, code
        ("ঘাটে আটকা দুই ফেরি", "No description available", "bn"),
        ("নিহত ৫", "No description available.", "bn"),
        ("নিহত ৫", "[ dainik_nodibarta ]", "bn"),
        ("ফেরি চালু", "(Feed generated with FeedMaker 2.0)", "bn"),
        ("ফেরি চালু", "The post ferry appeared first on Nodi Barta Online.", "bn"),
        ("ফেরি চালু", "https://nodibarta.example/news/ferry-runs-again?from=rss&id=77", "bn"),
        ("ফেরি চালু", "Read more at nodibarta.com/ferry or write to desk@nodibarta.com", "bn"),
        ("তালিকা বাছাই শিখুন", CODE * 5, "bn"),
        ("Python list", f"তালিকা কীভাবে বাছাই করা যায় তা দেখুন।\n{CODE}", "bn"),
        ("Live", "নদীর পানি বাড়ছে https://nodibarta.example/live/2026/page-one-of-two", "bn"),
        # --- a headline of two words outweighs any other text but an English report
        ("ঘাটে আটকা ফেরি", f"{ENGLISH} {ENGLISH}", "bn"),
        # --- the other languages, and English with some Bengali in it
        ("অসমৰ নদীত পানী বাঢ়িছে", "No description available for this one yet", "as"),
        ("ৱাঙ্গৈ লৈবাক পাউ", "No description available for this one yet", "as"),
        ("এহান আমার খবর নদীর", "Photo desk and picture agency", "und"),
        ("ইমার ঠার এহানর খবর মানুলেহা", "Photo desk and picture agency", "bpy"),
        ("Ferry runs again after two winters", ENGLISH, "en"),
        ("Ferry runs again – ঢাকা", ENGLISH, "und"),
        ("Ferry runs again after two winters – ঘাটের খবর", ENGLISH, "und"),
        ("Why ‘ঘাটের কথা’ still matters to young readers", ENGLISH, "und"),
        ("ঢাকা", ENGLISH, "und"),
        ("Just a moment...", "Enable JavaScript and cookies to continue. ঘাটের খবর", "und"),
        ("ঘাটের খবর | Attention Required! Are you human", CHALLENGE, "und"),
        ("Ferry", "Follow us: https://nodibarta.example/ঘাট", "und"),
        ("दिल्ली में आज बारिश हुई नदी", "ঘাটে বৃষ্টি", "und"),
    ],
)
def test_a_headline_decides_where_the_letters_are_mostly_latin(
    headline: str, rest: str, expected: str
) -> None:
    """Names, boilerplate, addresses and code outweigh no headline; an English report does."""
    text = f"{headline}\n{rest}"
    assert identify(text, headline=headline) == identify(text) == expected


def test_an_english_text_without_a_headline_may_begin_in_bengali() -> None:
    """A byline in Bengali is no headline, and a paragraph that is the first line is none either."""
    text = f"ঘাটের খবর, ঢাকা: {ENGLISH}"
    assert identify(text, headline="") == identify(f"{text} {ENGLISH}") == "und"


@given(
    st.lists(st.sampled_from("নদীর ঘাটে ফেরি আবার চালু হচ্ছে কাল সকালে".split()), min_size=2, max_size=8),
    st.lists(st.sampled_from("BBC Messi iPhone Real Madrid".split()), max_size=2),
    st.lists(
        st.sampled_from(
            (
                *ENGLISH.split(),
                "[ nodi ]",
                "https://a.example/x",
                "No description available",
                "a = 1;",
            )
        ),
        max_size=80,
    ).map(" ".join),
)
def test_a_bengali_headline_is_enough(bengali: list[str], names: list[str], rest: str) -> None:
    """Whatever Latin follows, a headline with as many Bengali words as names is Bengali."""
    headline = " ".join((*names, *bengali))
    assert identify(f"{headline}\n{rest}", headline=headline) == "bn"


def test_real_feeds_are_in_the_language_they_are_in(samples: Path) -> None:
    """Of the sample feeds every entry with a Bengali headline is Bengali, the others English."""
    for path in sorted((samples / "samples" / "feeds").iterdir()):
        for entry in feedparser.parse(path.read_bytes()).entries:
            text, _ = markup.plain(f"{entry.get('title', '')} {entry.get('summary', '')}")
            bengali = sum("\u0980" <= character <= "\u09ff" for character in text)
            latin = sum(character.isascii() and character.isalpha() for character in text)
            title = entry.get("title", "")
            if bengali > 2 * latin or any("\u0980" <= character <= "\u09ff" for character in title):
                assert identify(text) == "bn", (path.name, text[:200])
            elif latin > 10 * max(bengali, 1):
                assert identify(text) in ("en", "und"), (path.name, text[:200])


def test_a_challenge_page_is_not_bengali(samples: Path) -> None:
    """A page that a site sends to programs in place of news is English, whatever its label."""
    page = samples / "samples" / "html" / "banglanews24_cloudflare_challenge.html"
    text, _ = markup.plain(page.read_text(encoding="utf-8", errors="replace"))
    assert identify(text) != "bn"
