"""Looking tickets up by the words of `/ticket list`."""

from datetime import timedelta

import pytest

from bot.playground.driver import Person
from storage.journal.indexes import Words
from tests.journeys.conftest import Office

LINE = "customer:acme site:hq type:break_fix"


@pytest.fixture
async def three(office: Office, ana: Person) -> None:  # noqa: ARG001  (they need an office)
    for line in (
        "Lamp !low queue:heating",
        "Printer !critical due:in 2h @ben",
        "Router !high queue:network due:in 3d",
    ):
        await (await ana.types(f"/ticket {line} {LINE}")).shows("is saved")


async def test_a_list_shows_open_tickets_in_pages_that_keep_the_filter(ana: Person) -> None:
    await (await ana.types("/ticket list")).shows("No open tickets. `/ticket` makes one.")
    for number in range(1, 25):
        priority = "!high" if number % 2 else "!low"
        await (await ana.types(f"/ticket Printer {number:02} {priority} {LINE}")).shows("is saved")
    answer = await ana.types("/ticket list")
    first = await answer.shows("Open tickets 1–10 of 24, newest first")
    assert "Printer 24" in first.shown
    assert "Printer 02" not in first.shown
    answer = await ana.types("/ticket list priority:high sort:age")
    first = await answer.shows("Open tickets 1–10 of 12, oldest first")
    assert "Printer 01" in first.shown
    assert "Printer 02" not in first.shown
    await ana.presses(answer, "More")
    second = await answer.shows("Open tickets 11–12 of 12, oldest first")
    assert "Printer 21" in second.shown
    assert "Printer 22" not in second.shown
    await ana.presses(answer, "Back")
    await answer.shows("Open tickets 1–10 of 12")


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("assignee:@ben", ["Printer"]),
        ("assignee:none", ["Router", "Lamp"]),
        ("queue:network,heating sort:age", ["Lamp", "Router"]),
        ("due:<24h", ["Printer"]),
        ("created:>yesterday priority:high,critical sort:priority", ["Printer", "Router"]),
        ("sort:due", ["Printer", "Router", "Lamp"]),
        ("customer:acme requester:me lamp", ["Lamp"]),
        ('"T-2"', ["Printer"]),
        ("status:any type:break-fix !low", ["Lamp"]),
    ],
)
async def test_words_narrow_a_list(words: str, found: list[str], ana: Person) -> None:
    message = await (await ana.types(f"/ticket list {words}")).shows(f"1–{len(found)} of {len(found)}")
    lines = [line for line in message.shown.splitlines() if line in {"Lamp", "Printer", "Router"}]
    assert lines == found


@pytest.mark.usefixtures("three")
async def test_what_is_mine_is_told_as_mine(ana: Person, ben: Person) -> None:
    await (await ben.types("/ticket list assignee:me")).shows("Open tickets of yours 1–1 of 1")
    await (await ana.types("/ticket list assignee:me")).shows("No open tickets of yours match that.")


@pytest.mark.usefixtures("three")
async def test_a_slip_is_answered_with_the_nearest_and_keeps_the_words(ana: Person) -> None:
    for words, answer in {
        "stauts:open": "Did you mean “status”?",
        "priority:hihg": "Did you mean “high”?",
        "queue:netwrok": "Did you mean “network”?",
        "customer:acmee": "Did you mean Acme",
        "due:tomorrow": "due:<tomorrow for before",
    }.items():
        message = await (await ana.types(f"/ticket list {words}")).shows(answer)
        assert f"/ticket list {words}" in message.shown


async def test_a_filter_that_no_button_could_carry_is_refused(ana: Person) -> None:
    await (await ana.types(f"/ticket list {'x' * 3_000}")).shows("Please use fewer words.")


@pytest.mark.usefixtures("three")
@pytest.mark.tinydb(reason="PostgreSQL has its index of words at the start")
async def test_a_search_right_after_the_start_says_that_it_may_miss_older_tickets(
    ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Words, "finds_all", False)
    said = "still reading what older tickets say"
    await (await ana.types("/ticket list lamp")).shows(said)
    everything = await (await ana.types("/ticket list")).shows("1–3 of 3")
    assert said not in everything.shown, "no word is looked for"
    monkeypatch.undo()
    lamps = await (await ana.types("/ticket list lamp")).shows("1–1 of 1")
    assert said not in lamps.shown


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("mine", ["Printer"]),
        ("me", ["Printer"]),
        ("Mine priority:critical", ["Printer"]),
        ("search printer", ["Printer"]),
        ("search PRINTER status:open", ["Printer"]),
        ("list status:in progress", []),
        ("list status:assigned or new", ["Router", "Printer", "Lamp"]),
        ("list priority:high or critical", ["Router", "Printer"]),
        ("list -priority:low", ["Router", "Printer"]),
        ("list ！high", ["Router"]),
        ("list unassigned high", ["Router"]),
        ("list created:>yesterday -!low", ["Router", "Printer"]),
        ("list my open tickets", ["Printer"]),
        ("list requester:@ana priority:high or low", ["Router", "Lamp"]),
        ("list queue:#network", ["Router"]),
        ("list customer:Acme Manufacturing lamp", ["Lamp"]),
        ("search customer:Acme Manufacturing lamp", ["Lamp"]),
    ],
)
async def test_a_line_is_a_list_as_people_type_it(line: str, found: list[str], ben: Person) -> None:
    words = f"1–{len(found)} of {len(found)}" if found else "match that"
    message = await (await ben.types(f"/ticket {line}")).shows(words)
    assert [each for each in message.shown.splitlines() if each in {"Lamp", "Printer", "Router"}] == found


@pytest.mark.usefixtures("three")
async def test_overdue_are_those_whose_time_has_passed(office: Office, ben: Person) -> None:
    await (await ben.types("/ticket list overdue")).shows("No open tickets match that.")
    printer = await office.ticket(2)
    late = printer.model_copy(update={"sla_due_at": printer.created_at - timedelta(hours=1)})
    await office.runtime.store.change(office.workspace, lambda tx: tx.save(late, now=printer.created_at))
    await (await ben.types("/ticket list overdue")).shows("1–1 of 1")
    await (await ben.types("/ticket list due:overdue !critical")).shows("Printer")


@pytest.mark.usefixtures("three")
async def test_a_search_finds_what_is_done_as_well(ana: Person) -> None:
    await ana.types("/ticket resolve T-2 New toner")
    await (await ana.types("/ticket search printer")).shows("Tickets 1–1 of 1")
    await (await ana.types("/ticket search")).shows("What for?")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("List of users won't load", "If this was meant to be a ticket"),
        ("list lift", "No open tickets match that. I looked for “lift” in what they say."),
        ("list urgent", "“urgent” may be a filter, or a word to look for."),
        ("Search lift or door", "You typed “/ticket Search lift or door”"),
        ("list lift stauts:open", "Did you mean “status”?"),
        ("search lift", "No tickets match that."),
        ("Search engine or portal down", "I cannot read “or” here."),
        ("mine lift", "If this was meant to be a ticket"),
        ("me too", "If this was meant to be a ticket"),
    ],
)
async def test_what_may_be_no_list_can_be_made_a_ticket(
    line: str, words: str, office: Office, ana: Person
) -> None:
    answer = await ana.types(f"/ticket {line}")
    await answer.shows(words)
    assert not ana.modals
    form = await (await ana.presses(answer, "Make it a ticket")).form()
    assert str(form.value("summary")).startswith(line.split(" stauts", maxsplit=1)[0])
    assert await office.total() == 0


@pytest.mark.parametrize(
    "summary",
    [
        "List of users won't load",
        "list: three things are wrong",
        "list-price is wrong",
        "Search doesn't work on the portal",
        "Mine shaft is flooded",
        "Me and Ben have no access",
        "Comment field is missing",
        "Priority inbox shows nothing",
        "Reply all is broken",
    ],
)
async def test_a_sentence_that_begins_like_an_order_is_a_ticket(
    summary: str, office: Office, ana: Person
) -> None:
    await (await ana.types(f"/ticket {summary} {LINE}")).shows("is saved")
    assert (await office.ticket(1)).summary == summary
