"""Topics: what pages call a story by, of all that its papers say that it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from aggregator.models import Config, FeedLink, FeedSpec, Presentation, Topic
from aggregator.pipeline.frame import topic_links
from aggregator.pipeline.refusals import Refusals, category_key, topic_of_each


def main_topics(
    stories: Sequence[Presentation], feed: FeedSpec, config: Config, refusals: Refusals
) -> list[str]:
    """Return the main topic of each story as pages call it.

    It is the narrowest by the rules of feeds by topic. Where papers name none that is known, it is
    the first category of the source whose text is shown, and empty where that has none.
    """
    words = _words(config.topics, topic_links(config.feeds))
    first = {source.name: source.categories[0] for source in config.sources if source.categories}
    mains = []
    for story, topics in zip(stories, refusals.topics(stories, feed), strict=True):
        known = (topic.name for topic in config.topics if topic.name in topics)
        main = next(known, "") or first.get(story.representative.source, "")
        mains.append(words.get(category_key(main), main))
    return mains


@lru_cache(maxsize=2)  # of the configuration of a service, and the one before
def _words(topics: tuple[Topic, ...], links: tuple[FeedLink, ...]) -> Mapping[str, str]:
    """Return what pages call topics and categories that have a feed among these, by their keys.

    That is the title of the feed: one of the category ক্রীড়া is that of the topic খেলা, too, unless
    that has its own.
    """
    topic_of = topic_of_each(topics)
    titles = {category_key(link.title): link.title for link in links}
    of_topics = {
        category_key(topic_of[word]): title
        for word, title in reversed(titles.items())
        if word in topic_of
    }
    return of_topics | titles
