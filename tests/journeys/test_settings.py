"""An admin sets queues up; from then on tickets are announced, and only agents work them."""

from datetime import timedelta

import pytest

from bot.domain.permissions import THE_DESK
from bot.domain.workspace_settings import WorkspaceSettings
from bot.playground.driver import Answer, Channel, Person, find_element
from bot.playground.form import Form
from tests.journeys.conftest import Office

LINE = "/ticket Printer down customer:acme site:hq type:break_fix"


@pytest.fixture
def dana(office: Office) -> Person:
    """The one admin."""
    return office.person("dana")


@pytest.fixture
def oncall(office: Office) -> Channel:
    """Where everybody but Ben is."""
    return office.channel("ops-oncall")


async def add_queue(admin: Person, **fields: object) -> Form:
    form = await (await admin.types("/ticket settings")).form()
    await form.press("Add a queue")
    await form.fill(**fields)
    saved = await form.submit()
    assert (saved.errors, saved.trouble) == ({}, None)
    return form


def days_away(office: Office) -> str:
    """A weekly hand-off, the next of which is not soon, on whatever day this runs."""
    yesterday = office.slack.clock.now() - timedelta(days=1)
    return f"FREQ=WEEKLY;BYDAY={['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'][yesterday.weekday()]};BYHOUR=9"


async def network(admin: Person) -> Form:
    return await add_queue(admin, name="network", channel="ops-oncall")


async def learnt(office: Office) -> None:
    """Who is in the channel is asked for beside the answer."""
    await office.runtime.settled()


async def test_settings_are_for_admins(ben: Person, dana: Person) -> None:
    await (await ben.types("/ticket settings")).shows("Settings are for the workspace's admins. Ask dana.")
    form = await (await dana.types("/ticket settings")).form()
    assert form.shows("No queue is set up, so everybody in this workspace is an agent")


async def test_a_new_ticket_of_a_queue_is_announced_in_its_triage_channel(
    office: Office, ben: Person, dana: Person, support: Channel, oncall: Channel
) -> None:
    await network(dana)
    await ben.types(f"{LINE} #Network")
    assert (await oncall.shows("T-1")).author.is_bot
    await support.shows("T-1")
    await office.runtime.settled()
    assert (await office.ticket(1)).assigned_queue == "network", "as the queue is called"
    assert {card.channel for card in (await office.ticket(1)).cards} == {support.id, oncall.id}


async def test_a_ticket_that_was_asked_for_in_the_triage_channel_has_one_card(
    office: Office, ben: Person, dana: Person
) -> None:
    await add_queue(dana, name="support", channel="support")
    await ben.types(f"{LINE} #support")
    await office.runtime.settled()
    assert len((await office.ticket(1)).cards) == 1


async def test_tickets_that_name_no_queue_go_to_the_default_one(
    office: Office, ben: Person, dana: Person, oncall: Channel
) -> None:
    await network(dana)
    answer = await dana.types("/ticket settings")
    form = await answer.form()
    await choose(office, dana, form, "settings_choice:default_queue", "network")
    await ben.types(LINE)
    await oncall.shows("T-1")
    assert (await office.ticket(1)).assigned_queue == "network"


async def test_a_channel_that_is_being_looked_at_is_no_reason_to_worry(dana: Person) -> None:
    form = await network(dana)
    assert form.shows("Its agents are whoever is in the channel")
    assert not form.shows("I cannot see who is in there")


async def test_the_members_of_the_channel_are_the_agents_as_they_come_and_go(
    office: Office, ana: Person, ben: Person, dana: Person, oncall: Channel
) -> None:
    form = await network(dana)
    await learnt(office)
    work, here = office.runtime.tools.settings, office.workspace
    assert (await work.actor(here, ana.id)).is_agent
    assert not (await work.actor(here, ben.id)).is_agent
    office.slack.world.join(ben.user, oncall.conversation)
    await office.slack.events_taken()
    await learnt(office)
    assert (await work.actor(here, ben.id)).is_agent
    office.slack.world.leave(ben.user, oncall.conversation)
    await office.slack.events_taken()
    await learnt(office)
    assert not (await work.actor(here, ben.id)).is_agent
    await form.close()
    again = await (await dana.types("/ticket settings")).form()
    assert again.shows("4 agents, who are in the channel")


async def test_a_user_group_may_be_the_agents(office: Office, ana: Person, ben: Person, dana: Person) -> None:
    form = await add_queue(dana, name="field", channel="ops-oncall", group="@field-team")
    work, here = office.runtime.tools.settings, office.workspace
    assert (await work.actor(here, ben.id)).is_agent
    assert not (await work.actor(here, ana.id)).is_agent
    assert form.shows("2 agents, who are in @field-team")


async def test_a_queue_can_be_changed_and_removed(dana: Person) -> None:
    form = await network(dana)
    await form.press("Change")
    assert form.title == "network"
    assert form.value("name") == "network"
    await form.fill(name="networks")
    await form.submit()
    assert form.shows("networks")
    await form.press("Change")
    await form.press("Remove this queue")
    assert form.shows("No queue is set up")


@pytest.mark.parametrize(
    ("field", "fields", "words"),
    [
        ("name", {"name": "Network"}, "There is a queue “network” already"),
        ("name", {"name": " # "}, "Give the queue a name"),
        ("rule", {"people": ["ana"], "ownRule": "whenever"}, "is not a hand-off I understand"),
        ("zone", {"people": ["ana"], "zone": "Mars"}, "is no time zone I know"),
    ],
)
async def test_a_fault_stands_below_its_input_and_nothing_is_lost(
    dana: Person, field: str, fields: dict[str, object], words: str
) -> None:
    form = await network(dana)
    await form.press("Add a queue")
    await form.fill(**{"name": "second", "channel": "support"} | fields)
    assert words in (await form.submit()).errors[field]


async def test_whoever_set_a_queue_up_hears_where_the_bot_may_not_post(ben: Person, dana: Person) -> None:
    await add_queue(dana, name="random", channel="random")
    await ben.types(f"{LINE} #random")
    card = await dana.messages.shows("T-1")
    assert "/invite @Deskhand" in card.shown


async def choose(office: Office, who: Person, form: Form, menu: str, value: str) -> Answer:
    before = form.view.hash
    answer = await who.selects(form.view, menu, value)
    await office.slack.until(lambda: form.view.hash != before)
    return answer


async def test_a_form_offers_the_queues_the_nearest_to_a_typo_and_what_was_typed(
    office: Office, ben: Person, dana: Person
) -> None:
    await network(dana)
    form = await (await ben.types("/ticket Printer down customer:acme site:hq")).form()
    await form.press("More fields")
    assert await form.options("assignedQueue") == ["network"]
    assert await form.options("assignedQueue", "#netw") == ["network", "Another queue: netw"]
    assert await form.options("assignedQueue", "netwrok") == ["network", "Another queue: netwrok"]
    assert await form.options("assignedQueue", "Network") == ["network"]
    await form.fill(ticketType="other", assignedQueue="facilities")
    await form.submit()
    assert (await office.ticket(1)).assigned_queue == "facilities"


async def test_a_typed_line_with_a_typo_opens_the_form_with_the_queue_that_it_may_have_meant(
    office: Office, ben: Person, dana: Person
) -> None:
    await network(dana)
    answer = await ben.types(f"{LINE} #netwrok")
    form = await answer.form()
    assert form.shows("No queue is called “netwrok”. Did you mean “network”?")
    assert form.value("assignedQueue") == "network"
    await form.submit()
    assert (await office.ticket(1)).assigned_queue == "network"
    other = await (await ben.types(f"{LINE} queue:facilities")).shows("*T-2* is saved")
    assert "Did you mean" not in other.shown


async def test_a_channel_that_is_mentioned_is_the_queue_that_is_triaged_there(
    office: Office, ben: Person, dana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await network(dana)
    monkeypatch.setattr("bot.playground.client.typed", lambda text, *_, **__: text)
    (queue,) = await office.runtime.tools.settings.queues(office.workspace, THE_DESK)
    channel = queue.channel
    for number, mention in enumerate((f"<#{channel}|>", f"<#{channel}|some-label>"), 1):
        await (await ben.types(f"{LINE} {mention}")).shows(f"*T-{number}* is saved")
        assert (await office.ticket(number)).assigned_queue == "network"


@pytest.mark.parametrize("typed", ["queue:“a network”", "<#C0ELSEWHERE|general>"])
async def test_with_no_queue_set_up_a_mention_or_the_key_names_one(
    typed: str, office: Office, ben: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.playground.client.typed", lambda text, *_, **__: text)
    await (await ben.types(f"{LINE} {typed} #4B")).shows("*T-1* is saved")
    ticket = await office.ticket(1)
    assert ticket.assigned_queue in {"a network", "general"}
    assert ticket.summary.endswith("#4B")


async def test_agents_work_their_own_queues_and_whoever_was_given_a_ticket_works_it(
    office: Office, ana: Person, ben: Person, dana: Person
) -> None:
    await network(dana)
    await add_queue(dana, name="leads", channel="support-leads")
    await office.runtime.settled()
    emil = office.person("emil")
    await ben.types(f"{LINE} #leads")
    await (await ben.types("/ticket start T-1")).shows("That is for agents")
    await (await emil.types("/ticket start T-1")).shows("T-1 is in “leads”, so that is for the agents there.")
    await (await ana.types("/ticket assign T-1 @emil")).shows("<@U0EMIL>")
    await (await emil.types("/ticket start T-1")).shows("In progress")
    assert (await office.ticket(1)).status == "in_progress"


async def test_the_queue_form_is_refused_to_whoever_is_no_admin_even_where_it_is_forged(
    office: Office, ben: Person, dana: Person
) -> None:
    form = await (await dana.types("/ticket settings")).form()
    block, button = find_element(form.view.blocks, "Add a queue")
    await office.slack.client.act(ben.user, form.view, block, button)
    assert "Add a queue" in form.view.shown, "Ben's press opens no form of a queue"
    await form.press("Add a queue")
    await form.fill(name="network", channel="ops-oncall")
    assert await office.slack.client.submit(ben.user, form.view)
    kept = await settings_of(office)
    assert kept == WorkspaceSettings(clock=kept.clock)  # the clock may have begun meanwhile
    await network(dana)
    assert [queue.name for queue in (await settings_of(office)).queues] == ["network"]


async def settings_of(office: Office) -> WorkspaceSettings:
    return await office.runtime.store.read(office.workspace).settings()
