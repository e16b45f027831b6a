"""U+0000, which no store can hold: refused with its field where somebody can mend it, else shown as �."""

import pytest

from bot.playground.driver import Channel, Person
from tests.journeys.conftest import Office
from tests.journeys.test_settings import add_queue

LINE = "/ticket Printer down customer:acme site:hq type:break_fix"
KEPT = "Printer � down"


@pytest.fixture
async def one(ben: Person, support: Channel) -> None:
    """Ben's T-1."""
    await ben.types(LINE)
    await support.shows("T-1")


@pytest.mark.usefixtures("one")
@pytest.mark.parametrize(
    ("line", "label"),
    [
        ("resolve T-1 new \0 toner", "Resolution"),
        ("resolve T-1, T-1 new \0 toner", "Resolution"),
        ("hold T-1 parts \0", "Waits for"),
        ("assign T-1 me call \0 first", "Note, for agents only"),
        ("note T-1 call \0 first", "Note, for agents only"),
        ("comment T-1 it \0 smells", "Comment"),
        ("reply T-1 it \0 smells", "Reply"),
        ("list no\0paper", "The list"),
        ("search no\0paper", "The list"),
        ("Lamp \0 dark customer:acme site:hq type:other", "Summary"),
        (f"Lamp desc:{'x' * 2_500}\0 customer:acme site:hq type:other", "Description"),
    ],
)
async def test_what_is_typed_is_refused_with_its_field(
    line: str, label: str, office: Office, ana: Person
) -> None:
    answer = await ana.types(f"/ticket {line}")
    await answer.shows(f"{label} holds the character U+0000, which cannot be kept. Take it out.")
    assert (await office.total(), len(await office.history(1))) == (1, 1)


async def test_what_a_form_holds_is_refused_at_its_input(office: Office, ana: Person) -> None:
    form = await (await ana.types("/ticket")).form()
    await form.fill(customerId="Acme", siteId="HQ", ticketType="other", summary="Lamp \0 dark")
    assert "U+0000" in (await form.submit()).errors["summary"]
    dana = office.person("dana")
    await add_queue(dana, name="network", channel="ops-oncall")
    settings = await (await dana.types("/ticket settings")).form()
    await settings.press("Change")
    await settings.fill(name="net\0work", people=["emil"])
    assert "U+0000" in (await settings.submit()).errors["name"]
    await settings.fill(name="network", zone="Europe/Ber\0lin")
    assert (await settings.submit()).errors.keys() == {"zone"}


@pytest.mark.usefixtures("one")
async def test_a_message_is_kept_with_a_visible_sign_in_its_place(
    office: Office, ana: Person, ben: Person, support: Channel
) -> None:
    form = await ana.opens_menu(ben.says("Printer \0 down")).chooses("Create ticket")
    assert form.value("summary") == KEPT
    card = await support.shows("T-1")
    ben.says("It \0 smells", reply_to=card)
    await office.slack.events_taken()
    assert (await (await ana.types("/ticket T-1")).form()).shows("It � smells")
    assert not [each for each in office.slack.exchanges.all if getattr(each, "status", 200) == 503]


async def test_a_long_line_that_is_kept_for_its_form_is_too(office: Office, ana: Person) -> None:
    answer = await ana.types(f"/ticket Lamp \0 dark desc:{'x' * 2_500}")
    form = await (await ana.presses(answer, "Open the form again")).form()
    assert form.value("summary") == "Lamp � dark"
    assert await office.total() == 0
