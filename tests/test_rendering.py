"""What display changes cannot be seen: a font's shaper draws the same glyphs before and after."""

from __future__ import annotations

from pathlib import Path

import pytest
import uharfbuzz
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.bengali.text import display
from tests.support.examples import examples

FONT_PATHS = (
    "/usr/share/fonts/truetype/noto/NotoSansBengali-Regular.ttf",
    "/usr/share/fonts/noto/NotoSansBengali-Regular.ttf",
    "/usr/share/fonts/google-noto/NotoSansBengali-Regular.ttf",
)
ZWNJ, ZWJ = "\u200c", "\u200d"


@pytest.fixture(scope="module")
def font() -> uharfbuzz.Font:
    """Return Noto Sans Bengali as the system has it (Debian's package fonts-noto-core)."""
    for path in FONT_PATHS:
        if Path(path).exists():
            return uharfbuzz.Font(uharfbuzz.Face(uharfbuzz.Blob.from_file_path(path)))
    pytest.skip("Noto Sans Bengali is not installed (Debian: fonts-noto-core)")


def shape(font: uharfbuzz.Font, text: str) -> list[tuple[int, int, int, int]]:
    """Return what is drawn: each visible glyph with its position, in the font's units."""
    buffer = uharfbuzz.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    uharfbuzz.shape(font, buffer, {})
    drawn, x = [], 0
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        if position.x_advance or info.codepoint not in invisible(font):
            drawn.append((info.codepoint, x + position.x_offset, position.y_offset, 0))
        x += position.x_advance
    return drawn


def invisible(font: uharfbuzz.Font) -> set[int]:
    """Return the glyphs that draw nothing: the space that stands for a default-ignorable."""
    space = font.get_nominal_glyph(ord(" "))
    return {space} if space is not None else set()


@pytest.mark.parametrize(
    "text",
    [
        "রাষ্ট্র\u200bপতি",
        f"ক{ZWNJ}লম",
        "\ufeffকলম",
        "কে\u09be",
        "কে\u09d7",
        "জাতী\u09df",
        "বি\u09dc\u09be",
        "আষা\u09dd",
        "ক\u2060লম",
        f"উদ্{ZWNJ}{ZWNJ}যাপন",
    ],
)
def test_an_invisible_variant_is_drawn_as_before(font: uharfbuzz.Font, text: str) -> None:
    """Display changes the code points of these, and no reader can tell."""
    assert display(text) != text
    assert shape(font, display(text)) == shape(font, text)


@pytest.mark.parametrize(
    ("text", "other"),
    [
        (f"উদ্{ZWNJ}যাপন", "উদ্যাপন"),
        (f"র{ZWJ}্যাব", "র্যাব"),
        ("কি", "কী"),
        ("সড়ক", "সডক"),
        ("\u09f0াম", "রাম"),
    ],
)
def test_the_check_sees_a_difference(font: uharfbuzz.Font, text: str, other: str) -> None:
    """Texts that a reader can tell apart are drawn differently, so the check can fail."""
    assert shape(font, text) != shape(font, other)


SYLLABLES = st.lists(
    st.tuples(
        st.sampled_from("ক খ গ চ জ ট ত দ ন প ব ম র ল শ স হ ক্ষ ন্ত স্ক ম্প দ্ধ ষ্ট্র প্র র্ক ড় য় ঢ়".split()),
        st.sampled_from(["", "া", "ি", "ী", "ু", "ূ", "ৃ", "ে", "ৈ", "ো", "ৌ"]),
        st.sampled_from(["", "", "ং", "ঁ", "ঃ"]),
        st.sampled_from(["", "", "\u200b", "\u00ad", "\ufeff", "\u2060"]),
    ),
    min_size=1,
    max_size=6,
)
DECOMPOSED = {"ো": "\u09c7\u09be", "ৌ": "\u09c7\u09d7"}
PRECOMPOSED = {"য\u09bc": "\u09df", "ড\u09bc": "\u09dc", "ঢ\u09bc": "\u09dd"}


@settings(max_examples=examples(300))
@given(SYLLABLES, st.booleans(), st.booleans())
def test_generated_words_are_drawn_as_before(
    font: uharfbuzz.Font,
    syllables: list[tuple[str, str, str, str]],
    decompose: bool,
    precompose: bool,
) -> None:
    """Any word with its signs in any Unicode form, and junk in it, looks the same after display."""
    text = ""
    for base, sign, modifier, junk in syllables:
        for parts, whole in PRECOMPOSED.items():
            base = base.replace(parts, whole) if precompose else base
        text += base + (DECOMPOSED.get(sign, sign) if decompose else sign) + modifier + junk
    text = text.strip("\u00ad")
    assert shape(font, display(text)) == shape(font, text)
