"""One press switches a sensible set on: what it would send is what it sends."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.calendars import business_hours
from bot.domain.clock.service_levels import READY, Policy
from bot.domain.clock.settings import ClockSettings
from bot.domain.clock.timers import FEW
from bot.domain.errors import Forbidden, InvalidInput, NotFound, NotKnown
from bot.domain.permissions import Actor
from bot.domain.workspace_settings import WorkspaceSettings
from bot.services.clock_settings import MOST_CALENDARS, MOST_POLICIES, AdminClockSettings, RuleChoice
from bot.services.people import People
from tests.services.clock_kit import BEN, CHLOE, DESK, MONDAY, NETWORK, ClockedDesk

HOUR = timedelta(hours=1)
DANA = Actor(user="U0DANA", is_known=True, is_admin=True)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[ClockedDesk]:
    desk = await ClockedDesk(tmp_path).open()
    await desk.set_up(WorkspaceSettings(queues=(NETWORK,)))
    yield desk
    await desk.close()


@pytest.fixture
def admin(desk: ClockedDesk) -> AdminClockSettings:
    return AdminClockSettings(desk.store, People(desk.store, desk.read), desk.read)


async def late_tickets(desk: ClockedDesk, count: int, holder: str) -> None:
    """They were due before, which their holder has been told."""
    for _ in range(count):
        await desk.create(
            assignedQueue="network", assignedUserId=holder, slaDueAt=(MONDAY + HOUR).isoformat()
        )


async def test_what_it_would_send_is_what_it_sends(desk: ClockedDesk, admin: AdminClockSettings) -> None:
    await late_tickets(desk, FEW + 2, CHLOE)
    await desk.create(assignedQueue="network")
    await desk.at(MONDAY + 2 * HOUR)
    await desk.told()
    await desk.jobs()
    preview = await admin.preview(DESK, DANA, "Europe/Berlin")
    assert (preview.messages, preview.recipients) == (2, 2), (
        "Chloe has them, and Ben is on call: a digest each"
    )
    await admin.warn_and_escalate(DESK, DANA, "Europe/Berlin")
    await desk.at(MONDAY + 2 * HOUR)
    assert sorted(await desk.told()) == ["U0BEN 5 late", "U0CHLOE 5 late"]


async def test_a_preview_changes_nothing(desk: ClockedDesk, admin: AdminClockSettings) -> None:
    await late_tickets(desk, 1, BEN)
    await desk.at(MONDAY + 2 * HOUR)
    before = await desk.store.read(DESK).settings()
    await admin.preview(DESK, DANA, "Europe/Berlin")
    assert await desk.store.read(DESK).settings() == before
    assert not before.clock.since


async def test_a_few_messages_are_counted_one_by_one(desk: ClockedDesk, admin: AdminClockSettings) -> None:
    await late_tickets(desk, FEW, BEN)
    await desk.at(MONDAY + 2 * HOUR)
    await desk.jobs()
    preview = await admin.preview(DESK, DANA, "Europe/Berlin")
    await admin.warn_and_escalate(DESK, DANA, "Europe/Berlin")
    await desk.at(MONDAY + 2 * HOUR)
    told = await desk.told()
    assert (preview.messages, preview.recipients) == (len(told), 1)
    assert told == [f"U0BEN late T-{number}" for number in range(1, FEW + 1)]


async def test_of_very_many_tickets_a_preview_looks_at_those_that_are_due_first_and_says_so(
    desk: ClockedDesk, admin: AdminClockSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.services.clock_settings._LOOKED_AT", 40)
    await late_tickets(desk, 1, BEN)
    for _ in range(39):
        await desk.create()
    await desk.at(MONDAY + 2 * HOUR)
    assert not (await admin.preview(DESK, DANA, "Etc/UTC")).is_partial
    await desk.create()
    preview = await admin.preview(DESK, DANA, "Etc/UTC")
    assert (preview.messages, preview.is_partial) == (1, True)


async def test_all_tickets_are_gone_through_after_a_change_while_a_rule_is_on(
    desk: ClockedDesk, admin: AdminClockSettings
) -> None:
    reader = desk.store.read(DESK)
    calendar = business_hours("Europe/Berlin")
    await admin.save_calendar(DESK, DANA, calendar)
    assert await reader.timer("sweep:1") is None, "nothing counts by it yet"
    await admin.save_rule(DESK, DANA, "close", RuleChoice(is_on=True))
    assert await reader.timer("sweep:1")
    await desk.at(MONDAY)
    assert await reader.timer("sweep:1") is None
    await admin.remove_calendar(DESK, DANA, calendar.name)
    assert await reader.timer("sweep:1")
    await desk.at(MONDAY)
    await admin.remove_calendar(DESK, DANA, calendar.name)
    assert await reader.timer("sweep:1") is None, "that changed nothing"


async def test_there_are_only_so_many_calendars_and_service_levels(
    desk: ClockedDesk, admin: AdminClockSettings
) -> None:
    names = [str(number) for number in range(MOST_POLICIES)]
    clock = ClockSettings(
        calendars=tuple(business_hours("Etc/UTC", name) for name in names[:MOST_CALENDARS]),
        policies=tuple(Policy(name=name, response=1) for name in names),
    )
    await desk.set_up(WorkspaceSettings(clock=clock))
    with pytest.raises(InvalidInput, match="20 calendars are the most"):
        await admin.save_calendar(DESK, DANA, business_hours("Etc/UTC", "one more"))
    with pytest.raises(InvalidInput, match="30 service levels are the most"):
        await admin.save_policy(DESK, DANA, Policy(name="one more", response=1))
    with pytest.raises(InvalidInput, match="30 service levels are the most"):
        await admin.add_ready_policy(DESK, DANA, READY[0].name, "Etc/UTC")
    await admin.save_calendar(DESK, DANA, business_hours("Etc/UTC", "other"), instead_of="0")
    assert (await desk.store.read(DESK).settings()).clock.calendar("other")


async def test_what_another_admin_has_removed_meanwhile_is_said_to_be_gone(
    admin: AdminClockSettings,
) -> None:
    with pytest.raises(NotFound, match="There is no calendar “Munich” any more"):
        await admin.save_calendar(DESK, DANA, business_hours("Etc/UTC", "Munich"), instead_of="Munich")
    with pytest.raises(NotFound, match="There is no calendar “Munich” any more"):
        await admin.choose_profile(DESK, DANA, "seasonal", "Munich")
    with pytest.raises(NotFound, match="There is no service level “VIP” any more"):
        await admin.save_policy(DESK, DANA, Policy(name="VIP", response=1), instead_of="VIP")
    with pytest.raises(InvalidInput, match="There is no calendar “Munich” any more"):
        await admin.save_policy(DESK, DANA, Policy(name="VIP", response=1, calendar="Munich"))


@pytest.mark.parametrize("who", [Actor(user=BEN, is_known=True, is_agent=True), Actor(user="U0NEW")])
async def test_the_clocks_settings_are_for_admins(
    desk: ClockedDesk, admin: AdminClockSettings, who: Actor
) -> None:
    before = await desk.store.read(DESK).settings()
    policy, calendar = READY[0], business_hours("Etc/UTC")
    for change in (
        admin.save_calendar(DESK, who, calendar),
        admin.remove_calendar(DESK, who, calendar.name),
        admin.choose_profile(DESK, who, "seasonal", None),
        admin.save_policy(DESK, who, policy),
        admin.add_ready_policy(DESK, who, policy.name, "Etc/UTC"),
        admin.remove_policy(DESK, who, policy.name),
        admin.save_rule(DESK, who, "close", RuleChoice(is_on=True)),
        admin.warn_and_escalate(DESK, who, "Etc/UTC"),
        admin.preview(DESK, who, "Etc/UTC"),
    ):
        with pytest.raises((Forbidden, NotKnown)):
            await change
    assert await desk.store.read(DESK).settings() == before


async def test_what_is_switched_on_later_makes_nothing_late_that_began_before(
    desk: ClockedDesk, admin: AdminClockSettings
) -> None:
    """A service level that is added, and a queue for which the rule is on again."""
    everything = Policy(name="All", response=60, resolution=480)
    await admin.warn_and_escalate(DESK, DANA, "Etc/UTC")
    for ready in READY:
        await admin.remove_policy(DESK, DANA, ready.name)
    await desk.create(assignedQueue="network", assignedUserId=BEN)
    await desk.jobs()
    await desk.at(MONDAY + 720 * HOUR)
    await admin.save_policy(DESK, DANA, everything)
    await desk.at(desk.now + HOUR / 2)
    assert (await desk.told(), (await desk.ticket(1)).due_at) == ([], MONDAY + 728 * HOUR)
    await admin.save_rule(DESK, DANA, "levels", RuleChoice(is_on=True, off=("network",)))
    await desk.at(desk.now + 720 * HOUR)
    on_again = desk.now
    await admin.save_rule(DESK, DANA, "levels", RuleChoice(is_on=True))
    await desk.at(on_again + HOUR / 2)
    assert (await desk.told(), (await desk.ticket(1)).due_at) == ([], on_again + 8 * HOUR)
