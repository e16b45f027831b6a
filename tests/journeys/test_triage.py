"""Triage and assignment: the forms, the message shortcuts, and who is told."""

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.playground.driver import Channel, Person
from bot.playground.form import Form
from tests.journeys.conftest import Office
from tests.journeys.test_home import set_up

LINE = "/ticket Printer down customer:acme site:hq type:break_fix"
LATER = datetime(2027, 6, 1, 15, 30, tzinfo=UTC)


async def triage(person: Person, channel: Channel, words: str = "T-1") -> Form:
    return await (await person.presses(await channel.shows(words), "Triage")).form()


async def test_one_submission_is_one_entry_with_before_and_after(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    await ben.types(f"{LINE} due:2027-05-01 !low")
    form = await triage(ana, support)
    assert (form.value("priority"), form.value("ticketType")) == ("low", "break_fix")
    await form.fill(
        priority="critical",
        severity="down",
        category="printing",
        assignedQueue="network",
        triageNotes="Call.",
    )
    assert (await form.submit()).closed
    await support.shows("Triaged")
    assert len(await office.history(1)) == 2
    entry = (await office.history(1))[-1]
    assert (entry.actor, entry.what) == (ana.id, "triaged")
    assert {(each.field, each.before, each.after) for each in entry.changes} == {
        ("status", "new", "triaged"),
        ("priority", "low", "critical"),
        ("severity", None, "down"),
        ("category", None, "printing"),
        ("assignedQueue", None, "network"),
        ("triageNotes", None, "Call."),
    }


async def test_triage_that_gives_it_to_somebody_assigns_it_and_tells_them(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    await ben.types(LINE)
    form = await triage(ana, support)
    await form.fill(assignedUserId="chloe")
    await form.submit()
    await office.person("chloe").messages.shows("T-1")
    assert (await office.ticket(1)).status == "assigned"


async def test_a_duplicate_is_closed_linked_and_its_requester_told(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    await ana.types("/ticket Scanner down customer:acme site:hq type:break_fix")
    await ben.types(LINE)
    form = await triage(ana, support, "T-2")
    await form.fill(triage_choice="Duplicate")
    await form.fill(duplicateOf="T-1")
    assert (await form.submit()).closed
    first = await support.shows("T-1* · *Scanner down")
    url = f"https://slack.com/archives/{support.id}/p{first.ts.replace('.', '')}"
    told = await support.shows(
        f"T-2 Printer down says the same as <{url}|T-1 Scanner down>, which goes on: follow it there."
    )
    assert ben.id in told.shown
    ticket = await office.ticket(2)
    assert (ticket.status, ticket.resolution, ticket.duplicate_of) == ("closed", "Duplicate of T-1", 1)
    assert ticket.related_ticket_id == (await office.ticket(1)).id


async def test_the_form_says_where_the_ticket_comes_from(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    await ben.types(LINE)
    await office.runtime.settled()
    form = await triage(ana, support)
    for words in ("T-1* · Printer down", "*Acme", f"<#{support.id}>", f"Requested by <@{ben.id}>", "Thread"):
        assert form.shows(words), words
    card = await support.shows("T-1")
    assert card.ts.replace(".", "") in str(form.view.blocks), "the conversation is a link"


async def test_each_choice_shows_its_own_inputs_and_loses_nothing_that_was_typed(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    await ben.types(LINE)
    form = await triage(ana, support)
    all_of_them = form.fields
    assert (form.value("triage_choice"), form.view.content["submit"]["text"]) == ("triage", "Accept")
    assert not {"duplicateOf", "snoozedUntil"} & {*all_of_them}
    await form.fill(priority="critical", category="printing", triageNotes="Call Rosa.")
    for choice, fields in {
        "Duplicate": ["duplicateOf"],
        "Snooze": ["snoozedUntil"],
        "Not a ticket": [],
    }.items():
        await form.fill(triage_choice=choice)
        assert form.fields == ["triage_choice", *fields, "triageNotes"]
        assert form.value("triageNotes") == "Call Rosa."
    await form.fill(triageNotes="Call Rosa first.")
    await form.fill(triage_choice="Triage")
    assert form.fields == all_of_them
    assert (form.value("priority"), form.value("category")) == ("critical", "printing")
    await form.fill(category=None)
    await form.fill(triage_choice="Snooze")
    await form.fill(triage_choice="Triage")
    assert form.value("category") is None, "what was emptied stays empty"
    assert (await form.submit()).closed
    ticket = await office.ticket(1)
    assert (ticket.priority, ticket.category, ticket.triage_notes) == ("critical", None, "Call Rosa first.")


async def test_what_was_typed_under_another_choice_does_nothing(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    await ben.types(LINE)
    form = await triage(ana, support)
    await form.fill(priority="critical", triageNotes="Parts are late.")
    await form.fill(triage_choice="Snooze", snoozedUntil=LATER)
    assert (await form.submit()).closed
    entry = (await office.history(1))[-1]
    assert (entry.what, {change.field for change in entry.changes}) == (
        "snoozed",
        {"snoozedUntil", "triageNotes"},
    )
    assert (await office.ticket(1)).status == "new"


async def test_a_choice_that_lacks_something_asks_at_its_input(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    """Slack's own client asks first; another one may not."""
    await ben.types(LINE)
    for choice, asked in {
        "Duplicate": {"duplicateOf": "Choose the ticket that goes on."},
        "Snooze": {"snoozedUntil": "Say until when."},
    }.items():
        form = await triage(ana, support)
        await form.fill(triage_choice=choice)
        for block in form.view.blocks:
            if block["type"] == "input":
                block["optional"] = True
        await form.submit()
        assert form.errors == asked
    assert (await office.ticket(1)).version == 1


@pytest.mark.parametrize(
    ("preset", "hour"), [("In 1 h", None), ("Tomorrow 9:00", 9), ("Next Monday 9:00", 9)]
)
async def test_a_time_to_snooze_to_is_set_by_one_press_in_the_readers_zone(
    preset: str, hour: int | None, office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    ana.user.tz = "Asia/Tokyo"
    office.slack.world.change_user(ana.user)
    await office.slack.events_taken()
    await ben.types(LINE)
    form = await triage(ana, support)
    await form.fill(triage_choice="Snooze", triageNotes="Parts are late.")
    before = office.runtime.tools.clock()
    await form.press(preset)
    shown = form.value("snoozedUntil")
    assert isinstance(shown, datetime)
    if hour is None:
        assert abs(shown - before - timedelta(hours=1)) < timedelta(minutes=1)
    else:
        there = shown.astimezone(ZoneInfo("Asia/Tokyo"))
        assert (there.hour, there.minute) == (hour, 0)
    assert form.value("triageNotes") == "Parts are late."
    assert (await form.submit()).closed
    assert (await office.ticket(1)).snoozed_until == shown, "what is shown is what is set"


async def test_a_preset_changes_its_mind_with_its_reader(ana: Person, ben: Person, support: Channel) -> None:
    await ben.types(LINE)
    form = await triage(ana, support)
    await form.fill(triage_choice="Snooze")
    await form.press("Tomorrow 9:00")
    tomorrow = form.value("snoozedUntil")
    await form.fill(snoozedUntil=LATER)
    await form.press("Tomorrow 9:00")
    assert form.value("snoozedUntil") == tomorrow
    await form.fill(triage_choice="Duplicate")
    await form.fill(triage_choice="Snooze")
    assert form.value("snoozedUntil") == tomorrow


async def test_the_form_of_holding_has_presets_beside_its_time(
    office: Office, ana: Person, ben: Person
) -> None:
    await ben.types(LINE)
    form = await (await ana.types("/ticket hold T-1")).form()
    await form.fill(holdReason="Waits for parts")
    await form.press("Next Monday 9:00")
    shown = form.value("holdUntil")
    assert form.value("holdReason") == "Waits for parts"
    assert (await form.submit()).closed
    ticket = await office.ticket(1)
    assert (ticket.hold_until, ticket.hold_reason) == (shown, "Waits for parts")


def as_it_was_before(office: Office, form: Form) -> None:
    """The form, as it was when there was no choice: all of its inputs at once, and a button for what is no ticket."""
    view = form.view
    metadata = view.content["private_metadata"].removeprefix(f"~{office.workspace.id}~")
    version = json.loads(metadata)["version"]
    kept = [block for block in view.blocks if "triage_choice" not in str(block)]
    select = {"type": "external_select", "action_id": "duplicateOf", "min_query_length": 0}
    moment = {"type": "datetimepicker", "action_id": "snoozedUntil"}
    added = [
        {
            "type": "input",
            "block_id": f"{element['action_id']}:{version}",
            "label": {"type": "plain_text", "text": element["action_id"]},
            "element": element,
            "optional": True,
        }
        for element in (select, moment)
    ]
    button = {
        "type": "button",
        "action_id": "ticket_withdraw",
        "text": {"type": "plain_text", "text": "Not a ticket"},
        "value": "1",
    }
    blocks = [*kept, *added, {"type": "actions", "elements": [button]}]
    kept_as = {name: view.content[name] for name in ("type", "callback_id", "title", "submit", "close")}
    office.slack.world.views.update(view, {**kept_as, "private_metadata": metadata, "blocks": blocks})


@pytest.mark.parametrize(
    ("filled", "status", "words"),
    [
        ({"priority": "critical"}, "triaged", "Triaged"),
        ({"priority": "critical", "duplicateOf": "T-2"}, "closed", "Duplicate of T-2"),
        ({"priority": "critical", "snoozedUntil": LATER}, "new", "snoozed until"),
    ],
)
async def test_a_form_that_was_opened_before_there_was_a_choice_is_still_taken(
    filled: dict[str, object],
    status: str,
    words: str,
    *,
    office: Office,
    ana: Person,
    ben: Person,
    support: Channel,
) -> None:
    await ben.types(LINE)
    await ana.types("/ticket Scanner down customer:acme site:hq type:break_fix")
    form = await triage(ana, support)
    as_it_was_before(office, form)
    await form.fill(**filled)
    assert (await form.submit()).closed
    await support.shows(words)
    ticket = await office.ticket(1)
    assert (ticket.status, ticket.priority) == (status, "critical")


async def test_the_button_of_a_form_that_was_opened_before_still_finds_it_to_be_no_ticket(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    await ben.types(LINE)
    form = await triage(ana, support)
    as_it_was_before(office, form)
    await form.fill(triageNotes="A greeting.")
    await form.press("Not a ticket")
    assert form.title == "T-1 is no ticket"
    assert (await office.history(1))[-1].note == "A greeting."


async def test_a_form_from_before_that_comes_back_shows_what_was_chosen(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    await ben.types(LINE)
    form = await triage(ana, support)
    as_it_was_before(office, form)
    await office.person("chloe").types("/ticket priority T-1 high")
    await form.fill(snoozedUntil=LATER, category="printing")
    assert not (await form.submit()).closed
    assert (form.value("triage_choice"), form.value("snoozedUntil")) == ("snooze", LATER)
    await form.fill(triage_choice="Triage")
    assert (form.value("category"), form.value("priority")) == ("printing", "high")


async def test_a_choice_stays_where_somebody_changed_the_ticket_meanwhile(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    await ben.types(LINE)
    form = await triage(ana, support)
    await form.fill(category="printing")
    await form.fill(triage_choice="Not a ticket", triageNotes="A greeting.")
    await office.person("chloe").types("/ticket priority T-1 high")
    assert not (await form.submit()).closed
    assert (form.value("triage_choice"), form.value("triageNotes")) == ("withdraw", "A greeting.")
    assert form.shows("Priority: Medium → High")
    await form.fill(triage_choice="Triage")
    assert (form.value("category"), form.value("priority")) == ("printing", "high"), "only what was typed"
    await form.fill(triage_choice="Not a ticket")
    await form.submit()
    assert form.title == "T-1 is no ticket"
    assert (await office.history(1))[-1].note == "A greeting."


@pytest.mark.parametrize(
    ("whose", "words"),
    [
        ("ben", "|T-1 Scanner down>, which goes on: follow it there."),
        ("emil", "says the same as T-1, which goes on."),
    ],
)
async def test_whoever_asked_for_a_duplicate_reads_of_the_other_what_they_may_see(
    whose: str, words: str, office: Office, ana: Person, ben: Person
) -> None:
    await set_up(office, ana)
    for person, summary in ((office.person(whose), "Scanner down"), (ben, "Printer down")):
        form = await person.uses_shortcut("New ticket")
        await form.fill(customerId="Acme", siteId="HQ", ticketType="break_fix", summary=summary)
        await form.submit()
    await office.runtime.settled()
    form = await (await ana.types("/ticket triage T-2")).form()
    await form.fill(triage_choice="Duplicate", duplicateOf="T-1")
    assert (await form.submit()).closed
    told = await ben.messages.shows("T-2 Printer down says the same as")
    assert words in told.shown
    assert ("Scanner" in told.shown + told.text) == (whose == "ben")
    assert "Open thread" not in told.shown or whose == "emil"


async def test_a_duplicate_of_itself_is_refused_where_it_was_chosen(
    ana: Person, ben: Person, support: Channel
) -> None:
    await ben.types(LINE)
    form = await triage(ana, support)
    await form.fill(triage_choice="Duplicate", duplicateOf="T-1")
    await form.submit()
    assert form.errors == {"duplicateOf": "T-1 cannot be a duplicate of itself."}


async def test_what_is_snoozed_says_until_when(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    await ben.types(LINE)
    form = await triage(ana, support)
    await form.fill(triage_choice="Snooze", snoozedUntil=datetime(2020, 1, 1, tzinfo=UTC))
    await form.submit()
    assert form.errors == {"snoozedUntil": "That has already passed. Choose a time to come."}
    await form.fill(snoozedUntil=LATER)
    assert (await form.submit()).closed
    await support.shows("snoozed until")
    assert (await office.ticket(1)).snoozed_until == LATER


async def test_not_a_ticket_can_be_undone_in_the_form(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    await ben.types(LINE)
    form = await triage(ana, support)
    await form.fill(triage_choice="Not a ticket")
    await form.submit()
    assert form.title == "T-1 is no ticket"
    await form.press("Undo")
    assert form.title == "T-1 is back"
    ticket = await office.ticket(1)
    assert (ticket.status, ticket.withdrawn_at) == ("new", None)


async def test_of_two_who_triage_at_once_the_second_sees_what_changed_and_keeps_what_they_typed(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    await ben.types(LINE)
    first, second = await triage(ana, support), await triage(office.person("chloe"), support)
    await first.fill(priority="critical")
    await second.fill(category="printing", triageNotes="Call Rosa.")
    assert (await first.submit()).closed
    assert not (await second.submit()).closed
    assert second.shows("<@U0ANA> triaged it")
    assert second.shows("Priority: Medium → Critical")
    assert second.value("triageNotes") == "Call Rosa."
    assert (await second.submit()).closed
    ticket = await office.ticket(1)
    assert (ticket.priority, ticket.category, ticket.triage_notes) == ("critical", "printing", "Call Rosa.")


async def test_a_person_is_assigned_with_a_note_and_told(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    await ben.types(LINE)
    form = await (await ana.presses(await support.shows("T-1"), "Assign…")).form()
    await form.submit()
    assert form.errors == {"assignedUserId": "Choose a person or a queue."}
    await form.fill(assignedUserId="chloe", note="Look at the fuser first")
    assert (await form.submit()).closed
    await office.person("chloe").messages.shows("T-1")
    ticket = await office.ticket(1)
    assert (ticket.assigned_user_id, (await office.history(1))[-1].note) == (
        "U0CHLOE",
        "Look at the fuser first",
    )
    assert ana.messages.messages == [], "nobody is told of their own act"


@pytest.mark.parametrize(
    ("shortcut", "title"), [("Triage ticket", "Triage T-1"), ("Assign ticket", "Assign T-1")]
)
async def test_a_message_of_the_ticket_opens_its_form(
    shortcut: str, title: str, ana: Person, ben: Person, support: Channel
) -> None:
    said = ben.says("Printer is dead")
    form = await ana.opens_menu(said).chooses("Create ticket")
    await form.fill(customerId="Acme", siteId="HQ", ticketType="break_fix")
    await form.submit()
    card = await support.shows("T-1")
    reply = ben.says("It smells, too", reply_to=said)
    for message in (said, card, reply):
        opened = await ana.opens_menu(message).chooses(shortcut)
        assert opened.title == title
        await opened.close()


async def test_a_reply_under_a_card_that_stands_alone_opens_its_form(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    await ben.types(LINE)
    card = await support.shows("T-1")
    await office.runtime.settled()
    reply = ben.says("It smells, too", reply_to=card)
    assert (await ana.opens_menu(reply).chooses("Triage ticket")).title == "Triage T-1"


async def test_where_there_is_no_ticket_the_shortcut_offers_to_make_one(
    office: Office, ana: Person, ben: Person
) -> None:
    form = await ana.opens_menu(ben.says("Printer is dead")).chooses("Assign ticket")
    assert form.shows("There is no ticket here yet")
    assert form.value("summary") == "Printer is dead"
    await form.fill(customerId="Acme", siteId="HQ", ticketType="break_fix")
    assert (await form.submit()).errors == {}
    assert await office.total() == 1
