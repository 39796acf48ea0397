"""``config.toml`` → ``Config``: the one way in is ``load``."""

from aggregator.config.file import load

__all__ = ["load"]
