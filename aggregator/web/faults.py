"""What is said where an address has no file: a sentence in Bengali, and the same in English.

Sent as a plain text. A browser that asks for a page is sent one, with a way back to the front page:
whoever follows an old link is a person. Knows the names of two published files, and no more of what
is published.
"""

from __future__ import annotations

from html import escape
from http import HTTPStatus

from aggregator.publish import gone

MEDIA_TYPE = "text/html"  # of a page
TEXTS = {
    HTTPStatus.NOT_FOUND: (
        "এই ঠিকানায় কিছু নেই। ঠিকানাটি হয়তো বদলেছে, কিংবা লিখতে ভুল হয়েছে।\nThere is nothing here.\n"
    ).encode(),
    HTTPStatus.METHOD_NOT_ALLOWED: b"Files are only read here.\n",
    HTTPStatus.NOT_ACCEPTABLE: b"It is sent as it is, as br or as gzip, and none is accepted.\n",
    HTTPStatus.GONE: gone.BODY,
    HTTPStatus.PRECONDITION_FAILED: b"It is another by now.\n",
    # A reader that is told that a feed is gone may drop it; this is over soon.
    HTTPStatus.SERVICE_UNAVAILABLE: (
        "এই মুহূর্তে পাতাটি খোলা যাচ্ছে না। একটু পরে আবার চেষ্টা করুন।\nIt cannot be read now.\n"
    ).encode(),
}
# What a person meets; the rest of the texts are told to programs alone.
FOR_PEOPLE = (
    HTTPStatus.NOT_FOUND,
    HTTPStatus.GONE,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
_DEEPEST = 2  # slashes of an address: that of the page of an entry
_PAGE = """\
<!DOCTYPE html>
<html lang="bn">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="{root}favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="{root}style.css">
</head>
<body>
<main>
<h1>{title}</h1>
{paragraphs}
<p><a href="{root}index.html">প্রথম পাতায় যান</a></p>
</main>
</body>
</html>
"""


def is_for_a_person(status: HTTPStatus, path: str, accept: str | None) -> bool:
    """Tell whether a browser asked for a page, and is told something that a person can act on.

    Weights are not looked at, as no program that wants a feed names HTML there.
    """
    return is_by_accept(status, path) and MEDIA_TYPE in (accept or "").lower()


def is_by_accept(status: HTTPStatus, path: str) -> bool:
    """Tell whether a fault is told to some as a page, and to others as a text.

    The address of a page ends in ``.html`` or has no suffix.
    """
    name = path.rpartition("/")[2]
    is_of_page = "." not in name or name.endswith(".html")
    return status in FOR_PEOPLE and path.count("/") <= _DEEPEST and is_of_page


def page(text: bytes, path: str) -> bytes:
    """Return a text as a page for an address: its first sentence is the heading.

    The text is a line of Bengali, and, if there is a second line, the same in English.
    """
    bengali, *english = text.decode().splitlines()
    first, danda, rest = bengali.partition("।")
    paragraphs = [f"<p>{escape(rest.strip())}</p>"] if rest.strip() else []
    paragraphs += [f'<p lang="en">{escape(line)}</p>' for line in english]
    return _PAGE.format(
        title=escape(f"{first}{danda}"),
        paragraphs="\n".join(paragraphs),
        root="../" * (path.count("/") - 1),
    ).encode()
