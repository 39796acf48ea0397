"""What is made in a quick way is what the plain way makes."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from aggregator import markup, urls
from aggregator.models import Document, Draft, ParsedEntry, Source
from aggregator.normalise import draft as normalise
from aggregator.normalise.sent import shown_names
from aggregator.publish import rendered
from aggregator.store import schema, sqlite
from aggregator.store.decided import text_row
from aggregator.store.sql import insert
from aggregator.store.statements import Bulk
from aggregator.store.store import Store
from aggregator.store.unit import UnitOfWork
from tests.support.configurations import Make, source
from tests.support.loopback import Loopback, Page
from tests.support.passes import NOW, one_pass
from tests.support.texts import item, rss

pytestmark = pytest.mark.databases

LINKS = st.sampled_from(
    [
        "https://khobor.example/news/1",
        "https://www.khobor.example/news/1/?utm_source=rss",
        "http://khobor.example/",
        "https://khobor.example/খবর/১?token=x&id=7",
        "https://me:word@khobor.example/amp/index.html",
        "https://খবর.example/ক",
        "https://khobor.example/" + "ক" * 2_000,
        "https://[::1/",
        "tag:khobor.example,2026:1",
        "",
    ]
)


def tidied(text: str) -> str:
    """Return a text with its white space made single, line by line."""
    for space in "\t\r\f\v\u00a0":
        text = text.replace(space, " ")
    while "  " in text:
        text = text.replace("  ", " ")
    if "\n" not in text:
        return text.strip()
    lines = (line.strip(" ") for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


@given(st.text(alphabet=" \n\t\r\u00a0\u2003কখa."))
def test_white_space_is_made_single(text: str) -> None:
    """A text without markup is the same but for its white space."""
    assert markup.plain(text) == (tidied(text), False)


@given(st.lists(LINKS, max_size=9))
def test_a_link_is_read_once_and_means_what_it_did(links: list[str]) -> None:
    """Whatever links were read before it, and however often it was."""
    a, document = (
        Source(name="a", title=""),
        Document(source="a", url="https://a.example/", body=b"", content_type="", acquired=NOW),
    )
    for link in links:
        parsed = ParsedEntry(title_html="নদীর পানি বাড়ছে", link=link)
        mention = normalise.mention(parsed, a)
        draft = normalise.draft(parsed, mention, a, document)
        assert isinstance(draft, Draft)
        try:
            shown = urls.publishable(urls.encode(link)) if urls.is_web(link) else ""
        except ValueError:
            shown = ""
        canonical = urls.canonical(shown)
        key = "" if urls.is_front_page(canonical) else canonical
        assert (draft.link, draft.url_key, mention.url_key) == (shown, key, key)


@given(
    st.lists(
        st.lists(st.sampled_from(["রহিমা", " রহিমা ", "<b>করিম</b>", "", "ক&amp;খ", "নদী " * 200]))
    )
)
def test_names_are_shown_as_each_is_by_itself(lists: list[list[str]]) -> None:
    """Whatever lists of names were read before."""
    for names in lists:
        each = [shown for name in names for shown in shown_names((name,))]
        assert shown_names(tuple(names)) == tuple(dict.fromkeys(each))


@pytest.mark.sqlite
def test_rows_are_written_as_sqlalchemy_writes_them(tmp_path: Path) -> None:
    """Lists, truth values and bytes, each in the form in which it lies in the store."""
    a = Source(name="a", title="")
    document = Document(
        source="a", url="https://a.example/", body=b"", content_type="", acquired=NOW
    )
    parsed = ParsedEntry(
        title_html="ক", content_html="<p>খ\ufffd</p>", authors=("রহিমা", "Karim"), categories=("x",)
    )
    draft = normalise.draft(parsed, normalise.mention(parsed, a), a, document)
    assert isinstance(draft, Draft)
    made = text_row(1, draft)
    table = schema.entry_text
    stored = []
    for name in ("bulk", "sqlalchemy"):
        Store.open(f"sqlite:///{tmp_path}/{name}.db").close()
        engine = sqlite.engine(f"sqlite:///{tmp_path}/{name}.db")
        with engine.begin() as connection:
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            if name == "bulk":
                Bulk(insert(table)).run(connection, [made])
            else:
                connection.execute(sa.insert(table), [made])
            raw = connection.exec_driver_sql("SELECT * FROM entry_text")
            stored.append([(*row, *map(type, row)) for row in raw])
            connection.rollback()
        engine.dispose()
    assert stored[0] == stored[1]


def test_every_file_of_the_program_is_looked_at(tmp_path: Path) -> None:
    """In whatever folder of it, with its size and its time; what is compiled of it is not."""
    for name in ("a.py", "b.txt", "c/d.jinja", "c/e/f.css", "c/__pycache__/f.pyc"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    walked = [
        (str(path), path.stat().st_size, path.stat().st_mtime_ns)
        for folder, _, names in os.walk(tmp_path)
        for path in (Path(folder, name) for name in names)
        if path.suffix in (".py", ".jinja", ".css", ".svg")
    ]
    assert sorted(rendered._files_in(str(tmp_path))) == sorted(walked)  # noqa: SLF001 - ours
    assert len(walked) == 3


def test_sources_without_news_share_a_commit(
    web: Loopback, make_config: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty of them take three at most, and each is remembered as asked.

    One more is how often all are asked together, which is found anew each hour.
    """
    for number in range(20):
        web.pages[f"/{number}"] = Page(rss([item(number)]))
    config = make_config("".join(source(f"s{n}", f"{web.url}/{n}") for n in range(20)))
    one_pass(config, now=NOW)
    writes: list[int] = []
    write: Any = Store.write

    def counted(store: Store) -> AbstractContextManager[UnitOfWork]:
        writes.append(1)
        entered: AbstractContextManager[UnitOfWork] = write(store)
        return entered

    monkeypatch.setattr(Store, "write", counted)
    later = NOW + timedelta(days=1)
    assert {report.outcome for report in one_pass(config, now=later).sources} == {"not modified"}
    assert len(writes) <= 3 + 1
    with Store.open(config.store_url) as store, store.read() as unit:
        assert {state.checked for state in unit.sources.states().values()} == {later}
