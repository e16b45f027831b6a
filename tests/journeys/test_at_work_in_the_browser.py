"""A ticket's whole life in a real browser."""

from tests.journeys.conftest import Office
from tests.journeys.test_in_the_browser import Open, browser, opens, pytestmark
from tests.journeys.walk import WORKED, a_message_is_worked_and_comes_back

__all__ = ["browser", "opens", "pytestmark"]


async def test_a_message_is_worked_to_its_end_and_comes_back(office: Office, opens: Open) -> None:
    async for _ in a_message_is_worked_and_comes_back(opens):
        pass
    assert [(entry.actor, entry.what) for entry in await office.history(1)] == WORKED
