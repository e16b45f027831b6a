"""The playground's time is moved: the desk lives by the same clock, and does at once what it was waiting for."""

from datetime import timedelta

from bot import imports
from bot.domain.calendars import business_hours
from bot.domain.clock.service_levels import READY
from bot.domain.clock.settings import WARN_AND_ESCALATE
from bot.domain.workspace_settings import WorkspaceSettings
from bot.playground import seed
from bot.playground.driver import Channel, Person
from bot.services.outbox.commits import DELIVERIES
from tests.journeys.conftest import Office

SETTINGS = WorkspaceSettings.model_validate_json(seed.SETTINGS.read_bytes())
LINE = "/ticket Printer down customer:acme site:hq type:break_fix"


def test_the_example_has_what_one_press_switches_on() -> None:
    clock = SETTINGS.clock
    assert {*clock.since} == {*WARN_AND_ESCALATE}
    assert (clock.policies, clock.calendars) == (READY, (business_hours("Europe/Berlin"),))
    (queue,) = SETTINGS.queues
    assert queue.lead
    assert queue.rotation
    assert len(queue.rotation.people) == 2


async def test_the_desk_writes_down_the_time_that_it_was_moved_to(office: Office, ana: Person) -> None:
    await (await ana.types(LINE)).shows("is saved")
    ana.moves_time("week")
    await (await ana.types(LINE)).shows("is saved")
    first, second = await office.ticket(1), await office.ticket(2)
    assert timedelta(days=7) <= second.created_at - first.created_at < timedelta(days=7, minutes=5)


async def test_what_waits_for_a_time_is_done_as_soon_as_the_time_is_moved_there(
    office: Office, ana: Person, support: Channel
) -> None:
    limit = office.slack.faults.limit("chat.postMessage", retry_after=1800)
    await (await ana.types(LINE)).shows("is saved")
    await office.slack.until(lambda: limit.struck)
    await office.runtime.tasks.idle(DELIVERIES)
    ana.moves_time("hour")
    await support.shows("Printer down")


async def test_a_hold_that_is_over_when_the_time_was_moved_ends_at_once(office: Office, ana: Person) -> None:
    await (await ana.types(LINE)).shows("is saved")
    await ana.types("/ticket take T-1")
    await ana.types("/ticket hold T-1 until in 2 days the fuser")
    assert (await office.ticket(1)).status == "on_hold"
    ana.moves_time("week")
    await ana.messages.shows("T-1")
    assert (await office.ticket(1)).status == "in_progress"


async def test_the_examples_user_group_is_whoever_is_on_call_that_week(office: Office, ana: Person) -> None:
    def members() -> tuple[str, ...]:
        return office.slack.world.groups["S0CALL"].users

    assert members() == ("U0DANA",)
    now = office.slack.clock.now()
    await office.runtime.store.change(
        office.workspace, lambda tx: imports.import_desk(tx, seed.DIRECTORY, SETTINGS, now)
    )
    await office.slack.until(lambda: members() in {("U0CHLOE",), ("U0EMIL",)})
    before = members()
    ana.moves_time("week")
    await office.slack.until(lambda: members() in {("U0CHLOE",), ("U0EMIL",)} - {before})


async def test_what_slack_sends_and_lends_after_a_move_is_taken(ana: Person) -> None:
    """Signatures are made by the machine's clock, which nobody moves; triggers live three seconds of the moved time."""
    ana.moves_time("week")
    answer = await ana.types("/ticket")
    assert answer.trouble is None
    await answer.form()
