"""Kinds of markup that runs, or tries to, where a reader takes a text for HTML.

``RUN`` stands for a call that tells the page it was run. Each kind is one way past a cleaner:
handlers that fire by themselves, foreign namespaces, markup that another parser reads differently,
addresses that are programs, and characters that vanish when something later tidies the text.
"""

from __future__ import annotations

from html import escape

RUN = "RUN"

KINDS: dict[str, str] = {
    # --- handlers that fire by themselves
    "script": "<script>RUN</script>",
    "img-onerror": "<img src=x onerror=RUN>",
    "img-in-attribute": '<img title="<b>" src=x onerror=RUN>',
    "image-element": "<image src=x onerror=RUN>",
    "details": "<details open ontoggle=RUN>নদী</details>",
    "marquee": "<marquee onstart=RUN>নদী</marquee>",
    "section-click": "<section onclick=RUN id=click>নদী</section>",
    "body-onload": "<body onload=RUN>",
    "video-source": "<video><source onerror=RUN></video>",
    "audio": "<audio src=x onerror=RUN></audio>",
    "track": '<video controls><track kind=subtitles src=x default onerror=RUN></video>',
    "input-autofocus": "<input autofocus onfocus=RUN>",
    "select-autofocus": "<select autofocus onfocus=RUN></select>",
    "textarea-autofocus": "<textarea autofocus onfocus=RUN></textarea>",
    "custom-element": "<x-নদী tabindex=0 autofocus onfocus=RUN>নদী</x-নদী>",
    "custom-latin": "<xss-a tabindex=0 autofocus onfocus=RUN>নদী</xss-a>",
    "animation": "<style>@keyframes k{}</style>"
    "<b style=animation-name:k onanimationstart=RUN>নদী</b>",
    "popover": "<button popovertarget=p id=click>নদী</button><div popover id=p onbeforetoggle=RUN>",
    "content-visibility": "<b oncontentvisibilityautostatechange=RUN style=display:block;"
    "content-visibility:auto>নদী</b>",
    # --- foreign namespaces
    "svg-onload": "<svg onload=RUN>",
    "svg-script": "<svg><script>RUN</script></svg>",
    "svg-animate": "<svg><animate onbegin=RUN attributeName=x dur=1s></svg>",
    "svg-set": "<svg><set onbegin=RUN attributeName=x dur=1s></svg>",
    "svg-foreign": "<svg><foreignObject><img src=x onerror=RUN></foreignObject></svg>",
    "svg-xlink": '<svg><a xlink:href="javascript:RUN" id=click><text y=20>নদী</text></a></svg>',
    "svg-animated-href": "<svg><a id=click><animate attributeName=href values=javascript:RUN />"
    "<text y=20>নদী</text></a></svg>",
    "svg-use": "<svg><use href=\"data:image/svg+xml,<svg id='x' onload='RUN'/>#x\"/></svg>",
    "math-href": '<math href="javascript:RUN" id=click>নদী</math>',
    # --- read differently a second time
    "math-mtext-style": "<math><mtext><table><mglyph><style><!--</style>"
    '<img title="--&gt;&lt;img src=x onerror=RUN&gt;">',
    "svg-style-title": '<svg></p><style><a id="</style><img src=x onerror=RUN>">',
    "noscript": '<noscript><p title="</noscript><img src=x onerror=RUN>">',
    "noembed": '<noembed><p title="</noembed><img src=x onerror=RUN>">',
    "noframes": '<noframes><p title="</noframes><img src=x onerror=RUN>">',
    "xmp": '<xmp><p title="</xmp><img src=x onerror=RUN>">',
    "textarea": '<textarea><p title="</textarea><img src=x onerror=RUN>">',
    "title-element": '<title><p title="</title><img src=x onerror=RUN>">',
    "plaintext": "<plaintext><img src=x onerror=RUN>",
    "template": "<template shadowrootmode=open><img src=x onerror=RUN></template>",
    "template-in-div": "<div><template shadowrootmode=open><script>RUN</script></template></div>",
    "comment-breakout": "<!--><img src=x onerror=RUN>-->",
    "comment-bang": "<!-- --!><img src=x onerror=RUN> -->",
    "cdata": "<![CDATA[<img src=x onerror=RUN>]]>",
    "cdata-breakout": "]]><img src=x onerror=RUN>",
    "processing-instruction": "<?xml ?><img src=x onerror=RUN>",
    "doctype": "<!DOCTYPE x [<img src=x onerror=RUN>",
    "form-in-form": "<form><math><mtext></form><form><mglyph><style></math><img src onerror=RUN>",
    # --- addresses and documents
    "iframe-srcdoc": '<iframe srcdoc="&lt;script&gt;RUN&lt;/script&gt;"></iframe>',
    "iframe-javascript": '<iframe src="javascript:RUN"></iframe>',
    "iframe-data": '<iframe src="data:text/html,<script>RUN</script>"></iframe>',
    "object-data": '<object data="javascript:RUN"></object>',
    "embed": '<embed src="javascript:RUN">',
    "meta-refresh": '<meta http-equiv="refresh" content="0;url=javascript:RUN">',
    "base": '<base href="javascript:/RUN//"><a href="#" id=click>নদী</a>',
    "link-javascript": '<a href="javascript:RUN" id=click>নদী</a>',
    "link-tab": '<a href="java\tscript:RUN" id=click>নদী</a>',
    "link-reference": '<a href="&#106;avascript&colon;RUN" id=click>নদী</a>',
    "link-invisible": '<a href ="java\u200bscript:RUN" id=click>নদী</a>',
    "link-invisible-reference": '<a href ="java&#x200b;script:RUN" id=click>নদী</a>',
    "link-word-joiner": '<a href ="javascript\u2060:RUN" id=click>নদী</a>',
    "link-data": '<a href="data:text/html,<script>RUN</script>" id=click>নদী</a>',
    "link-vbscript": '<a href="vbscript:RUN" id=click>নদী</a>',
    "form-action": '<form action="javascript:RUN"><button id=click>নদী</button></form>',
    "formaction": '<form><button formaction="javascript:RUN" id=click>নদী</button></form>',
    "isindex": '<form><input type=image src=x formaction="javascript:RUN" onerror=RUN></form>',
    # --- style sheets
    "style-import": "<style>@import 'javascript:RUN';</style>",
    "style-expression": '<b style="width:expression(RUN)">নদী</b>',
    "style-url": "<b style=\"background:url('javascript:RUN')\">নদী</b>",
    "link-stylesheet": '<link rel=stylesheet href="data:text/css,a" onload=RUN>',
    # --- escaped, once or more
    "escaped": "&lt;img src=x onerror=RUN&gt;",
    "escaped-twice": "&amp;lt;img src=x onerror=RUN&amp;gt;",
    "escaped-three-times": "&amp;amp;lt;img src=x onerror=RUN&amp;amp;gt;",
    "escaped-without-semicolon": "&ltimg src=x onerror=RUN&gt",
    "decimal": "&#60;img src=x onerror=RUN&#62;",
    "hexadecimal": "&#x0003C;img src=x onerror=RUN&#x3e;",
    "escaped-name": "<&#105;mg src=x onerror=RUN>",
    "escaped-ampersand": "&#38;lt;img src=x onerror=RUN&#38;gt;",
    "escaped-capitals": "&LT;img src=x onerror=RUN&GT;",
    # --- broken, so that a cleaner by patterns puts it together
    "nested-script": "<scr<script>ipt>RUN</scr</script>ipt>",
    "escaped-nested-script": "&lt;scr&lt;script&gt;ipt&gt;RUN&lt;/scr&lt;/script&gt;ipt&gt;",
    "nested-image": "<<b>img src=x onerror=RUN>",
    "half-open": "<img src=x onerror=RUN //",
    "half-open-before": "নদী <img src=x onerror=RUN নদী",
    "slashes": "<svg/onload=RUN>",
    "no-quotes": "<img src=x:x onerror=RUN;//",
    "attribute-breakout": '"><img src=x onerror=RUN>',
    "attribute-breakout-single": "'><img src=x onerror=RUN>",
    "textarea-breakout": "</textarea></title></style></script><img src=x onerror=RUN>",
    "newlines": "<img\nsrc=x\nonerror\n=\nRUN>",
    "form-feed": "<img\x0csrc=x\x0conerror=RUN>",
    # --- characters that go, or become others
    "null": "<scr\0ipt>RUN</scr\0ipt>",
    "null-in-tag": "<img\0 src=x onerror=RUN>",
    "control": "<\x01img src=x onerror=RUN>",
    "zero-width": "<\u200bimg src=x onerror=RUN>",
    "byte-order-mark": "<\ufeffscript>RUN</script>",
    "soft-hyphen": "<i\u00admg src=x onerror=RUN>",
    "override": "<\u202eimg src=x onerror=RUN>",
    "surrogate": "<\ud800img src=x onerror=RUN>",
    "noncharacter": "<\uffffimg src=x onerror=RUN>",
    "full-width": "＜img src=x onerror=RUN＞",
    "long-s": "<\u017fcript>RUN</\u017fcript>",
    "stroke": "নদী\u200b <b>\u0338 tabindex=0 autofocus onfocus=RUN নদী<br></b>",
    "stroke-behind-mark": "নদী\u200b <b>\u0323\u0338 tabindex=0 autofocus onfocus=RUN নদী<br></b>",
    "greek-question-mark": "&lt\u037eimg src=x onerror=RUN>",
    "bijoy-quote": '<b title="\x93 onfocus=RUN autofocus tabindex=0 \x94">নদী</b>',
}  # fmt: skip

# Run by themselves in every Chromium, as markup of a page: what shows that the check can fail.
CONTROLS = ("script", "img-onerror", "details", "svg-onload", "iframe-srcdoc", "input-autofocus")


def payload(kind: str, mark: str, *, times_escaped: int = 0) -> str:
    """Return the markup of a kind that calls ``top.ran`` with its mark, escaped some times."""
    text = KINDS[kind].replace(RUN, f"top.ran`{mark}`")
    for _ in range(times_escaped):
        text = escape(text, quote=False)
    return text
