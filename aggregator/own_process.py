"""How a module of this program is run in a process of its own.

``python -m`` alone would find modules in the current folder first. That folder may be one that
others write into, as dumps are dropped beside a configuration: a file ``json.py`` there would run.
"""

from __future__ import annotations

import os
import sys


def command(module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module, which finds none in the current folder."""
    return [sys.executable, "-P", "-m", module, *arguments]


def environment() -> dict[str, str]:
    """Return the environment in which the process finds modules where this one finds them."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
