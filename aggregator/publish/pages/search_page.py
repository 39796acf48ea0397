"""The page of a search: its field, what was looked for, and a page of the stories found. Pure.

It is rendered when it is asked for, so that it may say today and yesterday.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from markupsafe import Markup, escape

from aggregator.local_days import local_day
from aggregator.models import (
    DateHow,
    EntryView,
    Frame,
    MarkedText,
    SearchHit,
    SearchOrder,
    SearchResults,
    SearchTerm,
)
from aggregator.publish import formats
from aggregator.publish.inert import with_whole_texts
from aggregator.publish.pages import days, layout, story
from aggregator.publish.search_address import A_PAGE, LAST_PAGE, SEARCH, SearchAddress

# Of 200 forms of a word, a dozen say what is meant by forms.
_FORMS_SHOWN = 12
_LEVEL = 2  # of the headlines


def render_search(
    frame: Frame,
    asked: SearchAddress,
    results: SearchResults,
    views: Sequence[EntryView],
    today: date,
    site_url: str,
) -> bytes:
    """Render the page of a search; without a question it is the field alone.

    ``views`` are of the entries that were found, in their order, and ``today`` is the site's day.
    """
    question = asked.heading
    wanted, found = results.query.wanted, zip(results.hits, views, strict=True)
    forms = list(dict.fromkeys(form for term in wanted for form in _forms(term)))
    alternates = _alternates(asked, question) if wanted else ()
    page = layout.Page(title=_title(asked), part=SEARCH, today=today, alternates=alternates)
    first = (asked.page - 1) * A_PAGE + 1
    return layout.render(
        "search",
        frame,
        page,
        [b"".join(_article(hit, view, today) for hit, view in found)] if views else [],
        asked=asked,
        question=question,
        is_understood=bool(wanted),
        results=results,
        forms=forms[:_FORMS_SHOWN],
        has_more_forms=len(forms) > _FORMS_SHOWN,
        exact=[term.text for term in wanted if term.is_exact],
        orders=_orders(replace(asked, page=1)),
        formats=[(each.label, _file(asked, each.suffix)) for each in formats.FORMATS],
        subscribed=f"{site_url}{_file(asked, formats.PREFERRED.suffix)}",
        first=first,
        last=first + len(views) - 1,
        a_page=A_PAGE,
        previous=_page(asked, asked.page - 1) if asked.page > 1 else "",
        next=_page(asked, asked.page + 1) if results.has_more and asked.page < LAST_PAGE else "",
    )


def _title(asked: SearchAddress) -> str:
    """Return what a browser calls the page; of several pages of a search, each otherwise."""
    if not asked.heading:
        return "খবর খুঁজুন"
    title = f"‘{asked.heading}’: খবর"
    return title if asked.page == 1 else f"{title}, পাতা {days.number(asked.page)}"


def _forms(term: SearchTerm) -> Sequence[str]:
    """Return the forms of a word that were looked for, the word as it was typed first."""
    if term.is_exact:
        return ()
    return (term.text, *(form for form in term.alternatives if form != term.text))


def _page(asked: SearchAddress, number: int) -> str:
    return f"{SEARCH}.html{replace(asked, page=number).query}"


def _file(asked: SearchAddress, suffix: str) -> str:
    """Return the address of what is found as a feed, which is the newest whatever is shown."""
    newest = replace(asked, order=SearchOrder.NEWEST, page=1)
    return f"{SEARCH}.{suffix}{newest.query}"


def _alternates(asked: SearchAddress, question: str) -> tuple[layout.Alternate, ...]:
    return tuple(
        layout.Alternate(
            media_type=each.media_type,
            title=f"‘{question}’: খবর ({each.label})",
            href=_file(asked, each.suffix),
        )
        for each in formats.preferred_first()
    )


def _orders(asked: SearchAddress) -> list[tuple[str, str, bool]]:
    """Return how what is found may be shown: (label, address, whether it is so)."""
    newest = replace(asked, order=SearchOrder.NEWEST)
    match = replace(asked, order=SearchOrder.MATCH)
    titles = replace(asked, only_titles=not asked.only_titles)
    is_newest = asked.order is SearchOrder.NEWEST
    return [
        ("নতুন আগে", _page(newest, 1), is_newest),
        ("মিল অনুযায়ী", _page(match, 1), not is_newest),
        ("শুধু শিরোনামে", _page(titles, 1), asked.only_titles),
    ]


def _article(hit: SearchHit, view: EntryView, today: date) -> bytes:
    view = with_whole_texts(view)
    shown = replace(
        story.story_of(view),
        title=marked(hit.title),
        summary=marked(hit.excerpt),
        time=_time(view, today),
    )
    return story.article(shown, level=_LEVEL)


def marked(text: MarkedText) -> Markup:
    """Return a text as markup, with its marks.

    >>> marked(MarkedText(text="বন্দরে <মাশুল>", marks=((0, 6),)))
    Markup('<mark>বন্দরে</mark> &lt;মাশুল&gt;')
    """
    parts, end = [], 0
    for start, next_end in text.marks:
        parts += [
            escape(text.text[end:start]),
            Markup("<mark>{}</mark>").format(text.text[start:next_end]),
        ]
        end = next_end
    return Markup("").join([*parts, escape(text.text[end:])])


def _time(view: EntryView, today: date) -> days.Time:
    """Return the time of an entry: with a clock where it is of today or yesterday, else its day."""
    entry, clock = view.entry, story.time_of(view)
    day = local_day(entry.published, view.timezone)
    if not clock.shown and entry.date_how is not DateHow.FIRST_SEEN:
        day = date.fromisoformat(clock.iso)
    names = {today: days.TODAY, today - timedelta(days=1): days.YESTERDAY}
    if day not in names:
        return replace(clock, shown=days.day(day))
    return replace(clock, shown=", ".join(filter(None, (names[day], clock.shown))))
