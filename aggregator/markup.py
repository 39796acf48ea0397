"""Markup from sources: made safe to publish, or turned into plain text.

Whatever is published has gone through ``clean``. Knows which elements a news text needs; how to
sanitise is left to nh3 (the Rust library ammonia). Refuses to repair text.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable
from itertools import takewhile
from typing import Any

import nh3

from aggregator import lazy_images, markup_bounds, urls

# nh3's time grows with the square of the ampersands: 1 MB takes 1.4 s, 10 MB 60 s (measured).
MAX_CHARACTERS = 512 * 1024

TAGS = {
    *"p br hr div span h1 h2 h3 h4 h5 h6 ul ol li dl dt dd blockquote q cite pre code".split(),
    *"a img figure figcaption b strong i em u s sub sup small mark abbr time".split(),
    *"table caption thead tbody tfoot tr th td".split(),
}
ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "time": {"datetime"},
    "*": {"lang", "dir"},
}
ADDRESS_ATTRIBUTES = frozenset({"href", "src"})
# Built once: turning the sets into nh3's own costs each call twice what cleaning 5 KB does.
_ALLOWED: dict[str, Any] = {
    "tags": TAGS,
    "attributes": ATTRIBUTES,
    "url_schemes": {"http", "https", "mailto"},
    "link_rel": "noopener noreferrer",
}
_CLEANER = nh3.Cleaner(**_ALLOWED)
_STRIPPER = nh3.Cleaner(tags=set())
# No pattern here looks further than the next < or a bound: on 512 KB made to be slow, one that
# looks to the end from each position takes hours.
_RELATIVE = re.compile(r"""(?:href|src)\s*=\s*["']?(?!\s*(?:https?:|mailto:|["'>]))""", re.I)
# An image without an address, in markup that is clean: its attributes hold no < and no >.
_NO_IMAGE = re.compile(r"""<img(?:(?! src="[^"])[^<>])*>""")
_BLOCK_END = re.compile(
    r"<(?:br|hr|/p|/div|/h[1-6]|/li|/dt|/dd|/blockquote|/figcaption|/pre|/tr|/table)\b[^<>]*>", re.I
)
_BLOCK_ENDS, _LINE_ENDS = re.compile(f"({_BLOCK_END.pattern})", re.I), re.compile("(\n)")
_TAG = re.compile("<[^>]*>")
_CODE = re.compile(r"<(?P<name>pre|code)\b[^>]*>(?:(?!</(?P=name)>).)*</(?P=name)>", re.S)
_PIECES = re.compile(f"({_TAG.pattern})")
_ESCAPED_ENTITY = re.compile("&amp;(?=(?:#[0-9]{1,7}|#x[0-9a-fA-F]{1,6}|[a-zA-Z]{2,8}[0-9]{0,2});)")
# The elements of HTML, today's and old ones (HTML §4 and §16), as their names stand in no text by
# chance where < and > enclose them.
_ELEMENT_NAMES = (
    "a|abbr|acronym|address|applet|area|article|aside|audio|b|base|basefont|bdi|bdo|bgsound|big|blink|"
    "blockquote|body|br|button|canvas|caption|center|cite|code|col|colgroup|data|datalist|dd|del|"
    "details|dfn|dialog|dir|div|dl|dt|em|embed|fieldset|figcaption|figure|font|footer|form|frame|"
    "frameset|h[1-6]|head|header|hgroup|hr|html|i|iframe|image|img|input|ins|isindex|kbd|keygen|label|"
    "legend|li|link|listing|main|map|mark|marquee|math|menu|meta|meter|nav|nobr|noembed|noframes|"
    "noscript|object|ol|optgroup|option|output|p|param|picture|plaintext|pre|progress|q|rp|rt|ruby|s|"
    "samp|script|search|section|select|slot|small|source|span|strike|strong|style|sub|summary|sup|"
    "svg|table|tbody|td|template|textarea|tfoot|th|thead|time|title|tr|track|tt|u|ul|var|video|wbr|xmp"
)
# Whatever else has an attribute is an element as well: <x-news onfocus=…>.
_ELEMENT = re.compile(
    f"<!--(?:(?!<!--).)*?-->|</?(?:{_ELEMENT_NAMES})(?:[\\s/][^<>]*)?>"
    "|<[a-z][^\\s/<>=]*+[\\s/][^<>=]*+=[^<>]*+>",
    re.I | re.S,
)
_WRITTEN_ELEMENTS = re.compile(f"({_ELEMENT.pattern})", _ELEMENT.flags)
_ESCAPED_ELEMENT = re.compile(
    "&lt;(?:p|br|div|img|a|strong|span|h[1-6])(?:\\s[^<>]{0,500}?)?/?&gt;", re.I
)
_SECTION = "<![CDATA["
# A noncharacter, which no text has. Escaped as &amp;, 500,000 of them take nh3 4.5 s, so 0.01.
_AMPERSAND = "\ufdd0"
_STROKE = "\u0338"  # normalised to NFC, > with it is one character, and no tag ends there
_NEEDS_PARSING = re.compile("[<&]")
_SPACES = re.compile("  +")
_OTHER_SPACES = "\t\r\f\v\u00a0"
# Entities come escaped up to three times (&amp;amp;quot;); one round more finds nothing.
_UNESCAPE_ROUNDS = 4


def clean(markup: str, base_url: str) -> str:
    """Sanitise markup for publishing; relative links are resolved against ``base_url``.

    Images get their real address, and one without any is left out. Of markup longer than
    ``MAX_CHARACTERS`` only the beginning is kept, and addresses as long together.
    """
    markup = markup[:MAX_CHARACTERS]
    if not _NEEDS_PARSING.search(markup):
        return markup.strip()
    markup = markup_bounds.bounded(lazy_images.with_real_addresses(_without_sections(markup)))
    cleaner = _CLEANER
    if base_url and _has_relative_links(markup):
        left = MAX_CHARACTERS  # as 3,000 links below an address of 200 KB are 600 MB

        def resolve(tag: str, name: str, value: str) -> str | None:
            nonlocal left
            if name not in ADDRESS_ATTRIBUTES:
                return value
            if left < 0 or (tag == "img" and not value):
                return None
            address = _resolve(base_url, value)
            left -= len(address)
            return address if left >= 0 else None

        cleaner = nh3.Cleaner(attribute_filter=resolve, **_ALLOWED)
    safe: str = cleaner.clean(markup)
    if _STROKE in safe:
        safe = ">".join(_without_stroke(piece) for piece in safe.split(">"))
    return (_NO_IMAGE.sub("", safe) if "<img" in safe else safe).strip()


def _without_sections(markup: str) -> str:
    """Return markup without the marks of CDATA, in which HTML loses all up to the next ``>``."""
    return markup.replace(_SECTION, "").replace("]]>", "") if _SECTION in markup else markup


def _without_stroke(piece: str) -> str:
    """Return what follows a tag without a stroke that would be composed with the tag's ``>``."""
    marks = "".join(takewhile(unicodedata.combining, piece))
    return marks.replace(_STROKE, "") + piece.removeprefix(marks)


def _has_relative_links(markup: str) -> bool:
    """Tell whether some link may be relative; counting is ten times faster than the pattern."""
    if "=" not in markup:  # an attribute: of all searches the cheapest
        return False
    for name in ("href=", "src="):
        links = markup.count(name)
        if links and links != markup.count(f'{name}"http'):
            return bool(_RELATIVE.search(markup))
    return ("HREF" in markup or "SRC" in markup) and bool(_RELATIVE.search(markup))


def _resolve(base: str, link: str) -> str:
    """Return a link as an absolute address; an empty one leads to its own page (RFC 3986 §5.4).

    One that is no address at all is left to nh3, which sees that its scheme is not allowed.
    """
    return (urls.resolve(base, link) or link) if link else base


def unescaped(markup: str) -> tuple[str, bool]:
    """Undo escaping that was done once too often; return the markup, and whether there was any.

    Entities are resolved to one escape (``&amp;amp;quot;`` → ``&quot;``), and where all elements
    are escaped they become markup again, so the result is not safe: sanitise it after this.

    >>> unescaped("&lt;p&gt;এক &amp;amp;quot;দুই&amp;amp;quot;&lt;/p&gt;")
    ('<p>এক "দুই"</p>', True)
    """
    original = markup
    for _ in range(_UNESCAPE_ROUNDS):
        once = _ESCAPED_ENTITY.sub("&", markup)
        if once == markup:
            break
        markup = once
    if "<" not in markup and _ESCAPED_ELEMENT.search(markup):
        markup = html.unescape(markup)
    return markup, markup != original


def plain(markup: str) -> tuple[str, bool]:
    r"""Turn markup into plain text, one line a block; return it and whether escaped too often.

    Entities are resolved however often they were escaped, and elements that appear by that are
    taken off as well.

    >>> plain("<p>বৃষ্টি&amp;nbsp;হবে।</p><p>কাল &lt; আজ</p>")
    ('বৃষ্টি হবে।\nকাল < আজ', True)
    """
    markup = markup[:MAX_CHARACTERS]
    if not _NEEDS_PARSING.search(markup):
        return _tidy(markup), False
    if "<" in markup:
        markup = _without_markup(markup)
    text, rounds = _resolved(markup)
    return _tidy(text), rounds > 1


def title_text(markup: str) -> tuple[str, bool]:
    """Turn the markup of a title into plain text, as ``plain`` does; elements in words stay.

    An element that is written as text (``&lt;b&gt;``) is words. One that only appears when text is
    resolved again was markup before somebody escaped it too often.

    >>> title_text("<i>HTML</i>-এর &lt;b&gt; ট্যাগ")[0], title_text("&amp;lt;b&amp;gt;নদী")[0]
    ('HTML-এর <b> ট্যাগ', 'নদী')
    """
    if "&" not in markup:
        return plain(markup)
    markup = markup[:MAX_CHARACTERS]
    if "<" in markup:
        markup = _without_markup(markup)
    pieces = _WRITTEN_ELEMENTS.split(html.unescape(markup))
    resolved = [_resolved(piece) for piece in pieces[::2]]
    pieces[::2] = [text for text, _ in resolved]
    return _tidy("".join(pieces)), any(rounds for _, rounds in resolved)


def _without_markup(markup: str) -> str:
    """Take the elements off markup; its line breaks are spaces, the ends of its blocks are not."""
    lines = _BLOCK_END.sub("\n", _without_sections(markup).replace("\n", " "))
    return str(_STRIPPER.clean(markup_bounds.bounded(lines)))


def without_elements(text: str) -> str:
    """Return plain text without the HTML elements that are written in it.

    >>> without_elements("নদীর <b>ঘাটে</b> ৫ < ৭")
    'নদীর ঘাটে ৫ < ৭'
    """
    if "<" not in text or not _ELEMENT.search(text):
        return text
    # Parsed, as a pattern would leave <script> of <scr<script>ipt>.
    kept = text.replace(_AMPERSAND, "").replace("&", _AMPERSAND)
    return html.unescape(_STRIPPER.clean(markup_bounds.bounded(kept))).replace(_AMPERSAND, "&")


def text_of(clean_markup: str) -> str:
    r"""Return the plain text of markup that ``clean`` returned, as ``plain`` would, but faster.

    >>> text_of(clean("<p>বৃষ্টি&nbsp;হবে।<p>কাল &lt; <i>আজ</i>", ""))
    'বৃষ্টি হবে।\nকাল < আজ'
    """
    text = clean_markup
    if "<" in text:  # in markup a line break is a space
        text = _TAG.sub("", _BLOCK_END.sub("\n", text.replace("\n", " ")))
    text = text.replace("&nbsp;", " ")
    if "&" in text:
        text, _ = _resolved(text)
    return _tidy(text)


def without_code(clean_markup: str) -> str:
    """Return markup that ``clean`` returned without its elements for code.

    >>> without_code("<p>লিখুন: <code>puts 1</code></p>")
    '<p>লিখুন: </p>'
    """
    return _CODE.sub("", clean_markup)


def _resolved(text: str) -> tuple[str, int]:
    """Resolve entities until none is left; return the text and how many rounds that took."""
    rounds = 0
    for rounds in range(_UNESCAPE_ROUNDS):  # noqa: B007 - the count is wanted
        once = html.unescape(text)
        if once == text:
            break
        text = without_elements(once)
    return text, rounds


def _tidy(text: str) -> str:
    """Make white space one space, or one line break; a search for two spaces is a fast one."""
    if not text:
        return ""
    for space in _OTHER_SPACES:
        text = text.replace(space, " ")
    if "  " in text:
        text = _SPACES.sub(" ", text)
    if "\n" not in text:
        return text.strip()
    return "\n".join(filter(None, [line.strip(" ") for line in text.split("\n")]))


def blocks(clean_markup: str) -> list[tuple[str, str]]:
    r"""Return the pieces of safe markup that are a line each in its text, each with what ends it.

    >>> blocks("<p>এক<br>দুই</p>তিন")
    [('<p>এক', '<br>'), ('দুই', '</p>'), ('তিন', '')]
    """
    pieces = (_BLOCK_ENDS if "<" in clean_markup else _LINE_ENDS).split(clean_markup)
    return list(zip(pieces[::2], [*pieces[1::2], ""], strict=True))


def tokens(clean_markup: str) -> list[str]:
    """Return the tags and the texts of safe markup, in their order."""
    return [token for token in _PIECES.split(clean_markup) if token]


def map_text(markup: str, change: Callable[[str], str]) -> str:
    """Return safe markup with each piece of its text changed, and its elements as they were."""
    return "".join(
        piece if piece.startswith("<") else html.escape(change(html.unescape(piece)), quote=False)
        for piece in _PIECES.split(markup)
        if piece
    )
