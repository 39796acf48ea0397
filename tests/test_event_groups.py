"""Which stories are one event: the same however they come, without chains, and for good."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence, Set
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import combinations, islice, permutations
from math import log2
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from aggregator.console.explanation import answer_lines
from aggregator.models import Config, EventWords, ParsedEntry, Relation
from aggregator.pipeline.explain import explain
from aggregator.pipeline.known_days import KnownDays
from aggregator.pipeline.publish import publish_all
from aggregator.pipeline.purge import purge
from aggregator.store import sqlite
from aggregator.store.store import Store
from aggregator.stories import event_index, event_words, same_event
from aggregator.stories.event_groups import Telling, Ties, grown, medoid, ties_of
from aggregator.stories.same_event import Told, Verdict
from evaluation import event_groups, sample_days
from evaluation.material import Article, written
from tests.support.arrivals import Arrivals, sent, sources
from tests.support.configurations import Make
from tests.support.migrated import migrate, upgrade
from tests.support.passes import NOW

_DHAKA = ZoneInfo("Asia/Dhaka")
_DAY = datetime(2026, 11, 24, tzinfo=UTC)
_Groups = list[tuple[Telling, ...]]


def _telling(number: int, minutes: int = 0) -> Telling:
    return Telling(_DAY + timedelta(minutes=minutes or number), f"id-{number}", number)


@dataclass(frozen=True)
class _Day:
    """Stories of some days, some told at one time; which are tied, and which fit besides."""

    tellings: list[Telling]
    ties: Ties
    fits: Ties


@st.composite
def _days(draw: st.DrawFn) -> _Day:
    count = draw(st.integers(2, 9))
    minutes = draw(st.lists(st.integers(1, 6), min_size=count, max_size=count))
    tellings = [_telling(number, minute) for number, minute in enumerate(minutes)]
    pairs = list(combinations(range(count), 2))
    tied = draw(st.lists(st.sampled_from(pairs), unique=True))
    scores = {pair: draw(st.sampled_from((0.4, 0.5, 0.6))) for pair in tied}
    besides = draw(st.lists(st.sampled_from(pairs), unique=True))
    fitting = scores | {pair: 0.5 for pair in besides if pair not in scores}
    return _Day(tellings, ties_of(scores), ties_of(fitting))


def _known(ties: Ties, stories: set[int]) -> Ties:
    """Return the ties between some stories, as a pass knows those that are there."""
    return {
        story: {other: score for other, score in near.items() if other in stories}
        for story, near in ties.items()
        if story in stories
    }


def _in_passes(passes: Sequence[Sequence[Telling]], day: _Day) -> list[_Groups]:
    """Return the groups as they are after each pass; only what is tied to new stories is read."""
    after: list[_Groups] = []
    groups: _Groups = []
    there: set[Telling] = set()
    for new in passes:
        there |= set(new)
        near = {story for telling in new for story in day.ties.get(telling.story, {})}
        alone = there - {telling for group in groups for telling in group}
        touched = [group for group in groups if near & {each.story for each in group}]
        touched += [(each,) for each in alone if each.story in near and each not in new]
        left = [group for group in groups if group not in touched]
        stories = {telling.story for telling in there}
        known = (_known(day.ties, stories), _known(day.fits, stories))
        groups = sorted([*left, *grown(touched, new, *known)])
        after.append(groups)
    return after


@given(_days(), st.data())
def test_the_order_and_the_passes_change_no_group(day: _Day, data: st.DataObject) -> None:
    """Where each pass brings later reports, in any order within it."""
    at_once = grown([], day.tellings, day.ties, day.fits)
    ordered = sorted(day.tellings)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(ordered)))))
    passes = [
        data.draw(st.permutations(ordered[first:last]))
        for first, last in zip([0, *cuts], [*cuts, len(ordered)], strict=True)
    ]
    assert _in_passes(passes, day)[-1] == at_once


@given(_days(), st.data())
def test_what_was_once_together_stays(day: _Day, data: st.DataObject) -> None:
    """Whatever comes later, however early it was published."""
    shuffled = data.draw(st.permutations(day.tellings))
    before: _Groups = []
    for groups in _in_passes([[telling] for telling in shuffled], day):
        for group in before:
            assert any(set(group) <= set(now) for now in groups)
        before = groups


@given(_days())
def test_no_chain_joins_what_its_ends_would_not(
    day: _Day,
) -> None:
    """All of three fit each other, and of more, more than half of all pairs do; some are tied."""
    for group in grown([], day.tellings, day.ties, day.fits):
        pairs = list(combinations(group, 2))
        fitting = [b.story in day.fits.get(a.story, {}) for a, b in pairs]
        assert all(fitting) if len(group) == 3 else 2 * sum(fitting) > len(pairs)
        tied = {each for pair in pairs for each in pair if _are_tied(*pair, day.ties)}
        assert tied == set(group)


def _are_tied(a: Telling, b: Telling, ties: Ties) -> bool:
    return b.story in ties.get(a.story, {})


def test_a_chain_is_no_event() -> None:
    """Of reports that drift from one event to the next, each is in a group with its nearest."""
    tellings = [_telling(number) for number in range(6)]
    chain = ties_of({(number, number + 1): 0.6 for number in range(5)})
    groups = grown([], tellings, chain, chain)
    assert [[each.story for each in group] for group in groups] == [[0, 1], [2, 3], [4, 5]]


def test_two_groups_become_one_where_most_of_both_are_tied() -> None:
    """A report that is tied to all of both brings them together, if they were tied before."""
    pairs = dict.fromkeys(((1, 2), (3, 4), (1, 3), (2, 3), (5, 1), (5, 2), (5, 3), (5, 4)), 0.6)
    standing = [[_telling(1), _telling(2)], [_telling(3), _telling(4)]]
    (group,) = grown(standing, [_telling(5)], *[ties_of(pairs)] * 2)
    assert [each.story for each in group] == [1, 2, 3, 4, 5]
    del pairs[1, 3]
    assert len(grown(standing, [_telling(5)], *[ties_of(pairs)] * 2)) == 2


def test_what_a_paper_tells_twice_is_one_event_where_another_tells_it_too() -> None:
    """By itself it is none; nor where the two do not even look alike."""
    tellings = [_telling(number) for number in (1, 2, 3)]
    ties, fits = ties_of({(1, 2): 0.5, (2, 3): 0.5}), ties_of({(1, 3): 0.6})
    every = {story: {**ties[story], **fits.get(story, {})} for story in ties}
    assert [len(group) for group in grown([], tellings, ties, every)] == [3]
    assert [len(group) for group in grown([], tellings, ties, ties)] == [2]
    assert grown([], tellings, {}, fits) == []


def test_the_medoid_is_most_like_all() -> None:
    """And of equals it is the first report."""
    group = [_telling(number) for number in (1, 2, 3)]
    ties = ties_of({(1, 2): 0.5, (2, 3): 0.6, (1, 3): 0.4})
    assert medoid(group, ties).story == 2
    assert medoid(group[:2], ties).story == 1


def test_the_events_of_real_days_reach_their_floors(samples: Path) -> None:
    """Most pairs that they hold are of one event, and most of those that are tied."""
    day = sample_days.days(samples)["news"]
    found = event_groups.grouped(day)
    pairs = found.pairs(day)
    right = event_groups.counted(day, pairs, sample_days.labelled())[sample_days.Label.SAME]
    assert right >= event_groups.FLOORS["right"]
    assert right / len(pairs) >= event_groups.FLOORS["precision"]


# --- Over a store ---------------------------------------------------------------------------------


def _database(config: Config) -> sqlite3.Connection:
    return sqlite3.connect(config.store_url.removeprefix("sqlite:///"))


def _groups(config: Config) -> list[list[str]]:
    """Return the events of a store, each as the ids of the entries that stand for its stories."""
    groups: dict[int, list[str]] = {}
    query = "SELECT event, id FROM event_member JOIN entry USING (pk) ORDER BY id"
    with closing(_database(config)) as database:
        for event, entry_id in database.execute(query):
            groups.setdefault(event, []).append(entry_id)
    return sorted(groups.values())


class _Index:
    """An index that finds as near what shares four words of five, whatever else is there."""

    def __init__(self) -> None:
        self._words: dict[int, frozenset[int]] = {}

    def __contains__(self, story: int) -> bool:
        return story in self._words

    def add(self, words: Mapping[int, EventWords]) -> None:
        self._words |= {story: _in_lead(of_story) for story, of_story in words.items()}

    def discard(self, story: int) -> None:
        del self._words[story]

    def leave_out(self, stories: Set[int]) -> None:
        assert not stories

    def take_in(self, _stories: Set[int]) -> None:
        """Have them all in it already."""

    def near(self, story: int) -> dict[int, float]:
        shared = {other: len(self._words[story] & words) for other, words in self._words.items()}
        return {
            other: count / 5 for other, count in shared.items() if other != story and count >= 4
        }


def _in_lead(words: EventWords) -> frozenset[int]:
    """Return the stems of a story's first sentences."""
    stems = np.frombuffer(words.stems, event_words.PACKED_STEM).tolist()
    return frozenset(stem for stem, count in zip(stems, words.in_lead, strict=True) if count)


def _judge(a: Told, b: Told, cosine: float) -> Verdict:
    """Hold that headlines that differ tell two steps."""
    relation = Relation.SAME if a.text.title == b.text.title else Relation.STEP
    return Verdict(relation=relation, score=cosine, vetoes=())


_WORDS = ("নদীতে", "পানি", "বেড়েছে", "বাঁধে", "ফাটল", "গ্রামে", "আতঙ্ক", "ফসলের")


def _report(
    number: int, title: str, words: Iterable[str], *, site: str, hours: float = 5
) -> ParsedEntry:
    article = Article(title=title, paragraphs=(" ".join(words),))
    return sent(article, number, site=site, hours=hours)


def _made(random: Random, count: int) -> list[tuple[str, ParsedEntry]]:
    """Make reports of five words of eight, so that many are near, and chains drift."""
    return [
        (site, _report(number, title, words, site=site, hours=20 - number))
        for number in range(count)
        for site, title, words in (
            (random.choice("abc"), f"খবর {'কখ'[number % 2]}", random.sample(_WORDS, 5)),
        )
    ]


def _configured(store: str) -> str:
    """Return a configuration whose stories are told apart, as short as they are."""
    return (
        f'[store]\nurl = "sqlite:///{store}.db"\n[site]\noutput = "{store}"\n'
        f'[dedupe]\nsame_text = false\n[[feed]]\nname = "x"\nper_source = 1.0\n'
        + sources("a", "b", "c")
    )


def _arrive(arrivals: Arrivals, reports: Sequence[tuple[str, ParsedEntry]]) -> None:
    for site, report in reports:
        arrivals.arrive((site, [report]))
    arrivals.publish()


@pytest.fixture
def plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judge pairs by themselves: how rare a word is depends on what else is there."""
    monkeypatch.setattr(event_index, "EventIndex", _Index)
    monkeypatch.setattr(same_event, "judge", _judge)


@pytest.mark.usefixtures("plainly")
@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.more) for seed in range(1, 5))]
)
def test_passes_over_a_store_change_no_group(make_config: Make, seed: int) -> None:
    """Neither where they are cut, nor in which order one brings what it brings."""
    random = Random(seed)
    reports = _made(random, 12)
    found = []
    for cuts in ((), (4, 7), (1, 2, 6, 10)):
        arrivals = Arrivals(make_config(_configured(f"{len(cuts)}")))
        for first, last in zip((0, *cuts), (*cuts, len(reports)), strict=True):
            _arrive(arrivals, random.sample(reports[first:last], last - first))
        found.append(_groups(arrivals.config))
    assert found[0] == found[1] == found[2]
    assert found[0]


def _in_processes(
    arrivals: Arrivals, passes: Iterable[Sequence[tuple[str, ParsedEntry]]], random: Random
) -> None:
    """Publish after each pass, now and then by a process that begins, which knows no days."""
    known = KnownDays()
    for reports in passes:
        known = KnownDays() if random.random() < 0.4 else known
        for site, report in reports:
            arrivals.arrive((site, [report]))
        with Store.open(arrivals.config.store_url) as store:
            publish_all(replace(arrivals.run(store), known_days=known))


@pytest.mark.usefixtures("plainly")
@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.more) for seed in (1, 2))]
)
def test_cuts_and_restarts_change_no_group(make_config: Make, seed: int) -> None:
    """Reports that come one by one, in passes of any length, and by a process that goes on."""
    random = Random(seed)
    reports = _made(random, 11)
    found = []
    for number, share in enumerate((0.0, 0.3, 1.0)):
        starts = [place for place in range(1, len(reports)) if random.random() < share]
        bounds = zip([0, *starts], [*starts, len(reports)], strict=True)
        passes = [random.sample(reports[first:last], last - first) for first, last in bounds]
        arrivals = Arrivals(make_config(_configured(f"{number}")))
        _in_processes(arrivals, passes, random)
        found.append(_groups(arrivals.config))
    assert found == [found[0]] * len(found)
    assert found[0]


@pytest.mark.usefixtures("plainly")
@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.more) for seed in range(1, 5))]
)
def test_what_a_store_published_together_stays(make_config: Make, seed: int) -> None:
    """Whatever comes later, also what was published before all that is there."""
    random = Random(seed)
    reports = random.sample(_made(random, 12), 12)
    arrivals = Arrivals(make_config(_configured("x")))
    before: list[list[str]] = []
    for first in range(0, 12, 3):
        _arrive(arrivals, reports[first : first + 3])
        groups = _groups(arrivals.config)
        assert all(any({*group} <= {*now} for now in groups) for group in before)
        before = groups
    assert before


@pytest.mark.usefixtures("plainly")
def test_what_no_feed_shows_is_of_an_event_all_the_same(make_config: Make) -> None:
    """What a story is tied to is judged, too: else a third that no feed shows would be left out."""
    text = _configured("x").replace('name = "x"', 'name = "x"\nsources = ["a"]', 1)
    arrivals = Arrivals(make_config(text))
    words = (_WORDS[:5], _WORDS[1:6], (*_WORDS[1:5], _WORDS[6]))
    reports = [
        (site, _report(number, "খবর", of_one, site=site))
        for number, (site, of_one) in enumerate(zip("abc", words, strict=True))
    ]
    _arrive(arrivals, reports)
    (group,) = _groups(arrivals.config)
    assert len(group) == 3


# --- What led to it -------------------------------------------------------------------------------


def _told(arrivals: Arrivals, title: str) -> tuple[list[str], list[str]]:
    """Return the titles of what is named as told elsewhere, and as what led to it."""
    entry = next(entry for entry in arrivals.shown() if entry.title == title)
    return [each.title for each in entry.related], [each.title for each in entry.earlier]


@pytest.mark.usefixtures("plainly")
def test_what_led_to_an_event_stands_beside_it(make_config: Make) -> None:
    """The events that began before, the newest first, each once; nothing after, and none is one."""
    arrivals = Arrivals(make_config(_configured("x")))
    steps = [
        _report(number, title, (*_WORDS[:4], _WORDS[4 + number % 4]), site=site, hours=hours)
        for number, (title, site, hours) in enumerate(
            (("ধর্মঘট", "a", 20), ("ধর্মঘট", "b", 19), ("বৈঠক", "a", 12), ("প্রত্যাহার", "c", 2))
        )
    ]
    _arrive(arrivals, list(zip("abac", steps, strict=True)))
    assert _told(arrivals, "ধর্মঘট") == (["ধর্মঘট"], [])
    assert _told(arrivals, "বৈঠক") == ([], ["ধর্মঘট"])
    assert _told(arrivals, "প্রত্যাহার") == ([], ["বৈঠক", "ধর্মঘট"])
    page = arrivals.publish()["x.html"].decode()
    assert page.count("<summary>এর আগে</summary>") == 2
    assert arrivals.publish()["x.json"].count(b'"_related"') == 2


@pytest.mark.usefixtures("plainly")
def test_what_comes_late_is_named_by_what_stands(make_config: Make) -> None:
    """Also where nothing else of the feed has changed."""
    arrivals = Arrivals(make_config(_configured("x")))
    _arrive(arrivals, [("a", _report(1, "প্রত্যাহার", _WORDS[:5], site="a", hours=2))])
    _arrive(arrivals, [("b", _report(2, "ধর্মঘট", _WORDS[1:6], site="b", hours=9))])
    assert _told(arrivals, "প্রত্যাহার") == ([], ["ধর্মঘট"])
    assert "এর আগে" in arrivals.publish()["x.html"].decode()
    with Store.open(arrivals.config.store_url) as store:
        purge(store, "https://b.example/news/2", arrivals.config.dedupe, lambda: NOW)
    assert "এর আগে" not in arrivals.publish()["x.html"].decode()


@pytest.mark.usefixtures("plainly")
def test_no_more_steps_are_named_than_a_glance_takes(make_config: Make) -> None:
    """Of many the newest, which lead to those before them."""
    arrivals = Arrivals(make_config(_configured("x")))
    reports = [
        ("a", _report(number, f"ধাপ {number}", words, site="a", hours=20 - number))
        for number, words in enumerate(islice(permutations(_WORDS[:5]), 6))
    ]
    _arrive(arrivals, reports)
    assert _told(arrivals, "ধাপ 5") == ([], ["ধাপ 4", "ধাপ 3", "ধাপ 2"])


def test_a_written_step_is_named(make_config: Make) -> None:
    """A strike that was called stands as what was before it was called off."""
    pair = next(pair for pair in written("events.txt") if "strike withdrawn" in pair.kind)
    arrivals = Arrivals(make_config(_configured("x")))
    _arrive(
        arrivals,
        [("a", sent(pair.a, 1, hours=9)), ("b", sent(pair.b, 2, site="b", hours=2))],
    )
    assert _told(arrivals, pair.b.title) == ([], [pair.a.title])
    assert _told(arrivals, pair.a.title) == ([], [])


@pytest.mark.usefixtures("plainly")
def test_explain_tells_how_big_a_happening_is_and_what_keeps_what_apart(make_config: Make) -> None:
    """Its papers, since and until when, what is most like all, and each pair's verdict."""
    arrivals = Arrivals(make_config(_configured("x")))
    told = (("ধর্মঘট", "a", 20), ("ধর্মঘট", "b", 12), ("প্রত্যাহার", "c", 2))
    reports = [
        (site, _report(number, title, (*_WORDS[:4], _WORDS[4 + number]), site=site, hours=hours))
        for number, (title, site, hours) in enumerate(told)
    ]
    _arrive(arrivals, reports)
    with Store.open(arrivals.config.store_url) as store:
        answer = explain(arrivals.config, store, "https://a.example/news/0", NOW)
    lines = list(answer_lines(answer, arrivals.config))
    start = lines.index("Of the same happening, which 2 papers tell in 2 entries")
    at = {
        hours: f"{(NOW - timedelta(hours=hours)).astimezone(_DHAKA):%Y-%m-%d %H:%M}"
        for hours in (20, 12)
    }
    placed = NOW - timedelta(hours=12) + timedelta(hours=8) * log2(1.5)
    assert lines[start + 1 : start + 8] == [
        f"  from {at[20]} to {at[12]}",
        f"  as big as what one paper alone reports at {placed.astimezone(_DHAKA):%Y-%m-%d %H:%M}",
        "  b: ধর্মঘট",
        "    0.80 alike: the same event",
        "Near in its words",
        "  c: প্রত্যাহার",
        "    0.80 alike: another step of its affair",
    ]


# --- Older stores ---------------------------------------------------------------------------------


def test_what_links_tied_together_is_one_event(tmp_path: Path) -> None:
    """A store of before had pairs alone; what these named together or merged stays together."""
    url = f"sqlite:///{tmp_path}/old.db"
    migrate(url, "0023")
    engine = sqlite.engine(url)
    with engine.connect() as connection:
        links = "INSERT INTO event_link VALUES (2, 5, 0.5), (5, 9, 0.5), (7, 8, 0.5)"
        connection.execute(sa.text(links))
        upgrade(connection, "0025")
        rows = connection.execute(sa.text("SELECT pk, event FROM event_member ORDER BY pk"))
        assert rows.all() == [(2, 2), (5, 2), (7, 7), (8, 7), (9, 2)]
    engine.dispose()
