"""An entry's texts as they are shown: its title, summary and body, its language.

Knows what is taken out of what a source sent: names glued onto titles, boilerplate, summaries that
say nothing of their own; and how long a summary is. Refuses to know how a text is read and
repaired (``sent`` does).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from aggregator import markup
from aggregator.bengali import language
from aggregator.bengali.scan import Scan, scan_texts
from aggregator.bengali.text import cut
from aggregator.normalise.boilerplate import Cleared, clear, is_beginning, is_nothing
from aggregator.normalise.labels import without_leftovers
from aggregator.normalise.recurrence import NOTHING, Recurring
from aggregator.normalise.sent import SentTexts, one_line, rescanned
from aggregator.normalise.titles import NO_NAMES, GluedNames, without_section

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
class _Shown:
    """What is left of an entry's texts without its site's boilerplate, and what was taken out."""

    title: str
    headline: str
    body: Cleared
    summary: str
    repairs: tuple[str, ...]


def build_texts(entries: Sequence[SentTexts], site: SiteTexts = NO_SITE_TEXTS) -> list[Texts]:
    """Build the texts of entries as they are shown, without the boilerplate of their site."""
    shown = [_without_site_texts(sent, site) for sent in entries]
    scans = rescanned(
        [entry.body.text for entry in shown],
        [sent.body.text for sent in entries],
        [sent.body.scan for sent in entries],
    )
    headlines = scan_texts([entry.headline for entry in shown])
    languages = [
        _language(entry, scan.joined(headline))
        for entry, scan, headline in zip(shown, scans, headlines, strict=True)
    ]
    return [
        _texts(sent, entry, language)
        for sent, entry, language in zip(entries, shown, languages, strict=True)
    ]


def _without_site_texts(sent: SentTexts, site: SiteTexts) -> _Shown:
    title, title_repairs = _title(sent.title.text, site.names)
    body = sent.cleared
    names = body.names
    if title != sent.title.text or site.recurring != NOTHING:
        body = clear(body.html, body.text, [title], site.recurring, is_cleared_by_words=True)
        names += body.names
    summary, summary_repairs = _summary(sent, title, body.text, site.recurring)
    doubts = ("text: split?",) if sent.is_uncertain else ()
    repairs = (
        *(*sent.title.repairs, *title_repairs, *sent.body.repairs),
        *(f"text: {name}" for name in names),
        *(*sent.summary.repairs, *summary_repairs, *doubts),
    )
    return _Shown(
        title=title,
        headline=_headline(title, body.text),
        body=body,
        summary=summary,
        repairs=tuple(dict.fromkeys(repairs)),
    )


def _texts(sent: SentTexts, shown: _Shown, language: str) -> Texts:
    """Build the texts of one entry, whose language was told."""
    wordings = (
        (sent.title.text, sent.cleared.text),
        (sent.title.text, sent.body.text),
        (shown.title, sent.body.text),
    )
    body = shown.body
    return Texts(
        title=shown.headline,
        summary=cut(one_line(shown.summary[:_SUMMARY_IS_WITHIN]), _SUMMARY_CHARACTERS),
        content_html=body.html,
        # What was taken out was read anew of the markup.
        shown_text=sent.body.html_text if body.html == sent.body.html else body.text,
        language=language,
        wordings=tuple(dict.fromkeys((_headline(words, text), text) for words, text in wordings)),
        repairs=shown.repairs,
    )


def _language(shown: _Shown, scan: Scan) -> str:
    """Return the language of an entry; an entry without a title is told by its text alone.

    ``scan`` is that of the headline and the text.
    """
    headline, title = shown.headline, shown.title
    judged = language.identify(f"{headline}\n{shown.body.text}", scan, headline=title)
    if judged != language.UNDETERMINED:
        return judged
    prose = markup.text_of(markup.without_code(shown.body.html))
    return language.identify(f"{headline}\n{prose}", headline=title)


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
