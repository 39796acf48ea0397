"""CPU an entry of reading feeds: ``python -m bench.parse``.

Makes feeds of Bengali entries of 4.5 KB (a quarter RSS with CDATA, a quarter escaped, half Atom),
reads them with each reader in turn, and prints the median of the ratios: feedparser with its
defaults, feedparser without its sanitising, ours (``strict``), ours with nh3, and fastfeedparser
where it is installed.
"""

from __future__ import annotations

import importlib
import random
import statistics
import sys
import time
from collections.abc import Callable
from html import escape
from importlib.metadata import version
from io import BytesIO

import feedparser

from aggregator import markup
from aggregator.models import ParsedEntry
from aggregator.parse.feed import parse

_FEEDS, _ENTRIES, _ROUNDS = 12, 40, 3
_SYLLABLES = (
    "কা খি গু ঘে চো ছা জি টা ঠি ডো ঢা তি থা দু ধা নি পা ফু বা ভি মা যে রা লো শি ষা সা হি ক্ষে ন্তা স্থি প্র".split()
)


def sentence(random_: random.Random) -> str:
    """Make one sentence of pseudo-Bengali."""
    words = (
        "".join(random_.choice(_SYLLABLES) for _ in range(random_.randint(1, 4)))
        for _ in range(random_.randint(8, 16))
    )
    return " ".join(words) + "।"


def entry_html(random_: random.Random) -> str:
    """Make a text of about 4.5 KB in UTF-8."""
    html, size = "", 0
    while size < 4400:
        paragraph = " ".join(sentence(random_) for _ in range(3))
        html += f'<p>{paragraph} <a href="https://example.org/{len(html)}">সূত্র</a></p>'
        size = len(html.encode())
    return html


def feed(number: int, entries: int = _ENTRIES) -> bytes:
    """Make one feed; the kind follows the number."""
    random_ = random.Random(number)
    kind = number % 4
    parts = []
    for index in range(entries):
        link = f"https://example.org/{number}/{index}"
        title, html = sentence(random_), entry_html(random_)
        time_ = f"2026-11-{1 + index % 20:02d}T{index % 24:02d}:15:00"
        if kind < 2:
            body = f"<![CDATA[{html}]]>" if kind == 0 else escape(html)
            parts.append(
                f"<item><title>{title}</title><link>{link}</link><guid>{link}</guid>"
                f"<pubDate>{_rfc822(time_)}</pubDate><description>{body}</description></item>"
            )
        else:
            parts.append(
                f'<entry><title>{title}</title><id>{link}</id><link href="{link}"/>'
                f"<updated>{time_}+06:00</updated><published>{time_}+06:00</published>"
                f'<content type="html">{escape(html)}</content></entry>'
            )
    if kind < 2:
        head = (
            f'<rss version="2.0"><channel><title>{number}</title><link>https://example.org/</link>'
        )
        return f"{head}{''.join(parts)}</channel></rss>".encode()
    head = (
        f'<feed xmlns="http://www.w3.org/2005/Atom"><title>{number}</title><id>urn:x:{number}</id>'
    )
    return f"{head}{''.join(parts)}</feed>".encode()


def _rfc822(iso: str) -> str:
    day = int(iso[8:10])
    return f"{day} Nov 2026 {iso[11:]} +0600"


def sanitised(body: bytes) -> None:
    """Read a feed and sanitise each entry, as the program does."""
    for entry in parse(body, "https://example.org/"):
        if isinstance(entry, ParsedEntry):
            markup.clean(entry.content_html or entry.summary_html, entry.link)


def main() -> None:
    """Measure in turn, and print the table."""
    feeds = [feed(number) for number in range(_FEEDS)]
    readers: dict[str, Callable[[bytes], object]] = {
        "feedparser, defaults": lambda body: feedparser.parse(BytesIO(body)),
        "feedparser, no sanitising": lambda body: feedparser.parse(
            BytesIO(body), sanitize_html=False, resolve_relative_uris=False
        ),
        "strict": lambda body: parse(body, "https://example.org/"),
        "strict and nh3": sanitised,
    }
    try:
        readers["fastfeedparser"] = importlib.import_module("fastfeedparser").parse
    except ModuleNotFoundError:
        sys.stdout.write("fastfeedparser is not installed and is left out\n")
    rounds: dict[str, list[float]] = {name: [] for name in readers}
    for _ in range(_ROUNDS):
        for name, reader in readers.items():
            start = time.process_time()
            for body in feeds:
                reader(body)
            rounds[name].append(time.process_time() - start)
    base = rounds["feedparser, defaults"]
    sys.stdout.write(
        f"Python {sys.version.split()[0]}, feedparser {version('feedparser')}, "
        f"lxml {version('lxml')}, nh3 {version('nh3')}\n\n"
        "| reader | µs of CPU an entry | times faster than feedparser |\n|---|---|---|\n"
    )
    for name, seconds in rounds.items():
        each = statistics.median(seconds) / (_FEEDS * _ENTRIES) * 1e6
        ratio = statistics.median(left / right for left, right in zip(base, seconds, strict=True))
        sys.stdout.write(f"| {name} | {each:.0f} | {ratio:.1f} |\n")


if __name__ == "__main__":
    main()
