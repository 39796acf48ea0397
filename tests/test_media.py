"""The files beside an entry: read from every form, kept as what they are, and never news."""

from __future__ import annotations

import json
import sqlite3
import time
import tracemalloc
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import StoreError
from aggregator.models import Config, Media, MediaRole, ParsedEntry, main_picture
from aggregator.normalise.media import kept_media
from aggregator.parse import html as parse_html
from aggregator.parse.records import fields as record_fields
from aggregator.pictures import picture_key
from aggregator.public_addresses import names_public_host
from aggregator.store.columns import naming_faults
from aggregator.store.media_rows import media_from_values, media_values
from tests.support.configurations import Make, source
from tests.support.deadlines import SLOW_CPU_SECONDS
from tests.support.loopback import Loopback, Page
from tests.support.passes import NOW, one_pass
from tests.support.texts import BODY, item, rss
from tests.test_feed_formats import atom_of, item_of, json_entry, only
from tests.test_html import page

SITE = "https://kagoj.example"
PICTURE = MediaRole.PICTURE


def picture(name: str, **said: object) -> Media:
    """Return a picture of the site."""
    return Media(url=f"{SITE}/{name}", role=PICTURE, **said)  # type: ignore[arg-type]  # a test names what it sets


def kept(*media: Media, html: str = "", base: str = SITE) -> tuple[Media, ...]:
    """Return which files of an entry are kept."""
    return kept_media(ParsedEntry(media=media), base, html)


# --- Reading -------------------------------------------------------------------------------------


def test_media_rss_says_what_a_picture_shows() -> None:
    """The title of each file stays with it, as text, and the entry's default comes first."""
    (first, second, small) = only(
        item_of(
            "<title>ক</title><description>খ</description><media:group>"
            "<media:content url='/1.jpg' medium='image' type='image/jpeg'>"
            "<media:title>৫ &lt; ৭</media:title></media:content>"
            "<media:content url='/2' medium='image' isDefault='true' width='800' height='600'>"
            "<media:description type='html'>&lt;b&gt;নদীর&lt;/b&gt; ঘাট</media:description>"
            "<media:thumbnail url='/3.jpg'/></media:content></media:group>"
        )
    ).media
    assert (first.url, first.alt) == ("https://example.org/2", "নদীর ঘাট")
    assert (first.width, first.height, first.role) == (800, 600, PICTURE)
    assert (second.url, second.alt, second.type) == (
        "https://example.org/1.jpg",
        "৫ < ৭",
        "image/jpeg",
    )
    assert small.role is MediaRole.THUMBNAIL


def test_what_is_said_of_files_within_files_is_read_once() -> None:
    """A title that holds a file has its text, too: a hundred do not take a hundred times."""
    depth, text = 100, "নদীর ঘাট " * 50_000
    nested = "".join(f"<media:content url='/{number}.jpg'><media:title>" for number in range(depth))
    tracemalloc.start()
    entry = only(
        item_of(
            f"<title>ক</title><description>খ</description><author>ক</author>"
            f"<pubDate>Thu, 26 Nov 2026 10:00:00 +0600</pubDate>{nested}{text}"
            f"{'</media:title></media:content>' * depth}"
            f"<media:credit>{'<b>' * depth}{text}{'</b>' * depth}</media:credit>"
        )
    )
    _, most_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(entry.media) == depth
    assert sum(len(each.alt) + len(each.credit) for each in entry.media) < len(text)
    assert most_bytes < 20 * len(text.encode())


def test_a_podcast_has_its_sound_its_length_and_its_picture() -> None:
    """What iTunes says of an episode is said of its sound."""
    sound, cover = only(
        item_of(
            "<title>ক</title><enclosure url='/1.mp3?x=1' type='audio/mpeg' length='12345'/>"
            "<itunes:duration>1:02:03</itunes:duration><itunes:image href='/1.png'/>"
        )
    ).media
    assert (sound.role, sound.length_bytes, sound.duration_seconds) == (
        MediaRole.SOUND,
        12345,
        3723,
    )
    assert (cover.role, cover.type) == (PICTURE, "image/png")


def test_enclosures_of_atom_and_attachments_of_json_are_read() -> None:
    """Each says the type, the length and what it is called."""
    link = "<link rel='enclosure' href='/a.mp3' type='audio/mpeg' length='9' title='গান'/>"
    (sound,) = only(atom_of(link)).media
    assert (sound.url, sound.type, sound.length_bytes, sound.alt) == (
        *("https://example.org/a.mp3", "audio/mpeg"),
        *(9, "গান"),
    )
    attachment = {
        "url": "/a.mp3",
        "mime_type": "audio/mpeg",
        "title": "গান",
        "size_in_bytes": 9,
        "duration_in_seconds": 65.5,
    }
    item: dict[str, object] = {"image": "/1.jpg", "banner_image": "/2.jpg"}
    media = json_entry({**item, "attachments": [attachment, 7, {}]}).media
    assert [each.url.rpartition("/")[2] for each in media] == ["1.jpg", "2.jpg", "a.mp3"]
    assert (media[2].length_bytes, media[2].duration_seconds, media[2].alt) == (9, 65, "গান")


@pytest.mark.parametrize(
    ("said", "role", "type_"),
    [
        ("url='/a' type='image/webp'", PICTURE, "image/webp"),
        ("url='/a.jpg?x=1.mp3'", PICTURE, "image/jpeg"),
        ("url='/a.JPEG' type=''", PICTURE, "image/jpeg"),
        ("url='/a' type='AUDIO/MPEG; q=1'", MediaRole.SOUND, "audio/mpeg"),
        ("url='/a.mp4' type='text/html'", MediaRole.VIDEO, "video/mp4"),
        ("url='/a.pdf'", MediaRole.FILE, "application/pdf"),
        ("url='/a' type='no type'", MediaRole.FILE, ""),
    ],
)
def test_what_a_file_is_is_told_by_its_type_else_by_its_name(
    said: str, role: MediaRole, type_: str
) -> None:
    """A type that is none, or a page's, counts for nothing."""
    (media,) = only(item_of(f"<title>ক</title><enclosure {said}/>")).media
    assert (media.role, media.type) == (role, type_)


@pytest.mark.parametrize(
    "head",
    [
        f'<meta property="og:image" content="{SITE}/1.jpg">'
        '<meta property="og:image:alt" content="নদীর &quot;ঘাট&quot;">'
        '<meta property="og:image:width" content="1200">'
        '<meta property="og:image:height" content="630">',
        '<script type="application/ld+json">'
        + json.dumps(
            {
                "@type": "NewsArticle",
                "image": {
                    "url": f"{SITE}/1.jpg",
                    "width": 1200,
                    "height": 630,
                    "caption": 'নদীর "ঘাট"',
                },
            }
        )
        + "</script>",
    ],
    ids=["OpenGraph", "JSON-LD"],
)
def test_a_page_names_its_picture(head: str) -> None:
    """With what it shows and its size, and the text shows it with that."""
    entry = parse_html.parse(page(f"<title>নদীর ঘাটে মেলা</title>{head}").encode(), f"{SITE}/1")
    assert isinstance(entry, ParsedEntry)
    assert entry.media == (
        picture("1.jpg", type="image/jpeg", width=1200, height=630, alt='নদীর "ঘাট"'),
    )
    assert 'alt="নদীর &quot;ঘাট&quot;"' in entry.content_html


@pytest.mark.parametrize(
    ("record", "names"),
    [
        ({"Image_URL": f"{SITE}/1.jpg", "Image_Caption": "ঘাট"}, ["1.jpg"]),
        ({"image": {"url": f"{SITE}/1.jpg", "alt": "ঘাট"}}, ["1.jpg"]),
        ({"images": [f"{SITE}/1.jpg", f"{SITE}/2.jpg"]}, ["1.jpg", "2.jpg"]),
        ({"thumbnail": f"{SITE}/1.jpg", "audio": f"{SITE}/2.mp3"}, ["1.jpg", "2.mp3"]),
        ({"image": 275095}, []),
        ({"image": "ছবি নেই"}, []),
    ],
)
def test_a_record_may_have_pictures_and_a_sound(
    record: dict[str, object], names: list[str]
) -> None:
    """By the names that collections give them; what is no address is no file."""
    (entry,) = record_fields.parse({"title": "ক", "content": BODY[0], **record}, {})
    assert isinstance(entry, ParsedEntry)
    assert [media.url.rpartition("/")[2] for media in entry.media] == names
    has_caption = "Image_Caption" in record or isinstance(record.get("image"), dict)
    assert [media.alt for media in entry.media] == (["ঘাট"] if has_caption else [""] * len(names))


# --- What is kept --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:image/png;base64,AAAA",
        "file:///etc/passwd",
        "http://127.0.0.1/1.jpg",
        "http://192.168.1.1/reboot",
        "http://2130706433/1.jpg",
        "http://router.local/1.jpg",
        "http://localhost:8000/1.jpg",
        "http://10.0.0.%31/1.jpg",
        "http://10%2e0.0.1%2e/1.jpg",
        "http://a.localhos%74/1.jpg",
        "http://１０。0.0.1/1.jpg",
        f"{SITE}/1.jpg?token=abc",
        "https://me:word@kagoj.example/1.jpg",
        f"{SITE}/{'a' * 2_000}.jpg",
        "http://[x]/1.jpg",
        "",
    ],
)
def test_a_file_that_nobody_may_fetch_is_refused(url: str) -> None:
    """Another scheme, a private host, a secret, an endless address."""
    assert kept(Media(url=url, role=PICTURE)) == ()


@pytest.mark.parametrize(("width", "height"), [(1, 1), (0, 0), (1, None), (None, 1)])
def test_a_picture_of_one_pixel_counts_readers(width: int | None, height: int | None) -> None:
    """It is refused, be it sent beside the text or in it."""
    assert kept(picture("1.gif", width=width, height=height)) == ()
    html = f'<p>নদী</p><img src="{SITE}/1.gif" width="1" height="1"><img src="{SITE}/2.jpg">'
    assert kept(html=html) == (picture("2.jpg"),)


@pytest.mark.parametrize(
    "sizes",
    [
        (picture("a.jpg?w=280", width=280), picture("a.jpg", width=1600, height=1130)),
        (picture("a-300x200.jpg", width=300, height=200), picture("a.jpg")),
        (picture("a.jpg?w=280"), picture("a.jpg?w=1200")),
        (picture("a.jpg", width=300), picture("a.jpg", width=900)),
    ],
)
def test_a_picture_in_several_sizes_is_one_in_the_best(sizes: Sequence[Media]) -> None:
    """In whatever order they are sent; what is said of any of them is said of it."""
    small, best = sizes
    for first, second in ((small, best), (best, small)):
        (one,) = kept(first, second)
        assert (one.url, one.width) == (best.url, best.width)
    said = Media(url=small.url, role=MediaRole.THUMBNAIL, alt="ঘাট", credit="করিম")
    (one,) = kept(said, best)
    assert (one.url, one.role, one.alt, one.credit) == (best.url, PICTURE, "ঘাট", "করিম")


def test_two_pictures_are_two() -> None:
    """What chooses a picture in an address is no size."""
    urls = ("a.jpg", "b.jpg", "image?id=1", "image?id=2", "image?id=2&w=9", "a-1.jpg")
    assert len({picture_key(f"{SITE}/{url}") for url in urls}) == len(urls) - 1


def test_the_first_picture_of_the_text_stands_where_none_was_sent() -> None:
    """With its size and what it shows, also one that a page loads late."""
    html = (
        f'<p>ক</p><img src="{SITE}/1.jpg" alt="ঘাট &amp; নদী" width="600"><img src="{SITE}/2.jpg">'
    )
    assert kept(html=html) == (picture("1.jpg", alt="ঘাট & নদী", width=600),)
    sound = Media(url=f"{SITE}/1.mp3", role=MediaRole.SOUND)
    assert kept(sound, html=html)[1].url == f"{SITE}/1.jpg"
    (sent,) = kept(picture("3.jpg"), html=html)
    assert sent == picture("3.jpg")
    (same,) = kept(picture("1.jpg"), html=html)
    assert (same.alt, same.width) == ("ঘাট & নদী", 600)


@pytest.mark.parametrize("is_escaped", [False, True])
def test_a_picture_of_a_summary_stands_where_text_and_files_have_none(is_escaped: bool) -> None:
    """A summary is shown as plain text beside a text, so its picture would be nowhere."""
    summary = '<p>নদী</p><img src="/1.gif" width=1><img src="../2.jpg" alt="ঘাট">'
    summary = escape(summary) if is_escaped else summary
    without = ParsedEntry(summary_html=summary, content_html="<p>নদীর ঘাট</p>")
    shown = f'<img src="{SITE}/3.jpg">'
    page_of_entry = f"{SITE}/news/1"
    assert kept_media(without, page_of_entry, "<p>নদীর ঘাট</p>") == (picture("2.jpg", alt="ঘাট"),)
    assert kept_media(without, page_of_entry, shown) == (picture("3.jpg"),)
    sent = replace(without, media=(picture("4.jpg"),))
    assert kept_media(sent, page_of_entry, "") == (picture("4.jpg"),)


def test_files_are_bounded_in_number_and_what_is_said_in_length() -> None:
    """A source that sends a thousand pictures, or a book about one, has not all of it kept."""
    assert len(kept(*(picture(f"{number}.jpg") for number in range(1_000)))) == 30
    started_s = time.thread_time()
    assert len(kept(*(picture(f"{number}.jpg") for number in range(100_000)))) == 30
    assert kept(picture("x" * 10_000_000)) == ()
    assert kept(picture("1.jpg", alt="নদী " * 1_000_000))[0].alt
    assert time.thread_time() - started_s < SLOW_CPU_SECONDS  # few of them are looked at
    (one,) = kept(picture("1.jpg", alt="নদীর ঘাট " * 200))
    assert len(one.alt) <= 300


@given(st.lists(st.text(st.sampled_from("abw-0123x.?=&/%ক৫:#@[]"), max_size=20), max_size=6))
def test_what_is_kept_is_kept_again_as_it_is(names: list[str]) -> None:
    """Keeping is done once and for all, and every address can be published."""
    once = kept(*(picture(name, alt=name) for name in names))
    assert kept(*once) == once
    for media in once:
        assert media.url.isascii() and names_public_host(media.url)


def test_the_picture_of_an_entry_is_its_first_and_a_thumbnail_if_there_is_no_other() -> None:
    """A sound is no picture."""
    sound = Media(url=f"{SITE}/1.mp3", role=MediaRole.SOUND)
    small = Media(url=f"{SITE}/2.jpg", role=MediaRole.THUMBNAIL)
    assert main_picture((sound,)) is None
    assert main_picture((sound, small)) == small
    assert main_picture((small, picture("1.jpg"), picture("3.jpg"))) == picture("1.jpg")


# --- Storing -------------------------------------------------------------------------------------


def test_a_file_is_stored_as_it_is() -> None:
    """What is known of it comes back, and what is not is not written."""
    media = (
        picture("1.jpg", type="image/jpeg", width=3, height=2, alt="ঘাট", credit="করিম"),
        Media(url=f"{SITE}/a", role=MediaRole.SOUND, length_bytes=9, duration_seconds=5),
        Media(url=f"{SITE}/b", role=MediaRole.FILE),
    )
    values = json.loads(json.dumps(media_values(media)))
    assert media_from_values(values) == media
    assert values[2] == {"url": f"{SITE}/b", "role": "file"}


@pytest.mark.parametrize(
    "values", [None, "x", {}, [1], [{}], [{"url": "u"}], [{"url": "u", "role": "x"}]]
)
def test_a_damaged_column_is_damage_of_its_row(values: object) -> None:
    """It is told as such, and never shown as something else."""
    read = naming_faults(media_from_values)
    with pytest.raises(StoreError):
        read(values)


def stored(config: Config) -> list[tuple[str, int, list[dict[str, object]]]]:
    """Return the content key, the time of update and the files of every entry in the store."""
    with closing(sqlite3.connect(config.store_url.removeprefix("sqlite:///"))) as database:
        rows = database.execute(
            "SELECT content_key, updated_unix, media FROM entry JOIN entry_text USING (pk)"
        )
        return [(key, updated, json.loads(media)) for key, updated, media in rows]


def feed(url: str) -> bytes:
    """Return a feed of one entry with a picture."""
    body = rss([item(1)])
    return body.replace(b"</item>", f'<enclosure url="{url}" type="image/jpeg"/></item>'.encode())


def test_a_new_picture_is_stored_and_updates_nothing(web: Loopback, make_config: Make) -> None:
    """It is a change that is not material: ``updated`` stays, and the picture is the new one."""
    config = make_config(source("a", f"{web.url}/a"))
    seen, words = [], set()
    for hours, url in enumerate((f"{SITE}/1.jpg", f"{SITE}/1.jpg", f"{SITE}/2.jpg")):
        web.pages["/a"] = Page(feed(url))
        (report,) = one_pass(config, now=NOW + timedelta(hours=hours)).sources
        seen.append((report.new, report.revised, report.refreshed))
        ((key, updated, media),) = stored(config)
        words.add((key, updated))
        assert [each["url"] for each in media] == [url]
    assert seen == [(1, 0, 0), (0, 0, 0), (0, 0, 1)]
    assert len(words) == 1


def test_an_entry_of_an_older_store_has_its_picture_when_its_feed_changes(
    web: Loopback, make_config: Make
) -> None:
    """What an older version knew of items does not hold, so all are read once more."""
    config = make_config(source("a", f"{web.url}/a"))
    web.pages["/a"] = Page(feed(f"{SITE}/1.jpg"))
    one_pass(config)
    before = stored(config)
    path = config.store_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as database, database:  # as an older version left it
        database.execute("UPDATE entry_text SET media = '[]'")
        database.execute("UPDATE digest SET digest = 'old' || digest")
        database.execute("UPDATE known_items SET context = 'old'")
    web.pages["/a"] = Page(feed(f"{SITE}/1.jpg").replace(b"</title>", b"</title><ttl>5</ttl>", 1))
    (report,) = one_pass(config, now=NOW + timedelta(hours=1)).sources
    assert (report.new, report.revised, report.refreshed) == (0, 0, 1)
    assert stored(config) == before
