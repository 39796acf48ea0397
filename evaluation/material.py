"""Labelled pairs of texts: written ones, and edits of written articles that a program makes.

``pairs/articles.txt`` holds invented articles, ``---`` between them: the headline, then a
paragraph a line. ``texts.txt`` and ``events.txt`` hold labelled pairs: ``=== LABEL | note``, one
text, ``---``, the other; those that begin with ``unseen_`` were written by another hand, who did
not know the rules, after these were made. Every edit is made by a generator of its own number, so
that a pair is the same in every run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from aggregator.bengali.places import place_of
from aggregator.bengali.text import key, words

FOLDER = Path(__file__).parent / "pairs"
_HEADER = re.compile(r"=== (same|different) \| (.*)")
_SENTENCE = re.compile("(?<=[।?!])\\s+")


@dataclass(frozen=True, slots=True)
class Article:
    """One text: its headline and its paragraphs."""

    title: str
    paragraphs: tuple[str, ...]

    @property
    def body(self) -> str:
        """Give the paragraphs, a line each."""
        return "\n".join(self.paragraphs)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts, whether they are the same, and what they are an example of."""

    kind: str
    is_same: bool
    a: Article
    b: Article


def articles() -> list[Article]:
    """Give the written articles, no two of which have to do with each other."""
    text = (FOLDER / "articles.txt").read_text(encoding="utf-8")
    return [_told(block.strip().splitlines()) for block in text.split("\n---\n")]


def written(name: str) -> Iterator[Pair]:
    """Read a file of written pairs; a pair's kind is its note up to a colon."""
    label, kind, blocks = "", "", [[""]]
    for line in [*(FOLDER / name).read_text(encoding="utf-8").splitlines(), "=== end"]:
        if line.startswith("=== "):
            if label:
                a, b = (_told(block) for block in blocks)
                yield Pair(kind=kind.partition(":")[0], is_same=label == "same", a=a, b=b)
            if match := _HEADER.fullmatch(line):
                label, kind = match.groups()
            blocks = [[]]
        elif line == "---":
            blocks.append([])
        elif line:
            blocks[-1].append(line)


def _told(lines: Sequence[str]) -> Article:
    return Article(title=lines[0], paragraphs=tuple(lines[1:]))


# --- Edits ---------------------------------------------------------------------------------------

_ENDINGS = ("ের", "কে", "তে", "রা", "গুলো", "টি", "ও", "ই", "র", "টা")
_SPELLINGS = (("ড়", "\u09dc"), ("ঢ়", "\u09dd"), ("য়", "\u09df"))
_LATIN_DIGITS = str.maketrans("০১২৩৪৫৬৭৮৯", "0123456789")
_QUOTES = (("‘", "'"), ("’", "'"), ("“", '"'), ("”", '"'), ("–", "-"), ("।", " ।"))
_SIDEBAR_LINES = 12


def _sentences(paragraph: str) -> list[str]:
    return _SENTENCE.split(paragraph)


def _says_something(word: str) -> bool:
    """Tell whether a word is a number or a place: an edit that changes it makes another report."""
    found = [key(one) for one in words(word)]
    return any(place_of(one) is not None or any(map(str.isdigit, one)) for one in found)


class Editor:
    """Edits articles as desks do, by a random generator; what is put in comes from the others."""

    def __init__(self, others: Sequence[Article], random: Random) -> None:
        self._random = random
        self._titles = [one.title for one in others]
        self._pool = [s for one in others for p in one.paragraphs for s in _sentences(p)]
        self._pool = [s for s in self._pool if not any(map(_says_something, s.split()))]
        self._words = [word for sentence in self._pool for word in sentence.split()]

    def sentences(self, text: Article, share: float) -> Article:
        """Replace a share of the sentences by others."""
        spots = [
            (p, s) for p, one in enumerate(text.paragraphs) for s in range(len(_sentences(one)))
        ]
        chosen = set(self._random.sample(spots, round(len(spots) * share)))
        paragraphs = [
            " ".join(
                self._random.choice(self._pool) if (p, s) in chosen else sentence
                for s, sentence in enumerate(_sentences(one))
            )
            for p, one in enumerate(text.paragraphs)
        ]
        return Article(text.title, tuple(paragraphs))

    def words(self, text: Article, share: float) -> Article:
        """Replace a share of the words by others; numbers and places stay."""

        def change(word: str) -> str:
            return word if _says_something(word) else self._random.choice(self._words)

        return self._by_word(text, share, change)

    def endings(self, text: Article, share: float) -> Article:
        """Give a share of the words another ending."""

        def change(word: str) -> str:
            return word if _says_something(word) else word + self._random.choice(_ENDINGS)

        return self._by_word(text, share, change)

    def _by_word(self, text: Article, share: float, change: Callable[[str], str]) -> Article:
        paragraphs = [
            " ".join(
                change(word) if self._random.random() < share else word for word in one.split(" ")
            )
            for one in text.paragraphs
        ]
        return Article(text.title, tuple(paragraphs))

    def dropped(self, text: Article, share: float) -> Article:
        """Leave out a share of the paragraphs and shuffle the rest."""
        kept = max(1, round(len(text.paragraphs) * (1 - share)))
        return Article(text.title, tuple(self._random.sample(text.paragraphs, kept)))

    def retitled(self, text: Article) -> Article:
        """Give the text the headline of another desk: its first words."""
        return Article(" ".join(text.paragraphs[0].split()[:7]), text.paragraphs)

    def with_sidebar(self, text: Article) -> Article:
        """Append headlines of other stories."""
        lines = self._random.sample(self._titles, _SIDEBAR_LINES)
        return Article(text.title, (*text.paragraphs, *lines))


def respelled(text: Article) -> Article:
    """Write a text with precomposed letters, Latin digits and straight quotes."""

    def spell(line: str) -> str:
        for normal, other in (*_SPELLINGS, *_QUOTES):
            line = line.replace(normal, other)
        return line.translate(_LATIN_DIGITS)

    return Article(spell(text.title), tuple(spell(one) for one in text.paragraphs))


def excerpt(text: Article, characters: int) -> Article:
    """Give a text's beginning, as feeds do."""
    return Article(text.title, (text.body[:characters].rsplit(" ", 1)[0],))


def recounted(text: Article) -> Article:
    """Change every number: the same words of another day."""

    def change(match: re.Match[str]) -> str:
        return "".join("১২৩৪৫৬৭৮৯০"["০১২৩৪৫৬৭৮৯".index(digit)] for digit in match.group())

    lines = [re.sub("[০-৯]+", change, line) for line in (text.title, *text.paragraphs)]
    return _told(lines)


def generated() -> Iterator[Pair]:
    """Make pairs of every article and its edits, and of articles with other numbers."""
    all_articles = articles()
    for number, text in enumerate(all_articles):
        others = [one for one in all_articles if one is not text]
        editor = Editor(others, Random(number))
        edits: dict[str, Article] = {
            **{f"sentences {n} %": editor.sentences(text, n / 100) for n in (10, 20, 30, 40)},
            **{f"words {n} %": editor.words(text, n / 100) for n in (10, 20, 30, 40)},
            **{f"endings {n} %": editor.endings(text, n / 100) for n in (15, 40)},
            "dropped 40 %": editor.dropped(text, 0.4),
            "retitled": editor.retitled(text),
            "respelled": respelled(text),
            "sidebar": editor.with_sidebar(text),
            "excerpt 250": excerpt(text, 250),
            "excerpt 450": excerpt(text, 450),
        }
        for kind, edit in edits.items():
            yield Pair(kind=kind, is_same=True, a=text, b=edit)
        if text.body != recounted(text).body:
            yield Pair(kind="other numbers", is_same=False, a=text, b=recounted(text))
        for other in all_articles[number + 1 :]:
            yield Pair(kind="unrelated", is_same=False, a=text, b=other)
