"""A secret in a source's address stays in the configuration, whatever happens to the source."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from aggregator import urls
from aggregator.cli import commands
from aggregator.models import FetchState
from aggregator.store.store import Store
from tests.support.configurations import LOCAL, Make
from tests.support.loopback import Loopback, Page
from tests.support.passes import NOW, one_pass
from tests.support.texts import item, rss

MARK = "kept-from-everybody"
QUERY = f"id=7&api_key={MARK}"
PAGE = (
    '<!DOCTYPE html><html><head><link rel="alternate" type="application/rss+xml" '
    f'href="/good?{QUERY}"></head><body>নদী</body></html>'
).encode()


def served(web: Loopback) -> dict[str, str]:
    """Serve a source for each thing that can happen to one; return more keys of each, by path."""
    moved = {"Location": f"/good?{QUERY}"}
    web.pages |= {
        f"/good?{QUERY}": Page(rss([item(1, link=f"https://a.example/1?token={MARK}")])),
        f"/moved?{QUERY}": Page(status=301, headers=moved),
        f"/elsewhere?{QUERY}": Page(status=302, headers={"Location": f"ftp://x/?{QUERY}"}),
        f"/refused?{QUERY}": Page(status=403),
        f"/page?{QUERY}": Page(PAGE, content_type="text/html"),
        f"/discovered?{QUERY}": Page(PAGE, content_type="text/html"),
    }
    return {"good": "", "moved": "", "elsewhere": "", "refused": "", "page": "", "missing": ""} | {
        "discovered": "discover = true\n"
    }


def test_a_secret_of_an_address_is_in_no_file_log_or_answer(
    web: Loopback,
    make_config: Make,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Neither the store nor what is published, logged or explained has it; the server gets it.

    What an older version stored of it is written over.
    """
    text = '[[feed]]\nname = "all"\ntitle = "সব"\nlanguages = ["*"]\n'
    for name, more in served(web).items():
        address = f"{web.url}/{name}?{QUERY}".replace("http://", f"http://reader:{MARK}@")
        text += f'[[source]]\nname = "{name}"\nfeed = "{address}"\n{LOCAL}{more}'
    config = make_config(text)
    older = FetchState(
        config_fingerprint=f"{web.url}/good?{QUERY} None False",
        moved_to=f"{web.url}/good?{QUERY}",
        moved_polls=9,
    )
    with Store.open(config.store_url) as store, store.write() as unit:
        unit.sources.save_state("good", older)
    assert MARK.encode() in (tmp_path / "aggregator.db").read_bytes()
    reports = [one_pass(config, now=NOW + timedelta(days=number)) for number in range(5)]
    monkeypatch.chdir(tmp_path)
    answers = [
        CliRunner().invoke(commands, arguments, prog_name="aggregator").output
        for arguments in (["explain"], ["explain", "পাঠাগার"])
    ]
    assert [path for path, status in web.asked if path == f"/good?{QUERY}" and status == 200]
    assert web.headers[0]["authorization"].startswith("Basic ")
    assert {source.source for source in reports[-1].sources if source.error} == {
        *("elsewhere", "refused", "page", "missing")
    }
    assert MARK not in repr(reports) + caplog.text + "".join(answers)
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "config.toml"]
    assert len(files) > 5
    assert [path.name for path in files if MARK.encode() in path.read_bytes()] == []


def test_a_moved_address_with_a_secret_is_asked_anew_at_each_poll(
    web: Loopback, make_config: Make
) -> None:
    """What is not remembered is had from the source's own address, which stays as it is."""
    served(web)
    config = make_config(f'[[source]]\nname = "moved"\nfeed = "{web.url}/moved?{QUERY}"\n{LOCAL}')
    for number in range(5):
        assert not one_pass(config, now=NOW + timedelta(hours=number)).failed
    assert [status for path, status in web.asked if path.startswith("/moved")] == [301] * 5
    assert [status for path, status in web.asked if path.startswith("/good")] == [200, *[304] * 4]


@pytest.mark.parametrize("query", ["%74oken", "api%5Fkey", "page=2;token", "a=1;%50ASSWORD"])
def test_a_secret_is_found_however_its_name_is_written(query: str) -> None:
    """A server reads an escaped name, and one behind a semicolon, as it reads any other."""
    address = f"https://a.example/feed?id=7&{query}={MARK}"
    assert urls.has_secret(address)
    assert urls.publishable(address) == "https://a.example/feed?id=7"
