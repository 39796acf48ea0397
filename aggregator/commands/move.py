"""``aggregator move``: the store is copied into another database."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click

from aggregator.commands.exits import exit_on_fault
from aggregator.commands.options import as_typed, config_option, load_config
from aggregator.config import store_url_of
from aggregator.push.spool import Spool
from aggregator.push.told import folder_of
from aggregator.store.moving import check_none_waits
from aggregator.store.moving import move as move_store
from aggregator.store.place import is_postgresql, path_of

# A password that is no variable: before the host, or among libpq's parameters.
_IS_VARIABLE = r"\$\{\w+\}"
_PASSWORD = re.compile(rf"((?<=//)[^:@/]*:)(?!{_IS_VARIABLE}@)[^@/]*(?=@)")
_PARAMETER = re.compile(rf"([?&](?:ssl)?password=)(?!{_IS_VARIABLE}(?:&|$))[^&]*")


@click.command()
@config_option
@click.argument("target", metavar="URL", callback=as_typed)
def move(config_path: Path, target: str) -> None:
    """Copy the store into another database, PostgreSQL or SQLite.

    URL is written as in [store] url. It must have no store yet, and no service may run meanwhile.
    Ids, texts and times stay as they are.
    """
    config = load_config(config_path)
    with exit_on_fault():
        _refuse_waiting(config.store_url)
        moved = move_store(config.store_url, store_url_of(target, config_path))
    click.echo(f"{moved.entries} entries are copied, {moved.rows} rows in all, each table counted")
    click.echo("the next pass makes the index for searching anew; published files stay as they are")
    click.echo(f"\nNow write into {config_path}:\n\n[store]\nurl = {_as_written(target)}")


def _refuse_waiting(store_url: str) -> None:
    """Raise StoreError where hubs sent what the service of a store in a file has not stored yet."""
    if is_postgresql(store_url):
        return  # there it lies in the store, which is looked at as it is moved
    waiting = Spool(folder_of(path_of(store_url))).waiting()
    check_none_waits(sum(1 for _ in waiting), "aggregator run")


def _as_written(url: str) -> str:
    """Return the URL as a text of TOML; a password that was typed stays out of the file."""
    for secret in (_PASSWORD, _PARAMETER):
        url = secret.sub(r"\1${PASSWORD}", url)
    return json.dumps(url, ensure_ascii=False)
