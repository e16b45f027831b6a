"""While the store cannot be read: whoever only asks to see something hears that, and nothing about saving; what was typed stays."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from bot import app, imports
from bot.domain.errors import StoreUnavailable
from bot.http import server
from bot.playground import seed
from bot.playground.driver import Answer, Person, find_element
from bot.playground.records import Message
from bot.playground.standin import StandIn
from bot.services.ports.store import Store
from handlers import COMMANDS, SUBCOMMANDS, TABLE, command
from handlers.slack import errors
from handlers.slack.payloads import SlashCommand
from storage import open_store
from tests.journeys.conftest import Office, settings_for
from tests.journeys.test_home import home
from tests.journeys.test_loading import Slow
from tests.stores import store_url

LINE = "/ticket Printer down customer:acme site:hq type:break_fix"
CANNOT = "I cannot read the tickets right now. Please try again in a minute."
AWAY = StoreUnavailable(
    "This could not be saved. The database cannot be used, and nothing was changed. Please try again in a minute."
)
OPEN_FORM = "Open the form"


@pytest.fixture
def store(tmp_path: Path) -> Slow:
    store = Slow(open_store(store_url(tmp_path / "data")))
    store.may_open.set()
    return store


@pytest.fixture
async def office(slack: StandIn, store: Slow, tmp_path: Path) -> AsyncIterator[Office]:
    settings = settings_for(slack, tmp_path / "unused")
    build = app.build(
        settings, store=cast("Store", store), clock=slack.clock.now, wait=slack.clock.wait, held=timedelta()
    )
    async with build as runtime:
        office = Office(slack, runtime, settings)
        await runtime.store.change(office.workspace, lambda tx: imports.import_files(tx, seed.DIRECTORY))
        await runtime.introduced()
        async with server.listening(runtime.asgi, host="127.0.0.1", port=0) as port:
            slack.connect(f"http://127.0.0.1:{port}/slack/events")
            yield office


@pytest.fixture
async def card(office: Office, ana: Person, store: Slow) -> Message:
    """T-1's, from just before the store went."""
    await (await ana.types(LINE)).shows("is saved")
    shown = await office.channel("support").shows("T-1")
    await office.runtime.settled()
    await office.slack.events_taken()
    store.error = AWAY
    return shown


async def trouble(answer: Answer) -> str:
    """What the view says that opened in the place of another one."""
    form = await answer.form()
    assert form.title == "That did not work"
    return form.view.shown


def says_only_that(words: str) -> None:
    assert CANNOT in words
    assert "saved" not in words


@pytest.mark.parametrize(
    "line",
    [
        "list",
        "list priority:high",
        "mine",
        "search no paper",
        "show 4",
        "T-4",
        "history T-4",
        "resolve T-4",
        "status T-4",
        "oncall",
        "settings",
        "channel",
        "",
    ],
)
@pytest.mark.usefixtures("card")
async def test_who_asks_to_see_something_hears_that_it_cannot_be_read(line: str, ana: Person) -> None:
    said = await (await ana.types(f"/ticket {line}".strip())).shows(CANNOT)
    says_only_that(said.shown)
    assert (line in said.shown) == (" " in line or not line), "what is more than a word is kept"
    with pytest.raises(LookupError):
        find_element(said.blocks, OPEN_FORM)


@pytest.mark.parametrize("line", ["resolve T-4 Replaced the toner", "channel off", "oncall page network VPN"])
@pytest.mark.usefixtures("card")
async def test_who_wants_something_done_hears_that_nothing_was_changed(line: str, ana: Person) -> None:
    said = await (await ana.types(f"/ticket {line}")).shows("could not be saved")
    assert line in said.shown


@pytest.mark.usefixtures("card")
async def test_a_line_that_makes_a_ticket_is_kept_and_has_its_form(ana: Person, store: Slow) -> None:
    for line in (LINE, "/ticket list of all who cannot log in site:hq since this morning"):
        said = await (await ana.types(line)).shows("could not be saved")
        assert line.removeprefix("/ticket ") in said.shown
        assert find_element(said.blocks, OPEN_FORM)
    store.error = None
    form = await (await ana.presses(said, OPEN_FORM)).form()
    assert form.shows("list of all who cannot log in")


@pytest.mark.usefixtures("card")
async def test_help_needs_no_store(ana: Person) -> None:
    for line in ("/ticket help", "/ticket ?", "/ticket HELP"):
        said = await (await ana.types(line)).shows("How /ticket works")
        assert "/ticket oncall" in said.shown
    says_only_that((await (await ana.types("/ticket mine")).shows(CANNOT)).shown)


async def test_help_is_the_same_with_a_store_and_without(ana: Person, store: Slow) -> None:
    with_one = (await (await ana.types("/ticket help")).shows("How /ticket works")).shown
    store.error = AWAY
    assert (await (await ana.types("/ticket help")).shows("How /ticket works")).shown == with_one


async def test_a_button_that_opens_a_view_says_that_it_cannot_be_read(ana: Person, card: Message) -> None:
    says_only_that(await _told(await ana.selects(card, "ticket_more", "Open")))
    says_only_that(await _told(await ana.selects(card, "ticket_more", "Private note")))


async def test_a_view_whose_button_cannot_read_stays_and_says_so_above(
    ana: Person, office: Office, store: Slow
) -> None:
    await (await ana.types(LINE)).shows("is saved")
    view = await (await ana.types("/ticket T-1")).form()
    await office.runtime.settled()
    store.error = AWAY
    await view.press("All of its history", changes=False)
    await office.slack.until(lambda: "right now" in ana.modals[-1].shown)
    says_only_that(ana.modals[-1].shown)
    assert len(ana.modals) == 2


async def test_a_button_that_opens_a_form_says_so_and_one_that_changes_something_says_that(
    ana: Person, card: Message
) -> None:
    says_only_that(await _told(await ana.presses(card, "Triage")))
    assert "could not be saved" in await _told(await ana.presses(card, "Assign to me"))


async def _told(answer: Answer) -> str:
    """In private."""
    return (await answer.shows("Please try again")).shown


async def test_what_is_sent_from_a_form_says_that_it_was_not_saved_and_stays(
    office: Office, ana: Person, store: Slow
) -> None:
    form = await (await ana.types("/ticket")).form()
    await form.fill(summary="Printer down", customerId="Acme", siteId="HQ", ticketType="break_fix")
    store.error = AWAY
    assert await form.options("customerId", "ac") == []
    await form.submit()
    assert "could not be saved" in form.view.shown
    await form.close()
    assert form.value("summary") == "Printer down"
    store.error = None
    assert (await form.submit()).errors == {}
    assert (await office.ticket(1)).summary == "Printer down"


async def test_a_shortcut_that_opens_a_form_says_that_it_cannot_be_read(
    ana: Person, ben: Person, store: Slow
) -> None:
    said = ben.says("Printer is dead")
    store.error = AWAY
    says_only_that(await trouble(await ana.picks_shortcut("New ticket")))
    says_only_that(await trouble(await ana.opens_menu(said).picks("Reply to requester")))
    assert "could not be saved" in await trouble(await ana.opens_menu(said).picks("Create ticket"))


async def test_home_says_that_it_cannot_be_read_and_what_was_asked_meanwhile_follows(
    office: Office, ana: Person, store: Slow
) -> None:
    await (await ana.types(f"{LINE} #network")).shows("is saved")
    ana.opens_home()
    shown = await home(office, ana, "Mine · 0")
    await office.runtime.settled()
    await office.slack.events_taken()
    store.error = AWAY
    says_only_that(await trouble(await ana.presses(shown, "Unassigned · 1")))
    told = office.slack.exchanges
    before = len(told.of("app_home_opened"))
    ana.opens_home()
    ana.says("@Deskhand show T-1")
    await office.slack.until(lambda: len(told.of("app_home_opened")) >= before + 2)
    await office.slack.until(lambda: [each.status for each in told.of("app_mention")] == [503, 503])
    await office.slack.until(lambda: office.slack.deliveries.waiting == 3)  # the message itself is told, too
    assert not any("saved" in each.shown and "could not" in each.shown for each in ana.messages.messages)
    store.error = None
    office.slack.clock.advance(60)
    await office.slack.events_taken()
    await office.runtime.settled()
    assert [each.status for each in told.of("app_mention")] == [503, 503, 200]
    assert [each.status for each in told.of("app_home_opened")][-1] == 200


async def test_a_tab_of_home_is_shown_though_it_cannot_be_remembered(
    office: Office, ana: Person, store: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    await (await ana.types(f"{LINE} #network")).shows("is saved")
    ana.opens_home()
    shown = await home(office, ana, "Mine · 0")

    async def full(*_: object) -> None:
        raise StoreUnavailable("The disk is full.")

    monkeypatch.setattr(store, "change", full, raising=False)
    await ana.presses(shown, "Unassigned · 1")
    assert "Printer down" in (await home(office, ana, "Printer down")).shown


def test_what_only_reads_is_told_so_and_an_unknown_outcome_is_not() -> None:
    assert isinstance(errors.as_read(AWAY), errors.CannotRead)
    unknown = type("Unknown", (StoreUnavailable,), {"code": "outcome_unknown"})("Nobody can tell.")
    assert errors.as_read(unknown) is unknown


def test_each_id_that_only_reads_has_a_handler() -> None:
    tables = (TABLE.actions, TABLE.message_shortcuts, TABLE.global_shortcuts)
    assert TABLE.reads.keys() <= {each for table in tables for each in table}


def only_reads(line: str, *, is_alone: bool = False) -> bool:
    typed = SlashCommand(
        team_id="T1", channel_id="C1", user_id="U1", trigger_id="1", command=next(iter(COMMANDS)), text=line
    )
    return command.reads(SUBCOMMANDS, is_alone=is_alone)(typed)


@pytest.mark.parametrize(
    ("lines", "is_reading"),
    [
        (
            ("list", "me", "search x", "show", "#4", "partners", "acme/T-4", "show acme/T-4", "assign T-4"),
            True,
        ),
        (("oncall swap", "remind T-4", "help", "hold T-4"), True),
        (("take T-4", "undo T-4", "assign T-4 @ana", "partners invite acme", "comment acme/T-4 Yes"), False),
        (("mine shaft is flooded", "help me", "show me how", "Printer down", "oncall phone is dead"), False),
    ],
)
def test_what_a_line_asks_is_read_from_the_tables(lines: Sequence[str], is_reading: bool) -> None:  # noqa: FBT001
    assert {line: only_reads(line) for line in lines} == dict.fromkeys(lines, is_reading)


def test_where_there_are_no_other_workspaces_what_would_be_about_them_may_be_a_ticket() -> None:
    assert not any(only_reads(line, is_alone=True) for line in ("partners", "acme/T-4", "show acme/T-4"))
    assert only_reads("list", is_alone=True)
