"""What each format says of an entry's files, its paper, its rights and its language."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import feedparser
import pytest
from lxml import etree, html

from aggregator.models import Entry, FeedView, Media, MediaRole, Source, StoryPicture
from aggregator.publish import atom, jsonfeed, rss
from aggregator.publish.pages.feed_page import PAGE
from aggregator.stories.picture import picture_of_story
from tests.support.configurations import SITE, Make, source
from tests.support.loopback import Loopback, Page
from tests.support.passes import one_pass
from tests.support.texts import BODY, TITLE, item
from tests.support.texts import rss as rss_of
from tests.support.validity import MEDIA, check_atom, check_json, check_rss
from tests.test_publish import BARE, ENTRY, view

HOME = "https://a.example"
PICTURE = Media(
    url=f"{HOME}/1.jpg",
    role=MediaRole.PICTURE,
    type="image/jpeg",
    width=1200,
    height=630,
    alt="নদীর <ঘাট> & নৌকা",
    credit="করিম",
)
SOUND = Media(
    url=f"{HOME}/1.mp3",
    role=MediaRole.SOUND,
    type="audio/mpeg",
    length_bytes=12345,
    duration_seconds=65,
    alt="ঘাটের গান",
)
SHOWING = '<p>নদী</p><img src="https://a.example/1.jpg?w=600" alt="">'


def with_media(*media: Media, **changes: Any) -> Entry:
    """Return an entry with files."""
    return replace(ENTRY, media=media, **changes)


def rss_item(entry: Entry) -> etree._Element:
    """Return the item of an entry in RSS, which is valid."""
    body = rss.FORMAT.render(view(entry))
    assert check_rss(body) == [entry.id]
    found = etree.fromstring(body).find("channel/item")
    assert found is not None
    return found


def atom_entry(entry: Entry) -> etree._Element:
    """Return the entry in Atom, which is valid."""
    body = atom.FORMAT.render(view(entry))
    assert check_atom(body) == [entry.id]
    found = etree.fromstring(body).find("{*}entry")
    assert found is not None
    return found


def json_item(entry: Entry) -> dict[str, Any]:
    """Return the item of an entry in JSON Feed, which is valid."""
    body = jsonfeed.FORMAT.render(view(entry))
    assert check_json(body) == [entry.id]
    (found,) = json.loads(body)["items"]
    return dict(found)


def article(entry: Entry) -> Any:
    """Return the article of an entry on the page."""
    return html.fromstring(PAGE.render(view(entry)).decode()).find(".//article")


def enclosures(entry: Entry) -> list[dict[str, str]]:
    """Return the attributes of the enclosures of an entry in Atom."""
    links = atom_entry(entry).findall("{*}link")
    found = (link for link in links if link.get("rel") == "enclosure")
    return [attributes(link) for link in found]


def attributes(element: etree._Element) -> dict[str, str]:
    """Return the attributes of an element."""
    return {str(name): str(value) for name, value in element.items()}


# --- Files ---------------------------------------------------------------------------------------


def test_rss_names_every_file_and_one_that_all_readers_know() -> None:
    """Media RSS has all that is known; the enclosure is the sound, which nothing else plays."""
    found = rss_item(with_media(PICTURE, SOUND))
    (enclosure,) = found.findall("enclosure")
    assert attributes(enclosure) == {"url": SOUND.url, "length": "12345", "type": "audio/mpeg"}
    picture, sound = found.findall(f"{MEDIA}content")
    assert attributes(picture) == {
        "url": PICTURE.url,
        "type": "image/jpeg",
        "medium": "image",
        "width": "1200",
        "height": "630",
    }
    assert picture.findtext(f"{MEDIA}title") == "নদীর <ঘাট> & নৌকা"
    assert picture.findtext(f"{MEDIA}credit") == "করিম"
    assert (sound.get("fileSize"), sound.get("duration")) == ("12345", "65")
    assert found.find(f"{MEDIA}group") is None


def test_atom_links_to_every_file() -> None:
    """With its type, its length and what it shows (RFC 4287 §4.2.7)."""
    assert enclosures(with_media(PICTURE, SOUND)) == [
        {
            "rel": "enclosure",
            "href": SOUND.url,
            "type": "audio/mpeg",
            "length": "12345",
            "title": "ঘাটের গান",
        },
        {"rel": "enclosure", "href": PICTURE.url, "type": "image/jpeg", "title": PICTURE.alt},
    ]


@pytest.mark.parametrize("media", [(PICTURE, SOUND), (SOUND, PICTURE), (PICTURE,)])
def test_readers_that_know_one_file_have_the_same_of_rss_and_atom(media: tuple[Media, ...]) -> None:
    """It is the enclosure of RSS, and the first of Atom."""
    (enclosure,) = rss_item(with_media(*media)).findall("enclosure")
    assert enclosures(with_media(*media))[0]["href"] == enclosure.get("url")


def test_json_has_the_picture_and_the_other_files() -> None:
    """The picture is the item's image, and what has a type is attached."""
    typeless = replace(SOUND, url=f"{HOME}/2", type="")
    found = json_item(with_media(SOUND, PICTURE, typeless))
    assert found["image"] == PICTURE.url
    assert found["_image"] == {"alt": PICTURE.alt, "credit": "করিম", "width": 1200, "height": 630}
    assert found["attachments"] == [
        {
            "url": SOUND.url,
            "mime_type": "audio/mpeg",
            "title": "ঘাটের গান",
            "size_in_bytes": 12345,
            "duration_in_seconds": 65,
        }
    ]


def test_the_page_shows_the_picture_and_leads_to_the_sound() -> None:
    """The picture loads late, tells nobody which page it stands on, and says what it shows."""
    found = article(with_media(PICTURE, SOUND))
    (image,) = found.iter("img")
    assert dict(image.attrib) == {
        "src": PICTURE.url,
        "alt": PICTURE.alt,
        "width": "160",
        "height": "84",
        "loading": "lazy",
        "decoding": "async",
        "referrerpolicy": "no-referrer",
    }
    assert found.xpath("string(.//*[@class='credit'])") == "ছবি: করিম"
    (sound,) = found.xpath(f".//a[@href='{SOUND.url}']")
    assert sound.text == "শুনুন: ঘাটের গান"


def test_what_a_text_shows_is_not_shown_again_beside_it() -> None:
    """It is named as what stands for the entry, in whatever size the text has it."""
    entry = with_media(PICTURE, content_html=SHOWING)
    found = rss_item(entry)
    assert found.find("enclosure") is None and found.find(f"{MEDIA}content") is None
    (thumbnail,) = found.findall(f"{MEDIA}thumbnail")
    assert thumbnail.get("url") == PICTURE.url
    assert enclosures(entry) == []
    assert json_item(entry)["image"] == PICTURE.url
    assert "attachments" not in json_item(entry)
    assert len(list(article(entry).iter("img"))) == 1


def test_a_picture_that_a_text_only_leads_to_is_shown_beside_it() -> None:
    """A link to it, or a picture whose address begins with its own, shows nothing of it."""
    for markup in (f'<a href="{PICTURE.url}">ছবি</a>', f'<img src="{PICTURE.url}.png" alt="">'):
        entry = with_media(PICTURE, content_html=f"<p>নদী {markup}</p>")
        assert [link["href"] for link in enclosures(entry)] == [PICTURE.url]


@pytest.mark.parametrize(
    ("media", "url", "length"),
    [
        ((PICTURE,), PICTURE.url, "0"),
        ((PICTURE, replace(PICTURE, url=f"{HOME}/2.png", length_bytes=9)), f"{HOME}/2.png", "9"),
        ((PICTURE, replace(SOUND, length_bytes=None)), SOUND.url, "0"),
        ((replace(PICTURE, type=""),), None, None),
    ],
)
def test_the_enclosure_is_what_is_played_then_what_has_a_length(
    media: tuple[Media, ...], url: str | None, length: str | None
) -> None:
    """A length that nobody knows is 0, and what has no type is no enclosure."""
    enclosure = rss_item(with_media(*media)).find("enclosure")
    found = (None, None) if enclosure is None else (enclosure.get("url"), enclosure.get("length"))
    assert found == (url, length)


def test_readers_read_the_title_of_an_entry_and_not_of_its_picture() -> None:
    """What Media RSS says of a file changes no word of the entry that a reader shows."""
    entry = with_media(PICTURE, SOUND, summary="ঘাটে মেলা বসেছে।")
    for output in (rss.FORMAT, atom.FORMAT):
        (read,) = feedparser.parse(output.render(view(entry))).entries
        assert (read.title, read.summary) == (entry.title, entry.summary)
        assert SOUND.url in [enclosure.href for enclosure in read.enclosures]


# --- The picture of a story ----------------------------------------------------------------------

SMALL = replace(PICTURE, url="https://b.example/s.jpg", width=280, height=None, credit="")
OTHER = replace(ENTRY, source="d", media=(PICTURE,))


@pytest.mark.parametrize(
    ("own", "others", "expected"),
    [
        ((), (), None),
        ((PICTURE,), ((SMALL,),), None),
        ((SOUND,), ((PICTURE,),), 0),
        ((), ((), (SMALL,), (PICTURE,)), 2),
        ((), ((PICTURE,), (replace(PICTURE, width=4000),)), 0),
        ((SMALL,), ((PICTURE,),), 0),
        ((SMALL,), ((replace(PICTURE, width=None),),), 0),
        ((replace(PICTURE, width=None),), ((PICTURE,),), None),
        ((replace(SMALL, width=None, role=MediaRole.THUMBNAIL),), ((SMALL,),), 0),
        ((SMALL,), ((replace(SMALL, url="https://c.example/s.jpg"),),), None),
    ],
)
def test_a_story_is_shown_with_the_best_picture(
    own: tuple[Media, ...], others: tuple[tuple[Media, ...], ...], expected: int | None
) -> None:
    """Its own unless that is too small; of those that are wide enough the first in order."""
    entries = [
        replace(ENTRY, source=f"s{at}", media=media, id=f"urn:x:{at}")
        for at, media in enumerate(others)
    ]
    picture = picture_of_story(with_media(*own), entries)
    if expected is None:
        assert picture is None
    else:
        assert picture == StoryPicture(media=others[expected][0], source=f"s{expected}")


def test_a_picture_of_another_paper_is_shown_as_its_own() -> None:
    """Every format names the paper, or the photographer where that is said."""
    borrowed = replace(PICTURE, credit="")
    entry = replace(ENTRY, picture=StoryPicture(media=borrowed, source="d"))
    content = rss_item(entry).find(f"{MEDIA}content")
    assert content is not None
    assert (content.get("url"), content.findtext(f"{MEDIA}credit")) == (PICTURE.url, "পাতা")
    assert json_item(entry)["_image"]["credit"] == "পাতা"
    assert article(entry).xpath("string(.//*[@class='credit'])") == "ছবি: পাতা"
    assert [link["href"] for link in enclosures(entry)] == [PICTURE.url]
    credited = replace(entry, picture=StoryPicture(media=PICTURE, source="d"))
    assert article(credited).xpath("string(.//*[@class='credit'])") == "ছবি: করিম"


def test_a_picture_that_is_refused_credits_nobody() -> None:
    """Its paper does not stand beside the entry's own picture, which is shown in its place."""
    program = replace(PICTURE, url="javascript:a()", credit="")
    own = replace(PICTURE, credit="")
    entry = with_media(own, picture=StoryPicture(media=program, source="d"))
    assert json_item(entry)["image"] == own.url
    assert "credit" not in json_item(entry)["_image"]
    assert article(entry).find(".//*[@class='credit']") is None


def test_a_story_of_two_papers_is_published_with_the_picture_of_one(
    web: Loopback, make_config: Make
) -> None:
    """The fuller text has none; what its copy has is shown, and whose it is."""
    text = " ".join(BODY)
    full = item(1, title=TITLE, description=f"<p>{text} {text}</p>")
    copy = item(2, title=TITLE, description=f"<p>{text}</p>")
    web.pages["/a"] = Page(rss_of([full]))
    web.pages["/b"] = Page(
        rss_of([copy]).replace(
            b"</item>", b'<enclosure url="https://b.example/1.jpg" type="image/jpeg"/></item>'
        )
    )
    config = make_config(
        source("a", f"{web.url}/a")
        + 'title = "ক"\n'
        + source("b", f"{web.url}/b")
        + 'title = "খ"\n'
    )
    one_pass(config)
    body = (config.site.output / "bangla.json").read_bytes()
    (shown,) = json.loads(body)["items"]
    assert shown["image"] == "https://b.example/1.jpg"
    assert shown["_image"] == {"credit": "খ"}
    assert shown["_source"]["title"] == "ক"


# --- The paper, rights and language --------------------------------------------------------------


def test_atom_names_the_paper_by_its_front_page_and_its_feed() -> None:
    """The source has what RFC 4287 §4.2.11 asks for, and where the paper is."""
    found = atom_entry(ENTRY).find("{*}source")
    assert found is not None
    links = [(link.get("rel"), link.get("href")) for link in found.findall("{*}link")]
    assert links == [("alternate", f"{HOME}/"), ("self", f"{HOME}/feed")]


def view_of_private(entry: Entry) -> FeedView:
    """Return a feed of an entry whose source is asked within a network of one's own."""
    sources = {"a": Source(name="a", title="এ পত্রিকা", feed="http://192.168.1.7:8080/rss")}
    return replace(view(entry), sources=sources)


@pytest.mark.parametrize("link", ["http://localhost/1", "http://10.0.0.1/1", ""])
def test_no_address_of_a_paper_is_private(link: str) -> None:
    """Readers are not told how a paper is asked within a network of ours."""
    shown = view_of_private(replace(ENTRY, link=link))
    found = etree.fromstring(atom.FORMAT.render(shown)).find("{*}entry/{*}source")
    assert found is not None and found.find("{*}link") is None
    assert b"<source" not in rss.FORMAT.render(shown)
    (only,) = json.loads(jsonfeed.FORMAT.render(shown))["items"]
    assert only["_source"] == {"title": "এ পত্রিকা"}


def test_rss_names_the_paper_of_a_dump_too() -> None:
    """It has no feed, so its front page stands where RSS wants an address."""
    found = rss_item(replace(ENTRY, source="d")).find("source")
    assert found is not None
    assert (found.get("url"), found.text) == (f"{HOME}/", "পাতা")
    assert rss_item(BARE).find("source") is None


def test_json_shows_the_paper_beside_who_signed_an_entry() -> None:
    """Its readers know no source, so the paper is the last of the authors."""
    paper = {"name": "এ পত্রিকা", "url": f"{HOME}/"}
    assert json_item(ENTRY)["authors"] == [{"name": "রহিমা & করিম"}, paper]
    assert json_item(replace(ENTRY, authors=()))["authors"] == [paper]
    assert json_item(replace(ENTRY, authors=("এ পত্রিকা",)))["authors"] == [paper]
    assert json_item(ENTRY)["_source"] == {
        "title": "এ পত্রিকা",
        "url": f"{HOME}/",
        "feed_url": f"{HOME}/feed",
    }


def test_rights_are_carried_by_every_feed() -> None:
    """As the source said them of the entry; without any there is nothing."""
    entry = replace(ENTRY, rights="© এ পত্রিকা, ২০২৬")
    assert atom_entry(entry).findtext("{*}rights") == entry.rights
    assert rss_item(entry).findtext("{http://purl.org/dc/elements/1.1/}rights") == entry.rights
    assert json_item(entry)["_rights"] == entry.rights
    assert atom_entry(ENTRY).find("{*}rights") is None


@pytest.mark.parametrize(
    ("language", "shown"), [("bn", None), ("as", "as"), ("en", "en"), ("und", None)]
)
def test_an_entry_in_another_language_says_so(language: str, shown: str | None) -> None:
    """Atom by ``xml:lang``, the page by ``lang``; what is not known is left out (BCP 47 §4.1)."""
    entry = replace(ENTRY, language=language)
    assert atom_entry(entry).get("{http://www.w3.org/XML/1998/namespace}lang") == shown
    assert article(entry).get("lang") == shown


@pytest.mark.parametrize(
    ("changes", "summary", "content"),
    [
        ({"summary": "", "content_html": ""}, ENTRY.title, None),
        ({"content_html": ""}, ENTRY.summary, None),
        ({"summary": "", "content_html": "", "link": ""}, None, "নদী"),
        ({}, ENTRY.summary, "নৌকা"),
    ],
)
def test_no_entry_of_atom_is_without_words(
    changes: dict[str, str], summary: str | None, content: str | None
) -> None:
    """Without content there is a summary; without a link, content (RFC 4287 §4.1.2, §4.1.1.1)."""
    found = atom_entry(replace(ENTRY, **changes))  # type: ignore[arg-type]  # texts alone
    assert found.findtext("{*}summary") == summary
    shown = found.findtext("{*}content")
    assert (shown is None) == (content is None)
    assert content is None or content in (shown or "")


def test_what_is_shown_depends_on_the_site_s_language() -> None:
    """An entry in the language of the site says nothing."""
    shown = replace(view(replace(ENTRY, language="as")), site=replace(SITE, language="as"))
    assert b"xml:lang" not in atom.FORMAT.render(shown).partition(b"<entry")[2]
