"""Journeys register themselves, and no two answer the same id."""

from dataclasses import fields
from importlib import import_module
from pkgutil import iter_modules

import pytest

import handlers
from handlers.slack.context import Visit
from handlers.slack.events import Event
from handlers.slack.journey import Journey, joined
from handlers.slack.payloads import BlockActions
from handlers.slack.response import Response


async def press(_: Visit, __: BlockActions) -> Response:
    return Response()


async def event(_: Visit, __: Event) -> Response:
    return Response()


def test_an_id_with_two_handlers_stops_the_start() -> None:
    one = Journey(actions={"press": press})
    with pytest.raises(ValueError, match="press has two handlers"):
        joined([one, Journey(actions={"press": press, "other": press})])


def test_kinds_of_request_do_not_share_their_ids() -> None:
    whole = joined([Journey(actions={"same": press}), Journey(events={"same": event})])
    assert (whole.actions["same"], whole.events["same"]) == (press, event)


@pytest.mark.parametrize("kind", [kind.name for kind in fields(Journey)])
def test_no_folder_with_a_journey_is_forgotten(kind: str) -> None:
    folders = [import_module(f"handlers.{each.name}") for each in iter_modules(handlers.__path__)]
    journeys = [folder.JOURNEY for folder in folders if hasattr(folder, "JOURNEY")]
    assert len(journeys) > 1
    table = getattr(handlers.TABLE, kind)
    assert {name for journey in journeys for name in getattr(journey, kind)} <= set(table)
