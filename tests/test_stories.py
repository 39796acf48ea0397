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
from aggregator.bengali.text import words
from aggregator.models import Config, DedupeRules, Entry, TieKind
from aggregator.pipeline.purge import purge
from aggregator.store.store import Store
from aggregator.stories import same_text
from aggregator.stories.cluster import Clusters
from aggregator.stories.comparable import ComparableText, Dated
from aggregator.stories.earlier_minima import earlier_minima
from aggregator.stories.minima import minima, minima_of
from aggregator.stories.ngrams import COMPARED_CHARACTERS, hash_of, ngrams, ngrams_of
from aggregator.stories.signature import Signature
from aggregator.stories.similarity import compare
from aggregator.stories.vetoes import Veto
from evaluation.material import Article, Editor, Pair, excerpt, recounted, respelled, written
from tests.support.arrivals import ARTICLES, Arrivals, sent, sources
from tests.support.configurations import Make
from tests.support.examples import examples
from tests.support.passes import NOW

pytestmark = pytest.mark.databases

WINDOW = DedupeRules().window

# --- Comparing -----------------------------------------------------------------------------------

FIRST = ARTICLES[0]
OTHERS = [one for one in ARTICLES if one is not FIRST]
# Of the labelled reports, those that nothing but their likeness keeps apart.
REPORTS = [pair for pair in written("reports.txt") if "likeness alone" in pair.kind]


def text(told: Article) -> ComparableText:
    """Give a text ready to be compared."""
    return ComparableText.of(told.title, told.body)


@pytest.mark.long
@settings(max_examples=examples(40), deadline=None)
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
    words = ("পদ্মার ঘাটে বোয়ালের ছড়াছড়ি, ইলিশের দেখা কম", "জালে এবার ইলিশ কম উঠলেও")
    assert minima(*words)[:2] == MINIMA
    assert earlier_minima(*words)[:2] == EARLIER_MINIMA
    assert hash_of("পদ্মার ঘাটে বোয়াল") == HASH


def run_hash(run: str) -> int:
    """Hash twelve characters as the index does: a polynomial, mixed, and its high 32 bits."""
    mask, hash_ = 2**64 - 1, 0
    for character in run:
        hash_ = (hash_ * 0x9E3779B97F4A7C15 + ord(character)) & mask
    hash_ ^= hash_ >> 33
    hash_ = (hash_ * 0xFF51AFD7ED558CCD) & mask
    return (hash_ ^ (hash_ >> 33)) >> 32


@given(st.text("কখগ ", max_size=120), st.text("কখগঘঙচছজ, ", max_size=600))
def test_minima_are_the_least_hashes_of_what_a_text_has(title: str, body: str) -> None:
    """Of its runs of twelve characters, each once, the least 16, and 5 of its body's beginning."""

    def least(text: str, count: int) -> list[int]:
        return sorted({run_hash(text[start : start + 12]) for start in range(len(text) - 11)})[
            :count
        ]

    whole = f"{title} {body}"
    expected = dict.fromkeys([*least(whole, 16), *least(body[:220], 5)])
    assert minima(title, body) == tuple(expected)


# Texts of all lengths that matter, that repeat themselves or not, with a letter of two code units.
LETTERS = st.sampled_from(["কখ", "কখগঘঙচছজ, ", "কখগ😀 "])
MADE = LETTERS.flatmap(
    lambda letters: st.builds(
        lambda seed, length: "".join(Random(seed).choices(letters, k=length)),
        st.integers(0, 1000),
        st.sampled_from([0, 1, 11, 12, 13, 40, 200, 219, 220, 221, 500, 2_000]),
    )
)


@given(st.lists(st.tuples(MADE, MADE), max_size=12))
def test_minima_of_many_texts_are_those_of_each(texts: list[tuple[str, str]]) -> None:
    """Texts are hashed as one array, and none has a run of its neighbour."""
    assert minima_of(texts) == [minima(*text) for text in texts]


@given(st.lists(MADE, max_size=12))
def test_ngrams_of_many_texts_are_those_of_each(texts: list[str]) -> None:
    """The same holds for what compares texts."""
    for together, alone in zip(
        ngrams_of(texts, COMPARED_CHARACTERS),
        [ngrams(text, COMPARED_CHARACTERS) for text in texts],
        strict=True,
    ):
        assert together.tolist() == alone.tolist()


@given(st.text(), st.text())
def test_the_words_of_title_and_body_are_those_of_both(title: str, body: str) -> None:
    """So that a title's words are found once, whatever they are compared for."""
    assert words(f"{title} {body}") == [*words(title), *words(body)]
    assert words(" ".join(words(title))) == words(title)


@given(st.text("কখগঘঙচছজ, ", min_size=20, max_size=400), st.booleans())
def test_a_signature_is_what_was_stored_of_it(body: str, has_words: bool) -> None:
    """What a new text was signed with is read back whole, whatever it has."""
    title = "তিন শব্দের শিরোনাম" if has_words else ""
    signature = Signature.of(ComparableText(title, body))
    assert Signature.unpack(signature.pack()) == signature


EARLIER_MINIMA = (194738898, 10588136)
MINIMA = (218228924, 272709542)
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


@pytest.mark.parametrize("age", [0, 22, 40, 59])
@pytest.mark.parametrize("apart", [0, 20, 33, 60])
def test_the_index_is_probed_further_back_for_what_has_no_date(age: int, apart: int) -> None:
    """An entry without a date finds older ones, and an older one that comes later finds it."""
    signature = Signature.of(text(FIRST), "https://a.example/1")
    first_seen = NOW - timedelta(days=age)
    older = first_seen - timedelta(days=apart)
    by_undated = signature.lookup_keys(first_seen, WINDOW, NOW, is_dated=False)
    by_dated = signature.lookup_keys(older, WINDOW, NOW)
    for probes, stored_at in ((by_undated, older), (by_dated, first_seen)):
        assert set(signature.index_keys(stored_at)[:-2]) <= set(probes.text)


def test_an_entry_of_today_is_looked_up_in_as_few_places_as_ever() -> None:
    """Looking further back costs only what has no date, or an old one."""
    signature = Signature.of(text(FIRST), "https://a.example/1")
    minima_of_text = len(signature.text)
    assert len(signature.lookup_keys(NOW, WINDOW, NOW).text) <= 2 * minima_of_text
    assert len(signature.lookup_keys(NOW, WINDOW, NOW, is_dated=False).text) <= 3 * minima_of_text


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
    ("era_days", "paragraphs"), [(32, ARTICLES[0].paragraphs), (4, ("",))], ids=["text", "headline"]
)
def test_what_comes_at_once_is_one_story_across_the_end_of_an_era(
    make_config: Make, era_days: int, paragraphs: tuple[str, ...]
) -> None:
    """Two new entries of one pass are looked up under keys of which each has only its own."""
    era_seconds = era_days * 86400
    into_era_hours = NOW.timestamp() % era_seconds / 3600
    told = Article("হাওরের জেলেদের জীবন বদলে দিচ্ছে সৌরবিদ্যুতের নতুন নৌকা", paragraphs)
    edited = Editor(OTHERS, Random(5)).words(told, 0.1) if era_days > 4 else told
    arrivals = Arrivals(make_config(sources("a", "b")))
    arrivals.arrive(
        ("a", [sent(told, 1, hours=into_era_hours + 1)]),
        ("b", [sent(edited, 2, site="b", hours=into_era_hours - 1)]),
    )
    assert len(arrivals.shown()) == 1


@pytest.mark.parametrize(
    ("title", "hours", "is_one_source", "kind"),
    [
        ("হাওরের জেলেদের জীবন বদলে দিচ্ছে সৌরবিদ্যুতের নতুন নৌকা", 24 * 4, False, TieKind.HEADLINE),
        ("হাওরের জেলেদের জীবন বদলে দিচ্ছে সৌরবিদ্যুতের নতুন নৌকা", 24 * 16, False, None),
        ("উপকূলের বাঁধের জন্য স্থায়ী বরাদ্দ প্রয়োজন", 11, True, TieKind.HEADLINE),
        ("উপকূলের বাঁধের জন্য স্থায়ী বরাদ্দ প্রয়োজন", 80, False, None),
        ("পাঠাগারগুলোই শেষ ভরসা", 9, False, TieKind.HEADLINE),
        ("পাঠাগারগুলোই শেষ ভরসা", 9, True, None),
        ("পাঠাগারগুলোই শেষ ভরসা", 48, False, None),
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


@pytest.mark.parametrize("pair", list(written("templates.txt")), ids=lambda pair: pair.a.title[:20])
def test_one_sites_template_filled_in_anew_is_another_text(pair: Pair) -> None:
    """What each headline names stands in its own text alone; what is sent twice names the same."""
    a = Dated(text=text(pair.a), site="a", published=NOW)
    b = replace(a, text=text(pair.b))
    kind = TieKind.COPY if pair.is_same else None
    assert same_text.judge(a, b, WINDOW).kind is kind
    assert same_text.judge(b, a, WINDOW).kind is kind


@pytest.mark.parametrize("pair", REPORTS, ids=lambda pair: pair.a.title[:20])
def test_what_two_desks_tell_is_one_text_only_where_they_kept_the_headline(pair: Pair) -> None:
    """Two reports share a third of their texts, as a copy does that was edited much."""
    a = Dated(text=text(pair.a), site="a", published=NOW)
    b = Dated(text=text(pair.b), site="b", published=NOW)
    assert 0.30 <= compare(a.text, b.text).jaccard < 0.45
    assert same_text.judge(a, b, WINDOW).similarity.vetoes == (Veto.RETOLD,)
    kept = replace(b, text=text(replace(pair.b, title=pair.a.title)))
    assert same_text.judge(a, kept, WINDOW).kind is TieKind.COPY


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
        partitions.append({_story(entry) for entry in arrivals.shown()})
    assert partitions[0] == partitions[1]
    assert len(partitions[0]) == len(numbers)


def _advert(company: str, post: str) -> Article:
    """Fill in the template of a site's page of jobs."""
    return Article(
        f"{post} পদে লোক নেবে {company}",
        (
            f"{company} তাদের প্রধান কার্যালয়ে {post} পদে জনবল নিয়োগের বিজ্ঞপ্তি দিয়েছে। "
            "আগ্রহীরা অনলাইনে আবেদন করতে পারবেন।",
            "প্রার্থীকে স্নাতক হতে হবে এবং কম্পিউটারে কাজ করতে জানতে হবে। নারী ও পুরুষ উভয়েই আবেদন করতে পারবেন। "
            "বেতন আলোচনা করে ঠিক করা হবে। উৎসব ভাতা, ভবিষ্য তহবিল ও যাতায়াতের সুবিধা আছে।",
            "আবেদনের নিয়ম জানা যাবে প্রতিষ্ঠানের ওয়েবসাইটে। বাছাই করা প্রার্থীদের ফোনে জানানো হবে।",
        ),
    )


ADVERTS = [
    _advert("চন্দনা মিলস", "হিসাবরক্ষক"),
    _advert("বকুল সমবায়", "মাঠকর্মী"),
    _advert("রূপালী নৌপরিবহন", "সারেং"),
]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_adverts_of_three_companies_are_three_stories(
    make_config: Make, order: tuple[int, int, int]
) -> None:
    """In two feeds of one site, in any order; a copy on another site is one with its own alone."""
    arrivals = Arrivals(make_config(sources("a", "b", "c")))
    for place, number in enumerate(order):
        advert = sent(ADVERTS[number], number, site="jobs", hours=place)
        arrivals.arrive(("ab"[place % 2], [advert]))
    arrivals.arrive(("c", [sent(ADVERTS[1], 1, site="c")]))
    stories = {_story(entry) for entry in arrivals.shown()}
    assert sorted(map(len, stories)) == [1, 1, 2]
    assert frozenset({"https://jobs.example/news/1", "https://c.example/news/1"}) in stories


@pytest.mark.parametrize(
    "pair",
    [pair for pair in written("templates.txt") if not pair.is_same],
    ids=lambda pair: pair.a.title[:20],
)
def test_a_copy_of_one_advert_joins_no_two(make_config: Make, pair: Pair) -> None:
    """Alike as it is to both, it is one with the one whose words it has."""
    arrivals = Arrivals(make_config(sources("a", "b")))
    both = [sent(pair.a, 1, site="jobs", hours=2), sent(pair.b, 2, site="jobs", hours=2)]
    arrivals.arrive(("a", both), ("b", [sent(pair.b, 2, site="b")]))
    assert {_story(entry) for entry in arrivals.shown()} == {
        frozenset({"https://jobs.example/news/1"}),
        frozenset({"https://jobs.example/news/2", "https://b.example/news/2"}),
    }


@pytest.mark.parametrize("pair", REPORTS, ids=lambda pair: pair.a.title[:20])
def test_reports_of_two_papers_are_two_stories_of_one_event(make_config: Make, pair: Pair) -> None:
    """Both are shown, and what the one has that the other lacks is read; each names the other."""
    arrivals = Arrivals(make_config(sources("a", "b")))
    arrivals.arrive(("a", [sent(pair.a, 1, hours=3)]), ("b", [sent(pair.b, 1, site="b", hours=2)]))
    arrivals.publish()
    entries = arrivals.shown()
    assert len(entries) == 2
    assert all([link.is_same_text for link in entry.related] == [False] for entry in entries)


# --- Chains ---------------------------------------------------------------------------------------


def _chain(number: int) -> tuple[Article, Article, Article]:
    """Return two texts that share a paragraph, and one that has half of each, of one headline."""
    one, other, shared = (ARTICLES[number + place].paragraphs for place in range(3))
    length = min(len(one), len(other), 4)
    half = length // 2
    first, last = (*one[:length], shared[0]), (*other[:length], shared[0])
    between = (*one[:half], *other[:half], shared[0])
    title = ARTICLES[number].title
    return Article(title, first), Article(title, last), Article(title, between)


@pytest.mark.parametrize("number", [0, 2, 6, 8, 12, 15])
def test_the_ends_of_a_chain_are_two_stories(tmp_path: Path, number: int) -> None:
    """What lies between belongs to one of them, and the same one in whatever order they come."""
    first, last, between = _chain(number)
    partitions = []
    documents = (("a", first), ("b", last), ("c", between))
    for index, order in enumerate(itertools.permutations(documents)):
        folder = tmp_path / str(index)
        folder.mkdir()
        arrivals = Arrivals(configured(folder, sources("a", "b", "c")))
        arrivals.arrive(*((name, [sent(told, number, site=name, hours=3)]) for name, told in order))
        partitions.append({_story(entry) for entry in arrivals.shown()})
    assert len(partitions[0]) == 2
    assert all(partition == partitions[0] for partition in partitions)
    assert not any(_is_in(story, "a") and _is_in(story, "b") for story in partitions[0])


def _is_in(story: frozenset[str], site: str) -> bool:
    return any(link.startswith(f"https://{site}.example/") for link in story)


# --- Without a date -------------------------------------------------------------------------------


@pytest.mark.parametrize("is_undated_first", [False, True])
@pytest.mark.parametrize("days", [22, 37, 58])
@pytest.mark.parametrize("place", [1, 2, 3, 4, 5, 6])
def test_a_copy_without_a_date_is_one_of_a_text_of_weeks_ago(
    make_config: Make, place: int, days: int, is_undated_first: bool
) -> None:
    """Respelled, edited, retitled, cut or with a sidebar, and whichever of the two comes first."""
    copy = replace(sent(variants(2)[place], 2, site="b"), published="")
    documents = [("a", [sent(ARTICLES[2], 2, hours=24 * days)]), ("b", [copy])]
    arrivals = Arrivals(make_config(sources("a", "b")))
    for document in reversed(documents) if is_undated_first else documents:
        arrivals.arrive(document)
    (entry,) = arrivals.shown()
    assert len(entry.related) == 1


@pytest.mark.parametrize(
    ("days_of_a", "days_of_b"),
    [(70, None), (22, 0), (None, -40)],
    ids=["older than is looked up", "both dated", "first seen before the other's date"],
)
def test_a_copy_of_another_month_stays_apart(
    make_config: Make, days_of_a: int | None, days_of_b: int | None
) -> None:
    """A date that was stated counts; a time of first sight says that nothing is younger."""
    arrivals = Arrivals(make_config(sources("a", "b")))
    for name, place, days in (("a", 0, days_of_a), ("b", 3, days_of_b)):
        entry = sent(variants(2)[place], 2, site=name, hours=24 * (days or 0))
        arrivals.now = max(NOW, NOW - timedelta(days=days or 0))
        arrivals.arrive((name, [replace(entry, published="") if days is None else entry]))
    assert len(arrivals.shown()) == 2


def _story(entry: Entry) -> frozenset[str]:
    """Return the addresses of an entry and of those that carry its text."""
    copies = (related.link for related in entry.related if related.is_same_text)
    return frozenset((entry.link, *copies))


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
