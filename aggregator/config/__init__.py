"""``config.toml`` → ``Config``: the one way in is ``load``; ``stamp`` tells when to load anew.

``store_url_of`` reads the URL of another store as the file would have it.
"""

from aggregator.config.file import Stamp, load, stamp, store_url_of

__all__ = ["Stamp", "load", "stamp", "store_url_of"]
