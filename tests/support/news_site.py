"""A site with everything that pages for people can have to show, published by whole passes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path

import pytest

from aggregator import config as configuration
from aggregator.models import Config
from aggregator.pipeline import archive as archiving
from evaluation.material import Article, written
from tests.support.arrivals import ARTICLES
from tests.support.configurations import LOCAL
from tests.support.loopback import Loopback, Page
from tests.support.passes import NOW, one_pass
from tests.support.texts import OTHER_BODY, PAGE

# Every page that the site has, by what people would call it: a pattern of its file's name. A test
# takes the first file that fits, and fails where there is none.
PAGES: Mapping[str, str] = {
    "front": "index.html",
    "feed": "bangla.html",
    "older": "bangla-archive-1.html",
    "topic": "bishoy-*.html",
    "empty feed": "shunno.html",
    "entry": "entries/*.html",
    "subscribe": "subscribe.html",
    "sources": "sources.html",
    "search": "search.html",
}
# Pages that the web server alone has, by their addresses: hits, none, and no question.
SEARCHES: Mapping[str, str] = {
    "found": "search?q=শিক্ষক",
    "nothing found": "search?q=হিমালয়কন্যা",
    "not asked": "search",
}
_PICTURES = "https://chobi.example"
# What the server of pictures answers; all else that a page asks of another server fails.
ELSEWHERE: Mapping[str, bytes] = {
    f"{_PICTURES}/{name}.svg": (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"><defs>'
        '<linearGradient id="g" x2="1" y2="1"><stop stop-color="#d9c9a3"/>'
        '<stop offset="1" stop-color="#37685c"/></linearGradient></defs>'
        '<rect width="100%" height="100%" fill="url(#g)"/></svg>'
    ).encode()
    for name, width, height in (("ghat", 1200, 675), ("wide", 3000, 400), ("tall", 400, 3000))
}
_NAMESPACES = (
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
)
# 168 code points, as the longest headlines of papers have.
LONG_TITLE = (
    "উপকূলের তেরো উপজেলায় বাঁধ ভেঙে লোনাপানি ঢোকায় দুই মৌসুম ধরে অনাবাদি পড়ে থাকা জমিতে লবণসহিষ্ণু "
    "ধানের নতুন জাত চাষ করে প্রথমবার ঘরে ফসল তুললেন কৃষকেরা, বলছে কৃষি বিভাগ"
)
_UNBROKEN = f"https://kagoj.example/{'দীর্ঘপথ' * 20}"
_ASSAMESE = "ব্ৰহ্মপুত্ৰৰ পাৰত আজি পুৱাৰ পৰা মানুহৰ ভিৰ, নাও চলাচল আৰম্ভ হৈছে"
_ASSAMESE_TEXT = "ৰাজ্যখনৰ নদীবোৰত পানী কমি অহাৰ লগে লগে নাও চলাচল পুনৰ আৰম্ভ কৰা হৈছে।"
# Which of the articles written for tests came in the days before; the first are today's.
_OLD = range(12, 44)
_OLD_HALF = len(_OLD) // 2
_LIMIT = 18
# One happening, told by two desks.
_EVENT = next(pair for pair in written("reports.txt") if pair.is_same)
# Of a page that states no date, a day within its text: the day before the last pass.
_DAY_WITHIN, _DAY_BEFORE = "শুক্রবার (২৯ নভেম্বর)", "সোমবার (২৩ নভেম্বর)"


def picture(name: str, *, alt: str = "", credit: str = "", size: tuple[int, int] = (0, 0)) -> str:
    """Return the markup by which an RSS item names a picture of the other server."""
    sides = f' width="{size[0]}" height="{size[1]}"' if all(size) else ""
    said = f"<media:description>{escape(alt)}</media:description>" if alt else ""
    said += f"<media:credit>{escape(credit)}</media:credit>" if credit else ""
    names = f'url="{_PICTURES}/{name}.svg" medium="image" type="image/svg+xml"{sides}'
    return f"<media:content {names}>{said}</media:content>"


def item(number: int, hours: float | None, markup: str = "", **changes: str) -> str:
    """Return an RSS item of a written article, published some ``hours`` ago, or without a date."""
    article = ARTICLES[number]
    text = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in article.paragraphs)
    date = "" if hours is None else format_datetime(NOW - timedelta(hours=hours))
    parts = {
        "title": escape(article.title),
        "link": f"https://kagoj.example/news/{number}",
        "guid": f"https://kagoj.example/news/{number}",
        "description": text,
        "pubDate": date,
    } | changes
    inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in parts.items() if value)
    return f"<item>{inner}{markup}</item>"


def _first_paper() -> list[str]:
    """Return what one paper sends at last, each told apart by what a page does with it."""
    sport = "<category>খেলা</category>"
    files = (
        '<enclosure url="https://dhoni.example/gaan.mp3" type="audio/mpeg" length="12345"/>'
        '<enclosure url="https://dhoni.example/talika.pdf" type="application/pdf" length="5432"/>'
    )
    alt, credit = "নদীর ঘাটে ভিড়", "করিম উদ্দিন"
    return [
        item(0, 1, picture("ghat", alt=alt, credit=credit, size=(1200, 675)) + sport),
        item(1, 2, picture("wide", alt=alt, size=(3000, 400)) + "<category>রাজনীতি</category>"),
        item(2, 3, picture("tall", size=(400, 3000)) + sport),
        item(3, 4, picture("missing", alt=alt, size=(1200, 675))),
        item(4, 5, picture("missing-too")),
        item(5, 6, title=escape(LONG_TITLE), description=""),
        item(6, 7, sport),
        item(7, 8, files, title="&lt;b&gt; আর &lt;i&gt;: কোন চিহ্নের কী কাজ, &amp;amp; কেন"),
        item(8, 9, title=_UNBROKEN, description=f"<p>{_UNBROKEN}</p>"),
        item(9, None, "<dc:creator>রহিমা খাতুন</dc:creator>"),
        item(10, 11, title=_ASSAMESE, description=f"<p>{_ASSAMESE_TEXT * 4}</p>"),
        item(11, 12, "<category>অর্থনীতি</category>", link=""),
        _retold("kagoj", _EVENT.a),
    ]


def _other_paper(name: str) -> list[str]:
    """Return what another paper has of the same: the same text, some under its own headline."""
    link = f"https://{name}.example/6"
    same = item(6, 6.5, link=link, guid=link)
    title = f"{ARTICLES[0].title}: {name}"
    link = f"https://{name}.example/0"
    return [same, item(0, 0.5, link=link, guid=link, title=title), _retold(name, _EVENT.b)]


def _retold(name: str, told: Article) -> str:
    """Return one happening as one of two papers tells it, each in its own words."""
    text = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in told.paragraphs)
    link = f"https://{name}.example/event"
    return item(0, 10, link=link, guid=link, title=escape(told.title), description=text)


def _config(web: Loopback, papers: Mapping[str, str]) -> str:
    sources = "".join(
        f'[[source]]\nname = "{name}"\ntitle = "{title}"\nfeed = "{web.url}/{name}"\n{LOCAL}'
        for name, title in papers.items()
    )
    return (
        '[site]\ntitle = "খবরের হাট"\n'
        '[[feed]]\nname = "bangla"\ntitle = "সব খবর"\ndescription = "সব কাগজের সব খবর"\n'
        f'limit = {_LIMIT}\nper_source = 1\nlanguages = "*"\n'
        '[[feed]]\nname = "shirsho"\ntitle = "শীর্ষ খবর"\norder = "top"\nmin_sources = 2\n'
        'events = "merge"\n'
        '[[feed]]\nname = "bishoy"\ntitle = "বিষয় অনুযায়ী"\nsplit_by = "topic"\n'
        '[[feed]]\nname = "shunno"\ntitle = "যে খবর এখনও আসেনি"\ninclude = ["অনাগত"]\n'
        f'{sources}[[source]]\nname = "songroho"\ntitle = "পাতার সংগ্রহ"\ndump = "dumps/*.txt"\n'
    )


def news_site(folder: Path) -> Config:
    """Publish the site within an empty folder, in three passes; return its configuration."""
    papers = {"kagoj": "দৈনিক কাগজ", "barta": "মেঘনা বার্তা", "alo": "আত্রাই আলো"}
    path = folder / "config.toml"
    old = [item(number, 30 + number) for number in _OLD]
    web = Loopback()
    try:
        path.write_text(_config(web, papers), encoding="utf-8")
        config = configuration.load(path)
        dumps = folder / "dumps"
        dumps.mkdir()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(archiving, "LEAST_SIZE", 1)
            for hours, items in ((48, old[_OLD_HALF:]), (24, old), (0, [*_first_paper(), *old])):
                web.pages["/kagoj"] = _rss(papers["kagoj"], items)
                for name in ("barta", "alo"):
                    newer = _other_paper(name) if hours == 0 else []
                    web.pages[f"/{name}"] = _rss(papers[name], newer)
                if hours == 0:
                    inferred = PAGE.replace(_DAY_WITHIN, _DAY_BEFORE)
                    (dumps / "ghat.txt").write_text(inferred, encoding="utf-8")
                    undated = "\n".join(("হাওরে আগাম ধান কাটার ধুম, মজুরি চড়া", *OTHER_BODY))
                    (dumps / "haor.txt").write_text(undated, encoding="utf-8")
                one_pass(config, now=NOW - timedelta(hours=hours))
    finally:
        web.close()
    return config


def page_of(folder: Path, name: str) -> str:
    """Return the path, below the folder, of a page by its name in ``PAGES`` or ``SEARCHES``."""
    if name in SEARCHES:
        return SEARCHES[name]
    found = pages_named(folder, name)
    assert found, f"the site has no page {PAGES[name]}"
    return found[0]


def pages_named(folder: Path, name: str) -> list[str]:
    """Return the paths, below the folder, of all pages of that name; none where there are none."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.glob(PAGES[name]))


def _rss(title: str, items: Sequence[str]) -> Page:
    head = f"<title>{title}</title><link>https://kagoj.example/</link><description/>"
    return Page(
        f'<?xml version="1.0"?><rss version="2.0" {_NAMESPACES}><channel>{head}'
        f"{''.join(items)}</channel></rss>".encode()
    )
