"""Who may do what, as admins set it up. Rights fail closed: nobody has one by being unknown."""

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from bot.domain import permissions
from bot.domain.contract import parse
from bot.domain.errors import Forbidden, NotFound, NotKnown
from bot.domain.history import readable_entries
from bot.domain.lifecycle import StepContext, take
from bot.domain.people import Person
from bot.domain.permissions import THE_DESK, Action, Actor, may, permitted, refused_fields, unknown_hint
from bot.domain.queues import Override, Queue, rotation
from bot.domain.ticket import Origin, Ticket
from bot.domain.workspace_settings import WorkspaceSettings
from tests.handlers.conftest import ticket

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
NETWORK = Queue(name="Network", channel="C1", owner="U0DANA")
FIELD = Queue(name="field", channel="C2", owner="U0DANA")
MEMBERS = {"Network": {"U0CHLOE", "U0EMIL", "USLACKBOT", "U0BOT"}, "field": {"U0BEN"}}
NONE = WorkspaceSettings()
TWO = WorkspaceSettings(queues=(NETWORK, FIELD))
REQUESTER = "U0ANA"
ALL: frozenset[Action] = frozenset(get_args(Action)) - {"correct"}  # for whoever made it alone
REQUESTERS: frozenset[Action] = frozenset(
    {"see", "close", "reopen", "edit", "withdraw", "comment", "correct"}
)
WIRE = {
    "customerId": "acme",
    "siteId": "hq",
    "ticketType": "other",
    "sourceChannel": "internal",
    "summary": "Printer down",
}
FOR_AGENTS = {
    "assignedUserId": "U0ANA",
    "status": "closed",
    "triageNotes": "They never pay",
    "visibilityMode": "global",
}


def who(
    user: str,
    settings: WorkspaceSettings = TWO,
    *,
    outsider: bool = False,
    known: bool = True,
    at: datetime = NOW,
    **also: bool,
) -> Actor:
    """`also`: what else is known of the person."""
    person = Person.model_validate({"id": user, "names": (), **also}) if known else None
    return permissions.actor(
        user, person, settings, lambda queue: MEMBERS[queue.name], outsider=outsider, now=at
    )


def allowed(actor: Actor, asked: Ticket) -> frozenset[Action]:
    return frozenset(action for action in get_args(Action) if may(actor, action, asked))


@pytest.mark.parametrize(
    ("actor", "queue", "actions"),
    [
        (who("U0FRED", NONE), None, ALL),  # nothing is set up
        (who("U0FRED", NONE, known=False), None, frozenset()),
        (who(REQUESTER, NONE, known=False), None, REQUESTERS),
        (who("U0FRED", NONE, outsider=True), None, frozenset()),
        (who(REQUESTER, NONE, outsider=True), None, REQUESTERS),
        (who(REQUESTER, NONE, outsider=True, known=False), None, REQUESTERS),
        (who("U0CHLOE"), "Network", ALL),
        (who("U0CHLOE"), "network", ALL),
        (who("U0CHLOE"), None, ALL),
        (who("U0CHLOE"), "not set up", ALL),
        (who("U0CHLOE"), "field", frozenset({"see", "comment", "read_notes"})),
        (who("U0CHLOE", TWO.model_copy(update={"notes": "queue"})), "field", frozenset({"see", "comment"})),
        (who("U0CHLOE", TWO.model_copy(update={"notes": "queue"})), "Network", ALL),
        (who("U0FRED"), "Network", frozenset()),
        (who("U0FRED"), None, frozenset()),
        (who("U0FRED", is_admin=True), "Network", frozenset()),
        (who(REQUESTER), "Network", REQUESTERS),
        (who("U0CHLOE", known=False), "Network", frozenset()),
        (who("U0CHLOE", outsider=True), "Network", frozenset()),
        (who("U0CHLOE", is_outsider=True), "Network", frozenset()),
        (who("U0CHLOE", has_left=True), "Network", frozenset()),
        (who("U0BOT", is_bot=True), "Network", frozenset()),
        (who("USLACKBOT"), "Network", frozenset()),
        (who("USLACKBOT", NONE), None, frozenset()),
        (Actor(user="U0FRED"), None, frozenset()),  # of whom nothing more is said
    ],
)
def test_everybody_may_do_what_is_theirs(actor: Actor, queue: str | None, actions: frozenset[Action]) -> None:
    assert allowed(actor, ticket(1, assignedQueue=queue)) == actions


def test_whoever_was_given_a_ticket_works_it_unless_they_are_from_outside_or_not_known() -> None:
    given = ticket(1, assignedQueue="Network", assignedUserId="U0FRED")
    assert allowed(who("U0FRED"), given) == ALL - {"share"}  # whom else it is for, its agents say
    assert allowed(who("U0FRED", outsider=True), given) == frozenset()
    assert allowed(who("U0FRED", known=False), given) == frozenset()


def test_whoever_converted_a_message_takes_it_back_and_has_no_other_right_of_its_author() -> None:
    asked = ticket(1, assignedQueue="Network")
    converted = asked.model_copy(update={"origin": Origin(way="message", converted_by="U0FRED")})
    assert allowed(who("U0FRED"), converted) == {"correct"}
    assert allowed(who(REQUESTER), converted) == REQUESTERS - {"correct"}
    undone = converted.model_copy(update={"undone_at": NOW, "withdrawn_at": NOW})
    assert allowed(who("U0FRED"), undone) == {"correct", "withdraw"}  # so that it can be brought back
    with pytest.raises(Forbidden, match="That is for @U0FRED, who made T-1"):
        permitted(who(REQUESTER), "correct", converted, 1)


def test_an_admin_is_one_only_as_far_as_is_known() -> None:
    assert who("U0DANA", is_admin=True).is_admin
    assert who("U0DANA", NONE, is_admin=True).is_admin
    assert not who("U0DANA", is_admin=True, outsider=True).is_admin
    assert not who("U0DANA", is_admin=True, has_left=True).is_admin


def test_whoever_takes_turns_on_call_is_an_agent_of_that_queue() -> None:
    rota = rotation(("U0FRED", "U0GINA"), "FREQ=DAILY", "Europe/Berlin", NOW)
    settings = WorkspaceSettings(queues=(NETWORK.model_copy(update={"rotation": rota}), FIELD))
    assert who("U0FRED", settings).queues == who("U0GINA", settings).queues == ("Network",)


@pytest.mark.parametrize(
    ("hours", "queues"), [(-1, ()), (0, ("Network",)), (7, ("Network",)), (8, ()), (24 * 365, ())]
)
def test_whoever_stands_in_is_an_agent_from_its_start_until_its_end(
    hours: int, queues: tuple[str, ...]
) -> None:
    override = Override(person="U0GINA", start=NOW, end=NOW + timedelta(hours=8))
    settings = WorkspaceSettings(queues=(NETWORK.model_copy(update={"overrides": (override,)}), FIELD))
    actor = who("U0GINA", settings, at=NOW + timedelta(hours=hours))
    assert (actor.queues, actor.is_agent) == (queues, bool(queues))


@pytest.mark.parametrize(
    ("actor", "error", "words"),
    [
        (who("U0CHLOE"), Forbidden, "T-1 is in “field”, so that is for the agents there."),
        (who(REQUESTER), Forbidden, "That is for agents. You can edit, withdraw, close or reopen T-1"),
        (who("U0FRED"), NotFound, "There is no T-1 here."),
        (who("U0FRED", outsider=True), NotFound, "There is no T-1 here."),
        (who("U0FRED", known=False), NotKnown, "I am still learning who you are: try again in a moment."),
        (who(REQUESTER, known=False), NotKnown, "I am still learning who you are: try again in a moment."),
    ],
)
def test_a_refusal_says_why(actor: Actor, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        permitted(actor, "triage", ticket(1, assignedQueue="field"), 1)


@pytest.mark.parametrize("actor", [who("U0FRED"), who("U0FRED", outsider=True), who("U0FRED", known=False)])
def test_what_somebody_may_not_see_is_told_as_what_is_not_there(actor: Actor) -> None:
    def told(asked: Ticket | None) -> str:
        with pytest.raises((NotFound, NotKnown)) as refused:
            permitted(actor, "see", asked, 1)
        return refused.value.message

    assert told(ticket(1)) == told(None)


def test_a_requester_reads_no_notes_and_somebody_else_reads_nothing() -> None:
    noted = take(ticket(triageNotes="Secret 1"), "note", {}, StepContext("U0CHLOE", NOW, "Secret 2"))
    held = take(noted, "hold", {"holdReason": "Parts"}, StepContext("U0CHLOE", NOW, "Secret 3"))
    theirs = readable_entries(who(REQUESTER), held, held.new_entries)
    assert [entry.what for entry in theirs] == ["created", "held"]
    assert "Secret" not in str(theirs)
    assert readable_entries(who("U0FRED"), held, held.new_entries) == ()
    assert readable_entries(THE_DESK, held, held.new_entries) == held.new_entries


@pytest.mark.parametrize("field", FOR_AGENTS)
@pytest.mark.parametrize(
    ("actor", "queue", "words"),
    [
        (who("U0FRED"), None, "Only agents "),
        (who("U0FRED"), "Network", "Only agents "),
        (who("U0FRED", outsider=True), "nowhere", "Only agents "),
        (who("U0CHLOE"), "field", "Only agents of “field” "),
        (who("U0CHLOE", known=False), "Network", "I am still learning who you are"),
    ],
)
def test_what_agents_decide_of_a_new_ticket_nobody_else_does(
    field: str, actor: Actor, queue: str | None, words: str
) -> None:
    create = parse({**WIRE, "assignedQueue": queue, field: FOR_AGENTS[field]})
    (problem,) = refused_fields(actor, create)
    assert problem.field == field
    assert problem.message.startswith(words)


@pytest.mark.parametrize("queue", [None, "Network", "nowhere"])
def test_agents_decide_all_of_a_ticket_of_theirs(queue: str | None) -> None:
    assert refused_fields(who("U0CHLOE"), parse({**WIRE, **FOR_AGENTS, "assignedQueue": queue})) == []


def test_anybody_says_how_urgent_it_is_and_into_which_queue_it_goes() -> None:
    said = {"priority": "critical", "assignedQueue": "Network", "slaDueAt": "2026-12-01T09:00:00Z"}
    for actor in (who("U0FRED"), who("U0FRED", outsider=True), who("U0FRED", known=False)):
        assert refused_fields(actor, parse({**WIRE, **said})) == []


def test_whoever_is_not_known_yet_hears_that_an_answer_may_hold_too_little() -> None:
    assert unknown_hint(who("U0CHLOE", known=False)) == NotKnown.words
    assert unknown_hint(who("U0CHLOE")) == unknown_hint(who("U0FRED", outsider=True)) == ""
