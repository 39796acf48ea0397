"""Where in a page the article is: its headline, its text, and what stands around it.

Knows the lines' kinds, their order and length, and which lines recur on other pages of the same
site; the words of a line are read in ``lines`` alone. In doubt a line stays in the text, and the
split is marked as uncertain.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

from aggregator.bengali.text import display
from aggregator.parse.page.lines import Kind, has_statement_end, is_name, kind_of, may_be_name

_BODY = frozenset({Kind.TEXT, Kind.LINE, Kind.ITEM, Kind.TIME})
_LISTED = frozenset({Kind.ITEM, Kind.TIME})
# Once the article has begun, it ends before any of these.
_ENDS = frozenset({Kind.END, Kind.RELATED_END})
# The shortest headline of the labelled pages has 14 characters, the longest 96; excerpts of other
# stories have up to 190.
_HEADLINE_CHARACTERS = 20
_LONGEST_HEADLINE = 140
_CARD_CHARACTERS = 200
_CAPTION_CHARACTERS = 90
_CAPTION_WORDS = 4
# Entries of a list, cells of a table and verses are shorter than nearly all headlines.
_SHORT_CHARACTERS = 42
_FEWEST_VERSES = 5
_FEWEST_CARDS = 2
_LINES_BELOW = 3  # a byline may stand this far below the text


@dataclass(frozen=True, slots=True)
class Split:
    """The parts of a page, as indexes of its lines in their order; ``title`` is one index or none.

    ``others`` are headlines of other stories.
    """

    title: int | None
    body: tuple[int, ...]
    bylines: tuple[int, ...]
    dates: tuple[int, ...]
    sources: tuple[int, ...]
    others: tuple[int, ...]
    is_verse: bool
    is_uncertain: bool


def split(
    lines: Sequence[str], blanks: Set[int], boilerplate: Set[str], *, is_titled: bool = False
) -> Split | None:
    """Split a page; ``None`` where it holds no article.

    ``lines`` are not blank. ``blanks`` are the indexes of lines below a blank one, ``boilerplate``
    the lines that recur on other pages; with ``is_titled`` the first line is the headline.
    """
    return _Page(lines, blanks, boilerplate).split(0 if is_titled else None)


class _Page:
    """One page while it is being split."""

    def __init__(self, lines: Sequence[str], blanks: Set[int], boilerplate: Set[str]) -> None:
        shown = "\n".join(lines)
        is_shown = display(shown) == shown
        self.lines = list(lines) if is_shown else [display(line) for line in lines]
        self.blanks = blanks
        self.kinds = [kind_of(line) for line in self.lines]
        self.recurs = [line in boilerplate for line in lines]
        texts = [i for i, kind in enumerate(self.kinds) if kind is Kind.TEXT]
        if texts and all(self.recurs[i] for i in texts):
            self.recurs = [False] * len(lines)  # the page itself has been seen before
        self.is_uncertain = False

    def split(self, title: int | None) -> Split | None:
        if title is not None:
            self.kinds[title] = Kind.LINE
        first = self._first_text()
        is_verse = first is None and self._is_verse()
        if first is None and not is_verse:
            return None
        title = self._title(first) if title is None else title
        names = self._names(title, first)
        begin = self._begin(title, names, first)
        end = self._end(begin, is_verse)
        body = self._body(begin, end)
        if not body:
            return None
        below = range(body[0], min(end + _LINES_BELOW, len(self.lines)))
        signed = [i for i in below if self.kinds[i] is Kind.BYLINE]
        bylines = sorted({*names, *signed})
        taken = {*body, *bylines, title}
        others = [
            i
            for i in range(0 if title is None else title, len(self.lines))
            if i not in taken and self.kinds[i] in (Kind.LINE, Kind.OTHER_STORY)
        ]
        return Split(
            title=title,
            body=tuple(body),
            bylines=tuple(bylines),
            dates=tuple(i for i in range(end) if self.kinds[i] is Kind.DATE),
            sources=tuple(i for i, kind in enumerate(self.kinds) if kind is Kind.SOURCE),
            others=tuple(others),
            is_verse=is_verse,
            is_uncertain=self.is_uncertain,
        )

    def _is(self, index: int, *kinds: Kind) -> bool:
        return self.kinds[index] in kinds and not self.recurs[index]

    # --- The beginning ----------------------------------------------------------------------------

    def _first_text(self) -> int | None:
        """Return the index of the first paragraph."""
        return next((i for i in range(len(self.lines)) if self._is(i, Kind.TEXT)), None)

    def _is_verse(self) -> bool:
        """Tell whether the lines are verses or a list rather than headlines of other stories."""
        own = [i for i in range(len(self.lines)) if self._is(i, Kind.LINE, Kind.ITEM)]
        short = sum(len(self.lines[i]) <= _SHORT_CHARACTERS for i in own)
        stanzas = sum(i in self.blanks for i in own)
        items = sum(self.kinds[i] is Kind.ITEM for i in own)
        if items >= _FEWEST_VERSES:
            return True
        return len(own) > _FEWEST_VERSES and stanzas >= 2 and short >= len(own) / 2

    def _title(self, first: int | None) -> int | None:
        """Find the headline: above the first paragraph, and above the first date and byline."""
        limit = self._first_stanza() if first is None else first
        marks = [i for i in range(limit) if self._is_signature(i)]
        headlines = (self._headlines(0, marks[0]) if marks else []) or self._headlines(0, limit)
        headlines = [i for i in headlines if not is_name(self.lines[i])] or headlines
        headlines = [i for i in headlines if not self.recurs[i]] or headlines
        long = [i for i in headlines if len(self.lines[i]) >= _HEADLINE_CHARACTERS]
        return next(iter(long or headlines), None)

    def _is_signature(self, index: int) -> bool:
        return self.kinds[index] in (Kind.DATE, Kind.BYLINE) or is_name(self.lines[index])

    def _first_stanza(self) -> int:
        return next((i for i in range(1, len(self.lines)) if i in self.blanks), len(self.lines))

    def _headlines(self, start: int, end: int) -> list[int]:
        return [
            i
            for i in range(start, end)
            if self.kinds[i] in (Kind.LINE, Kind.ITEM) and len(self.lines[i]) <= _LONGEST_HEADLINE
        ]

    def _names(self, title: int | None, first: int | None) -> list[int]:
        """Find the lines above the text that say who wrote: bylines, names, and likely names."""
        limit = self._first_stanza() if first is None else first
        start = 0 if title is None else max(0, title - 2)
        certain = [i for i in range(start, limit) if i != title and self._is_named(i)]
        # A few words between the headline and the date are a name or a place.
        index = limit if title is None else title + 1
        while index < limit and (index in certain or self._may_be_name(index)):
            index += 1
        if title is not None and index < limit and self.kinds[index] is Kind.DATE:
            return sorted({*certain, *range(title + 1, index)})
        return certain

    def _is_named(self, index: int) -> bool:
        """Tell whether a line certainly names a writer."""
        is_byline = self.kinds[index] is Kind.BYLINE
        return is_byline or (self._is(index, Kind.LINE) and is_name(self.lines[index]))

    def _may_be_name(self, index: int) -> bool:
        return self.kinds[index] is Kind.LINE and may_be_name(self.lines[index])

    def _begin(self, title: int | None, names: Sequence[int], first: int | None) -> int:
        """Return the index where the text begins: below headline, dates, bylines and a caption."""
        start = max((0 if title is None else title + 1, *(name + 1 for name in names)), default=0)
        if first is None or start > first:
            return start
        begin = first
        while begin > start and self._is(begin - 1, *_BODY):
            begin -= 1
        is_alone = begin == first - 1 and self.kinds[begin] is Kind.LINE
        if is_alone and title is not None and begin > title + 1 and self._is_like_caption(begin):
            self.is_uncertain = True
            return first
        return begin

    def _is_like_caption(self, index: int) -> bool:
        """Tell whether a line that stands alone below the date reads like an unmarked caption."""
        line = self.lines[index]
        is_long = len(line.split()) >= _CAPTION_WORDS and len(line) <= _CAPTION_CHARACTERS
        return is_long and not line.endswith(("?", ":", "!"))

    # --- The body ---------------------------------------------------------------------------------

    def _body(self, begin: int, end: int) -> list[int]:
        """Return the lines of the text, without headlines of other stories put between them."""
        body: list[int] = []
        pending: list[int] | None = None  # the lines below a label over other stories
        for index in range(begin, end):
            kind = self.kinds[index]
            if kind is Kind.RELATED:
                pending = []
            elif self.recurs[index] or kind not in _BODY:
                continue
            elif pending is None:
                body.append(index)
            elif kind is Kind.TEXT:
                # The last of several may be a subheading of the text that goes on.
                if len(pending) > 1:
                    self.is_uncertain = True
                    body.append(pending[-1])
                body.append(index)
                pending = None
            else:
                pending.append(index)
        return body

    def _end(self, begin: int, is_verse: bool) -> int:
        """Return the index after the text's last line."""
        limit = len(self.lines)
        hard = next((i for i in range(begin + 1, limit) if self.kinds[i] in _ENDS), limit)
        hard = self._before_cards(begin, hard)
        texts = [i for i in range(begin, hard) if self._is(i, Kind.TEXT)]
        if is_verse or not texts or self._is_without_ends(begin, hard):
            stops = (Kind.RELATED, Kind.CAPTION, Kind.BYLINE, Kind.SOURCE)
            return next((i for i in range(begin + 1, hard) if self.kinds[i] in stops), hard)
        return self._after_list(texts[-1] + 1, hard)

    def _is_without_ends(self, begin: int, hard: int) -> bool:
        """Tell whether no sentence ends with a sign: then verses cannot be told from paragraphs."""
        texts = [i for i in range(begin, hard) if self._is(i, Kind.TEXT)]
        return not any(has_statement_end(self.lines[i]) for i in texts)

    def _after_list(self, index: int, hard: int) -> int:
        """Return the index after a list or table below the last paragraph, or ``index``."""
        end = index
        while index < hard and self._is(index, Kind.LINE, *_LISTED):
            is_long = self.kinds[index] is Kind.LINE and len(self.lines[index]) > _SHORT_CHARACTERS
            near = range(index + 1, min(index + 3, hard))
            if is_long and not any(self._is(i, *_LISTED) for i in near):
                break
            index += 1
            if self.kinds[index - 1] in _LISTED:
                end = index
        return end

    def _before_cards(self, begin: int, hard: int) -> int:
        """Return the index of the first card of another story, or ``hard`` where there is none.

        A card is a headline and its excerpt; cards stand several in a row.
        """
        labels = [i for i in range(begin + 1, hard) if self.kinds[i] is Kind.RELATED]
        for label in labels:
            index = label + 1
            while index + 1 < hard and self._is_card(index):
                index += 2
            if index - label > 2 * _FEWEST_CARDS:
                return label
        index = hard
        while index > begin + 1 and self.kinds[index - 1] is Kind.LINE:
            index -= 1  # headlines without excerpts
        cards = 0
        while index - 2 > begin and self._is_card(index - 2):
            index, cards = index - 2, cards + 1
        # A text with such pairs of its own has subheadings, or questions and answers.
        is_own_form = sum(self._is_card(i) for i in range(begin, index - 1)) >= _FEWEST_CARDS
        return index if cards >= _FEWEST_CARDS and not is_own_form else hard

    def _is_card(self, index: int) -> bool:
        headline, excerpt = self.lines[index : index + 2]
        return (
            self.kinds[index] is Kind.LINE
            and len(headline) >= _HEADLINE_CHARACTERS
            and not headline.endswith((":", "ঃ"))
            and self.kinds[index + 1] is Kind.TEXT
            and len(excerpt) <= _CARD_CHARACTERS
        )
