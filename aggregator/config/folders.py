"""Paths of a configuration: whose home ``~`` is, and what must not lie in the published folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from aggregator.config.advice import toml_value
from aggregator.config.messages import Finding
from aggregator.models import Config

_SQLITE = "sqlite:///"


def at_home(path: str) -> str:
    """Put a home in place of a ``~`` that a path begins with; a user that is not there stays.

    >>> at_home("dumps/~draft")
    'dumps/~draft'
    """
    try:
        return str(Path(path).expanduser()) if path.startswith("~") else path
    except RuntimeError:  # no such user
        return path


def published_secrets(config: Config) -> Iterator[Finding]:
    """Find what everybody could read: the configuration, the store or backups in ``output``."""
    output = _real(config.site.output)
    store = Path(config.store_url.removeprefix(_SQLITE))
    if _real(config.path).is_relative_to(output):
        message = "everybody can read what lies in this folder, and the configuration does"
        yield Finding(("site", "output"), message, '"feeds"')
        return
    if _real(store).is_relative_to(output):
        written = toml_value(f"{_SQLITE}{store.name}")
        message = "everybody can read what lies in the folder of [site] output, as this would"
        yield Finding(("store", "url"), message, written)
    if _real(config.upkeep.backup_folder).is_relative_to(output):
        message = "everybody can read what lies in the folder of [site] output, as backups would"
        yield Finding(("store", "backup_folder"), message, '"backups"')


def _real(path: Path) -> Path:
    """Return a path without links; unlike ``Path.resolve`` also where links lead in a circle."""
    return Path(os.path.realpath(path))
