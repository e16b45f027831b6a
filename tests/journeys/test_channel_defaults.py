"""A channel knows its customer: an agent says once what its tickets begin with, and a line is enough from then on."""

import pytest

from bot import app
from bot.domain.channel_defaults import ChannelDefaults
from bot.domain.people import Person as Known
from bot.playground.driver import Channel, Person
from bot.playground.events import id_changed
from bot.playground.form import Form
from bot.playground.inputs import elements
from bot.playground.records import User
from bot.services.ports.store import Transaction
from tests.journeys.conftest import Office
from tests.journeys.test_settings import add_queue

ACME = {"channel_customer": "Acme", "siteId": "HQ", "ticketType": "break_fix"}


@pytest.fixture
def dana(office: Office) -> Person:
    """The one admin."""
    return office.person("dana")


@pytest.fixture
def oncall(office: Office) -> Channel:
    """Where everybody but Ben is."""
    return office.channel("ops-oncall")


async def choose(person: Person, in_: str = "support", **fields: object) -> Form:
    form = await (await person.types("/ticket channel", in_=in_)).form()
    await form.fill(**fields)
    sent = await form.submit()
    assert (sent.errors, sent.trouble, sent.closed) == ({}, None, True)
    return form


async def chosen(office: Office, channel: str = "support") -> ChannelDefaults | None:
    settings = await office.runtime.store.read(office.workspace).settings()
    return settings.of_channel(office.channel(channel).id)


async def network(office: Office, dana: Person) -> None:
    """A queue whose agents are whoever is in #ops-oncall: everybody but Ben."""
    await add_queue(dana, name="network", channel="ops-oncall")
    await office.runtime.settled()


def hints(form: Form) -> dict[str, str]:
    return {
        element["action_id"]: block["hint"]["text"]
        for block, element in elements(form.view.blocks)
        if "hint" in block
    }


async def test_a_line_needs_only_its_words_where_the_channel_has_the_rest(
    office: Office, ana: Person, ben: Person, dana: Person, support: Channel
) -> None:
    await network(office, dana)
    await choose(ana, **ACME, assignedQueue="network", priority="high", sourceChannel="phone")
    confirmation = await (await ben.types("/ticket The lobby printer is dead")).shows("*T-1* is saved")
    from_channel = "From this channel: Acme Manufacturing, HQ, Break-fix, Phone, High, network"
    assert from_channel in confirmation.shown.replace("*", "")
    assert "Queue" not in confirmation.shown, "nothing is said twice"
    ticket = await office.ticket(1)
    assert (ticket.customer_id, ticket.site_id, ticket.ticket_type) == ("acme", "acme-hq", "break_fix")
    assert (ticket.source_channel, ticket.priority, ticket.assigned_queue) == ("phone", "high", "network")
    await support.shows("Acme Manufacturing, HQ")


async def test_another_channel_begins_with_nothing(office: Office, ana: Person) -> None:
    await choose(ana, **ACME)
    await (await ana.types("/ticket Lamp", in_="ops-oncall")).form()
    assert await office.total() == 0


@pytest.mark.parametrize(
    ("line", "customer", "site"),
    [
        ("Lamp", "acme", "acme-hq"),
        ("Lamp customer:acme", "acme", "acme-hq"),
        ("Lamp site:plant 2", "acme", "acme-plant-2"),
        ("Lamp site:hq", "acme", "acme-hq"),  # several customers have one
        ("Lamp site:garage", "harbor-point", "harbor-garage"),
        ("Lamp customer:bluewater site:hq", "bluewater", "bluewater-hq"),
        ("Lamp system:harbor-tower-lifts", "harbor-point", "harbor-tower"),
        ("Lamp contact:bluewater-mei site:hq", "bluewater", "bluewater-hq"),
    ],
)
async def test_what_was_said_is_beaten_by_nothing(
    office: Office, ana: Person, line: str, customer: str, site: str
) -> None:
    await choose(ana, **ACME, sourceChannel="phone", priority="low")
    said = f"/ticket {line} type:inspection source:internal !medium queue:facilities"
    await (await ana.types(said)).shows("is saved")
    ticket = await office.ticket(1)
    assert (ticket.customer_id, ticket.site_id) == (customer, site)
    assert (ticket.ticket_type, ticket.source_channel, ticket.priority) == (
        "inspection",
        "internal",
        "medium",
    )
    assert ticket.assigned_queue == "facilities"


async def test_another_customer_has_none_of_the_channels_sites(office: Office, ana: Person) -> None:
    await choose(ana, **ACME)
    form = await (await ana.types("/ticket Lamp customer:bluewater")).form()
    assert (form.value("customerId"), form.value("siteId")) == ("bluewater", None)
    assert form.shows("Site is missing.")
    assert await office.total() == 0


async def test_what_was_said_badly_is_asked_for_and_not_replaced(office: Office, ana: Person) -> None:
    await choose(ana, **ACME)
    form = await (await ana.types("/ticket Lamp customer:zzz")).form()
    assert (form.value("customerId"), form.value("siteId")) == (None, None)
    assert await office.total() == 0


async def test_the_form_shows_them_as_chosen_and_what_is_left_open_stays_open(
    office: Office, ana: Person, ben: Person, dana: Person
) -> None:
    await network(office, dana)
    await choose(ana, **ACME, assignedQueue="network", priority="high")
    form = await (await ben.types("/ticket")).form()
    assert {field: form.value(field) for field in ("customerId", "siteId", "ticketType", "priority")} == {
        "customerId": "acme",
        "siteId": "acme-hq",
        "ticketType": "break_fix",
        "priority": "high",
    }
    assert form.value("assignedQueue") == "network"
    assert "severity" not in form.fields, "of the other fields, it shows what is chosen"
    await form.fill(summary="Lamp", assignedQueue=None, priority="medium")
    assert (await form.submit()).errors == {}
    ticket = await office.ticket(1)
    assert (ticket.assigned_queue, ticket.priority, ticket.source_channel) == (None, "medium", "internal")


async def test_more_fields_keep_what_is_chosen(office: Office, ana: Person, dana: Person) -> None:
    await network(office, dana)
    await choose(ana, **ACME, assignedQueue="network")
    form = await (await ana.types("/ticket")).form()
    await form.press("More fields")
    assert (form.value("assignedQueue"), form.value("siteId")) == ("network", "acme-hq")


async def test_a_message_s_form_shows_them(ana: Person, ben: Person) -> None:
    await choose(ana, channel_customer="Acme", siteId="HQ")
    form = await ana.opens_menu(ben.says("The printer is dead")).chooses("Create ticket")
    assert (form.value("customerId"), form.value("siteId")) == ("acme", "acme-hq")
    assert form.value("ticketType") is None, "nobody chose one"
    assert "customerId" not in hints(form), "it is chosen, and not proposed"


async def test_a_correction_fills_nothing(office: Office, ana: Person) -> None:
    confirmation = await (await ana.types("/ticket Lamp site:garage type:other")).shows("is saved")
    await choose(ana, **ACME, priority="high")
    form = await (await ana.presses(confirmation, "Edit")).form()
    assert (form.value("customerId"), form.value("priority")) == ("harbor-point", "medium")
    assert await office.total() == 1


async def test_what_a_text_names_is_proposed_and_marked(ana: Person, ben: Person) -> None:
    said = ben.says("The lobby printer at Acme HQ is dead")
    form = await ana.opens_menu(said).chooses("Create ticket")
    assert (form.value("customerId"), form.value("siteId")) == ("acme", "acme-hq")
    proposed = "Proposed: it is named in the text."
    assert hints(form) == {"customerId": proposed, "siteId": proposed}
    await form.fill(customerId="Bluewater")
    assert form.value("siteId") is None
    assert hints(form) == {}, "nothing is proposed any more"


async def test_a_line_that_names_all_is_no_ticket_before_somebody_has_looked(
    office: Office, ana: Person
) -> None:
    form = await (await ana.types("/ticket The lobby printer at Acme HQ is dead type:break_fix")).form()
    assert (form.value("customerId"), form.value("siteId")) == ("acme", "acme-hq")
    assert not form.shows("is missing")
    assert await office.total() == 0
    assert (await form.submit()).errors == {}
    assert (await office.ticket(1)).site_id == "acme-hq"


async def test_a_proposal_goes_before_nothing_that_is_chosen(ana: Person, ben: Person) -> None:
    await choose(ana, channel_customer="Acme")
    form = await ana.opens_menu(ben.says("The HQ is dark")).chooses("Create ticket")
    assert (form.value("customerId"), form.value("siteId")) == ("acme", "acme-hq")
    assert "customerId" not in hints(form)
    await form.close()
    other = await ana.opens_menu(ben.says("Bluewater Clinic is dark")).chooses("Create ticket")
    assert (other.value("customerId"), other.value("siteId")) == ("acme", None)


async def test_the_form_comes_back_as_it_was_saved(office: Office, ana: Person, dana: Person) -> None:
    await network(office, dana)
    told = ["chloe", "dana"]
    await choose(ana, **ACME, assignedQueue="network", told=told, intake="offer", joinsWithin=3)
    again = await (await ana.types("/ticket channel")).form()
    assert (again.value("channel_customer"), again.value("siteId")) == ("acme", "acme-hq")
    assert again.value("assignedQueue") == "network"
    assert again.value("told") == ["U0CHLOE", "U0DANA"]
    assert (again.value("intake"), again.value("joinsWithin")) == ("offer", "3")


async def test_another_customer_clears_the_site(ana: Person) -> None:
    await choose(ana, **ACME)
    form = await (await ana.types("/ticket channel")).form()
    await form.fill(channel_customer="Bluewater")
    assert (form.value("siteId"), form.value("ticketType")) == (None, "break_fix")


async def test_a_site_alone_says_whose_it_is(office: Office, ana: Person) -> None:
    await choose(ana, siteId="Garage")
    found = await chosen(office)
    assert found
    assert dict(found.fields) == {"customerId": "harbor-point", "siteId": "harbor-garage"}


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"assignedQueue": "netwrok"}, "assignedQueue", "No queue is set up yet"),
        ({"told": ["gus"]}, "told", "Gus Guest is a guest"),
    ],
)
async def test_a_fault_stands_at_its_input_and_nothing_is_changed(
    office: Office, ana: Person, fields: dict[str, object], field: str, words: str
) -> None:
    office.slack.world.add_user(User("U0GUEST", "gus", "Gus Guest", is_restricted=True))
    gus = Known(id="U0GUEST", names=("Gus Guest",), is_outsider=True)
    await office.runtime.tools.people.learn(office.workspace, [gus])
    form = await (await ana.types("/ticket channel")).form()
    await form.fill(**ACME, **fields)
    assert words in (await form.submit()).errors[field]
    assert form.value("siteId") == "acme-hq"
    assert await chosen(office) is None


async def test_all_faults_are_told_at_once(office: Office, ana: Person, dana: Person) -> None:
    await network(office, dana)
    stranger = User("U0NOBODY", "nobody", "Nobody Known")
    office.slack.world.add_user(stranger)
    form = await (await ana.types("/ticket channel")).form()
    await form.fill(assignedQueue="netwrok", told=["nobody"])
    assert (await form.submit()).errors.keys() == {"assignedQueue", "told"}
    assert "Did you mean" in form.errors["assignedQueue"]
    assert "I do not know everybody yet" in form.errors["told"]


async def test_who_is_no_agent_learns_whom_to_ask(office: Office, ben: Person, dana: Person) -> None:
    await network(office, dana)
    for line in ("channel", "channel intake on", "channel off"):
        await (await ben.types(f"/ticket {line}")).shows("and the workspace's admins. Ask dana.")
    assert await chosen(office) is None


async def test_an_agent_of_another_queue_cannot_change_it_and_an_admin_can(
    office: Office, dana: Person
) -> None:
    await network(office, dana)
    office.slack.world.join(office.person("ben").user, office.channel("support-leads").conversation)
    await office.slack.events_taken()
    await add_queue(dana, name="leads", channel="support-leads")
    await office.runtime.settled()
    chloe = office.person("chloe")
    actor = await office.runtime.tools.settings.actor(office.workspace, chloe.id)
    assert actor.queues == ("network",), "she is no agent of leads"
    form = await (await chloe.types("/ticket channel")).form()
    await form.fill(assignedQueue="leads")
    assert (await form.submit()).errors == {
        "assignedQueue": "You are no agent of leads. Choose a queue of yours, or ask an admin."
    }
    await form.close()
    await choose(dana, assignedQueue="leads", intake="ticket")
    await (await chloe.types("/ticket channel intake off")).shows("is for the agents of leads and")
    await (await dana.types("/ticket channel intake off")).shows("New messages become nothing")


async def test_intake_is_switched_by_a_line(office: Office, ana: Person) -> None:
    await choose(ana, **ACME)
    for word, intake in (("on", "ticket"), ("offer", "offer"), ("OFF", "off")):
        await (await ana.types(f"/ticket channel intake {word}")).shows("from now on")
        found = await chosen(office)
        assert found
        assert (found.intake, found.fields["siteId"]) == (intake, "acme-hq")


@pytest.mark.parametrize("how", ["off", "clear"])
async def test_a_channel_is_forgotten(office: Office, ana: Person, how: str) -> None:
    await choose(ana, **ACME, intake="ticket")
    await (await ana.types(f"/ticket channel {how}")).shows("begin with nothing now")
    assert await chosen(office) is None
    assert not (await office.runtime.store.read(office.workspace).settings()).channels


async def test_the_form_clears_it_too(office: Office, ana: Person) -> None:
    await choose(ana, **ACME)
    form = await (await ana.types("/ticket channel")).form()
    await form.press("Clear")
    assert form.shows("begin with nothing now")
    assert await chosen(office) is None


async def test_direct_messages_have_none(office: Office, ana: Person) -> None:
    office.slack.world.direct(ana.user)
    direct = ana.messages.id
    await office.runtime.settled()
    answer = await ana.types("/ticket channel", in_=direct)
    await answer.shows("Type `/ticket channel` in the channel.")


async def test_a_line_that_begins_with_the_word_can_be_a_ticket(ana: Person) -> None:
    await choose(ana, **ACME)
    await (await ana.types("/ticket Channel 5 on the mixer is broken")).shows("*T-1* is saved")


async def test_admins_see_all_channels_in_the_settings_and_change_them_there(
    ana: Person, dana: Person
) -> None:
    await choose(ana, **ACME, told=["chloe"], intake="ticket")
    form = await (await dana.types("/ticket settings")).form()
    assert form.shows("Tickets begin with Acme Manufacturing, HQ, Break-fix")
    assert form.shows("New messages become tickets")
    await form.press("settings_channel:0")
    assert form.value("siteId") == "acme-hq"
    await form.fill(siteId="Plant 2")
    await form.submit()
    assert form.title == "Settings"
    assert form.shows("Acme Manufacturing, Plant 2")
    await form.press("settings_channel:0")
    await form.press("Clear")
    assert form.shows("`/ticket channel` in a channel sets")


async def test_defaults_follow_a_queue_to_its_new_name_and_let_go_of_one_that_is_removed(
    office: Office, ana: Person, dana: Person
) -> None:
    await network(office, dana)
    await choose(ana, **ACME, assignedQueue="network")
    form = await (await dana.types("/ticket settings")).form()
    await form.press("Change")
    await form.fill(name="networks")
    await form.submit()
    found = await chosen(office)
    assert found
    assert found.fields["assignedQueue"] == "networks"
    await form.press("Change")
    await form.press("Remove this queue")
    found = await chosen(office)
    assert found
    assert "assignedQueue" not in found.fields
    assert found.fields["siteId"] == "acme-hq"


async def test_defaults_follow_a_channel_to_its_new_id_also_after_a_restart(
    office: Office, ana: Person
) -> None:
    await choose(ana, in_="support-leads", **ACME, intake="offer")
    world = office.slack.world
    before = office.channel("support-leads").id
    world.change_id(world.conversation("support-leads"), "C0SHARED")
    world.tell(id_changed(before, "C0SHARED", world.next_ts()))  # twice
    await office.slack.events_taken()
    await office.runtime.settled()
    await (await ana.types("/ticket Lamp", in_="support-leads")).shows("*T-1* is saved")
    await office.runtime.settled()
    await office.runtime.__aexit__(None, None, None)
    async with app.build(office.settings) as again:
        settings = await again.store.read(office.workspace).settings()
        assert {channel: kept.intake for channel, kept in settings.channels.items()} == {"C0SHARED": "offer"}


async def without(office: Office, customer: str, site: str) -> None:
    """A channel of a customer and a site that the directory does not know any more."""

    async def work(tx: Transaction) -> None:
        settings = await tx.settings()
        fields = {"customerId": customer, "siteId": site, "ticketType": "break_fix"}
        defaults = ChannelDefaults(fields=fields)
        await tx.keep_settings(settings.with_defaults(office.channel("support").id, defaults))

    await office.runtime.store.change(office.workspace, work)


async def test_a_site_that_is_gone_breaks_no_line_and_is_told_of(office: Office, ana: Person) -> None:
    await without(office, "acme", "acme-gone")
    await (await ana.types("/ticket Lamp site:hq")).shows("*T-1* is saved")
    form = await (await ana.types("/ticket Lamp")).form()
    assert (form.value("customerId"), form.value("siteId"), form.value("ticketType")) == (
        "acme",
        None,
        "break_fix",
    )
    assert form.shows(
        "Site is missing. What tickets of this channel began with is not in the directory any more"
    )
    await form.close()
    bare = await (await ana.types("/ticket")).form()
    assert bare.shows("Choose the site. What tickets of this channel began with is not in the directory")
    await bare.close()
    mended = await (await ana.types("/ticket channel")).form()
    assert mended.shows("is not in the directory any more")
    assert (mended.value("channel_customer"), mended.value("siteId")) == ("acme", None)


async def test_a_customer_that_is_gone_takes_its_site_along(office: Office, ana: Person) -> None:
    await without(office, "umbrella", "acme-hq")
    form = await (await ana.types("/ticket Lamp")).form()
    assert (form.value("customerId"), form.value("siteId")) == (None, None)
    assert form.shows("Customer is missing. What tickets of this channel began with is not in the directory")
    await form.close()
    await (await ana.types("/ticket Lamp site:garage")).shows("*T-1* is saved")


async def test_whom_the_channel_names_hears_of_each_new_ticket(office: Office, ana: Person) -> None:
    await choose(ana, **ACME, told=["chloe", "ana"])
    await ana.types("/ticket The lobby printer is dead")
    await office.person("chloe").messages.shows("opened T-1 The lobby printer is dead (medium)")
    await office.runtime.settled()
    assert not ana.messages.messages, "it is her own act"
    await ana.types("/ticket Lamp", in_="ops-oncall")
    await office.runtime.settled()
    assert len(office.person("chloe").messages.messages) == 1, "that was elsewhere"


async def test_nobody_is_told_twice(office: Office, ana: Person) -> None:
    await choose(ana, **ACME, told=["chloe"])
    await ana.types("/ticket Lamp @chloe")
    (only,) = [await office.person("chloe").messages.shows("gave you T-1")]
    await office.runtime.settled()
    assert office.person("chloe").messages.messages == [only]


async def test_only_who_may_see_a_ticket_is_told_of_it(
    office: Office, ana: Person, ben: Person, dana: Person
) -> None:
    await choose(ana, **ACME, told=["ben", "chloe"])
    await network(office, dana)  # from now on, Ben is no agent
    await ana.types("/ticket Lamp")
    await office.person("chloe").messages.shows("opened T-1")
    await office.runtime.settled()
    assert not ben.messages.messages


async def test_whoever_heard_of_a_ticket_hears_that_it_was_undone(office: Office, ana: Person) -> None:
    await choose(ana, **ACME, told=["chloe"])
    saved = await (await ana.types("/ticket Lamp")).shows("is saved")
    await office.person("chloe").messages.shows("opened T-1")
    await ana.presses(saved, "Undo")
    await office.person("chloe").messages.shows("undid T-1")


async def test_help_tells_of_it(ana: Person) -> None:
    await (await ana.types("/ticket help")).shows(
        "`/ticket channel` sets what tickets of the channel begin with"
    )
