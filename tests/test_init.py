"""``aggregator init``: what it writes, what it leaves alone, and what it says is next."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click import Context
from click.testing import CliRunner, Result

from aggregator import config as configuration
from aggregator.cli import commands
from aggregator.errors import ConfigError

ROOT = Path(__file__).parent.parent
SHIPPED = (ROOT / "config.toml").read_text(encoding="utf-8")
NAMES = commands.list_commands(Context(commands))
KEY = re.compile(r"# [a-z_]+ = ")


def init(*arguments: str) -> Result:
    """Run the command within this process."""
    return CliRunner().invoke(commands, ["init", *arguments], prog_name="aggregator")


def test_the_package_has_the_configuration_of_the_clone() -> None:
    """There is one text: what is in the package is a link to what is at the root."""
    packaged = ROOT / "aggregator" / "config" / "shipped.toml"
    assert packaged.read_text(encoding="utf-8") == SHIPPED
    assert packaged.is_symlink() or not (ROOT / ".git").exists()  # an archive has it twice


def test_an_empty_place_gets_what_runs(tmp_path: Path) -> None:
    """The shipped configuration as it is, the folders that it names, and what to do next."""
    done = init(str(tmp_path / "a b"))
    assert done.exit_code == 0, done.output
    assert (tmp_path / "a b" / "config.toml").read_text(encoding="utf-8") == SHIPPED
    assert sorted(path.name for path in (tmp_path / "a b").iterdir()) == [
        "config.schema.json", "config.toml", "dumps", "feeds"
    ]  # fmt: skip
    config = configuration.load(tmp_path / "a b" / "config.toml")
    assert config.site.output == tmp_path / "a b" / "feeds"
    assert [Path(source.dump).parent.name for source in config.sources if source.dump] == ["dumps"]
    assert f"  cd '{tmp_path}/a b'\n" in done.output
    assert " check    #" in done.output


def test_what_is_next_can_be_called_from_the_new_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that was called by a path from here is named by one that leads to it from there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "argv", [".venv/bin/aggregator", "init", "khobor"])
    assert f"  {tmp_path}/.venv/bin/aggregator check" in init("khobor").output


def test_a_place_with_a_configuration_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It exits with 2, names the file, and writes nothing; also where it is a link to nothing."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "config.toml"
    for make in (
        lambda: path.write_text("# mine", encoding="utf-8"),
        lambda: path.symlink_to("nothing"),
    ):
        make()
        done = init()
        assert done.exit_code == 2
        assert done.output == "config.toml is there already, and is left as it is\n"
        assert [name.name for name in tmp_path.iterdir()] == ["config.toml"]
        path.unlink()


def test_what_is_given_is_set(tmp_path: Path) -> None:
    """Each option sets its key in its line, and nothing else is changed."""
    done = init(str(tmp_path), "--url", "https://feeds.example.org/", "--listen", "0.0.0.0:80")
    assert done.exit_code == 0, done.output
    written = (tmp_path / "config.toml").read_text(encoding="utf-8").splitlines()
    changed = [line for line in written if line not in SHIPPED.splitlines()]
    assert changed == ['url = "https://feeds.example.org/"', 'listen = "0.0.0.0:80"']
    assert len(written) == len(SHIPPED.splitlines())
    site = configuration.load(tmp_path / "config.toml").site
    assert (site.url, site.listen_host, site.listen_port) == (
        "https://feeds.example.org/", "0.0.0.0", 80  # noqa: S104 - a container's own
    )  # fmt: skip


def test_what_a_clone_has_set_already_is_set_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In [site] alone, where another table has a key of that name, too; or a key is left out."""
    own = SHIPPED.replace('\n# listen = "127.0.0.1:8000"', '\nlisten = "127.0.0.1:9000"').replace(
        "\n# url = ", "\n# no_url = "
    )
    assert own.count("\nlisten = ") == 1
    monkeypatch.setattr("aggregator.commands.init._shipped", lambda: own)
    done = init(str(tmp_path), "--listen", "0.0.0.0:80", "--url", "https://feeds.example.org/")
    assert done.exit_code == 0, done.output
    config = configuration.load(tmp_path / "config.toml")
    assert (config.site.listen_port, config.site.url) == (80, "https://feeds.example.org/")
    assert (config.status.listen_host, config.status.listen_port) == ("127.0.0.1", 8001)


@pytest.mark.parametrize("heading", ["[site] # mine\n", ""])
def test_a_clone_may_have_any_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, heading: str
) -> None:
    """The heading of the table may have a comment, or be missing."""
    own = f'{heading}[status]\nlisten = ""\n[[source]]\nname = "d"\ndump = "d/*"\n'
    monkeypatch.setattr("aggregator.commands.init._shipped", lambda: own)
    done = init(str(tmp_path), "--listen", "0.0.0.0:80")
    assert done.exit_code == 0, done.output
    config = configuration.load(tmp_path / "config.toml")
    assert (config.site.listen_port, config.status.listen_host) == (80, "")


@pytest.mark.parametrize(
    "names", [["once"], pytest.param(NAMES, marks=pytest.mark.more)], ids=["one", "all"]
)
def test_a_program_that_was_called_as_a_module_is_called_so_next(
    tmp_path: Path, names: list[str]
) -> None:
    """Not by the name of the file that Python ran; usage and faults name ``aggregator``."""

    def called(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "aggregator", *arguments],
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT), "PATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )

    assert f"  {sys.executable} -m aggregator check " in called("init", "khobor").stdout
    for name in names:
        assert called(name, "--help").stdout.startswith(f"Usage: aggregator {name} ")
    assert called("nothing").stderr.startswith("Usage: aggregator ")


@pytest.mark.parametrize("value", ['0.0.0.0:80"', "a\\", "no port", "a\nb"])
def test_a_fault_is_named_before_anything_is_written(tmp_path: Path, value: str) -> None:
    """Whatever is given for a key, the fault is named with its line, and the place stays empty."""
    done = init(str(tmp_path), "--listen", value)
    assert done.exit_code == 2
    assert done.output.startswith("config.toml:12:")
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """One sentence, and exit code 2."""
    (tmp_path / "file").write_text("")
    done = init(str(tmp_path / "file" / "below"))
    assert done.exit_code == 2
    assert done.output == f"{tmp_path}/file/below/dumps cannot be written: Not a directory\n"
    (tmp_path / "dumps").write_text("")
    done = init(str(tmp_path))
    assert done.exit_code == 2
    assert done.output == f"{tmp_path}/dumps is there already, and is left as it is\n"
    assert not (tmp_path / "config.toml").exists()


def test_a_system_that_is_not_posix_is_told_so(tmp_path: Path) -> None:
    """One sentence and exit code 2, before anything is imported that such a system lacks."""
    program = "import os; os.name = 'nt'; from aggregator.__main__ import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == "aggregator: needs a POSIX system, as Linux or macOS\n"


@pytest.mark.parametrize("line", [line for line in SHIPPED.splitlines() if KEY.match(line)])
def test_a_line_of_the_shipped_configuration_can_be_put_in_force(tmp_path: Path, line: str) -> None:
    """Without the comment sign alone, each key belongs to the table that it stands in."""
    path = tmp_path / "config.toml"
    path.write_text(SHIPPED.replace(f"\n{line}", f"\n{line.removeprefix('# ')}"), encoding="utf-8")
    try:
        configuration.load(path)
    except ConfigError as error:
        assert "unknown key" not in str(error)
