"""Every format and encoding of feeds, and the two readers of them held together."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path

import pytest

from aggregator import markup
from aggregator.errors import ParseError
from aggregator.models import ParsedEntry, Rejected
from aggregator.parse.feed import lenient, parse, sandbox, strict
from tests.support.texts import BODY, item, rss
from tests.test_feed_parse import ATOM, URL

NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom" '
    'xmlns:dcterms="http://purl.org/dc/terms/" '
    'xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0" '
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:media="http://search.yahoo.com/mrss/" '
    'xmlns:podcast="https://podcastindex.org/namespace/1.0"'
)


def item_of(inner: str) -> bytes:
    """Return an RSS feed of one item, with every namespace that feeds use."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" {NAMESPACES}><channel>'
        f"<title>প</title><item>{inner}</item></channel></rss>"
    ).encode()


def only(body: bytes, content_type: str = "") -> ParsedEntry:
    """Parse a feed of one entry."""
    (entry,) = parse(body, URL, content_type)
    assert isinstance(entry, ParsedEntry)
    return entry


CASES = {
    "plain": "<title>শিরোনাম &amp; আরও</title><link>https://a.example/1</link><guid>1</guid>",
    "less": "<title>৫ &lt; ৭</title><guid isPermaLink='false'>x</guid>",
    "html": "<title>&lt;b&gt;মোটা&lt;/b&gt; &amp;quot;কথা&amp;quot;</title><guid>2</guid>",
    "cdata": "<title><![CDATA[ক & <i>খ</i>]]></title>"
    "<description><![CDATA[<p>লেখা</p>]]></description>",
    "content": "<title>ক</title><description>সং</description>"
    "<content:encoded>&lt;p&gt;পুরো&lt;/p&gt;</content:encoded>",
    "permalink": "<title>ক</title><guid>https://a.example/p</guid>",
    "no permalink": "<title>ক</title><guid isPermaLink='false'>https://a.example/p</guid>",
    "number": "<title>ক</title><guid>101</guid>",
    "relative": "<title>ক</title><link>/news/1</link>",
    "creator": "<title>ক</title><dc:creator>রহিমা</dc:creator>",
    "categories": "<title>ক</title><category>এক</category><category>দুই</category>",
    "dc date": "<title>ক</title><dc:date>2026-08-13T10:23:48+06:00</dc:date>",
    "bengali date": "<title>ক</title><pubDate>১৪ এপ্রিল ২০২৬, ১২:০০ এএম</pubDate>",
    "atom updated": "<title>ক</title><pubDate>Thu, 13 Aug 2026 04:08:01 +0000</pubDate>"
    "<atom:updated>2026-08-13T05:08:01Z</atom:updated>",
    "enclosure": "<title>ক</title><enclosure url='/a.jpg' type='image/jpeg' length='900'/>"
    "<enclosure url='https://a.example/b.mp3'/><enclosure length='1'/>",
    "media": "<title>ক</title><media:content url='https://a.example/1.jpg' medium='image' "
    "width='750' height='390' fileSize='9'/><media:thumbnail url='https://a.example/2.jpg'/>"
    "<media:credit role='photographer'>করিম</media:credit>",
    "media group": "<title>ক</title><description>খ</description><media:group><media:content url='https://a.example/1.jpg'/>"
    "<media:content url='https://a.example/2.jpg' isDefault='true'><media:thumbnail "
    "url='https://a.example/3.png' width='90' height='60'/></media:content></media:group>"
    "<media:credit>ক</media:credit><media:credit>খ</media:credit>",
    "podcast": "<title>ক</title><enclosure url='https://a.example/1.mp3' type='audio/mpeg' "
    "length='12345'/><itunes:duration>1:02:03</itunes:duration>"
    "<itunes:image href='https://a.example/1.png'/>"
    "<podcast:images srcset='https://a.example/2.png 300w, https://a.example/3.png 900w'/>",
    "rights": "<title>ক</title><dc:rights>© আমার কাগজ</dc:rights>",
    "copyright": "<title>ক</title><copyright>&amp;copy; আমার কাগজ</copyright>",
    "empty": "<guid>nothing</guid>",
    "white space": "<title>\n  ক  \n</title><link>\n https://a.example/1 \n</link>",
}


@pytest.mark.parametrize("name", CASES)
def test_both_readers_read_rss_alike(name: str) -> None:
    """The strict reader is sure of each of these, and feedparser finds the same in it."""
    body = item_of(CASES[name])
    ours, theirs = strict.parse(body, URL), lenient.parse(body, URL)
    assert ours is not None and theirs is not None
    assert compared_parts(ours) == compared_parts(theirs)


def test_both_readers_read_atom_alike() -> None:
    """An Atom feed with all its parts comes out the same."""
    ours, theirs = strict.parse(ATOM.encode(), URL), lenient.parse(ATOM.encode(), URL)
    assert ours is not None and theirs is not None
    assert compared_parts(ours) == compared_parts(theirs)


def test_both_readers_read_real_feeds_alike(samples: Path) -> None:
    """In every sample feed both readers find the same entries, to the letter of the shown text."""
    count = 0
    for path in sorted((samples / "samples" / "feeds").iterdir()):
        body = path.read_bytes()
        ours, theirs = strict.parse(body, URL), lenient.parse(body, URL)
        if ours is None:
            continue
        assert theirs is not None
        for left, right in zip(compared_parts(ours), compared_parts(theirs), strict=True):
            assert left == right, path.name
            count += 1
    assert count > 2000


def compared_parts(entries: list[ParsedEntry | Rejected]) -> list[tuple[object, ...]]:
    """Return the parts of entries that must be equal: markup as text, white space as one space."""

    def shown(html: str) -> str:
        return " ".join(markup.plain(html)[0].split())

    return [
        (
            entry.native_id,
            entry.link,
            shown(entry.title_html),
            shown(entry.content_html or entry.summary_html),
            entry.authors,
            entry.categories,
            entry.published or entry.updated,
            # feedparser does not keep which file a title is of.
            tuple(replace(media, alt="") for media in entry.media),
            shown(entry.rights_html),
        )
        if isinstance(entry, ParsedEntry)
        else (entry.reason, entry.excerpt)
        for entry in entries
    ]


def test_the_strict_reader_reads_authors_and_links_better() -> None:
    """Several authors are several, and feedburner's own address gives way to the publisher's."""
    entry = only(
        item_of(
            "<title>ক</title><link>https://feeds.example/~r/1</link>"
            "<feedburner:origLink>https://a.example/1</feedburner:origLink>"
            "<dc:creator>রহিমা</dc:creator><dc:creator>করিম</dc:creator>"
        )
    )
    assert entry.link == "https://a.example/1"
    assert entry.authors == ("রহিমা", "করিম")
    named = only(item_of("<title>ক</title><author>me@a.example (রহিমা)</author>"))
    assert named.authors == ("রহিমা",)
    assert only(item_of("<title>ক</title><author>me@a.example</author>")).authors == ()


@pytest.mark.parametrize(
    "body",
    [
        item_of("<title>ক <b>খ</b></title>"),
        item_of("<title>ক&nbsp;খ</title>"),
        item_of("<title>ক & খ</title>"),
        item_of("<title>ক</title>").replace(b"<rss ", b'<rss xml:base="https://b.example/" '),
        item_of("<title>ক</title>") + b"\n<!-- made in 0.1 s --> and text",
        item_of("<title>ক</title>").replace(b"<rss ", b'<rss xmlns:x="a" xmlns:x="a" '),
        item_of("<title>ক\x01</title>"),
        b'<?xml version="1.0"?><feed version="0.3" xmlns="http://purl.org/atom/ns#">'
        b"<entry><title>\xe0\xa6\x95</title><id>tag:a</id></entry></feed>",
        ATOM.replace(
            '<content type="html">&lt;p&gt;পুরো লেখা।&lt;/p&gt;</content>',
            '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>পুরো</p></div></content>',
        ).encode(),
    ],
)
def test_a_feed_that_the_strict_reader_gives_up_is_read_all_the_same(body: bytes) -> None:
    """Not well-formed, markup inside, Atom 0.3, a base, xhtml: the entry is read."""
    assert len(parse(body, URL)) == 1
    assert only(body).title_html.startswith(("ক", "নদী"))


def test_a_part_under_another_name_is_not_lost() -> None:
    """A video feed's text or a summary in another vocabulary: feedparser's reading is taken."""
    media = 'xmlns:media="http://search.yahoo.com/mrss/"'
    body = item_of("<title>ক</title><media:description>ভিডিওর কথা</media:description>")
    assert "ভিডিওর কথা" in only(body.replace(b"<rss ", f"<rss {media} ".encode())).summary_html
    assert only(item_of("<title>ক</title><itunes:summary>সং</itunes:summary>")).summary_html
    assert only(item_of("<title>ক</title><dc:description>সং</dc:description>")).summary_html


@pytest.mark.parametrize(
    ("body", "count"),
    [
        (
            '<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
            'xmlns="http://purl.org/rss/1.0/"><channel rdf:about="x"><title>প</title></channel>'
            '<item rdf:about="https://a.example/1"><title>ক</title>'
            "<link>https://a.example/1</link></item></rdf:RDF>",
            1,
        ),
        (
            '<rss version="0.91"><channel><title>প</title><item><title>ক</title></item>'
            "<item><title>খ</title></item></channel></rss>",
            2,
        ),
    ],
)
def test_older_rss_is_read(body: str, count: int) -> None:
    """RSS 1.0 has its items beside the channel, RSS 0.91 no ids."""
    assert len(parse(body.encode(), URL)) == count


def test_json_feed_is_read() -> None:
    """Version 1.1 with text and authors, ids that are numbers, and an item that is none."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "items": [
            {
                "id": 7,
                "url": "/news/7",
                "title": "৫ < ৭",
                "content_text": "লেখা & কথা",
                "authors": [{"name": "রহিমা"}],
                "tags": ["এক"],
                "date_published": "2026-08-13T10:23:48+06:00",
            },
            "x",
        ],
    }
    first, second = parse(json.dumps(feed).encode(), URL)
    assert isinstance(first, ParsedEntry) and isinstance(second, Rejected)
    assert (first.native_id, first.link) == ("7", "https://example.org/news/7")
    assert (first.title_html, first.content_html) == ("৫ &lt; ৭", "লেখা &amp; কথা")
    with pytest.raises(ParseError, match="without items"):
        parse(b'{"version": "https://jsonfeed.org/version/1"}', URL)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (rss([item(1)]), "text/xml; charset=utf-8"),
        (b"\xef\xbb\xbf" + rss([item(1)]), "text/xml; charset=iso-8859-1"),
        (rss([item(1)]).decode().encode("utf-16"), ""),
        (rss([item(1)]).decode().replace("UTF-8", "utf-16").encode("utf-16-le"), ""),
        (rss([item(1)]), "application/xml; charset=us-ascii"),
        (rss([item(1)]), "text/xml; charset=iso-8859-1"),
        (rss([item(1)]).replace(b"UTF-8", b"ISO-8859-1"), ""),
        (rss([item(1)]).replace(b"UTF-8", b"no-such"), "text/xml; charset=bogus"),
        (rss([item(1)]).replace(b"UTF-8", b"utf-7"), "text/xml; charset=utf-7"),
    ],
)
def test_every_encoding_gives_the_same_bengali(body: bytes, content_type: str) -> None:
    """A mark, a header or a declaration, right or wrong: the title is what was meant."""
    assert only(body, content_type).title_html == item(1)["title"]


def test_a_page_in_place_of_a_feed_names_the_feed_it_announces() -> None:
    """The error says which address to use."""
    page = (
        '<!DOCTYPE html><html><head><link rel="stylesheet" href="x.css">'
        '<link href="/rss?a=1&amp;b=2" rel="alternate" type="application/rss+xml"></head></html>'
    )
    with pytest.raises(ParseError, match=r"announces https://example\.org/rss\?a=1&b=2"):
        parse(page.encode(), URL)


@pytest.mark.parametrize(
    "body",
    [
        b"<rss><channel><item "
        + b" ".join(b'a%d="1"' % n for n in range(200_000))
        + b"/></channel>",
        # In `make test` a whole pass meets it (tests/test_threats.py).
        pytest.param(b"<rss><channel>" + b"<a>" * 1_000_000, marks=pytest.mark.more),
        b"<rss><channel><item><title>" + b"<b>" * 300_000,
    ],
    ids=["attributes", "depth", "unclosed"],
)
def test_no_document_holds_the_reader_for_long(body: bytes) -> None:
    """A document that would take a library a minute is read or refused within seconds."""
    assert sandbox.could_take_long(body)
    with pytest.raises(ParseError, match=r"it takes longer|not a feed"):
        entries = parse(body, URL)
        raise ParseError(f"not a feed: {len(entries)} entries")


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE rss [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]>',
        '<!DOCTYPE rss [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
        '<!ENTITY x "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>',
    ],
    ids=["file", "network", "laughs"],
)
def test_nothing_is_read_from_outside(declaration: str) -> None:
    """An external entity is never resolved, and an internal one never multiplies."""
    body = rss([item(1, title="শিরোনাম")]).replace(b"<rss", declaration.encode() + b"<rss", 1)
    body = body.replace("শিরোনাম".encode(), "শিরোনাম &x;".encode())
    host = Path("/etc/hostname")
    secret = host.read_text(encoding="utf-8").strip() if host.exists() else "no such secret"
    for entry in parse(body, URL):
        assert isinstance(entry, ParsedEntry)
        assert secret not in entry.title_html
        assert len(entry.title_html) < 2000
        assert BODY[0] in entry.summary_html


# --- What a feed says once for all its entries ---------------------------------------------------

ATOM_SPACE = 'xmlns="http://www.w3.org/2005/Atom"'
FEED_AUTHOR = "<author><name>আমার কাগজ ডেস্ক</name></author>"


def atom_of(inner: str, head: str = "", attributes: str = "") -> bytes:
    """Return an Atom feed of one entry with a title."""
    return (
        f"<feed {ATOM_SPACE} {attributes}><title>প</title>{head}"
        f"<entry><title>নদীর কথা</title><id>tag:k.example,2026:1</id>{inner}</entry></feed>"
    ).encode()


def read_by_both(body: bytes) -> ParsedEntry:
    """Read a feed of one entry that both readers must be able to read, and alike."""
    ours, theirs = strict.parse(body, URL), lenient.parse(body, URL)
    assert ours is not None and theirs is not None
    assert compared_parts(ours) == compared_parts(theirs)
    (left,), (right,) = ours, theirs
    assert isinstance(left, ParsedEntry) and isinstance(right, ParsedEntry)
    assert left.base == right.base
    return left


@pytest.mark.parametrize(
    ("inner", "names"),
    [
        ("", ("আমার কাগজ ডেস্ক",)),
        ("<author><name>রহিমা</name></author>", ("রহিমা",)),
        ("<source><author><name>করিম</name></author></source>", ("করিম",)),
        ("<source><title>ক</title></source>", ("আমার কাগজ ডেস্ক",)),
        ("<author><name>me@k.example</name></author>", ("আমার কাগজ ডেস্ক",)),
        ("<contributor><name>করিম</name></contributor>", ("আমার কাগজ ডেস্ক",)),
    ],
)
def test_a_feeds_author_stands_for_an_entrys_that_has_none(
    inner: str, names: tuple[str, ...]
) -> None:
    """RFC 4287 §4.2.1: the entry's own, then those of the feed it came from, then the feed's."""
    assert read_by_both(atom_of(inner, FEED_AUTHOR)).authors == names


@pytest.mark.parametrize(
    "inner",
    [
        "<link rel='enclosure' href='/a.mp3' length='9' title='গান'/>",
        "<link rel='enclosure' href='https://k.example/a' type='image/png'/><link href='/1'/>",
        "<link rel='enclosure' href='a.mp3' xml:base='https://b.example/x/'/>",
        "<rights>© আমার কাগজ</rights>",
        "<rights type='html'>&amp;copy; &lt;b&gt;আমার&lt;/b&gt; কাগজ</rights>",
    ],
)
def test_files_and_rights_of_atom_are_read_alike(inner: str) -> None:
    """Whichever reader reads an entry, it has the same files and rights."""
    entry = read_by_both(atom_of(inner))
    assert entry.media or entry.rights_html


@pytest.mark.parametrize("name", ["enclosure", "media", "media group", "podcast", "rights"])
def test_files_come_out_of_the_sandbox_as_they_are(name: str) -> None:
    """A document that is read by a process of its own has the same files."""
    body = item_of(CASES[name])
    assert sandbox.parse(body, URL) == lenient.parse(body, URL)


def test_a_channels_editor_is_nobodys_author() -> None:
    """RSS names who answers for a channel, which says nothing of who wrote an item."""
    body = item_of("<title>ক</title>").replace(
        b"<item>", "<managingEditor>a@k.example (করিম)</managingEditor><item>".encode(), 1
    )
    assert read_by_both(body).authors == ()


@pytest.mark.parametrize(
    ("inner", "attributes", "base", "link"),
    [
        ('<content type="html" xml:base="https://b.example/x/">ক</content>', "",
         "https://b.example/x/", ""),
        ('<link href="1"/><content type="html" xml:base="sub/">ক</content>',
         'xml:base="https://b.example/x/"', "https://b.example/x/sub/", "https://b.example/x/1"),
        ('<link href="1"/><summary xml:base="/নদী/">ক</summary>', "",
         "https://example.org/নদী/", "https://example.org/1"),
        ('<link href="1" xml:base="https://b.example/y/"/><content>ক</content>', "", "",
         "https://b.example/y/1"),
        ('<link href="one"/><content>ক</content>', "", "", "https://example.org/one"),
    ],
)  # fmt: skip
def test_a_base_holds_for_what_stands_in_it(
    inner: str, attributes: str, base: str, link: str
) -> None:
    """``xml:base`` (RFC 4287 §2) of a feed, an entry, a text or a link, also relative ones."""
    entry = read_by_both(atom_of(inner, "", attributes))
    assert (entry.base, entry.link) == (base, link)


def test_a_base_of_rss_holds_too() -> None:
    """Links and texts of an item in a channel with a base lead where it says."""
    body = item_of("<title>ক</title><link>/news/1</link><description>খ</description>")
    entry = read_by_both(body.replace(b"<channel>", b'<channel xml:base="https://b.example/x/">'))
    assert (entry.base, entry.link) == ("https://b.example/x/", "https://b.example/news/1")


@pytest.mark.parametrize(
    ("site", "link"),
    [
        ("https://kagoj.example/", "https://kagoj.example/news/1"),
        ("https://www.example.org/", "https://example.org/news/1"),
        ("https://example.org/bn/", "https://example.org/news/1"),
        ("http://localhost:3000/", "https://example.org/news/1"),
        ("http://127.0.0.1/", "https://example.org/news/1"),
        ("/", "https://example.org/news/1"),
        ("", "https://example.org/news/1"),
    ],
)
def test_a_relative_link_leads_to_the_site_of_its_feed(site: str, link: str) -> None:
    """A feed that is handed out from another host names its site, in all three formats."""
    channel = item_of("<title>ক</title><link>/news/1</link>").replace(
        b"<item>", f"<link>{site}</link><item>".encode(), 1
    )
    assert read_by_both(channel).link == link
    head = f'<link rel="self" href="https://elsewhere.example/f"/><link href="{site}"/>'
    assert read_by_both(atom_of('<link href="/news/1"/>', head)).link == link
    assert json_entry({"url": "/news/1"}, home_page_url=site).link == link


# --- JSON Feed -----------------------------------------------------------------------------------


def json_entry(item: dict[str, object], **feed: object) -> ParsedEntry:
    """Read a JSON Feed of one item with a title."""
    version = "https://jsonfeed.org/version/1.1"
    whole = {"version": version, **feed, "items": [{"title": "ক", **item}]}
    return only(json.dumps(whole).encode())


@pytest.mark.parametrize(
    ("parts", "names"),
    [
        ({"author": {"name": "রহিমা"}}, ("রহিমা",)),
        ({"author": "রহিমা"}, ("রহিমা",)),
        ({"author": [{"name": "রহিমা"}, "করিম"]}, ("রহিমা", "করিম")),
        ({"authors": {"name": "রহিমা", "url": "https://k.example"}}, ("রহিমা",)),
        ({"authors": "রহিমা"}, ("রহিমা",)),
        ({"authors": ["রহিমা", {"name": "করিম"}, {"url": "x"}, None, 7]}, ("রহিমা", "করিম")),
        ({"authors": [], "author": {"name": "রহিমা"}}, ("রহিমা",)),
        ({"authors": [{"name": " "}], "author": "me@k.example"}, ()),
        ({"authors": None, "author": {"name": None}}, ()),
    ],
)
def test_authors_of_json_are_read_as_people_write_them(
    parts: dict[str, object], names: tuple[str, ...]
) -> None:
    """An object, a name, or a list of either, of an item and of the whole feed."""
    assert json_entry(parts).authors == names
    assert json_entry({}, **parts).authors == names
    assert json_entry({"author": "সালমা"}, **parts).authors == ("সালমা",)


def test_version_1_of_json_feed_is_read() -> None:
    """Its one author, and the address elsewhere that an item is about where it has no own."""
    feed: dict[str, object] = {
        "version": "https://jsonfeed.org/version/1",
        "author": {"name": "রহিমা"},
    }
    item: dict[str, object] = {"external_url": "https://b.example/2"}
    assert json_entry(item, **feed).link == "https://b.example/2"
    assert json_entry({**item, "url": "/1"}, **feed).link == "https://example.org/1"
    assert json_entry(item, **feed).authors == ("রহিমা",)


# --- Links, files, base64 ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inner", "link"),
    [
        ("<link href='https://k.example/3'/><guid isPermaLink='false'>x3</guid>",
         "https://k.example/3"),
        ("<guid isPermaLink='false'>https://k.example/1</guid>", "https://k.example/1"),
        ("<link/><guid isPermaLink='false'>urn:x:1</guid>", ""),
        ("<link>https://k.example/2</link><guid isPermaLink='false'>https://k.example/1</guid>",
         "https://k.example/2"),
        ("<link rel='enclosure' href='https://k.example/a.mp3'/><guid isPermaLink='false'>7</guid>",
         ""),
    ],
)  # fmt: skip
def test_an_item_leads_where_it_says_so_in_whatever_way(inner: str, link: str) -> None:
    """A link as Atom writes it, and an id that is an address where nothing else is."""
    assert read_by_both(item_of(f"<title>ক</title>{inner}")).link == link


def test_an_entry_of_json_or_atom_leads_to_an_id_that_is_an_address() -> None:
    """The same holds for the other formats."""
    assert json_entry({"id": "https://k.example/5"}).link == "https://k.example/5"
    body = atom_of("").replace(b"tag:k.example,2026:1", b"https://k.example/5")
    assert read_by_both(body).link == "https://k.example/5"


@pytest.mark.parametrize(
    "body",
    [
        item_of("<guid>7</guid><enclosure url='https://k.example/a.mp3' type='audio/mpeg'/>"),
        atom_of("<link rel='enclosure' href='https://k.example/a.mp3'/>")
        .replace("<title>নদীর কথা</title>".encode(), b"")
        .replace(b"tag:k.example,2026:1", b"7"),
        b'{"version": "https://jsonfeed.org/version/1", "items": '
        b'[{"id": 7, "attachments": [{"url": "https://k.example/a.mp3"}]}]}',
    ],
    ids=["rss", "atom", "json"],
)
def test_an_entry_that_is_only_a_file_is_rejected_as_such(body: bytes) -> None:
    """It has no words; the reason says that it had something else."""
    expected = [Rejected(reason="neither title nor text, only a file", excerpt="7")]
    assert parse(body, URL) == expected
    assert body.startswith(b"{") or lenient.parse(body, URL) == expected


@pytest.mark.parametrize(
    ("attributes", "text", "title"),
    [
        ("", "ক <b>খ</b>", "ক <b>খ</b>"),
        ('type="text/html"', "ক <b>খ</b>", "ক খ"),
        ('type="text/plain"', "৫ < ৭ & ৯", "৫ < ৭ & ৯"),
    ],
)
def test_base64_of_atom_03_is_read(attributes: str, text: str, title: str) -> None:
    """Title and content come out as their type says, also over several lines."""
    coded = base64.encodebytes(text.encode()).decode()
    content = base64.encodebytes("<p>পুরো লেখা, আরও এক বাক্য।</p>".encode()).decode()
    body = (
        '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><id>tag:a</id>'
        f'<title mode="base64" {attributes}>{coded}</title>'
        f'<content type="text/html" mode="base64">\n{content}</content></entry></feed>'
    )
    entry = only(body.encode())
    assert markup.title_text(entry.title_html)[0] == title
    assert entry.content_html == "<p>পুরো লেখা, আরও এক বাক্য।</p>"


# --- Titles that name elements -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inner", "title"),
    [
        ("<title>HTML-এর &lt;b&gt; ট্যাগ</title>", "HTML-এর <b> ট্যাগ"),
        ('<title type="text">&lt;head&gt; কী জিনিস</title>', "<head> কী জিনিস"),
        ('<title type="text">&lt;b&gt;মোটা&lt;/b&gt; হরফ</title>', "<b>মোটা</b> হরফ"),
        (
            '<title type="html">&lt;i&gt;HTML&lt;/i&gt;-এর &amp;lt;br&amp;gt;</title>',
            "HTML-এর <br>",
        ),
        ('<title type="html">&amp;#60;p&amp;#62; ও &amp;lt;/p&amp;gt;</title>', "<p> ও </p>"),
        ('<title type="text">ক &amp;quot;খ&amp;quot;</title>', 'ক "খ"'),
    ],
)
def test_what_a_format_says_is_text_is_text(inner: str, title: str) -> None:
    """Plain text and escaped HTML keep the signs of markup, and both readers agree."""
    body = atom_of("").replace("<title>নদীর কথা</title>".encode(), inner.encode())
    assert markup.title_text(read_by_both(body).title_html)[0] == title
    (theirs,) = lenient.parse(body, URL) or []
    assert isinstance(theirs, ParsedEntry)
    assert markup.title_text(theirs.title_html)[0] == title


def test_a_title_of_json_is_plain_text() -> None:
    """JSON Feed 1.1: a title is plain text, whatever it looks like."""
    entry = json_entry({"title": "<script> ও <style> কোথায় বসে"})
    assert markup.title_text(entry.title_html)[0] == "<script> ও <style> কোথায় বসে"


@pytest.mark.parametrize(
    ("inner", "title"),
    [
        ("&lt;b&gt;মোটা&lt;/b&gt; খবর", "মোটা খবর"),
        ("খবর &lt;br /&gt; আরও", "খবর আরও"),
        ("<![CDATA[খবর <!-- --> আরও]]>", "খবর আরও"),
        ("৫ &lt; ৭, R&amp;D", "৫ < ৭, R&D"),
        ("HTML-এর &amp;lt;b&amp;gt; ট্যাগ", "HTML-এর <b> ট্যাগ"),
        ("&amp;amp;lt;b&amp;amp;gt;মোটা", "মোটা"),
    ],
)
def test_a_title_of_rss_is_html_where_it_holds_an_element(inner: str, title: str) -> None:
    """RSS does not say which it is: an element is one, and an escaped one is words."""
    body = item_of(f"<title>{inner}</title>")
    for entry in (*(strict.parse(body, URL) or []), *(lenient.parse(body, URL) or [])):
        assert isinstance(entry, ParsedEntry)
        assert markup.title_text(entry.title_html)[0] == title


LONG_SITE = f"https://b.example/{'ক' * 3_000}/"


@pytest.mark.parametrize(
    "body",
    [
        f"<rss version='2.0' {NAMESPACES}><channel><link>{LONG_SITE}</link><item><title>ক</title>"
        "<link>1.html</link><enclosure url='1.jpg' type='image/jpeg'/></item></channel></rss>",
        f"<feed xmlns='http://www.w3.org/2005/Atom' xml:base='{LONG_SITE}'><entry><title>ক</title>"
        "<link href='1'/><link rel='enclosure' href='1.jpg'/></entry></feed>",
        '{"version": "https://jsonfeed.org/version/1.1", "items": [{"title": "ক", "url": "1", '
        f'"image": "1.jpg"}}], "home_page_url": "{LONG_SITE}"}}',
    ],
)
def test_an_endless_address_of_a_site_is_put_before_no_link(body: str) -> None:
    """A feed says it once, and would have it once for each of its entries and their files."""
    entry = only(body.encode())
    assert len(repr(entry)) < len(LONG_SITE)


def test_of_an_entry_of_very_many_files_the_first_are_read() -> None:
    """One entry could have half a million."""
    files = "".join(f"<enclosure url='/{number}.jpg'/>" for number in range(1_000))
    media = only(item_of(f"<title>ক</title>{files}")).media
    assert [each.url for each in media] == [
        f"https://example.org/{number}.jpg" for number in range(300)
    ]
