"""What a feed shows of a story, and what its readers never notice."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from random import Random

import feedparser
import pytest
from click.testing import CliRunner, Result

from aggregator.cli import commands
from aggregator.models import Config, DateHow, Entry
from aggregator.store.store import Store
from evaluation.material import Article, Editor, excerpt, recounted
from tests.support.arrivals import ARTICLES, Arrivals, sent, sources
from tests.support.configurations import Make
from tests.support.passes import NOW

FULL = ARTICLES[0]
SHORT = excerpt(FULL, 450)
OTHER = ARTICLES[1]
QUAKE = Article(
    "ইন্দোনেশিয়ার সুলাওয়েসিতে ৬.৭ মাত্রার ভূমিকম্প, কেঁপে উঠল পালু শহর",
    ("ইন্দোনেশিয়ার সুলাওয়েসি দ্বীপের পালু শহরের কাছে ৬.৭ মাত্রার একটি ভূমিকম্প হয়েছে।",),
)
QUAKE_AGAIN = Article(
    "শক্তিশালী ভূমিকম্পে কাঁপল সুলাওয়েসি, পালু ছেড়ে খোলা মাঠে হাজারো মানুষ",
    ("৬.৭ মাত্রার ভূমিকম্পের পর ইন্দোনেশিয়ার পালু শহরে মানুষ রাত কাটিয়েছে খোলা মাঠে।",),
)


def invoke(config: Config, *arguments: str) -> Result:
    """Run a command as a person does."""
    return CliRunner().invoke(commands, [*arguments, "--config", str(config.path)])


def test_a_fuller_copy_leaves_how_the_time_is_known(make_config: Make) -> None:
    """The time that a story is published under stays one that no source stated."""
    arrivals = Arrivals(make_config(sources("a", "b")))
    undated = [replace(sent(SHORT, 1), published=""), replace(sent(OTHER, 2), published="")]
    arrivals.arrive(("a", undated))
    arrivals.publish()
    arrivals.now = NOW + timedelta(hours=1)
    arrivals.arrive(("b", [sent(FULL, 9, site="b", hours=-0.5)]))
    arrivals.publish()
    shown = arrivals.shown()
    assert FULL.paragraphs[-1] in "".join(entry.content_html for entry in shown)
    assert [entry.date_how for entry in shown] == [DateHow.FIRST_SEEN] * 2
    page = (arrivals.config.site.output / "bangla.html").read_text(encoding="utf-8")
    assert page.count("প্রথম দেখা: ") == 2


def test_a_fuller_copy_takes_over_the_words_and_nothing_else(make_config: Make) -> None:
    """Id, time, update and order are those that readers know; the text is the whole one now."""
    arrivals = Arrivals(make_config(sources("a", "b")))
    arrivals.arrive(("a", [sent(SHORT, 1, hours=5), sent(OTHER, 2, hours=4)]))
    arrivals.publish()
    before = arrivals.shown()
    arrivals.now = NOW + timedelta(hours=1)
    arrivals.arrive(("b", [sent(FULL, 9, site="b", hours=1)]))
    arrivals.publish()
    after = arrivals.shown()
    assert [one.id for one in after] == [one.id for one in before]
    assert [(one.published, one.updated) for one in after] == [
        (one.published, one.updated) for one in before
    ]
    told, was = after[1], before[1]
    assert len(told.content_html) > 2 * len(was.content_html)
    assert (told.source, told.link) == ("b", "https://b.example/news/9")
    assert [one.link for one in told.related] == [was.link]


def test_the_words_move_the_update_once_they_change(make_config: Make) -> None:
    """A material change of the entry that tells the story is one of the story."""
    arrivals = Arrivals(make_config(sources("a", "b")))
    arrivals.arrive(("a", [sent(SHORT, 1, hours=5)]), ("b", [sent(FULL, 9, site="b", hours=1)]))
    arrivals.publish()
    (before,) = arrivals.shown()
    arrivals.now = NOW + timedelta(hours=2)
    more = replace(FULL, paragraphs=(*FULL.paragraphs, "পরে আরও একজন এ কথা জানিয়েছেন।"))
    arrivals.arrive(("b", [sent(more, 9, site="b", hours=1)]))
    (after,) = arrivals.shown()
    assert (after.id, after.published) == (before.id, before.published)
    assert after.updated == arrivals.now > before.updated


@pytest.mark.parametrize(("priority", "first"), [(0, "a"), (5, "b")])
def test_the_better_source_tells_what_both_tell_as_full(
    make_config: Make, priority: int, first: str
) -> None:
    """Of two copies of one length the earlier is shown, unless the other's source is better."""
    text = sources("a") + sources("b", extra=f"priority = {priority}\n")
    arrivals = Arrivals(make_config(text))
    arrivals.arrive(("a", [sent(FULL, 1, hours=3)]), ("b", [sent(FULL, 1, site="b", hours=2)]))
    (one,) = arrivals.shown()
    assert one.source == first


def _damaged(article: Article, *, title: bool = False, paragraph: bool = False) -> Article:
    """Return an article in which one letter was lost, in its title or its first paragraph."""
    first, rest = article.paragraphs[:1], article.paragraphs[1:]
    return Article(
        f"\ufffd{article.title[1:]}" if title else article.title,
        (*(f"{line[:9]}\ufffd{line[10:]}" if paragraph else line for line in first), *rest),
    )


@pytest.mark.parametrize(
    ("damaged", "clean"),
    [
        (_damaged(FULL, title=True), FULL),
        (_damaged(FULL, title=True), SHORT),
        (_damaged(FULL, title=True), _damaged(FULL, paragraph=True)),
        (_damaged(FULL, paragraph=True), FULL),
        (_damaged(FULL, title=True, paragraph=True), _damaged(FULL, paragraph=True)),
        (_damaged(Article(FULL.title, ()), title=True), Article(FULL.title, ())),
    ],
    ids=["title", "fuller", "other text damaged", "text", "both", "headline alone"],
)
def test_a_copy_that_lost_no_letters_is_shown(
    make_config: Make, damaged: Article, clean: Article
) -> None:
    """Though the other came first, from the better source: everybody sees a hole in a title."""
    text = sources("a", extra="priority = 5\n") + sources("b")
    arrivals = Arrivals(make_config(text))
    link = "https://p.example/news/1"  # two feeds of one paper
    arrivals.arrive(
        ("a", [sent(damaged, 1, link=link, hours=3)]), ("b", [sent(clean, 1, link=link, hours=2)])
    )
    (entry,) = arrivals.shown()
    assert (entry.source, entry.title) == ("b", clean.title)


def test_a_text_that_lost_one_letter_still_tells_more_than_an_excerpt(make_config: Make) -> None:
    """A hole deep in a long text is no reason to show two sentences of it."""
    arrivals = Arrivals(make_config(sources("a", "b")))
    arrivals.arrive(
        ("a", [sent(_damaged(FULL, paragraph=True), 1, hours=3)]),
        ("b", [sent(SHORT, 1, site="b", hours=2)]),
    )
    (entry,) = arrivals.shown()
    assert entry.source == "a"


def test_every_format_names_who_else_carries_it(make_config: Make) -> None:
    """A link in Atom, a line at the end of the text in RSS and on the page, a list in JSON."""
    arrivals = Arrivals(make_config(sources("a", "b")))
    arrivals.arrive(("a", [sent(FULL, 1, hours=3)]), ("b", [sent(FULL, 7, site="b", hours=2)]))
    files = arrivals.publish()
    (entry,) = feedparser.parse(files["bangla.atom"]).entries
    assert [(one.rel, one.href, one.get("title")) for one in entry.links] == [
        ("alternate", "https://a.example/news/1", None),
        ("related", "https://b.example/news/7", "কাগজ b"),
    ]
    (item,) = feedparser.parse(files["bangla.rss"]).entries
    assert item.content[0].value.endswith(
        '<p>আরও প্রকাশ করেছে: <a href="https://b.example/news/7">কাগজ b</a></p>'
    )
    assert '<a href="https://b.example/news/7"><b>কাগজ b</b>' in files["bangla.html"].decode()
    (one,) = json.loads(files["bangla.json"])["items"]
    assert one["_related"] == [
        {"url": "https://b.example/news/7", "title": "কাগজ b", "relation": "same text"}
    ]


def test_one_happening_in_other_words_is_named_and_stays_two(make_config: Make) -> None:
    """Both reports are read; each names the other."""
    arrivals = Arrivals(make_config(sources("a", "b")))
    arrivals.arrive(
        ("a", [sent(QUAKE, 1, hours=3)]), ("b", [sent(QUAKE_AGAIN, 7, site="b", hours=2)])
    )
    files = arrivals.publish()
    assert [len(one.related) for one in arrivals.shown()] == [1, 1]
    assert "আরও ১টি কাগজে" in files["bangla.html"].decode()
    assert arrivals.publish() == files


def test_one_happening_is_shown_once_where_the_feed_says_so(make_config: Make) -> None:
    """The first that this feed published stays; what comes later is named with it."""
    text = sources("a", "b") + (
        '[[feed]]\nname = "all"\nevents = "none"\n[[feed]]\nname = "merged"\nevents = "merge"\n'
    )
    arrivals = Arrivals(make_config(text))
    arrivals.arrive(("a", [sent(QUAKE, 1, hours=3)]))
    arrivals.publish()
    arrivals.arrive(("b", [sent(QUAKE_AGAIN, 7, site="b", hours=2)]))
    arrivals.publish()
    assert [len(one.related) for one in arrivals.shown(0)] == [0, 0]
    (one,) = arrivals.shown(1)
    assert one.source == "a"
    assert [related.source for related in one.related] == ["b"]


def test_stories_stay_apart_where_the_configuration_says_so(make_config: Make) -> None:
    """same_text = false leaves every entry of different words to itself."""
    editor = Editor([one for one in ARTICLES if one is not FULL], Random(3))
    edited = editor.words(FULL, 0.2)
    for text, count in (("", 1), ("[dedupe]\nsame_text = false\nevents = false\n", 2)):
        arrivals = Arrivals(make_config(text + sources("a", "b")))
        arrivals.arrive(("a", [sent(FULL, 1)]), ("b", [sent(edited, 7, site="b")]))
        assert len(arrivals.shown()) == count
        arrivals.config.path.with_name("aggregator.db").unlink()


# --- Purging -------------------------------------------------------------------------------------


def test_what_is_purged_never_returns(make_config: Make) -> None:
    """Not as it was, not retitled, not from another source; the rest of the feed stays."""
    arrivals = Arrivals(make_config(sources("a", "b")))
    arrivals.arrive(("a", [sent(FULL, 1, hours=3), sent(OTHER, 2)]))
    arrivals.publish()
    purged = next(one for one in arrivals.shown() if one.title == FULL.title)
    result = invoke(arrivals.config, "purge", purged.id)
    assert (result.exit_code, purged.id in result.output) == (0, True)
    retitled = replace(FULL, title="অন্য শিরোনামে একই কথা")
    arrivals.now = NOW + timedelta(days=1)
    for name, told, number in (("a", FULL, 1), ("a", retitled, 1), ("b", FULL, 5), ("b", SHORT, 6)):
        arrivals.arrive((name, [sent(told, number, site=name)]))
        assert [one.title for one in arrivals.shown()] == [OTHER.title]
    published = b"".join(arrivals.publish().values()).decode()
    assert FULL.paragraphs[0] not in published
    assert "it was purged, and stays away" in invoke(arrivals.config, "explain", purged.id).output


def test_several_purged_texts_of_one_site_stay_away_together(make_config: Make) -> None:
    """Each under one headline is no notice, however many of them come in one pass."""
    arrivals = Arrivals(make_config(sources("a", "c")))
    arrivals.arrive(("a", [sent(article, n, hours=9) for n, article in enumerate(ARTICLES[:5])]))
    for article in ARTICLES[:5]:
        assert invoke(arrivals.config, "purge", article.title).exit_code == 0
    retitled = [replace(article, title=f"{article.title} আজ") for article in ARTICLES[:5]]
    arrivals.arrive(("c", [sent(article, n, site="c") for n, article in enumerate(retitled)]))
    assert arrivals.shown() == []


def test_a_service_that_runs_is_asked_to_publish(make_config: Make) -> None:
    """A purge beside it is seen within its next tick, once."""
    arrivals = Arrivals(make_config(sources("a")))
    arrivals.arrive(("a", [sent(FULL, 1)]))
    assert invoke(arrivals.config, "purge", FULL.title).exit_code == 0
    with Store.open(arrivals.config.store_url) as store:
        with store.write() as unit:
            assert unit.requests.is_publishing_requested()
            unit.requests.forget_publishing()
        with store.read() as unit:
            assert not unit.requests.is_publishing_requested()


def test_old_stories_are_purged_by_their_age(make_config: Make) -> None:
    """A store can be kept small; a story with a young entry stays whole."""
    arrivals = Arrivals(make_config(sources("a", "b")))
    arrivals.arrive(("a", [sent(FULL, 1, hours=24 * 50), sent(OTHER, 2, hours=24 * 49)]))
    arrivals.arrive(("b", [sent(FULL, 1, site="b", hours=24 * 2)]))
    result = invoke(arrivals.config, "purge", "--older-than", "40d")
    assert (result.exit_code, result.output) == (0, "1 entries are purged\n")
    assert [one.title for one in arrivals.shown()] == [FULL.title]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "name what is to be purged"),
        (["x", "--older-than", "3d"], "name what is to be purged"),
        (["--older-than", "3 weeks"], "takes a number of days"),
        (["no such title"], "no entry has this id"),
    ],
)
def test_a_purge_that_names_nothing_purges_nothing(
    make_config: Make, arguments: list[str], message: str
) -> None:
    """Taking away is for good, so what is unclear is refused."""
    arrivals = Arrivals(make_config(sources("a")))
    arrivals.arrive(("a", [sent(FULL, 1)]))
    result = invoke(arrivals.config, "purge", *arguments)
    assert result.exit_code == 2 and message in result.output
    assert len(arrivals.shown()) == 1


# --- Mass change ---------------------------------------------------------------------------------


def titles(count: int) -> list[Article]:
    """Give bare headlines that differ in one name, as feeds of headlines have them."""
    return [Article(f"নতুন সেতু {name}", ()) for name in ("অআইঈউঊঋএঐওঔকখগঘঙচছজঝঞটঠডঢ"[:count])]


def test_a_scheme_that_changes_overnight_is_held_until_it_stays(make_config: Make) -> None:
    """Twelve known headlines under new ids, addresses and times: held, told of, and believed."""
    arrivals = Arrivals(make_config(sources("a")))
    arrivals.arrive(("a", [sent(one, n) for n, one in enumerate(titles(12))]))
    arrivals.publish()
    ids = {one.id for one in arrivals.shown()}
    changed = [sent(one, n + 500, hours=0.5) for n, one in enumerate(titles(12))]
    for hours in (1, 2, 8):
        arrivals.now = NOW + timedelta(hours=hours)
        arrivals.arrive(("a", changed))
        report = arrivals.reports[-1]
        if hours < 8:
            assert (report.new, report.quarantined) == (0, 12)
            assert "12 known headlines stand on entries that look new" in report.note
            assert {one.id for one in arrivals.shown()} == ids
    assert (arrivals.reports[-1].new, arrivals.reports[-1].quarantined) == (12, 0)


def test_what_is_held_goes_through_when_a_person_says_so(make_config: Make) -> None:
    """All known texts replaced by others at once; `release` names the source and lets it in."""
    arrivals = Arrivals(make_config(sources("a")))
    arrivals.arrive(("a", [sent(one, n) for n, one in enumerate(ARTICLES[:11])]))
    wall = [
        sent(replace(one, paragraphs=("এই খবরটি পড়তে গ্রাহক হোন।",)), n)
        for n, one in enumerate(ARTICLES[:11])
    ]
    arrivals.arrive(("a", [*wall, sent(ARTICLES[20], 20)]))
    assert (arrivals.reports[-1].quarantined, arrivals.reports[-1].new) == (11, 1)
    assert "held back: 11 of 11 known entries have other words" in arrivals.reports[-1].note
    assert "held back" in invoke(arrivals.config, "explain").output
    assert invoke(arrivals.config, "release", "b").exit_code == 2
    assert invoke(arrivals.config, "release", "a").exit_code == 0
    arrivals.arrive(("a", wall))
    assert (arrivals.reports[-1].quarantined, arrivals.reports[-1].revised) == (0, 11)
    assert invoke(arrivals.config, "explain").output == "Nothing is held back.\n"


def test_a_change_that_passes_leaves_no_trace(make_config: Make) -> None:
    """The site was broken for an hour; nobody who reads the feed has noticed."""
    arrivals = Arrivals(make_config(sources("a")))
    good = [sent(one, n) for n, one in enumerate(ARTICLES[:11])]
    arrivals.arrive(("a", good))
    files = arrivals.publish()
    arrivals.arrive(
        ("a", [sent(replace(one, title="ত্রুটি"), n) for n, one in enumerate(titles(11))])
    )
    assert arrivals.publish() == files
    arrivals.arrive(("a", [*good, sent(ARTICLES[30], 30)]))
    assert arrivals.reports[-1].new == 1
    assert invoke(arrivals.config, "explain").output == "Nothing is held back.\n"


def test_a_busy_source_after_a_long_rest_is_no_mass_change(make_config: Make) -> None:
    """All entries are new as all headlines are."""
    arrivals = Arrivals(make_config(sources("a")))
    arrivals.arrive(("a", [sent(one, n) for n, one in enumerate(ARTICLES[:20])]))
    arrivals.arrive(("a", [sent(one, n + 20) for n, one in enumerate(ARTICLES[20:40])]))
    assert (arrivals.reports[-1].new, arrivals.reports[-1].quarantined) == (20, 0)


def test_numbers_that_start_anew_are_other_entries(make_config: Make) -> None:
    """A guid that a source gives again weeks later takes nothing from the older entry."""
    arrivals = Arrivals(make_config(sources("a")))
    arrivals.arrive(("a", [sent(FULL, 1, guid="7", hours=24 * 30)]))
    arrivals.arrive(("a", [sent(OTHER, 2, guid="7")]))
    arrivals.publish()
    assert {one.title for one in arrivals.shown()} == {FULL.title, OTHER.title}
    retitled = replace(OTHER, title="একেবারে ভিন্ন কথায় লেখা নাম")
    arrivals.arrive(("a", [sent(retitled, 2, guid="8")]))
    assert {one.title for one in arrivals.shown()} == {FULL.title, retitled.title}


# --- Explaining ----------------------------------------------------------------------------------


def test_explain_says_why_an_entry_is_where_it_is(make_config: Make) -> None:
    """By id, by address in any form, by words of the title: keys, story, scores, vetoes, feeds."""
    arrivals = Arrivals(make_config(sources("a", "b")))
    numbers = Article(FULL.title, tuple(one.translate(_TURNED) for one in FULL.paragraphs))
    arrivals.arrive(
        ("a", [sent(FULL, 1, hours=3)]),
        ("b", [sent(FULL, 7, site="b", hours=2), sent(numbers, 8, site="b", hours=1)]),
    )
    arrivals.publish()
    first = next(one for one in arrivals.shown() if one.source == "a")
    for question in (first.id, "http://m.a.example/news/1?utm_source=x", FULL.title[3:20]):
        output = invoke(arrivals.config, "explain", question).output
        assert _has(output, first), output
        assert "the same text" in output and "not the same, by numbers" in output
        assert "bangla: place" in output
    assert invoke(arrivals.config, "explain", "no such thing").exit_code == 1


def test_explain_names_what_takes_more_than_two_entries_to_see(make_config: Make) -> None:
    """One text under several headlines of a site is its notice, and is said to be one."""
    arrivals = Arrivals(make_config(sources("a", "b")))
    arrivals.arrive(("a", [sent(wall(n), n, hours=n) for n in range(4)]))
    arrivals.arrive(("b", [sent(wall(12), 99, site="b", hours=1)]))
    arrivals.publish()
    last = next(one for one in arrivals.shown() if one.source == "b")
    assert "not the same, by a site's notice" in invoke(arrivals.config, "explain", last.id).output


_TURNED = str.maketrans("০১২৩৪৫৬৭৮৯", "১২৩৪৫৬৭৮৯০")


def _has(output: str, entry: Entry) -> bool:
    return all(part in output for part in (entry.title, entry.id, "published  2026-11-24 09:00"))


# --- What must not happen ------------------------------------------------------------------------


def wall(number: int) -> Article:
    """Give a headline of its own over the text that a login wall puts under all of them."""
    text = (
        "এই প্রতিবেদনটি পড়তে আপনাকে গ্রাহক হতে হবে। গ্রাহক হলে পত্রিকার সব প্রতিবেদন, ছাপা সংস্করণ ও "
        "পুরোনো সংখ্যা পড়া যায়, বিজ্ঞাপন ছাড়া। মাসিক ও বার্ষিক গ্রাহক হওয়ার নিয়ম জানতে আমাদের পাতায় যান "
        "অথবা গ্রাহকসেবা বিভাগে ফোন করুন। আগে থেকে গ্রাহক হলে নাম ও গোপন শব্দ দিয়ে ঢুকুন।"
    )
    return Article(ARTICLES[number].title, (text,))


def test_a_wall_before_every_text_makes_no_story(make_config: Make) -> None:
    """Twenty headlines over one text are twenty entries, in one feed of a paper and in two."""
    text = sources("a", "b")
    arrivals = Arrivals(make_config(text))
    arrivals.arrive(
        ("a", [sent(wall(n), n, hours=n) for n in range(12)]),
        ("b", [sent(wall(n), n, site="a", hours=n) for n in range(12, 20)]),
    )
    assert len(arrivals.shown()) == 20


def test_a_digest_joins_no_two_stories(make_config: Make) -> None:
    """What holds two texts belongs to one of them at most; both stay published under their ids."""
    arrivals = Arrivals(make_config(sources("a", "b", "c")))
    arrivals.arrive(("a", [sent(FULL, 1, hours=3)]), ("b", [sent(OTHER, 1, site="b", hours=2)]))
    arrivals.publish()
    before = {one.id for one in arrivals.shown()}
    digest = Article("সংবাদ সংক্ষেপ", (*OTHER.paragraphs, *FULL.paragraphs))
    arrivals.arrive(("c", [sent(digest, 1, site="c")]))
    assert before <= {one.id for one in arrivals.shown()}


def test_a_live_blog_swallows_no_other_source(make_config: Make) -> None:
    """It grows by what others publish too, each of which stays an entry of its own."""
    arrivals = Arrivals(make_config(sources("a", "b")))
    paragraphs: tuple[str, ...] = ()
    for hour in range(5):
        arrivals.now = NOW + timedelta(hours=hour)
        told = ARTICLES[hour]
        paragraphs = (*told.paragraphs, *paragraphs)
        arrivals.arrive(
            ("b", [sent(told, hour, site="b", hours=-hour)]),
            ("a", [sent(Article("সরাসরি: দিনের সব খবর", paragraphs), 1)]),
        )
        arrivals.publish()
    assert len(arrivals.shown()) >= 5


def test_a_column_is_published_every_day(make_config: Make) -> None:
    """One headline each day, in four papers, is an entry each day."""
    arrivals = Arrivals(make_config(sources("a", "b")))
    title = Article("ছবিতে দেখুন দেশ বিদেশের দিনের সেরা মুহূর্ত", ())
    for day in range(8):
        arrivals.now = NOW + timedelta(days=day)
        for name in "ab":
            arrivals.arrive((name, [sent(title, day, site=name, hours=-24 * day)]))
        arrivals.publish()
    assert len({one.published.date() for one in arrivals.shown()}) == 8


def test_a_press_release_of_eighty_papers_is_one_story(make_config: Make) -> None:
    """However many carry it, it is shown once, with a few of them named."""
    names = [f"s{number}" for number in range(80)]
    arrivals = Arrivals(make_config(sources(*names)))
    editor = Editor([one for one in ARTICLES if one is not FULL], Random(5))
    arrivals.arrive(
        *(
            (name, [sent(editor.words(FULL, 0.05), 1, site=name, hours=place / 10)])
            for place, name in enumerate(names)
        )
    )
    (one,) = arrivals.shown()
    assert len(one.related) == 12


def test_an_address_alone_makes_no_story(make_config: Make) -> None:
    """Two papers' links to one live page say nothing of their texts."""
    arrivals = Arrivals(make_config(sources("a", "b")))
    for name, told in (("a", FULL), ("b", OTHER)):
        arrivals.arrive((name, [sent(told, 1, link="https://p.example/live", guid=name)]))
    assert len(arrivals.shown()) == 2


def test_each_feed_keeps_the_ids_that_its_readers_know(make_config: Make) -> None:
    """Sources that come or go, and stories that turn out to be one, change no id and no time."""
    feeds = '[[feed]]\nname = "x"\nsources = {}\n[[feed]]\nname = "all"\n'
    before = sources("b", "c") + feeds.format('["b"]')
    arrivals = Arrivals(make_config(before))
    arrivals.arrive(("b", [sent(OTHER, 1, site="b", hours=1)]))
    arrivals.arrive(("c", [sent(FULL, 1, site="c", hours=30)]))
    arrivals.publish()
    (known,) = arrivals.shown(0)
    arrivals.arrive(("b", [sent(FULL, 1, site="b", hours=1)]))
    arrivals.config = make_config(sources("b", "c") + feeds.format('["b", "c"]'))
    arrivals.publish()
    for wanted in ('["b", "c"]', '["c"]'):
        arrivals.config = make_config(sources("b", "c") + feeds.format(wanted))
        (one,) = arrivals.shown(0)
        assert (one.id, one.published) == (known.id, known.published)


def test_another_copy_that_changes_moves_no_update(make_config: Make) -> None:
    """Only what readers see counts: a correction of a copy that is not shown is none."""
    arrivals = Arrivals(make_config(sources("a", "b")))
    arrivals.arrive(("a", [sent(FULL, 1, hours=5)]), ("b", [sent(SHORT, 9, site="b", hours=1)]))
    arrivals.publish()
    (before,) = arrivals.shown()
    arrivals.now = NOW + timedelta(hours=2)
    changed = replace(SHORT, title=f"{SHORT.title} (ভিডিও)")
    arrivals.arrive(("b", [sent(changed, 9, site="b", hours=1)]))
    (after,) = arrivals.shown()
    assert (after.updated, after.title) == (before.updated, before.title)


def test_a_merged_happening_never_appears_twice(make_config: Make) -> None:
    """When the first report has left the feed, the hidden one does not come up instead."""
    text = sources("a", "b") + '[[feed]]\nname = "merged"\nevents = "merge"\nlimit = 2\n'
    arrivals = Arrivals(make_config(text))
    arrivals.arrive(("a", [sent(QUAKE, 1, hours=30)]))
    arrivals.publish()
    arrivals.arrive(("b", [sent(QUAKE_AGAIN, 7, site="b", hours=3)]))
    arrivals.publish()
    arrivals.arrive(("a", [sent(one, 50 + n, hours=20) for n, one in enumerate(ARTICLES[:3])]))
    arrivals.publish()
    assert QUAKE_AGAIN.title not in [one.title for one in arrivals.shown()]


def test_a_purge_takes_away_one_text_and_no_other(make_config: Make) -> None:
    """The next bulletin of the same pattern comes, an edited copy of the purged one does not."""
    arrivals = Arrivals(make_config(sources("a", "b")))
    arrivals.arrive(("a", [sent(FULL, 1, hours=3)]))
    assert invoke(arrivals.config, "purge", FULL.title).exit_code == 0
    editor = Editor([one for one in ARTICLES if one is not FULL], Random(9))
    for told in (editor.words(FULL, 0.2), editor.sentences(FULL, 0.3), SHORT):
        arrivals.arrive(("b", [sent(told, 5, site="b")]))
        assert arrivals.shown() == []
    arrivals.arrive(("b", [sent(recounted(FULL), 6, site="b")]))
    assert [one.source for one in arrivals.shown()] == ["b"]


def test_a_purged_headline_stays_away(make_config: Make) -> None:
    """Entries without a text are purged by their headline, whenever it comes again."""
    arrivals = Arrivals(make_config(sources("a", "b")))
    told = Article("উপকূলের বাঁধের জন্য স্থায়ী বরাদ্দ প্রয়োজন", ())
    arrivals.arrive(("a", [sent(told, 1)]))
    assert invoke(arrivals.config, "purge", told.title).exit_code == 0
    arrivals.now = NOW + timedelta(days=100)
    for name in "ab":
        arrivals.arrive((name, [sent(told, 77, site=name, hours=-2400)]))
    assert arrivals.shown() == []


def test_nothing_of_a_purged_text_is_left_in_the_store(make_config: Make) -> None:
    """Neither in a table nor in the files, whoever sent it and whenever."""
    arrivals = Arrivals(make_config(sources("a", "b")))
    arrivals.arrive(("a", [sent(FULL, 1, hours=3)]))
    arrivals.publish()
    assert invoke(arrivals.config, "purge", FULL.title).exit_code == 0
    arrivals.arrive(("b", [sent(FULL, 5, site="b")]))
    arrivals.publish()
    folder = arrivals.config.path.parent
    found = [
        path
        for path in folder.rglob("*")
        if path.is_file() and FULL.paragraphs[1].encode() in path.read_bytes()
    ]
    assert found == []


def test_nothing_is_left_of_a_text_that_is_purged_before_its_story_is_decided(
    make_config: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it would have been looked up by goes with it, as nothing takes it away later."""
    arrivals = Arrivals(make_config(sources("a")))
    with monkeypatch.context() as killed_before_clustering:
        killed_before_clustering.setattr("tests.support.arrivals.cluster_entries", lambda _run: 0)
        arrivals.arrive(("a", [sent(FULL, 1, hours=3)]))
    assert invoke(arrivals.config, "purge", "https://a.example/news/1").exit_code == 0
    arrivals.arrive()
    with closing(sqlite3.connect(arrivals.config.path.parent / "aggregator.db")) as store:
        assert store.execute("SELECT count(*) FROM entry WHERE is_clustered = 0").fetchone() == (0,)
        assert store.execute("SELECT count(*) FROM signed").fetchone() == (0,)


def test_what_is_truly_new_ends_no_hold(make_config: Make) -> None:
    """A feed that rolls on beside a change that is held lets nothing of it through."""
    arrivals = Arrivals(make_config(sources("a")))
    arrivals.arrive(("a", [sent(one, n) for n, one in enumerate(titles(12))]))
    changed = [sent(one, n + 500, hours=0.5) for n, one in enumerate(titles(12))]
    for poll in range(4):
        arrivals.now = NOW + timedelta(minutes=15 * poll)
        fresh = [sent(one, 900 + n) for n, one in enumerate(ARTICLES[: 2 * poll])]
        arrivals.arrive(("a", [*fresh, *changed[poll:]]))
        report = arrivals.reports[-1]
        assert report.quarantined == 12 - poll
        assert report.new == (2 if poll else 0)


def test_a_change_that_changes_is_not_believed(make_config: Make) -> None:
    """Three faults in eight hours are no habit; what is mended in between begins anew."""
    arrivals = Arrivals(make_config(sources("a")))
    good = [sent(one, n) for n, one in enumerate(ARTICLES[:11])]
    arrivals.arrive(("a", good))
    for hours, fault in ((1, "ক"), (4, "খ"), (8, "গ"), (9, ""), (48, "ক"), (49, "ক"), (50, "ক")):
        arrivals.now = NOW + timedelta(hours=hours)
        broken = [sent(replace(one, paragraphs=(fault,)), n) for n, one in enumerate(ARTICLES[:11])]
        arrivals.arrive(("a", broken if fault else good))
        assert arrivals.reports[-1].revised == 0


def test_headlines_that_come_again_each_day_are_published(make_config: Make) -> None:
    """Twelve signs of the zodiac with new addresses each day are twelve entries each day."""
    arrivals = Arrivals(make_config(sources("a")))
    for day in range(3):
        arrivals.now = NOW + timedelta(days=day)
        arrivals.arrive(
            ("a", [sent(one, 100 * day + n, hours=-24 * day) for n, one in enumerate(titles(12))])
        )
        assert (arrivals.reports[-1].new, arrivals.reports[-1].quarantined) == (12, 0)


def test_a_shared_guid_and_link_over_bare_headlines_harm_nobody(make_config: Make) -> None:
    """All names shared, and only a date that differs at the next poll: no id is made twice."""
    arrivals = Arrivals(make_config(sources("a")))
    for hours in (0, 1, 2):
        arrivals.arrive(
            (
                "a",
                [
                    sent(one, n, guid="x", link="https://a.example/", hours=hours)
                    for n, one in enumerate(titles(3))
                ],
            )
        )
    assert len(arrivals.shown()) == 3


def test_a_guid_twice_with_two_links_is_one_entry(make_config: Make) -> None:
    """The same item listed under two sections is not two."""
    arrivals = Arrivals(make_config(sources("a")))
    links = ("https://a.example/n/1?from=home", "https://a.example/n/1?from=dhaka")
    arrivals.arrive(("a", [sent(FULL, 1, guid="g", link=link) for link in links]))
    assert len(arrivals.shown()) == 1


def test_a_wall_meets_nothing_of_another_paper(make_config: Make) -> None:
    """Whichever comes first, five headlines over a wall and one over the same are six entries."""
    for order in ("ab", "ba"):
        arrivals = Arrivals(make_config(sources("a", "b")))
        documents = {
            "a": [sent(wall(n), n) for n in range(5)],
            "b": [sent(wall(9), 9, site="b")],
        }
        for name in order:
            arrivals.arrive((name, documents[name]))
        assert len(arrivals.shown()) == 6
        arrivals.config.path.with_name("aggregator.db").unlink()


def test_a_purge_of_a_walled_entry_spares_its_paper(make_config: Make) -> None:
    """Neither its other entries, nor new ones, nor good ones that the wall is put before later."""
    arrivals = Arrivals(make_config(sources("a", "b")))
    arrivals.arrive(("a", [sent(wall(n), n) for n in range(4)]))
    arrivals.arrive(("a", [sent(ARTICLES[n], n) for n in range(20, 28)]))
    arrivals.arrive(("b", [sent(ARTICLES[n], n, site="b") for n in range(20, 28)]))
    arrivals.publish()
    assert invoke(arrivals.config, "purge", "https://a.example/news/0").exit_code == 0
    arrivals.now = NOW + timedelta(days=90)
    arrivals.arrive(("a", [sent(wall(n), n, hours=-2160) for n in range(5, 9)]))
    arrivals.arrive(("a", [sent(wall(n), n) for n in range(20, 28)]))
    assert len(arrivals.shown()) == 3 + 8 + 4


def test_merging_in_one_feed_hides_nothing_in_another(make_config: Make) -> None:
    """Nor in one that is added later, nor in the same once it merges no more."""
    merged, plain = '[[feed]]\nname = "m"\nevents = "{}"\n', '[[feed]]\nname = "all"\n'
    only = '[[feed]]\nname = "only"\nsources = ["b"]\n'
    arrivals = Arrivals(make_config(sources("a", "b") + merged.format("merge") + plain))
    arrivals.arrive(
        ("a", [sent(QUAKE, 1, hours=3)]), ("b", [sent(QUAKE_AGAIN, 7, site="b", hours=2)])
    )
    arrivals.publish()
    assert [len(arrivals.shown(feed)) for feed in (0, 1)] == [1, 2]
    arrivals.config = make_config(sources("a", "b") + merged.format("link") + plain + only)
    arrivals.publish()
    assert [len(arrivals.shown(feed)) for feed in (0, 1, 2)] == [2, 2, 1]


def test_what_took_anothers_place_gives_it_back_when_it_goes(make_config: Make) -> None:
    """A report that was hidden is shown once the one before it is purged or its source is gone."""
    merged = '[[feed]]\nname = "m"\nevents = "merge"\n'
    arrivals = Arrivals(make_config(sources("a", "b") + merged))
    arrivals.arrive(
        ("a", [sent(QUAKE, 1, hours=3)]), ("b", [sent(QUAKE_AGAIN, 7, site="b", hours=2)])
    )
    arrivals.publish()
    assert arrivals.publish() == arrivals.publish()
    both, arrivals.config = arrivals.config, make_config(sources("b") + merged)
    assert [one.source for one in arrivals.shown()] == ["b"]
    arrivals.config = make_config(sources("a", "b") + merged)
    assert invoke(both, "purge", QUAKE.title).exit_code == 0
    assert [one.source for one in arrivals.shown()] == ["b"]


def test_one_address_over_different_accidents_is_no_story(make_config: Make) -> None:
    """What the two say differently counts, whatever links them."""
    arrivals = Arrivals(make_config(sources("a", "b")))
    for name, title in (
        ("a", "ঢাকায় ট্রাকের ধাক্কায় বাস উল্টে নিহত ৫ জন"),
        ("b", "সিলেটে ট্রাকের ধাক্কায় বাস উল্টে নিহত ৯ জন"),
    ):
        entry = sent(Article(title, ()), 1, link="https://p.example/live", guid=name)
        arrivals.arrive((name, [entry]))
    assert len(arrivals.shown()) == 2


def test_a_purged_headline_keeps_no_other_text_away(make_config: Make) -> None:
    """A whole article under the words of a bare headline that was purged is another's."""
    arrivals = Arrivals(make_config(sources("a", "b")))
    told = Article("আর কত প্রাণ যাবে এই সড়কে এবার", ())
    arrivals.arrive(("a", [sent(told, 1)]))
    assert invoke(arrivals.config, "purge", told.title).exit_code == 0
    arrivals.arrive(("b", [sent(Article(told.title, FULL.paragraphs), 2, site="b")]))
    assert [one.title for one in arrivals.shown()] == [told.title]


def test_undated_columns_are_published_each_day(make_config: Make) -> None:
    """Headlines that stand, over texts that are new, are no change of what is known."""
    arrivals = Arrivals(make_config(sources("a")))
    for day in range(3):
        arrivals.now = NOW + timedelta(days=day)
        columns = []
        for number, one in enumerate(titles(12)):
            told = Article(one.title, ARTICLES[12 * day + number].paragraphs)
            columns.append(replace(sent(told, 100 * day + number), published=""))
        arrivals.arrive(("a", columns))
        assert (arrivals.reports[-1].new, arrivals.reports[-1].quarantined) == (12, 0)


def test_an_id_that_was_merged_stays_when_its_source_goes(make_config: Make) -> None:
    """Two published entries become one story: from then on there is one id for them."""
    arrivals = Arrivals(make_config(sources("a", "b")))
    arrivals.arrive(("a", [sent(FULL, 1, hours=5)]), ("b", [sent(OTHER, 2, site="b", hours=4)]))
    arrivals.publish()
    arrivals.arrive(("b", [sent(FULL, 2, site="b", hours=4)]))
    arrivals.publish()
    (one,) = arrivals.shown()
    for names in (("b",), ("a", "b")):
        arrivals.config = make_config(sources(*names))
        arrivals.publish()
        assert [shown.id for shown in arrivals.shown()] == [one.id]


def test_an_address_and_id_given_again_after_months_are_another_entry(make_config: Make) -> None:
    """The older article keeps its words, and the new one stands where it belongs."""
    arrivals = Arrivals(make_config(sources("a")))
    arrivals.arrive(("a", [sent(FULL, 1, hours=24 * 200)]))
    arrivals.arrive(("a", [sent(OTHER, 1)]))
    assert [one.title for one in arrivals.shown()] == [OTHER.title, FULL.title]
