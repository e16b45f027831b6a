"""Service levels on a real store: targets run with the ticket, the clock finds what is soon and late, and lists know it."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from bot.domain.calendars import business_hours
from bot.domain.clock.context import CLOCK
from bot.domain.clock.service_levels import CRITICAL, Policy, TargetKind
from bot.domain.clock.settings import ClockSettings, RuleName
from bot.domain.clock.ticket_clock import Target
from bot.domain.comments import ThreadMessage
from bot.domain.directory import Directory, Site
from bot.domain.people import Person
from bot.domain.permissions import Actor
from bot.domain.search import Span, TicketFilter
from bot.domain.sites import OccupancyProfile
from bot.domain.ticket import Place, Ticket
from bot.domain.workspace_settings import WorkspaceSettings
from bot.services.ticket_comments import TicketComments
from bot.services.ticket_news import TicketNews
from bot.services.ticket_times import swept_from
from handlers.tickets.history_view import entry_text
from storage import open_store
from tests.histories import history_of
from tests.services.clock_kit import ANA, BEN, DESK, MONDAY, NETWORK, ClockedDesk
from tests.stores import store_url

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
EMIL = Actor(user="U0EMIL", is_known=True)
OFFICE = business_hours("Europe/Berlin", "Office")
USUAL = Policy(name="Usual", response=60, next_response=30, assignment=120, resolution=240)


def levels(*policies: Policy, since: datetime = MONDAY, **also: object) -> WorkspaceSettings:
    rules: dict[RuleName, datetime] = {"levels": since}
    clock = ClockSettings(
        begun=True, policies=policies or (USUAL, CRITICAL), since=rules, calendars=(OFFICE,)
    )
    return WorkspaceSettings(clock=clock.model_copy(update=also))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[ClockedDesk]:
    desk = await ClockedDesk(tmp_path).open()
    yield desk
    await desk.close()


async def says(desk: ClockedDesk, actor: Actor, number: int) -> None:
    await TicketComments(desk.store, desk.read).comment(DESK, actor, number, "Well?", uuid4())


def target(ticket: Ticket, kind: TargetKind) -> Target:
    assert ticket.clock
    assert ticket.clock.level
    found = ticket.clock.level.target(kind)
    assert found
    return found


async def found(desk: ClockedDesk, **wanted: object) -> list[int]:
    page = await desk.store.read(DESK).tickets(TicketFilter.model_validate(wanted))
    return [ticket.number for ticket in page.tickets]


async def whats(desk: ClockedDesk, number: int) -> list[str]:
    return [entry.what for entry in await history_of(desk.store.read(DESK), number)]


async def test_a_ticket_without_times_in_a_workspace_without_rules_has_no_clock(desk: ClockedDesk) -> None:
    await desk.create()
    await says(desk, EMIL, 1)
    ticket = await desk.ticket(1)
    assert (ticket.clock, ticket.due_at, ticket.version) == (None, None, 1)
    assert await desk.store.read(DESK).timers(limit=9) == []


async def test_the_clock_finds_each_state_once_and_brings_the_cards_up_to_date(desk: ClockedDesk) -> None:
    await desk.set_up(levels(Policy(name="Fix", resolution=100)))
    ticket = await desk.create(assignedUserId=BEN)
    assert ticket.due_at == MONDAY + 100 * MINUTE
    await desk.jobs()
    for minute, state in ((79, "on_time"), (80, "soon"), (81, "soon"), (100, "late"), (500, "late")):
        await desk.at(MONDAY + minute * MINUTE)
        assert (await desk.ticket(1)).due_state == state, minute
    assert await whats(desk, 1) == ["converted", "late_resolution"]
    assert await desk.told() == [], "who is warned is for another rule to say"
    assert await desk.store.read(DESK).timers(limit=9) == []


async def test_a_state_that_changes_updates_the_cards_and_what_changes_nothing_does_not(
    desk: ClockedDesk,
) -> None:
    await desk.set_up(levels(Policy(name="Fix", resolution=100)))
    made = await desk.create()
    card = Place(channel="C1", ts="6.000100")
    shown = made.model_copy(update={"cards": (card,), "new_entries": ()})
    await desk.store.change(DESK, lambda tx: tx.save(shown, now=MONDAY))
    await desk.jobs()

    async def updates() -> list[Place | None]:
        return [job.place for job in await desk.store.read(DESK).jobs() if job.place == card]

    await says(desk, EMIL, 1)
    await desk.at(MONDAY + 79 * MINUTE)
    assert await updates() == []
    await desk.at(MONDAY + 80 * MINUTE)
    assert await updates() == [card]


async def test_another_calendar_brings_the_cards_up_to_date_and_the_history_says_by_what(
    desk: ClockedDesk,
) -> None:
    await desk.set_up(levels(Policy(name="Fix", resolution=100, calendar="Office")))
    card = Place(channel="C1", ts="6.000100")
    shown = (await desk.create()).model_copy(update={"cards": (card,), "new_entries": ()})
    await desk.store.change(DESK, lambda tx: tx.save(shown, now=MONDAY))
    await desk.jobs()
    settings = await desk.store.read(DESK).settings()
    never = OFFICE.model_copy(update={"name": "Never", "hours": ((),) * 7})
    await desk.set_up(settings.with_calendar(never, MONDAY, instead_of="Office"))
    await desk.store.change(DESK, lambda tx: tx.keep_timer(swept_from(1)))
    await desk.at(MONDAY)
    assert [job.place for job in await desk.store.read(DESK).jobs() if job.place] == [card]
    entry = (await history_of(desk.store.read(DESK), 1))[-1]
    text = entry_text(entry, await desk.ticket(1), Directory(), {})
    assert text.startswith("Deskhand set when it is due")
    assert text.endswith("• Service level: Fix\n• Calendar: Never")


async def test_a_due_time_that_somebody_gave_is_told_of_twice_to_whoever_has_it(desk: ClockedDesk) -> None:
    await desk.create(assignedUserId=BEN, slaDueAt=(MONDAY + 10 * HOUR).isoformat())
    await desk.create(slaDueAt=(MONDAY + 10 * HOUR).isoformat())
    await desk.jobs()
    for hours in (7, 8, 9):
        await desk.at(MONDAY + hours * HOUR)
    assert await desk.told() == ["U0BEN due_soon T-1"]
    for hours in (10, 11, 1000):
        await desk.at(MONDAY + hours * HOUR)
    assert await desk.told() == ["U0BEN late T-1"]
    assert await whats(desk, 2) == ["converted", "late_due"]
    assert (await desk.ticket(1)).sla_due_at == MONDAY + 10 * HOUR


async def test_what_was_late_long_before_there_was_a_clock_is_told_of_to_nobody(desk: ClockedDesk) -> None:
    await desk.create(assignedUserId=BEN, slaDueAt=(MONDAY + HOUR).isoformat())
    await desk.create(assignedUserId=BEN, slaDueAt=(MONDAY + 99 * HOUR).isoformat())
    await desk.jobs()
    for number in (1, 2):
        await desk.store.change(DESK, lambda tx, number=number: tx.drop_timer(f"ticket:{number}"))  # type: ignore[misc]
    desk.now = MONDAY + 50 * HOUR
    await desk.clock.start()
    await desk.clock.stop()
    await desk.at(MONDAY + 51 * HOUR)
    assert await desk.told() == []
    assert [(await desk.ticket(number)).due_state for number in (1, 2)] == ["late", "on_time"]
    await desk.at(MONDAY + 99 * HOUR)
    assert await desk.told() == ["U0BEN late T-2"]


async def test_a_sweep_takes_no_warning_away(desk: ClockedDesk) -> None:
    await desk.create(assignedUserId=BEN, slaDueAt=(MONDAY + 10 * HOUR).isoformat())
    await desk.jobs()
    desk.now = MONDAY + 8 * HOUR + MINUTE
    await desk.store.change(DESK, lambda tx: tx.keep_timer(swept_from(1)))
    await desk.at(MONDAY + 8 * HOUR + MINUTE)
    assert await desk.told() == ["U0BEN due_soon T-1"]


async def test_what_is_there_when_the_rule_is_switched_on_counts_from_then(desk: ClockedDesk) -> None:
    for _ in range(3):
        await desk.create()
    await says(desk, ANA, 2)
    await desk.step(3, "resolve", resolution="Done")
    later = MONDAY + 48 * HOUR
    desk.now = later
    await desk.set_up(levels(since=later))
    await desk.store.change(DESK, lambda tx: tx.keep_timer(swept_from(1)))
    await desk.at(later)
    waits, answered, done = [await desk.ticket(number) for number in (1, 2, 3)]
    assert waits.due_at == answered.due_at == later + 240 * MINUTE
    assert (target(waits, "response").since, target(waits, "response").met_at) == (later, None)
    assert target(answered, "response").met_at
    assert done.clock is None
    (entry,) = [each for each in await history_of(desk.store.read(DESK), 1) if each.what == "timed"]
    assert (entry.actor, [change.field for change in entry.changes]) == (
        CLOCK,
        ["computedDueAt", "policy", "calendar"],
    )
    await desk.at(later + 60 * MINUTE)
    assert await found(desk, response=("late",)) == [1]


async def test_whoever_was_answered_waits_for_no_first_response_of_another_policy(desk: ClockedDesk) -> None:
    quick = Policy(name="Quick", priorities=("critical",), response=10)
    await desk.set_up(levels(Policy(name="Fix", resolution=100), quick))
    for _ in range(2):
        await desk.create()
    await says(desk, ANA, 1)
    for number in (1, 2):
        await desk.step(number, "priority", priority="critical")
    answered, waits = [target(await desk.ticket(number), "response") for number in (1, 2)]
    assert (answered.since, waits.since) == (None, MONDAY)


async def test_a_rule_that_is_switched_off_leaves_no_timers(desk: ClockedDesk) -> None:
    await desk.set_up(levels())
    await desk.create()
    await desk.set_up(WorkspaceSettings(clock=ClockSettings(begun=True)))
    await desk.store.change(DESK, lambda tx: tx.keep_timer(swept_from(1)))
    await desk.at(MONDAY + MINUTE)
    assert (await desk.ticket(1)).clock is None
    assert await desk.store.read(DESK).timers(limit=9) == []


@pytest.mark.parametrize(("profile", "due"), [("business_hours", 8 * 60 + 240), (None, 240)])
async def test_the_calendar_is_that_of_the_sites_occupancy(
    desk: ClockedDesk, profile: OccupancyProfile | None, due: int
) -> None:
    site = Site(id="hq", name="Headquarters", customer_id="acme", occupancy_profile=profile)
    await desk.store.change(DESK, lambda tx: tx.keep_item(site))
    await desk.set_up(levels(profiles={"business_hours": "Office"}))
    desk.now = MONDAY.replace(hour=0)  # 1:00 in Berlin: eight hours before it opens
    assert (await desk.create()).due_at == desk.now + due * MINUTE


async def test_whoever_writes_again_waits_and_is_found_where_nobody_answers_in_time(
    desk: ClockedDesk,
) -> None:
    await desk.set_up(levels())
    for _ in range(2):
        await desk.create()
        await desk.step(
            (await desk.store.read(DESK).tickets(TicketFilter())).total, "assign", assignedUserId=BEN
        )
    desk.now = MONDAY + 10 * MINUTE
    await says(desk, EMIL, 1)
    await desk.at(MONDAY + 39 * MINUTE)
    assert await found(desk, response=("late",)) == []
    await desk.at(MONDAY + 40 * MINUTE)
    assert await found(desk, response=("late",)) == [1]
    assert "late_next_response" in await whats(desk, 1)
    await says(desk, ANA, 1)
    assert await found(desk, response=("late",)) == []


async def test_lists_find_and_sort_by_the_due_time_that_counts_also_after_a_restart(
    desk: ClockedDesk, tmp_path: Path
) -> None:
    urgent = Policy(name="Urgent", priorities=("critical",), resolution=200, pauses="none")
    await desk.set_up(levels(USUAL, urgent))
    await desk.create(slaDueAt=(MONDAY + 2 * HOUR).isoformat())
    await desk.create(symptomDescription="x" * 3000)
    await desk.create(priority="critical", symptomDescription='a,"{' * 900)
    await desk.step(3, "hold", holdReason="waiting for parts")
    await desk.create(slaDueAt=(MONDAY + 300 * HOUR).isoformat())
    await desk.create()
    await desk.step(5, "hold", holdReason="waiting for customer")

    async def look() -> None:
        assert await found(desk, sort="due") == [1, 3, 2, 4, 5]
        assert await found(desk, due=Span(end=MONDAY + 241 * MINUTE)) == [3, 2, 1]
        assert await found(desk, due=Span(start=MONDAY + 241 * MINUTE)) == [4]

    await look()
    await desk.close()
    desk.store = open_store(store_url(tmp_path))
    await look()


async def test_a_hold_that_the_clock_ends_lets_the_time_go_on(desk: ClockedDesk) -> None:
    await desk.set_up(levels())
    await desk.create(assignedUserId=BEN)
    until = MONDAY + 5 * HOUR
    await desk.step(1, "hold", holdReason="waiting for customer", holdUntil=until.isoformat())
    assert (await desk.ticket(1)).due_at is None
    await desk.at(until)
    ticket = await desk.ticket(1)
    assert (ticket.status, ticket.due_at) == ("in_progress", until + 240 * MINUTE)
    moved = [
        (entry.what, change.after)
        for entry in await history_of(desk.store.read(DESK), 1)
        for change in entry.changes
        if change.field == "computedDueAt"
    ]
    assert moved == [
        ("converted", "2026-11-30T13:00:00Z"),
        ("held", None),
        ("hold_ended", "2026-11-30T18:00:00Z"),
    ]


async def test_only_the_word_of_somebody_who_may_work_it_answers_its_requester(desk: ClockedDesk) -> None:
    """Anybody can write in a channel's thread; whom we know nothing of may be an agent."""
    people = [Person(id=user, names=(user,)) for user in (BEN, "U0PASSER")]
    await desk.people.learn(DESK, people)
    await desk.people.learn_channel(DESK, NETWORK.channel, [BEN])
    settings = levels()
    await desk.set_up(settings.model_copy(update={"queues": (NETWORK,)}))
    await desk.create(assignedQueue="network")
    card = Place(channel="C1", ts="6.000100")
    shown = (await desk.ticket(1)).model_copy(update={"cards": (card,), "new_entries": ()})
    await desk.store.change(DESK, lambda tx: tx.save(shown, now=MONDAY))
    comments = TicketComments(desk.store, desk.read, TicketNews(desk.people))
    for minute, author, is_met in ((1, "U0PASSER", False), (2, BEN, True)):
        desk.now = MONDAY + minute * MINUTE
        message = ThreadMessage(
            channel="C1",
            thread_ts="6.000100",
            ts=f"{desk.now.timestamp():.6f}",
            author=author,
            text="Same here!",
        )
        await comments.record_reply(DESK, message)
        assert (target(await desk.ticket(1), "response").met_at is not None) == is_met, author
