"""Permanent ids: decided once, whatever a source does to its titles, addresses and guids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.identity import match
from aggregator.identity.ids import canonical_iri
from aggregator.models import (
    Alias,
    AliasKind,
    Changed,
    DateHow,
    Decision,
    Draft,
    KnownAliases,
    KnownEntry,
    Mention,
    New,
    Repeated,
)

pytestmark = pytest.mark.databases(quick=True)

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
DRAFT = Draft(
    source="a",
    native_id="https://example.org/1",
    link="https://example.org/1",
    url_key="https://example.org/1",
    text_key="t1",
    content_key="t1",
    title="শিরোনাম",
    title_key="শিরোনাম",
    summary="",
    content_html="",
    body_key="",
    authors=(),
    categories=(),
    language="bn",
    published=None,
    updated=None,
    date_how=DateHow.FIRST_SEEN,
    digest="d1",
)
KNOWN = KnownEntry(pk=7, id="urn:x:7", content_key="t1", published=NOW)


def decide(drafts: Sequence[Draft], memory: KnownAliases) -> list[Decision]:
    """Decide for a document of these entries."""
    document = [
        Mention(
            native_id=draft.native_id,
            url_key=draft.url_key,
            text_hash=draft.content_key,
            digest=f"{number}",
        )
        for number, draft in enumerate(drafts)
    ]
    return match.decide(
        document, {f"{number}": draft for number, draft in enumerate(drafts)}, memory, NOW
    )


def decide_one(draft: Draft, memory: KnownAliases) -> Decision:
    """Decide for a document of one entry."""
    (decision,) = decide([draft], memory)
    return decision


def test_a_source_s_own_iri_is_the_published_id() -> None:
    """A usable id is kept, so that readers who knew the source's feed know the entry."""
    decision = decide_one(DRAFT, KnownAliases())
    assert isinstance(decision, New)
    assert decision.id == "https://example.org/1"


def test_an_id_that_is_no_iri_or_is_taken_becomes_a_uuid() -> None:
    """A number, a bare UUID or another source's id cannot be published as it is."""
    bare = decide_one(replace(DRAFT, native_id="12345"), KnownAliases())
    stolen = decide_one(DRAFT, KnownAliases(taken_ids=frozenset({DRAFT.native_id})))
    assert isinstance(bare, New) and bare.id.startswith("urn:uuid:")
    assert isinstance(stolen, New) and stolen.id.startswith("urn:uuid:")


@pytest.mark.parametrize(
    ("sent", "published"),
    [
        ("https://example.org/1", "https://example.org/1"),
        ("HTTP://Example.ORG:80/News/1?A=b#C", "http://example.org/News/1?A=b#C"),
        ("https://example.org:8443", "https://example.org:8443/"),
        ("https://example.org/a/./b/../c/", "https://example.org/a/c/"),
        ("https://example.org/%e0%a6%96%7e%2f?q=%2b", "https://example.org/%E0%A6%96~%2F?q=%2B"),
        ("https://example.org/%E0%A7%9F", "https://example.org/%E0%A6%AF%E0%A6%BC"),
        ("https://example.org/%ff%fe", "https://example.org/%FF%FE"),
        ("https://example.org/খবর", "https://example.org/খবর"),
        ("TAG:example.org,2026:ক", "tag:example.org,2026:ক"),
        ("URN:isbn:0451450523", "urn:isbn:0451450523"),
    ],
)
def test_a_new_id_has_one_form(sent: str, published: str) -> None:
    """What a source sends as an id is published as validators and readers compare ids."""
    decision = decide_one(replace(DRAFT, native_id=sent), KnownAliases())
    assert isinstance(decision, New)
    assert decision.id == published
    assert canonical_iri(published) == published


def test_an_id_that_readers_know_keeps_its_form() -> None:
    """An entry that an older version published under another form is that entry still."""
    sent = "HTTPS://Example.org/1"
    known = replace(KNOWN, id=sent)
    memory = KnownAliases(own={Alias(AliasKind.NATIVE, sent): known})
    decision = decide_one(replace(DRAFT, native_id=sent, url_key=""), memory)
    assert isinstance(decision, Changed)
    assert decision.known.id == sent


def test_two_forms_of_one_id_are_one_id() -> None:
    """The second of two entries that differ by nothing else has an id of ours."""
    drafts = [
        replace(DRAFT, native_id=sent, url_key="", text_key="", content_key=sent)
        for sent in ("https://example.org/%7E1", "https://example.org/~1")
    ]
    ids = [decision.id for decision in decide(drafts, KnownAliases()) if isinstance(decision, New)]
    assert ids[0] == "https://example.org/~1" and ids[1].startswith("urn:uuid:")


@given(st.text(st.sampled_from("aA0%eEয়/.:?#~ক-"), max_size=16))
def test_the_canonical_form_is_its_own(rest: str) -> None:
    """Made twice it is the same, so that no later version renames what it finds."""
    once = canonical_iri(f"https://Example.org/{rest}")
    assert canonical_iri(once) == once


def test_a_made_id_depends_on_source_and_key_alone() -> None:
    """The same key of the same source gives the same id in any store; of another, another."""
    first = decide_one(replace(DRAFT, native_id="5", title="ক"), KnownAliases())
    again = decide_one(replace(DRAFT, native_id="5", title="খ", content_key="t2"), KnownAliases())
    other = decide_one(replace(DRAFT, native_id="5", source="b"), KnownAliases())
    assert isinstance(first, New) and isinstance(again, New) and isinstance(other, New)
    assert first.id == again.id != other.id


def test_each_alias_recognises_a_known_entry() -> None:
    """Own id, address or text: one that is known is enough."""
    for alias in match.aliases(DRAFT):
        decision = decide_one(DRAFT, KnownAliases(own={alias: KNOWN}))
        assert isinstance(decision, Changed)
        assert decision.known.id == "urn:x:7"


def test_only_changed_words_are_material() -> None:
    """A revision that changes no word moves no date."""
    memory = KnownAliases(own={Alias(AliasKind.NATIVE, DRAFT.native_id): KNOWN})
    same = decide_one(replace(DRAFT, digest="d2"), memory)
    changed = decide_one(replace(DRAFT, content_key="t2"), memory)
    assert isinstance(same, Changed) and not same.is_material
    assert isinstance(changed, Changed) and changed.is_material


def test_the_same_text_of_another_source_joins_its_story() -> None:
    """Syndicated text is another entry of one story; another source's own ids mean nothing."""
    text = Alias(AliasKind.TEXT, "t1")
    decision = decide_one(replace(DRAFT, source="b"), KnownAliases(foreign={text: KNOWN}))
    assert isinstance(decision, New)
    assert decision.same_text == (7,)


def test_one_entry_twice_in_a_document_is_one() -> None:
    """The second of two equal entries is a repetition."""
    decisions = decide([DRAFT, replace(DRAFT, native_id="b", url_key="")], KnownAliases())
    assert [type(decision) for decision in decisions] == [New, Repeated]


def test_an_id_that_a_document_gives_to_every_entry_names_none() -> None:
    """Where all entries carry one guid, their addresses tell them apart."""
    drafts = [
        replace(
            DRAFT,
            native_id="same",
            url_key=f"https://example.org/{n}",
            text_key="",
            content_key=f"c{n}",
        )
        for n in range(3)
    ]
    decisions = decide(drafts, KnownAliases())
    ids = {decision.id for decision in decisions if isinstance(decision, New)}
    assert len(ids) == 3


def test_an_address_that_a_document_gives_to_every_entry_names_none() -> None:
    """Where all links lead to one page, the guids tell the entries apart."""
    drafts = [replace(DRAFT, native_id=f"{n}", text_key="", content_key=f"c{n}") for n in range(3)]
    assert all(isinstance(one, New) for one in decide(drafts, KnownAliases()))
