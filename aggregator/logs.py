"""How a line of the log looks, the same from every process of the program: an event is one line.

As text it is for a person: the local time, the level, and a sentence. As JSON it is for a program:
each event has a name that stays, and its fields beside the sentence. Each line of a pass carries
the pass's id. Which of them, and from which level on, the environment says, so that each process
that is started from this one logs likewise.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime

FORMATS = ("text", "json")
LEVELS = ("debug", "info", "warning", "error")
FORMAT_VARIABLE = "AGGREGATOR_LOG_FORMAT"
LEVEL_VARIABLE = "AGGREGATOR_LOG_LEVEL"

_PASS_BYTES = 4  # of random: two passes of one year have the same id once in a thousand years
_pass_id: ContextVar[str] = ContextVar("pass_id", default="")
# A library says nothing below a warning that an operator could use: what it names of addresses may
# be secret, and every tick of the scheduler would be a line. urllib3 warns with whole addresses.
_LIBRARIES_LEVEL = logging.WARNING
_LEVEL_OF_LIBRARY = {"urllib3": logging.ERROR}
# What would end a line or move the cursor of a terminal, each as the escape that JSON has for it.
_ESCAPES = {code: f"\\u{code:04x}" for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)}
# The levels of syslog, by which journald tells lines apart (sd-daemon(3)).
_SYSLOG_LEVELS = {
    logging.DEBUG: 7,
    logging.INFO: 6,
    logging.WARNING: 4,
    logging.ERROR: 3,
    logging.CRITICAL: 2,
}


def start() -> None:
    """Log to standard error, as the environment says."""
    root = logging.getLogger()
    if root.handlers:
        return  # who embeds the program, as a test does, logs in its own way
    handler = logging.StreamHandler(sys.stderr)
    if os.environ.get(FORMAT_VARIABLE) == "json":
        handler.setFormatter(JsonFormatter())
    else:
        handler.setFormatter(TextFormatter(is_for_journal=_is_journal()))
    root.addHandler(handler)
    root.setLevel(_LIBRARIES_LEVEL)
    level = os.environ.get(LEVEL_VARIABLE, "")
    logging.getLogger("aggregator").setLevel(level.upper() if level in LEVELS else logging.INFO)
    for name, least in _LEVEL_OF_LIBRARY.items():
        logging.getLogger(name).setLevel(least)


def event(
    log: logging.Logger, level: int, name: str, text: str, /, *values: object, **fields: object
) -> None:
    """Log an event: its name, a sentence with ``values`` in it, and its fields.

    A field that is ``None`` is left out. Names of events and fields are part of docs/logs.md.
    """
    stated = {key: value for key, value in fields.items() if value is not None}
    log.log(level, text, *values, extra={"event": name, "fields": stated}, stacklevel=2)


@contextmanager
def naming_pass() -> Iterator[None]:
    """Put the id of one pass, a new one, into every line of the block."""
    token = _pass_id.set(secrets.token_hex(_PASS_BYTES))
    try:
        yield
    finally:
        _pass_id.reset(token)


class TextFormatter(logging.Formatter):
    """A line for a person; a traceback follows in lines of its own.

    The journal has the time and the level beside each line, and takes the level from its prefix.
    """

    def __init__(self, *, is_for_journal: bool) -> None:
        super().__init__()
        self._is_for_journal = is_for_journal

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of an event."""
        text = record.getMessage().translate(_ESCAPES)
        if pass_id := _pass_id.get():
            text = f"{text} [pass {pass_id}]"
        if self._is_for_journal:
            prefix = f"<{_SYSLOG_LEVELS.get(record.levelno, 6)}>"
        else:
            local = datetime.fromtimestamp(record.created).astimezone()
            prefix = f"{local:%Y-%m-%d %H:%M:%S} {record.levelname} "
        lines = [text]
        if record.exc_info:
            lines += self.formatException(record.exc_info).splitlines()
        continued = prefix if self._is_for_journal else ""
        return f"\n{continued}".join((f"{prefix}{lines[0]}", *lines[1:]))


class JsonFormatter(logging.Formatter):
    """An object in a line: time (UTC, ISO 8601), level, event, message, logger, and fields.

    An event without a name of its own has that of its logger.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of an event."""
        moment = datetime.fromtimestamp(record.created, UTC)
        line = {
            "time": f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z",
            "level": record.levelname.lower(),
            "event": getattr(record, "event", record.name),
            "message": record.getMessage(),
            "logger": record.name,
        }
        if pass_id := _pass_id.get():
            line["pass"] = pass_id
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        fields = getattr(record, "fields", {})
        stated = {name: value for name, value in fields.items() if name not in line}
        return json.dumps({**line, **stated}, ensure_ascii=False).translate(_ESCAPES)


def _is_journal() -> bool:
    """Tell whether standard error goes into systemd's journal (systemd.exec(5))."""
    with suppress(OSError, ValueError):
        device, _, inode = os.environ.get("JOURNAL_STREAM", "").partition(":")
        status = os.fstat(2)
        return (int(device), int(inode)) == (status.st_dev, status.st_ino)
    return False
