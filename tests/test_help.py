"""The command line as a person meets it: its help, colours, completion, and how much it says."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from aggregator import cli
from aggregator.cli import commands
from aggregator.commands.help import HelpContext, write_sections
from tests.support.configurations import LOCAL, Write
from tests.support.loopback import Loopback, Page
from tests.support.texts import item, rss
from tests.test_cli import ROOT, Run, run, run_process

__all__ = ["run"]  # the fixture

NAMES = commands.list_commands(click.Context(commands))
COLUMNS = 80
SHELLS = ("bash", "zsh", "fish")


def help_of(*words: str) -> str:
    """Return a help as a terminal of 80 columns shows it."""
    shown = CliRunner().invoke(
        commands, [*words, "--help"], prog_name="aggregator", terminal_width=COLUMNS
    )
    assert shown.exit_code == 0
    return shown.output


def command_named(name: str) -> click.Command:
    """Return one of the program's commands."""
    command = commands.get_command(click.Context(commands), name)
    assert command is not None
    return command


def on_terminal(*arguments: str, **environment: str) -> str:
    """Return what the program prints on a terminal."""
    inherited = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    own, other = pty.openpty()
    done = subprocess.Popen(
        [sys.executable, "-m", "aggregator", *arguments],
        stdout=other,
        stderr=other,
        cwd=ROOT,
        env={**inherited, "TERM": "xterm-256color", **environment},
    )
    os.close(other)
    pieces = []
    while True:
        try:
            piece = os.read(own, 65_536)
        except OSError:  # the last writer has closed it
            break
        pieces.append(piece)
    os.close(own)
    done.wait()
    return b"".join(pieces).decode()


def test_the_help_lists_each_command_in_one_section_on_one_line() -> None:
    """No description is cut or wrapped at 80 columns, and all begin in one column."""
    lines = help_of().splitlines()
    assert all(len(line) <= COLUMNS for line in lines)
    listed = {name: [line for line in lines if line.startswith(f"  {name} ")] for name in NAMES}
    assert {name: len(found) for name, found in listed.items()} == dict.fromkeys(NAMES, 1)
    for name, (line,) in listed.items():
        assert line.endswith((command_named(name).help or "").splitlines()[0])
    assert len({re.match(r"  \S+ +", line).end() for (line,) in listed.values()}) == 1  # type: ignore[union-attr]
    assert [line for line in lines[1:] if line[:1].strip()] == [
        *("Options", "Every day", "Configuration", "Upkeep", "Beyond one machine")
    ]


def test_a_command_that_no_section_names_is_one_of_the_configuration() -> None:
    """A new command needs a line in the table of commands alone."""
    formatter = HelpContext(commands).make_formatter()
    write_sections(formatter, {"once": "a", "preview": "b"}, [("Every day", ["once"])], "Other")
    shown = click.unstyle(formatter.getvalue())
    assert shown.split() == ["Every", "day", "once", "a", "Other", "preview", "b"]


def test_every_section_names_commands_that_there_are() -> None:
    """A command that is renamed is renamed in its section, too."""
    named = [name for _, names in cli._SECTIONS for name in names]  # noqa: SLF001 - the table itself
    assert len(named) == len(set(named))
    assert set(named) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_help_of_a_command_fits_and_shows_what_can_be_left_out(name: str) -> None:
    """Lines fit, an argument is in brackets exactly if it can be left out, own options first."""
    shown = help_of(name)
    assert all(len(line) <= COLUMNS for line in shown.splitlines())
    usage = shown.splitlines()[0]
    for parameter in command_named(name).params:
        if isinstance(parameter, click.Argument):
            word = parameter.make_metavar(click.Context(commands)).strip("[]")
            assert (f"[{word}]" in usage) == (not parameter.required), usage
    options = re.findall(r"(?m)^  (?:-\w, )?(--[a-z-]+)", shown)
    shared = ("--config", "--log-format", "--log-level", "--verbose", "--quiet", "--no-color")
    kinds = [option in shared for option in options[:-1]]
    assert options[-1] == "--help"
    assert kinds == sorted(kinds), options


def test_headings_are_bold_on_a_terminal_alone() -> None:
    """``NO_COLOR`` and ``--no-color`` take that off, and nothing is bold in a file."""
    bold = "\x1b[1mOptions"
    assert bold in on_terminal("once", "--help")
    for shown in (on_terminal("once", "--help", NO_COLOR="1"), help_of()):
        assert "Options" in shown
        assert "\x1b" not in shown


@pytest.mark.more
def test_what_has_no_colours_has_none_wherever_it_is_said() -> None:
    """The help of all commands is like that of one, and the option like the variable."""
    bold = "\x1b[1mOptions"
    assert bold in on_terminal("--help")
    assert bold in on_terminal("--help", NO_COLOR="")
    for shown in (
        on_terminal("--help", NO_COLOR="1"),
        on_terminal("--no-color", "--help"),
        on_terminal("--no-color", "once", "--help"),
    ):
        assert "Options" in shown
        assert "\x1b" not in shown


def test_tables_have_colours_on_a_terminal_unless_they_are_forbidden(
    tmp_path: Path, write_config: Write
) -> None:
    """A source that fails is red in ``status``, but for who wants no colours."""
    (tmp_path / "dumps").mkdir()
    path = write_config(f'[[source]]\nname = "a"\nfeed = "http://127.0.0.1:9/"\n{LOCAL}')
    assert run_process(tmp_path, "once").returncode == 1
    asked = ("status", "--config", str(path))
    coloured = re.compile(r"\x1b\[(?:[0-9]+;)*[349][0-7]m")
    assert coloured.search(on_terminal(*asked))
    for shown in (on_terminal(*asked, NO_COLOR="1"), on_terminal(*asked, "--no-color")):
        assert "failing" in shown
        assert not coloured.search(shown)


@pytest.mark.parametrize(
    "shell",
    [pytest.param(each, marks=pytest.mark.more if each != "bash" else ()) for each in SHELLS],
)
def test_a_shell_completes_commands_and_options(shell: str) -> None:
    """The program writes the shell's script, and answers what a word may become."""
    whole = {"COMP_WORDS": "aggregator st", "COMP_CWORD": "st" if shell == "fish" else "1"}
    options = {"COMP_WORDS": "aggregator once --a", "COMP_CWORD": "--a" if shell == "fish" else "2"}
    assert "_AGGREGATOR_COMPLETE" in completion(f"{shell}_source")
    assert re.search(r"\bstatus\b", completion(f"{shell}_complete", **whole))
    assert "search" not in completion(f"{shell}_complete", **whole)
    assert "--all" in completion(f"{shell}_complete", **options)


def completion(instruction: str, **words: str) -> str:
    """Return what the program answers a shell."""
    done = subprocess.run(
        [sys.executable, "-m", "aggregator"],
        cwd=ROOT,
        env={**os.environ, "_AGGREGATOR_COMPLETE": instruction, **words},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


def test_quiet_says_nothing_where_all_is_good_and_all_where_something_failed(
    run: Run, tmp_path: Path, write_config: Write, web: Loopback
) -> None:
    """For cron: no summary and no log of a good pass; of a bad one, the summary and exit code 1."""
    web.pages["/a"] = Page(rss([item(1)]))
    write_config(f'[[source]]\nname = "a"\nfeed = "{web.url}/a"\n{LOCAL}')
    done = run(tmp_path, "once", "-q")
    assert (done.exit_code, done.output) == (0, "")
    web.pages.clear()
    done = run(tmp_path, "once", "--quiet", "--all")
    assert done.exit_code == 1
    assert "404" in done.stdout


def test_two_options_that_say_the_level_of_the_log_are_a_fault(
    run: Run, tmp_path: Path, write_config: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``-v`` and ``-q`` are levels; the environment's gives way to either."""
    write_config('[[source]]\nname = "d"\ndump = "*.txt"\n')
    for words in (("-v", "-q"), ("-v", "--log-level", "info"), ("-q", "--log-level", "error")):
        done = run(tmp_path, "once", *words)
        assert done.exit_code == 2
        assert "one of --verbose, --quiet and --log-level" in done.stderr
    monkeypatch.setenv("AGGREGATOR_LOG_LEVEL", "info")
    assert run(tmp_path, "once", "-q").exit_code == 0
    assert os.environ["AGGREGATOR_LOG_LEVEL"] == "warning"
    assert run(tmp_path, "once", "-v").exit_code == 0
    assert os.environ["AGGREGATOR_LOG_LEVEL"] == "debug"


@pytest.mark.parametrize("name", NAMES)
def test_the_page_says_with_which_codes_a_command_exits(name: str) -> None:
    """Each command's section names its exit codes, 0 and 2 at least."""
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    section = page.split(f"\n## `aggregator {name}`\n", 1)[1].split("\n## ", 1)[0]
    (said,) = re.findall(r"(?s)(?:Exit codes: |and exit code )(.*?)\n\n", section)
    assert "0" in f"{said} {section}"
    assert re.search(r"\b2\b", said)
