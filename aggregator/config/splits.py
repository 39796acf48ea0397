"""Feeds that one ``[[feed]]`` is split into: their names, titles and sources, and what is wrong.

Its parts are known before anything is read: they are its sources, these sources' categories, or the
topics that feeds can choose. So a paper that invents categories makes no files, and every address
that is published stands in what ``aggregator check`` has read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from aggregator.bengali.romanised import slug
from aggregator.config.messages import Finding, nearest
from aggregator.config.positions import KeyPath
from aggregator.config.topics import folded
from aggregator.config.values import ARCHIVE_NAME
from aggregator.models import FeedPart, FeedSpec, Source, SplitBy, Topic

# What stands in no other part, in its title and in the names of its files.
_REST, _REST_SLUG = "অন্যান্য", "onyanyo"
# What a folder of parts is called, after the title of what was split.
_FOLDERS = {
    SplitBy.CATEGORY: "বিভাগ অনুযায়ী",
    SplitBy.SOURCE: "উৎস অনুযায়ী",
    SplitBy.TOPIC: "বিষয় অনুযায়ী",
}
_LONGEST_NAME = 64
# Each is four files, a select whenever one of its sources has news, and a row of a reader's list.
_MOST_PARTS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Slice:
    """One part before it is a feed: what files call it, and what is in it."""

    slug: str
    sources: tuple[str, ...]
    part: FeedPart


def parts_of(
    whole: FeedSpec,
    split_by: SplitBy,
    names: Mapping[str, str],
    sources: Sequence[Source],
    topics: Sequence[Topic],
) -> tuple[FeedSpec, ...]:
    """Return the feeds that a feed is split into; ``names`` are of files, by the parts' labels.

    ``sources`` have only those categories by which the feed is to be split.
    """
    selected = [source for source in sources if source.name in whole.sources]
    slices = {
        SplitBy.CATEGORY: lambda: _by_category(whole, selected, topics),
        SplitBy.SOURCE: lambda: _by_source(whole, selected),
        SplitBy.TOPIC: lambda: _by_topic(whole, topics),
    }[split_by]()
    name_of = {folded(label): name for label, name in names.items()}
    feeds = []
    for each in slices:
        title = f"{whole.title}: {each.part.label}"
        is_described = whole.description != whole.title
        feeds.append(
            replace(
                whole,
                name=name_of.get(folded(each.part.label), f"{whole.name}-{each.slug}"),
                title=title,
                description=whole.description if is_described else title,
                sources=each.sources,
                part=each.part,
                folder=_folder(whole.title, _FOLDERS[split_by]),
            )
        )
    return tuple(feeds)


def _folder(title: str, kind: str) -> str:
    """Return what a folder of parts is called; a title that says how they are split says it all."""
    return title if title == kind else f"{title}: {kind}"


def _by_source(whole: FeedSpec, sources: Sequence[Source]) -> Iterator[_Slice]:
    for source in sources:
        yield _Slice(
            slug=source.name,
            sources=(source.name,),
            part=FeedPart(by=SplitBy.SOURCE, label=source.title, sources=whole.sources),
        )


def _by_category(
    whole: FeedSpec, sources: Sequence[Source], topics: Sequence[Topic]
) -> Iterator[_Slice]:
    """Yield a part for the first category of each source, and one for sources without any.

    It is called as the first of its sources calls it; spellings and cases of one name are one.
    """
    known = {folded(topic.name): topic.slug for topic in topics}
    members: dict[str, list[str]] = {}
    label_of: dict[str, str] = {}
    for source in sources:
        label = next(iter(source.categories), _REST)
        label_of.setdefault(folded(label), label)
        members.setdefault(folded(label), []).append(source.name)
    rest = members.pop(folded(_REST), [])
    for category, names in members.items():
        yield _Slice(
            slug=known.get(category) or slug(label_of[category]),
            sources=tuple(names),
            part=FeedPart(by=SplitBy.CATEGORY, label=label_of[category], sources=whole.sources),
        )
    if rest:
        part = FeedPart(by=SplitBy.CATEGORY, label=_REST, sources=whole.sources)
        yield _Slice(slug=_REST_SLUG, sources=tuple(rest), part=part)


def _by_topic(whole: FeedSpec, topics: Sequence[Topic]) -> Iterator[_Slice]:
    """Yield a part for each topic that the feed chooses; if it chooses none, for all and a rest.

    The rest has the stories of a topic that is called as it is.
    """
    chosen = [
        topic
        for topic in topics
        if (topic.name in whole.topics if whole.topics else folded(topic.name) != folded(_REST))
    ]
    names = tuple(topic.name for topic in chosen)
    for topic in chosen:
        part = FeedPart(by=SplitBy.TOPIC, label=topic.name, topics=names, topic=topic.name)
        yield _Slice(slug=topic.slug, sources=whole.sources, part=part)
    if not whole.topics:
        part = FeedPart(by=SplitBy.TOPIC, label=_REST, topics=names)
        yield _Slice(slug=_REST_SLUG, sources=whole.sources, part=part)


# --- What is wrong with them ---------------------------------------------------------------------


def split_faults(
    feeds: Sequence[Sequence[FeedSpec]], names: Sequence[Mapping[str, str]]
) -> Iterator[Finding]:
    """Find what is wrong with the parts of feeds; ``feeds`` has those of each ``[[feed]]``."""
    yield from _odd_parts(feeds)
    yield from _names_of_nothing(feeds, names)
    yield from _clashes(feeds)
    yield from _shared_folders(feeds)


def _odd_parts(feeds: Sequence[Sequence[FeedSpec]]) -> Iterator[Finding]:
    for index, parts in enumerate(feeds):
        if len(parts) > _MOST_PARTS:
            message = f"makes {len(parts)} feeds; {_MOST_PARTS} at most"
            yield Finding(("feed", index, "split_by"), message)
        for feed in parts:
            if feed.part is None:
                continue
            wrong = ""
            if len(feed.name) > _LONGEST_NAME:
                wrong = f"is longer than {_LONGEST_NAME} characters"
            elif ARCHIVE_NAME.search(feed.name):
                wrong = "is named as an archive document of another feed would be"
            if wrong:
                named = f'names = {{ "{feed.part.label}" = "…" }} gives it another name'
                yield Finding(("feed", index, "split_by"), f'"{feed.name}" {wrong}; {named}')


def _names_of_nothing(
    feeds: Sequence[Sequence[FeedSpec]], names: Sequence[Mapping[str, str]]
) -> Iterator[Finding]:
    for index, (parts, given) in enumerate(zip(feeds, names, strict=True)):
        labels = {folded(feed.part.label): feed.part.label for feed in parts if feed.part}
        near_to = nearest([each for each in given if folded(each) not in labels], labels.values())
        for label in given:
            if not labels:
                message = 'only a feed with split_by has names of parts: split_by = "category"'
                yield Finding(("feed", index, "names"), message)
                break
            if folded(label) not in labels:
                near = near_to.get(label, "")
                hint = f', did you mean "{near}"?' if near else ""
                message = f'no part is called "{label}"{hint}'
                yield Finding(("feed", index, "names", label), message)


def _clashes(feeds: Sequence[Sequence[FeedSpec]]) -> Iterator[Finding]:
    """Find the names that a part has in common with another feed."""
    first: dict[str, tuple[int, FeedSpec]] = {}
    for index, parts in enumerate(feeds):
        for feed in parts:
            if feed.name not in first:
                first[feed.name] = index, feed
                continue
            other_index, other = first[feed.name]
            if feed.part is None and other.part is None:
                continue  # named where the names of all tables are compared
            path: KeyPath = ("feed", index, "split_by" if feed.part is not None else "name")
            of = "" if other_index == index else " of another feed"
            whose = f'"{other.part.label}"{of}' if other.part else "another feed"
            message = (
                f'names = {{ "…" = "…" }} gives a part another name than "{feed.name}", which '
            )
            yield Finding(path, f"{message}{whose} has", other=("feed", other_index))


def _shared_folders(feeds: Sequence[Sequence[FeedSpec]]) -> Iterator[Finding]:
    """Find feeds whose parts would stand in one folder, where stories would stand twice."""
    first: dict[str, int] = {}
    for index, parts in enumerate(feeds):
        for folder in dict.fromkeys(part.folder for part in parts if part.folder):
            if first.setdefault(folder, index) != index:
                message = f'give it a title: the folder "{folder}" is also of another feed'
                path, other = ("feed", index, "split_by"), ("feed", first[folder])
                yield Finding(path, message, other=other)
