"""Stories: which entries carry one text, what a feed shows of them, and what stays as it was."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator import config as configuration
from aggregator.models import Config, DedupeRules, TieKind
from aggregator.pipeline.purge import purge
from aggregator.store.store import Store
from aggregator.stories import same_text
from aggregator.stories.cluster import Clusters
from aggregator.stories.comparable import ComparableText, Dated
from aggregator.stories.ngrams import hash_of, minima
from aggregator.stories.signature import Signature
from aggregator.stories.similarity import compare
from aggregator.stories.vetoes import Veto
from evaluation.material import Article, Editor, excerpt, recounted, respelled
from tests.support.arrivals import ARTICLES, Arrivals, sent, sources
from tests.support.passes import NOW

WINDOW = DedupeRules().window

# --- Comparing -----------------------------------------------------------------------------------

FIRST = ARTICLES[0]
OTHERS = [one for one in ARTICLES if one is not FIRST]


def text(told: Article) -> ComparableText:
    """Give a text ready to be compared."""
    return ComparableText.of(told.title, told.body)


@pytest.mark.long
@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), share=st.sampled_from([0.0, 0.1, 0.3, 0.6]))
def test_comparing_knows_no_first_and_second(seed: int, share: float) -> None:
    """Both likeness and vetoes are of the pair, whichever comes first."""
    random = Random(seed)
    one = random.choice(ARTICLES)
    edited = text(
        Editor([other for other in ARTICLES if other is not one], random).words(one, share)
    )
    assert compare(text(one), edited) == compare(edited, text(one))


def test_what_is_stored_of_a_text_never_changes() -> None:
    """The index outlives the process and the version: its numbers are the same for ever."""
    whole, lead = minima("পদ্মার ঘাটে বোয়ালের ছড়াছড়ি, ইলিশের দেখা কম", "জালে এবার ইলিশ কম উঠলেও")
    assert (whole[0], whole[-1], lead[0], len(whole), len(lead)) == MINIMA
    assert hash_of("পদ্মার ঘাটে বোয়াল") == HASH


MINIMA = (264556189, 60667079, 756707975, 20, 6)
HASH = 329897260


def test_the_index_is_probed_where_entries_of_the_window_stand() -> None:
    """Whatever lies within the window and not in the future is found, across eras."""
    signature = Signature.of(text(FIRST), "https://a.example/1")
    for days in range(0, 70, 3):
        published = NOW - timedelta(days=days)
        for apart in (timedelta(0), timedelta(days=3), WINDOW):
            probes = set(signature.lookup_keys(published, WINDOW, NOW).all)
            for other in (published - apart, min(published + apart, NOW)):
                stored = signature.index_keys(other)
                assert set(stored[:-2]) <= probes
                assert stored[-1] in probes
                assert stored[-2] in probes or apart > timedelta(days=4)


@pytest.mark.parametrize(
    ("a", "b", "veto"),
    [
        ("বাস উল্টে নিহত ৫", "বাস উল্টে নিহত ৭", Veto.NUMBERS),
        ("ট্রলার ডুবে দুইজনের মৃত্যু", "ট্রলার ডুবে তিনজনের মৃত্যু", Veto.NUMBERS),
        ("আজ গ্যাস থাকবে না যেসব এলাকায়", "কাল গ্যাস থাকবে না যেসব এলাকায়", Veto.DAYS),
        ("রোববার যেমন থাকবে আবহাওয়া", "সোমবার যেমন থাকবে আবহাওয়া", Veto.DAYS),
        ("নাটোরে ট্রাকচাপায় যুবক নিহত", "নড়াইলে ট্রাকচাপায় যুবক নিহত", Veto.PLACES),
    ],
)
def test_what_differs_at_one_place_keeps_texts_apart(a: str, b: str, veto: Veto) -> None:
    """One word of forty can make it another accident; likeness alone never decides."""
    assert veto in compare(ComparableText.of(a, ""), ComparableText.of(b, "")).vetoes


def test_spelling_digits_and_quotes_make_no_difference() -> None:
    """A text in precomposed letters, Latin digits and straight quotes is the same to the letter."""
    assert compare(text(FIRST), text(respelled(FIRST))).jaccard == 1.0


def test_other_numbers_in_the_same_words_are_another_text() -> None:
    """Yesterday's bulletin is not today's, though nine tenths of it are the same."""
    found = compare(text(FIRST), text(recounted(FIRST)))
    assert found.jaccard > 0.8 and not found.is_same and Veto.NUMBERS in found.vetoes


# --- Judging -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "hours", "is_one_source", "kind"),
    [
        ("শিশু কিশোরদের ধ্বংসের মুখে ঠেলে দিচ্ছে সোশ্যাল মিডিয়া", 24 * 4, False, TieKind.HEADLINE),
        ("শিশু কিশোরদের ধ্বংসের মুখে ঠেলে দিচ্ছে সোশ্যাল মিডিয়া", 24 * 16, False, None),
        ("জাতীয় নিরাপত্তার জন্য দৃঢ় ঐক্য প্রয়োজন", 11, True, TieKind.HEADLINE),
        ("জাতীয় নিরাপত্তার জন্য দৃঢ় ঐক্য প্রয়োজন", 80, False, None),
        ("সেনাবাহিনীই শেষ ভরসা", 9, False, TieKind.HEADLINE),
        ("সেনাবাহিনীই শেষ ভরসা", 9, True, None),
        ("সেনাবাহিনীই শেষ ভরসা", 48, False, None),
        ("কার্যকর পদক্ষেপ নিন", 2, False, None),
        ("আজকের নামাজের সময়সূচি ও সূর্যোদয়ের সময় জেনে নিন", 2, False, None),
        ("সম্পাদকীয় মত", 1, False, None),
    ],
)
def test_a_headline_alone_ties_by_its_words_and_its_day(
    title: str, hours: int, is_one_source: bool, kind: TieKind | None
) -> None:
    """Most entries have no more than a headline; short and standing ones say nothing."""
    a = Dated(text=ComparableText.of(title, ""), site="a", published=NOW)
    later = NOW + timedelta(hours=hours)
    b = replace(a, site="a" if is_one_source else "b", published=later)
    assert same_text.judge(a, b, WINDOW).kind == same_text.judge(b, a, WINDOW).kind == kind


def test_one_source_reports_one_affair_twice() -> None:
    """Its background stands in both reports; only what it sends nearly whole again is a copy."""
    editor = Editor(OTHERS, Random(1))
    half = Dated(text=text(editor.sentences(FIRST, 0.4)), site="a", published=NOW)
    whole = Dated(text=text(FIRST), site="a", published=NOW)
    assert same_text.judge(whole, half, WINDOW).kind is None
    assert same_text.judge(whole, replace(half, site="b"), WINDOW).kind is TieKind.COPY
    most = replace(half, text=text(editor.sentences(FIRST, 0.1)))
    assert same_text.judge(whole, most, WINDOW).kind is TieKind.COPY


@given(
    ties=st.lists(st.tuples(st.integers(1, 30), st.integers(1, 30)), max_size=40),
    seed=st.integers(0, 1000),
)
def test_joining_knows_no_order(ties: list[tuple[int, int]], seed: int) -> None:
    """Stories are what ties connect, in whatever order they are found."""
    shuffled = ties.copy()
    Random(seed).shuffle(shuffled)
    clusters, others = Clusters(), Clusters()
    for a, b in ties:
        clusters.join(a, b)
    for a, b in shuffled:
        others.join(b, a)
    assert clusters.joined() == others.joined()
    assert all(clusters.root(a) == clusters.root(b) <= min(a, b) for a, b in ties)


# --- Arriving ------------------------------------------------------------------------------------


def variants(number: int) -> list[Article]:
    """Give an article with an edit of each kind, all of which are the same text."""
    one = ARTICLES[number]
    editor = Editor([other for other in ARTICLES if other is not one], Random(number))
    return [
        one,
        respelled(one),
        editor.sentences(one, 0.2),
        editor.words(one, 0.2),
        editor.retitled(one),
        excerpt(one, 450),
        editor.with_sidebar(one),
    ]


@pytest.mark.long
@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 10_000))
def test_stories_are_the_same_whatever_the_order_of_arrival(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    """Seven forms of each text in seven papers, in any order and in any number of passes."""
    random = Random(seed)
    names = "abcdefg"
    numbers = random.sample(range(len(ARTICLES)), 4)
    entries = [
        (name, sent(told, number, site=name, hours=number))
        for number in numbers
        for name, told in zip(names, variants(number), strict=True)
    ]
    partitions = []
    for _ in range(2):
        random.shuffle(entries)
        folder = tmp_path_factory.mktemp("order")
        arrivals = Arrivals(configured(folder, sources(*names)))
        cut = random.randrange(len(entries))
        for part in (entries[:cut], entries[cut:]):
            arrivals.arrive(*((name, [entry]) for name, entry in part))
        arrivals.publish()
        partitions.append({_story(one.related, one.link) for one in arrivals.shown()})
    assert partitions[0] == partitions[1]
    assert len(partitions[0]) == len(numbers)


def _story(related: object, link: str) -> frozenset[str]:
    return frozenset((link, *(one.link for one in related)))  # type: ignore[attr-defined]


def configured(folder: Path, text_: str) -> Config:
    """Write and load a configuration in a folder."""
    (folder / "config.toml").write_text(text_, encoding="utf-8")
    return configuration.load(folder / "config.toml")


@pytest.mark.long
@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 10_000))
def test_any_order_of_sources_within_a_pass_publishes_the_same_bytes(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    """Which server answers first decides no id, no lead, no order and no link."""
    random = Random(seed)
    names = ["a", "b", "c"]
    documents = {
        name: [
            sent(told, number, site=name, hours=number + place / 7)
            for number in random.sample(range(12), 6)
            for told in [random.choice(variants(number))]
        ]
        for place, name in enumerate(names)
    }
    again = random.choice(names)
    results = []
    for order in itertools.islice(itertools.permutations(names), 0, 6, 2):
        arrivals = Arrivals(configured(tmp_path_factory.mktemp("bytes"), sources(*names)))
        arrivals.arrive(*((name, documents[name]) for name in order))
        first = arrivals.publish()
        arrivals.arrive((again, documents[again]))
        assert arrivals.publish() == first
        results.append(first)
    assert results[0] == results[1] == results[2]


@pytest.mark.long
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_no_text_is_ever_published_under_two_ids(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Not by retitling, new ids, new addresses, copies, restarts or purges, in any sequence."""
    names = ["a", "b", "c"]
    text_ = sources(*names) + "".join(
        f'[[feed]]\nname = "{feed}"\nsources = {list(of)}\n'.replace("'", '"')
        for feed, of in (("all", names), ("one", ["b"]), ("two", ["b", "c"]))
    )
    arrivals = Arrivals(configured(tmp_path_factory.mktemp("ids"), text_))
    ids: dict[tuple[int, str], set[str]] = {}
    purged: set[str] = set()
    for step in range(data.draw(st.integers(3, 8))):
        arrivals.now = NOW + timedelta(hours=step)
        for name in data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=3)):
            arrivals.arrive((name, data.draw(st.lists(_form(name), min_size=1, max_size=3))))
        if step and data.draw(st.integers(0, 5)) == 0 and (shown := arrivals.shown()):
            purged.add(_purge(arrivals, shown[0].id))
        arrivals.publish()
        for feed in range(3):
            for entry in arrivals.shown(feed):
                ids.setdefault((feed, _what(entry.content_html)), set()).add(entry.id)
                assert entry.id not in purged
    assert {key: found for key, found in ids.items() if len(found) > 1} == {}


def _form(site: str) -> st.SearchStrategy:
    """Draw one of a few texts as a site may send it: any headline, address and id."""

    def make(number: int, title: int, place: int, guid: int) -> object:
        told = ARTICLES[number]
        retitled = Article(
            f"{told.title} {'নতুন ' * title}খবর" if title else told.title, told.paragraphs
        )
        link = f"https://{site}.example/{place}/{number}"
        return sent(retitled, number, link=link, guid=f"{guid}-{number}", hours=number)

    return st.builds(make, *(st.integers(0, 2) for _ in range(4)))


def _what(content_html: str) -> str:
    """Tell which text it is: its first paragraph is in every form."""
    return content_html.partition("</p>")[0]


def _purge(arrivals: Arrivals, id_: str) -> str:
    with Store.beside(arrivals.config.store_url) as store:
        assert purge(store, id_, arrivals.config.dedupe, lambda: arrivals.now) != []
    return id_
