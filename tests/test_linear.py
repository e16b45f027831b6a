"""Text that somebody typed is read in linear time: one line must not stop the desk for everybody.

Every compiled pattern and every function that takes a text is found by walking the modules, so a new one is held to
it as well. For each, the costliest inputs are sought among short ones; ten times their length may then cost about
ten times as much. A quadratic reading costs a hundred times as much, so the bound lies far from both.
"""

import ast
import gc
import importlib
import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from time import thread_time
from types import ModuleType
from typing import NamedTuple

import pytest

from bot.domain.directory import Customer, Directory
from bot.domain.due import due_end, parse_due, parse_past
from bot.domain.errors import DeskError
from bot.domain.filters import Asker, read_filter
from bot.domain.phrases import LineReader
from handlers.slack.payload_fields import readable
from tests.test_architecture import MODULES, module_of

NOT_FROM_PEOPLE = (
    "bot.__main__",
    "bot.cli",  # whoever runs the desk
    "bot.playground",  # no part of the desk
)
LENGTHS = (100, 1_000, 10_000)  # characters; what is far from linear is found by the first ones, in time
MOST = 40  # times the work for ten times the text; quadratic is a hundred
TRIES = 3
NOISE = 0.002  # seconds: where ten times the text takes less, there is nothing to compare

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
ACME = Directory(customers=(Customer(id="acme", name="Acme Foods"),))

ATOMS = [*"a1 -_\"'“„‘‹<@|:,.!\\&\n"]
BEGINNINGS = ["a", "list ", "resolve T-1 ", "swap q @a from ", "due:", "status:", "related:", "<", '"', "“"]
REPEATED = [
    "related-",
    "related:",
    "@a from a ",
    "a @a ",
    "1h ",
    "1h and ",
    "due:1h",
    "a:",
    "a,",
    "„,",
    "„a ",
]
COUNTED = [sign.join(map(str, range(30_000))) for sign in " ,"]  # no word twice
ENDS = ["", "\n!"]

Input = tuple[str, str, str]
"""What a text begins with, what it goes on with for as long as wanted, and how it ends."""


class Reading(NamedTuple):
    """Something that reads a text; `name` says where it stands."""

    name: str
    read: Callable[[str], object]
    knows: tuple[str, ...] = ()


def modules() -> Iterator[ModuleType]:
    for name in map(module_of, MODULES):
        if not name.startswith(NOT_FROM_PEOPLE):
            yield importlib.import_module(name)


RULES_AND_HANDLERS = [each for each in modules() if each.__name__.startswith(("bot.domain.", "handlers."))]


def patterns_of(module: ModuleType) -> Iterator[tuple[str, re.Pattern[str]]]:
    """The patterns of a module for text, those in its mappings included. Bytes are files of ours."""
    for name, value in vars(module).items():
        held = value.items() if isinstance(value, Mapping) else [("", value)]
        for key, each in held:
            if isinstance(each, re.Pattern) and isinstance(each.pattern, str):
                yield f"{name}[{key}]" if key else name, each


def uses_of(module: ModuleType) -> dict[str, set[str]]:
    """How a module reads with each of its patterns: `_TOKEN.match(…)`, `_QUOTATIONS[opening].match(…)`."""
    uses: dict[str, set[str]] = {}
    for node in ast.walk(ast.parse(Path(module.__file__ or "").read_text())):
        if isinstance(node, ast.Attribute):
            held = node.value.value if isinstance(node.value, ast.Subscript) else node.value
            if isinstance(held, ast.Name):
                uses.setdefault(held.id, set()).add(node.attr)
    return uses


def known_to(pattern: str) -> tuple[str, ...]:
    """The words and signs that stand in a pattern."""
    words = re.findall(r"[a-z]{2,}", re.sub(r"\\.|\?P<\w+>", " ", pattern))
    return tuple(dict.fromkeys([*words, *re.findall(r"[^\w\s()\[\]{}?*+^$\\]", pattern)]))[:30]


def pattern_readings() -> Iterator[Reading]:
    for module in modules():
        uses = uses_of(module)
        for name, pattern in patterns_of(module):
            knows = known_to(pattern.pattern)
            for method in sorted(uses.get(name.partition("[")[0], set()) & set(dir(pattern))):
                yield Reading(f"{module.__name__}.{name}.{method}", reading_by(pattern, method), knows)


def reading_by(pattern: re.Pattern[str], method: str) -> Callable[[str], object]:
    reads: dict[str, Callable[[str], object]] = {
        "match": pattern.match,
        "fullmatch": pattern.fullmatch,
        "search": pattern.search,
    }
    return reads.get(method, lambda text: [None for _ in pattern.finditer(text)])


def function_readings() -> Iterator[Reading]:
    """Every function of the domain and the handlers that takes a text, and at most texts and numbers beside it."""
    for module in RULES_AND_HANDLERS:
        for name, function in vars(module).items():
            if inspect.isfunction(function) and function.__module__ == module.__name__:
                taken = inspect.signature(function).parameters.values()
                kinds = [each.annotation for each in taken if each.kind is each.POSITIONAL_OR_KEYWORD]
                if kinds and kinds[0] is str and set(kinds) <= {str, int} and len(kinds) == len(taken):
                    yield Reading(f"{module.__name__}.{name}", calling(function, kinds))


def calling(function: Callable[..., object], kinds: list[type]) -> Callable[[str], object]:
    others = [150 if kind is int else "acme" for kind in kinds[1:]]

    def read(text: str) -> object:
        answer = function(text, *others)
        return [*answer] if inspect.isgenerator(answer) else answer

    return read


def asked(text: str) -> object:
    return read_filter(
        text, Asker(user="U1", at=NOW, zone=UTC, directory=ACME, people=lambda _: (), queues=("network",))
    )


def line(text: str) -> object:
    return LineReader(text, now=NOW, zone=UTC, people=lambda _: (), ticket_id=lambda _: None).phrase(ACME)


READINGS = [
    *pattern_readings(),
    *function_readings(),
    Reading("LineReader", line),
    Reading("read_filter", asked),
    Reading("readable", readable),
    Reading("parse_due", lambda text: parse_due(text, now=NOW, zone=UTC)),
    Reading("parse_past", lambda text: parse_past(text, now=NOW, zone=UTC)),
    Reading("due_end", lambda text: due_end(text, 0)),
    Reading("directory", lambda text: ACME.resolve("customerId", text, {})),
]


def made(parts: Input, length: int) -> str:
    beginning, unit, end = parts
    return beginning + (unit * (length // len(unit) + 1))[:length] + end


def seconds(reading: Reading, text: str) -> float:
    """What reading it costs, in seconds of this thread's own work: other processes do not count, nor does the garbage
    collector, which looks through all that the tests before this one have left."""
    gc.disable()
    began = thread_time()
    try:
        with suppress(DeskError, ValueError, LookupError, ArithmeticError):  # refusing it is an answer, too
            reading.read(text)
        return thread_time() - began
    finally:
        gc.enable()


def costliest(reading: Reading) -> Iterator[Input]:
    """First the costliest of all short inputs, then those of longer ones: a power shows early, a square late."""
    words = [word + sign for word in reading.knows for sign in ("", " ", "-", ",")]
    repeated = [*words, *REPEATED, *ATOMS]
    yield from most(
        reading,
        [
            *product([""], [*repeated, *map("".join, product(ATOMS, repeat=2))], ENDS),
            *product(BEGINNINGS, [*REPEATED, *ATOMS], ENDS),
        ],
        100,
    )
    yield from most(reading, product([""], repeated, ENDS), 1_000)
    yield from product([""], COUNTED, [""])


def most(reading: Reading, inputs: Iterable[Input], length: int) -> list[Input]:
    return sorted(inputs, key=lambda each: -seconds(reading, made(each, length)))[:2]


def growth(reading: Reading, parts: Input, length: int) -> float:
    """How many times the work ten times the text is."""
    times = float("inf")
    for _ in range(TRIES):
        base = min(seconds(reading, made(parts, length)) for _ in range(3))
        took = seconds(reading, made(parts, 10 * length))
        times = min(times, took / base if took > NOISE else 1)
        if times <= MOST:
            break
    return times


@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: reading.name)
def test_ten_times_the_text_is_about_ten_times_the_work(reading: Reading) -> None:
    for parts in costliest(reading):
        for length in LENGTHS:
            times = growth(reading, parts, length)
            assert times <= MOST, f"{[part[:20] for part in parts]}: {times:.0f} times the work"


@pytest.mark.parametrize("module", RULES_AND_HANDLERS, ids=lambda module: module.__name__)
def test_every_pattern_stands_where_it_is_found(module: ModuleType) -> None:
    tree = ast.parse(Path(module.__file__ or "").read_text())
    functions = [each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)]
    used = {
        ast.unparse(node) for each in functions for node in ast.walk(each) if isinstance(node, ast.Attribute)
    }
    assert {name for name in used if name.startswith("re.")} <= {"re.Match", "re.Pattern"}, (
        "compile it on top"
    )
