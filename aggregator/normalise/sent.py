"""An entry's texts as its source sent them: read from their markup, repaired, made display text.

Knows the order of the work: markup is unescaped and sanitised, its text is repaired, then made
display text. The body is made twice, as plain text and as markup, with the same repairs in both.
Each step is made for the entries of a document together, so that their texts are scanned as one.
Refuses to know what was learnt of a source.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from aggregator import markup, urls
from aggregator.bengali import repair
from aggregator.bengali.joined import batches
from aggregator.bengali.scan import Scan, scan_texts
from aggregator.bengali.spellings import without_junk
from aggregator.bengali.text import display
from aggregator.clean_markup import ensured
from aggregator.models import ParsedEntry
from aggregator.normalise.boilerplate import Cleared, clear
from aggregator.normalise.recurrence import NOTHING, fingerprints
from aggregator.normalise.titles import ending_of

# How many characters of a document's texts take each step together: entries of 2,600 characters
# took 0.60 of the time of one by one with this number, 0.64 with 30,000 and 0.80 with 10,000; a
# million, which take ten times the memory meanwhile, 0.61.
TOGETHER_CHARACTERS = 100_000
# A source names the same authors and categories again and again: of 736 lists of them in 2,648 real
# entries, 415 are different ones. A list takes 7 µs, one that is known again nothing. Longer ones
# are read again, so that what is kept stays within 4 MB.
_NAMES, _NAMES_CHARACTERS = 2_048, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A title or a summary as display text, and the names of its repairs."""

    text: str
    repairs: tuple[str, ...] = ()


_NO_LINE = Line(text="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A body as display text, with its scan and its repairs, and the same as safe markup.

    ``html_text`` is the text of the markup, which a repair can leave otherwise than ``text``: one
    that reaches over a tag is made in ``text`` alone.
    """

    text: str
    scan: Scan
    html: str
    html_text: str
    repairs: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)  # no slots, as ``fingerprints`` is kept once it is had
class SentTexts:
    """An entry's texts as its source sent them, repaired, with the site's boilerplate.

    ``title`` is one line. ``summary`` is empty where the source sent none beside the text.
    ``cleared`` is the body without what is boilerplate by its own words. ``is_uncertain`` says that
    the body may hold more or less than the article.
    """

    title: Line
    body: Body
    summary: Line
    cleared: Cleared
    is_uncertain: bool

    @cached_property
    def fingerprints(self) -> frozenset[int]:
        """Return what is counted of the entry, to learn what recurs."""
        return fingerprints(
            self.cleared.text, one_line(self.summary.text), ending_of(self.title.text)
        )


def read_texts(entries: Sequence[ParsedEntry], default_url: str) -> list[SentTexts]:
    """Read the texts of entries.

    ``default_url`` is what links are resolved against where an entry says nothing (``base_of``).
    """
    markups = [entry.content_html or entry.summary_html for entry in entries]
    return [
        sent
        for batch in batches(markups, TOGETHER_CHARACTERS)
        for sent in _read_together(entries[batch], markups[batch], default_url)
    ]


def shown_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return names of authors or categories as they are shown, each once and none empty."""
    if not names:
        return ()
    is_short = len(names) + sum(map(len, names)) <= _NAMES_CHARACTERS
    return (_known_names if is_short else _read_names)(names)


def _read_names(names: tuple[str, ...]) -> tuple[str, ...]:
    shown = (one_line(line.text) for line in _lines([markup.plain(name) for name in names], ""))
    return tuple(dict.fromkeys(name for name in shown if name))


_known_names = lru_cache(maxsize=_NAMES)(_read_names)


def title_line(html: str) -> str:
    """Return the markup of a title as one line of display text, without repairs."""
    return one_line(display(markup.title_text(html)[0]))


def one_line(text: str) -> str:
    """Return the text with each run of white space as one space."""
    return " ".join(text.split())


def base_of(entry: ParsedEntry, default_url: str) -> str:
    """Return what links in an entry's texts are resolved against, without secrets.

    That is the web address that it sets, else its link, else ``default_url``.
    """
    base = entry.base if entry.base and urls.is_web(entry.base) else entry.link or default_url
    return urls.publishable(base) if urls.is_web(base) else base


def _read_together(
    entries: Sequence[ParsedEntry], markups: Sequence[str], default_url: str
) -> list[SentTexts]:
    """Read the texts of a few entries, of which ``markups`` are the bodies."""
    titles = _lines([markup.title_text(entry.title_html) for entry in entries], "title")
    titles = [Line(text=one_line(title.text), repairs=title.repairs) for title in titles]
    bodies = _bodies(markups, [base_of(entry, default_url) for entry in entries])
    # Without content the summary is the body already, and its repairs are named there.
    summaries = _lines(
        [markup.plain(entry.summary_html if entry.content_html else "") for entry in entries],
        "summary",
    )
    return [
        SentTexts(
            title=title,
            body=body,
            summary=summary,
            cleared=clear(body.html, body.text, [title.text], NOTHING),
            is_uncertain=entry.is_uncertain,
        )
        for entry, title, body, summary in zip(entries, titles, bodies, summaries, strict=True)
    ]


def _lines(texts: Sequence[tuple[str, bool]], part: str) -> list[Line]:
    """Turn plain texts, each with whether it was escaped too often, into repaired display text.

    The repairs are named with ``part``.
    """
    scans = scan_texts([text for text, _ in texts])
    return [
        _line(text, scan, part, was_escaped=was_escaped) if text or was_escaped else _NO_LINE
        for (text, was_escaped), scan in zip(texts, scans, strict=True)
    ]


def _line(text: str, scan: Scan, part: str, *, was_escaped: bool) -> Line:
    repaired = repair.repair_text(text, scan=scan)
    return Line(
        text=display(repaired.text, scan if repaired.text == text else None),
        repairs=_named(part, repaired, was_escaped),
    )


def _bodies(markups: Sequence[str], base_urls: Sequence[str]) -> list[Body]:
    """Turn markup into display text and into safe markup, with the same repairs in both."""
    unescaped = [markup.unescaped(html) for html in markups]
    safe = [
        markup.clean(html, base_url)
        for (html, _), base_url in zip(unescaped, base_urls, strict=True)
    ]
    plain = [markup.text_of(html) for html in safe]
    scans = scan_texts(plain)
    repaired = [
        repair.repair_text(text, scan=scan) for text, scan in zip(plain, scans, strict=True)
    ]
    texts = [
        display(now.text, scan if now.text == before else None)
        for before, now, scan in zip(plain, repaired, scans, strict=True)
    ]
    mended = [
        html if now.text == before else _mended(html, now)
        for html, before, now in zip(safe, plain, repaired, strict=True)
    ]
    are_shown = [text == now.text for text, now in zip(texts, repaired, strict=True)]
    shown = _shown_markup(mended, are_shown)
    return [
        Body(
            text=text,
            scan=scan,
            html=html,
            html_text=text if text == before and html == sent else markup.text_of(html),
            repairs=_named("text", now, was_escaped),
        )
        for text, scan, html, sent, before, now, (_, was_escaped) in zip(
            *(texts, rescanned(texts, plain, scans)),
            *(shown, safe, plain, repaired, unescaped),
            strict=True,
        )
    ]


def rescanned(texts: Sequence[str], before: Sequence[str], scans: Sequence[Scan]) -> list[Scan]:
    """Return the scans of texts, where ``scans`` are those of the same texts ``before``."""
    changed = [text for text, old in zip(texts, before, strict=True) if text != old]
    found = iter(scan_texts(changed))
    return [
        scan if text == old else next(found)
        for text, old, scan in zip(texts, before, scans, strict=True)
    ]


def _mended(html: str, repaired: repair.Repaired) -> str:
    """Return safe markup with the repairs that its text needed."""
    is_legacy = "bijoy" in repaired.repairs or None
    return markup.map_text(html, lambda text: repair.repair_text(text, is_legacy=is_legacy).text)


def _shown_markup(markups: Sequence[str], are_shown: Sequence[bool]) -> list[str]:
    """Return safe markup as it is shown; ``are_shown`` tells where its text is so already.

    Where display changes nothing in the text it changes nothing in the markup's text, which is the
    same; only an attribute can hold more. Either may undo the cleaning, so what comes of it is
    checked.
    """
    pairs = list(zip(markups, are_shown, strict=True))
    scans = iter(scan_texts([html for html, is_shown in pairs if not is_shown]))
    return [
        ensured(without_junk(html) if is_shown else display(html, next(scans)))
        for html, is_shown in pairs
    ]


def _named(part: str, repaired: repair.Repaired, was_escaped: bool) -> tuple[str, ...]:
    """Return the names of repairs with the part they were made in; escaping comes last."""
    names = (*repaired.repairs, "escaped") if was_escaped else repaired.repairs
    return tuple(f"{part}: {name}" for name in names)
