"""feedparser within limits of time and memory, for a document that could take it long.

Two megabytes of attributes hold it for a minute, deep nesting for forty seconds, and no exception
can end that from inside. So such a document is read by a process of its own that the system ends
after a few seconds of processor time.
"""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
from dataclasses import asdict
from typing import Any

from aggregator import own_process
from aggregator.errors import ParseError
from aggregator.models import Media, MediaRole, ParsedEntry, Rejected
from aggregator.parse.feed.lenient import parse as parse_leniently

_CPU_SECONDS = 5
_WALL_SECONDS = 30
# Enough for 13 MB of a feed that is not well-formed, which takes 3 s.
MEMORY_BYTES = 300 * 1024 * 1024
# Below all of these feedparser takes under two seconds whatever the bytes are.
_MAX_BYTES = 1_500_000
_LONG_TAG = re.compile(rb"<[^<>]{8000}")
_MAX_OPEN_TAGS = 200


def could_take_long(body: bytes) -> bool:
    """Tell whether a document could hold feedparser for more than two seconds."""
    if len(body) > _MAX_BYTES or b"<!ENTITY" in body or _LONG_TAG.search(body):
        return True
    open_tags = body.count(b"<") - 2 * body.count(b"</") - body.count(b"/>") - body.count(b"<!")
    return open_tags > _MAX_OPEN_TAGS


def parse(body: bytes, url: str) -> list[ParsedEntry | Rejected] | None:
    """Read a feed as ``lenient.parse`` does; ParseError where that takes too long or too much."""
    try:
        process = subprocess.run(  # noqa: S603 - this program itself, with bytes on its input
            own_process.command(__name__, url),
            env=own_process.environment(),
            input=body,
            capture_output=True,
            timeout=_WALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ParseError(f"{url}: reading it takes longer than it may") from error
    if process.returncode != 0:
        raise ParseError(f"{url}: reading it takes longer or more memory than it may")
    answer = json.loads(process.stdout)
    if answer["error"]:
        raise ParseError(answer["error"])
    if answer["entries"] is None:
        return None
    return [_entry(fields) for fields in answer["entries"]]


def _entry(fields: dict[str, Any]) -> ParsedEntry | Rejected:
    if "reason" in fields:
        return Rejected(reason=str(fields["reason"]), excerpt=str(fields["excerpt"]))
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()
    }
    return ParsedEntry(**{**values, "media": tuple(map(_media, values["media"]))})


def _media(fields: dict[str, Any]) -> Media:
    return Media(**{**fields, "role": MediaRole(fields["role"])})


def main() -> None:
    """Read a feed from standard input within the limits and write its entries as JSON."""
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    error, fields = "", None
    try:
        entries = parse_leniently(sys.stdin.buffer.read(), sys.argv[1])
        fields = None if entries is None else [asdict(entry) for entry in entries]
    except ParseError as fault:
        error = str(fault)
    answer = json.dumps({"error": error, "entries": fields}, ensure_ascii=False)
    sys.stdout.buffer.write(answer.encode())


if __name__ == "__main__":
    main()
