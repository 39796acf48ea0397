"""How a line of the log looks: the same from every process of the program."""

from __future__ import annotations

import logging
import sys


def start() -> None:
    """Log to standard error, a line each, with the local time."""
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(message)s",
        datefmt="%Y-%m-%d %H:%M:%S",
        stream=sys.stderr,
    )
