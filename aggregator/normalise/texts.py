"""An entry's texts as they are shown: its title, summary and body, its names and headlines.

Knows the order of the work: markup is unescaped and sanitised, its text is repaired, then made
display text, then cut. The body is made twice, as plain text and as markup, with the same repairs
in both. Refuses to know anything else of an entry.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from html import escape

from aggregator import markup
from aggregator.bengali import language, repair
from aggregator.bengali.scan import LONG_CHARACTERS, Scan, scan_text
from aggregator.bengali.text import cut, display, without_junk
from aggregator.clean_markup import ensured
from aggregator.models import ParsedEntry
from aggregator.normalise.boilerplate import (
    Cleared,
    clear,
    is_beginning,
    is_nothing,
)
from aggregator.normalise.labels import without_leftovers
from aggregator.normalise.recurrence import NOTHING, Recurring, fingerprints
from aggregator.normalise.titles import NO_NAMES, GluedNames, ending_of, without_section

# About three lines of a reader's list view.
_SUMMARY_CHARACTERS = 300
# By then white space is single, so a summary needs little more of a text than its own length.
_SUMMARY_IS_WITHIN = 2 * _SUMMARY_CHARACTERS
_TITLE_CHARACTERS = 100
# Nothing longer is a title; the longest in the samples has 150.
_MAX_TITLE_CHARACTERS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """An entry's texts as they are shown.

    ``content_html`` is safe markup, and ``shown_text`` its text as ``markup.text_of`` reads it.
    ``title`` is empty where an entry has neither a title nor a text. ``wordings`` are its headline
    and text by which it is compared: first without what is boilerplate by its own words, then as
    they were sent, with and without a glued name. None depends on what was learnt of the text's
    source. ``repairs`` names each repair once, with its part (``title: bijoy``); a name that ends
    in ``?`` is damage that was left alone.
    """

    title: str
    summary: str
    content_html: str
    shown_text: str
    language: str
    wordings: tuple[tuple[str, str], ...]
    repairs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteTexts:
    """What is known of the boilerplate of an entry's source when the entry is normalised."""

    names: GluedNames = NO_NAMES
    recurring: Recurring = NOTHING


NO_SITE_TEXTS = SiteTexts()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """One text of an entry: display text, the same as safe markup, and its repairs.

    ``html_text`` is the text of the markup, which a repair can leave otherwise than ``text``: one
    that reaches over a tag is made in ``text`` alone. A long text keeps its scan, which answers
    most questions that follow.
    """

    text: str
    html: str = ""
    html_text: str = ""
    repairs: tuple[str, ...]
    scan: Scan | None = None


@dataclass(frozen=True, kw_only=True)  # no slots, as ``fingerprints`` is kept once it is had
class SentTexts:
    """An entry's texts as its source sent them, repaired, with the site's boilerplate.

    ``summary`` is empty where the source sent none beside the text. ``cleared`` is the body without
    what is boilerplate by its own words.
    """

    title: _Part
    body: _Part
    summary: _Part
    cleared: Cleared

    @cached_property
    def fingerprints(self) -> frozenset[int]:
        """Return what is counted of the entry, to learn what recurs."""
        return fingerprints(
            self.cleared.text, one_line(self.summary.text), ending_of(self.title.text)
        )


def read_texts(parsed: ParsedEntry, base_url: str) -> SentTexts:
    """Read the texts of an entry; relative links are resolved against ``base_url``."""
    title = _shown(markup.title_text(parsed.title_html), "title")
    title = replace(title, text=one_line(title.text))
    body = _body(parsed.content_html or parsed.summary_html, base_url)
    return SentTexts(
        title=title,
        body=body,
        # Without content the summary is the body already, and its repairs are named there.
        summary=_plain(parsed.summary_html if parsed.content_html else "", "summary"),
        cleared=clear(body.html, body.text, [title.text], NOTHING),
    )


def build_texts(
    sent: SentTexts, site: SiteTexts = NO_SITE_TEXTS, *, is_uncertain: bool = False
) -> Texts:
    """Build the texts of an entry as they are shown, without the boilerplate of its site."""
    title, title_repairs = _title(sent.title.text, site.names)
    body = Cleared(html=sent.cleared.html, text=sent.cleared.text)
    if title != sent.title.text or site.recurring != NOTHING:
        body = clear(body.html, body.text, [title], site.recurring, is_cleared_by_words=True)
    summary, summary_repairs = _summary(sent, title, body.text, site.recurring)
    headline = _headline(title, body.text)
    scan = sent.body.scan if body.text == sent.body.text else None
    if scan is None and len(body.text) >= LONG_CHARACTERS:
        scan = scan_text(body.text)
    doubts = ("text: split?",) if is_uncertain else ()
    body_names = (f"text: {name}" for name in (*sent.cleared.names, *body.names))
    repairs = (*sent.title.repairs, *title_repairs, *sent.body.repairs, *body_names)
    wordings = (
        (sent.title.text, sent.cleared.text),
        (sent.title.text, sent.body.text),
        (title, sent.body.text),
    )
    return Texts(
        title=headline,
        summary=cut(one_line(summary[:_SUMMARY_IS_WITHIN]), _SUMMARY_CHARACTERS),
        content_html=body.html,
        # What was taken out was read anew of the markup.
        shown_text=sent.body.html_text if body.html == sent.body.html else body.text,
        language=_language(title, headline, body, scan),
        wordings=tuple(dict.fromkeys((_headline(words, text), text) for words, text in wordings)),
        repairs=tuple(dict.fromkeys((*repairs, *sent.summary.repairs, *summary_repairs, *doubts))),
    )


def _language(title: str, headline: str, body: Cleared, scan: Scan | None) -> str:
    """Return the language of an entry; an entry without a ``title`` is told by its text alone."""
    scan = scan.joined(scan_text(headline)) if scan else None
    judged = language.identify(f"{headline}\n{body.text}", scan, headline=title)
    if judged != language.UNDETERMINED:
        return judged
    prose = markup.text_of(markup.without_code(body.html))
    return language.identify(f"{headline}\n{prose}", headline=title)


def shown_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return names of authors or categories as they are shown, each once and none empty."""
    shown = (one_line(_plain(name, "").text) for name in names)
    return tuple(dict.fromkeys(name for name in shown if name))


def title_line(html: str) -> str:
    """Return the markup of a title as one line of display text, without repairs."""
    return one_line(display(markup.title_text(html)[0]))


def one_line(text: str) -> str:
    """Return the text with each run of white space as one space."""
    return " ".join(text.split())


def _headline(title: str, body: str) -> str:
    """Return an entry's title, or the beginning of its text where it has none."""
    return cut(title, _MAX_TITLE_CHARACTERS) or one_line(cut(body, _TITLE_CHARACTERS))


def _title(title: str, names: GluedNames) -> tuple[str, tuple[str, ...]]:
    """Return a title without what its site glued onto it, and the names of what that was."""
    repairs = []
    steps = (
        ("leftover", without_leftovers),
        ("glued name", names.stripped),
        ("glued section", without_section),
    )
    for name, step in steps:
        if (short := step(title)) != title:
            title = short
            repairs.append(f"title: {name}")
    return title, tuple(repairs)


def _summary(
    sent: SentTexts, title: str, body: str, recurring: Recurring
) -> tuple[str, tuple[str, ...]]:
    """Return the summary that was sent, or the text where it says nothing of its own."""
    text = sent.summary.text
    if not text or (len(text) > _SUMMARY_CHARACTERS and is_beginning(text, sent.body.text)):
        return body, ()
    cleared = clear(escape(text, quote=False), text, [sent.title.text, title], recurring)
    names = tuple(f"summary: {name}" for name in cleared.names)
    if is_nothing(one_line(text), recurring) or is_nothing(one_line(cleared.text), recurring):
        return body, (*names, "summary: boilerplate")
    is_cut_off = cleared.text.endswith(("…", "...")) and is_beginning(cleared.text, body)
    return (body if is_cut_off or not cleared.text else cleared.text), names


def _plain(html: str, part: str) -> _Part:
    """Turn markup into repaired display text; the repairs are named with ``part``."""
    return _shown(markup.plain(html), part)


def _shown(text: tuple[str, bool], part: str) -> _Part:
    """Turn plain text, and whether it was escaped too often, into repaired display text."""
    plain, was_escaped = text
    repaired = repair.repair_text(plain)
    return _Part(text=display(repaired.text), repairs=_named(part, repaired, was_escaped))


def _body(html: str, base_url: str) -> _Part:
    """Turn markup into display text and into safe markup, with the same repairs in both."""
    html, was_escaped = markup.unescaped(html)
    safe = markup.clean(html, base_url)
    plain = markup.text_of(safe)
    scan = scan_text(plain) if len(plain) >= LONG_CHARACTERS else None
    repaired = repair.repair_text(plain, scan=scan)
    if repaired.text != plain:
        is_legacy = "bijoy" in repaired.repairs or None
        safe = markup.map_text(
            safe, lambda piece: repair.repair_text(piece, is_legacy=is_legacy).text
        )
    text = display(repaired.text, scan if repaired.text == plain else None)
    if scan and text != plain:
        scan = scan_text(text)
    # Where display changes nothing in the text it changes nothing in the markup's text, which
    # is the same; only an attribute can hold more.
    # Either may undo the cleaning, so what comes of it is checked.
    shown = ensured(without_junk(safe) if text == repaired.text else display(safe))
    return _Part(
        text=text,
        html=shown,
        html_text=text if text == plain and shown == safe else markup.text_of(shown),
        repairs=_named("text", repaired, was_escaped),
        scan=scan,
    )


def _named(part: str, repaired: repair.Repaired, was_escaped: bool) -> tuple[str, ...]:
    """Return the names of repairs with the part they were made in; escaping comes last."""
    names = (*repaired.repairs, "escaped") if was_escaped else repaired.repairs
    return tuple(f"{part}: {name}" for name in names)
