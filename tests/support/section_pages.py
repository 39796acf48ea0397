"""Section pages in three shapes, and news sitemaps, as sites without a feed have them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

HEADLINES = (
    "হাওরে আগাম বন্যার শঙ্কায় কৃষকের ঘুম নেই",
    "নতুন রেলসেতুতে পরীক্ষামূলক ট্রেন চলাচল শুরু",
    "পাহাড়ি ছড়ার পানি কমায় বিপাকে তিন গ্রাম",
    "শীতের সবজিতে ভরে উঠেছে যশোরের পাইকারি বাজার",
    "বিদ্যালয়ের মাঠে শিক্ষার্থীদের হাতে বোনা চাদরের মেলা",
    "সুন্দরবনের মধু আহরণে এবার নতুন নিয়ম চালু",
    "নাট্যোৎসবে মঞ্চস্থ হলো চার দলের নতুন পালা",
    "জেলা হাসপাতালে যোগ হলো আধুনিক পরীক্ষাগার",
    "কুয়াশায় ফেরি বন্ধ ছিল টানা ছয় ঘণ্টা",
    "দাবায় দেশের কনিষ্ঠতম আন্তর্জাতিক মাস্টার এখন বরিশালের মেয়ে",
)
MENU = "".join(
    f'<li><a href="/{name}">{label}</a></li>'
    for name, label in (
        ("bangladesh", "বাংলাদেশ"),
        ("sports", "খেলা"),
        ("culture", "সাহিত্য ও সংস্কৃতি"),
        ("jobs", "চাকরির খবর"),
    )
)
# What most people read stands on every page beside the list, in a shape of its own.
MOST_READ = "".join(
    f'<li><a href="/news/{number}">পুরোনো খবর যা সবাই পড়ছে এখনো {number} নম্বর</a></li>'
    for number in range(900, 905)
)

Build = Callable[[Sequence[int]], bytes]


def page_of(body: str) -> bytes:
    """Return a whole page with its menu, and beside its list what most people read."""
    return (
        '<!doctype html><html lang="bn"><head><meta charset="utf-8"><title>সর্বশেষ | নদীর কাগজ'
        f"</title></head><body><nav><ul>{MENU}</ul></nav><main>{body}</main>"
        f'<aside class="most-read"><h3>সর্বাধিক পঠিত</h3><ul>{MOST_READ}</ul></aside>'
        "<footer><a href='/about'>আমাদের কথা জানতে এখানে দেখুন</a></footer></body></html>"
    ).encode()


def headline(number: int) -> str:
    """Return the headline of a numbered article."""
    return HEADLINES[number % len(HEADLINES)]


def cards(numbers: Sequence[int]) -> bytes:
    """Return cards as WordPress has them: a picture that comes late, a heading, a ``time``."""
    return page_of(
        "<div class='grid'>"
        + "".join(
            f'<article class="post-{number} card category-{number % 3}">'
            f'<a href="/news/{number}"><img src="data:image/gif;base64,R0" class="lazy" '
            f'data-src="https://pictures.example/{number}.jpg" alt="ছবি {number}"></a>'
            f'<h2><a href="/news/{number}?utm_source=list">{headline(number)}</a></h2>'
            f'<time datetime="2026-11-23T1{number % 10}:00:00+06:00">২৩ নভেম্বর</time>'
            f'<p>জেলা প্রতিনিধি</p><a href="/news/{number}">বিস্তারিত পড়ুন</a></article>'
            for number in numbers
        )
        + "</div>"
    )


def listed(numbers: Sequence[int]) -> bytes:
    """Return a list whose items are links as a whole, with Bengali dates."""
    return page_of(
        "<ul class='latest'>"
        + "".join(
            f'<li class="item"><a class="row" href="/details.php?id={number}"><div class="text">'
            f'<div class="name">{headline(number)}</div><div class="lead">জেলার সদর উপজেলায় গতকাল এই '
            f'ঘটনা ঘটেছে বলে জানা গেছে।</div><span class="when">প্রকাশ: ২২ নভেম্বর ২০২৬, সকাল '
            f"{'৬৭৮৯'[number % 4]}টা</span></div></a></li>"
            for number in numbers
        )
        + "</ul>"
    )


def table(numbers: Sequence[int]) -> bytes:
    """Return a table as old sites have it: no class, the day beside the link."""
    return page_of(
        "<table><tr><th>তারিখ</th><th>শিরোনাম</th></tr>"
        + "".join(
            f"<tr><td>২১/১১/২০২৬</td><td><a href='news{number}.html'>{headline(number)}</a>"
            "</td></tr>"
            for number in numbers
        )
        + "</table>"
    )


def news_sitemap(numbers: Sequence[int]) -> bytes:
    """Return a news sitemap with keywords, pictures and the language of each article."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!-- made by the site -->\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" '
        'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">'
        + "".join(
            f"<url><loc>https://paper.example/news/{number}</loc>"
            "<news:news><news:publication><news:name>নদীর কাগজ</news:name>"
            "<news:language>bn</news:language></news:publication>"
            f"<news:publication_date>2026-11-23T1{number % 10}:00:00+06:00</news:publication_date>"
            f"<news:title>{escape(headline(number))}</news:title>"
            "<news:keywords>কৃষি, নদী,কৃষি</news:keywords></news:news>"
            f"<image:image><image:loc>https://paper.example/{number}.jpg</image:loc>"
            "<image:caption>নদীর ছবি</image:caption></image:image></url>"
            for number in numbers
        )
        + "</urlset>"
    ).encode()


def index_of(*sitemaps: tuple[str, str]) -> bytes:
    """Return an index of sitemaps, each an address and when it changed, which may be empty."""
    return (
        '<?xml version="1.0"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        + "".join(
            f"<sitemap><loc>{escape(url)}</loc>{f'<lastmod>{time}</lastmod>' if time else ''}"
            "</sitemap>"
            for url, time in sitemaps
        )
        + "</sitemapindex>"
    ).encode()


def plain_sitemap() -> bytes:
    """Return a sitemap that says which pages there are, and no headline."""
    return (
        b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url>'
        b"<loc>https://paper.example/about</loc><lastmod>2026-11-01</lastmod></url></urlset>"
    )
