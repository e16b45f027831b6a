"""A step that is added is a row: its button, command, help, form, permission and history come from that."""

from typing import cast

import pytest

from bot.domain.errors import Forbidden, InvalidInput
from bot.domain.permissions import Actor
from bot.domain.steps import STEPS, Step, StepName
from bot.playground.driver import Channel, Person
from bot.services.step_requests import StepRequest
from handlers import COMMANDS, TABLE, command
from handlers.slack import ids
from handlers.slack.journey import by_word
from handlers.work import ticket_commands
from tests.house.test_language import steps_missing
from tests.journeys.conftest import Office

LINE = "/ticket Printer down customer:acme site:hq type:break_fix"
ESCALATE = cast(StepName, "escalate")


@pytest.fixture
def escalate(monkeypatch: pytest.MonkeyPatch) -> None:
    """The row, and all that there is to it."""
    row = Step(
        name=ESCALATE,
        action="work",
        what="escalated",
        past="escalated it",
        starts=("in_progress",),
        takes=("severity", "category"),
        needs=("severity",),
        note="For whoever gets it",
        button="Escalate",
        place="card",
        title="Escalate",
        submit="Escalate",
        words=("escalate", "raise"),
        behind="severity",
        example="escalate T-42 safety",
        help="tells everybody that T-42 is worse than it looked",
    )
    monkeypatch.setitem(STEPS, ESCALATE, row)
    typed = by_word(*ticket_commands.subcommands())
    monkeypatch.setitem(
        COMMANDS, ids.COMMAND, command.ticket(command.with_help({**TABLE.subcommands, **typed}))
    )


@pytest.fixture
async def printer(office: Office, ben: Person, ana: Person, support: Channel) -> None:
    """Ben's T-1, which Ana works on."""
    await ben.types(LINE)
    await ana.presses(await support.shows("T-1"), "Start")
    await office.runtime.settled()


pytestmark = pytest.mark.usefixtures("escalate", "printer")


async def test_it_has_a_button_that_opens_a_form_for_what_it_takes(
    office: Office, ana: Person, support: Channel
) -> None:
    card = await support.shows("In progress")
    form = await (await ana.presses(card, "Escalate")).form()
    assert form.title == "Escalate T-1"
    assert form.fields == ["severity", "category", "note"]
    await form.fill(severity="safety", note="Smoke")
    assert (await form.submit()).closed
    entry = (await office.history(1))[-1]
    assert (entry.what, entry.note) == ("escalated", "Smoke")
    assert [(change.field, change.after) for change in entry.changes] == [("severity", "safety")]


async def test_its_form_keeps_what_was_typed_where_somebody_else_was_first(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    form = await (await ana.presses(await support.shows("In progress"), "Escalate")).form()
    await form.fill(severity="safety", note="Smoke")
    await ben.types("/ticket note T-1 Call first")
    assert not (await form.submit()).closed
    assert (form.value("severity"), form.value("note")) == ("safety", "Smoke")
    assert (await form.submit()).closed
    ticket = await office.ticket(1)
    assert (ticket.severity, (await office.history(1))[-1].note) == ("safety", "Smoke")


async def test_it_is_refused_without_what_it_needs(office: Office, ana: Person, support: Channel) -> None:
    form = await (await ana.presses(await support.shows("In progress"), "Escalate")).form()
    await form.fill(category="printers")
    await form.submit()
    assert set(form.errors) == {"severity"}
    agent = StepRequest(Actor(user=ana.id, is_known=True, is_agent=True), key="k")
    with pytest.raises(InvalidInput, match="Severity is missing"):
        await office.runtime.tools.steps.take(office.workspace, 1, ESCALATE, {"category": "printers"}, agent)


@pytest.mark.parametrize("word", ["escalate", "Raise"])
async def test_it_is_typed_by_its_words_and_what_stands_behind_them_is_its_field(
    word: str, office: Office, ana: Person
) -> None:
    assert (await (await ana.types(f"/ticket {word} T-1")).form()).title == "Escalate T-1"
    await ana.types(f"/ticket {word} T-1 Down")
    assert (await office.ticket(1)).severity == "down"


async def test_it_is_told_of_by_help_and_by_what_answers_a_slip(ana: Person) -> None:
    usage = "`/ticket escalate T-42 safety` tells everybody that T-42 is worse than it looked."
    await (await ana.types("/ticket help")).shows(usage)
    await (await ana.types("/ticket escalate")).shows(usage)
    await (await ana.types("/ticket esclate T-1")).shows("Did you mean `/ticket escalate`?")


async def test_a_history_tells_of_it_in_its_words(ana: Person) -> None:
    await ana.types("/ticket escalate T-1 down")
    assert (await (await ana.types("/ticket history T-1")).form()).shows("escalated it")


async def test_it_is_open_only_where_and_for_whom_its_row_says(office: Office, ben: Person) -> None:
    requester = StepRequest(Actor(user=ben.id, is_known=True), key="k")
    with pytest.raises(Forbidden, match="That is for agents"):
        await office.runtime.tools.steps.take(office.workspace, 1, ESCALATE, {"severity": "down"}, requester)
    await ben.types("/ticket resolve T-1 Replaced the fuser")
    await (await ben.types("/ticket escalate T-1 down")).shows("not possible to escalate it now")


def test_the_readme_is_missing_it() -> None:
    assert steps_missing() == {"escalate"}
