"""Images are published with the address that a page's script would have given them."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator import lazy_images, markup
from tests.support.deadlines import SLOW_CPU_SECONDS

PAGE = "https://kagoj.example/2026/1"
EMPTY = "data:image/gif;base64,R0lGODlhAQABAAAAACw="
SITE = "https://kagoj.example"


def sources(html: str) -> list[str]:
    """Return the addresses of all images of markup as it is published, one an image."""
    clean = markup.clean(html, PAGE)
    found = re.findall(r'<img src="([^"]+)"', clean)
    assert len(found) == clean.count("<img"), clean
    return found


@pytest.mark.parametrize(
    "image",
    [
        f'<img src="{EMPTY}" data-src="/a.jpg">',
        '<img src="/lazy.gif" data-src="/a.jpg" alt="নদী">',
        "<IMG class='lazyload' data-src='/a.jpg' />",
        '<img data-lazy-src="/a.jpg" src="/1x1.png">',
        '<img data-original="/a.jpg">',
        '<img src="" data-lazy="/a.jpg">',
        f'<img data-srcset="{SITE}/b.jpg 300w, {SITE}/a.jpg 900w" src="{EMPTY}">',
        f'<img srcset="{SITE}/b.jpg, {SITE}/a.jpg 2x">',
        '<picture><source srcset="/a.jpg"><img alt="নদী"></picture>',
        '<picture><source data-srcset="/a.jpg 1x"><img class="lazy" src="/grey.gif"></picture>',
        '<img src="/a.jpg" data-original="true" srcset="/b.jpg 100w">',
        '<img src="/a.jpg" data-src="{{photo.url}}">',
        f'<img src="/a.jpg" srcset="{EMPTY}" data-lazy-src="/a.jpg">',
    ],
)
def test_an_image_has_its_real_address(image: str) -> None:
    """Whatever attribute holds it, and never a placeholder or a template."""
    assert sources(f"<p>নদীর ঘাট</p>{image}") == [f"{SITE}/a.jpg"]


@pytest.mark.parametrize(
    "twins",
    [
        f'<img class="lazy" src="{EMPTY}"><noscript><img src="/a.jpg"></noscript>',
        '<img class="lazy" src="/grey.gif"> <noscript>\n<img src="/a.jpg"></noscript>',
        '<img data-src="/a.jpg"><noscript><img src="/a.jpg"></noscript>',
        '<noscript><img src="/a.jpg"></noscript><img data-src="/a.jpg" src="/grey.gif">',
        f'<noscript><img src="/a.jpg"></noscript><img class="lazy" src="{EMPTY}">',
        '<a href="/x"><img class="lazy"></a><noscript><a><img src="/a.jpg"></a></noscript>',
        '<img src="/a.jpg"><noscript><img height="1" width="1" src="https://t.example/p"></noscript>',
    ],
)
def test_an_image_stands_once_beside_its_twin(twins: str) -> None:
    """``noscript`` repeats the image for those without scripts; one of the two is shown."""
    assert sources(f"<p>ঘাটের ছবি</p>{twins}<p>শেষ</p>") == [f"{SITE}/a.jpg"]


def test_images_that_are_no_twins_stay() -> None:
    """Words between them, or two whole addresses, make two images; words of noscript are words."""
    apart = '<img class="lazy" src="/grey.gif">একটি<noscript><img src="/a.jpg"></noscript>'
    assert sources(apart) == [f"{SITE}/grey.gif", f"{SITE}/a.jpg"]
    whole = '<img src="/b.jpg"><noscript><img src="/a.jpg"></noscript>'
    assert sources(whole) == [f"{SITE}/b.jpg", f"{SITE}/a.jpg"]
    assert markup.clean("<noscript><p>নদীর কথা</p></noscript>", "") == "<p>নদীর কথা</p>"


@pytest.mark.parametrize(
    "image",
    ["<img>", '<img alt="নদী > ঘাট">', '<img src="">', f'<img src="{EMPTY}" alt="x">',
     '<img data-src="javascript:alert(1)">', "<img src='about:blank'>"],
)  # fmt: skip
def test_an_image_without_an_address_is_left_out(image: str) -> None:
    """Nobody would see it, and an empty address would be the page's own."""
    assert markup.clean(f"<p>নদীর ঘাট</p>{image}", PAGE) == "<p>নদীর ঘাট</p>"
    assert markup.clean(f"<p>নদীর ঘাট</p>{image}", "") == "<p>নদীর ঘাট</p>"


def test_an_image_that_is_whole_keeps_its_bytes() -> None:
    """What another part of the text holds changes nothing in an image that needs no change."""
    image = '<img alt="" src="https://kagoj.example/a.jpg">'
    assert image in markup.clean(f'<p data-id="7">নদী</p>{image}<noscript>কথা</noscript>', PAGE)


def test_the_real_address_is_sanitised_like_any() -> None:
    """What a page's own attribute says is no safer than ``src``."""
    for value in (
        "javascript:alert(1)//a.b",
        "x.y&quot; onerror=&quot;a()",
        'data:text/html,<b>/."',
    ):
        clean = markup.clean(f"<img data-src='{value}'>", PAGE)
        assert "onerror=" not in clean.replace("%22", "").replace("&quot;", "").split('"')[-1]
        assert not re.search(r'src="(?!https://kagoj\.example/)', clean)


@given(
    st.lists(
        st.sampled_from(
            ['<img src="/a.jpg">', '<img data-src="/b.jpg">', "<img class=lazy>", "<noscript>",
             '<img class="lazy" src="/g.gif">', "</noscript>", "<picture>", "</picture>", "<img>",
             '<source srcset="/c.jpg 2x">', "কথা ", "<p>", "</p>"]
        ),
        max_size=12,
    )
)  # fmt: skip
def test_no_words_are_lost_with_an_image(parts: list[str]) -> None:
    """However elements are nested, each image has an address and every word stays."""
    html = "".join(parts)
    sources(html)
    assert markup.clean(html, PAGE).count("কথা") == html.count("কথা")


@pytest.mark.parametrize(
    "hostile",
    ["<img " * 100_000, "<img a='" * 60_000, "<noscript>" * 50_000,
     '<img data-src="' + "." * 500_000,
     "<img srcset='" + "a.b " * 120_000 + "'>", "<img data-src=" + "." * 500_000 + "{>",
     "<img class=lazy src=x.y><noscript>" * 15_000],
    ids=range(7),
)  # fmt: skip
def test_no_markup_holds_it_for_long(hostile: str) -> None:
    """Half a megabyte that is made to be slow takes a moment."""
    start = time.process_time()
    lazy_images.with_real_addresses(hostile + "data-")
    assert time.process_time() - start < SLOW_CPU_SECONDS
