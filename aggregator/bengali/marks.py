"""Which words of a shown text are those that were looked for, and what is shown of a long text.

A mark is a whole word as the text has it, so that none begins or ends within a conjunct. Knows how
a word of a text and a word of a question are compared; refuses to know how marks are shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from aggregator.bengali.queries import searched_words
from aggregator.bengali.text import cut, keys_of_shown, word_places, words
from aggregator.models import MarkedText, SearchTerm

# The code points of an excerpt, with the ellipses that say where it was cut: two lines of a
# page. A third of what is left beside the first mark stands before it.
_EXCERPT, _SHARE_BEFORE = 160, 3
_ELLIPSIS = "…"
# A word with a character that its key may have in another form: with none, the word is its key.
_CHANGED_CHARACTER = "[^ \u0981-\u0983\u0985-\u09b9\u09bc-\u09ce\u09d7]|\u09a4\u09cd"
_CHANGED = re.compile(f"(?<![^ ])[^ ]*?(?:{_CHANGED_CHARACTER})[^ ]*")


def marked(texts: Sequence[str], terms: Sequence[SearchTerm]) -> list[MarkedText]:
    """Return texts with marks on each word that is a form of a term, or part of its phrase.

    The texts come from ``display``; all are read at once, as their words are folded together.
    """
    places = [word_places(text) for text in texts]
    said = [
        [text[start:end] for start, end in of_text]
        for text, of_text in zip(texts, places, strict=True)
    ]
    written = {word for of_text in said for word in of_text}
    changed = _CHANGED.findall(" ".join(written))
    keyed = dict(zip(changed, keys_of_shown(changed), strict=True))
    alone = {one for term in terms for one in term.alternatives if " " not in one}
    found = (alone & written).difference(changed)
    found |= {word for word, its in keyed.items() if not alone.isdisjoint(searched_words(its))}
    phrases = [one.split(" ") for term in terms for one in term.alternatives if " " in one]
    return [
        MarkedText(
            text=text,
            marks=tuple(
                sorted(
                    {
                        place
                        for word, place in zip(of_text, places_of_text, strict=True)
                        if word in found
                    }.union(
                        *(_of_phrase(phrase, of_text, places_of_text, keyed) for phrase in phrases)
                    )
                )
            ),
        )
        for text, of_text, places_of_text in zip(texts, said, places, strict=True)
    ]


def _of_phrase(
    phrase: Sequence[str],
    written: Sequence[str],
    places: Sequence[tuple[int, int]],
    keyed: Mapping[str, str],
) -> set[tuple[int, int]]:
    """Return the places of a text's words that are words of a phrase which stands there."""
    # A word as it is shown may be several, as ২৯শে is 29 and শে.
    said = [
        (one, place)
        for word, place in zip(written, places, strict=True)
        for one in words(keyed.get(word, word))
    ]
    return {
        place
        for first, (word, _) in enumerate(said)
        if word == phrase[0]
        and [one for one, _ in said[first : first + len(phrase)]] == list(phrase)
        for _, place in said[first : first + len(phrase)]
    }


def excerpts(texts: Sequence[str], terms: Sequence[SearchTerm]) -> list[MarkedText]:
    """Return what each text says around its first mark, as ``excerpt`` does.

    A text is read only to the end of its excerpt, which takes a third of the time.
    """
    some = {one for term in terms for one in term.alternatives}
    if any(" " in one for one in some):  # a phrase may stand across any end
        return [excerpt(whole) for whole in marked(texts, terms)]
    made: dict[int, MarkedText] = {}
    left = {place: _likely_end(text, some) for place, text in enumerate(texts)}
    while left:
        heads = marked([texts[place][:end] for place, end in left.items()], terms)
        for (place, end), head in zip(list(left.items()), heads, strict=True):
            text = texts[place]
            if end < len(text) and (not head.marks or head.marks[0][0] + _EXCERPT > end):
                left[place] = _end_between_words(text, end * 2)
            else:
                del left[place]
                made[place] = excerpt(MarkedText(text=text, marks=head.marks))
    return [made[place] for place in range(len(texts))]


def _likely_end(text: str, some: Iterable[str]) -> int:
    """Return where the excerpt of a text likely ends, as where it is written as its key is."""
    first = min((at for one in some if (at := text.find(one)) >= 0), default=len(text))
    return _end_between_words(text, first + _EXCERPT)


def _end_between_words(text: str, at_least: int) -> int:
    """Return the end of a text's beginning of ``at_least`` code points and only whole words."""
    end = text.find(" ", at_least)
    return end if end >= 0 else len(text)


def excerpt(whole: MarkedText) -> MarkedText:
    """Return what a text says around its first mark, on one line; without one, its beginning.

    It has 160 code points at most, and … at each end at which there is more. It is cut between
    words, or, within a word that is longer, where ``cut`` does.
    """
    line = whole.text.replace("\n", " ")
    if len(line) <= _EXCERPT:
        return MarkedText(text=line, marks=whole.marks)
    first_start, first_end = whole.marks[0] if whole.marks else (0, 0)
    room = _EXCERPT - 2 * len(_ELLIPSIS)
    before = max(room - (first_end - first_start), 0) // _SHARE_BEFORE
    start = _start_of_word(line, max(min(first_start - before, len(line) - room), 0), first_start)
    end = _end_of_word(line, start, max(first_end, start + 1), room)
    lead = _ELLIPSIS if start else ""
    tail = _ELLIPSIS if end < len(line) else ""
    shift = len(lead) - start
    return MarkedText(
        text=lead + line[start:end] + tail,
        marks=tuple((a + shift, b + shift) for a, b in whole.marks if start <= a and b <= end),
    )


def _start_of_word(line: str, start: int, at_most: int) -> int:
    """Return where the next word begins, from a place on; ``at_most`` where none does by then."""
    if start == 0 or line[start - 1] == " ":
        return start
    space = line.find(" ", start, at_most)
    return space + 1 if space >= 0 else at_most


def _end_of_word(line: str, start: int, at_least: int, room: int) -> int:
    """Return where the last word ends that has room; where none does, where a letter of it ends."""
    if len(line) - start <= room:
        return len(line)
    space = line.rfind(" ", at_least, start + room + 1)
    return space if space >= 0 else start + len(cut(line[start:], room).removesuffix(_ELLIPSIS))
