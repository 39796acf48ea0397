"""Made texts that are as alike by chance as real articles are, for what looks texts up."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.made_rows import CHARACTERS

A_DAY = 1_000  # entries, in a store
NEW, EDIT_EVERY = 2_000, 20

_CONSONANTS = "কখগঘচছজঝটঠডঢতথদধনপফবভমযরলশষসহ"
_SIGNS = ("", "া", "ি", "ী", "ু", "ে", "ো", "্র", "্য", "ং")


@dataclass(frozen=True)
class Writer:
    """Makes texts that are as alike by chance as real articles are.

    Real ones of that length share 0.038 of their 5-grams and 0.0021 of their 12-grams on average,
    these 0.044 and 0.0020: few words are common, most are rare, and some go together.
    """

    words: Sequence[str]
    phrases: Sequence[str]
    word_shares: NDArray[np.float64]
    phrase_shares: NDArray[np.float64]

    @classmethod
    def make(cls) -> Writer:
        """Make a vocabulary of some 40,000 words and 400 stock phrases."""
        random_ = random.Random(1)
        syllables = [consonant + sign for consonant in _CONSONANTS for sign in _SIGNS]
        random_.shuffle(syllables)
        shares = [1 / (place + 5) for place in range(len(syllables))]
        made = (
            "".join(random_.choices(syllables, shares, k=random_.randint(1, 4)))
            for _ in range(60_000)
        )
        words = list(dict.fromkeys(made))
        phrases = [" ".join(random_.choices(words, k=random_.randint(3, 6))) for _ in range(400)]
        return cls(words, phrases, _shares(len(words), 12, 1.05), _shares(len(phrases), 5, 1.0))

    def text(self, number: int) -> tuple[str, str]:
        """Write the title and the body of an entry."""
        generator = np.random.default_rng(number)
        ranks = np.searchsorted(self.word_shares, generator.random(260))
        words = [self.words[rank] for rank in ranks.tolist()]
        places = generator.integers(8, 200, 5).tolist()
        for place, rank in zip(
            places, np.searchsorted(self.phrase_shares, generator.random(5)).tolist(), strict=True
        ):
            words[place] = self.phrases[rank]
        return " ".join(words[:7]), " ".join(words[7:])[:CHARACTERS]

    def edited(self, number: int, share: float) -> tuple[str, str]:
        """Write an entry with a share of its words replaced."""
        title, body = self.text(number)
        random_ = random.Random(number)
        words = [
            random_.choice(self.words) if random_.random() < share else word
            for word in body.split(" ")
        ]
        return title, " ".join(words)


def _shares(count: int, offset: int, exponent: float) -> NDArray[np.float64]:
    """Return up to which share of all draws each rank is drawn (Zipf and Mandelbrot)."""
    shares = 1.0 / (np.arange(count) + offset) ** exponent
    found: NDArray[np.float64] = np.cumsum(shares / shares.sum())
    found[-1] = 1.0
    return found


# --- The new entries of a store ------------------------------------------------------------------


def new_texts(writer: Writer, count: int) -> Iterator[tuple[int, tuple[str, str]]]:
    """Write the new entries: pk → text; each twentieth is an edit of an entry of the last days."""
    for number in range(NEW):
        pk = count + number + 1
        if number % EDIT_EVERY:
            yield pk, writer.text(10_000_000 + number)
        else:
            yield pk, writer.edited(edited_of(number, count), share_replaced(number))


def edited_of(number: int, count: int) -> int:
    """Return which stored entry a new one is an edit of: one of the last ten days."""
    return count - 1 - (number * 37) % min(10 * A_DAY, count)


def share_replaced(number: int) -> float:
    """Return which share of its words is replaced in a new entry that is an edit."""
    return (0.1, 0.2, 0.3, 0.4)[number // EDIT_EVERY % 4]
