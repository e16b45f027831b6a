"""Who is told what: the table, row by row."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from bot.domain.contract import parse
from bot.domain.lifecycle import StepContext, merge, restore, take, undo, wake, withdraw
from bot.domain.news import Event, News
from bot.domain.steps import StepName
from bot.domain.telling import TABLE, Happened, People, events_of, is_outdated, news, words_of
from bot.domain.ticket import Origin, Place, Ticket, opened
from bot.domain.workspace_settings import Level, WorkspaceSettings

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
BEN, ANA, CHLOE, EMIL, NIA = "U0BEN", "U0ANA", "U0CHLOE", "U0EMIL", "U0NIA"
WIRE = {
    "customerId": "acme",
    "siteId": "hq",
    "ticketType": "other",
    "sourceChannel": "internal",
    "summary": "VPN down",
    "assignedQueue": "network",
}
Fields = dict[str, str | None]


def ticket(number: int = 1, **fields: str) -> Ticket:
    """Ben's."""
    create = parse({**WIRE, **fields})
    made = opened(
        create,
        ticket_id=UUID(int=number),
        number=number,
        actor=BEN,
        origin=Origin(way="command"),
        now=NOW,
    )
    return made.model_copy(update={"new_entries": ()})


def stepped(
    before: Ticket, step: StepName, by: str, note: str | None = None, **fields: str | None
) -> Happened:
    after = take(before, step, fields, StepContext(by, NOW, note))
    return Happened(before, after, by)


def heard(happened: Happened, **levels: Level) -> dict[str, tuple[str, str]]:
    """What each person is told. Emil is on call; Nia is an agent of the queue."""
    settings = WorkspaceSettings(levels=levels)
    people = People(settings.level_of, EMIL, [NIA] if levels.get(NIA) == "all" else [])
    return {each.to: (each.role, each.event) for each in news(happened, people)}


def fresh(at: Ticket) -> Ticket:
    return at.model_copy(update={"new_entries": ()})


MINE = ticket(assignedUserId=CHLOE, status="in_progress")
HELD = fresh(stepped(MINE, "hold", CHLOE, holdReason="parts").after)
RESOLVED = fresh(stepped(MINE, "resolve", CHLOE, resolution="Rebooted").after)
FREE = ticket()
FREE_RESOLVED = fresh(stepped(FREE, "resolve", ANA, resolution="Rebooted").after)


def context(by: str) -> StepContext:
    return StepContext(by, NOW)


CASES: dict[str, tuple[Happened, dict[str, tuple[str, str]]]] = {
    "created": (Happened(None, FREE, BEN), {EMIL: ("on_call", "created")}),
    "created with an assignee": (Happened(None, MINE, BEN), {CHLOE: ("assignee", "created")}),
    "created for its requester": (
        Happened(None, MINE, ANA),
        {CHLOE: ("assignee", "created"), BEN: ("requester", "created")},
    ),
    "created by whoever is on call": (Happened(None, FREE, EMIL), {BEN: ("requester", "created")}),
    "taken": (stepped(FREE, "assign", CHLOE, assignedUserId=CHLOE), {BEN: ("requester", "taken")}),
    "taken over": (
        stepped(MINE, "assign", ANA, assignedUserId=ANA),
        {CHLOE: ("former_assignee", "taken"), BEN: ("requester", "taken")},
    ),
    "started by nobody's owner": (stepped(FREE, "start", CHLOE), {BEN: ("requester", "taken")}),
    "assigned": (
        stepped(MINE, "assign", ANA, assignedUserId=NIA),
        {
            NIA: ("assignee", "assigned"),
            CHLOE: ("former_assignee", "assigned"),
            BEN: ("requester", "assigned"),
        },
    ),
    "assigned to its requester": (
        stepped(FREE, "assign", ANA, assignedUserId=BEN),
        {BEN: ("assignee", "assigned")},
    ),
    "unassigned": (stepped(MINE, "unassign", ANA), {CHLOE: ("former_assignee", "unassigned")}),
    "a note": (stepped(MINE, "note", ANA, note="Call first"), {CHLOE: ("assignee", "note")}),
    "a comment of the requester's": (
        Happened(MINE, MINE, BEN, "comment", "C1:2.0"),
        {CHLOE: ("assignee", "comment")},
    ),
    "a comment of the assignee's": (Happened(MINE, MINE, CHLOE, "comment", "C1:2.0"), {}),
    "on hold": (stepped(MINE, "hold", CHLOE, holdReason="parts"), {BEN: ("requester", "held")}),
    "on hold by another": (
        stepped(MINE, "hold", ANA, holdReason="parts"),
        {BEN: ("requester", "held"), CHLOE: ("assignee", "held")},
    ),
    "resumed": (stepped(HELD, "resume", CHLOE), {BEN: ("requester", "resumed")}),
    "resolved": (
        stepped(MINE, "resolve", CHLOE, resolution="Rebooted"),
        {BEN: ("requester", "resolved")},
    ),
    "closed by the requester": (stepped(RESOLVED, "close", BEN), {CHLOE: ("assignee", "closed")}),
    "closed by an agent": (stepped(RESOLVED, "close", CHLOE), {BEN: ("requester", "closed")}),
    "reopened": (stepped(RESOLVED, "reopen", BEN), {CHLOE: ("assignee", "reopened")}),
    "reopened, and nobody has it": (
        stepped(FREE_RESOLVED, "reopen", BEN),
        {EMIL: ("on_call", "reopened")},
    ),
    "reopened by a reply": (
        stepped(RESOLVED, "reopen", BEN)._replace(also="answered", comment="C1:2.0"),
        {CHLOE: ("assignee", "answered"), BEN: ("requester", "answered")},
    ),
    "withdrawn": (
        Happened(MINE, withdraw(MINE, context(ANA)), ANA),
        {CHLOE: ("assignee", "withdrawn"), BEN: ("requester", "withdrawn")},
    ),
    "undone": (Happened(MINE, undo(MINE, context(BEN)), BEN), {CHLOE: ("assignee", "undone")}),
    "merged": (
        Happened(FREE, merge(FREE, ticket(2), {}, context(ANA)), ANA),
        {BEN: ("requester", "merged")},
    ),
    "moved": (
        stepped(FREE, "triage", ANA, assignedQueue="facilities"),
        {EMIL: ("on_call", "moved")},
    ),
    "due changed": (
        stepped(MINE, "triage", ANA, slaDueAt="2026-12-01T09:00:00Z"),
        {CHLOE: ("assignee", "due_changed")},
    ),
    "given with another due time": (
        stepped(FREE, "triage", ANA, assignedUserId=CHLOE, slaDueAt="2026-12-01T09:00:00Z"),
        {CHLOE: ("assignee", "assigned"), BEN: ("requester", "assigned")},
    ),
    "back from a hold": (
        Happened(HELD, wake(HELD, context("clock")), "clock", "came_back"),
        {CHLOE: ("assignee", "came_back"), BEN: ("requester", "came_back")},
    ),
    "back, and nobody has it": (
        Happened(FREE, FREE, "clock", "came_back"),
        {EMIL: ("on_call", "came_back"), BEN: ("requester", "came_back")},
    ),
    "edited": (stepped(MINE, "edit", ANA, summary="VPN is down"), {}),
}


@pytest.mark.parametrize("case", CASES)
def test_each_event_tells_whom_the_table_names(case: str) -> None:
    happened, told = CASES[case]
    assert heard(happened) == told


def test_watchers_of_the_channel_hear_of_a_new_ticket_once_and_not_of_their_own() -> None:
    watched = People(
        WorkspaceSettings(levels={NIA: "quiet"}).level_of, EMIL, [], [ANA, BEN, CHLOE, EMIL, NIA]
    )

    def heard_by(happened: Happened) -> dict[str, str]:
        return {each.to: each.role for each in news(happened, watched)}

    assert heard_by(Happened(None, FREE, BEN)) == {EMIL: "on_call", ANA: "watcher", CHLOE: "watcher"}
    assert heard_by(Happened(None, MINE, BEN)) == {CHLOE: "assignee", ANA: "watcher", EMIL: "watcher"}
    assert heard_by(Happened(MINE, undo(MINE, context(BEN)), BEN)) == {
        CHLOE: "assignee",
        ANA: "watcher",
        EMIL: "watcher",
    }
    assert heard_by(stepped(MINE, "note", ANA, note="Call first")) == {CHLOE: "assignee"}


def test_no_event_is_left_out() -> None:
    met = {event for happened, _ in CASES.values() for event in events_of(happened)}
    assert set(TABLE) - met == {"restored"}  # as withdrawn


def test_whoever_wants_quiet_hears_what_asks_them_to_act_and_no_more() -> None:
    held, _ = CASES["on hold by another"]
    given, _ = CASES["assigned"]
    paged, _ = CASES["created"]
    resolved, _ = CASES["resolved"]
    quiet: dict[str, Level] = dict.fromkeys([BEN, CHLOE, NIA, EMIL], "quiet")
    assert heard(held, **quiet) == {}
    assert heard(given, **quiet) == {NIA: ("assignee", "assigned")}
    assert heard(paged, **quiet) == {EMIL: ("on_call", "created")}
    assert heard(resolved, **quiet) == {BEN: ("requester", "resolved")}


@pytest.mark.parametrize("event", TABLE)
def test_an_agent_who_wants_all_hears_of_every_event(event: Event) -> None:
    assert TABLE[event][-1].role == "agent"
    held, _ = CASES["on hold"]
    assert heard(held, U0NIA="all") == {BEN: ("requester", "held"), NIA: ("agent", "held")}


def test_whoever_has_a_card_reads_there_that_its_ticket_was_undone_and_is_back() -> None:
    cards = (Place(channel="D0CHLOE", ts="1.0", user=CHLOE), Place(channel="C1", ts="2.0"))
    shown = MINE.model_copy(update={"cards": cards, "created_by": ANA})
    undone = undo(shown, context(BEN))
    assert heard(Happened(shown, undone, BEN)) == {ANA: ("requester", "undone")}
    back = restore(fresh(undone), undone.new_entries[-1], context(BEN))
    assert heard(Happened(fresh(undone), back, BEN)) == {ANA: ("requester", "restored")}
    withdrawn = withdraw(shown, context(BEN))
    assert CHLOE in heard(Happened(shown, withdrawn, BEN))
    back = restore(fresh(withdrawn), withdrawn.new_entries[-1], context(BEN))
    assert heard(Happened(fresh(withdrawn), back, BEN))[CHLOE] == ("assignee", "restored")


def test_a_note_reaches_agents_and_no_requester() -> None:
    happened = stepped(FREE, "assign", ANA, "Please hurry", assignedUserId=CHLOE)
    told = {each.to: each for each in news(happened, People(WorkspaceSettings().level_of))}
    entry = happened.after.new_entries[-1]
    assert words_of(told[CHLOE], entry) == "Please hurry"
    assert words_of(told[BEN], entry) == ""


def test_reason_and_resolution_are_told_as_they_were_typed() -> None:
    for happened, words in ((CASES["on hold"][0], "parts"), (CASES["resolved"][0], "Rebooted")):
        (told,) = news(happened, People(WorkspaceSettings().level_of))
        assert words_of(told, happened.after.new_entries[-1]) == words
    assert words_of(News(event="held", role="requester", to=BEN, by=ANA, version=9), None) == ""


def test_what_is_asked_again_is_not_told_as_a_comment_as_well() -> None:
    def about(event: Event, comment: str) -> News:
        return News(event=event, role="assignee", to=CHLOE, by=BEN, version=1, comment=comment)

    assert is_outdated(about("comment", "C1:2.0"), about("asked_again", "C1:2.0"))
    assert not is_outdated(about("comment", "C1:1.0"), about("asked_again", "C1:2.0"))
