"""What the page of an entry is called, in the published folder and in every address. Pure."""

from __future__ import annotations

import re
from base64 import b32encode
from hashlib import blake2b

FOLDER = "entries"
# Sources choose ids, so whoever wants two texts under one address looks for two ids of one hash: of
# 80 bits, which are enough against chance, a machine finds them in a day (2^40), of 128 nobody does
# (2^64).
_ID_BITS = 128
_PAGE = re.compile(rf"{FOLDER}/[a-z2-7]{{26}}\.html")


def page_name(entry_id: str) -> str:
    """Return the name of an entry's page in the published folder, which its published id decides.

    Base 32 in small letters: file systems that do not tell capitals apart, and those that reserve
    names of devices, keep every name.

    >>> page_name("urn:uuid:6f1b9f0e-6c3a-5d57-8b8c-2f7f3ab0d3c1")
    'entries/jcgkng5jnceaqlp7n5bq6xslpu.html'
    """
    digest = blake2b(entry_id.encode("utf-8", "surrogatepass"), digest_size=_ID_BITS // 8).digest()
    return f"{FOLDER}/{b32encode(digest).decode('ascii').rstrip('=').lower()}.html"


def is_page_name(name: str) -> bool:
    """Tell whether a name within the published folder is one that a page of an entry can have.

    >>> is_page_name("entries/../bangla.html"), is_page_name(page_name("a"))
    (False, True)
    """
    return _PAGE.fullmatch(name) is not None
