"""News sitemaps and their indexes are feeds; what a site without a feed offers."""

from __future__ import annotations

import gzip
import time
from contextlib import suppress
from datetime import timedelta

import pytest

from aggregator.errors import FetchError, ParseError
from aggregator.models import Document, FaultKind, FoundKind, Outcome, ParsedEntry, Rejected
from aggregator.parse import feed as parse_feed
from aggregator.pipeline.offers import offers_of
from tests.support.configurations import LOCAL, Make
from tests.support.loopback import Loopback, Page
from tests.support.passes import NOW, one_pass
from tests.support.published import read
from tests.support.section_pages import (
    cards,
    headline,
    index_of,
    news_sitemap,
    page_of,
    plain_sitemap,
)

URL = "https://paper.example/latest"
EIGHT = range(8)


def feed_source(address: str) -> str:
    """Return a ``[[source]]`` whose feed is a sitemap on loopback."""
    return f'[[source]]\nname = "a"\nfeed = "{address}"\n{LOCAL}'


def test_a_news_sitemap_is_a_feed(web: Loopback, make_config: Make) -> None:
    """Its headlines, times, keywords and pictures are published, and an unchanged one is not."""
    web.pages["/news.xml"] = Page(news_sitemap(EIGHT), content_type="application/xml")
    config = make_config(feed_source(f"{web.url}/news.xml"))
    (report,) = one_pass(config).sources
    assert (report.new, report.rejected) == (8, ())
    (first,) = (each for each in read(config, "bangla.atom") if each.title == headline(0))
    assert first.link == "https://paper.example/news/0"
    assert first.published == "2026-11-23T10:00:00+06:00"
    assert [tag.term for tag in first.tags] == ["কৃষি", "নদী"]
    atom = (config.site.output / "bangla.atom").read_text()
    assert "https://paper.example/0.jpg" in atom
    (report,) = one_pass(config, now=NOW + timedelta(hours=1)).sources
    assert report.outcome is Outcome.NOT_MODIFIED
    assert web.asked == [("/news.xml", 200), ("/news.xml", 304)]  # made to be read by programs


def test_an_index_of_packed_sitemaps_is_a_feed(web: Loopback, make_config: Make) -> None:
    """Its newest three for news are read, packed with gzip, and none of pages."""
    names = ("news-1.xml.gz", "news-2.xml.gz", "news-3.xml.gz", "news-4.xml.gz")
    for number, name in enumerate(names):
        packed = gzip.compress(news_sitemap((2 * number, 2 * number + 1)))
        web.pages[f"/{name}"] = Page(packed, content_type="application/x-gzip")
    times = ("2026-11-22T10:00:00+06:00", "2026-11-20", "2026-11-22T11:00:00+06:00", "2026-11-23")
    index = index_of(
        (f"{web.url}/page-sitemap.xml", "2026-11-24T00:00:00Z"),
        *((f"{web.url}/{name}", time) for name, time in zip(names, times, strict=True)),
    )
    web.pages["/sitemap.xml"] = Page(index, content_type="text/xml")
    config = make_config(feed_source(f"{web.url}/sitemap.xml"))
    (report,) = one_pass(config).sources
    assert report.new == 6
    asked = ["/sitemap.xml", "/news-4.xml.gz", "/news-3.xml.gz", "/news-1.xml.gz"]
    assert [path for path, _ in web.asked] == asked
    (report,) = one_pass(config, now=NOW + timedelta(hours=1)).sources
    assert (report.outcome, report.status) == (Outcome.NOT_MODIFIED, 200)
    # The index stays as it was, and what it names changes: that is read all the same.
    web.pages["/news-4.xml.gz"] = Page(gzip.compress(news_sitemap((6, 7, 8))))
    web.pages["/news-1.xml.gz"] = Page(status=500)
    (report,) = one_pass(config, now=NOW + timedelta(hours=2)).sources
    assert (report.new, report.unchanged, report.error) == (1, 4, "")
    assert len(read(config, "bangla.rss")) == 7


def test_an_index_of_nothing_for_news_fails(web: Loopback, make_config: Make) -> None:
    """Sitemaps that say only which pages there are, ones that are not there, and an index in it."""
    web.pages["/pages.xml"] = Page(plain_sitemap())
    web.pages["/sitemap.xml"] = Page(
        index_of((f"{web.url}/pages.xml", "2026-11-24"), (f"{web.url}/none.xml", ""))
    )
    config = make_config(feed_source(f"{web.url}/sitemap.xml"))
    (report,) = one_pass(config).sources
    assert "a sitemap without headlines (news:title)" in report.error
    web.pages["/pages.xml"] = web.pages["/sitemap.xml"]
    (report,) = one_pass(config, now=NOW + timedelta(hours=1)).sources
    assert "an index of sitemaps where a sitemap belongs" in report.error
    assert [path for path, _ in web.asked][-3:] == ["/sitemap.xml", "/pages.xml", "/none.xml"]


def test_a_sitemap_without_headlines_is_refused() -> None:
    """With a sentence that says what to take in its place; one for news that is empty is not."""
    with pytest.raises(ParseError, match="take the site's news sitemap, or read a section page"):
        parse_feed.parse(plain_sitemap(), URL)
    assert parse_feed.parse(news_sitemap(()), URL) == []


def test_what_of_a_sitemap_is_no_news_is_counted_once() -> None:
    """Pages among the articles have one reason together, and an article without a title its own."""
    body = news_sitemap((1,)).replace(
        b"</urlset>",
        b"<url><loc>https://paper.example/about</loc></url>" * 3
        + b"<url><loc>https://paper.example/2</loc><news:news/></url></urlset>",
    )
    entry, *rejected = parse_feed.parse(body, URL)
    assert isinstance(entry, ParsedEntry)
    assert rejected == [
        Rejected(reason="no headline (news:title)", excerpt="https://paper.example/2"),
        Rejected(
            reason="addresses without a headline (news:title), of which this is the first",
            excerpt="https://paper.example/about",
        ),
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "http://www.sitemaps.org/schemas/sitemap/0.9",
            "https://www.sitemaps.org/schemas/sitemap/0.9",
        ),
        (' xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"', ""),
        (' xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"', ""),
        ("<?xml version", "\ufeff<?xml version"),
        ("</urlset>", ""),
        ("কৃষি, নদী,কৃষি", "কৃষি &nbsp;, নদী & কৃষি"),
    ],
)
def test_sitemaps_are_read_as_sites_write_them(old: str, new: str) -> None:
    """Other namespaces, none, a mark, an end that is missing, HTML's names of characters."""
    body = news_sitemap((1, 2)).decode()
    assert old in body
    entries = parse_feed.parse(body.replace(old, new).encode(), URL)
    titles = [entry.title_html for entry in entries if isinstance(entry, ParsedEntry)]
    assert titles[:1] == [headline(1)]


def test_a_stated_language_tells_assamese_from_bengali(web: Loopback, make_config: Make) -> None:
    """A headline of a few words may have no letter that only Assamese has."""
    body = news_sitemap((1,)).replace(b"<news:language>bn<", b"<news:language>as<")
    web.pages["/news.xml"] = Page(body)
    config = make_config(
        feed_source(f"{web.url}/news.xml") + '[[feed]]\nname = "as"\nlanguages = "as"\n'
    )
    one_pass(config)
    assert [entry.title for entry in read(config, "as.rss")] == [headline(1)]


# --- What a site offers -------------------------------------------------------------------------


def offered(pages: dict[str, bytes], page: bytes) -> list[tuple[str, FoundKind, str]]:
    """Return what a page and its site offer, where ``pages`` are all that is to be had."""

    def document(url: str, body: bytes) -> Document:
        return Document(source="a", url=url, body=body, content_type="", acquired=NOW)

    def fetch(url: str) -> Document:
        if url not in pages:
            raise FetchError("the server answered 404", kind=FaultKind.MISSING, status=404)
        return document(url, pages[url])

    offers = offers_of(document(URL, page), fetch)
    return [(offer.address, offer.kind, offer.reason) for offer in offers]


def test_a_site_without_a_feed_offers_its_news_sitemap_and_the_page() -> None:
    """Those sitemaps of robots.txt that have headlines, then what recurs on the page."""
    at = "https://paper.example"
    pages = {
        f"{at}/robots.txt": (
            f"User-agent: *\nDisallow: /x\nSitemap: {at}/pages.xml\nsitemap: {at}/news-index.xml\n"
            "Sitemap: /gone.xml\n"
        ).encode(),
        f"{at}/pages.xml": plain_sitemap(),
        f"{at}/news-index.xml": index_of((f"{at}/news.xml", "")),
        f"{at}/news.xml": news_sitemap(EIGHT),
    }
    page = (f"{URL}", FoundKind.PAGE, "8 headlines recur on this page")
    assert offered(pages, cards(EIGHT)) == [
        (
            f"{at}/news-index.xml",
            FoundKind.SITEMAP,
            "robots.txt names this news sitemap, with 8 headlines now",
        ),
        page,
    ]
    assert offered({}, cards(EIGHT)) == [page]
    assert offered({}, page_of("")) == []


# --- Hostile documents --------------------------------------------------------------------------

# The costliest takes 1 s on a quiet machine; nothing of it grows with the square of a document.
_MOST_SECONDS = 10


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
        b"<urlset><url><loc>https://a.example/</loc><news><title>&b;</title></news></url></urlset>",
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
        b"<urlset><url><loc>https://a.example/</loc><news><title>&a;</title></news></url></urlset>",
        b"<urlset>" + b"<url>" * 100_000,
        b"<urlset>" + b"<url><loc>/</loc></url>" * 60_000 + b"</urlset>",
        b"<sitemapindex>" + b"<sitemap><loc>news</loc></sitemap>" * 100_000 + b"</sitemapindex>",
        b"<sitemapindex/>",
        b"<!--" * 50_000 + b"<urlset>",
    ],
    ids=range(7),
)
def test_a_hostile_sitemap_is_refused(body: bytes) -> None:
    """Entities say nothing, and whatever is nested or repeated without end is no sitemap."""
    began = time.process_time()
    with pytest.raises(ParseError):
        parse_feed.parse(body, URL)
    assert time.process_time() - began < _MOST_SECONDS
    with suppress(ParseError):
        assert len(parse_feed.sitemaps_in(body, URL) or ()) <= 3
