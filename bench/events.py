"""What finding events costs by how many stories the days have: ``python -m bench.events``.

Among 1,000, 2,000 and 4,000 made stories, 1, 20 and 200 of them new, is found which may be of one
event and decided what they have to do with each other. Printed is the CPU time of a new story, the
least of several, without what reading the store takes (``bench.publish`` has that).
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Sequence

from aggregator.stories import event_index, event_words, same_event
from aggregator.stories.comparable import ComparableText
from aggregator.stories.same_event import Told
from bench.made_texts import Writer

_SIZES, _NEW, _TIMES = (1_000, 2_000, 4_000), (1, 20, 200), 5


def _ms(call: Callable[[], object]) -> float:
    """Return the least CPU time of some calls, in milliseconds."""
    taken = []
    for _ in range(_TIMES):
        begun = time.process_time()
        call()
        taken.append(1e3 * (time.process_time() - begun))
    return min(taken)


def _judge(texts: Sequence[ComparableText], asked: Sequence[int]) -> None:
    """Decide of each new story and others, as many as are near in papers, of texts read anew."""
    for place in asked:
        a, b = texts[place], texts[place - 1]
        told = [Told(text=ComparableText(text.title, text.body), site="a") for text in (a, b)]
        same_event.judge(told[0], told[1], 0.5)


def main() -> None:
    """Print a row for each number of stories and of new ones among them."""
    writer, random_ = Writer.make(), random.Random(1)
    texts = [ComparableText.of(*writer.text(number)) for number in range(max(_SIZES))]
    words = [event_words.words_of(text) for text in texts]
    cut = _ms(lambda: [event_words.words_of(text) for text in texts[:1_000]]) / 1_000
    sys.stdout.write(f"cutting a story to stems: {cut:.3f} ms\n")
    sys.stdout.write("stories | new | looking, ms a new one | deciding of a pair, ms\n")
    for size in _SIZES:
        for new in _NEW:
            asked = random_.sample(range(1, size), new)
            looking = _ms(lambda size=size, asked=asked: event_index.near(words[:size], asked))  # type: ignore[misc]
            deciding = _ms(lambda asked=asked: _judge(texts, asked))  # type: ignore[misc]
            sys.stdout.write(f"{size:,} | {new} | {looking / new:.2f} | {deciding / new:.2f}\n")


if __name__ == "__main__":
    main()
