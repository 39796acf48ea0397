"""``aggregator restore``: what a backup holds is put back."""

from __future__ import annotations

from pathlib import Path

import click

from aggregator.commands.exits import exit_on_fault
from aggregator.commands.options import config_option, load_config
from aggregator.pipeline.restore import Restored, put_configuration
from aggregator.pipeline.restore import restore as restore_backup


@click.command()
@config_option
@click.option("--force", is_flag=True, help="Also where there is a store, which is kept beside.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def restore(config_path: Path, file: Path, force: bool) -> None:
    """Put back what a backup holds; no service may run meanwhile."""
    with exit_on_fault():
        variables = put_configuration(file, config_path)
    if variables is not None:
        click.echo(f"{config_path}: put back")
    if variables:
        click.echo(f"it takes from the environment: {', '.join(variables)}")
    config = load_config(config_path)
    with exit_on_fault():
        restored = restore_backup(config, file, may_replace=force)
    click.echo("\n".join(_lines(restored, config_path)))


def _lines(restored: Restored, config_path: Path) -> list[str]:
    made = f"{restored.made:%Y-%m-%d %H:%M} UTC"
    lines = [f"{restored.store}: {restored.contents.entries} entries, as they were at {made}"]
    if restored.aside:
        lines.append(f"the store that was there before is {restored.aside}")
    if restored.other_configuration:
        lines.append(
            f"{config_path} stays as it is; that of the backup is {restored.other_configuration}"
        )
    if restored.is_remembered:
        lines.append("the published folder remembers again which feeds it had, and which are gone")
    lines.append("the next pass publishes what is not in place")
    return lines
