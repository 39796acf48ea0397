"""What a feed may choose: topics, words, papers, order, content; and the parts of one."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.bengali.inflections import Phrase, phrase
from aggregator.bengali.topics import TOPICS
from aggregator.models import Config, ParsedEntry, Source
from aggregator.pipeline import choose, refusals
from aggregator.pipeline.explain import explain
from aggregator.store.store import Store
from aggregator.stories.rank import DOUBLING, Report, happening_of, paper_of_each
from tests.support.arrivals import ARTICLES, Arrivals, sent, sources
from tests.support.configurations import Make
from tests.support.passes import NOW
from tests.test_stories import REPORTS

pytestmark = pytest.mark.databases

FEED = '[[feed]]\nname = "x"\n'


def of(
    number: int, *categories: str, title: str = "", site: str = "a", hours: float = 0
) -> ParsedEntry:
    """Return an article of a site with categories, and maybe a title of its own."""
    entry = sent(ARTICLES[number], number, site=site, hours=hours or number)
    return replace(entry, categories=categories, title_html=title or entry.title_html)


def titles(arrivals: Arrivals, feed: int = 0) -> list[str]:
    """Return the titles that a feed shows, in order."""
    return [entry.title for entry in arrivals.shown(feed)]


def why(arrivals: Arrivals, question: str, feed: str = "x") -> str:
    """Return what is explained of the first entry that a question finds, for one feed."""
    with Store.open(arrivals.config.store_url) as store:
        (explanation, *_) = explain(arrivals.config, store, question, arrivals.now).entries
    return next(position.why for position in explanation.positions if position.feed == feed)


# --- Topics --------------------------------------------------------------------------------------


def test_papers_name_one_topic_in_many_ways(make_config: Make) -> None:
    """Each of them is let in, also in another spelling or within a path of sections."""
    arrivals = Arrivals(make_config(f'{FEED}topics = ["খেলা"]\n{sources("a")}'))
    names = ("খেলা", "ক্রীড়া", "Sports", "SPORT", "ক্রী\u09a1\u09bc\u09be", "খেলা > ফুটবল", "সংবাদ/খেলাধুলা")
    entries = [of(number, name, title=f"{number}") for number, name in enumerate(names, start=1)]
    others = [of(10, "রাজনীতি"), of(11), of(12, "খেলাপি ঋণ")]
    arrivals.arrive(("a", [*entries, *others]))
    assert sorted(titles(arrivals)) == sorted(entry.title_html for entry in entries)


def test_a_source_s_category_says_what_an_entry_is_about_that_does_not(make_config: Make) -> None:
    """A paper of the whole country has sports too, so where an entry says so, that counts alone."""
    text = f'{FEED}topics = ["জাতীয়"]\n' + sources("a", extra='category = "জাতীয়"\n')
    arrivals = Arrivals(make_config(text))
    arrivals.arrive(("a", [of(1, title="১"), of(2, "ক্রিকেট", title="২"), of(3, "সাকিব", title="৩")]))
    assert titles(arrivals) == ["১", "৩"]
    assert why(arrivals, "https://a.example/news/2") == "it is of খেলা, and the feed of জাতীয়"


def test_a_person_adds_to_topics_and_makes_new_ones(make_config: Make) -> None:
    """A word goes where the person puts it, and is no other topic's any more."""
    arrivals = Arrivals(
        make_config(
            '[topics]\n"খেলা" = ["দাবা"]\n"ক্রিকেট" = ["বিসিবি"]\n"দেশ জুড়ে" = ["জাতীয়", "সারাদেশ"]\n'
            '"মতামত" = ["গান"]\n'
            '[[feed]]\nname = "x"\ntopics = "খেলা"\n[[feed]]\nname = "y"\ntopics = "ক্রিকেট"\n'
            '[[feed]]\nname = "z"\ntopics = "দেশ জুড়ে"\n[[feed]]\nname = "o"\ntopics = "মতামত"\n'
            f'[[feed]]\nname = "s"\nsplit_by = "topic"\n{sources("a")}'
        )
    )
    arrivals.arrive(
        ("a", [of(1, "দাবা", title="১"), of(2, "ক্রিকেট", title="২"), of(3, "বিসিবি", title="৩")]),
        ("a", [of(4, "জেলা", title="৪"), of(5, "National", title="৫"), of(6, "গান", title="৬")]),
    )
    shown = [titles(arrivals, feed) for feed in range(4)]
    assert shown == [["১"], ["২", "৩"], ["৪", "৫"], ["৬"]]
    parts = {feed.part.topic for feed in arrivals.config.feeds if feed.part}
    assert {"ক্রিকেট", "দেশ জুড়ে", "খেলা"} <= parts and not parts & {"জাতীয়", "সারাদেশ"}


def test_a_topic_that_is_edited_holds_for_what_stands(make_config: Make) -> None:
    """A feed is selected anew where only ``[topics]`` changed, and nothing came."""
    lines = f'{FEED}topics = "খেলা"\n{sources("a")}'
    arrivals = Arrivals(make_config(lines))
    arrivals.arrive(("a", [of(1, "দাবা", title="বোর্ডে")]))
    assert "বোর্ডে" not in arrivals.publish()["x.json"].decode()
    arrivals.config = make_config(f'[topics]\n"খেলা" = "দাবা"\n{lines}')
    assert "বোর্ডে" in arrivals.publish()["x.json"].decode()


def test_no_word_of_the_table_stands_under_two_topics() -> None:
    """Each names one topic, and the names of files differ."""
    words = [word.casefold() for topic in TOPICS for word in (topic.name, *topic.synonyms)]
    assert [word for word, count in Counter(words).items() if count > 1] == []
    assert len({topic.slug for topic in TOPICS}) == len(TOPICS)


# --- Words ---------------------------------------------------------------------------------------


def test_words_let_in_and_keep_out(make_config: Make) -> None:
    """A form of a word counts as the word, in titles alone unless the feed says otherwise."""
    feeds = (
        f'{FEED}include = ["নির্বাচন", "জাতীয় সংসদ"]\nexclude = "উপনির্বাচন"\n'
        '[[feed]]\nname = "y"\ninclude = "হাতি"\nmatch_in = "all"\n'
    )
    arrivals = Arrivals(make_config(feeds + sources("a")))
    with_text = replace(of(5, title="বনে ফসল"), content_html="<p>রাতে <b>হাতির</b> পাল নামে।</p>")
    arrivals.arrive(
        ("a", [of(1, title="নির্বাচনের তারিখ"), of(2, title="নির্বাচন ও উপনির্বাচনে ভোট")]),
        ("a", [of(3, title="জাতীয় সংসদে বিল"), of(4, title="নির্বাচিত প্রতিনিধি"), with_text]),
    )
    assert titles(arrivals) == ["নির্বাচনের তারিখ", "জাতীয় সংসদে বিল"]
    assert titles(arrivals, 1) == ["বনে ফসল"]
    assert why(arrivals, "https://a.example/news/2") == "it has উপনির্বাচন (exclude)"
    assert why(arrivals, "https://a.example/news/4") == "it has none of the words of include"


# --- Papers --------------------------------------------------------------------------------------


def test_words_are_made_once_however_many_a_feed_names(
    make_config: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not for each page that is read: a list of thousands would be made ten times each time."""
    monkeypatch.setattr(choose, "_PAGE", 1)
    made: list[str] = []

    def noted(text: str) -> Phrase:
        made.append(text)
        return phrase(text)

    monkeypatch.setattr(refusals, "phrase", noted)
    words = ", ".join(f'"শব্দ {number}"' for number in range(2_500))
    arrivals = Arrivals(make_config(f"{FEED}exclude = [{words}]\n{sources('a')}"))
    arrivals.arrive(("a", [of(number) for number in (1, 2, 3)]))
    assert len(titles(arrivals)) == 3
    assert len(made) == 2_500


def test_so_many_papers_have_a_story_or_report_its_event(make_config: Make) -> None:
    """Who prints the text counts, and who tells of the event otherwise; a paper counts once."""
    text = f'{FEED}min_sources = 3\n[[feed]]\nname = "y"\nmin_sources = 2\n'
    arrivals = Arrivals(make_config(text + sources("a", "b", "c")))
    report = REPORTS[0]
    arrivals.arrive(
        ("a", [sent(report.a, 1, hours=3), of(2, hours=4)]),
        ("b", [sent(report.b, 1, site="b", hours=2)]),
        ("a", [sent(report.a, 3, hours=2.5)]),
    )
    published = arrivals.publish()
    assert titles(arrivals) == []
    addresses = [entry["url"] for entry in _items(published, "y")]
    assert sorted(address.split("/")[2] for address in addresses) == ["a.example", "b.example"]
    assert why(arrivals, "https://a.example/news/2", "y") == (
        "1 paper reports it: a; the feed wants 2 (min_sources)"
    )
    arrivals.arrive(("c", [sent(report.a, 9, site="c", hours=1)]))
    published = arrivals.publish()
    assert b"https://b.example/news/1" in published["x.json"]
    assert why(arrivals, "https://b.example/news/1") == "3 papers report it: a, b, c"
    assert arrivals.publish() == published


@pytest.mark.parametrize(
    ("second", "is_one"),
    [
        (Source(name="b", title="কাগজ খ", feed="https://www.a.example/sports/rss"), True),
        (Source(name="b", title="কাগজ ক", feed="https://feeds.example/b"), True),
        (Source(name="b", title="কাগজ  ক", dump="*"), True),
        (Source(name="b", title="কাগজ খ", feed="https://b.example/"), False),
        (Source(name="b", title="কাগজ খ", dump="*"), False),
    ],
)
def test_sources_of_one_title_or_host_are_one_paper(second: Source, is_one: bool) -> None:
    """A paper that sends its sections in several feeds is not several papers."""
    papers = paper_of_each([Source(name="a", title="কাগজ ক", feed="https://a.example/"), second])
    assert papers == {"a": "a", "b": "a" if is_one else "b"}


def test_an_address_by_number_is_no_paper_s() -> None:
    """Papers on one machine stay as many as they are."""
    on_one = [
        Source(name=name, title=name, feed=f"http://127.0.0.1:8000/{name}") for name in ("a", "b")
    ]
    assert paper_of_each(on_one) == {"a": "a", "b": "b"}


# --- Order ---------------------------------------------------------------------------------------


def test_twice_as_many_papers_are_worth_eight_hours(make_config: Make) -> None:
    """What more papers report stands before what is newer by less, and after what is by more."""
    arrivals = Arrivals(make_config(f'{FEED}order = "top"\n{sources("a", "b", "c", "d")}'))
    of_four = [(name, [of(1, title="চার", site=name, hours=17)]) for name in "abcd"]
    of_two = [(name, [of(2, title="দুই", site=name, hours=8.5)]) for name in "ab"]
    alone = [
        ("c", [of(3, title="এক", site="c", hours=1.5), of(4, title="আগে", site="c", hours=0.4)])
    ]
    old = [("d", [of(5, title="পুরোনো", site="d", hours=60)])]
    arrivals.arrive(*of_four, *of_two, *alone, *old)
    assert titles(arrivals) == ["আগে", "দুই", "চার", "এক"]
    assert why(arrivals, "https://a.example/news/1") == (
        "4 papers report it: a, b, c, d, so it stands as if published 16.0 hours later"
    )
    assert "more than 2 days" in why(arrivals, "https://d.example/news/5")


_PAPERS = {name: name for name in "abcdef"}
_TOLD = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.integers(0, 200_000)), min_size=1, max_size=12
)
_PRIORITIES = st.fixed_dictionaries({name: st.integers(-100, 100) for name in "abcdef"})
_SECOND = timedelta(seconds=1)  # to which a place is rounded


def _reported(told: Sequence[tuple[str, int]], later: timedelta = timedelta(0)) -> list[Report]:
    """Return reports of papers, each some seconds after a time."""
    start = datetime(2026, 11, 24, tzinfo=UTC) + later
    return [Report(source=name, published=start + timedelta(seconds=at)) for name, at in told]


@given(_TOLD, _PRIORITIES, st.randoms(), st.integers(0, 10**6))
def test_a_happening_is_as_big_as_its_papers_are_fresh(
    told: list[tuple[str, int]], priorities: dict[str, int], random: Random, seconds: int
) -> None:
    """Whatever the order of the reports; and any two keep their distance as time passes."""
    happening = happening_of(_reported(told), _PAPERS, priorities)
    shuffled = happening_of(_reported(random.sample(told, len(told))), _PAPERS, priorities)
    assert shuffled == happening and shuffled.placed == happening.placed
    later = timedelta(seconds=seconds)
    assert happening_of(_reported(told, later), _PAPERS, priorities).placed == (
        happening.placed + later
    )
    assert len(happening.papers) == len({name for name, _ in told})


@given(_TOLD, _PRIORITIES, st.sampled_from("abcdef"), st.integers(0, 200_000), st.integers(1, 50))
def test_who_takes_it_up_makes_a_happening_bigger(
    told: list[tuple[str, int]], priorities: dict[str, int], name: str, at: int, more: int
) -> None:
    """So does more priority; what a paper reports again does nothing."""
    happening = happening_of(_reported(told), _PAPERS, priorities)
    further = happening_of(_reported([*told, (name, at)]), _PAPERS, priorities)
    if name not in happening.papers:
        assert further.placed >= happening.placed
    elif at > min(seconds for paper, seconds in told if paper == name):
        assert further.placed == happening.placed
    higher = happening_of(_reported(told), _PAPERS, {**priorities, name: priorities[name] + more})
    assert higher.placed >= happening.placed


@given(st.integers(1, 200), st.integers(0, 10**6))
def test_twice_the_papers_or_a_hundred_of_priority_are_eight_hours(count: int, at: int) -> None:
    """Where all of them report at one time."""
    names = {f"p{number}": f"p{number}" for number in range(2 * count)}
    all_of_them = _reported([(name, at) for name in names])
    one = happening_of(all_of_them[:count], names, {}).placed
    for other in (
        happening_of(all_of_them, names, {}).placed,
        happening_of(all_of_them[:count], names, dict.fromkeys(names, 100)).placed,
    ):
        assert abs(other - one - DOUBLING) <= _SECOND


def test_a_story_that_is_told_alone_stands_at_its_time(make_config: Make) -> None:
    """By its priority it stands before or after; `explain` says so, and the order is that."""
    feed = f'{FEED}order = "top"\nper_source = 1.0\n'
    papers = (
        sources("a")
        + sources("b", extra="priority = 50\n")
        + sources("c", extra="priority = -50\n")
    )
    arrivals = Arrivals(make_config(feed + papers))
    arrivals.arrive(
        *((name, [of(number, site=name, hours=5)]) for number, name in enumerate("abc", start=1))
    )
    assert [entry.source for entry in arrivals.shown()] == ["b", "a", "c"]
    stands = {
        name: why(arrivals, f"https://{name}.example/news/{number}").split("published ")[1]
        for number, name in enumerate("abc", start=1)
    }
    assert stands == {"a": "0.0 hours later", "b": "4.0 hours later", "c": "4.0 hours earlier"}


def test_what_is_taken_up_later_is_fresher(make_config: Make) -> None:
    """Of two happenings of two papers that began at one time, that whose second report is newer."""
    arrivals = Arrivals(make_config(f'{FEED}order = "top"\nevents = "merge"\n{sources("a", "b")}'))
    for number, hours in ((0, 9), (1, 2)):
        arrivals.arrive(
            ("a", [sent(REPORTS[number].a, number, hours=10)]),
            ("b", [sent(REPORTS[number].b, number, site="b", hours=hours)]),
        )
    arrivals.publish()
    assert titles(arrivals) == [REPORTS[1].a.title, REPORTS[0].a.title]


def test_the_time_of_day_changes_no_byte(make_config: Make) -> None:
    """Whatever a feed chooses, publishing again hours later changes nothing where nothing came.

    Pages alone call yesterday's news today's no longer.
    """
    feeds = "".join(
        f'[[feed]]\nname = "f{number}"\n{lines}\n'
        for number, lines in enumerate(
            (
                'order = "top"',
                'order = "top"\nevents = "merge"\nmin_sources = 2',
                'topics = "খেলা"\nmin_sources = 2',
                'include = "ঢাকা"\nmatch_in = "all"\ncontent = "summary"',
                'split_by = "topic"',
            )
        )
    )
    arrivals = Arrivals(make_config(feeds + sources("a", "b", "c")))
    for pair in REPORTS[:4]:
        number = REPORTS.index(pair)
        arrivals.arrive(
            ("a", [replace(sent(pair.a, number, hours=number), categories=("খেলা",))]),
            ("b", [sent(pair.b, number, site="b", hours=number + 1)]),
        )
    for _ in range(2):  # what merges settles at its second publishing
        published = _formats(arrivals.publish())
    for _ in range(3):
        arrivals.now += timedelta(hours=17)
        assert _formats(arrivals.publish()) == published


def _formats(published: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files that readers subscribe to."""
    return {name: body for name, body in published.items() if not name.endswith(".html")}


def test_what_develops_is_shown_though_its_first_report_is_too_old(make_config: Make) -> None:
    """By papers, the story of an event that was shown first gives way once it is two days old."""
    feed = f'{FEED}order = "top"\nevents = "merge"\nmin_sources = 2\n'
    arrivals = Arrivals(make_config(feed + sources("a", "b", "c")))
    report = REPORTS[0]
    arrivals.arrive(
        ("a", [sent(report.a, 1, hours=30)]), ("b", [sent(report.b, 1, site="b", hours=10)])
    )
    arrivals.publish()
    assert [entry.source for entry in arrivals.shown()] == ["a"]
    arrivals.now += timedelta(hours=30)
    arrivals.arrive(("c", [of(5, site="c", hours=-20)]))
    arrivals.publish()
    assert [entry.source for entry in arrivals.shown()] == ["b"]


def test_an_entry_without_a_date_takes_no_archive_away(make_config: Make) -> None:
    """The days that compete go by what is dated, and by first sight where nothing is."""
    arrivals = Arrivals(make_config(f'{FEED}order = "top"\nper_source = 1.0\n{sources("a", "b")}'))
    archived = [of(number, hours=9_000 + number) for number in (1, 2, 3)]
    undated = replace(of(4, site="b"), published="")
    arrivals.arrive(("b", [undated]))
    assert [entry.source for entry in arrivals.shown()] == ["b"]
    arrivals.arrive(("a", [*archived, of(5, hours=9_100)]))
    assert [entry.source for entry in arrivals.shown()] == ["b", "a", "a", "a"]
    assert "days before the newest that its sources dated" in why(
        arrivals, "https://a.example/news/5"
    )


@pytest.mark.sqlite
def test_of_what_was_published_at_one_time_the_same_is_looked_at(
    make_config: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever came first to the store: also where only some of it is looked at."""
    monkeypatch.setattr(choose, "MOST_READ", 4)
    monkeypatch.setattr(choose, "_PAGE", 2)
    entries = [of(number, "খেলা", title=f"{number}", hours=5) for number in range(1, 9)]
    shown = []
    for order in (entries, entries[::-1]):
        arrivals = Arrivals(make_config(f'{FEED}topics = "খেলা"\n{sources("a")}'))
        path = arrivals.config.store_url.removeprefix("sqlite:///")
        for name in (path, f"{path}-wal", f"{path}-shm"):
            Path(name).unlink(missing_ok=True)
        for entry in order:
            arrivals.arrive(("a", [entry]))
        shown.append(titles(arrivals))
    assert len(shown[0]) == 4
    assert shown[0] == shown[1]


# --- How far is read, and how much is shown ------------------------------------------------------


def test_no_more_entries_are_read_than_a_bound(
    make_config: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is older is not looked at, however few were found, and ``explain`` says so."""
    monkeypatch.setattr(choose, "MOST_READ", 4)
    monkeypatch.setattr(choose, "_PAGE", 2)
    arrivals = Arrivals(make_config(f'{FEED}topics = "খেলা"\n{sources("a")}'))
    entries = [of(number, "খেলা" if number in (2, 9) else "কৃষি") for number in range(1, 10)]
    arrivals.arrive(("a", entries))
    assert [entry.link for entry in arrivals.shown()] == ["https://a.example/news/2"]
    assert "which are looked at" in why(arrivals, "https://a.example/news/9")


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "damage", ["entry SET published_unix = 'গতকাল'", "entry_text SET categories = 'null'"]
)
def test_an_entry_that_cannot_be_read_is_left_out_alone(
    make_config: Make, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    """A feed that chooses shows the others, though a whole page of what it reads is damaged."""
    monkeypatch.setattr(choose, "_PAGE", 1)
    arrivals = Arrivals(make_config(f'{FEED}topics = "খেলা"\n{sources("a")}'))
    arrivals.arrive(("a", [of(number, "খেলা", title=f"{number}") for number in (1, 2, 3)]))
    path = arrivals.config.store_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(f"UPDATE {damage} WHERE pk = 2")
    assert titles(arrivals) == ["1", "3"]


def test_others_have_their_turn_before_one_source_fills_a_page(
    make_config: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A feed that chooses reads on until its sources had their share, or nothing is left."""
    monkeypatch.setattr(choose, "_PAGE", 2)
    arrivals = Arrivals(make_config(f'{FEED}topics = "খেলা"\nlimit = 4\n{sources("a", "b")}'))
    arrivals.arrive(
        ("a", [of(number, "খেলা", hours=number) for number in range(1, 7)]),
        ("b", [of(number, "খেলা", site="b", hours=90 + number) for number in range(7, 10)]),
    )
    assert [entry.source for entry in arrivals.shown()] == ["a", "a", "b", "b"]


@pytest.mark.parametrize("where", ["feed", "source"])
def test_a_feed_or_a_source_may_carry_summaries_alone(make_config: Make, where: str) -> None:
    """In no format does the rest of the text stand; the summary stands in each."""
    line = 'content = "summary"\n'
    feed, extra = (line, "") if where == "feed" else ("", line)
    arrivals = Arrivals(make_config(f"{FEED}{feed}{sources('a', extra=extra)}"))
    text = "প্রথম অনুচ্ছেদ। " * 40
    arrivals.arrive(("a", [replace(of(1), content_html=f"<p>{text}</p><p>শেষ কথা ৭৭১।</p>")]))
    for name, body in arrivals.publish().items():
        assert "৭৭১" not in body.decode(), name
        if name.startswith("x."):
            assert "প্রথম অনুচ্ছেদ" in body.decode(), name


# --- Parts ---------------------------------------------------------------------------------------

_SPLIT = (
    'split_by = "source"\n',
    'split_by = "category"\n',
    'split_by = "topic"\n',
    'split_by = "topic"\nevents = "merge"\n',
    'split_by = "category"\nlanguages = "*"\nsources = ["a", "b", "d"]\n',
)


def _papers() -> str:
    categories = {"a": '"জাতীয়"', "b": '["অর্থনীতি", "জাতীয়"]', "c": '"জাতীয়"'}
    return "".join(
        sources(name, extra=f"category = {categories[name]}\n" if name in categories else "")
        for name in ("a", "b", "c", "d")
    )


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.attack) for seed in range(1, 9))]
)
@pytest.mark.parametrize("lines", _SPLIT)
def test_each_story_stands_once_in_a_folder(make_config: Make, lines: str, seed: int) -> None:
    """Whoever has it: its text in none of the parts twice, and every story of the whole in one."""
    random = Random(seed)
    whole = "\n".join(line for line in lines.splitlines() if "split_by" not in line)
    config: Config = make_config(
        f'[[feed]]\nname = "x"\n{lines}limit = 1000\n[[feed]]\nname = "all"\n{whole}\n'
        f"limit = 1000\n{_papers()}"
    )
    arrivals = Arrivals(config)
    for step in range(9):
        paper, number = random.choice("abcd"), random.randrange(8)
        category = random.choice(("খেলা", "Business", "জাতীয়", "নদী", ""))
        entry = of(number, *filter(None, (category,)), site=paper, hours=random.uniform(1, 60))
        arrivals.arrive((paper, [entry]))
        if step % 4 == 3:
            arrivals.publish()
    for _ in range(2):
        published = arrivals.publish()
    folders = {feed.folder for feed in config.feeds}
    assert len(folders) == 2
    told = Counter(
        _key(entry)
        for feed in config.feeds
        if feed.folder
        for entry in _items(published, feed.name)
    )
    assert set(told.values()) == {1}
    if "merge" not in lines:
        assert told.keys() == {_key(entry) for entry in _items(published, "all")}


def _items(published: dict[str, bytes], name: str) -> Sequence[dict[str, str]]:
    items: Sequence[dict[str, str]] = json.loads(published[f"{name}.json"])["items"]
    return items


def _key(entry: dict[str, str]) -> str:
    """Return what tells a story from others: articles differ in their titles."""
    return entry["title"]


def test_what_no_feed_shows_has_no_story_first(make_config: Make) -> None:
    """An entry of a backlog takes the story of another paper into no part, where nobody saw it."""
    hidden = sources("a", extra="backlog = 0\npriority = 9\n")
    arrivals = Arrivals(
        make_config(f'[[feed]]\nname = "x"\nsplit_by = "source"\n{hidden}{sources("b")}')
    )
    undated = [replace(of(number), published="") for number in (1, 2, 3)]
    arrivals.arrive(("a", undated), ("b", [of(1, site="b")]))
    assert [len(arrivals.shown(part)) for part in (0, 1)] == [0, 1]


def test_a_subscription_list_has_a_folder_for_each_split(make_config: Make) -> None:
    """Its parts stand in it in their order, and every other feed by itself."""
    arrivals = Arrivals(
        make_config(
            '[[feed]]\nname = "bangla"\ntitle = "সব"\n'
            '[[feed]]\nname = "bibhag"\ntitle = "খবর"\nsplit_by = "category"\n'
            f'names = {{ "জাতীয়" = "jatiyo" }}\n{_papers()}'
        )
    )
    outline = arrivals.publish()["feeds.opml"].decode()
    assert outline.index("bangla.atom") < outline.index('<outline text="খবর: বিভাগ অনুযায়ী"')
    order = ["jatiyo.atom", "bibhag-orthoniti.atom", "bibhag-onyanyo.atom", "</outline>"]
    places = [outline.index(name) for name in order]
    assert places == sorted(places)
    assert "খবর: অর্থনীতি" in outline


def test_now_is_after_what_the_tests_send() -> None:
    """Entries of the future would be dated by their first sight, and stand elsewhere."""
    assert of(1).published <= NOW.isoformat()
