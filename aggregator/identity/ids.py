"""Published ids (RFC 4287 §4.2.6): the source's own where it can be published, else one we make."""

from __future__ import annotations

import re
from collections.abc import Set
from uuid import UUID, uuid5

from aggregator.models import Alias, AliasKind, Draft

# A random version-4 UUID, made once for this project: the namespace of its version-5 ids.
_NAMESPACE = UUID("6a7c1f0e-95d4-4f0b-8f3a-2d1d9c0be7a4")
# What can be published as it stands: an absolute IRI (RFC 3987) of a scheme made to identify
# things, with whole escapes.
_PART = r"(?:[^\s<>\"{}|\\^`%]|%[0-9A-Fa-f]{2})"
_IRI = re.compile(
    rf"(?:https?://[^\s<>\"{{}}|\\^`/?#%\[\]@]+(?:[/?#]{_PART}*)?"
    rf"|urn:[a-z0-9][a-z0-9-]{{1,31}}:{_PART}+|tag:[^\s,:]+,[0-9-]+:{_PART}+)",
    re.IGNORECASE,
)
_VERSION_5_UUID = re.compile("urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5", re.IGNORECASE)
_MAX_IRI_CHARACTERS = 1000


def own_id(draft: Draft) -> str:
    """Return the source's own id where it can be published as it stands, else the empty text.

    Our ids are version-5 UUIDs, so a source's own version-5 UUID could be another entry's.
    """
    own = draft.native_id
    is_usable = (
        len(own) <= _MAX_IRI_CHARACTERS and _IRI.fullmatch(own) and not _VERSION_5_UUID.match(own)
    )
    return own if is_usable else ""


def published_id(draft: Draft, founding: Alias, taken: Set[str]) -> str:
    """Decide a published id: the source's own if nobody has it, else one made of an alias.

    ``founding`` is the entry's strongest alias, ``taken`` are the ids that other entries have.
    """
    own = own_id(draft)
    if own and own not in taken and founding == Alias(AliasKind.NATIVE, own):
        return own
    made = uuid5(_NAMESPACE, f"{draft.source}\n{founding.kind} {founding.value}")
    while made.urn in taken:
        made = uuid5(made, draft.content_key)
    return made.urn
