"""Labelled pairs of texts: written by hand, or made by editing written articles.

``pairs/articles.txt`` holds invented articles with ``---`` between them; the first line of each is
its headline, every further line a paragraph. The other files hold labelled pairs: ``=== LABEL |
note``, one text, ``---``, the other text. Those of ``texts.txt`` and ``templates.txt`` are labelled
as texts, the latter of one site; those of ``events.txt`` and ``reports.txt`` as events, the latter
of which are each told by two desks. The files whose names begin with ``unseen_`` hold pairs by
another author, who did not know the rules and wrote after they were made.
Each article is edited with a random generator seeded by its number, so every run makes the same
pairs. How the pairs are judged is not known here: that is ``evaluation.stories``.
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
    """A text: its headline and its paragraphs, both plain text."""

    title: str
    paragraphs: tuple[str, ...]

    @property
    def body(self) -> str:
        """Return the paragraphs, one a line."""
        return "\n".join(self.paragraphs)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts, whether they are labelled as the same, and what ``kind`` of example they are."""

    kind: str
    is_same: bool
    a: Article
    b: Article


def articles() -> list[Article]:
    """Return the written articles; no two of them are about the same thing."""
    text = (FOLDER / "articles.txt").read_text(encoding="utf-8")
    return [_article(block.strip().splitlines()) for block in text.split("\n---\n")]


def written(name: str) -> Iterator[Pair]:
    """Read the pairs of a file in ``pairs/``; a pair's kind is its note up to the first colon."""
    label, kind, blocks = "", "", [[""]]
    for line in [*(FOLDER / name).read_text(encoding="utf-8").splitlines(), "=== end"]:
        if line.startswith("=== "):
            if label:
                a, b = (_article(block) for block in blocks)
                yield Pair(kind=kind.partition(":")[0], is_same=label == "same", a=a, b=b)
            if match := _HEADER.fullmatch(line):
                label, kind = match.groups()
            blocks = [[]]
        elif line == "---":
            blocks.append([])
        elif line:
            blocks[-1].append(line)


def _article(lines: Sequence[str]) -> Article:
    return Article(title=lines[0], paragraphs=tuple(lines[1:]))


# --- Edits ---------------------------------------------------------------------------------------

# Case endings and particles that a desk may well add or leave out.
_ENDINGS = ("ের", "কে", "তে", "রা", "গুলো", "টি", "ও", "ই", "র", "টা")
# Letter and nukta (U+09BC) in normal form; the precomposed letter that some keyboards type.
_SPELLINGS = (("ড়", "\u09dc"), ("ঢ়", "\u09dd"), ("য়", "\u09df"))
_LATIN_DIGITS = str.maketrans("০১২৩৪৫৬৭৮৯", "0123456789")
_QUOTES = (("‘", "'"), ("’", "'"), ("“", '"'), ("”", '"'), ("–", "-"), ("।", " ।"))
_SIDEBAR_LINES = 12  # as a sidebar of latest headlines has them


def _sentences(paragraph: str) -> list[str]:
    return _SENTENCE.split(paragraph)


def _is_number_or_place(word: str) -> bool:
    """Tell whether a word is a number or a place: changing it would make another report."""
    keys = [key(part) for part in words(word)]
    return any(place_of(part) is not None or any(map(str.isdigit, part)) for part in keys)


class Editor:
    """Edits articles as news desks do, at random; what it inserts comes from the other articles.

    A ``share`` is the part of the sentences, words or paragraphs to edit, between 0 and 1.
    """

    def __init__(self, others: Sequence[Article], random: Random) -> None:
        self._random = random
        self._titles = [article.title for article in others]
        self._pool = [
            sentence
            for article in others
            for paragraph in article.paragraphs
            for sentence in _sentences(paragraph)
            if not any(map(_is_number_or_place, sentence.split()))
        ]
        self._words = [word for sentence in self._pool for word in sentence.split()]

    def sentences(self, article: Article, share: float) -> Article:
        """Replace a share of the sentences by sentences of other articles."""
        sentences = [_sentences(paragraph) for paragraph in article.paragraphs]
        positions = [(p, s) for p, paragraph in enumerate(sentences) for s in range(len(paragraph))]
        replaced = set(self._random.sample(positions, round(len(positions) * share)))
        paragraphs = [
            " ".join(
                self._random.choice(self._pool) if (p, s) in replaced else sentence
                for s, sentence in enumerate(paragraph)
            )
            for p, paragraph in enumerate(sentences)
        ]
        return Article(article.title, tuple(paragraphs))

    def words(self, article: Article, share: float) -> Article:
        """Replace a share of the words by words of other articles; keep numbers and places."""

        def change(word: str) -> str:
            return word if _is_number_or_place(word) else self._random.choice(self._words)

        return self._by_word(article, share, change)

    def endings(self, article: Article, share: float) -> Article:
        """Append a grammatical ending to a share of the words; keep numbers and places."""

        def change(word: str) -> str:
            return word if _is_number_or_place(word) else word + self._random.choice(_ENDINGS)

        return self._by_word(article, share, change)

    def _by_word(self, article: Article, share: float, change: Callable[[str], str]) -> Article:
        paragraphs = [
            " ".join(
                change(word) if self._random.random() < share else word
                for word in paragraph.split(" ")
            )
            for paragraph in article.paragraphs
        ]
        return Article(article.title, tuple(paragraphs))

    def dropped(self, article: Article, share: float) -> Article:
        """Leave out a share of the paragraphs, at least one stays, and shuffle the rest."""
        kept = max(1, round(len(article.paragraphs) * (1 - share)))
        return Article(article.title, tuple(self._random.sample(article.paragraphs, kept)))

    def retitled(self, article: Article) -> Article:
        """Replace the headline, as another desk would, by the first words of the text."""
        return Article(" ".join(article.paragraphs[0].split()[:7]), article.paragraphs)

    def with_sidebar(self, article: Article) -> Article:
        """Append headlines of other articles, one a paragraph."""
        lines = self._random.sample(self._titles, _SIDEBAR_LINES)
        return Article(article.title, (*article.paragraphs, *lines))


def respelled(article: Article) -> Article:
    """Rewrite an article with precomposed letters, Latin digits and straight quotes."""

    def spell(line: str) -> str:
        for normal, other in (*_SPELLINGS, *_QUOTES):
            line = line.replace(normal, other)
        return line.translate(_LATIN_DIGITS)

    return Article(spell(article.title), tuple(map(spell, article.paragraphs)))


def excerpt(article: Article, characters: int) -> Article:
    """Return the beginning of an article, up to the last space within that many characters.

    Feeds send such excerpts.
    """
    return Article(article.title, (article.body[:characters].rsplit(" ", 1)[0],))


def recounted(article: Article) -> Article:
    """Change every Bengali number: the same words are then a report of another day."""

    def change(match: re.Match[str]) -> str:
        return "".join("১২৩৪৫৬৭৮৯০"["০১২৩৪৫৬৭৮৯".index(digit)] for digit in match.group())

    lines = (article.title, *article.paragraphs)
    return _article([re.sub("[০-৯]+", change, line) for line in lines])


def generated() -> Iterator[Pair]:
    """Make pairs of each article with its edits, with its recounted copy, and with every other.

    Edits are labelled as the same text, the rest as different ones.
    """
    all_articles = articles()
    for number, article in enumerate(all_articles):
        others = [other for other in all_articles if other is not article]
        editor = Editor(others, Random(number))
        edits: dict[str, Article] = {
            **{f"sentences {n} %": editor.sentences(article, n / 100) for n in (10, 20, 30, 40)},
            **{f"words {n} %": editor.words(article, n / 100) for n in (10, 20, 30, 40)},
            **{f"endings {n} %": editor.endings(article, n / 100) for n in (15, 40)},
            "dropped 40 %": editor.dropped(article, 0.4),
            "retitled": editor.retitled(article),
            "respelled": respelled(article),
            "sidebar": editor.with_sidebar(article),
            "excerpt 250": excerpt(article, 250),
            "excerpt 450": excerpt(article, 450),
        }
        for kind, edit in edits.items():
            yield Pair(kind=kind, is_same=True, a=article, b=edit)
        if article.body != recounted(article).body:
            yield Pair(kind="other numbers", is_same=False, a=article, b=recounted(article))
        for other in all_articles[number + 1 :]:
            yield Pair(kind="unrelated", is_same=False, a=article, b=other)
