"""A tab of a real browser: how a page is shown, what it did, and what a person finds in it.

One Chromium serves a whole test session; each tab has a context of its own, so that nothing that
one page left (a cache, a visited link) is seen by the next.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tests.support.devtools import Chromium, DevToolsError, Message

Scheme = Literal["light", "dark"]
PictureForm = Literal["png", "webp"]
# The size of text where nobody chose one (CSS `medium`), in CSS pixels.
_TEXT_PIXELS, _FIXED_PIXELS = 16, 13
# Told by pages through a binding, which a script of a page calls as a function.
_TOLD = "told"
_MARKS = f"globalThis.ran = (mark) => {{ globalThis.{_TOLD}(String(mark)); return ''; }};"
_KEYS = {"Tab": 9, "Enter": 13}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a page is shown: CSS pixels, device pixels in one of them, colours, how large text is."""

    width: int = 1440
    height: int = 900
    scale: float = 1
    scheme: Scheme = "light"
    text_percent: int = 100
    medium: Literal["screen", "print"] = "screen"
    has_scripts: bool = True

    def __str__(self) -> str:
        """Return it as messages of tests name it."""
        parts = [f"{self.width} px", self.scheme]
        parts += [f"text {self.text_percent} %"] if self.text_percent != 100 else []
        parts += [self.medium] if self.medium != "screen" else []
        parts += [] if self.has_scripts else ["no scripts"]
        return ", ".join(parts)


@dataclass(slots=True, kw_only=True)
class Loaded:
    """A file that a page asked for; the status is 0 where no answer came."""

    url: str
    kind: str
    status: int = 0
    sent_bytes: int = 0
    failure: str = ""


@dataclass(slots=True)
class Seen:
    """What a page did since it was opened."""

    loaded: dict[str, Loaded] = field(default_factory=dict)
    # What the console was told as an error, and what a policy refused.
    errors: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    # What was handed to ``top.ran``, as the payloads of tests do.
    marks: set[str] = field(default_factory=set)
    is_loaded: bool = False


class Tab:
    """A page that is looked at. ``elsewhere`` is what addresses of other servers answer."""

    def __init__(self, browser: Chromium, session: str, elsewhere: Mapping[str, bytes]) -> None:
        self._browser = browser
        self._session = session
        self._elsewhere = elsewhere
        self.seen = Seen()
        browser.listen(session, self._on_event)
        for domain in ("Page", "Runtime", "Network", "Log", "Audits"):
            self._call(f"{domain}.enable")
        # As if its window were the one in front: only there the focus moves by itself.
        self._call("Emulation.setFocusEmulationEnabled", enabled=True)
        self._call("Runtime.addBinding", name=_TOLD)
        self._call("Page.addScriptToEvaluateOnNewDocument", source=_MARKS)
        pattern = [{"urlPattern": "http://*.example/*"}, {"urlPattern": "https://*.example/*"}]
        self._call("Fetch.enable", patterns=pattern)

    def show(self, look: Look) -> None:
        """Show the page, and all that are opened, in this way from now on."""
        self._call(
            "Emulation.setDeviceMetricsOverride",
            width=look.width,
            height=look.height,
            deviceScaleFactor=look.scale,
            mobile=False,
        )
        scheme = {"name": "prefers-color-scheme", "value": look.scheme}
        self._call("Emulation.setEmulatedMedia", media=look.medium, features=[scheme])
        sizes = {"standard": _TEXT_PIXELS, "fixed": _FIXED_PIXELS}
        sizes = {name: pixels * look.text_percent // 100 for name, pixels in sizes.items()}
        self._call("Page.setFontSizes", fontSizes=sizes)
        self._call("Emulation.setScriptExecutionDisabled", value=not look.has_scripts)

    def open(self, url: str) -> Seen:
        """Open an address, wait until all of it is loaded, and return what the page did."""
        self.seen = Seen()
        answer = self._call("Page.navigate", url=url)
        if failure := answer.get("errorText"):
            raise DevToolsError(f"{url}: {failure}")
        self._browser.wait(lambda: self.seen.is_loaded, url)
        return self.seen

    def evaluate(self, expression: str) -> Any:
        """Return the value of an expression, awaited, as JSON has it; no policy hinders it."""
        answer = self._call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        if thrown := answer.get("exceptionDetails"):
            raise DevToolsError(f"{expression[:80]}: {json.dumps(thrown)[:500]}")
        return answer["result"].get("value")

    def press(self, key: Literal["Tab", "Enter"]) -> None:
        """Press a key and let it go."""
        code = {"key": key, "code": key, "windowsVirtualKeyCode": _KEYS[key]}
        text = {"text": "\r"} if key == "Enter" else {}
        self._call(
            "Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **code, **text
        )
        self._call("Input.dispatchKeyEvent", type="keyUp", **code)

    def picture(self, *, is_whole: bool = False, form: PictureForm = "png") -> bytes:
        """Return a picture of what is seen, or of the whole page."""
        clip = {}
        if is_whole:
            size = self._call("Page.getLayoutMetrics")["cssContentSize"]
            clip = {
                "clip": {"x": 0, "y": 0, "scale": 1} | {k: size[k] for k in ("width", "height")}
            }
        answer = self._call(
            "Page.captureScreenshot", format=form, captureBeyondViewport=is_whole, **clip
        )
        return b64decode(answer["data"])

    def printed(self) -> bytes:
        """Return the page as a PDF, as it is printed on A4."""
        answer = self._call(
            "Page.printToPDF", preferCSSPageSize=True, paperWidth=8.27, paperHeight=11.7
        )
        return b64decode(answer["data"])

    def _call(self, method: str, /, **parameters: object) -> Message:
        return self._browser.call(method, self._session, **parameters)

    def _on_event(self, event: Message) -> None:
        told = event["params"]
        if handle := self._handlers().get(event["method"]):
            handle(told)

    def _handlers(self) -> Mapping[str, Callable[[Message], None]]:
        return {
            "Page.loadEventFired": self._on_load,
            "Runtime.bindingCalled": lambda told: self.seen.marks.add(told["payload"]),
            "Runtime.exceptionThrown": lambda told: self.seen.errors.append(json.dumps(told)),
            "Log.entryAdded": self._on_log,
            "Audits.issueAdded": self._on_issue,
            "Network.requestWillBeSent": self._on_request,
            "Network.responseReceived": self._on_response,
            "Network.loadingFinished": self._on_finished,
            "Network.loadingFailed": self._on_failed,
            "Fetch.requestPaused": self._answer,
            "Page.javascriptDialogOpening": self._on_dialog,
        }

    def _on_load(self, _: Message) -> None:
        self.seen.is_loaded = True

    def _on_dialog(self, _: Message) -> None:
        self.seen.marks.add("a dialog")
        self._browser.send("Page.handleJavaScriptDialog", self._session, accept=False)

    def _on_log(self, told: Message) -> None:
        entry = told["entry"]
        if entry["level"] == "error" and entry["source"] != "network":
            self.seen.errors.append(f"{entry['source']}: {entry['text']}")

    def _on_issue(self, told: Message) -> None:
        issue = told["issue"]
        if issue["code"] == "ContentSecurityPolicyIssue":
            self.seen.violations.append(json.dumps(issue["details"]))

    def _on_request(self, told: Message) -> None:
        loaded = Loaded(url=told["request"]["url"], kind=told.get("type", ""))
        self.seen.loaded[told["requestId"]] = loaded

    def _on_response(self, told: Message) -> None:
        if loaded := self.seen.loaded.get(told["requestId"]):
            loaded.status = told["response"]["status"]

    def _on_finished(self, told: Message) -> None:
        if loaded := self.seen.loaded.get(told["requestId"]):
            loaded.sent_bytes = round(told["encodedDataLength"])

    def _on_failed(self, told: Message) -> None:
        if loaded := self.seen.loaded.get(told["requestId"]):
            loaded.failure = told["errorText"]

    def _answer(self, told: Message) -> None:
        """Answer for another server: what ``elsewhere`` has, or that there is no such server."""
        request, url = told["requestId"], told["request"]["url"]
        body = self._elsewhere.get(url)
        if body is None:
            self._browser.send(
                "Fetch.failRequest", self._session, requestId=request, errorReason="NameNotResolved"
            )
            return
        kind = {"name": "Content-Type", "value": "image/svg+xml"}
        self._browser.send(
            "Fetch.fulfillRequest",
            self._session,
            requestId=request,
            responseCode=200,
            responseHeaders=[kind],
            body=b64encode(body).decode(),
        )


@contextmanager
def chromium_in(folder: Path) -> Iterator[Chromium]:
    """Run one Chromium, with what it keeps in an empty folder, for as long as the block lasts."""
    browser = Chromium(folder)
    try:
        browser.call("Browser.getVersion")
        yield browser
    finally:
        browser.close()


@contextmanager
def tab_of(browser: Chromium, elsewhere: Mapping[str, bytes]) -> Iterator[Tab]:
    """Open a tab that shares nothing with any other, for as long as the block lasts."""
    context = browser.call("Target.createBrowserContext")["browserContextId"]
    try:
        target = browser.call("Target.createTarget", url="about:blank", browserContextId=context)[
            "targetId"
        ]
        session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        yield Tab(browser, session, elsewhere)
    finally:
        browser.call("Target.disposeBrowserContext", browserContextId=context)
