"""What recurs over the entries of a source, and so is the site's: learnt document by document.

A line is remembered as a fingerprint of 64 bits, with the number of entries it stood in; whoever
stores them hands them in. Only short lines at a text's end are learnt, and such as ask for
something; credits and bylines never. Knows neither markup nor what is done with a recurring line.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from hashlib import blake2b

from aggregator.normalise.labels import is_credit, is_site_line

# A summary above five different headlines tells none of them apart.
LEAST_ENTRIES = 5
# A line must stand in a fifth of the entries, too: a daily column's standing sentence stands in one
# of thirty to fifty, a site's own line in nearly all (48 of 50, 100 of 100 in the samples).
_LEAST_SHARE = 0.2
# A name that stands behind nine in ten titles is glued on; some titles are cut before it.
_USUAL_SHARE = 0.9
# Longer lines are paragraphs.
LINE_CHARACTERS = 100
_TAIL_CHARACTERS = 60
# A longer one is an article that was sent several times.
_SUMMARY_CHARACTERS = 300
# The lines of a text that are counted: three at its end, and those that ask for something.
_LAST_LINES = 3
_MOST_ASKING = 5
_TAIL = re.compile(
    f"(?:[।?!॥…]['\"’”)\\]]*|\\.\\.|\\.(?=\\s))\\s*([^।?!॥…\\s][^।?!॥]{{1,{_TAIL_CHARACTERS}}})$"
)
_SENTENCE_ENDS = tuple("।?!॥")
_SIGNED = re.compile("([^/।?!]{3,30}/)\\s*[^/।?!]{2,30}/?")


def _fingerprint(text: str) -> int:
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


# The empty line stands in every entry: its count is the number of entries that were counted.
_EVERY_ENTRY = _fingerprint("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurring:
    """The fingerprints of lines and of whole texts that stand in many entries of a source."""

    lines: frozenset[int] = frozenset()
    texts: frozenset[int] = frozenset()

    def has_text(self, text: str) -> bool:
        """Tell whether a text as a whole, or a summary, stands in many entries."""
        is_short = bool(self.texts) and len(text) <= _SUMMARY_CHARACTERS
        return is_short and fingerprint_of_text(text) in self.texts


NOTHING = Recurring()


def fingerprint_of_line(line: str) -> int:
    """Return the number by which a line is remembered."""
    return _fingerprint(f"line {line}")


def fingerprint_of_text(text: str) -> int:
    """Return the number by which a whole text or summary is remembered."""
    return _fingerprint(f"text {' '.join(text.split())}")


def fingerprint_of_ending(ending: str) -> int:
    """Return the number by which the ending of a title is remembered."""
    return _fingerprint(f"title {ending}")


def fingerprints(text: str, summary: str, ending: str) -> frozenset[int]:
    """Return what is counted of an entry: lines that may recur, and its summary as a whole.

    ``summary`` is the one that the source sent beside the text, empty where it sent none, and
    ``ending`` what its title ends with, if that may be a name.
    """
    numbers = {_EVERY_ENTRY}
    if ending:
        numbers.add(fingerprint_of_ending(ending))
    lines = text.split("\n") if text else []
    asking = [line for line in lines if len(line) <= LINE_CHARACTERS and is_site_line(line)]
    for line in (*lines[-_LAST_LINES:], *asking[:_MOST_ASKING]):
        if len(line) <= LINE_CHARACTERS and not is_credit(line):
            numbers.add(fingerprint_of_line(line))
            if "/" in line and (site := signing_site(line)):
                numbers.add(fingerprint_of_line(site))
    if lines and (tail := tail_of(lines[-1])) and not is_credit(tail):
        numbers.add(fingerprint_of_line(tail))
    short = [whole for whole in (summary, text) if 0 < len(whole) <= _SUMMARY_CHARACTERS]
    return frozenset(numbers | {fingerprint_of_text(whole) for whole in short})


def learn(entries: Iterable[tuple[str, Set[int]]], known: Mapping[int, int]) -> Recurring:
    """Decide what recurs: over a document's entries, or over those that were counted before.

    ``entries`` are pairs of a headline and what is counted of its entry; a headline counts once, as
    one text that is sent many times is no boilerplate. ``known`` counts earlier entries.
    """
    by_headline = dict(entries)
    counts = Counter(number for numbers in by_headline.values() for number in numbers)
    lines, texts = _often(counts)
    known_lines, known_texts = _often(known)
    return Recurring(lines=lines | known_lines, texts=texts | known_texts)


def usual_endings(endings: Iterable[str], known: Mapping[int, int]) -> frozenset[str]:
    """Return which endings nearly all titles had that were counted before."""
    least = max(_USUAL_SHARE * known.get(_EVERY_ENTRY, 0), LEAST_ENTRIES)
    return frozenset(
        ending for ending in endings if known.get(fingerprint_of_ending(ending), 0) >= least
    )


def _often(counts: Mapping[int, int]) -> tuple[frozenset[int], frozenset[int]]:
    """Return what stands in a fifth of the entries, and what stands in enough of them."""
    often = {number for number, count in counts.items() if count >= LEAST_ENTRIES} - {_EVERY_ENTRY}
    least = counts.get(_EVERY_ENTRY, 0) * _LEAST_SHARE
    return frozenset(number for number in often if counts[number] >= least), frozenset(often)


def tail_of(line: str) -> str:
    """Return the short words behind a line's last sentence, empty where there are none.

    >>> tail_of("পানি নেমে গেছে। বিস্তারিত")
    'বিস্তারিত'
    """
    if line.endswith(_SENTENCE_ENDS):  # nearly every text: this spares the pattern's 4 µs
        return ""
    match = _TAIL.search(line[-3 * _TAIL_CHARACTERS :])
    return match.group(1).strip() if match else ""


def signing_site(line: str) -> str:
    """Return the site in a signature of site and reporter (``আমার কাগজ/ রাব্বি``), else nothing."""
    match = _SIGNED.fullmatch(line)
    return match.group(1) if match else ""
