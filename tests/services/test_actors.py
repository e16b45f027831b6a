"""Whatever the services tell, they tell an actor: a read that forgets who asks does not pass here."""

import inspect
from collections.abc import Iterator
from typing import Any, get_type_hints

import pytest

from bot.domain.permissions import Actor
from bot.services.people import People
from bot.services.reminders import ReminderRequest
from bot.services.step_requests import StepRequest
from bot.services.tickets import CreateRequest
from handlers.slack.context import Tools

ASKS = {Actor, StepRequest, CreateRequest, ReminderRequest}
"""What says who asks."""

OF_NOBODY = {
    "AdminSettings.actor",  # makes one
    "Answers.say",  # tells what somebody has been answered who asked
    "Deliveries.seen",  # tells nothing, and hears what Slack shows
    "Deliveries.try_again_in",  # goes on with what waits, where Slack says a channel goes on
    "Installations.catch_up",  # tells nothing
    "Installations.load",  # the same
    "Installations.token",  # is for who calls Slack, and for no request
    "Intake.listens",  # tells nothing but whether anybody is heard in a channel
    "SharedDeliveries.hand_on",  # the courier's, which asks the rule for a whole workspace
    "SharedDeliveries.mirrored",  # the same
    "TicketComments.record_carried",  # tells nothing, and hears what another workspace may say
    "TicketComments.record_in",  # tells nothing, and hears what Slack shows
    "TicketComments.record_reply",  # the same
}


def methods() -> Iterator[Any]:
    for service in get_type_hints(Tools).values():
        if inspect.isclass(service) and service is not People:  # who is who, which each request needs to know
            for _, method in inspect.getmembers(service, inspect.iscoroutinefunction):
                yield method


METHODS = [
    method
    for method in methods()
    if not method.__name__.startswith("_") and method.__qualname__ not in OF_NOBODY
]


@pytest.mark.parametrize("method", METHODS, ids=lambda method: str(method.__qualname__))
def test_every_use_case_is_somebodys(method: Any) -> None:  # noqa: ANN401  (any of them)
    hints = get_type_hints(method)
    assert ASKS & {kind for name, kind in hints.items() if name != "return"}, "it takes no Actor"


def test_those_that_are_nobodys_are_there() -> None:
    assert {method.__qualname__ for method in methods()} >= OF_NOBODY
    assert len(METHODS) > 25
