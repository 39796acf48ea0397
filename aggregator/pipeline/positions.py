"""Positions: why a story stands in a feed where it does, or does not, in words for a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from aggregator.models import EventDisplay, FeedOrder, FeedSpec, Presentation, StoryMember
from aggregator.pipeline.choose import MOST_READ, Choice
from aggregator.pipeline.refusals import Refusals
from aggregator.stories.rank import SPAN
from aggregator.stories.share import has_its_share


def standing_of(story: Presentation, feed: FeedSpec, choice: Choice) -> str:
    """Return why a shown story stands where it does, where that goes by its papers."""
    if not feed.counts_papers:
        return ""
    number = story.representative.story
    reported = _reported([*choice.happenings[number].papers])
    if feed.order is not FeedOrder.TOP:
        return reported
    later = (choice.placed[number] - story.pinned.published).total_seconds() / 3600
    when = f"{abs(later):.1f} hours {'later' if later >= 0 else 'earlier'}"
    return f"{reported}, so it stands as if published {when}"


def why_not(
    member: StoryMember,
    story: Sequence[StoryMember],
    feed: FeedSpec,
    shown: Sequence[Presentation],
) -> str:
    """Return why a feed does not show an entry, by the entry alone; empty where nothing says so."""
    if any(entry.is_purged for entry in (member, *story)):
        return "it was purged, and stays away"
    if not story:
        return "it waits to be joined; the next pass does that"
    if member.is_backlog:
        return "its source sent many without a date at once; more of them than its backlog"
    if member.source not in feed.sources:
        return f"the feed does not take from {member.source}"
    if "*" not in feed.languages and member.language not in feed.languages:
        return f"the feed is of {', '.join(feed.languages)}, and this is {member.language}"
    is_newer = bool(shown) and member.published > _oldest(shown)
    if not feed.is_choosy and has_its_share(member.source, shown, feed) and is_newer:
        return _has_its_share(feed)
    return ""


def why_left_out(
    presented: Sequence[Presentation], feed: FeedSpec, choice: Choice, refusals: Refusals
) -> str:
    """Return why a feed that chooses leaves a story out; empty where nothing but its place says so.

    ``presented`` is the story as the feed would show it, if it would.
    """
    if not feed.is_choosy or not presented:
        return ""
    (story,) = presented
    number = story.representative.story
    if reason := refusals.reasons(presented, feed).get(number):
        return reason
    if choice.since is not None and story.pinned.published < choice.since:
        return _too_old(feed)
    papers = [*refusals.happenings(presented)[number].papers]
    if feed.counts_papers and len(papers) < feed.min_sources:
        return f"{_reported(papers)}; the feed wants {feed.min_sources} (min_sources)"
    if has_its_share(story.representative.source, choice.shown, feed):
        return _has_its_share(feed)
    if feed.order is not FeedOrder.TOP:
        return ""
    return f"{_reported(papers)}; {_below(feed, choice)}"


def too_far_back(feed: FeedSpec) -> str:
    """Return why a feed does not show a story of which nothing else is to be said."""
    if feed.events is EventDisplay.MERGE:
        return f"another of the same happening is shown, or it is older than {feed.limit} stories"
    return f"older than its newest {feed.limit} stories"


def _below(feed: FeedSpec, choice: Choice) -> str:
    if len(choice.shown) < feed.limit:
        return "another of the same happening is shown"
    merged = "another of the same happening is shown, or " * (feed.events is EventDisplay.MERGE)
    return f"{merged}{feed.limit} stories stand before it"


def _too_old(feed: FeedSpec) -> str:
    if feed.order is FeedOrder.TOP:
        return f"published more than {SPAN.days} days before the newest that its sources dated"
    return f"older than the newest {MOST_READ} entries of its sources, which are looked at"


def _has_its_share(feed: FeedSpec) -> str:
    return f"its source has its share of the feed's {feed.limit} stories (per_source)"


def _reported(papers: Sequence[str]) -> str:
    told = "1 paper reports it" if len(papers) == 1 else f"{len(papers)} papers report it"
    return f"{told}: {', '.join(papers)}"


def _oldest(shown: Sequence[Presentation]) -> datetime:
    return min(story.pinned.published for story in shown)
