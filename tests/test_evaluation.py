"""The quality gates, as they stand, over the labelled material."""

from __future__ import annotations

import unicodedata

from evaluation import pages as pages_gate
from evaluation import stories as stories_gate
from evaluation.labelled import FOLDER, pages


def test_articles_are_found_in_pages() -> None:
    """Titles, bodies and bylines reach their floors, and no other story's line is in a body."""
    score = pages_gate.measure(list(pages()), with_boilerplate=True)
    for name, floor in pages_gate.FLOORS.items():
        assert score.rates()[name] >= floor, (name, score.faults)
    assert score.foreign == 0, score.faults


def test_the_same_text_and_the_same_event_are_told() -> None:
    """Over written pairs and made edits, both levels reach their floors."""
    scores = stories_gate.measure()
    for of_events, floors in (
        (False, stories_gate.TEXT_FLOORS),
        (True, stories_gate.EVENT_FLOORS),
    ):
        total = stories_gate.together(scores, of_events=of_events)
        for name, floor in floors.items():
            assert total.rates()[name] >= floor, (name, total.faults)
    assert stories_gate.together(scores, of_events=False).wanted >= 300


def test_there_are_enough_pages_in_enough_shapes() -> None:
    """A floor over few or like pages would say little."""
    found = list(pages())
    assert len(found) >= 60
    assert len({page.shape for page in found}) >= 8


def test_every_label_is_known_and_every_page_is_in_normal_form() -> None:
    """A slip of the pen in a label would count as a fault of the program."""
    for page in pages():
        assert {letter for letter, _ in page.lines} <= set("TABDSCXRE-"), page.path
        text = page.path.read_text(encoding="utf-8")
        assert unicodedata.is_normalized("NFC", text), page.path
        assert page.is_rejected or page.all("B"), page.path
    assert FOLDER.is_dir()
