"""What is compared of an entry: its text as keys, n-grams and facts, with its site and time.

Everything is computed of keys, so that spelling, digits and quotes make no difference, and only
once it is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Protocol

from aggregator.bengali.text import key, words
from aggregator.stories.facts import Facts, facts_of
from aggregator.stories.ngrams import COMPARED_CHARACTERS, Hashes, ngrams, ngrams_of

# Two texts that share so large a part of their 5-grams are one text, unless a veto keeps them
# apart. Unrelated articles share at most 0.17. Over the pairs of the gate, where precision and
# recall are 0.9988 and 0.9919: with 0.25, 0.9977 and the same; with 0.35, the same and 0.9745.
SAME_JACCARD = 0.30
# What two sites tell of one event in their own words is less alike than that; where a desk kept
# the headline, it is a copy that was edited much. All five such pairs of the samples have 0.34 to
# 0.41, and no copy of them but excerpts has less than 0.50. Over the same pairs: with 0.30, 0.9931
# and 0.9942; with 0.40, 0.9954 and the same; with 0.50, 1.0 and 0.9907.
RETOLD_JACCARD = 0.45
# Of shorter texts a name or a number is too large a part.
_ENOUGH_CHARACTERS = 200
# Names keep five characters through their endings; four are often one syllable (ব্যাংক, ব্যাগ). Over
# the pairs three to eight make no difference.
_SUBJECT_CHARACTERS, _SHORTEST_SUBJECT = 5, 3
# Letters and signs of vowels: desks spell a word with one or another (ওষুধ, ঔষধ; শাড়ি, শাড়ী).
_VOWELS = re.compile("[\u0985-\u0994\u09be-\u09cc]")
# What a report says first: who, where, when.
_LEAD_CHARACTERS = 300
# What a standing column begins with each day. Over the same pairs: with 100, 0.9977 and the same;
# with 220, the same and 0.9780.
_OPENING_CHARACTERS = 150
# The texts of which a copy is in memory while their n-grams are computed together.
_TEXTS_TOGETHER = 64
# Words in the headlines of standing columns and notices.
_STANDING = tuple(
    key(word)
    for word in (
        "রাশিফল নামাজ সময়সূচি সময়সূচী আবহাওয়া পূর্বাভাস টিভিতে সম্পাদকীয় বাজারদর উক্তি "
        "কার্টুন শব্দজট কুইজ রেসিপি ইফতার সেহরি হাদিস বিজ্ঞপ্তি দরপত্র শোকবার্তা"
    ).split()
)


class Comparable(Protocol):
    """What can be compared: a text, or the tombstone of a text that was purged."""

    @property
    def headline(self) -> str:
        """Return the title's words, without punctuation."""

    @property
    def body_characters(self) -> int:
        """Return the length of the body."""

    @property
    def is_long(self) -> bool:
        """Tell whether there is enough text to say which text it is."""

    @property
    def is_standing(self) -> bool:
        """Tell whether a column has this headline every day."""

    @property
    def ngrams(self) -> Hashes:
        """Return the n-grams of title and body."""

    @property
    def opening(self) -> Hashes:
        """Return the n-grams of the beginning of the body."""

    @property
    def rest(self) -> Hashes:
        """Return the n-grams of the body behind its beginning."""

    @property
    def subjects(self) -> Set[str]:
        """Return the stems, without vowels, of the headline's words that the body has, too.

        A text whose words are not known has none.
        """

    @property
    def stems(self) -> Set[str]:
        """Return the stems, without vowels, of all words; none where they are not known."""

    @property
    def facts_in_title(self) -> Facts:
        """Return what the headline states."""

    @property
    def facts_in_lead(self) -> Facts:
        """Return what the headline and the first sentences state."""

    @property
    def facts_in_all(self) -> Facts:
        """Return what the whole of it states."""


@dataclass(frozen=True)
class ComparableText:
    """A text as it is compared: ``title`` and ``body`` are the keys of its title and plain body."""

    title: str
    body: str

    @classmethod
    def of(cls, title: str, body: str) -> ComparableText:
        """Build one of a title and a plain body; keys are their own keys."""
        return cls(key(title), key(body))

    @cached_property
    def headline(self) -> str:
        """Return the title's words, without punctuation."""
        return " ".join(self._title_words)

    # No word has a space, so that the words of both are those of title and body together.

    @cached_property
    def _title_words(self) -> list[str]:
        return words(self.title)

    @cached_property
    def _title_stems(self) -> Set[str]:
        return _subject_stems(self._title_words)

    @cached_property
    def _body_stems(self) -> Set[str]:
        return _subject_stems(words(self.body))

    @property
    def body_characters(self) -> int:
        """Return the length of the body."""
        return len(self.body)

    @property
    def is_long(self) -> bool:
        """Tell whether there is enough text to say which text it is."""
        return len(self.title) + len(self.body) >= _ENOUGH_CHARACTERS

    @property
    def is_standing(self) -> bool:
        """Tell whether a column has this headline every day."""
        return any(word.startswith(_STANDING) for word in self.headline.split())

    @cached_property
    def ngrams(self) -> Hashes:
        """Return the n-grams of title and body."""
        return ngrams(f"{self.title} {self.body}", COMPARED_CHARACTERS)

    @cached_property
    def opening(self) -> Hashes:
        """Return the n-grams of the beginning of the body."""
        return ngrams(self.body[:_OPENING_CHARACTERS], COMPARED_CHARACTERS)

    @cached_property
    def rest(self) -> Hashes:
        """Return the n-grams of the body behind its beginning."""
        return ngrams(self.body[_OPENING_CHARACTERS:], COMPARED_CHARACTERS)

    @cached_property
    def subjects(self) -> Set[str]:
        """Return the stems of the headline's words that the body has, too."""
        return self._title_stems & self._body_stems

    @property
    def stems(self) -> Set[str]:
        """Return the stems of all words."""
        return self._title_stems | self._body_stems

    @cached_property
    def facts_in_title(self) -> Facts:
        """Return what the headline states."""
        return facts_of(self._title_words, is_headline=True)

    @cached_property
    def facts_in_lead(self) -> Facts:
        """Return what the headline and the first sentences state."""
        return facts_of([*self._title_words, *words(self.body[:_LEAD_CHARACTERS])])

    @cached_property
    def facts_in_all(self) -> Facts:
        """Return what the whole of it states."""
        return facts_of([*self._title_words, *words(self.body)])


def compute_ngrams(texts: Iterable[ComparableText]) -> None:
    """Compute the n-grams of texts that are about to be compared, together; once, as ever."""
    without = [text for text in texts if "ngrams" not in text.__dict__]
    for first in range(0, len(without), _TEXTS_TOGETHER):
        some = without[first : first + _TEXTS_TOGETHER]
        joined = [f"{text.title} {text.body}" for text in some]
        for text, of_text in zip(some, ngrams_of(joined, COMPARED_CHARACTERS), strict=True):
            text.__dict__["ngrams"] = of_text  # where ``cached_property`` keeps it


def _subject_stems(text_words: Iterable[str]) -> Set[str]:
    stems = {word[:_SUBJECT_CHARACTERS] for word in text_words if len(word) >= _SHORTEST_SUBJECT}
    return frozenset(map(_without_vowels, stems)) - {""}


# Most words of a day's news are the same few thousand.
@lru_cache(maxsize=50_000)
def _without_vowels(stem: str) -> str:
    return _VOWELS.sub("", stem)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """One entry as it is judged: its text, its site, and when it was published.

    ``site`` is the host of its address. ``is_dated`` says that its source stated the time.
    """

    text: Comparable
    site: str
    published: datetime
    is_dated: bool = True
