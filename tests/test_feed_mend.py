"""Feeds that are not well-formed come out as they were meant, to the letter of every address."""

from __future__ import annotations

import time
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from aggregator import markup
from aggregator.errors import ParseError
from aggregator.models import ParsedEntry
from aggregator.parse.feed import lenient, mend, parse, sandbox, strict
from tests.support.deadlines import SLOW_CPU_SECONDS
from tests.support.texts import item, rss
from tests.test_feed_formats import NAMESPACES, item_of, only
from tests.test_feed_parse import ATOM, URL

SHOP = "https://khata.example/?id=2&copy=1&reg=9"
BARE_ITEM = (
    f"<title>হাট & বাজার: R&D, AT&T;</title><link>{SHOP}</link><guid>{SHOP}&lt=7&</guid>"
    "<category>চাল & ডাল</category><description><![CDATA[<p>লাভ & লোকসান &copy; "
    '<a href="?a=1&copy=2">পাতা</a></p>]]></description>'
)


def is_mended(body: bytes) -> bool:
    """Tell whether a document that no XML parser reads is one that it reads when it is mended."""
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(body)
    etree.fromstring(mend.mended(body))
    return True


# --- Ampersands ----------------------------------------------------------------------------------


def test_bare_ampersands_change_no_address_and_no_word() -> None:
    """An address keeps its parameters, an id its end, a title its words; CDATA is not touched."""
    entry = only(item_of(BARE_ITEM))
    assert is_mended(item_of(BARE_ITEM))
    assert (entry.link, entry.native_id) == (SHOP, f"{SHOP}&lt=7&")
    assert markup.title_text(entry.title_html)[0] == "হাট & বাজার: R&D, AT&T;"
    assert entry.categories == ("চাল & ডাল",)
    assert entry.summary_html == '<p>লাভ & লোকসান &copy; <a href="?a=1&copy=2">পাতা</a></p>'


@pytest.mark.parametrize("reader", [lenient, sandbox], ids=["lenient", "sandbox"])
def test_ampersands_are_exact_where_feedparser_reads(reader: ModuleType) -> None:
    """An element that is closed wrongly leaves the document to feedparser, and ids stay exact."""
    body = mend.mended(item_of(BARE_ITEM + "<x><y></x></y>"))
    assert strict.parse(body, URL) is None
    (entry,) = reader.parse(body, URL)
    assert isinstance(entry, ParsedEntry)
    assert (entry.link, entry.native_id) == (SHOP, f"{SHOP}&lt=7&")
    assert entry.categories == ("চাল & ডাল",)
    assert markup.title_text(entry.title_html)[0] == "হাট & বাজার: R&D, AT&T;"


def test_ampersands_in_attributes_are_exact() -> None:
    """Atom's addresses stand in attributes."""
    body = ATOM.replace('href="/news/1"', f'href="{SHOP}"').replace("সংক্ষেপ", "ক & খ &copy; গ")
    entry = only(body.encode())
    assert entry.link == SHOP
    assert entry.summary_html == "ক &amp; খ © গ"


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("ক &nbsp;খ", "ক \u00a0খ"),
        ("৳ &euro; &NotEqualTilde;", "৳ € \u2242\u0338"),
        ("ক&#8217;খ &#x995;", "ক’খ ক"),
        ("ক&#1;&#x0c;খ", "কখ"),
        ("ক&#xD800;&#0;&#xFFFF;", "ক\ufffd\ufffd\ufffd"),
        ("ক\x01\x0bখ", "কখ"),
        ("R&D &", "R&amp;D &amp;"),
        ("ক &amp; খ & গ", "ক &amp; খ &amp; গ"),
        ("&&&", "&amp;&amp;&amp;"),
    ],
)
def test_characters_are_those_that_were_meant(sent: str, meant: str) -> None:
    """HTML's names are characters, numbers of no character are U+FFFD, controls are left out."""
    body = item_of(f"<title>শুরু {sent}</title><guid>7&</guid>")
    assert is_mended(body)
    assert only(body).title_html == f"শুরু {meant}"


def test_names_that_a_document_declares_stay() -> None:
    """A name that the document's own type declares is not taken for one of HTML's, or for words."""
    body = item_of("<title>&copy; &kagoj; ক</title>")
    body = body.replace(b"<rss", '<!DOCTYPE rss [<!ENTITY kagoj "আমার কাগজ">]><rss'.encode(), 1)
    assert b"&copy; &kagoj;" in mend.mended(body)


def test_comments_and_instructions_are_not_touched() -> None:
    """What is no markup stays to the byte."""
    opaque = "<!-- R&D <item> --><?x a&b?>"
    assert opaque.encode() in mend.mended(item_of(f"<title>ক & খ</title>{opaque}"))


@given(st.lists(st.sampled_from(list(BARE_ITEM + "&;#<>![CDATA]-x")), max_size=40).map("".join))
def test_mending_twice_is_mending_once(text: str) -> None:
    """What is mended needs no mending, whatever was sent."""
    once = mend.mended(item_of(f"<title>{text}</title>"))
    assert mend.mended(once) == once


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=60))
def test_a_well_formed_document_comes_back_as_it_was(text: str) -> None:
    """Nothing of a document that an XML parser reads changes."""
    element = etree.Element("rss")
    item_ = etree.SubElement(
        etree.SubElement(element, "channel"), "item", about=text.strip("\ufffe\uffff")
    )
    item_.text = text.replace("\ufffe", "").replace("\uffff", "")
    item_.set("about", item_.text)
    body = etree.tostring(element, encoding="utf-8")
    assert mend.mended(body) == body


# --- Documents that break off --------------------------------------------------------------------

COMPLETE = rss([item(1), item(2), item(3)])


def ids_of(body: bytes) -> list[str]:
    """Return the native ids of a feed, and none where it is no feed any more."""
    try:
        return [entry.native_id for entry in parse(body, URL) if isinstance(entry, ParsedEntry)]
    except ParseError:  # a beginning without its channel
        return []


def test_a_document_that_breaks_off_keeps_its_complete_items_alone() -> None:
    """Wherever it breaks off, each entry is one of the whole document, to the letter."""
    whole = parse(COMPLETE, URL)
    ends = [
        place + len(b"</item>")
        for place in range(len(COMPLETE))
        if COMPLETE.startswith(b"</item>", place)
    ]
    for length in range(COMPLETE.index(b"<item>"), len(COMPLETE), 7):
        complete = sum(end <= length for end in ends)
        assert parse(COMPLETE[:length], URL) == whole[:complete], length


@pytest.mark.parametrize(
    "cut",
    ["<pubDate>Wed, 25 Nov", "<guid>https://kagoj.example/2026/9", "<link>https://kagoj.ex",
     "<description><![CDATA[<p>আধা</item>", "<description>আধা &am", "<title>আধা</title></ite",
     "<!-- টীকা </item>", "<title", ""],
)  # fmt: skip
def test_the_item_in_which_a_document_breaks_off_is_left_out(cut: str) -> None:
    """In a date, an id, an address, a text, a tag, a comment: half an entry is none."""
    body = item_of("<title>এক</title><guid>1</guid>").partition(b"</channel>")[0]
    assert ids_of(body + b"<item><title>\xe0\xa6\xa6</title>" + cut.encode()) == ["1"]


def test_an_atom_feed_and_rdf_that_break_off_keep_their_entries() -> None:
    """What is open around the entries is closed, whatever it is called."""
    atom = ATOM.replace("</feed>", "<entry><title>আধা</title><id>tag:exam")
    assert ids_of(atom.encode()) == ["tag:example.org,2026:1"]
    rdf = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns="http://purl.org/rss/1.0/"><channel rdf:about="x"><title>প</title></channel>'
        '<item rdf:about="https://kagoj.example/1"><title>ক</title></item>'
        '<item rdf:about="https://kagoj.example/2"><title>খ'
    )
    assert ids_of(rdf.encode()) == ["https://kagoj.example/1"]


def test_a_document_of_which_only_the_end_is_missing_keeps_all() -> None:
    """The last end tags say nothing of any entry."""
    for missing in (b"</rss>", b"</channel></rss>", b"nel></rss>", b">"):
        body = COMPLETE.strip()
        assert body.endswith(b"</channel></rss>")
        assert len(ids_of(body.removesuffix(missing))) == 3, missing


def test_a_bare_ampersand_before_a_break_is_exact_all_the_same() -> None:
    """Two faults of one document are both mended."""
    body = item_of(BARE_ITEM).partition(b"</channel>")[0] + b"<item><title>R&D"
    assert ids_of(body) == [f"{SHOP}&lt=7&"]


# --- Prefixes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        "<rss><channel><rss:item><rss:title>ক</rss:title><rss:link>https://k.example/1</rss:link>"
        "</rss:item></channel></rss>",
        "<rss:rss><rss:channel><rss:item><rss:title>ক</rss:title>"
        "<rss:guid>https://k.example/1</rss:guid></rss:item></rss:channel></rss:rss>",
        "<rss><channel><item><title>ক</title><link>https://k.example/1</link>"
        "<kagoj:x kagoj:y='1'/></item></channel></rss>",
        "<atom:feed><atom:entry><atom:title>ক</atom:title><atom:link href='https://k.example/1'/>"
        "</atom:entry></atom:feed>",
    ],
    ids=["rss", "all of rss", "unknown", "atom"],
)
def test_a_prefix_that_nobody_declared_loses_no_entry(body: str) -> None:
    """Its usual meaning is taken, and an unknown one harms nothing."""
    assert is_mended(body.encode())
    entry = only(body.encode())
    assert (entry.title_html, entry.link) == ("ক", "https://k.example/1")


def test_the_usual_prefixes_mean_what_they_usually_mean() -> None:
    """Text, author and date are found under their usual prefixes without any declaration."""
    body = item_of(
        "<title>ক</title><content:encoded>পুরো লেখা</content:encoded>"
        "<dc:creator>রহিমা</dc:creator><dc:date>2026-08-13T10:23:48+06:00</dc:date>"
    ).replace(f" {NAMESPACES}".encode(), b"")
    assert is_mended(body)
    entry = only(body)
    assert (entry.content_html, entry.authors) == ("পুরো লেখা", ("রহিমা",))
    assert entry.updated == "2026-08-13T10:23:48+06:00"


@pytest.mark.parametrize(
    "hostile",
    [
        "&" * 900_000,
        "&nbsp;" * 900_000,
        "<a>" * 900_000,
        "<item>" * 900_000,
        "<![CDATA[" * 900_000,
        "<!--" * 900_000,
        "<" + "x" * 5_000_000,
        "<" + "x:" * 2_000_000,
        " x:" * 2_000_000 + "=",
        "&" + "a" * 5_000_000,
        "&#" + "1" * 5_000_000,
        "<" * 5_000_000,
    ],
    ids=range(12),
)
def test_no_document_takes_long_to_mend(hostile: str) -> None:
    """Megabytes that are made to be slow take a few seconds at most."""
    start = time.process_time()
    mend.mended(f"<rss><channel>{hostile}".encode())
    assert time.process_time() - start < SLOW_CPU_SECONDS
