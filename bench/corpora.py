"""The feeds that an update is measured with: made ones of one size, and ones shaped as real ones.

Of 14 Bengali feeds that were looked at, seven were polled live: 454 entries, of which 89 of 100
have markup, with a median of 1,809 bytes a text. Seven had been collected for long: 2,194 entries,
mostly a headline alone. ``real`` lies between, in words of our own: half of its texts have under
300 bytes, the mean is near 1,000, 30 of 100 have markup, and a few have 20 KB.
"""

from __future__ import annotations

import functools
import math
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from urllib.parse import quote

from bench import parse
from bench.made_texts import Writer

_MADE_ENTRIES, _MADE_MORE = 40, 2
_TENTH = 10


@dataclass(frozen=True)
class Corpus:
    """Feeds by their number: the document that each sends first, and the one after it.

    ``next`` returns nothing where a feed does not change.
    """

    first: Callable[[int], bytes]
    next: Callable[[int], bytes | None]
    next_phase: str


def _made_next(number: int) -> bytes | None:
    return None if number % _TENTH else parse.feed(number, _MADE_ENTRIES + _MADE_MORE)


# --- Shaped as real feeds ------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _Shape:
    """One kind of feed; texts have ``least_bytes`` to ``most_bytes``, most of them few."""

    feeds: int  # of twenty
    entries: int
    text_share: float = 1.0  # of the entries; the others are headlines alone
    least_bytes: int = 0
    most_bytes: int = 0
    write: str = "plain"  # how a text is written: plain, teaser or article
    has_ids: bool = True
    has_slugs: bool = False  # the headline stands in the address, as it does in 66 of 100 live ones
    has_dates: bool = True
    is_atom: bool = False


_SHAPES = (
    _Shape(feeds=3, entries=100, text_share=0.0, has_ids=False),
    _Shape(feeds=2, entries=100, text_share=0.0),
    _Shape(feeds=4, entries=100, least_bytes=250, most_bytes=410, has_ids=False),
    _Shape(feeds=1, entries=300, text_share=0.1, least_bytes=200, most_bytes=18_000, has_ids=False),
    _Shape(
        feeds=4,
        entries=115,
        least_bytes=1_000,
        most_bytes=1_900,
        write="teaser",
        has_slugs=True,
    ),
    _Shape(feeds=2, entries=20, least_bytes=120, most_bytes=520, write="teaser", has_dates=False),
    _Shape(feeds=1, entries=10, least_bytes=2_000, most_bytes=10_000, write="article"),
    _Shape(feeds=1, entries=47, least_bytes=2_500, most_bytes=20_000, write="article"),
    _Shape(feeds=2, entries=50, least_bytes=1_200, most_bytes=9_000, is_atom=True),
)
_BY_NUMBER = tuple(shape for shape in _SHAPES for _ in range(shape.feeds))

# The words that stand most often in any Bengali text take the first ranks of the vocabulary.
_COMMON = (
    "ও করে না থেকে এই হয়েছে জন্য একটি করা সঙ্গে তার এক হয় পর আর কিন্তু বলেন তিনি এবং সে যে "
    "কোনো আমাদের তাদের নিয়ে দিয়ে হবে ছিল করেছে আছে গত দিন বছর মানুষ দেশের সরকার কাজ সময় "
    "এর মধ্যে বলে মাধ্যমে পারে তবে আগে প্রায় অনেক এখন সব আরও যায় কথা বড় নতুন জেলা উপজেলা "
    "পুলিশ হাসপাতাল বিদ্যালয় শিক্ষক কৃষক নদী সেতু বাজার দাম টাকা পানি বৃষ্টি ফসল গ্রাম শহর রাস্তা "
    "পরিবার শিশু নারী খেলা দল মাঠ জয় সভা প্রশাসন কর্মকর্তা সদস্য নির্বাচন আদালত মামলা ব্যাংক "
    "শ্রমিক কারখানা বিদ্যুৎ গ্যাস ট্রেন বাস নৌকা জানান জানিয়েছেন উদ্বোধন প্রকল্প অর্থনীতি শিক্ষা "
    "স্বাস্থ্য পরিবেশ বন"
).split()
_HALF_SENTENCE_BYTES = 110
_DIGITS = str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯")
_CATEGORIES = "জেলার খবর,খেলার মাঠ,অর্থনীতি,আদালত পাড়া,আবহাওয়া,সাহিত্য".split(",")

# Of ten feeds one sends the same entries once more under a newer date of its own, and two have
# known headlines on half of what is new in number and address. The others keep the newest 22 of 100
# of what they had. So 40 of 100 entries are known: 10 + 10 + 90 × 0.22.
_SAME, _KNOWN_HEADLINES = (0,), (3, 6)
_KEPT_SHARE = 0.22
_HEADLINE_SHARE = 0.5

_BEGIN = datetime(2026, 8, 1, 4, tzinfo=UTC)
_BETWEEN = timedelta(minutes=17)


@functools.cache
def _writer() -> Writer:
    made = Writer.make()
    return replace(made, words=(*_COMMON, *made.words[len(_COMMON) :]))


def _words(random_: random.Random, count: int) -> list[str]:
    writer = _writer()
    ranks = writer.word_shares.searchsorted([random_.random() for _ in range(count)])
    words = [writer.words[rank] for rank in ranks.tolist()]
    if random_.random() < 0.21:  # a number, as in 21 of 100 real sentences
        words[random_.randrange(count)] = str(random_.randint(2, 9_000)).translate(_DIGITS)
    return words


def _sentences(random_: random.Random, size: int) -> str:
    """Write sentences of about ``size`` bytes, or one."""
    sentences: list[str] = []
    rest = size
    while not sentences or rest > _HALF_SENTENCE_BYTES:
        sentence = " ".join(_words(random_, random_.randint(6, 16))) + "।"
        sentences.append(sentence)
        rest -= len(sentence.encode()) + 1
    return " ".join(sentences)


@dataclass(frozen=True)
class _Entry:
    """One entry as its feed has it: the text is HTML or plain."""

    title: str
    link: str
    text: str
    published: datetime


def _entry(number: int, index: int, title_of: int) -> _Entry:
    """Write entry ``index`` of a feed, under the headline of entry ``title_of``."""
    shape = _BY_NUMBER[number % len(_BY_NUMBER)]
    headline = random.Random(f"{number} {title_of}")
    title = " ".join(_words(headline, headline.randint(4, 9)))
    random_ = random.Random(f"{number} {index} text")
    address = f"https://paper{number}.example.org/news/{index}"
    link = f"{address}/{quote(title.replace(' ', '-'))}" if shape.has_slugs else address
    text = ""
    if shape.most_bytes and random_.random() < shape.text_share:
        least, most = math.log(shape.least_bytes), math.log(shape.most_bytes)
        size = int(math.exp(random_.uniform(least, most)))
        text = _WRITE[shape.write](random_, size, link)
    return _Entry(title, link, text, _BEGIN + index * _BETWEEN)


def _plain(random_: random.Random, size: int, link: str) -> str:
    return _sentences(random_, size)


def _teaser(random_: random.Random, size: int, link: str) -> str:
    """Write a picture, the beginning of a text, and a link to the rest of it, in ``size`` bytes."""
    address = f"https://media.example.org/{random_.randrange(1_000_000)}.jpg"
    picture = f'<img style="float:left; margin:0 10px 10px 0;" width="150" src="{address}" />'
    more = f'<a class="more_link" href="{link}">বিস্তারিত</a>'
    rest = max(size - len((picture + more).encode()), 40)
    return f"<p>\n\t{picture}\n\t{_sentences(random_, rest)}... {more}</p>"


def _article(random_: random.Random, size: int, link: str) -> str:
    """Write a picture with a caption, and paragraphs with a link or a heading here and there."""
    parts = [
        f'<figure><img alt="" src="{link}/a.webp" />'
        f"<figcaption>{_sentences(random_, 80)}</figcaption></figure>"
    ]
    written = 0
    while written < size:
        paragraph = _sentences(random_, random_.randint(250, 900))
        written += len(paragraph.encode())
        if random_.random() < 0.2:
            paragraph = f"<strong>{_sentences(random_, 40)}</strong> {paragraph}"
        if random_.random() < 0.15:
            paragraph += f' <a href="{link}/{written}">আরও পড়ুন</a>'
        parts.append(f"<p>{paragraph}</p>")
        if random_.random() < 0.1:
            parts.append(f"<h4>{' '.join(_words(random_, 4))}</h4>")
    return "".join(parts)


_WRITE: dict[str, Callable[[random.Random, int, str], str]] = {
    "plain": _plain,
    "teaser": _teaser,
    "article": _article,
}


def _real_first(number: int) -> bytes:
    count = _BY_NUMBER[number % len(_BY_NUMBER)].entries
    return _document(number, [_entry(number, index, index) for index in reversed(range(count))])


def _real_next(number: int) -> bytes:
    count = _BY_NUMBER[number % len(_BY_NUMBER)].entries
    kind = _kind(number)
    moved = 0 if kind in _SAME else count - round(_KEPT_SHARE * count)
    again = round(_HEADLINE_SHARE * count) if kind in _KNOWN_HEADLINES else 0
    entries = [
        _entry(number, index, index - count if count <= index < count + again else index)
        for index in reversed(range(moved, moved + count))
    ]
    return _document(number, entries, "Sat, 21 Nov 2026 08:00:00 +0600")


def _kind(number: int) -> int:
    """Return which of ten a feed is, so that each shape meets each of them."""
    return (number + number // len(_BY_NUMBER)) % 10


def _document(
    number: int, entries: list[_Entry], built: str = "Fri, 20 Nov 2026 08:00:00 +0600"
) -> bytes:
    shape = _BY_NUMBER[number % len(_BY_NUMBER)]
    if shape.is_atom:
        parts = "".join(_atom(entry) for entry in entries)
        head = f"<title>{number}</title><id>urn:x:{number}</id><rights>{built}</rights>"
        return f'<feed xmlns="http://www.w3.org/2005/Atom">{head}{parts}</feed>'.encode()
    parts = "".join(_rss(entry, shape) for entry in entries)
    head = (
        f"<title>{number}</title><link>https://paper{number}.example.org/</link>"
        f"<language>bn</language><lastBuildDate>{built}</lastBuildDate>"
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<channel>{head}{parts}</channel></rss>"
    ).encode()


def _atom(entry: _Entry) -> str:
    return (
        f'<entry><title><![CDATA[{entry.title}]]></title><link href="{entry.link}"/>'
        f"<id>{entry.link}</id><updated>{entry.published.isoformat()}</updated>"
        f"<author><name>নিজস্ব প্রতিবেদক</name></author>"
        f"<content><![CDATA[{entry.text}]]></content></entry>\n"
    )


def _rss(entry: _Entry, shape: _Shape) -> str:
    parts = [f"<title>{escape(entry.title)}</title>\n<link>{entry.link}</link>\n"]
    if shape.has_dates:
        parts.append(f"<pubDate>{format_datetime(entry.published)}</pubDate>\n")
    if shape.has_ids:
        parts.append(f'<guid isPermaLink="false">{entry.link}</guid>\n')
    if shape.write != "plain":
        category = _CATEGORIES[len(entry.title) % len(_CATEGORIES)]
        parts.append(f"<dc:creator>ডেস্ক</dc:creator>\n<category>{category}</category>\n")
    if shape.write == "article":
        summary = entry.text.partition("<figcaption>")[2].partition("</figcaption>")[0]
        parts.append(f"<description><![CDATA[{summary}]]></description>\n")
        parts.append(f"<content:encoded><![CDATA[{entry.text}]]></content:encoded>\n")
    elif entry.text:
        parts.append(f"<description><![CDATA[{entry.text}]]></description>\n")
    return f"<item>\n{''.join(parts)}</item>\n"


CORPORA = {
    "made": Corpus(lambda number: parse.feed(number, _MADE_ENTRIES), _made_next, "a tenth changed"),
    "real": Corpus(_real_first, _real_next, "next documents"),
}
