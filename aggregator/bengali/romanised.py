"""Bengali words in Latin letters, as they stand in the names of files: ASCII, and always the same.

Written as it is spelt, with an *o* for the vowel that is not written between two consonants
(অনুসন্ধান, onusondhan). It is a name, and no guide to how a word is spoken. Refuses to be undone:
several words may have one name.
"""

from __future__ import annotations

import re
import unicodedata
from hashlib import blake2b

_CONSONANTS = dict(
    zip(
        "কখগঘঙচছজঝঞটঠডঢণতথদধনপফবভমযরলশষসহৎ",
        "k kh g gh ng c ch j jh n t th d dh n t th d dh n p ph b bh m j r l sh sh s h t".split(),
        strict=True,
    )
)
_WITH_DOT = {"য": "y", "ড": "r", "ঢ": "rh"}  # য়, ড়, ঢ়
_SIGNS = dict(zip("ািীুূৃেৈোৌ", "a i i u u ri e oi o ou".split(), strict=True))
_VOWELS = dict(zip("অআইঈউঊঋএঐওঔ", "o a i i u u ri e oi o ou".split(), strict=True))
_OTHERS = {"ং": "ng", "ঃ": "h", "ঁ": ""} | {chr(0x09E6 + digit): str(digit) for digit in range(10)}
_DOT, _HASANTA = "\u09bc", "\u09cd"
_APART = re.compile("[^a-z0-9]+")
# Of a name that is cut, so that two that begin alike stay two.
_HASH_BYTES = 4


def slug(text: str, longest: int = 40) -> str:
    """Return a name of ``a-z``, ``0-9`` and ``-`` for a text, of at most ``longest`` characters.

    What has no letter of Bengali or Latin is named by a hash.

    >>> slug("টেলিভিশন"), slug("সংবাদ সংস্থা"), slug("Sports & Games")
    ('telibhishon', 'songbad-songstha', 'sports-games')
    """
    normal = unicodedata.normalize("NFC", text)
    name = _APART.sub("-", _romanised(normal).lower()).strip("-")
    if name and len(name) <= longest:
        return name
    tail = blake2b(normal.encode(), digest_size=_HASH_BYTES).hexdigest()
    return f"{name[: longest - len(tail) - 1].strip('-')}-{tail}".strip("-")


def _romanised(text: str) -> str:
    written: list[str] = []
    for index, character in enumerate(text):
        if character in _CONSONANTS:
            following = text[index + 1 : index + 2]
            has_dot = following == _DOT
            written.append((_WITH_DOT if has_dot else _CONSONANTS).get(character, ""))
            if _has_hidden_vowel(text, index + 1 + has_dot):
                written.append("o")
        elif character in _SIGNS or character in _VOWELS or character in _OTHERS:
            written.append((_SIGNS | _VOWELS | _OTHERS)[character])
        elif character not in (_DOT, _HASANTA) and unicodedata.category(character) != "Cf":
            written.append(character if character.isascii() else " ")
    return "".join(written)


def _has_hidden_vowel(text: str, index: int) -> bool:
    """Tell whether a consonant that ends before ``index`` is spoken with a vowel: not at an end."""
    following = text[index : index + 1]
    return following in _CONSONANTS or following in ("ং", "ঃ", "ঁ")
