"""A ticket's own view: all of it in one place, and what may be done, for whoever looks."""

import pytest

from bot.domain.queues import Queue
from bot.domain.workspace_settings import WorkspaceSettings
from bot.playground.driver import Channel, Person
from bot.playground.inputs import elements
from bot.playground.views import View
from tests.journeys.conftest import Office

LINE = "/ticket Printer down customer:acme site:hq type:break_fix !high #network due:2027-06-01 17:00"


@pytest.fixture
async def oncall(office: Office) -> Channel:
    """The triage channel of the queue that T-1 will be in: only those in it are agents."""
    channel = office.channel("ops-oncall")
    channel.invite_bot()
    await office.runtime.people.learn_channel(office.workspace, channel.id, channel.conversation.members)
    settings = WorkspaceSettings(queues=(Queue(name="network", channel=channel.id, owner="U0DANA"),))
    await office.runtime.store.change(office.workspace, lambda tx: tx.keep_settings(settings))
    return channel


def buttons(view: View) -> list[str]:
    texts = [element.get("text", {}).get("text") for _, element in elements(view.blocks)]
    options = [
        option["text"]["text"]
        for _, element in elements(view.blocks)
        for option in element.get("options", ())
    ]
    return [*filter(None, texts), *options]


async def test_all_of_a_ticket_is_in_one_place_and_private_notes_are_for_agents(
    office: Office, ben: Person, support: Channel, oncall: Channel
) -> None:
    chloe = office.person("chloe")
    await ben.types(LINE)
    await support.shows("T-1")
    await oncall.shows("T-1")
    await chloe.types("/ticket note T-1 They never pay")
    await chloe.types("/ticket comment T-1 On my way")
    await office.runtime.settled()
    ours = await (await chloe.types("/ticket show T-1")).form()
    theirs = await (await ben.types("/ticket show T-1")).form()
    for form in (ours, theirs):
        for words in (
            "Printer down",
            "Acme Manufacturing",
            "network",
            "On my way",
            "opened it",
            "Requested by",
        ):
            assert form.shows(words), words
    assert ours.shows("They never pay")
    assert not theirs.shows("never pay")
    assert not theirs.shows("rivate note")
    assert {"Assign to me", "Start", "Triage", "Private note"} <= {*buttons(ours.view)}
    assert not {"Assign to me", "Start", "Triage", "Private note"} & {*buttons(theirs.view)}
    assert {"Edit", "Not a ticket"} <= {*buttons(theirs.view)}
    assert f"archives/{support.id}/" in str(theirs.view.content)
    assert oncall.id not in str(theirs.view.content)


async def test_what_is_done_in_the_view_is_seen_there(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    await ben.types(LINE)
    view = await (await ana.selects(await support.shows("T-1"), "ticket_more", "Open")).form()
    await view.press("Start")
    await office.runtime.settled()
    assert view.shows("In progress")
    await view.press("Resolve")
    await office.runtime.settled()
    assert view.title == "Resolve T-1"
    await view.fill(resolution="Replaced the toner")
    await view.submit()
    await office.runtime.settled()
    assert view.title == "T-1"
    assert view.shows("Resolved: Replaced the toner")


async def test_the_card_is_short_for_requesters_and_whole_among_agents(
    office: Office, ben: Person, support: Channel, oncall: Channel
) -> None:
    said = ben.says("Printer is dead\nIt smokes")
    form = await ben.opens_menu(said).chooses("Create ticket")
    await form.fill(customerId="Acme", siteId="HQ", ticketType="break_fix")
    await form.press("More fields")
    await form.fill(assignedQueue="network")
    await form.submit()
    short, whole = await support.shows("T-1"), await oncall.shows("T-1")
    await office.runtime.settled()
    assert "It smokes" not in short.shown
    assert "It smokes" in whole.shown
    assert "Assign to me" not in str(short.blocks)
    assert "Assign to me" in str(whole.blocks)
    assert not [each for each in office.slack.paged if each.who == ben.id], "no card pings who asked for it"
