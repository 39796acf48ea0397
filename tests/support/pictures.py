"""Pictures of the pages as a phone and a desktop show them, to be looked at: ``make pictures``.

Run as ``python -m tests.support.pictures FOLDER``. The pictures are of a made town's news, of a
site with everything that a page can have to show, and of the operator's page with every condition
of a source. ``readme.webp`` is the one of docs/front.webp.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from aggregator import config as configuration
from aggregator.models import Config
from aggregator.status.words import LANGUAGES
from tests.support.browser import Look, Scheme, Tab, chromium_in, tab_of
from tests.support.conditions import every_condition
from tests.support.news_site import ELSEWHERE, PAGES, SEARCHES, news_site, page_of, pages_named
from tests.support.passes import NOW
from tests.support.seen_pages import load_pictures, unfold
from tests.support.serving import serving
from tests.support.status_site import serving_status
from tests.support.town_site import TOWN_PICTURES, town_site

_LOOKS = {
    "phone": Look(width=390, height=844, scale=2),
    "desktop": Look(width=1440, height=900),
}
_SCHEMES: tuple[Scheme, ...] = ("light", "dark")
# As wide as GitHub shows a picture, drawn twice as fine; WebP has a third of a PNG's bytes.
_README = Look(width=1100, height=760, scale=1.5)

# Two more sources with a fault that another has.
_SHARING_A_FAULT = "".join(
    f'[[source]]\nname = "nowhere-{number}"\ntitle = "দূরের কাগজ {number}"\n'
    'feed = "http://no-such-host.invalid/"\nspacing = "0s"\n'
    for number in (1, 2)
)


def main(folder: Path) -> None:
    """Write the pictures: of the town's pages, of a site with everything, and of the status."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="pictures-") as name:
        scratch = Path(name)
        for part in ("chromium", "town", "everything", "status"):
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
            _take_status(tab, scratch / "status", folder)


def _take_status(tab: Tab, scratch: Path, folder: Path) -> None:
    """Take the operator's page in both languages, of sources in every condition."""
    path = scratch / "config.toml"

    def make(text: str) -> Config:
        path.write_text(f"{text}{_SHARING_A_FAULT}", encoding="utf-8")
        return configuration.load(path)

    with every_condition(make, scratch) as config, serving_status(config) as url:
        for language in LANGUAGES:
            file = folder / f"status-{language}"
            _take(tab, f"{url}/status?lang={language}", file)
            _take_whole(tab, f"{url}/status?lang={language}", file)


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
