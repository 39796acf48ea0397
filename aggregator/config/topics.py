"""Which topics feeds can choose: those of the table, with what a person's ``[topics]`` adds.

Knows how names are compared in a configuration, which is without the key of texts: that takes a
library that is slow to import, and ``aggregator check`` is to be quick.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from aggregator.bengali.romanised import slug
from aggregator.bengali.topics import TOPICS
from aggregator.config.messages import Finding
from aggregator.models import Topic

_JOINERS = str.maketrans("", "", "\u200c\u200d")


def folded(name: str) -> str:
    """Return a name as names of topics and categories are compared: without case and joiners.

    >>> folded("Science  and Technology") == folded("science and technology")
    True
    """
    return " ".join(unicodedata.normalize("NFC", name).translate(_JOINERS).casefold().split())


def topics_with(own: Mapping[str, Sequence[str]]) -> tuple[Topic, ...]:
    """Return the topics of the table with a person's own, the narrowest first.

    New ones come first. One that the table has gets more synonyms. A word that the person puts
    under a topic is no other topic's any more; where it is the name of one, its synonyms go along.
    """
    known = {folded(topic.name): topic for topic in TOPICS}
    own_words = {folded(name): _with_joined(synonyms, known) for name, synonyms in own.items()}
    taken = own_words.keys() | {folded(word) for words in own_words.values() for word in words}
    new = [
        Topic(name=name, slug=slug(name), synonyms=own_words[folded(name)])
        for name in own
        if folded(name) not in known
    ]
    extended = [
        Topic(
            name=topic.name,
            slug=topic.slug,
            synonyms=(
                *own_words.get(folded(topic.name), ()),
                *(word for word in topic.synonyms if folded(word) not in taken),
            ),
        )
        for topic in TOPICS
        if folded(topic.name) in own_words or folded(topic.name) not in taken
    ]
    return (*new, *extended)


def _with_joined(synonyms: Sequence[str], known: Mapping[str, Topic]) -> tuple[str, ...]:
    """Return synonyms with those of the topics that they are the names of."""
    joined = [known[folded(word)] for word in synonyms if folded(word) in known]
    return (*synonyms, *(word for topic in joined for word in topic.synonyms))


def topic_of_each(topics: Sequence[Topic]) -> dict[str, str]:
    """Return the topic of each name and synonym: folded name → the topic's name."""
    return {
        folded(name): topic.name
        for topic in reversed(topics)
        for name in (*topic.synonyms, topic.name)
    }


def words_of_several(own: Mapping[str, object]) -> Iterator[Finding]:
    """Find the words that a person puts under two topics."""
    first: dict[str, str] = {}
    for name, synonyms in own.items():
        words = [synonyms] if isinstance(synonyms, str) else synonyms
        for word in (name, *(words if isinstance(words, list) else [])):
            if not isinstance(word, str):
                continue
            other = first.setdefault(folded(word), name)
            if other != name:
                yield Finding(("topics", name), f'"{word}" is also under "{other}"')
