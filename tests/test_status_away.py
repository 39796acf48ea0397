"""What the operator is shown where the store does not answer: what is wrong, and what is served."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from aggregator import config as configuration
from aggregator.server.status_desk import StatusDesk
from tests.support.deadlines import HUNG_SECONDS
from tests.support.passes import NOW, one_pass
from tests.support.status_site import serving_status
from tests.support.texts import PAGE
from tests.support.workers import written

_REST = (
    '[site]\ntitle = "খবর"\n[[source]]\nname = "d"\ndump = "dumps/*.txt"\n'
    '[[feed]]\nname = "bangla"\ntitle = "সব খবর"\n'
)


def site(folder: Path) -> Path:
    """Publish a site from a file, and return its configuration."""
    path = written(folder, "sqlite:///aggregator.db", _REST)
    (folder / "dumps").mkdir()
    (folder / "dumps" / "page.txt").write_text(PAGE, encoding="utf-8")
    one_pass(configuration.load(path))
    return path


def test_where_postgresql_is_stopped_the_page_says_so(tmp_path: Path) -> None:
    """In both languages and as JSON, with 503, what is wrong, since when, and what is served."""
    site(tmp_path)
    url = f"postgresql://postgres:geheim@/postgres?host={tmp_path}"
    config = configuration.load(written(tmp_path, url, _REST))
    with serving_status(config, NOW) as address:
        bengali = requests.get(f"{address}/status", timeout=HUNG_SECONDS)
        english = requests.get(f"{address}/status?lang=en", timeout=HUNG_SECONDS)
        told = requests.get(f"{address}/status.json", timeout=HUNG_SECONDS)
        measured = requests.get(f"{address}/metrics", timeout=HUNG_SECONDS)
    assert {each.status_code for each in (bengali, english, told, measured)} == {503}
    assert bengali.headers["Content-Type"] == "text/html; charset=utf-8"
    assert int(bengali.headers["Retry-After"]) > 0
    for text in ("ভাণ্ডার সাড়া দিচ্ছে না", "২০২৬-১১-২৪ ১২:০০", "সব খবর", "bangla.rss", "খোঁজা এখন বন্ধ"):
        assert text in bengali.text
    assert "The store does not answer" in english.text and "cannot be used" in english.text
    answer = json.loads(told.text)
    assert answer["since"] == NOW.isoformat() and answer["answered"] is None
    assert "bangla.rss" in answer["feeds"][0]["files"]
    assert "geheim" not in bengali.text + told.text + measured.text


def test_it_is_known_since_when_the_store_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is when it was first found so, until it answers again."""
    monkeypatch.setattr("aggregator.server.status_desk._KEPT_SECONDS", -1.0)
    path = site(tmp_path)
    now = [NOW]
    url = configuration.load(path).store_url
    desk = StatusDesk(path, url, lambda: now[0])
    assert desk.answer("/status.json", "bn").status == 200
    store = tmp_path / "aggregator.db"
    for minutes in (1, 2):
        now[0] = NOW + timedelta(minutes=minutes)
        store.rename(tmp_path / "away.db") if minutes == 1 else None
        found = json.loads(desk.answer("/status.json", "bn").body)
        assert found["since"] == (NOW + timedelta(minutes=1)).isoformat()
        assert found["answered"] == NOW.isoformat()
    (tmp_path / "away.db").rename(store)
    assert desk.answer("/status.json", "bn").status == 200
    now[0] = NOW + timedelta(minutes=9)
    store.rename(tmp_path / "away.db")
    found = json.loads(desk.answer("/status.json", "bn").body)
    assert found["since"] == now[0].isoformat()
    desk.close()
