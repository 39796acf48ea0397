"""What RSS and Atom carry for people who open them in a browser, and readers pass over.

A style sheet, without which a browser shows bare markup, and two links: to how to subscribe, and to
the feed's page. The links are XHTML, as a browser follows no others in XML; both formats allow
elements of other namespaces (RFC 4287 §6.4; RSS 2.0, *Extending RSS*).
"""

from __future__ import annotations

from typing import Any

from lxml import etree

STYLE_SHEET_NAME = "feed.css"
# Stands behind the XML declaration (https://www.w3.org/TR/xml-stylesheet/).
STYLE_SHEET = f'<?xml-stylesheet href="{STYLE_SHEET_NAME}" type="text/css"?>\n'.encode()
_XHTML = "http://www.w3.org/1999/xhtml"


def ways_of(feed: str) -> Any:
    """Return the element that leads people on from a feed of this name.

    Its addresses are relative, so that they lead on where the files are opened from a disk, too.
    """
    spaces: dict[Any, str] = {None: _XHTML}  # the types of lxml know no namespace without a name
    ways = etree.Element(f"{{{_XHTML}}}div", lang="bn", nsmap=spaces)
    # Without it a phone takes the page for one of 980 px, and shows it too small to be read.
    etree.SubElement(
        ways, f"{{{_XHTML}}}meta", {"name": "viewport", "content": "width=device-width"}
    )
    for href, words in (
        ("subscribe.html", "কীভাবে সাবস্ক্রাইব করবেন"),
        (f"{feed}.html", "পাতা হিসেবে পড়ুন"),
    ):
        etree.SubElement(ways, f"{{{_XHTML}}}a", href=href).text = words
    return ways
