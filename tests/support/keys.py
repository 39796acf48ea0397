"""Every key of the configuration with an example, as the last section of its page has them.

``python -m tests.support.keys`` writes the section of ``docs/configuration.md``, and
``config.schema.json``, anew.
"""

from __future__ import annotations

from pathlib import Path

from aggregator.config.advice import toml_value
from aggregator.config.json_schema import described, schema_text
from aggregator.config.schema import SEVERAL, TABLES

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "configuration.md"
SCHEMA = ROOT / "config.schema.json"
HEADING = "## An example of every key\n"
_INTRODUCTION = """
Editors complete and check `config.toml` by a [JSON Schema](https://json-schema.org) of these keys,
where the first line names it: `#:schema ./config.schema.json`. Those are editors that ask
[taplo](https://taplo.tamasfe.dev), as Visual Studio Code does with *Even Better TOML*.
`aggregator init` writes the schema beside the configuration, and
`aggregator schema > config.schema.json` writes it anew. It knows keys, kinds, choices and bounds;
what else must hold, `aggregator check` knows.
"""


def written(value: object) -> str:
    """Write an example as it stands in a file."""
    if isinstance(value, dict):
        pairs = (f"{_key(key)} = {toml_value(each)}" for key, each in value.items())
        return f"{{ {', '.join(pairs)} }}"
    return toml_value(value)


def _key(name: str) -> str:
    return name if name.isascii() else toml_value(name)


def examples(table: str, key: str) -> list[str]:
    """Return the lines that show how a key is written, with what has to stand beside them."""
    said = described()[table][key]
    beside = [said["beside"]] if "beside" in said else []
    return ["\n".join([*beside, f"{key} = {written(each)}"]) for each in said["examples"]]


def section() -> str:
    """Return the section of the page."""
    parts = [HEADING, _INTRODUCTION]
    for table, model in TABLES.items():
        parts.append(f"\n```toml\n{f'[[{table}]]' if table in SEVERAL else f'[{table}]'}\n")
        for key in model.model_fields:
            first, *others = described()[table][key]["examples"]
            too = f" Also {', '.join(map(written, others))}." if others else ""
            parts.append(f"# {described()[table][key]['says']}{too}\n{key} = {written(first)}\n")
        parts.append("```\n")
    return "".join(parts)


if __name__ == "__main__":
    above = PAGE.read_text(encoding="utf-8").partition(f"\n{HEADING}")[0].rstrip("\n")
    PAGE.write_text(f"{above}\n\n{section()}", encoding="utf-8")
    SCHEMA.write_text(schema_text(), encoding="utf-8")
