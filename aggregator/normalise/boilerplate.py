"""What a site prints around its texts, taken out: labels, other stories' headlines, initials.

``labels`` knows boilerplate by its words, ``recurrence`` by its standing in many entries. A text
that repeats its title or its own beginning says it once. Credits and bylines always stay, and so
does whatever is not certain. Refuses to know markup (``lines`` does) and to repair text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from aggregator import markup
from aggregator.bengali.text import key_of_shown
from aggregator.normalise import labels
from aggregator.normalise.labels import is_credit, is_site_line
from aggregator.normalise.lines import Cut, Line, Links, lines_of, links_of, without
from aggregator.normalise.recurrence import (
    LINE_CHARACTERS,
    NOTHING,
    Recurring,
    fingerprint_of_line,
    signing_site,
    tail_of,
)

# The longest block of other stories' headlines in the samples has eight, all of them links; without
# links no more than six are believed.
_MOST_LINKS = 12
_MOST_HEADLINES = 6
# A text's beginning is repeated for certain from here on; shorter lines may be subheadings.
_REPEATED_CHARACTERS = 40
# A label, initials and a site's line were seen behind one text; more of them, each looked for in
# the rest of a long line, would take a time that grows with its square.
_MOST_TAILS = 3
# A glance at the first characters spares most comparisons; blocks are glued together later.
_CHARACTERS_SEEN = 8
# A title that is said again may have other punctuation around it, of a few characters.
_AROUND = " .…!?:-|"
_MOST_AROUND = 8
_ELLIPSIS = re.compile("(?:\\[?(?:…|\\.{3})\\]?)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleared:
    """Safe markup and its text without boilerplate, and what was taken out, by name."""

    html: str
    text: str
    names: tuple[str, ...] = ()


def clear(
    html: str,
    text: str,
    titles: Sequence[str],
    recurring: Recurring,
    *,
    is_cleared_by_words: bool = False,
) -> Cleared:
    """Take boilerplate out of safe markup; ``text`` is its text, ``titles`` its headline.

    Where ``is_cleared_by_words``, it went through here before with nothing recurring and, perhaps,
    another title: only what could be different now is looked for.
    """
    may_need_it = text and (
        (not is_cleared_by_words and _may_need_it(text))
        or _says_title(text.partition("\n")[0], titles)
        or _may_recur(text, recurring)
    )
    if not may_need_it:
        return Cleared(html=html, text=text)
    work = _Work(html=html, lines=lines_of(html))
    if recurring.has_text(text):
        work.cut_all("boilerplate")
    work.cut_leftovers()
    work.cut_counters()
    work.cut_related()
    work.cut_site_lines(recurring)
    work.cut_beginning(titles)
    work.cut_ending(recurring)
    if not work.names:
        return Cleared(html=html, text=text)
    cuts = {work.lines[number].block: cut for number, cut in work.cuts.items()}
    html = without(html, cuts, work.pictures)
    return Cleared(html=html, text=markup.text_of(html), names=tuple(dict.fromkeys(work.names)))


def is_nothing(summary: str, recurring: Recurring) -> bool:
    """Tell whether a summary is a label or a counter, or stands above many texts of its source."""
    return labels.is_label(summary) or labels.is_counter(summary) or recurring.has_text(summary)


def is_beginning(summary: str, text: str) -> bool:
    """Tell whether a summary says what a text begins with; its own ellipsis does not count."""
    if summary[:_CHARACTERS_SEEN] != text[:_CHARACTERS_SEEN]:
        return False
    short = "".join(_ELLIPSIS.sub("", summary).split())
    return "".join(text[: 2 * len(summary)].split()).startswith(short)


def _may_need_it(text: str) -> bool:
    """Tell cheaply whether a text may hold boilerplate by its own words: most hold none."""
    first, _, rest = text.partition("\n")
    last = rest.rpartition("\n")[2] or first
    return bool(
        labels.may_hold_boilerplate(text)
        or labels.is_counter(first)
        or labels.is_signature(last, first)
        or _is_ending(last, NOTHING)
        or _glued_tail(last, NOTHING)
        or (rest and rest.startswith(first[:_REPEATED_CHARACTERS]))
    )


def _may_recur(text: str, recurring: Recurring) -> bool:
    """Tell cheaply whether a text, a line of it or its tail stands in many entries."""
    if recurring == NOTHING:
        return False
    lines = text.split("\n")
    return bool(
        recurring.has_text(text)
        or _glued_tail(lines[-1], recurring)
        or any(_recurs(line, recurring) for line in lines)
    )


def _says_title(line: str, titles: Sequence[str]) -> bool:
    """Tell whether a line says a title, whatever stands around it."""
    near = [title for title in titles if title and abs(len(title) - len(line)) <= _MOST_AROUND]
    return bool(near) and _bare(line) in {_bare(title) for title in near}


def _is_ending(line: str, recurring: Recurring) -> bool:
    """Tell whether a line at the end of a text is the site's or a program's."""
    is_known = labels.is_label(line) or labels.is_counter(line) or labels.is_appended(line)
    return is_known or _recurs(line, recurring)


def _recurs(line: str, recurring: Recurring) -> bool:
    if not recurring.lines or len(line) > LINE_CHARACTERS:
        return False
    site = signing_site(line) if "/" in line else ""
    numbers = {fingerprint_of_line(known) for known in (line, site) if known}
    return not numbers.isdisjoint(recurring.lines) and not is_credit(line)


def _bare(line: str) -> str:
    """Return the key of a line without the punctuation around it."""
    return key_of_shown(line).strip(_AROUND)


@dataclass(slots=True, kw_only=True)
class _Work:
    """The lines of one text, and what is cut of them so far, by their numbers."""

    html: str
    lines: Sequence[Line]
    links: Sequence[Links] = ()
    cuts: dict[int, Cut] = field(default_factory=dict)
    pictures: set[int] = field(default_factory=set)
    names: list[str] = field(default_factory=list)

    def links_in(self, number: int) -> Links:
        """Return the links of a line; most texts are never asked for one."""
        self.links = self.links or links_of(self.html)
        return self.links[self.lines[number].block]

    def left(self) -> list[int]:
        """Return the numbers of the lines of which something is left."""
        return [number for number in range(len(self.lines)) if self.shown(number)]

    def shown(self, number: int) -> str:
        """Return what is left of a line."""
        cut = self.cuts.get(number)
        return cut.left_of(self.lines[number].text) if cut else self.lines[number].text

    def cut(self, number: int, name: str) -> None:
        """Take a line out."""
        self.cuts[number] = Cut.whole(self.lines[number])
        self.names.append(name)

    def cut_all(self, name: str) -> None:
        """Take every line out."""
        for number in self.left():
            self.cut(number, name)

    def cut_end(self, number: int, ending: str, name: str) -> None:
        """Take an ending off a line; what was cut at its beginning stays cut."""
        before = self.cuts.get(number, Cut())
        more = len(re.sub("\\s", "", ending))
        self.cuts[number] = Cut(beginning=before.beginning, end=before.end + more)
        self.names.append(name)

    def cut_leftovers(self) -> None:
        """Take out what is left of a CDATA section around a text or a line."""
        for number in self.left():
            text = self.shown(number)
            start, end = labels.leftovers(text)
            if text in (start, end):
                self.cut(number, "leftover")
            elif start or end:
                self.cuts[number] = Cut(beginning=len(start), end=len(end))
                self.names.append("leftover")

    def cut_counters(self) -> None:
        """Take out how often a text was read and how old it is: other numbers at every poll."""
        for number in self.left():
            if labels.is_counter(self.shown(number)):
                self.cut(number, "counter")

    def cut_related(self) -> None:
        """Take out labels over other stories' headlines, with the headlines below them."""
        numbers = [number for number in self.left() if number not in self.cuts]
        for place, number in enumerate(numbers):
            line = self.lines[number]
            if number in self.cuts:
                continue
            if labels.is_related_headline(line.text):
                if self.links_in(number).last or not labels.ends_as_sentence(line.text):
                    self.cut(number, "related")
            elif labels.is_related_label(line.text):
                below = numbers[place + 1 :]
                block = [number, *below[: self._count_headlines(below)]]
                for gone in block:
                    self.cut(gone, "related")
                # Their pictures lead to other stories, too.
                self.pictures |= set(range(line.block, self.lines[block[-1]].block + 1))

    def _count_headlines(self, below: Sequence[int]) -> int:
        """Count the headlines below a label: links, or where there is none the line below it."""
        numbers = below[: _MOST_LINKS + 1]
        lines = [self.lines[number].text for number in numbers]
        if lines and self.links_in(numbers[0]).is_whole:
            are_links = [
                self.links_in(number).is_whole and len(line) <= labels.HEADLINE_CHARACTERS
                for number, line in zip(numbers, lines, strict=True)
            ]
            return min([*are_links, False].index(False), _MOST_LINKS)
        may_be = [labels.may_be_headline(line) and not is_credit(line) for line in lines]
        if len(lines) <= _MOST_HEADLINES and all(may_be):
            return len(lines)
        return int(may_be[0])

    def cut_site_lines(self, recurring: Recurring) -> None:
        """Take out the recurring lines that ask for something, wherever they stand."""
        for number in self.left() if recurring.lines else ():
            line = self.lines[number].text
            if _recurs(line, recurring) and (is_site_line(line) or self.links_in(number).is_whole):
                self.cut(number, "boilerplate")

    def cut_beginning(self, titles: Sequence[str]) -> None:
        """Take out a first line that the title says, or that the next one says again."""
        numbers = self.left()
        if numbers and _says_title(self.shown(numbers[0]), titles):
            self.cut(numbers[0], "repeated title")
            numbers = numbers[1:]
        if len(numbers) > 1:
            first, second = self.shown(numbers[0]), self.shown(numbers[1])
            if len(first) >= _REPEATED_CHARACTERS and is_beginning(first, second):
                self.cut(numbers[0], "repeated")

    def cut_ending(self, recurring: Recurring) -> None:
        """Take lines off the end while they are boilerplate, then what is glued to the last one."""
        numbers = self.left()
        tails_left = _MOST_TAILS
        while numbers:
            number, text = numbers[-1], self.shown(numbers[-1])
            before = self.shown(numbers[-2]) if len(numbers) > 1 else ""
            if before and labels.is_signature(text, before):
                self.cut(number, "initials")
                numbers.pop()
            elif _is_ending(text, recurring):
                self.cut(number, "boilerplate")
                numbers.pop()
            elif tails_left and (tail := self._glued_tail(number, text, recurring)):
                tails_left -= 1
                is_signature = not _is_ending(tail, recurring)
                self.cut_end(number, tail, "initials" if is_signature else "boilerplate")
            else:
                return

    def _glued_tail(self, number: int, text: str, recurring: Recurring) -> str:
        """Return what the line ends with that is boilerplate; empty if nothing is."""
        if tail := _glued_tail(text, recurring):
            return tail
        if labels.may_hold_boilerplate(text):
            link = self.links_in(number).last
            if link and len(link) < len(text) and text.endswith(link) and labels.is_label(link):
                return link
        return ""


def _glued_tail(text: str, recurring: Recurring) -> str:
    """Return the boilerplate that a line ends with behind its last sentence; empty if none."""
    tail = tail_of(text)
    if tail and (_is_ending(tail, recurring) or ("/" in tail and labels.is_signature(tail, ""))):
        return tail
    return ""
