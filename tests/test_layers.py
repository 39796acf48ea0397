"""The rooms: imports run downward only, no stage imports another, no module is large."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator import models

PACKAGE = Path(__file__).parent.parent / "aggregator"
MOST_LINES = 300

# What each room may import besides itself, the standard library and other packages.
ALLOWED: dict[str, set[str]] = {
    "errors": {"models", "printable"},
    "models": set(),
    "urls": set(),
    "markup_bounds": set(),
    "lazy_images": set(),
    "css": set(),
    "public_addresses": set(),
    "pictures": {"urls", "models"},
    "markup": {"lazy_images", "markup_bounds", "urls"},
    "clean_markup": {"markup"},
    "polling": {"models"},
    "web": {"publish"},
    "link_header": set(),
    "push": {"durable", "models", "errors"},
    "wishes": {"models", "errors"},
    "logs": set(),
    "own_process": set(),
    "allocator": set(),
    "heartbeat": {"durable", "models"},
    "durable": set(),
    "flock": set(),
    "sizes": set(),
    "printable": set(),
    "local_days": set(),
    "status": {"bengali", "models", "sizes", "templates"},
    "templates": set(),
    "lazy_import": set(),
    "server": {
        "web", "logs", "own_process", "push", "models", "errors", "lazy_import", "publish",
        "config", "store", "pipeline", "status", "heartbeat",
    },
    "bengali": {"models", "errors"},
    "config": {
        "bengali", "css", "durable", "errors", "markup", "models", "printable", "public_addresses",
        "urls",
    },
    "fetch": {"public_addresses", "urls", "markup", "models", "errors"},
    "parse": {
        "bengali", "css", "urls", "markup", "lazy_images", "own_process", "link_header", "models",
        "errors",
    },
    "normalise": {
        "bengali", "public_addresses", "pictures", "urls", "markup", "clean_markup", "models",
        "errors",
    },
    "identity": {"bengali", "urls", "models", "errors"},
    "stories": {"bengali", "pictures", "urls", "markup", "models", "errors"},
    "publish": {
        "bengali", "public_addresses", "pictures", "urls", "markup", "clean_markup", "durable",
        "flock", "templates", "models", "errors", "local_days",
    },
    "store": {"durable", "flock", "models", "errors", "sizes"},
    "pipeline": {
        "fetch", "parse", "normalise", "identity", "stories", "publish", "store", "polling",
        "bengali", "urls", "markup", "models", "errors", "lazy_import", "public_addresses", "push",
        "durable", "heartbeat", "sizes", "local_days", "own_process", "printable", "__init__",
    },
    "console": {"config", "logs", "models", "pipeline", "printable", "sizes", "status", "urls"},
    "service": {
        "allocator", "heartbeat", "wishes", "logs", "pipeline", "console", "config", "publish",
        "store", "models", "errors", "__init__",
    },
    "worker": {
        "service", "pipeline", "console", "fetch", "store", "logs", "models", "errors", "heartbeat",
        "__init__",
    },
    "commands": {
        "wishes", "service", "server", "systemd", "console", "logs", "lazy_import", "pipeline",
        "publish", "push", "config", "store", "models", "errors", "status", "sizes", "parse",
        "heartbeat", "printable", "urls", "worker",
    },
    "systemd": set(),
    # It imports commands by name, the one that is run; of the room itself, how help looks.
    "cli": {"commands", "lazy_import", "__init__"},
    "__main__": {"cli"},
    "__init__": set(),
}  # fmt: skip


def modules() -> Iterator[tuple[str, str, Path]]:
    """Yield every module's dotted name within the package, its room, and its file."""
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        yield ".".join(parts), parts[0], path


def imports(path: Path) -> set[str]:
    """Return the dotted names that a file imports from this package."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return {name for name in names if name.split(".")[0] == "aggregator"}


def test_every_room_imports_only_from_below() -> None:
    """A room imports only rooms that stand below it, and a stage never another stage."""
    for name, room, path in modules():
        for imported in imports(path):
            parts = imported.split(".")[1:]
            target = parts[0] if parts and (parts[0] in ALLOWED) else "__init__"
            if imported == "aggregator" or target == room:
                continue
            if target == "__init__" and "__init__" not in ALLOWED[room]:
                pytest.fail(f"{name} imports {imported}")
            assert target in ALLOWED[room], f"{name} imports {imported}"


def test_no_two_modules_import_each_other() -> None:
    """Imports form no circle of any length."""
    known = {f"aggregator.{name}".removesuffix(".__init__") for name, _, _ in modules()}
    graph = {
        f"aggregator.{name}".removesuffix(".__init__"): imports(path) & known
        for name, _, path in modules()
    }
    done: set[str] = set()

    def walk(module: str, above: tuple[str, ...]) -> None:
        assert module not in above, " → ".join((*above, module))
        if module in done:
            return
        for imported in sorted(graph[module] - {module}):
            walk(imported, (*above, module))
        done.add(module)

    for module in graph:
        walk(module, ())


def test_modules_stay_readable() -> None:
    """A module is small enough that a stranger reads it in one go."""
    large = [
        f"{name} has {lines} lines"
        for name, _, path in modules()
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > MOST_LINES
    ]
    assert not large, "\n".join(large)


def glossary() -> set[str]:
    """Return the names in backticks in the first column of the architecture page's glossary."""
    page = (PACKAGE.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    _, _, after_heading = page.partition("\n## Glossary\n")
    section, _, _ = after_heading.partition("\n## ")
    rows = (line for line in section.splitlines() if line.startswith("|"))
    return {name for row in rows for name in re.findall("`([^`]+)`", row.split("|")[1])}


def test_every_public_type_stands_in_the_glossary() -> None:
    """A reader who meets a type of ``aggregator.models`` finds its meaning in one place."""
    types = {name for name in models.__all__ if isinstance(getattr(models, name), type)}
    missing = sorted(types - glossary())
    assert not missing, f"not in the glossary of docs/architecture.md: {', '.join(missing)}"
