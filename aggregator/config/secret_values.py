"""The kinds of value that may hold a secret: each names variables of the environment, ``${NAME}``.

No fault repeats a value. Of the other kinds ``values`` knows.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from functools import partial
from typing import Annotated
from urllib.parse import quote, urlsplit

from pydantic import AfterValidator

from aggregator.config.values import from_text, url_text

_HEADER_NAME = re.compile("[A-Za-z0-9!#$%&'*+.^_|~-]{1,100}")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def from_environment(value: str, encode: Callable[[str], str] = str) -> str:
    """Put environment variables in where a text names them as ``${NAME}``; ValueError if unset.

    ``encode`` writes each as it has to stand in the text.
    """
    unset = [name for name in _VARIABLE.findall(value) if name not in os.environ]
    if unset:
        raise ValueError(f"the environment variable {unset[0]} is not set")
    return _VARIABLE.sub(lambda match: encode(os.environ[match.group(1)]), value)


def _header_name(value: str) -> str:
    if not _HEADER_NAME.fullmatch(value):
        raise ValueError("not the name of a header")
    return value


def _header(value: str) -> str:
    header = from_environment(value)
    if not header.isascii() or not header.isprintable():
        raise ValueError("a header's value is printable ASCII")
    return header.strip()


def _credentials(value: str) -> tuple[str, str]:
    credentials = from_environment(value)
    if ":" not in credentials or not credentials.isascii() or not credentials.isprintable():
        raise ValueError('write it as "user:${PASSWORD}", with the password in the environment')
    user, _, password = credentials.partition(":")
    return user, password


def _proxy(value: str) -> str:
    try:
        return url_text(from_environment(value))
    except ValueError:  # without its words, which could hold a part of the password
        raise ValueError("not a proxy's address, or its variable is not set") from None


def _store_url(value: str) -> str:
    if value.startswith("postgresql:"):
        return _server_url(value)
    path = value.removeprefix("sqlite:///")
    if path in ("", value) or not path.isprintable() or "?" in path:
        raise ValueError(
            "the store is an SQLite file or a PostgreSQL database, as "
            '"sqlite:///aggregator.db" or "postgresql://user:${PASSWORD}@host/database"'
        )
    return value


def _server_url(written: str) -> str:
    """Return the URL of a PostgreSQL database; ValueError without its words where it is none.

    A user and a password stand in their variables as they are, and are encoded here.
    """
    scheme, slashes, rest = written.partition("//")
    authority, slash, path = rest.partition("/")
    user, at, host = authority.rpartition("@")
    user = from_environment(user, partial(quote, safe=""))
    url = from_environment("".join((scheme, slashes, user, at, host, slash, path)))
    try:
        parts = urlsplit(url)
        is_whole = bool(parts.path.strip("/")) and (parts.port is None or parts.port > 0)
    except ValueError:
        is_whole = False
    # One that stands in the password itself would make its rest a part of the host's name.
    is_whole = is_whole and slashes != "" and scheme == "postgresql:" and "@" not in user
    if not is_whole or not url.isprintable():
        raise ValueError('write it as "postgresql://user:${PASSWORD}@host/database"')
    return url


Headers = dict[
    Annotated[str, AfterValidator(_header_name)], Annotated[str, AfterValidator(_header)]
]
Credentials = Annotated[tuple[str, str], from_text(_credentials)]
Proxy = Annotated[str, AfterValidator(_proxy)]
StoreUrl = Annotated[str, AfterValidator(_store_url)]
