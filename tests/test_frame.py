"""What every page for people leads to, and what it says of a story besides its text."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aggregator.models import FeedLink, Related, SourceLink
from aggregator.pipeline.frame import frame_of
from tests.support.arrivals import ARTICLES, Arrivals, sent, sources
from tests.support.configurations import Make
from tests.support.published import plain_files
from tests.test_stories import REPORTS

pytestmark = pytest.mark.databases

SPLIT = '[[feed]]\nname = "{}"\ntitle = "খবর"\nsplit_by = "{}"\n'


def links(make_config: Make, text: str) -> tuple[list[FeedLink], list[FeedLink]]:
    """Return the feeds and the topics that the pages of a configuration lead to."""
    frame = frame_of(make_config(text))
    return list(frame.feeds), list(frame.topics)


def test_feeds_of_one_topic_are_topics_and_all_others_are_feeds(make_config: Make) -> None:
    """A feed of two topics is a feed, and so is the second of one topic."""
    feeds = [
        '[[feed]]\nname = "sob"\ntitle = "সব খবর"\n',
        '[[feed]]\nname = "khela"\ntitle = "মাঠের খবর"\ntopics = "ক্রীড়া"\n',
        '[[feed]]\nname = "dui"\ntitle = "দুই বিষয়"\ntopics = ["খেলা", "বিনোদন"]\n',
        '[[feed]]\nname = "abar"\ntitle = "আবার খেলা"\ntopics = "খেলা"\n',
    ]
    shown, topics = links(make_config, "".join(feeds) + sources("a"))
    assert topics == [FeedLink(title="খেলা", feed="khela")]
    assert [link.feed for link in shown] == ["sob", "dui", "abar"]
    assert frame_of(make_config("".join(feeds) + sources("a"))).front == "sob"


@pytest.mark.parametrize("split_by", ["topic", "category"])
def test_parts_by_topic_and_by_category_are_topics(make_config: Make, split_by: str) -> None:
    """They are called by their labels alone."""
    text = SPLIT.format("x", split_by) + sources("a", extra='category = "খেলা"\n')
    shown, topics = links(make_config, text)
    assert not shown
    assert "খেলা" in [link.title for link in topics]


def test_a_source_leads_to_its_site_and_to_the_feed_of_it_alone(make_config: Make) -> None:
    """Of a host of feeds, of one that nobody reaches and of a dump there is no home page."""
    source = '[[source]]\nname = "{0}"\ntitle = "কাগজ {0}"\n{1}\n'.format
    text = SPLIT.format("x", "source") + "".join(
        (
            source("a", 'feed = "https://me:word@www.kagoj.example:8443/rss?token=1"'),
            source("b", 'feed = "https://feeds.kagoj.example/rss"'),
            source("c", 'feed = "http://127.0.0.1/rss"\nallow_private = true'),
            source("d", 'dump = "dumps/*.txt"'),
        )
    )
    frame = frame_of(make_config(text))
    assert frame.sources == (
        SourceLink(title="কাগজ a", home_page="https://www.kagoj.example:8443/", feed="x-a"),
        SourceLink(title="কাগজ b", feed="x-b"),
        SourceLink(title="কাগজ c", feed="x-c"),
        SourceLink(title="কাগজ d", feed="x-d"),
    )
    assert not frame.topics


def test_the_sources_of_one_title_are_one_to_readers(make_config: Make) -> None:
    """A paper that is read by several feeds is named once, in its first place."""
    config = make_config('[[feed]]\nname = "x"\n' + sources("a", "b", "c"))
    titled = [replace(source, title="কাগজ") for source in config.sources[::2]]
    frame = frame_of(replace(config, sources=(titled[0], config.sources[1], titled[1])))
    assert [link.title for link in frame.sources] == ["কাগজ", "কাগজ b"]


def test_a_feed_that_is_added_changes_pages_and_no_format(make_config: Make) -> None:
    """Every page leads to it from then on; RSS, Atom, JSON and their times stay."""
    feeds = ['[[feed]]\nname = "x"\ntitle = "ক"\n', '[[feed]]\nname = "y"\ntitle = "খ"\n']
    arrivals = Arrivals(make_config(feeds[0] + sources("a")))
    arrivals.arrive(("a", [sent(ARTICLES[0], 1)]))
    arrivals.publish()

    def stamps() -> dict[str, int]:
        return {
            path.name: path.stat().st_ino
            for path in plain_files(arrivals.config.site.output)
            if path.stem in ("x", "index")
        }

    before = stamps()
    arrivals.config = make_config("".join(feeds) + sources("a"))
    arrivals.publish()
    after = stamps()
    assert {name for name in before if after[name] != before[name]} == {"x.html", "index.html"}


# --- What is said of a story ---------------------------------------------------------------------


def topics_of(make_config: Make, text: str, *categories: str) -> list[str]:
    """Return what an entry of the paper ``a`` with these categories is called by."""
    arrivals = Arrivals(make_config(text))
    entry = replace(sent(ARTICLES[0], 1), categories=categories)
    arrivals.arrive(("a", [entry]))
    return [entry.topic for entry in arrivals.shown()]


def test_a_story_is_called_by_its_main_topic(make_config: Make) -> None:
    """The narrowest of what its papers say; else their source's category; else by nothing."""
    feed = '[[feed]]\nname = "x"\n'
    of_country = feed + sources("a", extra='category = "জাতীয়"\n')
    assert topics_of(make_config, of_country, "রাজনীতি", "ক্রিকেট") == ["খেলা"]
    assert topics_of(make_config, of_country, "হাটখোলা") == ["জাতীয়"]
    assert topics_of(make_config, feed + sources("a", extra='category = "হাওর"\n')) == ["হাওর"]
    assert topics_of(make_config, feed + sources("a")) == [""]


def test_a_topic_is_called_as_its_feed_is(make_config: Make) -> None:
    """So that a page leads from the story to the feed, whatever the papers call it."""
    text = SPLIT.format("x", "category") + sources("a", extra='category = "ক্রীড়া"\n')
    assert topics_of(make_config, text, "ক্রিকেট") == ["ক্রীড়া"]
    own = f'{text}[[feed]]\nname = "y"\ntopics = "খেলা"\n'
    assert topics_of(make_config, own, "ক্রিকেট") == ["খেলা"]


def test_who_else_tells_a_story_is_named_with_headline_and_time(make_config: Make) -> None:
    """Both are the other paper's own, of a copy and of a report on the same event."""
    feed = '[[feed]]\nname = "x"\nlanguages = "*"\n'
    arrivals = Arrivals(make_config(feed + sources("a", "b", "c")))
    report = REPORTS[0]
    copy = replace(sent(report.a, 2, site="b", hours=2), title_html="অন্য শিরোনামে একই লেখা")
    arrivals.arrive(
        ("a", [sent(report.a, 1, hours=3)]),
        ("b", [copy]),
        ("c", [sent(report.b, 3, site="c", hours=1)]),
    )
    arrivals.publish()
    shown = {entry.source: entry for entry in arrivals.shown()}
    by_source = {related.source: related for related in shown["a"].related}
    assert by_source["b"] == Related(
        link=copy.link,
        source="b",
        is_same_text=True,
        title="অন্য শিরোনামে একই লেখা",
        published=arrivals.now.replace(hour=4),
    )
    assert by_source["c"].title == shown["c"].title
    assert by_source["c"].published == shown["c"].published
    assert not by_source["c"].is_same_text
