"""Slack fails, repeats itself, comes late; Deskhand is stopped and started. Nothing is lost, nothing happens twice."""

import asyncio
import errno
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot import app
from bot.domain.errors import DeskError
from bot.domain.search import TicketFilter
from bot.domain.workspace import Workspace
from bot.http import server
from bot.playground.driver import Channel, Person
from bot.playground.faults import Faults
from bot.playground.records import User
from bot.playground.standin import StandIn
from bot.services.outbox.commits import DELIVERIES
from storage.journal.disk import Disk
from tests.journeys.conftest import Office, settings_for
from tests.patience import PATIENCE

LINE = "/ticket Printer down customer:acme site:hq type:break_fix"
UNKNOWN_DIRECTORY_LINE = "/ticket Printer down customer:acme site:acme-hq type:break_fix"


def cards(channel: Channel) -> list[str]:
    return [message.shown for message in channel.messages if "T-1" in message.shown]


@pytest.mark.parametrize(
    "breaks",
    [
        pytest.param(lambda faults: faults.break_down("chat.postMessage", 500, times=1), id="500"),
        pytest.param(
            lambda faults: faults.fail("chat.postMessage", "internal_error", times=1), id="an error"
        ),
        pytest.param(lambda faults: faults.limit("chat.postMessage", retry_after=1, times=1), id="429"),
    ],
)
async def test_a_slack_that_fails_costs_no_ticket_and_the_card_comes_once(
    breaks: Callable[[Faults], object], office: Office, ana: Person, support: Channel
) -> None:
    breaks(office.slack.faults)
    await (await ana.types(LINE)).shows("*T-1* is saved")
    await support.shows("T-1")
    await office.runtime.settled()
    assert len(cards(support)) == 1
    assert len(office.slack.exchanges.of("chat.postMessage")) == 2


async def test_a_429_is_waited_out(office: Office, ana: Person, support: Channel) -> None:
    office.slack.faults.limit("chat.postMessage", retry_after=2, times=1)
    await ana.types(LINE)
    await support.shows("T-1")
    refused, taken = office.slack.exchanges.of("chat.postMessage")
    assert taken.at - refused.at >= 2


async def test_a_slack_that_hangs_keeps_nobody_waiting(office: Office, ana: Person, support: Channel) -> None:
    hanging = office.slack.faults.hang("chat.postMessage")
    await (await ana.types(LINE)).shows("*T-1* is saved")
    assert (await (await ana.types("/ticket show 1")).form()).shows("Printer down")
    hanging.release()
    await support.shows("T-1")
    await office.runtime.settled()
    assert len(cards(support)) == 1


async def test_the_form_saves_while_slack_is_down(office: Office, ana: Person, support: Channel) -> None:
    form = await (await ana.types("/ticket")).form()
    await form.fill(customerId="Acme", siteId="HQ", summary="Printer down", ticketType="break_fix")
    office.slack.faults.break_down("*", 503, times=None)
    submission = await form.submit()
    assert submission.closed
    office.slack.faults.clear()
    await support.shows("T-1")


async def test_a_line_that_slack_delivers_twice_makes_one_ticket(
    office: Office, ana: Person, support: Channel
) -> None:
    office.slack.faults.repeat("slash_command", copies=3)
    await (await ana.types(LINE)).shows("*T-1* is saved")
    await support.shows("T-1")
    await office.runtime.settled()
    assert await office.total() == 1
    assert len(cards(support)) == 1


async def test_a_form_that_slack_does_not_open_is_spoken_of(office: Office, ana: Person) -> None:
    office.slack.faults.break_down("views.open", 500)
    await (await ana.types("/ticket")).shows("Slack did not let me open the form")


async def test_a_global_shortcut_whose_form_does_not_open_is_spoken_of_in_a_message(
    office: Office, ana: Person
) -> None:
    office.slack.faults.fail("views.open", "internal_error")
    await ana.picks_shortcut("New ticket")
    await ana.messages.shows("Slack did not let me open the form")


async def test_a_form_that_slack_does_not_change_is_spoken_of_above_it(office: Office) -> None:
    dana = office.person("dana")
    form = await (await dana.types("/ticket settings")).form()
    office.slack.faults.fail("views.update", "internal_error")
    await form.press("Add a queue")
    assert "Slack did not let me show what comes of that" in dana.modals[-1].shown
    assert len(dana.modals) == 2, "the form below stays as it was"


async def test_where_nothing_opens_above_the_form_it_is_spoken_of_in_a_message(office: Office) -> None:
    dana = office.person("dana")
    form = await (await dana.types("/ticket settings")).form()
    for method in ("views.update", "views.push"):
        office.slack.faults.break_down(method, 503)
    await form.press("Add a queue", changes=False)
    await dana.messages.shows("Slack did not let me show what comes of that")


@pytest.mark.parametrize("code", ["hash_conflict", "not_found"])
async def test_a_form_that_is_newer_or_closed_is_not_spoken_of(office: Office, code: str) -> None:
    dana = office.person("dana")
    form = await (await dana.types("/ticket settings")).form()
    refused = office.slack.faults.fail("views.update", code)
    await form.press("Add a queue", changes=False)
    await office.runtime.settled()
    assert (refused.struck, len(dana.modals), dana.messages.messages) == (1, 1, [])


async def test_a_channel_that_was_archived_meanwhile_does_not_lose_the_card(
    ana: Person, support: Channel
) -> None:
    support.archive()
    answer = await ana.types(LINE)
    assert "T-1" in (await answer.shows("is archived")).shown


async def test_tickets_and_cards_outlive_a_restart(slack: StandIn, tmp_path: Path) -> None:
    ana, support = slack.person("ana"), slack.channel("support")
    settings = settings_for(slack, tmp_path / "data")
    slack.faults.break_down("chat.postMessage", 500, times=None)
    async with (
        app.build(settings, clock=slack.clock.now, wait=slack.clock.wait) as runtime,
        server.listening(runtime.asgi, host="127.0.0.1", port=0) as port,
    ):
        slack.connect(f"http://127.0.0.1:{port}/slack/events")
        await (await ana.types(UNKNOWN_DIRECTORY_LINE)).shows("*T-1* is saved")
        await slack.until(lambda: slack.exchanges.of("chat.postMessage"))
    slack.faults.clear()
    async with (
        app.build(settings, clock=slack.clock.now, wait=slack.clock.wait) as runtime,
        server.listening(runtime.asgi, host="127.0.0.1", port=0) as port,
    ):
        slack.connect(f"http://127.0.0.1:{port}/slack/events")
        await support.shows("T-1")
        await runtime.tasks.idle(DELIVERIES)
        slack.clock.advance(120)  # so long another replica's late post is looked for, where there may be one
        await runtime.settled()
        assert len(cards(support)) == 1
        await (await ana.types(UNKNOWN_DIRECTORY_LINE)).shows("*T-2* is saved")
        assert (await (await ana.types("/ticket show 1")).form()).shows("Printer down")


async def test_a_desk_over_socket_mode_does_the_same(slack: StandIn, tmp_path: Path) -> None:
    ana, support = slack.person("ana"), slack.channel("support")
    settings = settings_for(
        slack, tmp_path / "data", signing_secret=None, app_token=SecretStr(slack.app_token)
    )
    assert settings.mode == "socket"
    async with app.build(settings):
        await slack.until(lambda: slack.sockets.connected)
        await (await ana.types(UNKNOWN_DIRECTORY_LINE)).shows("*T-1* is saved")
        await support.shows("T-1")
        form = await (await ana.types("/ticket")).form()
        await form.fill(customerId="a", siteId="b", summary="  ", ticketType="other")
        assert (await form.submit()).errors == {"summary": "Summary must not be empty."}
        await form.fill(summary="Lamp")
        assert (await form.submit()).errors == {}


async def test_due_times_are_in_the_zone_of_whoever_types_them(
    office: Office, ana: Person, ben: Person
) -> None:
    for person in (ana, ben):
        await (await person.types(f"{LINE} due:2027-06-01 09:00")).shows("is saved")
    berlin, new_york = [(await office.ticket(number)).sla_due_at for number in (1, 2)]
    assert berlin == datetime.fromisoformat("2027-06-01T09:00+02:00")
    assert new_york == datetime.fromisoformat("2027-06-01T09:00-04:00")


async def test_somebody_who_is_not_known_yet_is_asked_in_the_form_and_known_the_next_time(
    slack: StandIn, tmp_path: Path
) -> None:
    ana = slack.person("ana")
    slack.faults.break_down("users.list", 500, times=None)
    settings = settings_for(slack, tmp_path / "data")
    async with (
        app.build(settings) as runtime,
        server.listening(runtime.asgi, host="127.0.0.1", port=0) as port,
    ):
        slack.connect(f"http://127.0.0.1:{port}/slack/events")
        line = f"{UNKNOWN_DIRECTORY_LINE} due:2027-06-01 09:00"
        answer = await ana.types(line)
        await answer.shows("I don't know your time zone yet")
        form = await answer.form()
        assert form.value("summary") == "Printer down"
        await runtime.settled()
        await (await ana.types(line)).shows("is saved")


async def test_somebody_who_moves_is_followed(office: Office, ana: Person) -> None:
    ana.user.tz = "Asia/Kathmandu"
    office.slack.world.change_user(ana.user)
    await office.slack.events_taken()
    await (await ana.types(f"{LINE} due:2027-06-01 09:00")).shows("is saved")
    assert (await office.ticket(1)).sla_due_at == datetime.fromisoformat("2027-06-01T09:00+05:45")


async def test_a_large_workspace_is_learned_page_by_page(slack: StandIn, tmp_path: Path) -> None:
    for number in range(450):
        slack.world.add_user(
            User(f"U1{number:05}", f"worker{number}", f"Worker {number}", tz="Europe/Lisbon")
        )
    slack.faults.limit("users.list", retry_after=1, times=1)
    async with app.build(settings_for(slack, tmp_path / "data")) as runtime:
        await runtime.introduced()
        workspace = Workspace(team_id=slack.world.team.id)
        assert (await runtime.people.of(workspace)).knows("U100449")
        assert (await runtime.people.of(workspace)).knows("U0ANA")
    assert len(slack.exchanges.of("users.list")) == 4


@pytest.mark.tinydb(reason="TinyDB's disk is made to fail")
async def test_a_line_that_cannot_be_saved_is_given_back(
    office: Office, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Disk, __: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Disk, "sync", full)
        answer = await ana.types(f"{LINE} @ben category:'a & b'")
        message = await answer.shows("could not be saved")
        assert "Printer down customer:acme site:hq type:break_fix <@U0BEN> category:'a & b'" in message.shown
        assert await office.runtime.not_ready()
    assert await office.runtime.not_ready() is None
    form = await (await ana.presses(message, "Open the form")).form()
    assert form.value("summary") == "Printer down"
    assert form.value("siteId") == "acme-hq"
    assert (form.value("assignedUserId"), form.value("category")) == ("U0BEN", "a & b")


async def test_a_member_that_cannot_be_read_costs_nobody_their_time_zone(
    slack: StandIn, tmp_path: Path
) -> None:
    odd = slack.world.add_user(User("U0ODD", "odd", "Odd"))
    odd.real_name = None  # type: ignore[assignment]  # as Slack sends it for some
    odd.is_bot = "perhaps"  # type: ignore[assignment]
    async with app.build(settings_for(slack, tmp_path / "data")) as runtime:
        await runtime.introduced()
        assert (await runtime.people.of(Workspace(team_id=slack.world.team.id))).knows("U0ANA")


async def test_a_refused_app_token_is_one_line_with_its_remedy(slack: StandIn, tmp_path: Path) -> None:
    settings = settings_for(slack, tmp_path / "data", signing_secret=None, app_token=SecretStr("xapp-wrong"))
    async with app.build(settings) as runtime:
        with pytest.raises(DeskError, match="Slack refuses SLACK_APP_TOKEN"):
            await runtime.connected()


async def test_a_desk_that_cannot_reach_slack_yet_says_so_and_connects_when_it_can(
    slack: StandIn, tmp_path: Path
) -> None:
    slack.faults.break_down("apps.connections.open", 500, times=1)
    settings = settings_for(
        slack, tmp_path / "data", signing_secret=None, app_token=SecretStr(slack.app_token)
    )
    async with app.build(settings) as runtime:
        assert await runtime.not_ready() == "not connected to Slack"
        async with asyncio.timeout(PATIENCE):
            while await runtime.not_ready():
                await slack.clock.sleep(0.02)
        await (await slack.person("ana").types(UNKNOWN_DIRECTORY_LINE)).shows("*T-1* is saved")


async def test_what_was_taken_over_socket_mode_is_answered_before_the_end(
    slack: StandIn, tmp_path: Path
) -> None:
    settings = settings_for(
        slack, tmp_path / "data", signing_secret=None, app_token=SecretStr(slack.app_token)
    )
    async with app.build(settings) as runtime:
        await slack.until(lambda: slack.sockets.connected)
        lines = [asyncio.create_task(slack.person("ana").types(UNKNOWN_DIRECTORY_LINE)) for _ in range(40)]
        await slack.until(lambda: runtime.store.workspace_of(slack.world.team.id))
    await slack.until(lambda: not slack.sockets.connected)  # all that it has answered is there
    slack.clock.advance(60)  # nobody waits any longer
    answers = await asyncio.gather(*lines)
    async with app.build(settings) as runtime:
        saved = (
            await runtime.store.read(Workspace(team_id=slack.world.team.id)).tickets(TicketFilter())
        ).total
    assert sum(answer.trouble is None for answer in answers) == saved
