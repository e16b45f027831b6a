"""A support engineer in a hurry types one line."""

import inspect
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from bot.playground.driver import Channel, Person
from tests.journeys.conftest import Office


@pytest.fixture
def as_slack_sends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is typed goes as it stands: with mentions and links in Slack's brackets."""
    monkeypatch.setattr("bot.playground.client.typed", lambda text, *_, **__: text)


LINE = "/ticket Printer down customer:acme site:hq type:break_fix source:phone !high"


async def test_a_whole_line_makes_a_ticket_and_a_card(office: Office, ana: Person, support: Channel) -> None:
    answer = await ana.types(LINE)
    assert answer.trouble is None
    confirmation = await answer.shows("*T-1* is saved: Printer down")
    assert confirmation.only_for == ana.id
    card = await support.shows("T-1")
    assert card.author.is_bot
    assert card.only_for is None
    for words in ("Printer down", "New", "High", "Acme Manufacturing, HQ"):
        assert words in card.shown
    ticket = await office.ticket(1)
    assert (ticket.customer_id, ticket.site_id, ticket.ticket_type) == ("acme", "acme-hq", "break_fix")
    assert (ticket.source_channel, ticket.priority, ticket.status) == ("phone", "high", "new")
    assert ticket.workspace_id == office.workspace.id
    assert (ticket.created_by, ticket.origin.way, ticket.origin.channel) == (ana.id, "command", support.id)


async def test_a_second_line_makes_a_second_ticket(office: Office, ana: Person) -> None:
    await ana.types(LINE)
    await (await ana.types(LINE)).shows("*T-2* is saved")
    assert await office.total() == 2


async def test_people_queues_and_due_times_are_understood(
    office: Office, ana: Person, support: Channel
) -> None:
    await ana.types(f"{LINE} @ben queue:network due:2027-06-01 17:00 category:'meeting rooms' hours:2.5")
    await support.shows("T-1")
    ticket = await office.ticket(1)
    assert ticket.assigned_user_id == "U0BEN"
    assert ticket.assigned_queue == "network"
    assert ticket.sla_due_at == datetime(2027, 6, 1, 15, tzinfo=UTC), "17:00 in Berlin, in summer"
    assert ticket.category == "meeting rooms"
    assert ticket.estimated_labor_hours == 2.5


async def test_a_site_tells_its_customer(office: Office, ana: Person) -> None:
    await (await ana.types("/ticket Lamp broken site:acme-hq type:break_fix")).shows("*T-1* is saved")
    assert (await office.ticket(1)).customer_id == "acme"


@pytest.mark.usefixtures("as_slack_sends_it")
async def test_a_typed_domain_that_slack_made_a_link_of_is_what_was_typed(
    office: Office, ana: Person
) -> None:
    await (
        await ana.types("/ticket Cannot reach <http://acme.com|acme.com> site:acme-hq type:break_fix")
    ).shows("is saved")
    assert (await office.ticket(1)).summary == "Cannot reach acme.com"


async def test_what_was_probably_meant_is_chosen_and_its_input_is_shown(ana: Person) -> None:
    form = await (await ana.types("/ticket Lamp site:acme-hq type:break_fix sev:dwon")).form()
    assert form.value("severity") == "down"
    assert form.shows("Did you mean down?")
    missing = await (await ana.types("/ticket Lamp site:acme-hq type:break_fix hours:many")).form()
    assert missing.value("estimatedLaborHours") is None


async def test_what_was_probably_meant_is_marked_at_its_input_until_that_is_changed(ana: Person) -> None:
    form = await (await ana.types("/ticket Lamp site:acme-hqq sev:dwon hours:many")).form()

    def marks() -> dict[str, str]:
        blocks = form.view.blocks
        return {
            block["block_id"].partition(":")[0]: block["hint"]["text"] for block in blocks if "hint" in block
        }

    assert marks().keys() == {"siteId", "severity", "estimatedLaborHours"}
    assert marks()["severity"].startswith(":warning: ")
    assert marks()["severity"].endswith("Did you mean down?")
    before = marks()
    await form.fill(customerId="Bluewater")
    assert marks() == before, "drawn again"
    await form.fill(siteId="Clinic")
    assert marks().keys() == {"severity", "estimatedLaborHours"}


@pytest.mark.usefixtures("as_slack_sends_it")
async def test_nobody_who_is_a_bot_is_given_a_ticket(office: Office, ana: Person) -> None:
    bot = office.slack.world.bot.id
    form = await (await ana.types(f"{LINE} <@{bot}>")).form()
    assert form.shows("is a bot")
    await ana.types(LINE)
    await (await ana.types(f"/ticket assign T-1 <@{bot}>")).shows("is a bot")
    assert (await office.ticket(1)).assigned_user_id is None


@pytest.mark.usefixtures("as_slack_sends_it")
async def test_somebody_who_is_mentioned_and_not_known_is_looked_up_and_given_the_ticket(
    office: Office, ana: Person
) -> None:
    await (await ana.types(f"{LINE} <@U0STRANGER>")).shows("is saved")
    assert (await office.ticket(1)).assigned_user_id == "U0STRANGER"
    await office.slack.until(lambda: bool(office.slack.exchanges.of("users.info")))


async def test_what_is_missing_opens_the_form_with_all_that_was_understood(
    office: Office, ana: Person
) -> None:
    answer = await ana.types("/ticket Printer down site:acme-hq !critical @ben")
    form = await answer.form()
    assert form.value("summary") == "Printer down"
    assert form.value("customerId") == "acme"
    assert form.value("siteId") == "acme-hq"
    assert form.value("priority") == "critical"
    assert form.value("assignedUserId") == "U0BEN"
    assert form.shows("Type is missing.")
    await answer.shows("Printer down site:acme-hq !critical")
    assert await office.total() == 0
    await form.fill(ticketType="break_fix")
    assert (await form.submit()).closed
    assert (await office.ticket(1)).summary == "Printer down"


async def test_a_fault_is_named_and_the_typed_line_stays_in_sight(ana: Person) -> None:
    answer = await ana.types("/ticket Printer down customer:acmee site:hq type:break_fix due:yesterday")
    message = await answer.shows("Nearly there")
    assert "No customer is called “acmee”" in message.shown
    assert "Printer down customer:acmee site:hq type:break_fix due:yesterday" in message.shown
    form = await answer.form()
    assert form.shows("is not a time I understand")
    assert form.value("ticketType") == "break_fix"


async def test_an_ambiguous_site_lists_its_candidates(ana: Person) -> None:
    message = await (await ana.types("/ticket Printer down site:hq type:break_fix")).shows("could be")
    assert "HQ (Acme Manufacturing)" in message.shown
    assert "HQ (Bluewater Clinic)" in message.shown


async def test_a_line_whose_form_does_not_open_is_not_lost(office: Office, ana: Person) -> None:
    office.slack.faults.fail("views.open", "internal_error")
    answer = await ana.types("/ticket Printer down")
    message = await answer.shows("Nearly there")
    assert "Printer down" in message.shown
    await answer.shows("Slack did not let me open the form")
    again = await ana.presses(message, "Open the form again")
    form = await again.form()
    assert form.value("summary") == "Printer down"


async def test_the_help_names_every_way(ana: Person) -> None:
    message = await (await ana.types("/ticket help")).shows("How /ticket works")
    for words in ("/ticket list", "/ticket show 42", "due:", "Create ticket"):
        assert words in message.shown


async def test_an_unknown_subcommand_suggests_the_nearest_and_keeps_the_line(
    office: Office, ana: Person
) -> None:
    answer = await ana.types("/ticket lst")
    message = await answer.shows("Did you mean /ticket list?")
    form = await (await ana.presses(message, "Make it a ticket")).form()
    assert form.value("summary") == "lst"
    assert await office.total() == 0


async def test_show_knows_numbers_however_they_are_written(ana: Person) -> None:
    await ana.types(LINE)
    for number in ("1", "T-1", "t-1", "#1"):
        assert (await (await ana.types(f"/ticket show {number}")).form()).shows("Printer down")
    await (await ana.types("/ticket show 42")).shows("There is no T-42 here")
    await (await ana.types("/ticket show")).shows("Which one?")


async def test_nasty_text_is_shown_as_typed_and_pages_nobody(
    office: Office, ana: Person, support: Channel
) -> None:
    nasty = "<!channel> <script>alert(1)</script> &lt; gnirts 😀"
    await (
        await ana.types(f'/ticket {nasty} customer:acme site:hq type:other description:"{"x" * 40_000}"')
    ).shows("is saved")
    card = await support.shows("T-1")
    assert "<!channel> <script>alert(1)</script> &lt;" in card.shown
    ticket = await office.ticket(1)
    assert ticket.summary == nasty.replace("\u202e", "")
    assert len(ticket.symptom_description or "") == 40_000
    assert [page.who for page in office.slack.paged if page.who.startswith("!")] == []


async def test_a_related_ticket_goes_by_its_number_however_it_is_written(office: Office, ana: Person) -> None:
    await ana.types(LINE)
    first = await office.ticket(1)
    for number, typed in enumerate(("related:T-1", "related:1", "related:#1", "relatedTicketId:t1"), 2):
        await (await ana.types(f"{LINE} {typed}")).shows("is saved")
        assert (await office.ticket(number)).related_ticket_id == first.id, typed
    await (await ana.types(f"{LINE} related:T-99")).shows("There is no ticket T-99")


@pytest.mark.parametrize(
    "line",
    ["@U0ANA " * 500, "&" * 2_600, "x" * 30_000, "word " * 3_000, "<!channel>" * 700],
    ids=lambda text: text[:6],
)
async def test_a_long_faulty_line_is_answered_and_can_be_opened_again(line: str, ana: Person) -> None:
    answer = await ana.types(f"/ticket {line}")
    assert answer.trouble is None
    message = await answer.shows("Nearly there")
    form = await (await ana.presses(message, "Open the form again")).form()
    assert form.shows("Customer is missing.")


@pytest.mark.parametrize("line", ["help me", "show me", "show 1234567890"])
async def test_a_subcommand_with_the_wrong_words_says_what_it_takes(line: str, ana: Person) -> None:
    answer = await ana.types(f"/ticket {line}")
    message = await answer.shows(f"/ticket {line.split(maxsplit=1)[0]}")
    assert "Did you mean" not in message.shown
    assert (await (await ana.presses(message, "Make it a ticket")).form()).value("summary") == line


async def test_what_is_wrong_and_what_is_missing_is_said_at_once(ana: Person) -> None:
    message = await (await ana.types("/ticket customer:nope")).shows("No customer is called “nope”")
    for field in ("Site", "Summary", "Type"):
        assert f"{field} is missing." in message.shown


async def test_a_related_ticket_must_exist(office: Office, ana: Person) -> None:
    unknown = "550e8400-e29b-41d4-a716-446655440000"
    await (await ana.types(f"{LINE} related:{unknown}")).shows("There is no such related ticket here")
    assert await office.total() == 0


async def test_two_words_are_a_ticket_however_near_the_first_is_to_a_subcommand(ana: Person) -> None:
    form = await (await ana.types("/ticket lift noise")).form()
    assert form.value("summary") == "lift noise"
    await (await ana.types("/ticket shwo 42")).shows("Did you mean `/ticket show`?")


@pytest.mark.tinydb(reason="on PostgreSQL most of what is called answers from memory")
async def test_a_ticket_takes_few_looks_into_the_store(
    ana: Person, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []

    def counted(name: str, read: Callable[..., Awaitable[object]]) -> Callable[..., Awaitable[object]]:
        async def look(*args: object, **named: object) -> object:
            looks.append(name)
            return await read(*args, **named)

        return look

    kind = type(office.runtime.store.read(office.workspace))
    for name, read in inspect.getmembers(kind, inspect.iscoroutinefunction):
        monkeypatch.setattr(kind, name, counted(name, read))
    office.runtime.store.on_jobs(lambda *_: None)  # the courier looks for itself
    await ana.types(LINE)
    assert len(looks) <= 6, looks
    assert await office.total() == 1
