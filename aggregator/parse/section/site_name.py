"""What a page calls the site that it is of, to be proposed to a person."""

from __future__ import annotations

import re

from aggregator.parse.section.tree import Page

# Metas that name a site and no page of it.
_METAS = frozenset({"og:site_name", "application-name"})
# Papers write the page's own title first: "সর্বশেষ | নদীর কাগজ", "Latest - River Paper".
_APART = re.compile(r"\s[-|»:\u2013\u2014\u00b7]+\s|[|»]")
_MOST_CHARACTERS = 300


def site_name(page: Page) -> str:
    """Return the name of a page's site as the page has it; empty where it has none."""
    for meta in page.root.iter("meta"):
        content = (meta.get("content") or "").strip()
        if content and (meta.get("property") or meta.get("name") or "").lower() in _METAS:
            return content[:_MOST_CHARACTERS]
    title = next(page.root.iter("title"), None)
    text = "" if title is None else "".join(map(str, title.itertext()))[:_MOST_CHARACTERS]
    return next((part.strip() for part in reversed(_APART.split(text)) if part.strip()), "")
