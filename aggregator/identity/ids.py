"""Published ids (RFC 4287 §4.2.6): the source's own where it can be published, else one we make."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Set
from urllib.parse import quote, unquote_to_bytes
from uuid import UUID, uuid5

from aggregator.models import Alias, AliasKind, Draft

# A random version-4 UUID, made once for this project: the namespace of its version-5 ids.
_NAMESPACE = UUID("6a7c1f0e-95d4-4f0b-8f3a-2d1d9c0be7a4")
# What can be published: an absolute IRI (RFC 3987) of a scheme made to identify things, with whole
# escapes.
_PART = r"(?:[^\s<>\"{}|\\^`%]|%[0-9A-Fa-f]{2})"
_IRI = re.compile(
    rf"(?:https?://[^\s<>\"{{}}|\\^`/?#%\[\]@]+(?:[/?#]{_PART}*)?"
    rf"|urn:[a-z0-9][a-z0-9-]{{1,31}}:{_PART}+|tag:[^\s,:]+,[0-9-]+:{_PART}+)",
    re.IGNORECASE,
)
_VERSION_5_UUID = re.compile("urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5", re.IGNORECASE)
_MAX_IRI_CHARACTERS = 1000
_SITE = re.compile("(https?)://([^/?#:]+)(?::([0-9]*))?([^?#]*)(.*)", re.IGNORECASE | re.DOTALL)
_DEFAULT_PORTS = {"http": "80", "https": "443"}
_ESCAPES = re.compile("(?:%[0-9A-Fa-f]{2})+")


def own_id(draft: Draft) -> str:
    """Return the source's own id in its canonical form; empty where it cannot be published.

    Our ids are version-5 UUIDs, so a source's own version-5 UUID could be another entry's.
    """
    return usable_iri(draft.native_id)


def usable_iri(native_id: str) -> str:
    """Return the canonical form of an id that a source gave; empty where it cannot be published."""
    is_usable = (
        len(native_id) <= _MAX_IRI_CHARACTERS
        and _IRI.fullmatch(native_id)
        and not _VERSION_5_UUID.match(native_id)
    )
    return canonical_iri(native_id) if is_usable else ""


def canonical_iri(iri: str) -> str:
    """Return the form of an IRI that readers may compare letter by letter (RFC 4287 §4.2.6.1).

    Scheme and host are in small letters, a default port and dots in the path are left out, escapes
    stand where they must and in capitals, and all is in NFC, within escapes as well.

    >>> canonical_iri("HTTPS://Kagoj.Example:443/%e0%a6%95/../%7Ea")
    'https://kagoj.example/~a'
    >>> canonical_iri("https://kagoj.example/%E0%A6%AF%E0%A6%BC")
    'https://kagoj.example/%E0%A6%AF%E0%A6%BC'
    >>> canonical_iri("https://kagoj.example/%e0%a7%9f") == canonical_iri(
    ...     "https://kagoj.example/%E0%A6%AF%E0%A6%BC"
    ... )
    True
    """
    iri = unicodedata.normalize("NFC", _ESCAPES.sub(_as_must_be, iri))
    if site := _SITE.fullmatch(iri):
        scheme, host, port, path, rest = site.groups()
        scheme = scheme.lower()
        shown_port = f":{port}" if port and port != _DEFAULT_PORTS[scheme] else ""
        return f"{scheme}://{host.lower()}{shown_port}{_without_dots(path) or '/'}{rest}"
    scheme, _, rest = iri.partition(":")
    return f"{scheme.lower()}:{rest}"


def published_id(draft: Draft, founding: Alias, taken: Set[str]) -> str:
    """Decide a published id: the source's own if nobody has it, else one made of an alias.

    ``founding`` is the entry's strongest alias, ``taken`` are the ids that other entries have.
    """
    own = own_id(draft)
    if own and own not in taken and founding == Alias(AliasKind.NATIVE, draft.native_id):
        return own
    return next(
        id_ for id_ in made_ids(draft.source, founding, draft.content_key) if id_ not in taken
    )


def made_ids(source: str, founding: Alias, content_key: str) -> Iterator[str]:
    """Yield the ids that are made for an entry, without end: the first that nobody has is its."""
    made = uuid5(_NAMESPACE, f"{source}\n{founding.kind} {founding.value}")
    while True:
        yield made.urn
        made = uuid5(made, content_key)


def _as_must_be(escapes: re.Match[str]) -> str:
    """Return escaped bytes with no more of them escaped than must be; of no UTF-8 all are."""
    try:
        text = unquote_to_bytes(escapes.group()).decode()
    except UnicodeDecodeError:
        return escapes.group().upper()
    return quote(unicodedata.normalize("NFC", text), safe="")


def _without_dots(path: str) -> str:
    """Return a path without ``.`` and ``..`` (RFC 3986 §5.2.4)."""
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            kept = kept[:-1]
        elif segment != ".":
            kept.append(segment)
    is_folder = segments[-1] in (".", "..")
    return "".join(f"/{segment}" for segment in kept) + ("/" if is_folder else "")
