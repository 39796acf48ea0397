"""Searching everything that is stored: what is found, in which order, what of the index stays."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import timedelta
from hashlib import sha256
from html import escape
from pathlib import Path
from threading import Event

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from aggregator.bengali.inflections import first_of, forms, phrase
from aggregator.bengali.queries import search_query
from aggregator.bengali.text import key, words
from aggregator.models import (
    SEARCH_FORM,
    IndexedText,
    ParsedEntry,
    SearchOrder,
    SearchResults,
    SearchScope,
)
from aggregator.pipeline import index_texts as indexing
from aggregator.pipeline.index_texts import index_texts, rewrite_index, words_of
from aggregator.pipeline.purge import purge, purge_older
from aggregator.pipeline.search import MOST_SKIPPED, Stretch, search
from aggregator.store import search_walk
from aggregator.store.search_fts5 import Fts5Index
from aggregator.store.search_schema import SEARCH_TRIGGERS
from aggregator.store.sqlite import _BUSY_TIMEOUT_SECONDS
from aggregator.store.store import Store
from tests.support.arrivals import ARTICLES, Arrivals, sent, sources
from tests.support.configurations import Make
from tests.support.deadlines import HUNG_SECONDS, SLOW_CPU_SECONDS
from tests.support.passes import NOW

pytestmark = pytest.mark.databases

ROOT = Path(__file__).parent.parent


def entry(number: int, title: str, body: str = "", *, hours: float = 0) -> ParsedEntry:
    """Return an entry of a title and a text, published some hours before the tests' present."""
    address = f"https://a.example/news/{number}"
    return ParsedEntry(
        native_id=address,
        link=address,
        title_html=escape(title),
        content_html=f"<p>{escape(body or f'খবরটির বিবরণ {number} নম্বর পাতায় ছাপা')}</p>",
        published=(NOW - timedelta(hours=hours)).isoformat(),
    )


def made(make_config: Make, *entries: ParsedEntry) -> Arrivals:
    """Return a store in which entries of one source have arrived and are indexed."""
    arrivals = Arrivals(make_config('[[feed]]\nname = "all"\n' + sources("a", "b")))
    arrivals.arrive(("a", entries))
    index(arrivals)
    return arrivals


def index(arrivals: Arrivals) -> None:
    """Index what waits, as a pass does at its end."""
    with Store.open(arrivals.config.store_url) as store:
        index_texts(arrivals.run(store))


def found(
    arrivals: Arrivals,
    question: str,
    order: SearchOrder = SearchOrder.NEWEST,
    skipped: int = 0,
    at_most: int = 20,
    scope: SearchScope | None = None,
) -> SearchResults:
    """Ask as another process than the service does."""
    with Store.beside(arrivals.config.store_url) as store:
        return search(
            store,
            arrivals.config,
            question,
            order=order,
            stretch=Stretch(skipped=skipped, at_most=at_most),
            scope=scope or SearchScope(),
        )


def titles(results: SearchResults) -> list[str]:
    """Return the titles of what was found."""
    return [hit.entry.title for hit in results.hits]


# --- What is found -------------------------------------------------------------------------------

_JOINED = "উদ্\u200cযাপন"
FOUND = [
    ("বন্দর", "চট্টগ্রাম বন্দরের মাশুল", True),
    ("বন্দর মাশুল", "চট্টগ্রাম বন্দরের মাশুল", True),
    ("বন্দর শুল্ক", "চট্টগ্রাম বন্দরের মাশুল", False),
    ('"বন্দরের মাশুল"', "চট্টগ্রাম বন্দরের মাশুল", True),
    ("“বন্দরের মাশুল”", "চট্টগ্রাম বন্দরের মাশুল", True),
    ('"বন্দর মাশুল"', "চট্টগ্রাম বন্দরের মাশুল", False),
    ('"মাশুল বন্দরের"', "চট্টগ্রাম বন্দরের মাশুল", False),
    ("বন্দর -মাশুল", "চট্টগ্রাম বন্দরের মাশুল", False),
    ("বন্দর -শুল্ক", "চট্টগ্রাম বন্দরের মাশুল", True),
    ("কাল", "গাছে ফুলের কালি পড়েছে", False),
    ("কাল", "কালও বৃষ্টি হবে", True),
    ("কালি", "কালও বৃষ্টি হবে", False),
    ("রাষ্ট্র", "রাষ্ট্রের মেরামত", True),
    ("রাষ্ট", "রাষ্ট্রের মেরামত", False),
    ("বাড\u09bc\u09bf", "বা\u09dc\u09bfতে আগুন", True),
    ("বা\u09dc\u09bf", "বাড\u09bc\u09bfতে আগুন", True),
    ("আষা\u09dd", "আষাঢ\u09bcের বৃষ্টি", True),
    ("ন\u09dfন", "নয\u09bcনের আলো", True),
    ("উদ্যাপন", f"বিজয় দিবস {_JOINED}", True),
    (_JOINED, "বিজয় দিবস উদ্যাপন", True),
    ("র্যাব", "র‍্যাবের অভিযান", True),
    ("২০২৬", "বাজেট 2026 ঘোষণা", True),
    ("2026", "বাজেট ২০২৬ ঘোষণা", True),
    ("১০,০০০", "ভাতা 10,000 টাকা", True),
    ("১০০০০", "ভাতা 10,000 টাকা", False),
    ("কোভিড-১৯", "কোভিড–১৯ টিকা এসেছে", True),
    ("বিএনপি", "বিএনপি-জামায়াতের বৈঠক", True),
    ("bbc", "BBC-কে সাক্ষাৎকার", True),
    ("১১", "১১টির মধ্যে ৮টি বিকল", True),
    ("১১টি", "১১টির মধ্যে ৮টি বিকল", True),
    ("১টি", "১১টির মধ্যে ৮টি বিকল", False),
    ("BB", "BBC-কে সাক্ষাৎকার", False),
    ("বিদ্যুৎ", "বিদ্যুতের দাম বাড়ল", True),
    ("উত্সব", "বইয়ের উৎসব শুরু", True),
    ("ইদ", "ঈদের ছুটি", False),
    ("দুঃখ", "দু:খ প্রকাশ করলেন", True),
    ("কর", "সংস্কার করে দেখাব", False),
]


@pytest.mark.parametrize("is_title", [True, False])
def test_a_word_is_found_in_all_its_forms_and_spellings(
    make_config: Make, *, is_title: bool
) -> None:
    """As feeds look for words; in quotes to the letter, and none that a minus stands before."""
    said = list(dict.fromkeys(text for _, text, _ in FOUND))
    arrivals = made(
        make_config,
        *(
            entry(n, text) if is_title else entry(n, f"কথা {n}", f"পাতায় ছাপা: {text}।")
            for n, text in enumerate(said)
        ),
    )
    wrong = []
    for question, text, is_found in FOUND:
        shown = set(map(key, titles(found(arrivals, question))))
        title = text if is_title else f"কথা {said.index(text)}"
        if (key(title) in shown) != is_found:
            wrong.append((question, text, is_found))
    assert wrong == []


@pytest.mark.parametrize(
    "named", ["কাল", "মা", "বিদ্যুৎ", "রং", "চাঁদ", "ভাই", "খেলা", "নির্বাচন", "করে", "bbc"]
)
def test_a_form_is_what_a_feed_takes_for_one(named: str) -> None:
    """The list that is searched by and the pattern that feeds choose by are of the same forms."""
    one, others = phrase(named), [forms(key(other)) for other in ("কর", "মাটি", "বাড়ি", "নির্বাচন")]
    for form in {*forms(key(named)), *(form for of_one in others for form in of_one)}:
        assert bool(first_of([one], form)) == (form in forms(key(named))), form


@given(st.integers(0, len(ARTICLES) - 1))
def test_every_word_is_one_of_its_forms(number: int) -> None:
    """A text is found by each of its own words, as a word is a form of itself."""
    for word in words(key(ARTICLES[number].title)):
        query = search_query(word)
        assert [word in term.alternatives for term in query.wanted] == [True] * len(query.wanted)


def test_every_word_of_a_stored_title_finds_its_entry(make_config: Make) -> None:
    """Whatever stands in a title: words as they are written there are a question that finds it."""
    some = ARTICLES[:40]
    arrivals = made(make_config, *(sent(one, n, hours=n) for n, one in enumerate(some)))
    with Store.beside(arrivals.config.store_url) as store:
        for title in [one.title for one in some]:
            for word in title.split():
                if search_query(word).wanted:
                    results = search(store, arrivals.config, word, stretch=Stretch(at_most=100))
                    assert key(title) in map(key, titles(results)), (title, word)


_HOSTILE = [
    *("AND", "OR", "NOT", "NEAR(ক খ, 2)", "ক NEAR খ", "title : ক", "{title} : ক", "^ক", "ক*", "*"),
    *('"', '""', '"""', '" OR "ক', "'", "';--", "(", ")", "((((", "ক)", "-", "--", "- -", '-"'),
    *("\x00", "ক\x00খ", "\x1b[31m", "\ud800", "\u202eক", "ো", "্", "👍🏽", "٣", "a" * 10_000),
    *(
        "ক " * 1_000,
        "বন্দর " + " ".join(f"শব্দ{n}" for n in range(1_000)),
        '"ক' * 5_000,
        "-ক " * 3_000,
    ),
    *("\\", "%", "_", "ক:খ", "rowid:1", "+", "ক + খ", "\n\t", " ", ""),
]


def test_any_text_is_a_question(make_config: Make) -> None:
    """Nothing is syntax, nothing is an error, and nothing takes long."""
    arrivals = made(make_config, entry(1, "চট্টগ্রাম বন্দরের মাশুল"))
    for question in _HOSTILE:
        start = time.process_time()
        for order in SearchOrder:
            assert found(arrivals, question, order).is_whole, question[:20]
        assert time.process_time() - start < SLOW_CPU_SECONDS, question[:20]


@given(st.text(max_size=200))
def test_a_question_is_read_without_an_error(question: str) -> None:
    """It has some words, and each of them something that the index can hold."""
    query = search_query(question)
    terms = (*query.wanted, *query.excluded)
    assert len(terms) <= 8
    assert all(term.alternatives and '"' not in "".join(term.alternatives) for term in terms)


# --- In which order ------------------------------------------------------------------------------


def test_the_newest_come_first_and_pages_follow(make_config: Make) -> None:
    """By the time of publication, whatever the order in which they were stored; on pages once."""
    hours = list(range(60))
    random.Random(1).shuffle(hours)
    some = [entry(n, f"বন্দর সংবাদ {h} নম্বর", hours=h * 1.7) for n, h in enumerate(hours)]
    arrivals = made(make_config, *some)
    wanted = [f"বন্দর সংবাদ {hour} নম্বর" for hour in sorted(hours)]
    pages = [found(arrivals, "বন্দর", skipped=skipped, at_most=25) for skipped in (0, 25, 50)]
    assert [title for page in pages for title in titles(page)] == wanted
    assert [page.has_more for page in pages] == [True, True, False]
    assert found(arrivals, "বন্দর", skipped=MOST_SKIPPED * 9).hits == ()


def test_days_are_sorted_however_many_match(
    make_config: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a look ends within a day, the day is taken whole."""
    monkeypatch.setattr(search_walk, "_LOOKED_AT", 3)
    hours = list(range(0, 60, 2))
    random.Random(2).shuffle(hours)
    arrivals = made(
        make_config, *(entry(n, f"বন্দর সংবাদ {h} নম্বর", hours=h) for n, h in enumerate(hours))
    )
    assert titles(found(arrivals, "বন্দর", at_most=100)) == [
        f"বন্দর সংবাদ {hour} নম্বর" for hour in sorted(hours)
    ]
    monkeypatch.setattr(search_walk, "_MOST_OF_A_DAY", 2)  # then only two are sorted together
    assert len({*titles(found(arrivals, "বন্দর", at_most=100))}) == 30


def test_by_match_a_title_comes_before_a_text(make_config: Make) -> None:
    """Then what says it more often, then what is newer; the same question has the same answer."""
    filler = "আজ সকালে শহরের পথে অনেক মানুষ ছিলেন এবং তাঁরা কাজে গেলেন"
    arrivals = made(
        make_config,
        *(entry(n, f"অন্য সংবাদ {n}", filler, hours=n) for n in range(10, 16)),
        entry(1, "নদীর কথা", f"{filler} বন্দর", hours=1),
        entry(2, "পাহাড়ের কথা", f"বন্দর বন্দর বন্দর {filler}", hours=2),
        entry(3, "বন্দরের কথা", filler, hours=90 * 24),
        entry(4, "বনের কথা", f"{filler} বন্দরে", hours=80 * 24),
    )
    wanted = ["বন্দরের কথা", "পাহাড়ের কথা", "নদীর কথা", "বনের কথা"]
    assert titles(found(arrivals, "বন্দর", SearchOrder.MATCH)) == wanted
    assert titles(found(arrivals, "বন্দর", SearchOrder.MATCH)) == wanted


def test_a_story_is_found_once_and_shown_by_its_fullest_entry(make_config: Make) -> None:
    """Two papers carry one text: the story has one place, whichever of them has the words."""
    article = ARTICLES[0]
    arrivals = made(make_config, sent(article, 1, hours=5))
    arrivals.arrive(("b", [sent(article, 2, site="b", hours=1)]))
    index(arrivals)
    (hit,) = found(arrivals, article.title).hits
    assert hit.published == NOW - timedelta(hours=1)
    assert hit.entry.source == "a"
    only_b = SearchScope(sources=frozenset({"b"}))
    assert len(found(arrivals, article.title, scope=only_b).hits) == 1
    english = SearchScope(languages=frozenset({"en"}))
    assert found(arrivals, article.title, scope=english).hits == ()


def test_stories_are_counted_up_to_a_limit(
    make_config: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each once, whatever the page; where more match than are looked at, it is said."""
    arrivals = made(make_config, *(entry(n, f"বন্দর সংবাদ {n}", hours=n) for n in range(50)))
    for order in SearchOrder:
        results = found(arrivals, "বন্দর", order, skipped=10, at_most=5)
        assert (results.count, results.is_counted, results.has_more) == (50, True, True)
    assert (found(arrivals, "হিমাগার").count, found(arrivals, "হিমাগার").is_counted) == (0, True)
    monkeypatch.setattr(search_walk, "_LOOKED_AT", 30)
    for order in SearchOrder:
        results = found(arrivals, "বন্দর", order, at_most=5)
        assert 5 < results.count < 50
        assert not results.is_counted


def test_only_titles_are_looked_through_where_that_is_asked(make_config: Make) -> None:
    """For the words that are wanted, for phrases, and for what is to be absent."""
    arrivals = made(
        make_config,
        entry(1, "বন্দরের মাশুল", "শুল্ক বাড়ল", hours=1),
        entry(2, "শুল্ক বাড়ল", "বন্দরের মাশুল", hours=2),
    )
    scope = SearchScope(only_titles=True)
    for question in ("বন্দর", '"বন্দরের মাশুল"', "মাশুল -শুল্ক", 'মাশুল -"শুল্ক বাড়ল"'):
        assert titles(found(arrivals, question, scope=scope)) == ["বন্দরের মাশুল"], question
    assert len(found(arrivals, "বন্দর").hits) == 2
    assert found(arrivals, 'মাশুল -"শুল্ক বাড়ল"').hits == ()


def test_results_name_the_forms_that_occur_and_mark_them(make_config: Make) -> None:
    """Of some 400 forms those that a text has; in the title, and around the first in the text."""
    body = "আজ সকালে অনেক কথা হলো। " * 20 + "তখন বন্দরগুলোর মাশুল বাড়ল। " + "পরে আর কিছু হয়নি। " * 20
    arrivals = made(make_config, entry(1, "চট্টগ্রাম বন্দরের কথা", body), entry(2, "বন্দরে আগুন", hours=1))
    results = found(arrivals, "বন্দর শূন্যকথা")
    assert [term.alternatives for term in results.query.wanted][1] == ()
    results = found(arrivals, "বন্দর")
    assert results.query.wanted[0].alternatives == ("বন্দরের", "বন্দরে", "বন্দরগুলোর")
    first = results.hits[0]
    shown = [
        [part.text[start:end] for start, end in part.marks] for part in (first.title, first.excerpt)
    ]
    assert shown == [["বন্দরের"], ["বন্দরগুলোর"]]
    assert first.excerpt.text.startswith("…")
    assert first.excerpt.text.endswith("…")


@pytest.mark.sqlite
def test_the_known_words_are_those_of_the_index(make_config: Make) -> None:
    """All of them, else a word would not be found; after a purge no others."""
    arrivals = made(
        make_config, *(entry(n, f"বন্দর সংবাদ {n}", ARTICLES[n].title) for n in range(2, 9))
    )
    arrivals.arrive(("a", [entry(2, "হিমাগারের ঝুমঝুমি")]))
    index(arrivals)
    database = arrivals.config.store_url.removeprefix("sqlite:///")

    def words_there() -> list[set[str]]:
        with closing(sqlite3.connect(database)) as store:
            store.execute("CREATE VIRTUAL TABLE temp.v USING fts5vocab(main, search_1, row)")
            statements = ("SELECT word FROM search_1_words", "SELECT term FROM temp.v")
            return [
                {one for (one,) in store.execute(statement) if one < "\ue000"}
                for statement in statements
            ]

    known, indexed = words_there()
    assert known > indexed  # what a changed text had stays until the next purge
    with Store.beside(arrivals.config.store_url) as store:
        assert purge(store, "বন্দর সংবাদ 8", arrivals.config.dedupe, lambda: NOW)
    known, indexed = words_there()
    assert known == indexed


@pytest.mark.sqlite
def test_a_search_ends_in_time(make_config: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was found by then is returned, and said not to be all; the next question is answered."""
    arrivals = made(make_config, *(entry(n, f"বন্দর সংবাদ {n}", hours=n) for n in range(50)))
    monkeypatch.setattr("aggregator.pipeline.search._MOST_SECONDS", -1.0)
    monkeypatch.setattr("aggregator.store.search_fts5._STEPS_BETWEEN_LOOKS", 1)
    assert not found(arrivals, "বন্দর").is_whole
    assert not found(arrivals, '"বন্দর সংবাদ"').is_whole
    monkeypatch.undo()
    assert len(found(arrivals, "বন্দর").hits) == 20


# --- What changes, and what goes -----------------------------------------------------------------


def holds(arrivals: Arrivals, word: str) -> bool:
    """Tell whether a word stands anywhere in the files of a store, but for its first letters.

    The index keeps of a word only that in which it differs from the one before.
    """
    path = arrivals.config.store_url.removeprefix("sqlite:///")
    files = [file for end in ("", "-wal") if (file := Path(path + end)).exists()]
    return any(key(word)[2:].encode() in file.read_bytes() for file in files)


@pytest.mark.sqlite
def test_a_changed_text_is_found_by_its_new_words_alone(make_config: Make) -> None:
    """And the day on which it is found by is that of its publication as it now is."""
    arrivals = made(make_config, entry(1, "হিমাগারের আলু"), entry(2, "অন্য কথা"))
    arrivals.arrive(("a", [entry(1, "গুদামের পেঁয়াজ")]))
    index(arrivals)
    assert titles(found(arrivals, "হিমাগার")) == []
    assert titles(found(arrivals, "গুদাম")) == ["গুদামের পেঁয়াজ"]
    database = arrivals.config.store_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(database)) as store, store:
        store.execute("UPDATE entry SET published_unix = published_unix - 864000 WHERE pk = 1")
        store.execute("UPDATE entry_text SET title = 'ঘরের কথা' WHERE pk = 2")
    index(arrivals)
    assert titles(found(arrivals, "কথা OR")) == []
    assert titles(found(arrivals, "ঘর")) == ["ঘরের কথা"]
    assert titles(found(arrivals, "গুদাম")) == ["গুদামের পেঁয়াজ"]
    with closing(sqlite3.connect(database)) as store:
        ids = store.execute("SELECT rowid FROM search_1 WHERE search_1 MATCH 'গুদামের'").fetchall()
        store.execute("INSERT INTO search_1 (search_1) VALUES ('integrity-check')")
        assert store.execute("SELECT count(*) FROM search_outdated").fetchone() == (0,)
    assert [number >> 30 for (number,) in ids] == [(int(NOW.timestamp()) - 864_000) // 86_400]


@pytest.mark.sqlite
@pytest.mark.parametrize("is_indexed", [True, False])
@pytest.mark.parametrize("by_age", [True, False])
def test_purge_leaves_nothing_in_the_index(
    make_config: Make, *, is_indexed: bool, by_age: bool
) -> None:
    """Not in its pages either, nor of what the text was before it changed; others are found."""
    others = [entry(n, f"বন্দর সংবাদ {n}", ARTICLES[n].title, hours=n) for n in range(2, 30)]
    arrivals = made(make_config, *others, entry(1, "হিমাগারের ঝুমঝুমি", "ক", hours=9_000))
    if not is_indexed:
        _damage(arrivals, "DELETE FROM search_state")
    arrivals.arrive(("a", [entry(1, "হিমাগারের টুংটাং", "ক", hours=9_000)]))
    if is_indexed:
        index(arrivals)
        assert len(found(arrivals, "টুংটাং").hits) == 1
    assert holds(arrivals, "ঝুমঝুমি")
    config = arrivals.config
    with Store.beside(config.store_url) as store:
        if by_age:
            assert purge_older(store, timedelta(days=300), lambda: NOW) == 1
        else:
            assert len(purge(store, "হিমাগারের টুংটাং", config.dedupe, lambda: NOW)) == 1
    assert not holds(arrivals, "টুংটাং")
    assert not holds(arrivals, "ঝুমঝুমি")
    assert found(arrivals, "হিমাগার").hits == ()
    index(arrivals)  # where the index could not be trusted, it is made anew
    assert found(arrivals, "হিমাগার").hits == ()
    assert len(found(arrivals, "বন্দর", at_most=100).hits) == 28


@pytest.mark.sqlite
def test_a_purge_that_was_killed_before_the_index_was_rewritten_is_ended_by_the_next_pass(
    make_config: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commit that purges says that words are left in the index's pages."""
    others = [entry(n, f"বন্দর সংবাদ {n}", ARTICLES[n].title, hours=n) for n in range(2, 30)]
    arrivals = made(make_config, *others, entry(1, "হিমাগারের ঝুমঝুমি"))
    with Store.beside(arrivals.config.store_url) as store, monkeypatch.context() as killed:
        killed.setattr("aggregator.pipeline.purge.rewrite_index", lambda _store: None)
        purge(store, "হিমাগারের ঝুমঝুমি", arrivals.config.dedupe, lambda: NOW)
    assert holds(arrivals, "ঝুমঝুমি")
    index(arrivals)
    assert not holds(arrivals, "ঝুমঝুমি")


@pytest.mark.sqlite
def test_writing_the_index_anew_ends_when_told_to_stop(
    make_config: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service that ends waits for one commit at most; a later pass does what is left."""
    some = [entry(n, f"বন্দর সংবাদ {n}", ARTICLES[n].title, hours=n) for n in range(1, 10)]
    arrivals = made(make_config, *some)
    monkeypatch.setattr("aggregator.store.search_fts5._WORDS_TOGETHER", 1)
    stop = Event()
    steps: list[str] = []
    forget = Fts5Index.forget_words

    def forget_and_stop(one: Fts5Index, after: str) -> str | None:
        steps.append(after)
        stop.set()
        return forget(one, after)

    with Store.beside(arrivals.config.store_url) as store:
        with store.write() as unit:
            unit.search.mark_rewrite(is_needed=True)
        with monkeypatch.context() as stopped:
            stopped.setattr(Fts5Index, "forget_words", forget_and_stop)
            rewrite_index(store, stop)
        assert steps == [""]
        with store.read() as unit:
            assert unit.search.must_rewrite()
        rewrite_index(store)
        with store.read() as unit:
            assert not unit.search.must_rewrite()


# --- What becomes of the index -------------------------------------------------------------------


def _damage(arrivals: Arrivals, statement: str) -> None:
    database = arrivals.config.store_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(database)) as store, store:
        store.executescript(statement)


_DAMAGES = [
    "UPDATE search_1_data SET block = x'ffffffffffffffff'",
    "DELETE FROM search_1_data",
    "DELETE FROM search_1_idx",
    "DROP TABLE search_1_docsize",
    "UPDATE search_1_config SET v = 99",
    "DROP TABLE search_1_data",
    "DROP TABLE search_1",
    "DROP TABLE search_1_words",
    "DELETE FROM search_state",
    "UPDATE search_state SET form = 'another'",
    "DROP TRIGGER search_changed",
    "UPDATE search_outdated SET texts = x'00'",
]


@pytest.mark.sqlite
@pytest.mark.parametrize("damage", _DAMAGES)
def test_a_damaged_index_harms_nothing_and_is_made_anew(make_config: Make, damage: str) -> None:
    """News arrive and are purged as ever, a search is no error, and the next passes mend it."""
    some = [entry(n, f"বন্দর সংবাদ {n}", hours=n) for n in range(1, 9)]
    arrivals = made(make_config, *some)
    arrivals.arrive(("a", [entry(1, "বন্দর সংবাদ বদলেছে")]))
    _damage(arrivals, damage)
    assert len(found(arrivals, "বন্দর").hits) <= 8
    arrivals.arrive(("a", [entry(20, "বন্দর খুলেছে")]))
    arrivals.publish()
    with Store.beside(arrivals.config.store_url) as store:
        assert purge(store, "বন্দর সংবাদ 3", arrivals.config.dedupe, lambda: NOW)
    index(arrivals)
    index(arrivals)
    if "TRIGGER" in damage:  # which only a person can take away, and put back
        assert not found(arrivals, "বন্দর").is_whole
        return
    results = found(arrivals, "বন্দর")
    assert results.is_whole
    assert set(titles(results)) == {
        "বন্দর সংবাদ বদলেছে",
        "বন্দর খুলেছে",
        *(f"বন্দর সংবাদ {n}" for n in (2, 4, 5, 6, 7, 8)),
    }


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE entry SET story = 'গতকাল' WHERE pk = 2",
        "UPDATE entry SET published_unix = 'গতকাল' WHERE pk = 2",
    ],
)
@pytest.mark.parametrize("order", SearchOrder)
def test_a_row_that_cannot_be_read_is_not_found(
    make_config: Make, damage: str, order: SearchOrder
) -> None:
    """It costs its own entry, and no search."""
    some = [entry(n, f"বন্দর সংবাদ {n}", hours=n) for n in range(1, 4)]
    arrivals = made(make_config, *some)
    _damage(arrivals, damage)
    assert len(found(arrivals, "বন্দর", order).hits) == 2


@pytest.mark.sqlite
def test_a_search_waits_for_no_writer_to_report_damage(make_config: Make) -> None:
    """Beside one it finds nothing, at once; a later search has the next pass make it anew."""
    arrivals = made(make_config, entry(1, "বন্দর সংবাদ"))
    _damage(arrivals, _DAMAGES[0])
    database = arrivals.config.store_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(database, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        start = time.monotonic()
        assert not found(arrivals, "বন্দর").is_whole
        assert time.monotonic() - start < _BUSY_TIMEOUT_SECONDS
        writer.execute("ROLLBACK")
        assert writer.execute("SELECT count(*) FROM search_state").fetchone() == (1,)
        assert not found(arrivals, "বন্দর").is_whole
        assert writer.execute("SELECT count(*) FROM search_state").fetchone() == (0,)
    index(arrivals)
    assert titles(found(arrivals, "বন্দর")) == ["বন্দর সংবাদ"]


@pytest.mark.sqlite
def test_damage_that_was_mended_meanwhile_is_none(make_config: Make) -> None:
    """A search that looked at the index before this one takes nothing from it."""
    arrivals = made(make_config, entry(1, "বন্দর সংবাদ"))
    _damage(arrivals, "DELETE FROM search_state")
    index(arrivals)
    with Store.beside(arrivals.config.store_url) as store:
        assert store.write_at_once(lambda unit: unit.search.forget_index(1))
        assert search(store, arrivals.config, "বন্দর").is_whole
        assert store.write_at_once(lambda unit: unit.search.forget_index(2))
        assert not search(store, arrivals.config, "বন্দর").is_whole


# Characters whose rules are the same in all tables of Unicode that a Python has, and spellings.
_STABLE = (*range(0x20, 0x250), *range(0x980, 0xA00), *range(0x2000, 0x2070))
_SPELT = "উদ্\u200cযাপন উত্সব দু:খ র্যাব র\u200d্যাব বা\u09dcি ১২/৫/২০২৬ ১০,০০০ BBC-কে ২৯শে &amp;amp; "
_PROBE = f"<p>{_SPELT * 3}</p>" + "".join(
    f"ক{one}খ{one}<br>5{one}7 " for one in map(escape, map(chr, _STABLE))
)


def test_the_form_of_the_index_says_how_its_words_are_made() -> None:
    """Where this fails, texts are indexed in another way: the digest it names is the new form."""
    (text,) = words_of([IndexedText(pk=1, number=1, title=f"ক {_JOINED}", content_html=_PROBE)])
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        one = Fts5Index(connection, 1)
        one.make()
        one.add([text])
        connection.exec_driver_sql("CREATE VIRTUAL TABLE v USING fts5vocab(search_1, instance)")
        made = "SELECT sql FROM sqlite_master WHERE name IN ('search_1', 'search_1_words')"
        kept = [
            connection.exec_driver_sql(statement).fetchall()
            for statement in (made, "SELECT term, doc FROM v ORDER BY term")
        ]
    engine.dispose()
    digest = sha256(repr(kept).encode()).hexdigest()[:8]
    assert SEARCH_FORM.split()[0] == digest


# What makes a store one of the version before there was an index.
_NEWER_TABLES = (
    "full_text",
    "changes_taken",
    "event_step",
    "event_member",
    "activity",
    "activity_fault",
    "notice",
    "rhythm",
    "tempo",
)
_NEWER_COLUMNS = (
    *("hints", "interval_seconds", "interval_how", "due_why"),
    *("fault", "succeeded_unix", "failing_since_unix"),
)
_AS_IT_WAS = "".join(
    (
        *(f"DROP TRIGGER {name};" for name in sorted(SEARCH_TRIGGERS)),
        *(f"DROP TABLE search_{name};" for name in ("waiting", "outdated", "state")),
        "DROP TABLE entry_page; DROP INDEX entry_with_text;",
        *(f"DROP TABLE {name};" for name in _NEWER_TABLES),
        *(f"ALTER TABLE source_state DROP COLUMN {name};" for name in _NEWER_COLUMNS),
        "UPDATE alembic_version SET version_num = '0018';",
    )
)


@pytest.mark.sqlite
def test_a_store_that_is_taken_over_is_indexed_some_at_a_time(
    make_config: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last known are found first, and a search says that it did not look at everything."""
    monkeypatch.setattr(indexing, "_ENTRIES_TOGETHER", 2)
    monkeypatch.setattr(indexing, "_MOST_STEPS", 3)
    arrivals = Arrivals(make_config('[[feed]]\nname = "all"\n' + sources("a")))
    arrivals.arrive(("a", [entry(n, f"বন্দর সংবাদ {n}", hours=9 - n) for n in range(9)]))
    _damage(arrivals, _AS_IT_WAS)
    with Store.open(arrivals.config.store_url) as store, store.read() as unit:
        assert not unit.search.is_current(SEARCH_FORM)
    assert not found(arrivals, "বন্দর").is_whole
    index(arrivals)
    some = found(arrivals, "বন্দর")
    assert titles(some) == [f"বন্দর সংবাদ {n}" for n in (8, 7, 6, 5)]
    assert not some.is_whole
    index(arrivals)
    assert len(found(arrivals, "বন্দর").hits) == 9
    assert found(arrivals, "বন্দর").is_whole


_INDEXING = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from aggregator import config as configuration
from aggregator.pipeline import index_texts
from aggregator.pipeline.run import Run
from aggregator.store.store import Store
config = configuration.load(Path(sys.argv[1]))
index_texts._ENTRIES_TOGETHER = 2
left = int(sys.argv[2])
def watch(_frame, event, called):
    global left
    if event == "c_call" and called.__name__ in ("execute", "executemany"):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
with Store.open(config.store_url) as store:
    run = Run.of(config, store, clock=lambda: datetime.now(UTC), stop=Event())
    sys.setprofile(watch)
    index_texts.index_texts(run)
    sys.setprofile(None)
print(int(sys.argv[2]) - left)
"""


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "steps", [(25,), pytest.param((3, 20, 25, 30, 41), marks=pytest.mark.more)], ids=len
)
def test_indexing_that_is_killed_goes_on_from_there(
    make_config: Make, steps: tuple[int, ...]
) -> None:
    """At any statement of it: every text is in the index once, whatever was left half done."""
    arrivals = Arrivals(make_config('[[feed]]\nname = "all"\n' + sources("a")))
    arrivals.arrive(("a", [entry(n, f"বন্দর সংবাদ {n}", hours=n) for n in range(7)]))

    def run(step: int) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", _INDEXING, str(arrivals.config.path), str(step)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=HUNG_SECONDS,
            check=False,
        )

    for step in steps:  # each goes on where the one before was killed
        assert run(step).returncode == -signal.SIGKILL
    assert run(0).returncode == 0
    with closing(sqlite3.connect(arrivals.config.path.parent / "aggregator.db")) as store:
        store.execute("CREATE VIRTUAL TABLE temp.v USING fts5vocab(main, search_1, instance)")
        rows = store.execute("SELECT doc FROM v WHERE term = ?", (key("বন্দর"),))
        assert sorted(doc & 0x3FFFFFFF for (doc,) in rows) == list(range(1, 8))
        assert store.execute("SELECT count(*) FROM search_waiting").fetchone() == (0,)
