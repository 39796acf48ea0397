"""The quality gates hold over the labelled material, and the material is large and clean."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from evaluation import collected, measures, real_pairs, sample_days
from evaluation import pages as pages_gate
from evaluation import stories as stories_gate
from evaluation.judging import Score
from evaluation.labelled import FOLDER, pages
from evaluation.material import FOLDER as MATERIAL
from evaluation.measures import Measured

PAGE = Path(__file__).parent.parent / "docs" / "stories.md"


@pytest.fixture(scope="module")
def scores() -> dict[str, Score]:
    """Return the scores of all written and made pairs, which take seconds to judge."""
    return stories_gate.measure()


def test_articles_are_found_in_pages() -> None:
    """Titles, bodies and bylines reach their floors; no body has a line of another story."""
    score = pages_gate.measure(list(pages()), with_boilerplate=True)
    for name, floor in pages_gate.FLOORS.items():
        assert score.rates()[name] >= floor, (name, score.faults)
    assert score.foreign == 0, score.faults


@pytest.mark.parametrize("form", collected.FORMS)
def test_collections_of_the_pages_are_told_apart(form: str) -> None:
    """The articles of all pages, joined in one text, come out as an entry each."""
    write, floor = collected.FORMS[form]
    assert collected.measure(list(pages()), write) >= floor


@pytest.mark.xdist_group("pairs")
def test_the_same_text_and_the_same_event_are_recognised(scores: dict[str, Score]) -> None:
    """Over written pairs and made edits, texts and events reach their floors."""
    for of_events, floors in (
        (False, stories_gate.TEXT_FLOORS),
        (True, stories_gate.EVENT_FLOORS),
    ):
        total = stories_gate.together(scores, of_events=of_events)
        for name, floor in floors.items():
            assert total.rates()[name] >= floor, (name, total.faults)
    assert stories_gate.together(scores, of_events=False).same >= 300


@pytest.mark.xdist_group("pairs")
@pytest.mark.parametrize("of_events", [False, True], ids=["text", "event"])
def test_the_page_says_how_well_stories_are_recognised(
    scores: dict[str, Score], of_events: bool
) -> None:
    """The sums in docs/stories.md are those that are measured."""
    total = stories_gate.together(scores, of_events=of_events)
    rates = total.rates()
    figures = (f"{total.pairs:,}", f"{rates['precision']:.3f}", f"{rates['recall']:.3f}")
    name = "event" if of_events else "text"
    row = " | ".join(f"**{cell}**" for cell in (f"same {name}, together", *figures))
    assert f"| {row} |" in PAGE.read_text(encoding="utf-8")


def test_there_are_enough_pages_in_enough_shapes() -> None:
    """Floors over few pages, or over pages that are alike, would say little."""
    labelled = list(pages())
    assert len(labelled) >= 60
    assert len({page.shape for page in labelled}) >= 8


def test_every_label_is_known_and_every_page_is_in_normal_form() -> None:
    """A typing mistake in a label would count as a fault of the program."""
    for page in pages():
        assert {letter for letter, _ in page.lines} <= set("TABDSCXRE-"), page.path
        text = page.path.read_text(encoding="utf-8")
        assert unicodedata.is_normalized("NFC", text), page.path
        assert page.is_rejected or page.all("B"), page.path
    assert FOLDER.is_dir()


def test_real_pairs_are_enough_and_carry_no_text() -> None:
    """Of news at least 250 pairs of two papers are labelled, by hashes alone."""
    labelled = sample_days.labelled()
    drawn = [pair for pair in labelled.values() if pair.stratum]
    assert len(drawn) >= 250
    assert {pair.label for pair in drawn} == set(sample_days.Label)
    assert all(a < b and len(a) == len(b) == 12 for a, b in labelled)
    assert (MATERIAL / "sample_days.tsv").read_text(encoding="utf-8").isascii()


@pytest.mark.long
def test_every_pair_that_is_drawn_is_labelled_and_every_link_was_read(samples: Path) -> None:
    """Pairs are drawn alike in every run, and none that is judged has no label."""
    labelled = sample_days.labelled()
    for day in sample_days.days(samples).values():
        drawn = [day.addresses(pair.a, pair.b) for pair in sample_days.drawn(day)]
        assert set(drawn) <= labelled.keys()
        found = real_pairs.near_of(day).items()
        decided = {addresses for addresses, near in found if near.verdict.relation is not None}
        assert decided <= labelled.keys()


def test_a_model_judges_what_it_never_saw_by_the_measure_that_tells() -> None:
    """Of two measures the one that tells gets the weight, and unseen pairs are judged by it."""
    pairs = [
        Measured(
            {"telling": number % 2 + number % 7 / 10, "idle": float(number % 3)},
            is_same=number % 2 == 1,
            fold=number % 10,
        )
        for number in range(210)
    ]
    judged = measures.judge(pairs, ("telling", "idle"))
    assert (judged.rightly, judged.same, judged.average_precision) == (105, 105, 1.0)
    assert judged.rightly / judged.judged_same > 0.8
    assert judged.weights["telling"] > 10 * abs(judged.weights["idle"])


@pytest.mark.long
def test_no_model_tells_unseen_events_better_than_the_cosine(samples: Path) -> None:
    """The cosine alone judges other affairs than it was chosen on as docs/stories.md says."""
    pairs = measures.measured(sample_days.days(samples)["news"])
    by_cosine, *others = (measures.judge(pairs, names) for names in measures.SETS)
    assert by_cosine.rightly / by_cosine.judged_same >= 0.9
    assert by_cosine.rightly / by_cosine.same >= 0.63
    for other in others:
        assert other.rightly / other.judged_same < by_cosine.rightly / by_cosine.judged_same
