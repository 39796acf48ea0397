"""Combines Bengali news feeds and page dumps into RSS and Atom feeds.

A due source is fetched, parsed and normalised into entries; entries are identified and clustered
into stories in the store; each published feed is selected from the store, rendered, and put in
place if its bytes differ.

Imports run downward only::

    cli → commands → service → console → pipeline → the stages and the store → bengali, config
    → urls, markup → models, errors

The stages are fetch, parse, normalise, identity, stories and publish. None imports another:
``pipeline`` joins them.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    __version__: str
else:

    def __getattr__(name: str) -> str:
        """Return the version, which takes a tenth of the start to look up, when it is asked for."""
        if name != "__version__":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib.metadata import version

        return version("bengali-feed-aggregator")
