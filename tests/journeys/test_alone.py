"""One workspace by its bot token alone: nothing of other workspaces is to be seen, and what is typed means what it always did."""

from collections.abc import Callable
from functools import partial

import pytest

from bot.playground.driver import Person
from bot.services.ports.store import Transaction
from tests.journeys.conftest import Office

LINE = "/ticket Lift B is stuck customer:acme site:hq type:break_fix"


@pytest.mark.parametrize(
    "line",
    [
        "rack-a/T-1",
        "Replace rack-a/T-1",
        "rack-a/T-1 close",
        "partners",
        "partners invite acme",
        "Partners meeting room is dark",
        "share lunch with acme",
    ],
)
async def test_what_names_other_workspaces_elsewhere_is_a_ticket(ana: Person, line: str) -> None:
    form = await (await ana.types(f"/ticket {line}")).form()
    assert form.value("summary") == line


async def test_an_order_about_others_is_asked_about(office: Office, ana: Person) -> None:
    await ana.types(LINE)
    for line in ("share T-1 with acme", "share T-1", "unshare T-1"):
        answer = await ana.types(f"/ticket {line}")
        await answer.shows(f"There is no `/ticket {line.split()[0]}`")
    assert (await office.ticket(1)).version == 1


async def test_in_a_thread_what_would_be_an_order_about_others_is_a_comment(
    office: Office, ana: Person
) -> None:
    await ana.types(LINE)
    await office.runtime.settled()
    card = await office.channel("support").shows("T-1")

    def comments() -> int:
        return len([each for each in office.slack.ephemerals(to=ana) if "is a comment" in each.shown])

    for number, words in enumerate(("share with acme", "unshare", "rack-a/T-1", "close rack-a/T-1"), 1):
        ana.says(f"@Deskhand {words}", reply_to=card)
        await office.slack.until(partial(_is, comments, number))
    await office.runtime.settled()
    view = await (await ana.types("/ticket show T-1")).form()
    assert view.shows("4 comments")


async def test_the_help_names_no_partners(ana: Person) -> None:
    answer = await ana.types("/ticket help")
    shown = await answer.shows("/ticket list")
    assert "partners" not in str(shown.blocks)
    assert "acme/T-42" not in str(shown.blocks)


async def test_neither_cards_nor_settings_speak_of_others(office: Office, ana: Person) -> None:
    for mode in ("global", "shared"):
        told = await ana.types(f"{LINE} visibility:{mode}")
        assert "with no partner" not in (await told.shows("is saved")).shown
    await office.runtime.settled()
    cards = [each for each in office.channel("support").messages if "Lift B" in each.shown]
    assert len(cards) == 2
    assert not any("joined" in each.shown or "partner" in each.shown for each in cards)

    async def from_before(tx: Transaction) -> None:
        ticket = await tx.ticket(1)
        assert ticket
        old = ticket.model_copy(update={"visible_since": None, "version": ticket.version + 1})
        await tx.save(old, now=ticket.updated_at)

    await office.runtime.store.change(office.workspace, from_before)
    form = await (await office.person("dana").types("/ticket settings")).form()
    assert "shared or global" not in str(form.view.blocks)


def _is(count: Callable[[], int], wanted: int) -> bool | None:
    return count() == wanted or None
