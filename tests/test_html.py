"""Saved HTML pages: which text is the headline, which time is the article's, what is no article."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from contextlib import closing
from html import escape, unescape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.models import ParsedEntry, Rejected
from aggregator.parse import html as parse_html
from tests.support.configurations import Make
from tests.support.passes import one_pass
from tests.support.texts import BODY, TITLE

SITE = "দৈনিক উদাহরণ"
STATED = "2026-11-20T21:30:00+06:00"
TODAY = "2026-11-24T09:00:00+06:00"


def page(head: str = "", above: str = "", below: str = "", *, body: tuple[str, ...] = BODY) -> str:
    """Write a page with a head, what stands above its text, and what stands below it."""
    paragraphs = "".join(f"<p>{line}</p>" for line in body)
    return (
        f'<!DOCTYPE html><html lang="bn"><head><meta charset="utf-8">{head}</head>'
        f"<body>{above}<div>{paragraphs}</div>{below}</body></html>"
    )


def title(text: str) -> str:
    """Write a title element."""
    return f"<title>{text}</title>"


def og(name: str, value: str) -> str:
    """Write an element of OpenGraph."""
    return f'<meta property="og:{name}" content="{value}">'


def ld(**parts: object) -> str:
    """Write JSON-LD."""
    return f'<script type="application/ld+json">{json.dumps(parts)}</script>'


def entry(html: str, url: str = "") -> ParsedEntry:
    """Parse a page that holds an article."""
    parsed = parse_html.parse(html.encode(), url)
    assert isinstance(parsed, ParsedEntry), parsed
    return parsed


HEADLINES = {
    "og:title is og:site_name": page(
        og("site_name", SITE) + og("title", SITE) + title(SITE), f"<h1>{TITLE}</h1>"
    ),
    "og:title is the tail of the title": page(
        og("title", SITE) + title(f"{TITLE} | {SITE}"), f"<h1>{TITLE}</h1>"
    ),
    "only the title says it": page(og("title", SITE) + title(f"{TITLE} - {SITE}")),
    "a logo's h1 by its class": page(
        title(f"{TITLE} | {SITE}"), f'<h1 class="site-title">{SITE}</h1><h2>{TITLE}</h2>'
    ),
    "a logo's h1 by its link": page(
        title(SITE), f'<h1><a href="/">{SITE}</a></h1><h2 class="big">{TITLE}</h2>'
    ),
    "a logo's h1 within a link": page(
        title(SITE), f'<a href="https://example.org/"><h1>{SITE}</h1></a><h1>{TITLE}</h1>'
    ),
    "an h1 that is the tail of the title": page(title(f"{TITLE} — {SITE}"), f"<h1>{SITE}</h1>"),
    "the publisher of JSON-LD": page(
        ld(
            **{
                "@type": "NewsArticle",
                "headline": SITE,
                "publisher": {"@type": "Organization", "name": SITE},
            }
        ),
        f"<h1>{TITLE}</h1>",
    ),
    "a thing of JSON-LD": page(
        ld(**{"@graph": [{"@type": "Organization", "name": SITE}]}) + og("title", SITE),
        f"<h1>{TITLE}</h1>",
    ),
    "the name of the application": page(
        f'<meta name="application-name" content="{SITE}">' + og("title", f"{SITE} | {TITLE}")
    ),
    "two names of one site": page(
        og("site_name", f"UDAHARAN | {SITE}") + og("title", f"{TITLE} | {SITE}")
    ),
    "a kicker, and a longer headline behind it": page(
        title(f"মতামত | {TITLE}") + og("title", TITLE), f"<h1>{TITLE}</h1>"
    ),
    "the site's name first": page(
        title(f"{SITE} :: {TITLE}") + og("title", TITLE), f"<h1>{TITLE}</h1>"
    ),
    "an article's h1 before others": page(
        title(SITE), f"<div><h1>{SITE}</h1></div><article><h1>{TITLE}</h1></article>"
    ),
    "a shorter h1 that is a section's": page(og("title", TITLE), "<h1>পদ্মার</h1>"),
}


@pytest.mark.parametrize("name", HEADLINES)
def test_the_name_of_the_site_is_not_the_headline(name: str) -> None:
    """Wherever a page says its site's name, the headline is another candidate."""
    assert unescape(entry(HEADLINES[name]).title_html) == TITLE


@pytest.mark.parametrize(
    "headline",
    ["দেশে কোভিড-১৯ আবার বাড়ছে", "ঢাকা–চট্টগ্রাম পথে নতুন ট্রেন", "বন্যা পরিস্থিতি – সরাসরি", "নদীর নাম মধুমতী"],
)
def test_a_headline_keeps_its_hyphens_and_dashes(headline: str) -> None:
    """A dash divides only where spaces are around it, and not where the h1 says the whole."""
    html = page(title(f"{headline} | {SITE}"), f"<h1>{headline}</h1>")
    assert unescape(entry(html).title_html) == headline
    assert unescape(entry(page(title(headline), f"<h1>{headline}</h1>")).title_html) == headline


def test_a_page_that_names_nothing_but_its_site_has_no_headline_of_it() -> None:
    """Then the first words of the text are shown, as for every page without a headline."""
    head = og("site_name", SITE) + og("title", SITE) + title(SITE)
    for above in ("", f"<h1>{SITE}</h1>", f"<main><h1>{SITE}</h1><p>{SITE}</p>"):
        parsed = entry(page(head, above))
        assert parsed.title_html == "" and SITE not in parsed.content_html


@given(st.text("কখগ অআ|-–ি্", min_size=1, max_size=30), st.text("তথদ ন|-–", min_size=1, max_size=15))
def test_a_site_s_own_name_is_never_the_headline(headline: str, site: str) -> None:
    """Whatever a page is called, what it calls its site is not its headline."""
    head = og("site_name", escape(site)) + og("title", escape(site)) + title(escape(site))
    parsed = entry(page(head, f"<h1>{escape(headline)}</h1>"))
    assert unescape(parsed.title_html).strip() != " ".join(site.split()) or not site.strip()


# --- What recurs over the pages of a source -------------------------------------------------------


def put(folder: Path, name: str, html: str) -> None:
    """Write a file as if it had been there for a minute."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(html, encoding="utf-8")
    os.utime(folder / name, (time.time() - 60, time.time() - 60))


def titles_after_a_pass(make_config: Make) -> list[str]:
    """Read the folder ``in`` and return the titles that the store holds, in their order."""
    config = make_config('[[source]]\nname = "d"\ndump = "in"\n')
    one_pass(config)
    with closing(sqlite3.connect(config.store_url.removeprefix("sqlite:///"))) as connection:
        return sorted(title for (title,) in connection.execute("SELECT title FROM entry_text"))


TOPICS = ("ঘাটে নৌকার ভিড়", "চরে বসেছে মেলা", "বাঁধে ফাটল দেখা গেছে", "সেতুতে আলো জ্বলল")


def own_body(topic: str) -> tuple[str, ...]:
    """Return paragraphs that no other page has."""
    return tuple(f"{topic}: {line}" for line in BODY)


@pytest.mark.parametrize("where", ["og:title", "h1", "tail", "everywhere"])
def test_what_recurs_over_the_pages_of_a_source_is_not_the_headline(
    where: str, make_config: Make, tmp_path: Path
) -> None:
    """Three pages show which text is the site's, though none of them says so."""
    for number, topic in enumerate(TOPICS):
        head = {
            "og:title": og("title", SITE) + title(topic),
            "h1": title(topic),
            "tail": og("title", f"{topic} | {SITE}"),
            "everywhere": og("title", SITE) + title(SITE),
        }[where]
        above = {"h1": f"<h1>{SITE}</h1>", "everywhere": f"<h1>{SITE}</h1><h3>{topic}</h3>"}
        put(
            tmp_path / "in",
            f"{number}.html",
            page(head, above.get(where, ""), body=own_body(topic)),
        )
    assert titles_after_a_pass(make_config) == sorted(TOPICS)


def test_copies_of_one_page_do_not_make_its_headline_recur(
    make_config: Make, tmp_path: Path
) -> None:
    """A page that was saved four times is one page, and keeps its headline."""
    for number in range(4):
        html = page(title(SITE) + og("title", TITLE), f"<i>{number} বার পঠিত</i>")
        put(tmp_path / "in", f"{number}.html", html)
    assert set(titles_after_a_pass(make_config)) == {TITLE}


def test_a_column_keeps_its_headline(make_config: Make, tmp_path: Path) -> None:
    """The headline of a column stands over another text each day, and is the only one there is."""
    for number, topic in enumerate(TOPICS):
        html = page(title(f"আজকের রাশিফল | {SITE}"), "<h1>আজকের রাশিফল</h1>", body=own_body(topic))
        put(tmp_path / "in", f"{number}.html", html)
    assert set(titles_after_a_pass(make_config)) == {"আজকের রাশিফল"}


# --- The time beside the headline -----------------------------------------------------------------

NOW_SHOWN = f'<time datetime="{TODAY}">আজ মঙ্গলবার</time>'
MASTHEAD = f"<header>{NOW_SHOWN}<p>{SITE}</p></header>"
CARD = f'<aside><h3><a href="/2">{TOPICS[0]}</a></h3><time datetime="{TODAY}"></time></aside>'
OTHER_ARTICLE = f'<article><h2><a href="/3">অন্য</a></h2><time datetime="{TODAY}"></time></article>'
TIMES = {
    "an attribute": f'<h1>{TITLE}</h1><time datetime="{STATED}">২০ নভেম্বর ২০২৬</time>',
    "an attribute alone": f'<h1>{TITLE}</h1><time datetime="{STATED}"></time>',
    "below who wrote and a lead": f'<h1>{TITLE}</h1><p class="by">নিজস্ব প্রতিবেদক</p><h2>{BODY[0]}'
    f'</h2><time datetime="{STATED}"></time>',
    "within the heading's own box": f'<div><h1>{TITLE}</h1></div><div><time datetime="{STATED}">'
    "</time></div>",
    "above the headline": f'<article><time datetime="{STATED}"></time><h1>{TITLE}</h1></article>',
    "an itemprop": f'<h1>{TITLE}</h1><span itemprop="datePublished" content="{STATED}">গতকাল</span>',
    "the update first": f'<h1>{TITLE}</h1><time class="updated" datetime="{TODAY}"></time>'
    f'<time class="entry-date published" datetime="{STATED}"></time>',
}


@pytest.mark.parametrize("name", TIMES)
def test_the_time_beside_the_headline_is_the_date(name: str) -> None:
    """Whatever a masthead, a card or another article says, this one is the article's."""
    assert entry(page("", MASTHEAD + TIMES[name], CARD + OTHER_ARTICLE)).published == STATED


@pytest.mark.parametrize("shown", ["প্রকাশ: ২০ নভেম্বর ২০২৬, ০৯:৩০ পিএম", "২০ নভেম্বর ২০২৬, ২১:৩০"])
def test_the_text_of_a_time_is_read_where_it_has_no_better_attribute(shown: str) -> None:
    """A day alone in the attribute is less than a day with its time in the text."""
    for attribute in ("", ' datetime="2026-11-20"'):
        html = page("", f"{MASTHEAD}<h1>{TITLE}</h1><time{attribute}>{shown}</time>")
        assert entry(html).published == shown


@pytest.mark.parametrize(
    "html",
    [
        page("", f"{MASTHEAD}<h1>{TITLE}</h1>", CARD),
        page("", f"{MASTHEAD}<h1>{TITLE}</h1>", OTHER_ARTICLE),
        page(
            "",
            f"<div>{NOW_SHOWN}<nav>{'প্রচ্ছদ খেলা ' * 9}</nav><h1>{TITLE}</h1></div>",
        ),
        page(
            "",
            f'<h1 class="logo">{SITE}</h1><time datetime="{TODAY}"></time>{CARD}<h1>{TITLE}</h1>',
        ),
    ],
    ids=["card", "article", "menu", "logo"],
)
def test_a_time_that_is_not_beside_the_headline_is_no_date(html: str) -> None:
    """A masthead's time is today, and a card's is another story's."""
    assert entry(html).published == ""


def test_what_a_page_states_counts_before_what_it_shows() -> None:
    """A meta element is surer than a time element; an update is kept beside it."""
    above = f'<h1>{TITLE}</h1><time class="updated" datetime="{TODAY}"></time>'
    head = f'<meta property="article:published_time" content="{STATED}">'
    parsed = entry(page(head, above))
    assert (parsed.published, parsed.updated) == (STATED, TODAY)


# --- Pages that are no article --------------------------------------------------------------------

ADDRESS = "https://example.org"


@pytest.mark.parametrize(
    "path",
    ["/category/sport/", "/tag/নদী", "/topic/election-2026", "/bn/topics/river",
     "/category/a/b/page/2", "/author/rahima", "/বিভাগ/খেলা"],
)  # fmt: skip
@pytest.mark.parametrize("by", ["canonical", "og:url"])
def test_a_page_with_the_address_of_a_list_is_no_article(path: str, by: str) -> None:
    """Whatever it calls itself, and however much text its excerpts have."""
    link = f'<link rel="canonical" href="{ADDRESS}{path}">'
    head = link if by == "canonical" else og("url", ADDRESS + path)
    parsed = parse_html.parse(page(head + og("type", "article"), f"<h1>{TITLE}</h1>").encode(), "")
    assert isinstance(parsed, Rejected) and "index of others" in parsed.reason


@pytest.mark.parametrize(
    "path",
    ["/category/sport/48151", "/topic/river/padma-ghat-boal-fish-price", "/archives/48151",
     "/tagore-1", "/sport/article/tag-team-wins-match"],
)  # fmt: skip
def test_an_article_below_a_folder_of_lists_is_one(path: str) -> None:
    """A number or a headline's slug leads to an article."""
    html = page(f'<link rel="canonical" href="{ADDRESS}{path}">', f"<h1>{TITLE}</h1>")
    assert entry(html).link == ADDRESS + path


def test_a_page_that_calls_itself_a_website_is_no_article() -> None:
    """A front page says so."""
    parsed = parse_html.parse(page(og("type", "website")).encode(), "")
    assert isinstance(parsed, Rejected)


def test_an_address_of_the_front_page_is_not_the_article_s() -> None:
    """Some sites call their front page canonical everywhere; then the page's own address counts."""
    head = f'<link rel="canonical" href="{ADDRESS}/">{og("url", ADDRESS + "/news/7")}'
    assert entry(page(head, f"<h1>{TITLE}</h1>")).link == f"{ADDRESS}/news/7"
