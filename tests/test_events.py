"""Stories of one event are found among kept words as among all texts of their days."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from random import Random

import pytest

from aggregator.bengali.text import stems
from aggregator.models import Config, EventWords
from aggregator.pipeline.purge import purge
from aggregator.store.events import Events
from aggregator.store.store import Store
from aggregator.stories import same_event
from aggregator.stories.comparable import ComparableText
from evaluation.material import Pair, written
from tests.support.arrivals import ARTICLES, Arrivals, sent, sources
from tests.support.by_hand import by_hand
from tests.support.configurations import Make
from tests.support.passes import NOW
from tests.test_stories import REPORTS

pytestmark = pytest.mark.databases

PAIRS = tuple(written("events.txt"))

# --- The plain way: every story is weighed, and every pair of them -------------------------------


def _plainly(texts: Sequence[ComparableText]) -> list[dict[int, float]]:
    """Return for each text those that may tell of its event, with their cosines, all weighed."""
    weights = [_weights(text) for text in texts]
    among = Counter(stem for of_text in weights for stem in of_text)
    unseen = len(texts) + 400
    rarity = {stem: math.log(unseen / (count + 0.5)) for stem, count in among.items()}
    norms = [
        math.sqrt(sum((weight * rarity[stem]) ** 2 for stem, weight in of_text.items())) or 1.0
        for of_text in weights
    ]
    found: list[dict[int, float]] = [{} for _ in texts]
    for a, of_a in enumerate(weights):
        for b, of_b in enumerate(weights):
            shared = [stem for stem in of_a if stem in of_b]
            rare = [stem for stem in shared if among[stem] <= 0.01 * unseen]
            if a == b or len(shared) < 4 or len(rare) < 2:
                continue
            product = 0.0
            for stem in shared:
                product += of_a[stem] * of_b[stem] * rarity[stem] * rarity[stem]
            if (cosine := product / (norms[a] * norms[b])) >= 0.30:
                found[a][b] = cosine
    return found


def _weights(text: ComparableText) -> Mapping[str, float]:
    counts = Counter(stems(text.body[:600], characters=5, shortest_word=2))
    for stem in stems(text.title, characters=5, shortest_word=2):
        counts[stem] += 2
    return {stem: 1 + math.log(count) for stem, count in counts.items()}


def _made(random: Random) -> list[ComparableText]:
    """Make stories of some events: each draws on its event's words, and on those that all have."""
    words = sorted({word for article in ARTICLES for word in " ".join(article.paragraphs).split()})
    common = random.sample(words, 20)
    made = []
    for _ in range(random.randrange(1, 12)):
        of_event = random.sample(words, random.randrange(2, 25))
        for _ in range(random.randrange(1, 6)):
            told = random.choices(of_event, k=random.randrange(0, 25)) + random.choices(
                common, k=random.randrange(0, 25)
            )
            random.shuffle(told)
            title = random.choices(of_event, k=random.randrange(0, 7))
            made.append(ComparableText.of(" ".join(title), " ".join(told)))
    return made


@pytest.mark.parametrize("seed", range(60))
def test_made_stories_are_near_as_when_all_are_weighed(seed: int) -> None:
    """To the last bit, whichever of them are asked for."""
    random = Random(seed)
    texts = _made(random)
    words = [same_event.words_of(text) for text in texts]
    plain = _plainly(texts)
    everyone = list(range(len(texts)))
    for asked in (everyone, random.sample(everyone, random.randint(1, len(everyone)))):
        assert same_event.near(words, asked) == {story: plain[story] for story in asked}


def test_written_stories_are_near_as_when_all_are_weighed() -> None:
    """So are those that people wrote, of which many are near, and to each other alone."""
    texts = [
        ComparableText.of(article.title, " ".join(article.paragraphs))
        for pair in PAIRS
        for article in (pair.a, pair.b)
    ]
    found = same_event.near([same_event.words_of(text) for text in texts], range(len(texts)))
    assert list(found.values()) == _plainly(texts)
    assert sum(map(len, found.values())) > len(PAIRS) / 2


# --- What is kept ---------------------------------------------------------------------------------


def _kept(config: Config) -> list[int]:
    """Return the numbers of the entries whose words are kept."""
    with by_hand(config) as database:
        rows = database.exec_driver_sql("SELECT pk FROM event_words ORDER BY pk")
        return list(rows.scalars())


def _links(config: Config) -> list[tuple[int, int, float]]:
    with by_hand(config) as database:
        rows = database.exec_driver_sql("SELECT a, b, score FROM event_link ORDER BY a, b")
        return [(row.a, row.b, row.score) for row in rows]


def _change(config: Config, *statements: str) -> None:
    with by_hand(config) as database:
        for statement in statements:
            database.exec_driver_sql(statement)


def _tell(arrivals: Arrivals, pair: Pair, hours: float = 3) -> None:
    """Publish the report of one paper, and let that of another arrive."""
    arrivals.arrive(("a", [sent(pair.a, 1, hours=hours)]))
    arrivals.publish()
    arrivals.arrive(("b", [sent(pair.b, 1, site="b", hours=hours - 1)]))


def test_the_text_of_a_story_is_read_once(
    make_config: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then its words are kept: for one new story that no other is near, one text is read."""
    read: list[list[int]] = []
    openings = Events.openings

    def noted(events: Events, pks: Iterable[int]) -> dict[int, tuple[str, str]]:
        read.append(sorted(pks))
        return openings(events, read[-1])

    monkeypatch.setattr(Events, "openings", noted)
    arrivals = Arrivals(make_config(sources("a")))
    arrivals.arrive(("a", [sent(ARTICLES[number], number) for number in range(6)]))
    arrivals.publish()
    assert [1, 2, 3, 4, 5, 6] in read
    read.clear()
    arrivals.arrive(("a", [sent(ARTICLES[6], 6)]))
    arrivals.publish()
    assert [pks for pks in read if pks] == [[7]]


@pytest.mark.sqlite
@pytest.mark.parametrize("pair", REPORTS, ids=lambda pair: pair.a.title[:20])
def test_links_are_those_of_texts_that_are_read_anew(make_config: Make, pair: Pair) -> None:
    """With the words of the first report kept or made anew, the second has one score with it."""
    arrivals = Arrivals(make_config(sources("a", "b")))
    _tell(arrivals, pair)
    assert _kept(arrivals.config) == [1]
    store = Path(arrivals.config.store_url.removeprefix("sqlite:///"))
    before = store.read_bytes()
    arrivals.publish()
    links = _links(arrivals.config)
    store.write_bytes(before)
    _change(arrivals.config, "DELETE FROM event_words")
    arrivals.publish()
    assert _links(arrivals.config) == links
    assert len(links) == 1


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "statements",
    [
        ["UPDATE entry_text SET title = 'অন্য কথা' WHERE pk = 1"],
        ["DROP TRIGGER event_words_outdated", "UPDATE entry_text SET title = 'অন্য' WHERE pk = 1"],
        ["UPDATE event_words SET form = 0, title = 'অন্য', lead = '' WHERE pk = 1"],
        ["UPDATE event_words SET title = x'ff' WHERE pk = 1"],
        ["DELETE FROM event_words"],
    ],
    ids=["text", "no trigger", "form", "damage", "none"],
)
def test_words_that_may_be_others_are_made_anew(
    make_config: Make, monkeypatch: pytest.MonkeyPatch, statements: list[str]
) -> None:
    """Where the text changed, or may have, where they were made otherwise, or are damaged."""
    made: list[str] = []
    words_of = same_event.words_of

    def noted(text: ComparableText) -> EventWords:
        made.append(text.title)
        return words_of(text)

    monkeypatch.setattr(same_event, "words_of", noted)
    arrivals = Arrivals(make_config(sources("a", "b")))
    _tell(arrivals, REPORTS[0])
    _change(arrivals.config, *statements)
    made.clear()
    arrivals.publish()
    assert len(made) == 2


def test_words_of_a_text_that_changes_meanwhile_are_not_kept(
    make_config: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between reading a text and keeping its words another process may change or purge it."""
    arrivals = Arrivals(make_config(sources("a")))
    arrivals.arrive(("a", [sent(ARTICLES[number], number) for number in range(2)]))
    words_of = same_event.words_of

    def meanwhile(text: ComparableText) -> EventWords:
        _change(arrivals.config, "UPDATE entry_text SET title = 'অন্য কথা' WHERE pk = 1")
        return words_of(text)

    monkeypatch.setattr(same_event, "words_of", meanwhile)
    arrivals.publish()
    assert _kept(arrivals.config) == [2]


@pytest.mark.sqlite
def test_a_purged_text_leaves_no_words(make_config: Make) -> None:
    """What was purged is not in the store, in no form: triggers or none."""
    arrivals = Arrivals(make_config(sources("a")))
    arrivals.arrive(("a", [sent(ARTICLES[number], number) for number in range(2)]))
    arrivals.publish()
    assert _kept(arrivals.config) == [1, 2]
    _change(arrivals.config, "DROP TRIGGER event_words_deleted")
    with Store.open(arrivals.config.store_url) as store:
        purge(store, "https://a.example/news/0", arrivals.config.dedupe, lambda: NOW)
    assert _kept(arrivals.config) == [2]


def test_words_are_kept_while_their_days_last(make_config: Make) -> None:
    """Of a story of last week none are: no new story will be compared with it."""
    arrivals = Arrivals(make_config(sources("a")))
    documents = [sent(ARTICLES[number], number, hours=24 * number) for number in range(8)]
    arrivals.arrive(("a", documents[5:]))
    arrivals.publish()
    assert len(_kept(arrivals.config)) == 3
    arrivals.arrive(("a", documents[:2]))
    arrivals.publish()
    assert len(_kept(arrivals.config)) == 3  # of 0, 1 and 5 days ago
