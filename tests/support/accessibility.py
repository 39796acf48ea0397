"""What axe-core finds in a page that keeps somebody from reading or using it.

Its script comes with the PyPI package ``axe-playwright-python`` (MPL-2.0), of which nothing else is
used, and is run in the page by the browser itself, so that no policy of the page hinders it.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from importlib.util import find_spec

import pytest

from tests.support.browser import Tab

_PACKAGE, _SCRIPT = "axe_playwright_python", "axe.min.js"
# WCAG 2.0 to 2.2 of levels A and AA, and what axe-core's makers advise beyond.
_RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice")
_RUN = f"""axe.run(document, {{runOnly: {json.dumps(_RULES)}, resultTypes: ["violations"]}})
  .then(({{violations}}) => violations.flatMap(({{id, help, nodes}}) => nodes.map(
    ({{target, failureSummary}}) => `${{id}} (${{help}}): ${{target}}: ${{failureSummary}}`)))"""


@cache
def _script() -> str:
    """Return axe-core; skip the test where it is not installed."""
    if find_spec(_PACKAGE) is None:
        pytest.skip("axe-core is not installed (make test installs it)")
    return (resources.files(_PACKAGE) / _SCRIPT).read_text(encoding="utf-8")


def violations(tab: Tab) -> list[str]:
    """Return each rule that the page of a tab violates, with the element; scripts must be on."""
    tab.evaluate(f"{_script()}; 0")
    found: list[str] = tab.evaluate(_RUN)
    return found
