"""Who may do what, as admins set it up."""

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from bot.domain import permissions
from bot.domain.permissions import Action, Actor, may
from bot.domain.queues import Override, Queue, rotation
from bot.domain.ticket import Ticket
from bot.domain.workspace_settings import WorkspaceSettings
from tests.handlers.conftest import ticket

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
NETWORK = Queue(name="Network", channel="C1", owner="U0DANA")
FIELD = Queue(name="field", channel="C2", owner="U0DANA")
MEMBERS = {"Network": {"U0CHLOE", "U0EMIL"}, "field": {"U0BEN"}}
TWO = WorkspaceSettings(queues=(NETWORK, FIELD))
REQUESTER = "U0ANA"
ALL: frozenset[Action] = frozenset(get_args(Action))
REQUESTERS: frozenset[Action] = frozenset({"see", "close", "reopen", "edit", "withdraw", "comment"})


def who(user: str, setup: WorkspaceSettings = TWO, *, outsider: bool = False) -> Actor:
    return permissions.actor(user, setup, lambda queue: MEMBERS[queue.name], outsider=outsider)


def allowed(actor: Actor, asked: Ticket) -> frozenset[Action]:
    return frozenset(action for action in ALL if may(actor, action, asked).allowed)


@pytest.mark.parametrize(
    ("actor", "queue", "actions"),
    [
        (who("U0FRED", WorkspaceSettings()), None, ALL),  # nothing is set up
        (who("U0FRED", WorkspaceSettings(), outsider=True), None, frozenset()),
        (who(REQUESTER, WorkspaceSettings(), outsider=True), None, REQUESTERS),
        (who("U0CHLOE"), "Network", ALL),
        (who("U0CHLOE"), "network", ALL),
        (who("U0CHLOE"), None, ALL),
        (who("U0CHLOE"), "not set up", ALL),
        (who("U0CHLOE"), "field", frozenset({"see", "comment", "read_notes"})),
        (who("U0CHLOE", TWO.model_copy(update={"notes": "queue"})), "field", frozenset({"see", "comment"})),
        (who("U0CHLOE", TWO.model_copy(update={"notes": "queue"})), "Network", ALL),
        (who("U0FRED"), "Network", frozenset()),
        (who("U0FRED"), None, frozenset()),
        (who(REQUESTER), "Network", REQUESTERS),
        (who("U0CHLOE", outsider=True), "Network", frozenset()),
    ],
)
def test_everybody_may_do_what_is_theirs(actor: Actor, queue: str | None, actions: frozenset[Action]) -> None:
    assert allowed(actor, ticket(1, assignedQueue=queue)) == actions


def test_whoever_was_given_a_ticket_works_it_unless_they_are_from_outside() -> None:
    given = ticket(1, assignedQueue="Network", assignedUserId="U0FRED")
    assert allowed(who("U0FRED"), given) == ALL
    assert allowed(who("U0FRED", outsider=True), given) == frozenset()


def test_whoever_is_or_stands_in_on_call_is_an_agent_of_that_queue() -> None:
    rota = rotation(("U0FRED",), "FREQ=DAILY", "Europe/Berlin", NOW)
    override = Override(person="U0GINA", start=NOW, end=NOW + timedelta(days=1))
    setup = WorkspaceSettings(
        queues=(NETWORK.model_copy(update={"rotation": rota, "overrides": (override,)}), FIELD)
    )
    assert permissions.queues_of("U0FRED", setup, lambda queue: MEMBERS[queue.name]) == ("Network",)
    assert permissions.queues_of("U0GINA", setup, lambda queue: MEMBERS[queue.name]) == ("Network",)


@pytest.mark.parametrize(
    ("actor", "words"),
    [
        (who("U0CHLOE"), "T-1 is in “field”, so that is for the agents there."),
        (who(REQUESTER), "That is for agents. You can edit, withdraw, close or reopen T-1"),
        (who("U0FRED"), "Only agents and whoever asked for T-1 can do that."),
    ],
)
def test_a_refusal_says_why(actor: Actor, words: str) -> None:
    assert words in may(actor, "triage", ticket(1, assignedQueue="field")).reason
