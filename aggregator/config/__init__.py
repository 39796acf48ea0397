"""``config.toml`` → ``Config``: the one way in is ``load``; ``stamp`` tells when to load anew.

``store_url_of`` reads the URL of another store as the file would have it.
"""

from aggregator.config.file import (
    Stamp,
    load,
    load_with_doubts,
    parse,
    read_text,
    stamp,
    store_url_of,
)

__all__ = ["Stamp", "load", "load_with_doubts", "parse", "read_text", "stamp", "store_url_of"]
