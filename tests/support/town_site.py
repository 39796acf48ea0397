"""A site of the news town's stories, with pictures, topics and several tellings of one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from html import escape
from pathlib import Path
from random import Random

from aggregator import config as configuration
from aggregator.models import Config, Media, MediaRole, ParsedEntry
from aggregator.pipeline.index_texts import index_texts
from aggregator.store.store import Store
from tests.support.arrivals import Arrivals
from town.grammar import story
from town.papers import Form, papers

# As many as a page for people is measured with; some more are told, as some are told twice.
ENTRIES = 200
_STORIES = ENTRIES + 20
_MINUTES_APART = 8
_PAPERS = {paper.name: paper.title for paper in papers() if paper.form is not Form.DUMP}
_SIDES = (1200, 675)
# Of each kind of news in the town's grammar, what papers file it under; no picture of some.
_TOPICS = {
    "fire": "সারাদেশ", "bridge": "সারাদেশ", "harvest": "অর্থনীতি", "road": "সারাদেশ",
    "school": "শিক্ষা", "flood": "আবহাওয়া", "match": "খেলা", "market": "অর্থনীতি",
    "library": "শিক্ষা", "erosion": "সারাদেশ", "health": "স্বাস্থ্য", "fair": "সংস্কৃতি",
    "power": "জাতীয়",
}  # fmt: skip
_WITHOUT_PICTURE = ("market", "power", "health")
# The skies and the lands of made pictures.
_COLOURS = (("#e9c9a0", "#7c4a2d"), ("#b9d3df", "#3f6a54"), ("#d9d3c1", "#5d6b3a"))


def _address(number: int) -> str:
    """Return where the picture of a story is: an address that nobody can guess, as papers have."""
    code = sha256(str(number).encode()).hexdigest()[:32]
    return f"https://images.chobi.example/2026-11/{code}/photo.jpg"


def _picture(number: int) -> bytes:
    """Return a made picture: a sky, a sun and a bank of a river, different for each story."""
    random = Random(number)
    sky, land = _COLOURS[number % len(_COLOURS)]
    x, y, bank = (random.randrange(*bounds) for bounds in ((100, 1100), (80, 300), (330, 480)))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_SIDES[0]}" height="{_SIDES[1]}">'
        f'<rect width="100%" height="100%" fill="{sky}"/>'
        f'<circle cx="{x}" cy="{y}" r="60" fill="#fff6dd"/>'
        f'<path d="M0 {bank} Q 400 {bank - 90} 1200 {bank + 60} V 675 H 0 Z" fill="{land}"/></svg>'
    ).encode()


# What the server of the town's pictures answers.
TOWN_PICTURES: Mapping[str, bytes] = {
    _address(number): _picture(number) for number in range(_STORIES)
}


def town_site(folder: Path, now: datetime, title: str = "মহল্লার খবর") -> Config:
    """Publish the town's news of a day within an empty folder; return the configuration."""
    path = folder / "config.toml"
    path.write_text(
        f'[site]\ntitle = "{title}"\n'
        f'[[feed]]\nname = "bangla"\ntitle = "সব খবর"\nlimit = {ENTRIES}\n'
        '[[feed]]\nname = "shirsho"\ntitle = "শীর্ষ খবর"\norder = "top"\nmin_sources = 2\n'
        'events = "merge"\n'
        '[[feed]]\nname = "bishoy"\ntitle = "বিষয় অনুযায়ী"\nsplit_by = "topic"\n'
        + "".join(
            f'[[source]]\nname = "{name}"\ntitle = "{title}"\nfeed = "https://{name}.example/rss"\n'
            for name, title in _PAPERS.items()
        ),
        encoding="utf-8",
    )
    sent: dict[str, list[ParsedEntry]] = {paper: [] for paper in _PAPERS}
    random = Random("town site")
    for number in range(_STORIES):
        # Half of all is told by one paper, some by up to five, in the words of one of two desks.
        for paper in random.sample(list(_PAPERS), random.choice((1, 1, 1, 2, 3, 5))):
            moment = now - timedelta(minutes=number * _MINUTES_APART + random.randrange(60))
            sent[paper].append(_told(number, paper, random.randrange(2), moment))
    arrivals = Arrivals(configuration.load(path), now=now)
    arrivals.arrive(*sent.items())
    arrivals.publish()
    with Store.open(arrivals.config.store_url) as store:
        index_texts(arrivals.run(store))
    return arrivals.config


def _told(number: int, paper: str, wording: int, moment: datetime) -> ParsedEntry:
    """Return a story as one paper has it."""
    happened = story(1, number)
    telling = happened.tellings[wording]
    code = sha256(f"{paper} {number}".encode()).hexdigest()[:10]
    address = f"https://www.{paper}.example/bangladesh/{code}"
    picture = Media(
        url=_address(number),
        role=MediaRole.PICTURE,
        width=_SIDES[0],
        height=_SIDES[1],
        alt=telling.headline,
    )
    return ParsedEntry(
        native_id=address,
        link=address,
        title_html=escape(telling.headline),
        content_html="".join(f"<p>{escape(paragraph)}</p>" for paragraph in telling.paragraphs),
        published=moment.isoformat(),
        categories=(_TOPICS[happened.kind],),
        media=() if happened.kind in _WITHOUT_PICTURE else (picture,),
    )
