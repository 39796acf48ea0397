"""What editors and people are told of each key: a schema and examples, which are so."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from aggregator.cli import commands
from aggregator.config.json_schema import described, json_schema, schema_text
from aggregator.config.schema import OWN_KEYS, SEVERAL, TABLES
from tests.support.configurations import Make
from tests.support.keys import PAGE, ROOT, SCHEMA, examples, section

KEYS = [(table, key) for table, model in TABLES.items() for key in model.model_fields]
PAPER = {"name": '"prothom-alo"', "feed": '"https://example.org/feed"', "category": '"জাতীয়"'}


def file_with(table: str, key: str, lines: str) -> str:
    """Return a whole configuration with these lines in one of its tables."""
    paper = dict(PAPER)
    if table == "source":
        paper.pop(key, None)
    if key in ("page", "select"):
        del paper["feed"]
    if key in ("dump", "fields", "related"):
        del paper["feed"]
        lines = lines if key == "dump" else f'dump = "dumps/*.txt"\n{lines}'
    source = "[[source]]\n" + "".join(f"{name} = {value}\n" for name, value in paper.items())
    if table == "source":
        return f"{source}{lines}\n"
    name = '[[feed]]\nname = "x"\n' if key != "name" else "[[feed]]\n"
    return f"{name if table == 'feed' else f'[{table}]'}\n{lines}\n{source}"


@pytest.mark.parametrize(("table", "key"), KEYS)
def test_every_example_of_every_key_passes(
    make_config: Make, table: str, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key of the model has words and examples, and each example is a configuration."""
    monkeypatch.setenv("PAPER_TOKEN", "t")
    monkeypatch.setenv("PAPER_PASSWORD", "p")
    assert described().get(table, {}).get(key, {}).get("says", "").endswith(".")
    assert examples(table, key)
    for lines in examples(table, key):
        assert make_config(file_with(table, key, lines))


def test_no_key_is_described_that_is_not_there() -> None:
    """What is taken out of the model is taken out of its descriptions."""
    assert {(table, key) for table, keys in described().items() for key in keys} == set(KEYS)


def test_the_page_has_an_example_of_every_key() -> None:
    """``python -m tests.support.keys`` writes the section as it stands; its blocks are TOML."""
    assert PAGE.read_text(encoding="utf-8").endswith(f"\n\n{section()}")
    blocks = [part.partition("\n```")[0] for part in section().split("```toml\n")[1:]]
    for (table, model), block in zip(TABLES.items(), blocks, strict=True):
        found = tomllib.loads(block)[table]
        assert list(found[0] if table in SEVERAL else found) == list(model.model_fields)


def test_the_shipped_schema_is_what_the_program_prints() -> None:
    """And the shipped configuration names it in its first line, as editors want it."""
    printed = CliRunner().invoke(commands, ["schema"]).output
    assert printed == schema_text() == SCHEMA.read_text(encoding="utf-8")
    first_line = (ROOT / "config.toml").read_text(encoding="utf-8").splitlines()[0]
    assert first_line == f"#:schema ./{SCHEMA.name}"


def test_the_schema_has_every_key_and_no_other() -> None:
    """Of each table every key, with its words; what is unknown is a fault to an editor, too."""
    schema = json_schema()
    assert set(schema["properties"]) == {*TABLES, OWN_KEYS}
    for name, model in TABLES.items():
        table = schema["properties"][name]
        table = table["items"] if name in SEVERAL else table
        assert list(table["properties"]) == list(model.model_fields)
        assert table["additionalProperties"] is False
        assert all(
            {"description", "examples"} <= each.keys() for each in table["properties"].values()
        )


@pytest.mark.parametrize("draft", ["Draft4Validator", "Draft7Validator"])
def test_an_editor_takes_what_the_program_takes(draft: str) -> None:
    """The shipped file and all examples hold the schema, in both drafts that editors know."""
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed: make test")
    validator = getattr(jsonschema, draft)(json_schema())
    files = [(ROOT / "config.toml").read_text(encoding="utf-8")]
    files += [file_with(table, key, lines) for table, key in KEYS for lines in examples(table, key)]
    for text in files:
        assert not list(validator.iter_errors(tomllib.loads(text))), text


@pytest.mark.parametrize(
    ("table", "key", "wrong"),
    [
        ("source", "evry", '"1h"'),
        ("source", "enabled", '"no"'),
        ("source", "every", "15"),
        ("source", "related", '"none"'),
        ("source", "max_bytes", "1"),
        ("source", "fields", '{ titel = "headline" }'),
        ("feed", "limit", "5000"),
        ("feed", "limit", '"200"'),
        ("feed", "order", '"Top"'),
        ("feed", "sources", "[]"),
    ],
)
def test_an_editor_marks_what_is_wrong(table: str, key: str, wrong: str) -> None:
    """Unknown keys, wrong kinds, choices and bounds are seen while they are typed."""
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed: make test")
    data = tomllib.loads(file_with(table, key, f"{key} = {wrong}"))
    assert list(jsonschema.Draft4Validator(json_schema()).iter_errors(data))


def test_the_schema_is_json_for_the_drafts_that_editors_know() -> None:
    """No word of later drafts is in it, and no reference, beside which editors look at nothing."""
    text = json.dumps(json_schema())
    assert not any(f'"{word}"' in text for word in ("$ref", "$defs", "const", "prefixItems"))
    assert Path(SCHEMA).stat().st_size < 100_000
