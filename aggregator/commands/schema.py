"""``aggregator schema``: what editors complete and check a configuration by."""

from __future__ import annotations

import click

from aggregator.config.json_schema import schema_text


@click.command()
def schema() -> None:
    """Print a JSON Schema of the configuration, for editors.

    An editor that knows TOML completes and checks config.toml where its first line names the file
    that this is written to: #:schema ./config.schema.json
    """
    click.echo(schema_text(), nl=False)
