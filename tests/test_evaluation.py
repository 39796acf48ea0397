"""The quality gates hold over the labelled material, and the material is large and clean."""

from __future__ import annotations

import unicodedata

import pytest

from evaluation import collected
from evaluation import pages as pages_gate
from evaluation import stories as stories_gate
from evaluation.labelled import FOLDER, pages


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


@pytest.mark.long
def test_the_same_text_and_the_same_event_are_recognised() -> None:
    """Over written pairs and made edits, texts and events reach their floors."""
    scores = stories_gate.measure()
    for of_events, floors in (
        (False, stories_gate.TEXT_FLOORS),
        (True, stories_gate.EVENT_FLOORS),
    ):
        total = stories_gate.together(scores, of_events=of_events)
        for name, floor in floors.items():
            assert total.rates()[name] >= floor, (name, total.faults)
    assert stories_gate.together(scores, of_events=False).same >= 300


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
