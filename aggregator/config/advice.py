"""What was meant by a value that a key does not take: another value, which the key takes.

A value is offered only after the key's own model took it, so nobody is told to write what fails
again. Knows how people write times, numbers, addresses and names; refuses to know which key takes
which, and repeats no value of a key that holds a secret.
"""

from __future__ import annotations

import difflib
import math
import re
import unicodedata
from collections.abc import Iterator, Set
from functools import cache
from typing import Annotated, Any, get_args

from annotated_types import Ge, Le
from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from aggregator.bengali.romanised import slug
from aggregator.config.schema import TABLES, ConfigTable
from aggregator.urls import has_secret

# Nothing that stands under these is ever repeated.
SECRET_KEYS = frozenset({"auth", "proxy", "headers"})
# A selector that differs in a letter selects something else.
_NOT_GUESSED = frozenset({"select"})

_BENGALI_DIGITS = str.maketrans("০১২৩৪৫৬৭৮৯", "0123456789")
_SWITCHES = {
    **dict.fromkeys(("true", "yes", "y", "on", "1", "হ্যাঁ", "চালু"), True),
    **dict.fromkeys(("false", "no", "n", "off", "0", "না", "বন্ধ"), False),
}
_WORD = re.compile(r"[^\s\"'\[\]]+")
_INVISIBLE = re.compile("[\u0000-\u001f\u00a0\u2000-\u200b\u202f\u205f\u3000\ufeff]+")
# What a backslash and a letter became in a path of Windows.
_ESCAPES = str.maketrans({"\b": "/b", "\t": "/t", "\n": "/n", "\f": "/f", "\r": "/r"})
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:[, _][0-9]{2,3})+")  # 1,000 and 1,00,000
_NUMBER = re.compile(r"([+-]?[0-9]{0,12}(?:[.,][0-9]{1,12})?) ?(%?)")
# Two sources of one name are a slip; a hundred would be a program's.
_MOST_NAMESAKES = 100
# Python writes no number of more than 4,300 digits; no key takes one of twelve.
_MEANT_BELOW = 10**12
_DAY = 86_400
_UNITS = {
    1: ("s", "sec", "secs", "second", "seconds", "সেকেন্ড", "সে"),
    60: ("m", "min", "mins", "minute", "minutes", "মিনিট", "মি"),
    3600: ("h", "hr", "hrs", "hour", "hours", "ঘণ্টা", "ঘন্টা", "ঘ"),
    _DAY: ("d", "day", "days", "দিন"),
    7 * _DAY: ("w", "week", "weeks", "সপ্তাহ"),
    30 * _DAY: ("month", "months", "মাস"),
    365 * _DAY: ("y", "year", "years", "বছর"),
}
_UNIT_SECONDS = {word: seconds for seconds, words in _UNITS.items() for word in words}
_WHOLE_UNITS = ((_DAY, "d"), (3600, "h"), (60, "m"), (1, "s"))
_TIME = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?)\s*([^\s0-9.,]+)[\s,]*")
_OFTEN = {"hourly": "1h", "daily": "1d", "weekly": "7d"}
# What a number without a unit counts, where that is not minutes.
_USUAL_UNIT = {"timeout": "s", "spacing": "s", "window": "d", "keep": "d"}
_LANGUAGES = {"bengali": "bn", "bangla": "bn", "ben": "bn", "বাংলা": "bn", "assamese": "as"}
_LANGUAGES |= {"english": "en", "hindi": "hi", "অসমীয়া": "as"}
_ZONES = {"bst": "Asia/Dhaka", "bangladesh": "Asia/Dhaka", "india": "Asia/Kolkata"}
_ZONES |= {"calcutta": "Asia/Kolkata", "kolkata": "Asia/Kolkata", "ist": "Asia/Kolkata"}
_ZONES |= {"dhaka": "Asia/Dhaka", "ঢাকা": "Asia/Dhaka", "কলকাতা": "Asia/Kolkata"}
_SIX = re.compile(r"(?:gmt|utc)?\+0?6(?::?00)?")
_SCHEME = re.compile(r"[A-Za-z]{0,8}:?/{1,3}|feed:")
_HOST = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::[0-9]+)?(?:[/?].*)?")


def instead(
    table: str,
    key: str,
    given: object,
    *,
    within: int | str | None = None,
    but_not: Set[str] = frozenset(),
) -> str:
    """Return, as it stands in a file, a value that a key takes and that was meant; else nothing.

    ``given`` is a value of TOML, or the words that stand where a value should. It stands ``within``
    a list of the key, at an index, or a table of it, under a name. ``but_not`` are values that are
    taken.

    >>> instead("source", "every", "১৫ মিনিট"), instead("feed", "limit", "২০০")
    ('"15m"', '200')
    """
    field = _field(table, key)
    is_secret = key in SECRET_KEYS or (isinstance(given, str) and holds_secret(given))
    if field is None or is_secret or key in _NOT_GUESSED:
        return ""
    for value in _candidates(field, key, given):
        whole = value if within is None else [value] if isinstance(within, int) else {within: value}
        if value not in but_not and takes(table, key, whole):
            return toml_value(value)
    return ""


def holds_secret(text: str) -> bool:
    """Tell whether a text may have an address with a password, or with a parameter that is one.

    >>> holds_secret('feed = "https://a.example/?token=x'), holds_secret("u:x@a.example")
    (True, True)
    """
    return "@" in text or any(map(_is_secret_address, _WORD.findall(text)))


def _is_secret_address(word: str) -> bool:
    try:
        return has_secret(word)
    except ValueError:  # urlsplit's, of a host that is none: nothing is known of its secrets
        return True


def toml_value(value: object) -> str:
    r"""Write a text, a number or a list of them as it stands in a file.

    >>> toml_value('সে বলল "না"'), toml_value([True, 0.5])
    ('\'সে বলল "না"\'', '[true, 0.5]')
    """
    if isinstance(value, list):
        return f"[{', '.join(map(toml_value, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        return str(value)
    if ('"' in value or "\\" in value) and "'" not in value:
        return f"'{value}'"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _field(table: str, key: str) -> FieldInfo | None:
    if table == "":
        return ConfigTable.model_fields.get(key)
    return TABLES[table].model_fields.get(key) if table in TABLES else None


@cache
def _adapter(table: str, key: str) -> TypeAdapter[Any]:
    field = _field(table, key)
    annotation: Any = Any if field is None else Annotated[field.annotation, field]
    return TypeAdapter(annotation)


def takes(table: str, key: str, value: object) -> bool:
    """Tell whether a key of a table takes a value; one that is not known takes any."""
    try:
        _adapter(table, key).validate_python(value, strict=True)
    except ValidationError:
        return False
    return True


def _candidates(field: FieldInfo, key: str, given: object) -> Iterator[object]:
    """Yield what may have been meant, the likeliest first; most are of another kind than the key's.

    A text that has only to be put into quotes comes first, and a bound that was crossed last.
    """
    if not isinstance(given, str | bool | int | float):
        return
    if isinstance(given, int) and abs(given) >= _MEANT_BELOW:
        return
    written = given if isinstance(given, str) else toml_value(given)
    if written.translate(_ESCAPES) != written:
        yield written.translate(_ESCAPES)
    text = _INVISIBLE.sub(" ", written).strip()
    if not text:
        return
    yield text
    western = unicodedata.normalize("NFC", text).translate(_BENGALI_DIGITS)
    yield western
    if western.lower() in _SWITCHES:
        yield _SWITCHES[western.lower()]
    numbers = list(_numbers(western))
    yield from numbers
    yield from _intervals(western.lower(), key)
    yield from _words(field, western)
    yield from _addresses(western)
    yield from _nearest_bound(field, numbers)
    name = slug(text)
    yield name
    yield from (f"{name}-{number}" for number in range(2, _MOST_NAMESAKES))


def _numbers(text: str) -> Iterator[float]:
    if _THOUSANDS.fullmatch(text):
        yield int(re.sub("[, _]", "", text))
    match = _NUMBER.fullmatch(text)
    if match is None or not any(map(str.isdigit, match[1])):
        return
    number = float(match[1].replace(",", "."))
    if match[2]:
        number /= 100
    if number == math.floor(number):
        yield int(number)
    yield number


def _intervals(text: str, key: str) -> Iterator[str]:
    if text in _OFTEN:
        yield _OFTEN[text]
    if text.isascii() and text.isdigit():
        units = (_USUAL_UNIT.get(key, "m"), "s", "m", "h", "d")
        yield from (f"{int(text)}{unit}" for unit in units)
        return
    text = text.removeprefix("every ").removeprefix("প্রতি ").strip()
    found, end = 0.0, 0
    while (match := _TIME.match(text, end)) and match[2] in _UNIT_SECONDS:
        found, end = found + float(match[1]) * _UNIT_SECONDS[match[2]], match.end()
    if found and end == len(text):
        unit_seconds, unit = next(each for each in _WHOLE_UNITS if round(found) % each[0] == 0)
        yield f"{round(found) // unit_seconds}{unit}"


def _words(field: FieldInfo, text: str) -> Iterator[str]:
    folded = text.casefold()
    choices = [word for word in _literals(field.annotation) if isinstance(word, str)]
    yield from difflib.get_close_matches(folded, choices, n=1)
    if folded in _LANGUAGES:
        yield _LANGUAGES[folded]
    yield folded.replace("_", "-")
    if folded in _ZONES:
        yield _ZONES[folded]
    if _SIX.fullmatch(folded):
        yield "Asia/Dhaka"
    place = text.replace(" ", "_").title()
    yield from (f"{area}/{place}" for area in ("Asia", "Europe", "America", "Australia"))


def _addresses(text: str) -> Iterator[str]:
    rest = _SCHEME.sub("", text, count=1) if _SCHEME.match(text) else text
    rest = rest.replace("\\", "/").replace(" ", "")
    if _HOST.fullmatch(rest):
        yield f"https://{rest}"
        yield f"https://{rest.partition('?')[0].partition('#')[0]}"
    port = re.search(r":?([0-9]{1,5})/?\Z", text)
    if port:
        yield f"127.0.0.1:{port[1]}"
    path = re.sub(r"\Asqlite:/*|\Afile:/*", "", text)
    if path and "://" not in path:
        yield f"sqlite:///{path}"
        yield f"sqlite:///{'/' if text.startswith('sqlite:////') else ''}{path.partition('?')[0]}"


def _nearest_bound(field: FieldInfo, numbers: list[float]) -> Iterator[object]:
    for number in numbers:
        for mark in field.metadata:
            if isinstance(mark, Ge) and number < mark.ge:  # type: ignore[operator]  # both numbers
                yield mark.ge
            if isinstance(mark, Le) and number > mark.le:  # type: ignore[operator]
                yield mark.le


def _literals(annotation: object) -> Iterator[object]:
    """Yield what an annotation lists, however deep in it."""
    for part in get_args(annotation):
        if get_args(part):
            yield from _literals(part)
        else:
            yield part
