"""Pieces of configurations that tests write."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from aggregator.models import Config, Site
from aggregator.pipeline.run_pass import PassReport

# The types of the fixtures ``write_config``, ``make_config`` and ``pass_over``.
Write = Callable[[str], Path]
Make = Callable[[str], Config]
PassOver = Callable[[str], PassReport]

# A site as tests of formats need one; nothing is served or written there.
SITE = Site(
    title="বাংলা সংবাদ",
    url="https://khobor.example/",
    language="bn",
    timezone="Asia/Dhaka",
    output=Path("feeds"),
    listen_host="127.0.0.1",
    listen_port=8000,
)

# What a source on loopback needs: permission, and no waiting between requests to one host.
LOCAL = 'allow_private = true\nspacing = "0s"\n'


def source(name: str, url: str) -> str:
    """Return a ``[[source]]`` table of a feed on loopback."""
    return f'[[source]]\nname = "{name}"\nfeed = "{url}"\n{LOCAL}'
