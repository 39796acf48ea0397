"""The whole program over a made news town: each story once, none lost, none invented."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import requests

from aggregator import config as configuration
from aggregator.models import Config, Outcome
from aggregator.pipeline.explain import explain
from aggregator.pipeline.run_pass import PassReport
from aggregator.store.store import Store
from tests.support.deadlines import HUNG_SECONDS
from tests.support.passes import one_pass
from tests.support.published import plain_files
from tests.support.validity import check_site
from town.answers import FEED_PATH, Pace, answer
from town.archive import write_dumps
from town.grammar import kinds, story
from town.papers import Form, Oddity, Paper, papers
from town.server import TownServer
from town.settings import Settings
from town.settings import configuration as configuration_of
from town.town import Town
from town.truth import Truth

ROOT = Path(__file__).parent.parent
FOUNDED = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
PASS_SECONDS = 900.0
# From the third pass on every mood of every paper was seen; the flood comes with the fifth.
QUICK_PASSES, LONG_PASSES, WHOLE_PASSES = 3, 5, 48
TOP, TOP_PAPERS = "shirsho", 3
TOP_FEED = f'[[feed]]\nname = "{TOP}"\norder = "top"\nmin_sources = {TOP_PAPERS}\nlimit = 1000\n'


def site(paper: Paper) -> str:
    """Return where a paper says that it is: the same in every run, whatever its port."""
    return f"https://{paper.name}.example"


@dataclass
class Passes:
    """Passes over a town, one each quarter of an hour of the town, and what each was to bring."""

    town: Town
    folder: Path
    at_seconds: float = 0.0
    failed: dict[str, str] = field(default_factory=dict)

    def run(self, passes: int, check: Callable[[Truth, bytes], None]) -> None:
        """Run passes, and hand what is true and what is published after each to ``check``."""
        truth = Truth(self.town)
        with TownServer(self.town, lambda: self.at_seconds, base=site) as server:
            path = self.folder / "config.toml"
            text = configuration_of(self.town, server.feed, Settings()) + TOP_FEED
            path.write_text(text, encoding="utf-8")
            config = configuration.load(path)
            for number in range(passes):
                self.at_seconds = number * PASS_SECONDS
                self._note(truth, self._one_pass(config))
                check(truth, (config.site.output / "bangla.json").read_bytes())
        files = {path.name: path.read_bytes() for path in plain_files(config.site.output)}
        assert check_site(files, config.site.url)
        top_stories_stand_by_their_papers(truth, config, self.town.wall(self.at_seconds))

    def _one_pass(self, config: Config) -> PassReport:
        write_dumps(self.town, self.folder / "dumps", self.at_seconds)
        return one_pass(config, now=self.town.wall(self.at_seconds), every_source=False)

    def _note(self, truth: Truth, report: PassReport) -> None:
        paper_of = {paper.name: paper for paper in self.town.papers}
        for source in report.sources:
            assert not source.quarantined and not source.rejected, source
            if source.outcome is Outcome.FAILED:
                self.failed[source.source] = source.error
            else:
                truth.read(paper_of[source.source], self.at_seconds)


def top_stories_stand_by_their_papers(truth: Truth, config: Config, now: datetime) -> None:
    """Check a feed by papers against the truth, and against what is explained of each entry.

    ``explain`` names the papers of each. Among them are all of which the truth is that they had the
    text; others told of the event in their own words. A text that several had is there.
    """
    body = (config.site.output / f"{TOP}.json").read_bytes()
    papers_of: dict[str, set[str]] = {}
    hours_later: dict[str, float] = {}
    with Store.open(config.store_url) as store:
        for item in json.loads(body)["items"]:
            (explained,) = explain(config, store, item["id"], now).entries
            why = next(position.why for position in explained.positions if position.feed == TOP)
            papers, later = why.split(": ")[1].split(", so it stands as if published ")
            papers_of[item["id"]] = set(papers.split(", "))
            hours_later[item["id"]] = float(later.removesuffix(" hours later"))
    shown = truth.shown(body)
    had = {code: {report.paper.name for report in reports} for code, reports in truth.due.items()}
    assert len(shown) > TOP_PAPERS
    assert all(had[entry.code] <= papers_of[entry.id] for entry in shown)
    assert all(len(papers) >= TOP_PAPERS for papers in papers_of.values())
    assert {code for code in had if len(had[code]) >= TOP_PAPERS} <= {entry.code for entry in shown}
    stands = [entry.published + timedelta(hours=hours_later[entry.id]) for entry in shown]
    # Hours are told to a tenth.
    assert all(one > other - timedelta(hours=0.2) for one, other in pairwise(stands))


def nothing_is_wrong(truth: Truth, feed: bytes) -> None:
    """Check a published feed against the truth."""
    assert truth.faults(feed) == []


@pytest.mark.parametrize(
    "number", [QUICK_PASSES, pytest.param(LONG_PASSES, marks=pytest.mark.more)]
)
def test_each_story_is_published_once_whatever_the_papers_do(tmp_path: Path, number: int) -> None:
    """Through all passes each text is there once, under one id; whoever fails is named alone."""
    passes = Passes(Town(founded=FOUNDED), tmp_path)
    passes.run(number, nothing_is_wrong)
    hopeless = {paper.name for paper in passes.town.papers if paper.oddity.is_hopeless}
    at_times = {paper.name for paper in passes.town.papers if paper.oddity.fails_at_times}
    assert hopeless <= passes.failed.keys() <= hopeless | at_times
    assert all(passes.failed.values())


@pytest.mark.attack
@pytest.mark.parametrize("seed", [2, 3, 4])
def test_half_a_day_of_other_towns(tmp_path: Path, seed: int) -> None:
    """The same through twelve hours of towns that nobody has looked at."""
    passes = Passes(Town(founded=FOUNDED, seed=seed), tmp_path)
    passes.run(WHOLE_PASSES, nothing_is_wrong)
    at_times = {paper.name for paper in passes.town.papers if paper.oddity.fails_at_times}
    assert at_times <= passes.failed.keys()


@pytest.mark.long
def test_the_demonstration_is_a_living_site_and_leaves_nothing(tmp_path: Path) -> None:
    """Within a minute its page shows news; Ctrl-C ends the service too and deletes the folder."""
    demo = subprocess.Popen(
        [sys.executable, "-m", "town.demo"],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert demo.stdout is not None
    with demo.stdout as printed:
        address = next(line.split()[-1] for line in printed if line.startswith("  open"))
        page = requests.get(address, timeout=HUNG_SECONDS).text
        demo.send_signal(signal.SIGINT)
        assert demo.wait(HUNG_SECONDS) == 0
    assert "<article>" in page
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(requests.ConnectionError):
        requests.get(address, timeout=HUNG_SECONDS)


# --- The town itself -----------------------------------------------------------------------------


def test_a_town_is_made_of_its_seed() -> None:
    """Two towns of one seed publish the same bytes at every moment; another seed, other ones."""

    def documents(town: Town) -> list[bytes]:
        return [
            answer(town, paper, FEED_PATH, at_seconds, site(paper)).body
            for paper in town.papers
            if paper.form is not Form.DUMP
            for at_seconds in (0.0, 5000.0)
        ]

    towns = [Town(founded=FOUNDED, seed=seed) for seed in (1, 1, 2)]
    first, again, other = map(documents, towns)
    assert first == again
    assert first != other


def test_a_town_goes_on_at_any_speed() -> None:
    """A town that lives faster has the same news at a moment of its own, and the wall's time."""
    usual, fast = Town(founded=FOUNDED), Town(founded=FOUNDED, speed=60.0)
    paper = usual.papers[1]
    page, fast_page = usual.front_page(paper, 7200.0), fast.front_page(paper, 7200.0)
    assert [report.code for report in page] == [report.code for report in fast_page]
    assert fast.wall(7200.0) == usual.wall(120.0)
    assert page[0].at_seconds <= 7200.0


def test_every_oddity_is_some_papers() -> None:
    """Nothing that papers can do wrong is left unplayed, and each name is one paper's."""
    assert {paper.oddity for paper in papers()} == set(Oddity)
    assert {paper.form for paper in papers()} == set(Form)
    many = papers(100)
    assert len({paper.name for paper in many}) == len({paper.title for paper in many}) == len(many)


def test_stories_are_bengali_and_told_apart() -> None:
    """A thousand stories share next to no headline, leave no gap unfilled, and are normalised."""
    told = [telling for number in range(1000) for telling in story(1, number).tellings]
    assert len({telling.headline for telling in told}) > 0.99 * len(told)
    assert {story(1, number).kind for number in range(1000)} == kinds().keys() - {"aside"}
    for telling in told:
        text = "\n".join((telling.headline, *telling.paragraphs))
        assert not set("{}|") & set(text)
        assert unicodedata.is_normalized("NFC", text)
        assert not any("a" <= character.lower() <= "z" for character in text)


def test_answers_that_never_end_are_told_from_others() -> None:
    """Each way of not answering is a pace of its own."""
    town = Town(founded=FOUNDED)
    paces = {
        paper.oddity: answer(town, paper, FEED_PATH, 0.0, site(paper)).pace
        for paper in town.papers
        if paper.form is not Form.DUMP
    }
    assert paces[Oddity.DRIP] is Pace.DRIP
    assert paces[Oddity.ENDLESS] is Pace.ENDLESS
    assert paces[Oddity.SILENT] is Pace.SILENT
    assert paces[Oddity.NONE] is Pace.WHOLE


# --- The judge -----------------------------------------------------------------------------------


@pytest.fixture
def judged() -> Iterator[tuple[Truth, list[dict[str, str]]]]:
    """Return the truth about one front page, and the items of a feed that shows it rightly."""
    town = Town(founded=FOUNDED)
    paper = town.papers[1]
    truth = Truth(town)
    truth.read(paper, 0.0)
    items = [
        {
            "id": f"urn:{report.code}",
            "url": f"{site(paper)}/news/{report.code}",
            "title": town.telling(report).headline,
            "date_published": town.wall(report.at_seconds).isoformat(),
        }
        for report in town.front_page(paper, 0.0)
    ]
    yield truth, items


def feed_of(items: list[dict[str, str]]) -> bytes:
    """Return items as a published JSON feed."""
    return json.dumps({"items": items}).encode()


def test_what_is_right_has_no_fault(judged: tuple[Truth, list[dict[str, str]]]) -> None:
    """A feed that shows each text once, in order, is right, again and again."""
    truth, items = judged
    for _ in range(2):
        assert truth.faults(feed_of(items)) == []


@pytest.mark.parametrize(
    ("fault", "change"),
    [
        ("lost", lambda items: items[1:]),
        ("doubled", lambda items: [items[0], *items]),
        ("invented", lambda items: [items[0] | {"url": "https://a.example/news/9"}, *items]),
        ("another id", lambda items: [items[0] | {"id": "urn:x"}, *items[1:]]),
        ("another headline", lambda items: [items[0] | {"title": "অন্য খবর"}, *items[1:]]),
        ("another time", lambda items: [items[0] | {"date_published": "2027-01-01T00:00:00Z"}]),
        ("not in the order", lambda items: items[::-1]),
    ],
)
def test_each_fault_is_found(
    judged: tuple[Truth, list[dict[str, str]]],
    fault: str,
    change: Callable[[list[dict[str, str]]], list[dict[str, str]]],
) -> None:
    """The judge names what was done to a feed that was right."""
    truth, items = judged
    assert truth.faults(feed_of(items)) == []
    assert any(named.startswith(fault) for named in truth.faults(feed_of(change(items))))


def test_a_text_that_is_newer_than_the_last_is_missing(
    judged: tuple[Truth, list[dict[str, str]]],
) -> None:
    """What a full feed lacks is missing unless it is older than the last entry that is there."""
    truth, items = judged
    codes = [int(item["url"].rpartition("/")[2]) for item in items]
    newest, last = codes[0], codes[-1]
    assert truth.missing(feed_of(items), codes) == []
    assert truth.missing(feed_of(items[:-1]), [last]) == []
    assert len(truth.missing(feed_of(items[1:]), [newest, last])) == 1


def test_a_text_of_an_archive_is_as_old_as_the_minute_that_it_states() -> None:
    """An archive states no seconds, so its text may be older than the last that a full feed has."""
    town = Town(founded=FOUNDED)
    archive, copyist = town.papers[0], town.papers[9]
    report = town.newest(archive, 0.0, 1)[0]
    told = town.wall(report.at_seconds)
    assert told.second > 1, "nothing is shown by a text of a whole minute"
    truth = Truth(town, due={report.code: [report, replace(report, paper=copyist)]})
    last = {
        "id": "urn:last",
        "url": "https://a.example/news/9",
        "title": "শেষ খবর",
        "date_published": (told - timedelta(seconds=1)).isoformat(),
    }
    assert truth.missing(feed_of([last]), [report.code]) == []
    older = {**last, "date_published": (told - timedelta(minutes=1)).isoformat()}
    assert len(truth.missing(feed_of([older]), [report.code])) == 1
