"""Headless Chromium as the reader of last resort: what runs in texts that are put into a page."""

from __future__ import annotations

import json
import shutil
import subprocess
from base64 import b64decode
from dataclasses import dataclass
from pathlib import Path

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
# Virtual, so that nobody waits for it: a frame takes 20 ms, one that never loads 500, and the whole
# attack has 200 of them.
_BUDGET_MILLISECONDS = 300_000
# The largest attack takes 50 s on two busy processors.
_TIMEOUT_SECONDS = 300
_PAGE = """<!DOCTYPE html><meta charset="utf-8"><title>নিরীক্ষা</title><body><script>
const marks = new Set(), elements = [], live = [];
const ADDRESSES = ["href", "src", "action", "formaction", "xlink:href", "data", "srcdoc"];
window.ran = (mark) => { marks.add(String(mark)); return ""; };
window.alert = () => 0;
function isLive(element) {
  return [...element.attributes].some(({name, value}) => name.startsWith("on") || name === "srcdoc"
    || (ADDRESSES.includes(name) && !/^(https?:|mailto:)$/.test(new URL(value, "https://a.example/").protocol)));
}
function put(text) {
  const box = document.createElement("div");
  document.body.append(box);
  box.innerHTML = text;
  return [...box.querySelectorAll("*")];
}
function frame(text) {
  const frame = document.createElement("iframe");
  frame.sandbox = "allow-scripts allow-same-origin allow-forms allow-modals";
  frame.srcdoc = text;
  document.body.append(frame);
  const touch = () => {
    for (const element of frame.contentDocument?.querySelectorAll("[autofocus], #click") ?? []) {
      if (element.autofocus) element.focus();
      else element.dispatchEvent(new MouseEvent("click", {bubbles: true, cancelable: true}));
    }
  };
  return new Promise((done) => {
    frame.onload = () => { touch(); setTimeout(done, 20); };
    setTimeout(done, 500);
  });
}
const cases = JSON.parse(CASES);
cases.texts.forEach((text, index) => { if (put(text).length) elements.push(index); });
cases.contents.forEach((text, index) => { if (put(text).some(isLive)) live.push(index); });
(async () => {
  for (const text of [...cases.documents, ...cases.controls]) await frame(text);
  await new Promise((done) => setTimeout(done, 500));
  const answer = JSON.stringify({marks: [...marks], elements, live});
  const encoded = btoa(unescape(encodeURIComponent(answer)));
  document.documentElement.innerHTML = "<body><pre>" + encoded + "</pre>";
})();
</script>"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What Chromium saw: marks of what ran, texts with elements, contents with live attributes."""

    marks: frozenset[str]
    texts_with_elements: tuple[str, ...]
    live_contents: tuple[str, ...]


def find() -> str:
    """Return the path of Chromium; skip the test where there is none."""
    for name in _NAMES:
        if path := shutil.which(name):
            return path
    pytest.skip("Chromium is not installed (Debian: chromium), so nothing can be seen to run")


def show(
    folder: Path,
    *,
    texts: list[str],
    contents: list[str],
    documents: list[str],
    controls: list[str],
) -> Seen:
    """Put texts and contents into one page as HTML, documents and controls into frames of it."""
    cases = json.dumps(
        {"texts": texts, "contents": contents, "documents": documents, "controls": controls}
    )
    page = folder / "page.html"
    script = json.dumps(cases).replace("<", "\\u003c")
    page.write_text(_PAGE.replace("CASES", script), encoding="utf-8")
    process = subprocess.run(
        [find(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
         f"--user-data-dir={folder / 'profile'}", f"--virtual-time-budget={_BUDGET_MILLISECONDS}",
         "--dump-dom", page.as_uri()],
        capture_output=True, check=True, timeout=_TIMEOUT_SECONDS,
    )  # fmt: skip
    _, begins, rest = process.stdout.decode().partition("<pre>")
    assert begins, f"the page was left before its end: {process.stdout[-500:]!r}"
    answer = json.loads(b64decode(rest.partition("</pre>")[0]))
    return Seen(
        marks=frozenset(answer["marks"]),
        texts_with_elements=tuple(texts[index] for index in answer["elements"]),
        live_contents=tuple(contents[index] for index in answer["live"]),
    )
