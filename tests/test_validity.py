"""What is published is valid, and every rule that this is held to is one that can be broken.

The faults are those that the W3C's validator reports, under the names that it has for them, and
those of the specifications that it does not look for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from aggregator.models import ParsedEntry
from tests.support.arrivals import Arrivals, sources
from tests.support.configurations import Make
from tests.support.made_site import FEED, PICTURE, SITE, URL, made_site
from tests.support.passes import NOW
from tests.support.published import plain_files
from tests.support.validity import check_atom, check_json, check_opml, check_rss, check_site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    """Return the files of a site that has one of everything."""
    folder = made_site(tmp_path_factory.mktemp("site"))
    return {path.name: path.read_bytes() for path in plain_files(folder)}


def test_every_document_of_a_site_is_valid_and_where_it_says(site: Mapping[str, bytes]) -> None:
    """Feeds, archives and the list of feeds; all formats of one have the same entries in order."""
    found = check_site(site, URL)
    assert {name.rpartition(".")[0] for name in found} == {
        "bangla", "bangla-archive-1", "bangla-archive-2", "kagoj-a", "kagoj-b"
    }  # fmt: skip
    assert sum(map(len, found.values())) > 100


_TEXTS = (
    "<b>রহিম</b> &amp; করিম", "&nbsp;", "  ", "ক&nbsp;খ", "&lt;script&gt;x&lt;/script&gt;",
    "\u200c\u200d", "ক\x0bখ", "<", "&amp;lt;b&amp;gt;", "ক &amp;amp;nbsp; খ", "&copy; ২০২৬", "</p>",
    "<!-- ক -->", "\ufffeক", "৫<৭", "ক<b>খ", "&#x9;", "&amp;#39;",
)  # fmt: skip
_PLACES = (
    "https://a.example/খ বর?ক=খ|গ[ঘ]", "https://বাংলা.example/x", "HTTPS://A.EXAMPLE/x",
    "//a.example/x",
    "/x", "https://a.example/x#y z", "https://a.example/%zz%", "https://a.example/<x>\"'",
    "javascript:x", "https://user:p@a.example/x", "https://a.example/\u200cx", "mailto:x@a.example",
    "https://[::1]/x", "https://a.example", "https://a_b.example/x", "http://a.example/?q={}^`\\",
)  # fmt: skip


_LARGE = FEED.replace("limit = 9\n", "limit = 900\n")


def _odd_entries() -> Iterator[dict[str, Any]]:
    """Return what entries have of texts and addresses that no format carries as they are."""
    for words in _TEXTS:
        yield {"title_html": words}
        yield {"authors": (words, "করিম"), "categories": (words,), "rights_html": words}
        yield {"summary_html": words, "content_html": "<p>আর কিছু</p>"}
        yield {"content_html": words}
        yield {"media": (replace(PICTURE, alt=words, credit=words),)}
    for address in _PLACES:
        yield {"native_id": address, "link": ""}
        yield {"link": address, "media": (replace(PICTURE, url=address),)}
        yield {
            "content_html": f"<a href='{address}'>ক</a><img src='{address}' srcset='{address} 2x'>"
        }


def test_whatever_a_source_sends_is_published_as_valid(make_config: Make) -> None:
    """Markup in names, references in titles, addresses that are none: every document is valid."""
    arrivals = Arrivals(make_config(f"{SITE}{_LARGE}{sources('a')}"))
    said = [
        replace(
            ParsedEntry(
                native_id=f"https://a.example/{number}",
                link=f"https://a.example/{number}",
                title_html=f"হাটের {number} নম্বর দোকানে আজ নতুন পণ্য",
                published=(NOW - timedelta(minutes=number)).isoformat(),
            ),
            **odd,
        )
        for number, odd in enumerate(_odd_entries())
    ]
    arrivals.arrive(("a", said))
    found = check_site(arrivals.publish(), URL)
    assert len(found["bangla.rss"]) > len(said) / 2


def changed(body: bytes, before: str, after: str) -> bytes:
    """Return a document with the first place of some words changed, which must be there."""
    assert before in body.decode(), before
    return body.replace(before.encode(), after.encode(), 1)


_ID = "<id>https://a.example/news/13</id>"
_SELF_ATOM = 'rel="self" type="application/atom+xml"'
_SELF_RSS = 'rel="self" type="application/rss+xml"'
_STAMP = "<updated>2026-11-24T09:00:00."
_GUID_13 = '<guid isPermaLink="true">https://a.example/news/13</guid>'
_ENCLOSURE = '<enclosure url="https://b.example/nouka.mp4" length="12345" type="video/mp4"/>'
_LINK_13 = '<link href="https://a.example/news/13"/>'
_AUTHORS = "<author>\n    <name>খবরের হাট</name>\n  </author>"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(_SELF_ATOM, 'rel="related"', id="MissingSelf"),
        pytest.param(_LINK_13, _LINK_13 * 2, id="DuplicateAtomLink"),
        pytest.param(_LINK_13, f"{_LINK_13}<link href='{URL}x'/>", id="DuplicateAlternate"),
        pytest.param('<content type="html">', "<content>", id="ContainsUndeclaredHTML"),
        pytest.param('<content type="html">', '<content type="CDATA">', id="InvalidMIMEType"),
        pytest.param('<content type="html">', '<content type="xhtml">', id="MissingXhtmlDiv"),
        pytest.param("<name>খবরের হাট</name>", "", id="MissingElement-name"),
        pytest.param("<name>খবরের হাট</name>", "<name> </name>", id="NotBlank"),
        pytest.param(_ID, "<id>খবর ১৩</id>", id="InvalidIRI"),
        pytest.param(_ID, "", id="MissingId"),
        pytest.param(_ID, _ID * 2, id="DuplicateElement"),
        pytest.param(_ID, "<id>https://b.example/news/20</id>", id="DuplicateIds"),
        pytest.param(_ID, f"<id>{URL}bangla.atom</id>", id="an-entry-with-the-id-of-its-feed"),
        pytest.param(_STAMP, "<updated>x", id="InvalidRFC3339Date"),
        pytest.param(_STAMP, "<updated>2027-11-24T09:00:00.", id="updated-after-its-feed"),
        pytest.param(_STAMP, "<updated>2026-11-24T08:00:00.", id="updated-before-published"),
        pytest.param("length=", "size=", id="InvalidAttribute"),
        pytest.param('href="https://a.example/gaan.mp3"', 'href="/gaan.mp3"', id="InvalidURI"),
    ],
)
def test_faults_of_atom_are_found(site: Mapping[str, bytes], before: str, after: str) -> None:
    """Each of them in a document that is valid otherwise."""
    with pytest.raises(AssertionError):
        check_atom(changed(site["bangla.atom"], before, after))


def test_an_entry_without_an_author_is_found(site: Mapping[str, bytes]) -> None:
    """RFC 4287 §4.1.2 wants one of its own or of its feed."""
    body = changed(site["bangla.atom"], _AUTHORS, "")
    check_atom(body)
    with pytest.raises(AssertionError):
        check_atom(changed(body, "<author>\n      <name>কাগজ a</name>\n    </author>", ""))


def test_equal_times_are_found(site: Mapping[str, bytes]) -> None:
    """The validator warns of entries that were updated at one time (DuplicateUpdated)."""
    body = site["kagoj-a.atom"].decode()
    stamps = [piece.split("</updated>")[0] for piece in body.split("<updated>")[2::2]]
    with pytest.raises(AssertionError):
        check_atom(changed(body.encode(), stamps[0], stamps[1]))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(_SELF_RSS, 'rel="related"', id="MissingAtomSelfLink"),
        pytest.param(_GUID_13, "", id="MissingGuid"),
        pytest.param(_GUID_13, _GUID_13 * 2, id="DuplicateElement"),
        pytest.param(_GUID_13, _GUID_13.replace("a.example/news/13", "x.example/"), id="NotALink"),
        pytest.param(
            '<guid isPermaLink="false">urn', '<guid isPermaLink="true">urn', id="InvalidHttpGUID"
        ),
        pytest.param("<link>https://a.example/news/13", "<link>খবর/১৩", id="InvalidFullLink"),
        pytest.param("<pubDate>Tue, ", "<pubDate>Mon, ", id="IncorrectDOW"),
        pytest.param("<pubDate>Tue, 24 Nov 2026", "<pubDate>2026-11-24", id="InvalidRFC2822Date"),
        pytest.param("<pubDate>Tue, 24 Nov 2026", "<pubDate>Wed, 24 Nov 2027", id="FutureDate"),
        pytest.param("<title>ঘাটের গান", "<title>&lt;b>ঘাটের&lt;/b> গান", id="ContainsHTML"),
        pytest.param("<title>ঘাটের গান", "<title>&amp;nbsp;ঘাটের গান", id="ContainsEntity"),
        pytest.param('length="12345"', 'length=""', id="AttrNotBlank"),
        pytest.param('length="12345"', 'length="None"', id="InvalidIntegerAttribute"),
        pytest.param(_ENCLOSURE, _ENCLOSURE * 2, id="DuplicateEnclosure"),
        pytest.param(' type="video/mp4"/>', "/>", id="MissingTypeAttr"),
        pytest.param("<category>", "<author>রহিমা</author><category>", id="InvalidContact"),
        pytest.param('&lt;a href="https://a.example', '&lt;a href="', id="ContainsRelRef"),
        pytest.param("&lt;p&gt;গান", "&lt;script&gt;x&lt;/script&gt;গান", id="SecurityRisk"),
        pytest.param("&lt;p&gt;গান", "&lt;p style='x'&gt;গান", id="DangerousStyleAttr"),
        pytest.param("<ttl>10</ttl>", "<ttl>-1</ttl>", id="InvalidPositiveInteger"),
        pytest.param("<ttl>10</ttl>", "<updatePeriod>x</updatePeriod>", id="UndefinedElement"),
        pytest.param("<language>bn", "<language>বাংলা", id="InvalidLanguage"),
        pytest.param('url="https://a.example/feed"', 'url="/feed"', id="InvalidURIAttribute"),
        pytest.param('medium="video"', 'medium="film"', id="InvalidMediaMedium"),
        pytest.param('<media:title type="plain">', '<media:title type="x">', id="InvalidTextType"),
    ],
)
def test_faults_of_rss_are_found(site: Mapping[str, bytes], before: str, after: str) -> None:
    """Each of them in a document that is valid otherwise."""
    with pytest.raises(AssertionError):
        check_rss(changed(site["bangla.rss"], before, after))


def test_the_longer_text_before_the_shorter_is_found(site: Mapping[str, bytes]) -> None:
    """Readers that know one text take the first (NeedDescriptionBeforeContent)."""
    body = site["bangla.rss"].decode()
    start, end = body.index("<content:encoded>"), body.index("</content:encoded>") + 18
    moved = body[:start] + body[end:]
    at = moved.index("<description>", moved.index("<item>"))
    with pytest.raises(AssertionError):
        check_rss((moved[:at] + body[start:end] + moved[at:]).encode())


def test_a_group_of_one_file_is_found(site: Mapping[str, bytes]) -> None:
    """The validator calls ``media:group`` of a single file an error."""
    body = site["bangla.rss"].replace(b"<media:content", b"<media:group><media:content")
    body = body.replace(b"</media:content>", b"</media:content></media:group>")
    body = body.replace(b'pdf"/>', b'pdf"/></media:group>')
    with pytest.raises(AssertionError):
        check_rss(body)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda feed: feed.update(next_url=feed["feed_url"]), id="next_url-is-itself"),
        pytest.param(lambda feed: feed.update(language=None), id="null"),
        pytest.param(lambda feed: feed.update(user_comment=""), id="empty"),
        pytest.param(lambda feed: feed.update(extension="x"), id="extension-without-underscore"),
        pytest.param(lambda feed: feed.update(hubs=["https://hub.example/"]), id="hub-no-object"),
        pytest.param(lambda feed: feed.update(items=feed["items"] * 2), id="an-id-twice"),
        pytest.param(lambda feed: feed["items"][0].update(id=20), id="id-is-a-number"),
        pytest.param(lambda feed: feed["items"][0].update(tags="জাতীয়"), id="tags-no-list"),
        pytest.param(lambda feed: feed["items"][0].update(content_text="ক"), id="two-contents"),
        pytest.param(lambda feed: feed["items"][0].pop("content_html"), id="no-content"),
        pytest.param(lambda feed: feed["items"][0].update(authors=[{}]), id="nobody"),
        pytest.param(lambda feed: feed["items"][0].update(date_published="কাল"), id="no-date"),
        pytest.param(lambda feed: feed["items"][0].update(image="/ঘাট.jpg"), id="relative-image"),
        pytest.param(
            lambda feed: feed["items"][0].update(attachments=[{"url": "https://a.example/"}]),
            id="attachment-without-type",
        ),
        pytest.param(
            lambda feed: feed["items"][3]["attachments"][0].update(size_in_bytes="12345"),
            id="size-is-a-text",
        ),
    ],
)
def test_faults_of_json_are_found(
    site: Mapping[str, bytes], change: Callable[[dict[str, Any]], None]
) -> None:
    """Each of them in a document that is valid otherwise."""
    feed = json.loads(site["bangla.json"])
    change(feed)
    with pytest.raises(AssertionError):
        check_json(json.dumps(feed).encode())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param('type="rss" ', "", id="no-type"),
        pytest.param(' xmlUrl="https://khobor.example/bangla.atom"', "", id="no-address"),
        pytest.param("kagoj-b.atom", "kagoj-a.atom", id="a-feed-twice-in-a-folder"),
        pytest.param('text="সব খবর"', 'text=""', id="no-text"),
        pytest.param('version="2.0"', 'version="1.0"', id="version"),
    ],
)
def test_faults_of_opml_are_found(site: Mapping[str, bytes], before: str, after: str) -> None:
    """Each of them in a list that is valid otherwise."""
    with pytest.raises(AssertionError):
        check_opml(changed(site["feeds.opml"], before, after))


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("bangla.rss", "bangla.rss", "other.rss"),  # the validator's SelfDoesntMatchLocation
        ("bangla.atom", "archive-2", "archive-9"),
        ("bangla.json", "archive-2", "archive-9"),
        ("bangla-archive-1.atom", "<fh:archive/>", ""),
        ("bangla-archive-1.rss", '<atom:link rel="current"', '<atom:link rel="hub"'),
        ("bangla-archive-1.atom", "<id>https://khobor.example/bangla", f"<id>{URL}bangla-1"),
        ("bangla-archive-1.rss", '<guid isPermaLink="true">https://a', "<guid>https://b"),
    ],
)
def test_faults_between_documents_are_found(
    site: Mapping[str, bytes], name: str, before: str, after: str
) -> None:
    """A document that is elsewhere than it says, that leads nowhere, or that has other entries."""
    with pytest.raises(AssertionError):
        check_site({**site, name: changed(site[name], before, after)}, URL)
