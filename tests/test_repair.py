"""Repairs: certain damage is repaired and named, other damage is flagged and left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.bengali.repair import repair_text
from aggregator.bengali.scan import scan_text
from aggregator.bengali.text import display
from aggregator.models import ParsedEntry
from tests.support.texts import BODY
from tests.test_normalise import draft

TEXT = "পদ্মার ঘাটে ভোর থেকেই জেলেদের ব্যস্ততা। ‘বোয়াল’ পাওয়া যাচ্ছে ৯০০ টাকায়।"


@pytest.mark.parametrize(
    ("damaged", "expected", "repairs"),
    [
        (TEXT, TEXT, ()),
        (TEXT.encode().decode("latin-1"), TEXT, ("mojibake",)),
        (TEXT.encode().decode("latin-1").encode().decode("latin-1"), TEXT, ("mojibake",)),
        ("খবর: " + "নদী".encode().decode("latin-1") + " শেষ", "খবর: নদী শেষ", ("mojibake",)),
        ("এক।দুই", "এক। দুই", ("glued",)),
        ("এক।”দুই", "এক।”দুই", ()),
        ("১।প্রথম", "১। প্রথম", ("glued",)),
        ("শেষ।বিজ্ঞাপনবিশাল আয়োজন", "শেষ। বিশাল আয়োজন", ("advert", "glued")),
        ("শেষ।\nবিজ্ঞাপন\nশুরু", "শেষ।\nশুরু", ("advert",)),
        ("শেষ। বিজ্ঞাপনদাতারা বলেন", "শেষ। বিজ্ঞাপনদাতারা বলেন", ("advert?",)),
        ("বিজ্ঞাপন নিয়ে আলোচনা", "বিজ্ঞাপন নিয়ে আলোচনা", ()),
        ("নি¤œ আদালত", "নিম্ন আদালত", ("residue",)),
        # --- ক্স for the half ঙ of the Bijoy font, with a sign within, and where ক্স is meant
        ("আকাক্সক্ষা", "আকাঙ্ক্ষা", ("residue",)),
        ("অনাকাক্সিক্ষত মৃত্যু", "অনাকাঙ্ক্ষিত মৃত্যু", ("residue",)),
        ("শুভাকাক্সক্ষী ও কাক্সিক্ষত", "শুভাকাঙ্ক্ষী ও কাঙ্ক্ষিত", ("residue",)),
        ("বিশৃক্সখলা, শৃক্সখল, শক্সেখ", "বিশৃঙ্খলা, শৃঙ্খল, শঙ্খে", ("residue",)),
        ("পুক্সখানুপুক্সখ, ময়ূরপক্সখী", "পুঙ্খানুপুঙ্খ, ময়ূরপঙ্খী", ("residue",)),
        ("উল্লক্সঘন, লক্সিঘত, সক্সঘ", "উল্লঙ্ঘন, লঙ্ঘিত, সঙ্ঘ", ("residue",)),
        ("সক্সেক্ষপে", "সঙ্ক্ষেপে", ("residue",)),
        ("বাক্সখানা, ট্যাক্সি, এক্সক্লুসিভ, সেক্সঘটিত", "বাক্সখানা, ট্যাক্সি, এক্সক্লুসিভ, সেক্সঘটিত", ()),
        ("ট্যাক্সক্ষেত্র, ট্যাক্সিক্ষেত্র", "ট্যাক্সক্ষেত্র, ট্যাক্সিক্ষেত্র", ()),
        # --- Windows-1252 read as Latin-1
        ("don\x92t", "don’t", ("windows-1252",)),
        ("\x93নদী\x94 \x96 ফেরি\x85", "“নদী” – ফেরি…", ("windows-1252",)),
        ("\x8010 ও \x9110\x92", "€10 ও ‘10’", ("windows-1252",)),
        ("নদী\x81র\x9d ঘাট", "নদীর ঘাট", ()),
        ("নি\xa4\x9c আদালত", "নিম্ন আদালত", ("windows-1252", "residue")),
        ("Avgvi †mvbvi evsjv", "আমার সোনার বাংলা", ("bijoy",)),
        ("ভাঙা \ufffd\ufffd অক্ষর", "ভাঙা \ufffd\ufffd অক্ষর", ("lost letters?",)),
        ("à¦ªà§?à¦°", "à¦ªà§?à¦°", ("mojibake?",)),
        ("BBC said “yes” – it’s fine…", "BBC said “yes” – it’s fine…", ()),
    ],
)
def test_each_damage_is_repaired_or_flagged(
    damaged: str, expected: str, repairs: tuple[str, ...]
) -> None:
    """The text, and the names of what was done to it."""
    repaired = repair_text(damaged)
    assert (display(repaired.text), repaired.repairs) == (display(expected), repairs)


@given(st.text(max_size=60))
def test_repairing_ends_and_is_done_once(text: str) -> None:
    """Whatever the text, repairing raises nothing."""
    repair_text(repair_text(text).text)


DAMAGED = st.text(
    st.sampled_from(
        "\u00e0\u00a6\u00a8\u00a7\u0080\u00c2\u0085‚“ìøœ¤†‡ABvgvi কাক্সখনি।জবিজ্ঞাপন\ufffd \n"
    ),
    max_size=24,
)


@given(st.one_of(DAMAGED, st.text(max_size=20), st.lists(DAMAGED, max_size=3).map("বিজ্ঞাপন".join)))
def test_a_scan_only_spares_work(text: str) -> None:
    """A text whose scan is known is repaired and shown as one whose is not."""
    scan = scan_text(text)
    assert repair_text(text, scan=scan) == repair_text(text)
    assert display(text, scan) == display(text)


def test_a_repair_is_made_in_text_and_markup_and_noted_on_the_entry() -> None:
    """Title, plain text and published markup carry the same repair; elements stay as they are."""
    html = '<p class="x">নি¤œ আদালত।রায় দিয়েছে।</p><p><a href="https://a.example/নি">সূত্র</a></p>'
    entry = draft(ParsedEntry(native_id="1", title_html="নি¤œ আদালতের রায়", content_html=html))
    assert entry.title == "নিম্ন আদালতের রায়"
    assert entry.content_html.startswith("<p>নিম্ন আদালত। রায় দিয়েছে।</p>")
    assert 'href="https://a.example/' in entry.content_html
    assert entry.repairs == ("title: residue", "text: residue", "text: glued")


def test_windows_characters_are_shown_in_every_part() -> None:
    """Title, text, markup, authors and categories of a feed that has C1 controls."""
    body = f"<p>\x93{BODY[0]}\x94 <b>it\x92s</b></p>"
    parsed = ParsedEntry(
        native_id="1",
        title_html="নদীর \x91ঘাট\x92\x85 আবার",
        content_html=body,
        authors=("O\x92Brien",),
        categories=("Rock \x96 Roll",),
    )
    entry = draft(parsed)
    assert entry.title == "নদীর ‘ঘাট’… আবার"
    assert entry.content_html == f"<p>“{BODY[0]}” <b>it’s</b></p>"
    assert entry.summary.startswith("“পদ্মার")
    assert (entry.authors, entry.categories) == (("O’Brien",), ("Rock – Roll",))
    assert entry.repairs == ("title: windows-1252", "text: windows-1252")


@pytest.mark.parametrize("length", [1, 20])
def test_a_misread_conjunct_is_repaired_in_texts_of_any_length(length: int) -> None:
    """A long text, which is scanned and not searched, is repaired as a short one."""
    content = f"<p>{'নদী বাড়ছে। ' * length} অনাকাক্সিক্ষত</p>"
    entry = draft(ParsedEntry(native_id="1", title_html="নদী", content_html=content))
    assert "অনাকাঙ্ক্ষিত" in entry.content_html
    assert entry.repairs == ("text: residue",)


def test_markup_that_was_escaped_too_often_is_markup_again() -> None:
    """A reader never sees &quot; or <p> as text."""
    html = f"&lt;p&gt;{BODY[0]} &amp;amp;quot;কথা&amp;amp;quot;&lt;/p&gt;"
    entry = draft(ParsedEntry(native_id="1", title_html="ক &amp;amp; খ", content_html=html))
    assert entry.title == "ক & খ"
    assert entry.content_html == f'<p>{BODY[0]} "কথা"</p>'
    assert "text: escaped" in entry.repairs


def test_a_whole_entry_in_bijoy_is_converted() -> None:
    """A feed in Bijoy comes out in Unicode, its markup untouched."""
    html = (
        "<p>wbe©vPb Kwgkb e‡j‡Q, †fvU n‡e AvMvgx gv‡m|</p><p>BBC News Ges Ab¨ivI ‡mUvB e‡j‡Q|</p>"
    )
    entry = draft(ParsedEntry(native_id="1", title_html="wbe©vPb AvMvgx gv‡m", content_html=html))
    assert entry.title == "নির্বাচন আগামী মাসে"
    assert entry.content_html == (
        "<p>নির্বাচন কমিশন বলেছে, ভোট হবে আগামী মাসে।</p><p>BBC News এবং অন্যরাও সেটাই বলেছে।</p>"
    )
    assert entry.language == "bn"
