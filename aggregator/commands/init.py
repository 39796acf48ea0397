"""``aggregator init``: a configuration to begin with, for who has the program without a clone."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import sysconfig
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from aggregator.commands.exits import fail
from aggregator.commands.options import load_config

_NAME = "config.toml"
_FOLDERS = {"dumps": "page dumps are read from here", "feeds": "what is published"}
# Where an installation has its samples and pages (setup.cfg, options.data_files).
_SHARED = {
    "share/aggregator": "samples for systemd, cron and web servers",
    "share/doc/aggregator": "pages of documentation",
}


@click.command()
@click.argument("folder", default=".", type=click.Path(path_type=Path, file_okay=False))
@click.option("--url", help="[site] url: the address where readers see what is published.")
@click.option("--listen", help="[site] listen: the address that `run` serves at, as HOST:PORT.")
def init(folder: Path, url: str | None, listen: str | None) -> None:
    """Write a configuration and its folders into a place that has none.

    A configuration that is there is left as it is, and nothing is written.
    """
    path = folder / _NAME
    text = _with_site_keys(_shipped(), {"url": url, "listen": listen})
    _check(text)
    if os.path.lexists(path):
        fail(f"{path} is there already, and is left as it is")
    try:
        for name in _FOLDERS:
            (folder / name).mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:  # another may have written it meanwhile
            file.write(text)
    except FileExistsError as error:
        fail(f"{error.filename} is there already, and is left as it is")
    except OSError as error:
        fail(f"{error.filename} cannot be written: {error.strerror}")
    _say_what_is_next(folder)


def _shipped() -> str:
    """Return the configuration that the project ships, which is in the package, too."""
    return files("aggregator.config").joinpath("shipped.toml").read_text(encoding="utf-8")


def _with_site_keys(text: str, values: dict[str, str | None]) -> str:
    """Set keys of [site], whose comments are the first of their names; ``None`` sets nothing."""
    for key, value in values.items():
        if value is not None:
            escaped = value.replace("\\", "\\\\").replace('"', '\\"')
            before, _, after = text.partition(f"\n# {key} = ")
            text = f'{before}\n{key} = "{escaped}"\n' + after.partition("\n")[2]
    return text


def _check(text: str) -> None:
    """Name the faults of a configuration and exit, before any of it is written to its place."""
    with TemporaryDirectory() as folder:
        path = Path(folder, _NAME)
        path.write_text(text, encoding="utf-8")
        load_config(path)


def _say_what_is_next(folder: Path) -> None:
    """Print what was written, and how to go on."""
    click.echo(f"{folder / _NAME}: what is read and published; each key has a comment")
    for name, what in _FOLDERS.items():
        click.echo(f"{folder / name}: {what}")
    click.echo("\nNext:")
    if folder != Path():
        click.echo(f"  cd {shlex.quote(str(folder))}")
    called = str(Path(sys.argv[0]).absolute())  # it is called next from another folder
    program = "aggregator" if shutil.which("aggregator") else shlex.quote(called)
    click.echo(f"  {program} check    # names every fault of the configuration")
    click.echo(f"  {program} run      # reads, publishes and serves, until Ctrl-C")
    shared = {Path(sysconfig.get_path("data"), name): what for name, what in _SHARED.items()}
    if lines := [f"{place}: {what}" for place, what in shared.items() if place.is_dir()]:
        click.echo("\nMore:\n" + "\n".join(lines))
