"""JSON and JSON Lines, one record at a time; a broken record is named and the next one read."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from aggregator.errors import ParseError
from aggregator.parse.records.nested import nested_records
from aggregator.parse.records.record import MAX_RECORD_BYTES, Form, Record, text_lines

_CHUNK_CHARACTERS = 1_000_000
_FAULTS = (ValueError, RecursionError)
_NEXT_MEMBER = re.compile(r",\s*(?=\{)")
_BETWEEN = " \r\n\t,\ufeff"


def split_json(
    stream: io.BufferedReader, name: str, encoding: str, fields: Mapping[str, str]
) -> Iterator[Record]:
    """Split JSON of any layout into its records; ParseError where it cannot be read on.

    A layout is JSON Lines, one or several arrays, or one object, which is a record itself or holds
    a list of records.
    """
    with text_lines(stream, encoding, "\n") as lines:
        first = _first_line(lines)
        if first.lstrip(_BETWEEN).startswith("["):
            yield from _arrays(first, lines, name, fields)
            return
        second = lines.readline(MAX_RECORD_BYTES)
        if _is_record(first) or _is_record(second):
            if not second.strip() and (record := json.loads(first)):
                yield from _within(record, name, fields)
            else:
                yield from _records(first, f"{name}:1", fields)
                yield from _records(second, f"{name}:2", fields)
            yield from _json_lines(lines, name, 2, fields)
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


def _json_lines(
    lines: io.TextIOWrapper, name: str, number: int, fields: Mapping[str, str]
) -> Iterator[Record]:
    while line := lines.readline(MAX_RECORD_BYTES):
        number += 1
        if line.strip():
            yield from _records(line, f"{name}:{number}", fields)


def _records(line: str, place: str, fields: Mapping[str, str]) -> Iterator[Record]:
    try:
        value = json.loads(line)
    except _FAULTS as error:
        reason = f"not JSON that can be read ({error})"
        yield Record(form=Form.BROKEN, place=place, body=reason)
        return
    yield from _of_member(value, place, fields)


def _of_member(value: Any, place: str, fields: Mapping[str, str]) -> Iterator[Record]:
    """Yield a member of a collection, or the records that it holds under its names."""
    nested = nested_records(value, fields)
    if not nested:
        yield Record(form=Form.RECORD, place=place, body=value)
    for number, record in enumerate(nested, start=1):
        yield Record(form=Form.RECORD, place=f"{place}[{number}]", body=record)


def _one_object(text: str, name: str, fields: Mapping[str, str]) -> Iterator[Record]:
    try:
        record = json.loads(text)
    except _FAULTS as error:
        raise ParseError(f"{name}: not JSON that can be read ({error})") from error
    yield from _within(record, name, fields)


def _within(record: Any, name: str, fields: Mapping[str, str]) -> Iterator[Record]:
    """Yield the records that one object holds, or the object where it is a record."""
    if "jsonfeed.org/version" in str(record.get("version", "")):
        yield Record(form=Form.FEED, place=name, body=json.dumps(record).encode())
        return
    yield from _of_member(record, name, fields)


def _arrays(
    first: str, lines: io.TextIOWrapper, name: str, fields: Mapping[str, str]
) -> Iterator[Record]:
    """Yield the members of arrays, holding no more than one member and one chunk in memory."""
    decoder, unread, number, is_end = json.JSONDecoder(), first, 0, False
    while True:
        unread = unread.lstrip(_BETWEEN + "[]")
        if not is_end and len(unread) < _CHUNK_CHARACTERS:
            chunk = lines.read(_CHUNK_CHARACTERS)
            is_end, unread = not chunk, unread + chunk
            continue
        if not unread:
            return
        try:
            member, end = decoder.raw_decode(unread)
        except _FAULTS as error:
            chunk = "" if is_end or _is_broken(error, unread) else lines.read(len(unread))
            if chunk and len(unread) < MAX_RECORD_BYTES:
                unread += chunk
                continue
            number += 1
            reason = f"not JSON that can be read ({error})"
            next_member = _NEXT_MEMBER.search(unread, 1)
            if next_member is None and is_end:
                raise ParseError(f"{name}[{number}]: {reason}") from error
            yield Record(form=Form.BROKEN, place=f"{name}[{number}]", body=reason)
            unread = unread[next_member.end() :] if next_member else ""
            continue
        number += 1
        yield from _of_member(member, f"{name}[{number}]", fields)
        unread = unread[end:]


def _is_broken(error: Exception, unread: str) -> bool:
    """Tell whether a member is wrong, rather than incomplete because its rest is not read yet."""
    if isinstance(error, RecursionError):
        return True
    position = getattr(error, "pos", len(unread))
    return position < len(unread) - 1 and "Unterminated" not in str(error)
