"""The tables of ``config.toml`` as a JSON Schema, by which editors complete and check it.

It is made of the models, so that it has every key; what each says and examples stand in
``keys.toml``. Written in what drafts 4 and 7 of JSON Schema have in common: taplo, which editors
ask, knows draft 4, and others begin with draft 7. So no reference has a neighbour, as those are
not looked at, and what may be null here is left out there, as TOML has no null.
"""

from __future__ import annotations

import json
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from aggregator.config.schema import OWN_KEYS, SEVERAL, TABLES, ConfigTable

_DRAFT = "http://json-schema.org/draft-07/schema#"
_Schema = dict[str, Any]
# Of pydantic's words, those that mean the same in both drafts, and to who edits a file.
_KEPT = (
    "type", "enum", "items", "minItems", "minimum", "maximum", "additionalProperties", "default",
)  # fmt: skip
_KINDS: dict[str, type | tuple[type, ...]] = {
    "string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list,
}  # fmt: skip


class _Generator(GenerateJsonSchema):
    """Pydantic's own, but for defaults: it would write 900 seconds as what they are written as."""

    def encode_default(self, dft: Any) -> Any:
        """Return a default as it is; those that a file has in another form are left out later."""
        return dft


@cache
def described() -> dict[str, dict[str, dict[str, Any]]]:
    """Return what ``keys.toml`` says: by table and key, ``says``, ``examples`` and ``beside``."""
    text = files("aggregator.config").joinpath("keys.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def json_schema() -> _Schema:
    """Return the schema of a whole configuration."""
    whole = ConfigTable.model_json_schema(schema_generator=_Generator)
    definitions = whole["$defs"]
    properties = {
        name: _table(name, definitions[model.__name__], definitions)
        for name, model in TABLES.items()
    }
    own = _value(whole["properties"][OWN_KEYS], definitions)
    own["description"] = "More names of topics, or new ones: a topic, and what papers call it."
    return {
        "$schema": _DRAFT,
        "title": "The configuration of the Bengali feed aggregator",
        "type": "object",
        "properties": {**properties, OWN_KEYS: own},
        "required": whole["required"],
        "additionalProperties": False,
    }


def schema_text() -> str:
    """Return the schema as a file has it."""
    return json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n"


def _table(name: str, model: _Schema, definitions: _Schema) -> _Schema:
    says = described().get(name, {})
    table = _value(model, definitions)
    for key, value in table["properties"].items():
        text = says.get(key, {})
        if "says" in text:
            value["description"] = text["says"]
        if "examples" in text:
            value["examples"] = text["examples"]
    table["description"] = _first_line(TABLES[name].__doc__)
    return {"type": "array", "items": table, "minItems": 1} if name in SEVERAL else table


def _first_line(docstring: str | None) -> str:
    """Return what a model says of itself, behind the name of its table."""
    line = (docstring or "").split("\n", 1)[0]
    said = line.partition(": ")[2] or line
    return said[:1].upper() + said[1:]


def _value(found: _Schema, definitions: _Schema) -> _Schema:
    """Return pydantic's schema of a value, or of a table, in the words that editors know."""
    found = _resolved(_without_null(_resolved(found, definitions)), definitions)
    value = {word: found[word] for word in _KEPT if word in found}
    if "const" in found:
        value["enum"] = [found["const"]]
    if "anyOf" in found:
        value["anyOf"] = [_value(each, definitions) for each in found["anyOf"]]
    if isinstance(value.get("additionalProperties"), dict):
        value["additionalProperties"] = _value(value["additionalProperties"], definitions)
        names = _resolved(found.get("propertyNames", {}), definitions).get("enum")
        if names:
            each = value["additionalProperties"]
            value |= {"properties": dict.fromkeys(names, each), "additionalProperties": False}
    if "properties" in found:
        value["properties"] = {
            key: _value(each, definitions) for key, each in found["properties"].items()
        }
        if required := found.get("required"):
            value["required"] = required
    if "items" in value:
        value["items"] = _value(value["items"], definitions)
    return _with_default(_listed(value), found)


def _resolved(found: _Schema, definitions: _Schema) -> _Schema:
    reference = found.get("$ref")
    return found if reference is None else {**definitions[reference.rpartition("/")[2]], **found}


def _without_null(found: _Schema) -> _Schema:
    """Leave out that a value may be null, which means that its key is not there."""
    choices = [each for each in found.get("anyOf", ()) if each.get("type") != "null"]
    if len(choices) == 1:
        rest = {word: said for word, said in found.items() if word != "anyOf"}
        return {**choices[0], **rest}
    return {**found, "anyOf": choices} if choices else found


def _listed(value: _Schema) -> _Schema:
    """Let one text stand in place of a list of texts, as it does wherever a list is wanted."""
    items = value.get("items")
    if value.get("type") != "array" or not isinstance(items, dict) or items.get("type") != "string":
        return value
    return {"anyOf": [items, value]}


def _with_default(value: _Schema, found: _Schema) -> _Schema:
    """Keep a default where it stands as a file has it, and not as the program counts it."""
    for each in (value, *value.get("anyOf", ())):
        each.pop("default", None)
    default, kind = found.get("default"), str(found.get("type"))
    is_written = kind in _KINDS and isinstance(default, _KINDS[kind]) and default != []
    if is_written and isinstance(default, bool) == (kind == "boolean"):
        value["default"] = default
    return value
