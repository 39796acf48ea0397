"""``config.toml`` → ``Config``: the one way in is ``load``; ``stamp`` tells when to load anew."""

from aggregator.config.file import Stamp, load, load_with_doubts, parse, read_text, stamp

__all__ = ["Stamp", "load", "load_with_doubts", "parse", "read_text", "stamp"]
