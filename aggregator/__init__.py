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

from importlib.metadata import version

__version__ = version("bengali-feed-aggregator")
