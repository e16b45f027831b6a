"""What all tests share: the `--slow` switch, and properties without a clock (timings belong in benchmarks)."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import settings

from tests import postgres
from tests.postgres import Databases

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


@pytest.hookimpl(trylast=True)  # where the cache is there already
def pytest_configure(config: pytest.Config) -> None:
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", None) and config.cache:
        # The workers, and the processes that tests start, compile the code once and not each for itself.
        os.environ["PYTHONPYCACHEPREFIX"] = str(config.cache.mkdir("bytecode"))
    if not config.getoption("--hypothesis-profile"):
        settings.load_profile("thorough" if config.getoption("--slow") else "quick")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--slow"):
        return
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason="slow: run with --slow"))


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Databases]:
    """A PostgreSQL of each worker's own, started when somebody first asks for it."""
    with postgres.server() as server:
        databases = Databases(server)
        yield databases
        if os.environ.get(postgres.NAMED):
            asyncio.run(databases.drop())


@pytest.fixture
async def postgresql_url(postgresql: Databases) -> AsyncIterator[str]:
    """A DESKHAND_STORE in which there is nothing yet."""
    async with postgresql.one() as url:
        yield url
