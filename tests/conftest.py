"""What all tests share: the switches `--slow` and `--store`, and properties without a clock (timings belong in benchmarks)."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from bot.services.outbox import courier
from storage.postgres import database
from tests import postgres, stores
from tests.postgres import Databases

_ON_EITHER_STORE = tuple(Path(__file__).parent / room for room in ("services", "journeys"))
"""What runs on the store that `--store` names. The tests of the stores name theirs themselves."""

_WORKERS_A_CORE = 3
"""Most of the time a worker waits: for a channel's second between two messages, the disk, a process that starts, PostgreSQL."""

settings.register_profile("quick", deadline=None, derandomize=True, max_examples=30)
settings.register_profile("thorough", deadline=None, derandomize=True, max_examples=200)
settings.register_profile(
    "hunt", deadline=None, max_examples=5_000
)  # other examples each time, for who looks for faults


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--slow",
        action="store_true",
        help="run the tests that take seconds, too, and more examples of each property",
    )
    parser.addoption(
        "--store",
        choices=["tinydb", "postgresql"],
        default="tinydb",
        help="where the services and journeys under test keep what they keep",
    )


@pytest.hookimpl(trylast=True)  # where the cache is there already
def pytest_configure(config: pytest.Config) -> None:
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", None) and config.cache:
        # The workers, and the processes that tests start, compile the code once and not each for itself.
        os.environ["PYTHONPYCACHEPREFIX"] = str(config.cache.mkdir("bytecode"))
    if not config.getoption("--hypothesis-profile"):
        settings.load_profile("thorough" if config.getoption("--slow") else "quick")


def pytest_xdist_auto_num_workers() -> int:
    return _WORKERS_A_CORE * (os.cpu_count() or 1)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("slow") and not config.getoption("--slow"):
            item.add_marker(pytest.mark.skip(reason="slow: run with --slow"))
        of_files = item.get_closest_marker("tinydb")
        if of_files and config.getoption("--store") != "tinydb" and _is_on_either_store(item.path):
            item.add_marker(pytest.mark.skip(reason=of_files.kwargs["reason"]))


def _is_on_either_store(path: Path) -> bool:
    return any(map(path.is_relative_to, _ON_EITHER_STORE))


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Databases]:
    """A PostgreSQL of each worker's own, started when somebody first asks for it."""
    with postgres.server() as server:
        databases = Databases(server)
        yield databases
        if os.environ.get(postgres.NAMED):
            databases.drop()


@pytest.fixture
def postgresql_url(postgresql: Databases) -> Iterator[str]:
    """A DESKHAND_STORE in which there is nothing yet."""
    url = postgresql.take()
    yield url
    postgresql.give_back(url)


@pytest.fixture(autouse=True)
def _the_store_under_test(request: pytest.FixtureRequest) -> Iterator[None]:
    """On PostgreSQL, whose clock no test moves, a stop amid a call does not leave its hold for as long as that call may take: on
    TinyDB `test_courier_holds` has it."""
    if request.config.getoption("--store") == "tinydb" or not _is_on_either_store(request.path):
        yield
        return
    databases: Databases = request.getfixturevalue("postgresql")
    with stores.on(databases), pytest.MonkeyPatch.context() as patched:
        patched.setattr(courier, "LONGEST_CALL", 0.0)
        patched.setattr(database, "CONNECT", stores.CONNECTED_WITHIN)
        yield
