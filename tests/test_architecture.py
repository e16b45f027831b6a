"""The direction of imports is law: each room may look only where the design lets it."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = ("bot", "handlers", "storage")

DOMAIN_AND_PORTS = ("bot.domain", "bot.services.ports")
BELOW_JOURNEYS = ("bot.domain", "bot.services", "handlers.slack", "handlers.blocks")
NO_JOURNEYS = ("slack", "blocks", "outbound", "api", "oauth")
JOURNEYS = sorted(
    path.parent.name
    for path in (ROOT / "handlers").glob("*/__init__.py")
    if path.parent.name not in NO_JOURNEYS
)

# The longest prefix of a module's name is its room; a room may import what starts with one of these.
ROOMS: dict[str, tuple[str, ...]] = {
    "bot.domain": ("bot.domain",),
    "bot.services": ("bot.domain", "bot.services"),
    "bot.services.ports": ("bot.domain", "bot.services.ports"),
    "bot.services.outbox": ("bot.domain", "bot.services.ports", "bot.services.outbox"),
    "bot.playground": ("bot.playground",),
    "storage": ("storage", "bot.domain", "bot.services.ports"),
    "storage.common": ("storage.common", *DOMAIN_AND_PORTS),
    "storage.tinydb": ("storage.tinydb", "storage.journal", "storage.common", *DOMAIN_AND_PORTS),
    "storage.postgres": ("storage.postgres", "storage.common", *DOMAIN_AND_PORTS),
    "storage.repair": ("storage.repair", "storage.journal", *DOMAIN_AND_PORTS),
    "storage.journal": ("storage.journal", "storage.common", *DOMAIN_AND_PORTS),
    "handlers": ("handlers", "bot.domain", "bot.services"),
    **{f"handlers.{name}": (f"handlers.{name}", *BELOW_JOURNEYS) for name in JOURNEYS},
    "handlers.outbound": ("handlers.outbound", *BELOW_JOURNEYS),
    "handlers.oauth": ("handlers.oauth", "handlers.outbound", *BELOW_JOURNEYS),
    "handlers.slack": BELOW_JOURNEYS,
    "handlers.slack.ids": ("bot.domain",),
    "handlers.blocks": ("handlers.blocks", "handlers.slack.ids", "bot.domain"),
    "bot": (
        "bot.domain",
        "bot.services",
        "bot.settings",
        "bot.log",
        "bot.metrics",
        "bot.http",
        "bot.manifest",
        "bot.import_rows",
        "bot.imports",
        "bot.tasks",
    ),
    "bot.http": ("bot.http", "bot.metrics", "bot.domain"),
    "bot.metrics": ("bot.tasks", "bot.services", "bot.domain"),
    "bot.tasks": ("bot.services.ports", "bot.domain"),
    "bot.app": ("bot", "handlers", "storage"),
    "bot.cli": ("bot",),
    "bot.__main__": ("bot.cli",),
}

FACES = {f"handlers.{name}" for name in JOURNEYS}
"""A journey may use what another's `__init__` offers, and nothing inside of it."""

HOLIDAYS = "bot.domain.public_holidays"
"""The one module that may use the library `holidays`."""

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
                place = ROOT / whole.replace(".", "/")
                is_module = place.with_suffix(".py").exists() or (place / "__init__.py").exists()
                yield whole if is_module else node.module or ""


def is_in(module: str, room: str) -> bool:
    return module == room or module.startswith(f"{room}.")


def room_of(module: str) -> str:
    return max((room for room in ROOMS if is_in(module, room)), key=len)


MODULES = sorted(path for top in OURS for path in (ROOT / top).rglob("*.py"))


ARROWS = {
    (module_of(path), name)
    for path in MODULES
    for name in imported(path)
    if name.partition(".")[0] in OURS and name != module_of(path)
}


def may_import(importer: str, name: str) -> bool:
    if importer.endswith("_view"):  # pure: nothing is asked for while a view is rendered
        journey = importer.rpartition(".")[0]
        is_beside = is_in(name, journey) and name.endswith(("_view", ".ids"))
        return is_beside or any(is_in(name, room) for room in ROOMS["handlers.blocks"])
    room = room_of(importer)
    return any(is_in(name, allowed) for allowed in ROOMS[room]) or (room in FACES and name in FACES)


@pytest.mark.parametrize("module", [*map(module_of, MODULES)])
def test_a_module_imports_only_what_its_room_may(module: str) -> None:
    wrong = {name for importer, name in ARROWS if importer == module and not may_import(module, name)}
    assert not wrong, room_of(module)


def test_no_modules_import_each_other_in_a_circle() -> None:
    left = {
        module: {name for importer, name in ARROWS if importer == module}
        for module in map(module_of, MODULES)
    }
    while free := [module for module, names in left.items() if not names & left.keys()]:
        for module in free:
            del left[module]
    assert not left, "a circle, or above one"


@pytest.mark.parametrize("path", sorted((ROOT / "bot/domain").rglob("*.py")), ids=module_of)
def test_the_domain_needs_no_library_but_pydantic_and_dateutil(path: Path) -> None:
    for name in imported(path):
        top = name.partition(".")[0]
        may_use = DOMAIN_MAY_USE | ({"holidays"} if module_of(path) == HOLIDAYS else set())
        assert top == "bot" or top in may_use, f"the domain may not import {name}"


def test_holidays_are_loaded_only_where_a_calendar_needs_them() -> None:
    tree = ast.parse((ROOT / HOLIDAYS.replace(".", "/")).with_suffix(".py").read_text())
    loaded = [ast.unparse(node) for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert not [line for line in loaded if line.startswith(("import holidays", "from holidays"))]


@pytest.mark.parametrize("path", sorted((ROOT / "bot/domain").rglob("*.py")), ids=module_of)
def test_the_domain_has_no_clock_of_its_own(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute):
            assert node.attr not in {"now", "utcnow", "today"}, f"{path.name}:{node.lineno} reads a clock"
