"""Pages with a label on every line: ``pages/SITE/NN.page``.

A page begins with headers (``# shape: …``, ``# note: …``, ``# expect: rejected``). Each line then
has a letter and a space before it: T headline, A byline, D date, B the article's text, S credit of
a source, C caption, X boilerplate of the site, R another story's headline, E another story's
excerpt; a hyphen alone is an empty line. The program that is measured gets the page without headers
and letters.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "pages"


@dataclass(frozen=True, slots=True)
class LabelledPage:
    """One page: its file, the shape it is an example of, and its lines with their letters."""

    path: Path
    shape: str
    is_rejected: bool
    lines: tuple[tuple[str, str], ...]

    @property
    def site(self) -> str:
        """Return the name of the page's folder, which is its site."""
        return self.path.parent.name

    @property
    def text(self) -> str:
        """Return the page without headers and letters."""
        return "\n".join(line for _, line in self.lines)

    def all(self, letters: str) -> list[str]:
        """Return the lines that have one of these letters, in their order, without empty ones."""
        return [line for letter, line in self.lines if letter in letters and line]


def pages() -> Iterator[LabelledPage]:
    """Read every page, site by site."""
    for path in sorted(FOLDER.glob("*/*.page")):
        headers, lines = {}, []
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("# "):
                name, _, value = line[2:].partition(":")
                headers[name] = value.strip()
            elif line == "-":
                lines.append(("-", ""))
            else:
                lines.append((line[0], line[2:]))
        yield LabelledPage(
            path=path,
            shape=headers["shape"],
            is_rejected=headers.get("expect") == "rejected",
            lines=tuple(lines),
        )
