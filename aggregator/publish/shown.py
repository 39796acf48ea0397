"""What a published feed shows, as its file says: for whoever compares it with something else."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from aggregator.errors import PublishError
from aggregator.publish.jsonfeed import FORMAT


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedFeed:
    """A feed in place: its title and description, and its entries, (id, title) in order."""

    name: str
    title: str
    description: str
    entries: tuple[tuple[str, str], ...]


def published_feeds(folder: Path, names: Iterable[str]) -> list[PublishedFeed]:
    """Return the feeds of these names that are in place; PublishError where one is unreadable."""
    found = []
    for name in names:
        path = folder / f"{name}.{FORMAT.suffix}"
        try:
            feed = json.loads(path.read_bytes())
            found.append(
                PublishedFeed(
                    name=name,
                    title=feed["title"],
                    description=feed.get("description", ""),
                    entries=tuple((item["id"], item.get("title", "")) for item in feed["items"]),
                )
            )
        except FileNotFoundError:
            continue
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise PublishError(f"{path} cannot be read: {error}") from error
    return found
