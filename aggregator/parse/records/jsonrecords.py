"""JSON and JSON Lines, one record at a time: what is broken is told, and what follows is read."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from aggregator.errors import ParseError
from aggregator.parse.records.fields import is_article
from aggregator.parse.records.record import MAX_RECORD_BYTES, Form, Record, text_lines

_CHUNK_CHARACTERS = 1_000_000
_FAULTS = (ValueError, RecursionError)
_NEXT_MEMBER = re.compile(r",\s*(?=\{)")
_BETWEEN = " \r\n\t,\ufeff"


def cut(
    stream: io.BufferedReader, name: str, encoding: str, fields: Mapping[str, str]
) -> Iterator[Record]:
    """Cut JSON of any layout into its records."""
    with text_lines(stream, encoding, "\n") as lines:
        first = _first_line(lines)
        if first.lstrip(_BETWEEN).startswith("["):
            yield from _arrays(first, lines, name)
            return
        second = lines.readline(MAX_RECORD_BYTES)
        if _is_record(first) or _is_record(second):
            if not second.strip() and (record := json.loads(first)):
                yield from _within(record, name, fields)
            else:
                yield _record(first, f"{name}:1")
                yield _record(second, f"{name}:2")
            yield from _json_lines(lines, name, 2)
        else:
            yield from _one_object(first + second + lines.read(MAX_RECORD_BYTES), name, fields)


def _first_line(lines: io.TextIOWrapper) -> str:
    line = lines.readline(MAX_RECORD_BYTES)
    while line and not line.strip(_BETWEEN):
        line = lines.readline(MAX_RECORD_BYTES)
    return line.lstrip("\ufeff")


def _is_record(line: str) -> bool:
    if not line.lstrip().startswith("{"):
        return False
    try:
        return isinstance(json.loads(line), dict)
    except _FAULTS:
        return False


def _json_lines(lines: io.TextIOWrapper, name: str, number: int) -> Iterator[Record]:
    while line := lines.readline(MAX_RECORD_BYTES):
        number += 1
        if line.strip():
            yield _record(line, f"{name}:{number}")


def _record(line: str, place: str) -> Record:
    try:
        return Record(form=Form.RECORD, place=place, body=json.loads(line))
    except _FAULTS as error:
        return Record(form=Form.BROKEN, place=place, body=f"not JSON that can be read ({error})")


def _one_object(text: str, name: str, fields: Mapping[str, str]) -> Iterator[Record]:
    try:
        record = json.loads(text)
    except _FAULTS as error:
        raise ParseError(f"{name}: not JSON that can be read ({error})") from error
    yield from _within(record, name, fields)


def _within(record: Any, name: str, fields: Mapping[str, str]) -> Iterator[Record]:
    """Give the records that one object holds in a list, or itself where it is one."""
    if "jsonfeed.org/version" in str(record.get("version", "")):
        yield Record(form=Form.FEED, place=name, body=json.dumps(record).encode())
        return
    lists = [value for value in record.values() if isinstance(value, list)]
    lists = [value for value in lists if any(is_article(one, fields) for one in value)]
    found = [record] if is_article(record, fields) or not lists else max(lists, key=len)
    for number, one in enumerate(found, start=1):
        yield Record(form=Form.RECORD, place=f"{name}[{number}]", body=one)


def _arrays(first: str, lines: io.TextIOWrapper, name: str) -> Iterator[Record]:
    """Read arrays one member at a time, holding no more than that of them."""
    decoder, held, number, is_end = json.JSONDecoder(), first, 0, False
    while True:
        held = held.lstrip(_BETWEEN + "[]")
        if not is_end and len(held) < _CHUNK_CHARACTERS:
            more = lines.read(_CHUNK_CHARACTERS)
            is_end, held = not more, held + more
            continue
        if not held:
            return
        number += 1
        try:
            member, end = decoder.raw_decode(held)
        except _FAULTS as error:
            more = "" if is_end or _is_broken(error, held) else lines.read(len(held))
            if more and len(held) < MAX_RECORD_BYTES:
                held, number = held + more, number - 1
                continue
            reason = f"not JSON that can be read ({error})"
            follows = _NEXT_MEMBER.search(held, 1)
            if follows is None and is_end:
                raise ParseError(f"{name}[{number}]: {reason}") from error
            yield Record(form=Form.BROKEN, place=f"{name}[{number}]", body=reason)
            held = held[follows.end() :] if follows else ""
            continue
        yield Record(form=Form.RECORD, place=f"{name}[{number}]", body=member)
        held = held[end:]


def _is_broken(error: Exception, held: str) -> bool:
    """Tell a member that is wrong from one of which the rest is not there yet."""
    if isinstance(error, RecursionError):
        return True
    position = getattr(error, "pos", len(held))
    return position < len(held) - 1 and "Unterminated" not in str(error)
