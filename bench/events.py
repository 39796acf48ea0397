"""What finding events costs: ``python -m bench.events``.

Among 1,000, 2,000 and 4,000 made stories a new one comes, the oldest leaves, and is found which may
be of one event with it, by an index that goes on and by one that is made anew; a pair is judged.
Then all of it is measured, with what is read of the store and written: stores of 30,000 and 300,000
made entries, of which 2,000 lie in the days of a new one, are linked with 1 and with 20 new ones,
by a process that goes on from its last pass and by one that begins. Printed is CPU time a new
story, the least of several.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import sqlalchemy as sa

from aggregator.models import Presentation
from aggregator.pipeline.known_days import KnownDays
from aggregator.pipeline.link_events import link_events
from aggregator.pipeline.run import Run
from aggregator.pipeline.standings import take_changes
from aggregator.store import schema
from aggregator.store.store import Store
from aggregator.stories import event_words, same_event
from aggregator.stories.comparable import ComparableText
from aggregator.stories.event_index import EventIndex
from aggregator.stories.same_event import Told
from bench.made_rows import entry_row, packed_text, text_row
from bench.made_texts import Writer
from bench.publish import config_of

_SIZES, _TIMES, _TURNS = (1_000, 2_000, 4_000), 5, 50
# A new entry has the days of 36 hours before it.
_ENTRIES, _A_DAY, _NEW = (30_000, 300_000), 2_000 / 1.5, (1, 20)
_START = datetime(2026, 1, 1, tzinfo=UTC)
_ROWS, _TEXTS = 5_000, 3_000


def _ms(call: Callable[[], object], times: int = _TIMES) -> float:
    """Return the least CPU time of some calls, in milliseconds."""
    taken = []
    for _ in range(times):
        begun = time.process_time()
        call()
        taken.append(1e3 * (time.process_time() - begun))
    return min(taken)


# --- Looking --------------------------------------------------------------------------------------


def _look(texts: Sequence[ComparableText]) -> None:
    """Print what looking for events costs among stories, and judging a pair of them."""
    words = dict(enumerate(map(event_words.words_of, texts)))
    cut = _ms(lambda: [event_words.words_of(text) for text in texts[:500]]) / 500
    sys.stdout.write(f"cutting a story to stems: {cut:.3f} ms\n")
    sys.stdout.write("stories | going on, ms | made anew, ms | judging a pair, ms\n")
    for size in _SIZES:
        index = EventIndex()
        index.add({story: words[story] for story in range(size)})
        places = iter(range(size, size + _TIMES * _TURNS))

        def turns(size: int = size, places: Sequence[int] = places, of: EventIndex = index) -> None:  # type: ignore[assignment]
            for _, place in zip(range(_TURNS), places, strict=False):
                of.add({place: words[place]})
                of.near(place)
                of.discard(place - size)

        def anew(size: int = size) -> None:
            index = EventIndex()
            index.add({story: words[story] for story in range(size)})
            index.near(size - 1)

        going_on, judging = _ms(turns) / _TURNS, _ms(lambda: _judge(texts)) / _TURNS
        sys.stdout.write(f"{size:,} | {going_on:.2f} | {_ms(anew):.1f} | {judging:.2f}\n")


def _judge(texts: Sequence[ComparableText]) -> None:
    for a, b in itertools.pairwise(texts[: _TURNS + 1]):
        told = [Told(text=ComparableText(text.title, text.body), site="a") for text in (a, b)]
        same_event.judge(told[0], told[1], 0.5)


# --- Over a store ---------------------------------------------------------------------------------


class _Filled:
    """A store of made entries, to which more come."""

    def __init__(self, url: str, writer: Writer) -> None:
        self._url, self._writer, self.count = url, writer, 0
        self._texts = [writer.text(number) for number in range(_TEXTS)]
        self._packed = [packed_text(body) for _, body in self._texts]

    def add(self, count: int, *, is_linked: bool) -> list[int]:
        """Add entries, each a story of its own, and return their numbers."""
        engine = sa.create_engine(self._url)
        numbers = range(self.count + 1, self.count + count + 1)
        with engine.begin() as connection:
            connection.exec_driver_sql("PRAGMA synchronous=OFF")
            for start in range(0, count, _ROWS):
                rows = [self._rows(number, is_linked) for number in numbers[start : start + _ROWS]]
                connection.execute(sa.insert(schema.entry), [row for row, _ in rows])
                connection.execute(sa.insert(schema.entry_text), [row for _, row in rows])
        engine.dispose()
        self.count += count
        return [*numbers]

    def _rows(self, number: int, is_linked: bool) -> tuple[dict[str, object], dict[str, object]]:
        source, place = f"s{number % 50}", number % _TEXTS
        when = _START + timedelta(days=number / _A_DAY)
        row = entry_row(number, when, source, is_clustered=True, is_linked=is_linked)
        link = f"https://{source}.example/{number}"
        return row, text_row(number, link, self._texts[place], self._packed[place])


def _link(filled: _Filled, run: Run, new: int) -> float:
    """Bring new entries, and link them; return the CPU time in milliseconds for each."""
    stories = filled.add(new, is_linked=False)
    take_changes(run)
    with run.store.read() as unit:
        members = unit.stories.members(stories)
    shown = [
        Presentation(pinned=only, representative=only, others=(), updated=only.updated)
        for (only,) in members.values()
    ]
    return _ms(lambda: link_events(run, shown), times=1) / new


def _stores(writer: Writer, folder: Path) -> None:
    """Print what linking costs over stores of two sizes."""
    sys.stdout.write("entries | new | going on, ms a new one | beginning, ms a new one\n")
    for entries in _ENTRIES:
        url = f"sqlite:///{folder}/{entries}.db"
        Store.open(url).close()
        filled = _Filled(url, writer)
        filled.add(entries, is_linked=True)
        now = _START + timedelta(days=2 * entries / _A_DAY)
        with Store.open(url) as store:
            run = Run.of(config_of(url, 5), store, clock=lambda now=now: now, stop=Event())  # type: ignore[misc]
            _link(filled, run, 1)
            for new in _NEW:
                on = min(_link(filled, run, new) for _ in range(2 * _TIMES))
                fresh = [replace(run, known_days=KnownDays()) for _ in range(_TIMES)]
                anew = min(_link(filled, each, new) for each in fresh)
                _link(filled, run, 1)
                sys.stdout.write(f"{entries:,} | {new} | {on:.2f} | {anew:.2f}\n")
                sys.stdout.flush()


def main() -> None:
    """Print a table of looking, and one of all that linking does."""
    writer = Writer.make()
    count = max(_SIZES) + _TIMES * _TURNS
    _look([ComparableText.of(*writer.text(number)) for number in range(count)])
    with tempfile.TemporaryDirectory() as folder:
        _stores(writer, Path(folder))


if __name__ == "__main__":
    main()
