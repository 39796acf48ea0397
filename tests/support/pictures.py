"""Pictures of the pages as a phone and a desktop show them, to be looked at: ``make pictures``.

Run as ``python -m tests.support.pictures FOLDER``. The pictures are of a made town's news, and of a
site with everything that a page can have to show. ``readme.webp`` is the one of docs/front.webp.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from tests.support.browser import Look, Scheme, Tab, chromium_in, tab_of
from tests.support.news_site import ELSEWHERE, PAGES, SEARCHES, news_site, page_of, pages_named
from tests.support.passes import NOW
from tests.support.seen_pages import load_pictures, unfold
from tests.support.serving import serving
from tests.support.town_site import TOWN_PICTURES, town_site

_LOOKS = {
    "phone": Look(width=390, height=844, scale=2),
    "desktop": Look(width=1440, height=900),
}
_SCHEMES: tuple[Scheme, ...] = ("light", "dark")
# As wide as GitHub shows a picture, drawn twice as fine; WebP has a third of a PNG's bytes.
_README = Look(width=1100, height=760, scale=1.5)


def main(folder: Path) -> None:
    """Write the pictures: of the town's pages, and of those of a site with everything."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="pictures-") as name:
        scratch = Path(name)
        for part in ("chromium", "town", "everything"):
            (scratch / part).mkdir()
        town = town_site(scratch / "town", NOW)
        everything = news_site(scratch / "everything")
        with (
            chromium_in(scratch / "chromium") as browser,
            tab_of(browser, {**ELSEWHERE, **TOWN_PICTURES}) as tab,
        ):
            for config, prefix in ((town, ""), (everything, "everything-")):
                with serving(config.site.output, config=config) as server:
                    for page in (*PAGES, *SEARCHES):
                        if page in PAGES and not pages_named(config.site.output, page):
                            continue  # the town is new, and has no older pages yet
                        file = folder / f"{prefix}{page.replace(' ', '-')}"
                        url = f"{server.url}/{page_of(config.site.output, page)}"
                        _take(tab, url, file)
                        if config is everything:
                            _take_whole(tab, url, file)
                    if config is town:
                        tab.show(_README)
                        tab.open(f"{server.url}/")
                        load_pictures(tab)
                        (folder / "readme.webp").write_bytes(tab.picture(form="webp"))


def _take(tab: Tab, url: str, file: Path) -> None:
    """Take what is seen first of a page, in each look."""
    for device, look in _LOOKS.items():
        for scheme in _SCHEMES:
            tab.show(replace(look, scheme=scheme))
            tab.open(url)
            load_pictures(tab)
            Path(f"{file}-{device}-{scheme}.png").write_bytes(tab.picture())


def _take_whole(tab: Tab, url: str, file: Path) -> None:
    """Take a page unfolded, from top to bottom."""
    for device, look in _LOOKS.items():
        tab.show(replace(look, scale=1))
        tab.open(url)
        unfold(tab)
        load_pictures(tab)
        Path(f"{file}-{device}-whole.png").write_bytes(tab.picture(is_whole=True))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
