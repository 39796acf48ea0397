"""What a person finds in a page that a tab shows: what overflows, what Tab reaches."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.support.browser import Tab
from tests.support.deadlines import wait_until

# Asked until it is so, as nothing of a page can be waited for where scripts are switched off.
_ALL_PICTURES_ARE_DONE = """[...document.images].every((image) => {
  image.loading = "eager";
  return image.complete;
})"""
_UNFOLD = 'document.querySelectorAll("details").forEach((details) => { details.open = true; })'
# Focus and clicks, for what does not run by itself; then two frames, in which animations begin.
_TOUCH = """(async () => {
  for (const element of document.querySelectorAll("[autofocus], #click")) {
    if (element.autofocus) element.focus();
    else element.dispatchEvent(new MouseEvent("click", {bubbles: true, cancelable: true}));
  }
  for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
  await new Promise((done) => setTimeout(done, 20));
})()"""
# By how much the page is wider than the screen, and which elements reach out of it.
_OVERFLOWING = """(() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const out = [...document.querySelectorAll("body *")].filter((element) =>
    element.checkVisibility() && element.getBoundingClientRect().right > width + 0.5);
  const named = out.slice(-3).map((element) => element.outerHTML.slice(0, 120));
  return [`${document.documentElement.scrollWidth} px in ${width} px`, ...named];
})()"""
_NUMBERED = """(() => {
  const reached = 'a[href], button, input, select, textarea, summary, [tabindex]';
  globalThis.reached = [...document.querySelectorAll(reached)].filter((element) =>
    element.checkVisibility() && element.tabIndex >= 0 && !element.disabled);
  return globalThis.reached.map((element) => element.outerHTML.slice(0, 120));
})()"""
_FOCUSED = """(() => {
  const element = document.activeElement;
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  const ring = style.outlineStyle === "auto" ? 2 : parseFloat(style.outlineWidth);
  return {
    number: globalThis.reached.indexOf(element),
    is_ringed: style.outlineStyle !== "none" && ring >= 2,
    is_on_screen: box.width > 0 && box.height > 0 && box.right > 0 && box.bottom > 0
      && box.left < innerWidth && box.top < innerHeight,
    is_in_main: Boolean(element.closest("main")),
    markup: element.outerHTML.slice(0, 120),
  };
})()"""
# What is printed although it leads elsewhere, or is not black on white.
_PRINTED_WRONGLY = """(() => {
  const wrong = [...document.querySelectorAll("nav, aside, form, input, button")]
    .filter((element) => element.checkVisibility()).map((element) => element.outerHTML);
  const clear = ["rgba(0, 0, 0, 0)", "rgb(255, 255, 255)"];
  for (const element of document.querySelectorAll("html, body, body *")) {
    if (!element.checkVisibility()) continue;
    const {color, backgroundColor} = getComputedStyle(element);
    const text = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (text && color !== "rgb(0, 0, 0)") wrong.push(`${color}: ${element.outerHTML}`);
    if (!clear.includes(backgroundColor)) wrong.push(`on ${backgroundColor}: ${element.outerHTML}`);
  }
  return wrong.map((markup) => markup.slice(0, 160));
})()"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Focused:
    """What has the focus: its number among all that Tab should reach, in source order."""

    number: int
    is_ringed: bool
    is_on_screen: bool
    is_in_main: bool
    markup: str


def load_pictures(tab: Tab) -> None:
    """Wait until each picture of the page, however far below, is there or has failed."""
    wait_until(lambda: bool(tab.evaluate(_ALL_PICTURES_ARE_DONE)))


def unfold(tab: Tab) -> None:
    """Unfold everything that can be."""
    tab.evaluate(_UNFOLD)


def touch(tab: Tab) -> None:
    """Focus and click all that a payload wants touched, and wait for what comes of it."""
    tab.evaluate(_TOUCH)


def overflowing(tab: Tab) -> list[str]:
    """Return what makes the page scroll sideways; nothing where it does not."""
    found: list[str] = tab.evaluate(_OVERFLOWING)
    return found


def printed_wrongly(tab: Tab) -> list[str]:
    """Return what is printed that should not be, or in another colour than black on white."""
    found: list[str] = tab.evaluate(_PRINTED_WRONGLY)
    return found


def reachable(tab: Tab) -> list[str]:
    """Return all that Tab should reach, as the source has it, and number it for ``focused``."""
    found: list[str] = tab.evaluate(_NUMBERED)
    return found


def focused(tab: Tab) -> Focused:
    """Return what has the focus; ``reachable`` must have been asked."""
    return Focused(**tab.evaluate(_FOCUSED))


def laid_out(tab: Tab) -> Any:
    """Return where each element of the page stands, as JSON."""
    boxes = """JSON.stringify([...document.querySelectorAll("body *")].map((element) => {
      const {x, y, width, height} = element.getBoundingClientRect();
      return [element.localName, x, y, width, height];
    }))"""
    return json.loads(tab.evaluate(boxes))
