"""What is longer than an index of PostgreSQL holds, and what no text of it may have, is stored."""

from __future__ import annotations

import json

import pytest

from aggregator.models import Alias, AliasKind
from aggregator.store.store import Store
from tests.support.configurations import Make, source
from tests.support.loopback import Loopback, Page
from tests.support.passes import one_pass
from tests.support.texts import item, rss

pytestmark = pytest.mark.databases

# Of letters that repeat, PostgreSQL would compress even a long one into a row of an index. The
# longest that is published is of 1,000 letters, here of three bytes each.
_PUBLISHED_ID = "https://example.org/" + "".join(
    chr(0x0995 + number * number % 36) for number in range(980)
)
_LONG_ID = "tag:example.org,2026:" + "".join(f"{number:04x}" for number in range(0, 60_000, 40))
_LONG_LINK = "https://example.org/" + "".join(f"{number:04x}" for number in range(7, 60_000, 60))


def test_a_guid_of_6000_and_a_link_of_4000_characters_are_stored(
    web: Loopback, make_config: Make
) -> None:
    """They are known again, found by who asks for them, and published as they are."""
    assert len(_LONG_ID) > 6_000 and len(_LONG_LINK) > 4_000 and len(_PUBLISHED_ID) == 1_000
    config = make_config(source("a", f"{web.url}/a"))
    sent = item(1, guid=_LONG_ID, link=_LONG_LINK)
    other = item(2, guid=_PUBLISHED_ID)
    web.pages["/a"] = Page(rss([sent, other]))
    assert one_pass(config).sources[0].new == 2
    web.pages["/a"] = Page(rss([{**sent, "title": "পাঠাগারে নতুন বই"}, other]))
    report = one_pass(config).sources[0]
    assert (report.new, report.revised) == (0, 1)
    with Store.beside(config.store_url) as store, store.read() as unit:
        ids = {
            id_: unit.lookup.by_id(id_)
            for id_ in unit.entries.taken_ids([_PUBLISHED_ID, "ক" * 999])
        }
        assert ids == {_PUBLISHED_ID: unit.lookup.by_native_id(_PUBLISHED_ID)}
        found = unit.lookup.by_native_id(_LONG_ID)
        assert len(found) == 1
        own, _ = unit.lookup.aliases(found[0], "a")
        assert Alias(AliasKind.NATIVE, _LONG_ID) in own
    atom = (config.site.output / "bangla.atom").read_text(encoding="utf-8")
    assert f"<id>{_PUBLISHED_ID}</id>" in atom and _LONG_LINK in atom


def test_a_long_guid_of_several_entries_names_none(web: Loopback, make_config: Make) -> None:
    """An alias that is told to be ambiguous later is replaced under its hash, too."""
    config = make_config(source("a", f"{web.url}/a"))
    found = []
    for items in ([item(1, guid=_LONG_ID)], [item(number, guid=_LONG_ID) for number in (2, 3)]):
        web.pages["/a"] = Page(rss(items))
        one_pass(config)
        with Store.beside(config.store_url) as store, store.read() as unit:
            found.append(len(unit.lookup.by_native_id(_LONG_ID)))
    assert found == [1, 0]


@pytest.mark.parametrize("field", ["id", "url", "title", "content_html", "author", "tags"])
def test_a_nul_reaches_no_row(web: Loopback, make_config: Make, field: str) -> None:
    """JSON can say NUL; wherever it stands, the entry is stored without it, or rejected alone."""
    config = make_config(source("a", f"{web.url}/a"))
    sent: dict[str, object] = {
        "id": "tag:a,2026:1",
        "url": "https://example.org/1",
        "title": "ঘাটে বোয়ালের ছড়াছড়ি",
        "content_html": "<p>নদীতে পানি বেড়েছে।</p>",
    }
    other = {"id": "tag:a,2026:2", "url": "https://example.org/2", "title": "হাটে আগাম শিম"}
    with_nul = "ঘাটে\0মাছ"
    values = {
        "id": "tag:a,2026:1\0",
        "url": "https://example.org/1\0",
        "author": {"name": with_nul},
        "tags": [with_nul],
    }
    sent[field] = values.get(field, with_nul)
    body = {"version": "https://jsonfeed.org/version/1.1", "title": "ক", "items": [sent, other]}
    web.pages["/a"] = Page(json.dumps(body).encode(), content_type="application/feed+json")
    report = one_pass(config).sources[0]
    assert report.error == "" and report.new >= 1
    with Store.beside(config.store_url) as store, store.read() as unit:
        assert unit.lookup.by_title("হাটে আগাম শিম", 2)
