"""What the pages say is so: keys, parts of records, commands, options, types, links and paths."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import click
import pytest

from aggregator.cli import commands
from aggregator.config.schema import TABLES, ConfigTable
from aggregator.models import RECORD_PARTS, Config

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md")))
ROW = re.compile(r"(?m)^\| `([^`\n]+)` \|[ ]?([^|\n]*) \|")
GROUP = click.Context(commands, info_name="aggregator", max_content_width=200, terminal_width=200)
COMMANDS = commands.list_commands(GROUP)
SMALLEST = {
    "source": '[[source]]\nname = "a"\nfeed = "https://example.org/"\n',
    "feed": '[[feed]]\nname = "a"\n',
}


def brackets(table: str) -> str:
    """Return a table's name in one pair of brackets, or in two where there can be several."""
    is_array = get_args(ConfigTable.model_fields[table].annotation)
    return f"[[{table}]]" if is_array else f"[{table}]"


def section(page: str, heading: str) -> str:
    """Return what stands under a heading of a page."""
    text = (DOCS / page).read_text(encoding="utf-8")
    assert f"\n## {heading}" in text, f"docs/{page} has no heading ## {heading}"
    return text.split(f"\n## {heading}", 1)[1].split("\n## ", 1)[0]


def rows(page: str, heading: str) -> list[tuple[str, str]]:
    """Return the first two cells of every row under a heading of a page."""
    cells = ROW.findall(section(page, heading))
    return [(name.replace("\\|", "|"), default) for name, default in cells]


@pytest.mark.parametrize("table", TABLES)
def test_every_key_is_documented(table: str) -> None:
    """The tables of the page name exactly the keys of the model."""
    documented = [key for key, _ in rows("configuration.md", f"`{brackets(table)}`")]
    assert sorted(documented) == sorted(TABLES[table].model_fields)


@pytest.mark.parametrize("table", TABLES)
def test_a_documented_default_is_what_a_missing_key_means(
    table: str, make_config: Callable[[str], Config]
) -> None:
    """A default that stands on the page as a value changes nothing when it is written out."""
    smallest = SMALLEST.get(table, f"{brackets(table)}\n")
    others = "" if table == "source" else SMALLEST["source"]
    without = make_config(smallest + others)
    for key, default in rows("configuration.md", f"`{brackets(table)}`"):
        if re.fullmatch("`[^`]+`", default):
            assert make_config(f"{smallest}{key} = {default[1:-1]}\n{others}") == without, key


def test_every_part_of_a_record_is_documented_and_can_be_named() -> None:
    """The page names exactly the parts that the configuration takes and records are read for."""
    documented = [part for part, _ in rows("dumps.md", "Names of columns")]
    assert sorted(documented) == sorted(RECORD_PARTS)


def command_named(name: str) -> click.Command:
    """Return one of the program's commands."""
    command = commands.get_command(GROUP, name)
    assert command is not None, name
    return command


def shown_name(parameter: click.Parameter) -> str:
    """Return an argument or option as its help shows it, without brackets."""
    if not isinstance(parameter, click.Option):
        return parameter.human_readable_name.strip("[]")
    longest = max(parameter.opts, key=len)
    if parameter.is_flag:
        return longest
    return f"{longest} {parameter.metavar or parameter.type.name.upper()}"


def shown_default(parameter: click.Parameter) -> str | None:
    """Return what a parameter means if left out; ``None`` where the page says it in words."""
    if isinstance(parameter, click.Option) and parameter.is_flag:
        return "off"
    if parameter.required:
        return "required"
    return f"`{parameter.default}`" if isinstance(parameter.default, str) else None


def check_parameters(heading: str, parameters: list[click.Parameter]) -> None:
    """Check that a section of the commands' page has a row for each parameter, and no other."""
    documented = dict(rows("cli.md", heading))
    assert sorted(documented) == sorted(map(shown_name, parameters))
    for parameter in parameters:
        default = documented[shown_name(parameter)]
        assert default == (shown_default(parameter) or default), parameter.name
        assert default, parameter.name


def test_every_command_is_documented() -> None:
    """The page has a section for the program and for each command, and no other."""
    headings = re.findall(r"(?m)^## (.*)", (DOCS / "cli.md").read_text(encoding="utf-8"))
    assert headings == ["`aggregator`", *(f"`aggregator {name}`" for name in COMMANDS)]
    check_parameters("`aggregator`", commands.get_params(GROUP))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_documented(name: str) -> None:
    """A command's section names exactly its arguments and options, with their defaults."""
    check_parameters(f"`aggregator {name}`", command_named(name).params)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_described_in_one_way(name: str) -> None:
    """The program's help and the page begin with the first line of the command's own help.

    The program's help takes it from a table, so that it need not import the command.
    """
    first_line = (command_named(name).help or "").splitlines()[0]
    assert re.search(rf"(?m)^  {name} +{re.escape(first_line)}$", commands.get_help(GROUP))
    assert section("cli.md", f"`aggregator {name}`").strip().startswith(first_line)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_example_can_be_run(name: str) -> None:
    """A command's section has examples, and the command takes their arguments."""
    text = section("cli.md", f"`aggregator {name}`")
    examples = re.findall(rf"(?m)^aggregator {name}((?: .*)?)$", text)
    assert examples
    for arguments in examples:
        command_named(name).make_context(name, shlex.split(arguments))


@pytest.mark.parametrize("arguments", [["--help"], ["check"]])
def test_help_and_check_import_little(
    arguments: list[str], tmp_path: Path, write_config: Callable[[str], Path]
) -> None:
    """Neither needs the store or what compares texts, whose libraries are slow to import."""
    write_config(SMALLEST["source"])
    program = (
        "import sys\n"
        "from aggregator.cli import commands\n"
        "commands(sys.argv[1:], prog_name='aggregator', standalone_mode=False)\n"
        "print(*({'numpy', 'sqlalchemy'} & set(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout
    assert done.stderr.split() == []


def test_decisions_stand_newest_first() -> None:
    """The page of decisions has a heading for each day, the newest first."""
    days = re.findall(r"(?m)^## (.*)", (DOCS / "decisions.md").read_text(encoding="utf-8"))
    assert days == sorted(set(days), reverse=True)
    assert all(re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", day) for day in days)


# A link or picture of Markdown: the address behind the brackets.
LINK = re.compile(r"\]\(([^()\s]+)\)")
FENCED = re.compile(r"(?ms)^```.*?^```$")
# A file or folder: parts joined by slashes, or a name with the ending of a file of ours.
PATH = re.compile(
    r"`([\w.*-]+(?:/[\w.*-]+)+/?|[\w.*-]+/|[\w*-]+\.(?:py|md|toml|tsv|txt|cfg|lock))`"
)


def prose(page: Path) -> str:
    """Return a page without its blocks of code."""
    return FENCED.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """Return what a link can name within a page: each heading, as GitHub writes it."""
    headings = re.findall(r"(?m)^#+ (.*)", prose(page))
    return {re.sub("[^a-z0-9 _-]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    """A relative link names a file that is there, and a heading that it has."""
    for link in LINK.findall(prose(page)):
        if link.startswith(("http://", "https://")):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "docs/architecture.md"])
def test_every_path_is_there(name: str) -> None:
    """A path in backticks is one of the repository, from its root or from the package."""
    paths = set(PATH.findall(prose(ROOT / name)))
    assert paths
    tops = (ROOT, ROOT / "aggregator")
    missing = [path for path in paths if not any(any(top.glob(path)) for top in tops)]
    assert sorted(missing) == []
