"""A ticket's due time by its service level: on its card, in lists, on Home and in its own view, while time passes."""

import pytest

from bot.domain.clock.service_levels import Policy
from bot.domain.clock.settings import ClockSettings
from bot.domain.workspace_settings import WorkspaceSettings
from bot.playground.driver import Channel, Person
from tests.journeys.conftest import Office
from tests.journeys.test_home import home

LINE = "/ticket Printer down customer:acme site:hq type:break_fix"
MINUTE = 60
FIX = Policy(name="Quick fixes", response=30, next_response=30, resolution=100, pauses=("customer",))


@pytest.fixture(autouse=True)
async def quick_fixes(office: Office) -> None:
    since = {"levels": office.slack.clock.now()}
    clock = ClockSettings(begun=True, policies=(FIX,), since=since)
    settings = WorkspaceSettings(clock=clock)
    await office.runtime.store.change(office.workspace, lambda tx: tx.keep_settings(settings))


async def passes(office: Office, minutes: int) -> None:
    """Time passes, and all that has come due by then is done and shown."""
    office.slack.clock.advance(minutes * MINUTE)
    while await office.runtime.desk_clock.turn() == 0:
        pass
    await office.runtime.settled()


async def test_a_card_says_when_its_ticket_is_soon_and_late(
    office: Office, ana: Person, support: Channel
) -> None:
    await ana.types(LINE)
    posted = await support.shows("T-1")
    due = int((await office.ticket(1)).created_at.timestamp()) + 100 * MINUTE
    assert f"New · due <!date^{due}^" in str(posted.blocks)
    await passes(office, 81)
    assert (await support.shows("due soon:")).ts == posted.ts
    await passes(office, 20)
    assert (await support.shows("late since")).ts == posted.ts
    assert support.messages[-1].ts == posted.ts, "nobody is told of it"


async def test_what_is_drawn_on_reading_counts_the_time(office: Office, ana: Person, ben: Person) -> None:
    await ana.types(f"{LINE} @ben")
    await (await ben.types("/ticket list overdue")).shows("No open tickets match that.")
    form = await (await ben.types("/ticket show T-1")).form()
    for words in ("Service level Quick fixes", "First response", "Resolution", "1 h 39 min left"):
        assert form.shows(words), words
    assert form.shows("by its service level")
    theirs = await (await ana.types("/ticket show T-1")).form()
    assert theirs.shows("by its service level")
    await passes(office, 121)
    await (await ben.types("/ticket list overdue")).shows("late by 21 min")
    await (await ben.types("/ticket list response:late")).shows("Printer down")
    ben.opens_home()
    await ben.presses(await home(office, ben, "Due soon · 1"), "home_sight:due")
    assert "late by 21 min" in (await home(office, ben, "Due soon 1–1 of 1")).shown
    late = await (await ben.types("/ticket show T-1")).form()
    assert late.shows("Deskhand noticed that its resolution is late")


async def test_an_answer_ends_the_waiting_and_a_hold_stops_the_clock(
    office: Office, ana: Person, ben: Person
) -> None:
    await ana.types(LINE)
    await passes(office, 31)
    await (await ben.types("/ticket list response:late")).shows("1–1 of 1")
    await ben.types("/ticket comment T-1 On my way")
    await (await ben.types("/ticket list response:late")).shows("No open tickets match that.")
    await ben.types("/ticket hold T-1 waiting for customer")
    await passes(office, 24 * 60)
    await (await ben.types("/ticket list overdue")).shows("No open tickets match that.")
    form = await (await ben.types("/ticket show T-1")).form()
    assert form.shows("stands still, 1 h 8 min left")
    await ben.types("/ticket resume T-1")
    await passes(office, 70)
    await (await ben.types("/ticket list overdue")).shows("1–1 of 1")
    history = await (await ben.types("/ticket history T-1")).form()
    assert history.shows("Due by its service level")


async def test_the_due_time_moves_with_the_priority_and_the_history_says_why(
    office: Office, ana: Person, ben: Person
) -> None:
    urgent = Policy(name="Urgent", priorities=("critical",), resolution=10)
    since = {"levels": office.slack.clock.now()}
    settings = WorkspaceSettings(clock=ClockSettings(begun=True, policies=(FIX, urgent), since=since))
    await office.runtime.store.change(office.workspace, lambda tx: tx.keep_settings(settings))
    await ana.types(LINE)
    before = (await office.ticket(1)).due_at
    await ben.types("/ticket priority T-1 critical")
    after = await office.ticket(1)
    assert before
    assert after.due_at
    assert after.due_at < before
    assert after.sla_due_at is None
    (moved,) = [each for each in (await office.history(1))[-1].changes if each.field == "computedDueAt"]
    assert (moved.before is not None, moved.after is not None) == (True, True)
    history = await (await ben.types("/ticket history T-1")).form()
    assert history.shows("changed its priority")
    assert history.shows("Due by its service level: ")
