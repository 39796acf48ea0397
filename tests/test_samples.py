"""The main job over real feeds and a real page dump, where they are at hand."""

from __future__ import annotations

import shutil
from calendar import timegm
from datetime import timedelta
from pathlib import Path

import feedparser
import pytest

from aggregator.bengali.text import display
from tests.support.configurations import LOCAL, Make
from tests.support.loopback import Loopback, Page
from tests.support.passes import NOW, one_pass
from tests.support.published import plain_files, state_of
from tests.support.validity import check_site

pytestmark = pytest.mark.databases


def test_a_real_page_comes_out_to_the_letter(
    samples: Path, make_config: Make, tmp_path: Path
) -> None:
    """A real page is one entry: headline, six paragraphs, credit and inferred day; no sidebar."""
    (seed,) = (samples / "seeds").glob("*.txt")
    (tmp_path / "dumps").mkdir()
    shutil.copyfile(seed, tmp_path / "dumps" / seed.name)
    config = make_config('[[source]]\nname = "d"\ndump = "dumps/*.txt"\n')
    one_pass(config)
    lines = seed.read_text(encoding="utf-8").splitlines()
    for name in ("bangla.rss", "bangla.atom"):
        (entry,) = feedparser.parse((config.site.output / name).read_bytes()).entries
        assert entry.title == lines[0]
        assert entry.content[0].value == "".join(f"<p>{line}</p>" for line in lines[1:7])
        assert entry.author == "T.A.S"
        assert entry.published_parsed[:5] == (2024, 11, 28, 18, 0)
        body = (config.site.output / name).read_text(encoding="utf-8")
        assert not any(headline in body for headline in lines[8:])


@pytest.mark.long
def test_real_feeds_are_combined_and_read_back(
    samples: Path, make_config: Make, web: Loopback, tmp_path: Path
) -> None:
    """Every format is valid, agrees with the others, and a second pass touches nothing."""
    text = '[[feed]]\nname = "bangla"\nlimit = 1000\nlanguages = "*"\n'
    titles = set()
    for index, path in enumerate(sorted((samples / "samples" / "feeds").iterdir())):
        body = path.read_bytes()
        web.pages[f"/{index}"] = Page(body, content_type="text/xml")
        text += f'[[source]]\nname = "s{index}"\nfeed = "{web.url}/{index}"\n{LOCAL}'
        titles |= {entry.get("title", "") for entry in feedparser.parse(body).entries}
    text += '[[source]]\nname = "d"\ndump = "dumps/*.txt"\n'
    (tmp_path / "dumps").mkdir()
    for seed in (samples / "seeds").glob("*.txt"):
        shutil.copyfile(seed, tmp_path / "dumps" / seed.name)
    config = make_config(text)
    report = one_pass(config)
    assert not report.failed, report
    as_rss = feedparser.parse((config.site.output / "bangla.rss").read_bytes()).entries
    as_atom = feedparser.parse((config.site.output / "bangla.atom").read_bytes()).entries
    assert len(as_rss) == len(as_atom) == 1000
    shown = {display(" ".join(title.split())) for title in titles}
    for left, right in zip(as_rss, as_atom, strict=True):
        assert (left.id, left.title) == (right.id, right.title)
        assert left.published_parsed == right.published_parsed
        assert timegm(left.published_parsed) <= NOW.timestamp()
    unknown = [entry.title for entry in as_rss if entry.title not in shown]
    assert len(unknown) <= 1, unknown  # the page's own
    order = [entry.published_parsed for entry in as_rss]
    assert order == sorted(order, reverse=True)
    files = {path.name: path.read_bytes() for path in plain_files(config.site.output)}
    assert len(check_site(files, config.site.url)["bangla.rss"]) == 1000
    before = state_of(config.site.output)
    web.asked.clear()
    one_pass(config, now=NOW + timedelta(days=1))
    assert state_of(config.site.output) == before
    assert {status for _, status in web.asked} == {304}
