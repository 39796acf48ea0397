"""An entry's texts as they are shown: its title, summary and body, its names and headlines.

Knows the order of the work: markup is unescaped and sanitised, its text is repaired, then made
display text, then cut. The body is made twice, as plain text and as markup, with the same repairs
in both. Refuses to know anything else of an entry.
"""

from __future__ import annotations

from dataclasses import dataclass

from aggregator import markup
from aggregator.bengali import language, repair
from aggregator.bengali.scan import LONG_CHARACTERS, Scan, scan_text
from aggregator.bengali.text import cut, display, without_junk
from aggregator.models import ParsedEntry

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

    ``body`` is display text and ``content_html`` the same as safe markup. ``title`` is empty where
    an entry has neither a title nor a text. ``repairs`` names each repair once, with its part
    (``title: bijoy``); a name that ends in ``?`` is damage that was left alone.
    """

    title: str
    summary: str
    body: str
    content_html: str
    language: str
    repairs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """One text of an entry: display text, the same as safe markup, and its repairs.

    A long text keeps its scan, which answers most questions that follow.
    """

    text: str
    html: str = ""
    repairs: tuple[str, ...]
    scan: Scan | None = None


def build_texts(parsed: ParsedEntry, base_url: str, glued_name: str) -> Texts:
    """Build the texts of an entry; relative links are resolved against ``base_url``.

    ``glued_name`` is the name that its source puts behind every title, empty if it puts none.
    """
    title = _title(parsed.title_html, glued_name)
    body = _body(parsed.content_html or parsed.summary_html, base_url)
    headline = cut(title.text, _MAX_TITLE_CHARACTERS)
    headline = headline or one_line(cut(body.text, _TITLE_CHARACTERS))
    # Without content the summary is the body already, and its repairs are named there.
    summary = _plain(parsed.summary_html if parsed.content_html else "", "summary")
    beginning = one_line((summary.text or body.text)[:_SUMMARY_IS_WITHIN])
    doubts = ("text: split?",) if parsed.is_uncertain else ()
    return Texts(
        title=headline,
        summary=cut(beginning, _SUMMARY_CHARACTERS),
        body=body.text,
        content_html=body.html,
        language=_language(title.text, headline, body),
        repairs=tuple(dict.fromkeys((*title.repairs, *body.repairs, *summary.repairs, *doubts))),
    )


def _language(title: str, headline: str, body: _Part) -> str:
    """Return the language of an entry; an entry without a ``title`` is told by its text alone."""
    scan = body.scan.joined(scan_text(headline)) if body.scan else None
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


def _title(html: str, glued_name: str) -> _Part:
    title = _shown(markup.title_text(html), "title")
    text, repairs = one_line(title.text), title.repairs
    if glued_name and text.endswith(glued_name.rstrip()):
        text = text.removesuffix(glued_name.rstrip()).rstrip()
        repairs = (*repairs, "title: glued name")
    return _Part(text=text, repairs=repairs)


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
    return _Part(
        text=text,
        # Where display changes nothing in the text it changes nothing in the markup's text, which
        # is the same; only an attribute can hold more.
        html=without_junk(safe) if text == repaired.text else display(safe),
        repairs=_named("text", repaired, was_escaped),
        scan=scan,
    )


def _named(part: str, repaired: repair.Repaired, was_escaped: bool) -> tuple[str, ...]:
    """Return the names of repairs with the part they were made in; escaping comes last."""
    names = (*repaired.repairs, "escaped") if was_escaped else repaired.repairs
    return tuple(f"{part}: {name}" for name in names)
