"""A made site that has one of everything that a feed can say, and archives to follow."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from aggregator import config as configuration
from aggregator.models import Media, MediaRole, ParsedEntry
from aggregator.pipeline import archive as archiving
from tests.support.arrivals import ARTICLES, Arrivals, sent, sources
from tests.support.passes import NOW

URL = "https://khobor.example/"
HUB = "https://hub.example/"
SITE = f'[site]\nurl = "{URL}"\ntitle = "খবরের হাট"\nhub = "{HUB}"\n'
FEED = '[[feed]]\nname = "bangla"\ntitle = "সব খবর"\nlimit = 9\nlanguages = "*"\n'
# A feed that is split, so that the list of feeds has a folder, and merged, so that a story is once.
SPLIT = '[[feed]]\nname = "kagoj"\ntitle = "কাগজ অনুযায়ী"\nsplit_by = "source"\nevents = "merge"\n'
PICTURE = Media(
    url="https://a.example/ঘাট.jpg",
    role=MediaRole.PICTURE,
    type="image/jpeg",
    length_bytes=54_321,
    width=1200,
    height=630,
    alt="নদীর ঘাটে ভিড়",
    credit="করিম উদ্দিন",
)
SOUND = Media(
    url="https://a.example/gaan.mp3",
    role=MediaRole.SOUND,
    type="audio/mpeg",
    length_bytes=12_345,
    duration_seconds=65,
    alt="ঘাটের গান",
)
VIDEO = replace(SOUND, url="https://b.example/nouka.mp4", role=MediaRole.VIDEO, type="video/mp4")
FILE = Media(url="https://b.example/talika.pdf", role=MediaRole.FILE, type="application/pdf")
_IN_TEXT = '<p>ঘাটে আজ মেলা।</p><img src="https://a.example/ঘাট.jpg" alt="নদীর ঘাট">'


def _said(number: int, hours: float, title_html: str, **more: object) -> ParsedEntry:
    """Return an entry under an address and an id with Bengali letters in them."""
    entry = ParsedEntry(
        native_id=f"খবর-{number}",
        link=f"https://a.example/খবর/{number}?বিভাগ=জাতীয়&পাতা=২",
        title_html=title_html,
        published=(NOW - timedelta(hours=hours)).isoformat(),
    )
    return replace(entry, **more)  # type: ignore[arg-type]  # of ParsedEntry, as its callers say


# What is in the feed, oldest first, each of which is told apart by what a format does with it.
_SAID = (
    _said(1, 9, "নদীর ঘাটে মেলা বসেছে, ভিড় সকাল থেকে", content_html=_IN_TEXT, media=(PICTURE,)),
    _said(
        2, 8, "ঘাটের গান শুনতে দূর গ্রামের মানুষ", summary_html="গান চলে <b>রাতভর</b> &amp; সকালেও।",
        content_html='<p>গান চলে রাতভর।</p><p><a href="/গান">আরও গান</a> শোনা যাবে কাল।</p>',
        authors=("রহিমা খাতুন", "করিম & সন্স"), categories=("সংস্কৃতি", "গান & নাচ"),
        media=(PICTURE, SOUND), base="https://a.example/",
        rights_html="© কাগজ a, সব অধিকার সংরক্ষিত", updated=(NOW - timedelta(hours=2)).isoformat(),
    ),
    _said(3, 7, "&lt;b&gt; আর &lt;i&gt;: কোন চিহ্নের কী কাজ, &amp;amp; কেন"),
    _said(4, 6, "৫ &lt; ৭ হলে ৭ &gt; ৫: অঙ্ক মেলায় শিশুরা", media=(VIDEO, FILE)),
    _said(5, 5, "ঠিকানা ছাড়া খবর, কেবল শিরোনাম আর সার", link="", summary_html="সার কথা এই।"),
    _said(6, 4, "The ferry is late again, and nobody on the bank says why it is",
          content_html="<p>The ferry is late again, and nobody on the bank says why.</p>"),
)  # fmt: skip


def made_site(folder: Path) -> Path:
    """Publish a site within an empty folder, and return the folder of its feeds.

    Its first feed has a story that two papers tell, and entries with everything a format carries.
    Its archive documents have as many entries as the feed.
    """
    papers = sources("a", "b", extra='category = "জাতীয়"\n')
    path = folder / "config.toml"
    path.write_text(SITE + FEED + SPLIT + papers, encoding="utf-8")
    arrivals = Arrivals(configuration.load(path))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(archiving, "LEAST_SIZE", 1)
        for numbers in (range(9), range(9, 14)):
            arrivals.now = NOW - timedelta(hours=60 - numbers[-1])
            old = [sent(ARTICLES[number], number, hours=61 - number) for number in numbers]
            arrivals.arrive(("a", old))
            arrivals.publish()
        arrivals.now = NOW
        twice = [sent(ARTICLES[20], 20, site=name, hours=3) for name in ("a", "b")]
        arrivals.arrive(("a", [*_SAID, twice[0]]), ("b", twice[1:]))
        arrivals.publish()
    return arrivals.config.site.output
