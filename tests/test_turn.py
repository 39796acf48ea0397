"""One writer at a time has the turn: what needs no row of the store is done before it is taken."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import FrameType

import pytest

import aggregator
from aggregator import config as configuration
from aggregator.models import NOTHING_KNOWN, Config, Document, Entry, FetchState, Source
from aggregator.normalise.recurrence import fingerprints
from aggregator.pipeline import store_batch
from aggregator.pipeline.known_items import read_entries
from aggregator.pipeline.normalised import Basis, Normalised
from aggregator.pipeline.normalised_feed import NormalisedFeed, normalised_on
from aggregator.pipeline.store_document import store_document
from aggregator.store.store import Store
from aggregator.store.unit import UnitOfWork
from tests.support.configurations import Make, source
from tests.support.loopback import Loopback, Page
from tests.support.passes import NOW, one_pass
from tests.support.texts import PAGE, item, rss
from tests.support.workers import written

_ROOM = Path(aggregator.__file__).parent
# What makes drafts of what was sent, and signatures of drafts.
_MAKE = ("normalise/", "parse/", "stories/signature.py:signatures_of", "stories/minima.py:")
# What is called in the turn in which a document is stored, so that the spy is seen to see.
_STORES = "pipeline/store_document.py:store_document"
_LINE = "আমাদের কাগজের সঙ্গেই থাকুন"

_NUMBERS = range(3)


@contextmanager
def spied_turns(patch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """Yield which functions of this program are called while a turn is held, by their files."""
    called: set[str] = set()
    take = Store.write

    def note(frame: FrameType, event: str, _argument: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(f"{_ROOM}/"):
            called.add(f"{code.co_filename.removeprefix(f'{_ROOM}/')}:{code.co_name}")

    @contextmanager
    def write(store: Store) -> Iterator[UnitOfWork]:
        with take(store) as unit:
            sys.setprofile(note)
            try:
                yield unit
            finally:
                sys.setprofile(None)

    with patch.context() as spied:
        spied.setattr(Store, "write", write)
        yield called


def of_all_kinds(web: Loopback, tmp_path: Path) -> str:
    """Serve two feeds, write one page into two files; return the configuration of the sources."""
    web.pages["/a"] = Page(rss([item(number) for number in range(8)]))
    web.pages["/b"] = Page(rss([item(number) for number in range(4, 12)]))
    for name in ("page", "copy"):
        (tmp_path / f"{name}.txt").write_text(PAGE, encoding="utf-8")
    dump = '[[source]]\nname = "d"\ndump = "*.txt"\n'
    return source("a", f"{web.url}/a") + source("b", f"{web.url}/b") + dump


@pytest.mark.databases(quick=True)
def test_nothing_is_normalised_while_the_turn_is_held(
    web: Loopback, make_config: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of feeds and dumps that are new, and of a feed with new, changed and unchanged entries."""
    config = make_config(of_all_kinds(web, tmp_path))
    with spied_turns(monkeypatch) as called:
        one_pass(config)
        changed = item(0, title="সংশোধিত শিরোনাম")
        web.pages["/a"] = Page(rss([changed, *(item(number) for number in range(1, 10))]))
        report = one_pass(config, now=NOW + timedelta(hours=1))
    assert [(each.new, each.unchanged) for each in report.sources if each.source == "a"] == [(2, 7)]
    assert _STORES in called
    assert sorted(name for name in called if name.startswith(_MAKE)) == []


def with_line(number: int) -> dict[str, str]:
    """Return an item whose text ends with a line of its site."""
    return item(number, description=f"{item(number)['description']}<p>{_LINE}</p>")


_BODY = rss([with_line(number) for number in _NUMBERS])


def count_lines(store: Store) -> None:
    """Count the line in ten entries that the source had sent before."""
    sent = [fingerprints(f"খবর {number}\n{_LINE}", "", "") for number in range(10)]
    with store.write() as unit:
        unit.dumps.count_entries("a", sent)


def store_same(store: Store) -> None:
    """Store the document as it is about to be stored."""
    document = Document(
        source="a", url="https://a.example/", body=_BODY, content_type="", acquired=NOW
    )
    entries = read_entries(
        document, Source(name="a", title="a", feed="https://a.example/"), NOTHING_KNOWN
    )
    with store.write() as unit:
        store_document(unit, Normalised.of(Basis.of(unit, entries)), NOW)


@pytest.mark.databases(quick=True)
@pytest.mark.parametrize("change", [count_lines, store_same])
def test_what_changes_before_the_turn_is_decided_on_again(
    web: Loopback,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Store], None],
) -> None:
    """What somebody else writes after the snapshot counts, as if it had been written before it."""
    web.pages["/a"] = Page(_BODY)
    text = source("a", f"{web.url}/a")
    sooner, later, never = (
        configuration.load(written(tmp_path / name, "sqlite:///aggregator.db", text))
        for name in ("sooner", "later", "never")
    )
    with Store.open(sooner.store_url) as store:
        change(store)
    one_pass(sooner)

    def normalised_then_changed(
        basis: Basis, before: NormalisedFeed | None, state: FetchState
    ) -> NormalisedFeed:
        made = normalised_on(basis, before, state)
        with Store.beside(later.store_url) as other:
            change(other)
        return made

    with monkeypatch.context() as patch:
        patch.setattr(store_batch, "normalised_on", normalised_then_changed)
        one_pass(later)
    one_pass(never)
    assert stored(later) == stored(sooner)
    if change is count_lines:
        assert stored(later)[0] != stored(never)[0], "what was changed decides nothing"


def stored(config: Config) -> tuple[dict[int, Entry], dict[int, int]]:
    """Return the entries of a store, by number, and how often each line was counted."""
    with Store.beside(config.store_url) as store, store.read() as unit:
        entries = unit.entries.published(range(1, len(_NUMBERS) + 2))
        return entries, unit.dumps.recurring_lines("a", 1)
