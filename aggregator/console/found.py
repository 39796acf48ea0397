"""What ``aggregator search`` prints: for a person, in the site's zone; for a program, JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from aggregator.models import Config, SearchQuery, SearchResults


def lines(results: SearchResults, config: Config) -> Iterator[str]:
    """Return the lines of what was found: what was looked for, then two for each story."""
    yield looked_for(results.query)
    zone = ZoneInfo(config.site.timezone)
    titles = {source.name: source.title for source in config.sources}
    for hit in results.hits:
        entry = hit.entry
        when = f"{hit.published.astimezone(zone):%Y-%m-%d %H:%M}"
        yield entry.title
        yield f"  {when}  {titles.get(entry.source) or entry.source}  {entry.link}".rstrip()
    if not results.hits:
        yield "Nothing is found."
    if results.has_more:
        yield "There is more; ask more narrowly, or with --limit."
    if not results.is_whole:
        yield "Not everything stored was looked at: it is being indexed, or took too long."


def looked_for(query: SearchQuery) -> str:
    """Return in words what is looked for."""
    wanted = [term.text for term in query.wanted if not term.is_exact]
    exact = [f'"{term.text}"' for term in query.wanted if term.is_exact]
    parts = [f"in all their forms: {', '.join(wanted)}"] if wanted else []
    parts += [f"to the letter: {', '.join(exact)}"] if exact else []
    if query.excluded:
        parts.append(f"without: {', '.join(term.text for term in query.excluded)}")
    if query.left_out:
        parts.append(f"words left out, as there are too many: {query.left_out}")
    return "Looked for " + ("; ".join(parts) if query.wanted else "nothing, as no word is named")


def json_text(results: SearchResults) -> str:
    """Return what was found as one JSON object; times are ISO 8601 in UTC."""
    found = {
        "looked_for": [term.text for term in results.query.wanted],
        "excluded": [term.text for term in results.query.excluded],
        "has_more": results.has_more,
        "is_whole": results.is_whole,
        "stories": [
            {
                "id": hit.entry.id,
                "title": hit.entry.title,
                "link": hit.entry.link,
                "source": hit.entry.source,
                "language": hit.entry.language,
                "published": hit.published.isoformat(),
            }
            for hit in results.hits
        ],
    }
    return json.dumps(found, ensure_ascii=False, indent=2)
