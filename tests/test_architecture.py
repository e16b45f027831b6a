"""The direction of imports is law: each room may look only where the design lets it."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = ("bot", "handlers", "storage")

# The longest prefix of a module's name is its room; a room may import what starts with one of these.
ROOMS: dict[str, tuple[str, ...]] = {
    "bot.domain": ("bot.domain",),
    "bot.services": ("bot.domain", "bot.services"),
    "bot.playground": ("bot.playground",),
    "storage": ("storage", "bot.domain", "bot.services.ports"),
    "storage.journal": ("storage.journal", "bot.domain"),
    "storage.repair": ("storage.repair", "storage.journal", "bot.domain"),
    "storage.tinydb": ("storage.tinydb", "storage.journal", "bot.domain", "bot.services.ports"),
    "handlers": ("handlers", "bot.domain", "bot.services"),
    "handlers.views": ("handlers.views", "handlers.blocks", "handlers.slack.ids", "bot.domain"),
    "bot": (
        "bot.domain",
        "bot.services",
        "bot.settings",
        "bot.log",
        "bot.metrics",
        "bot.http",
        "bot.manifest",
        "bot.tasks",
    ),
    "bot.http": ("bot.http", "bot.metrics", "bot.domain.errors"),
    "bot.tasks": ("bot.services.ports",),
    "bot.app": ("bot", "handlers", "storage"),
    "bot.cli": ("bot",),
    "bot.__main__": ("bot.cli",),
}
DOMAIN_MAY_USE = {"pydantic", "pydantic_core", "dateutil"} | sys.stdlib_module_names


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide where they point"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                is_module = (ROOT / whole.replace(".", "/")).with_suffix(".py").exists()
                yield whole if is_module else node.module or ""


def is_in(module: str, room: str) -> bool:
    return module == room or module.startswith(f"{room}.")


def room_of(module: str) -> str:
    return max((room for room in ROOMS if is_in(module, room)), key=len)


MODULES = sorted(path for top in OURS for path in (ROOT / top).rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=module_of)
def test_a_module_imports_only_what_its_room_may(path: Path) -> None:
    room = room_of(module_of(path))
    for name in imported(path):
        if name.partition(".")[0] in OURS:
            assert any(is_in(name, allowed) for allowed in ROOMS[room]), f"{room} may not import {name}"


@pytest.mark.parametrize("path", sorted((ROOT / "bot/domain").rglob("*.py")), ids=module_of)
def test_the_domain_needs_no_library_but_pydantic_and_dateutil(path: Path) -> None:
    for name in imported(path):
        top = name.partition(".")[0]
        assert top == "bot" or top in DOMAIN_MAY_USE, f"the domain may not import {name}"


@pytest.mark.parametrize("path", sorted((ROOT / "bot/domain").rglob("*.py")), ids=module_of)
def test_the_domain_has_no_clock_of_its_own(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute):
            assert node.attr not in {"now", "utcnow", "today"}, f"{path.name}:{node.lineno} reads a clock"
