"""The customer and the site that a text names."""

import pytest

from bot.domain.directory import Customer, Directory, Site
from bot.domain.proposals import lookups, proposed

OFFICE = Directory(
    known=frozenset({"customer", "site"}),
    customers=(
        Customer(id="acme", name="Acme Manufacturing"),
        Customer(id="labs", name="Acme Labs"),
        Customer(id="c-3", name="Bluewater Clinic"),
        Customer(id="it", name="Ivory Towers"),
        Customer(id="4711", name="St. Mary's"),
        Customer(id="c-5", name="Twin Inc."),
        Customer(id="c-6", name="Twin Inc."),
    ),
    sites=(
        Site(id="acme-hq", name="HQ", customer_id="acme"),
        Site(id="acme-2", name="Plant 2", customer_id="acme"),
        Site(id="labs-hq", name="HQ", customer_id="labs"),
        Site(id="blue-hq", name="HQ", customer_id="c-3"),
        Site(id="blue-day", name="Day Clinic", customer_id="c-3"),
        Site(id="mary-a", name="A", customer_id="4711"),
    ),
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The lobby printer at Acme HQ", {"customerId": "acme", "siteId": "acme-hq"}),
        ("the lobby printer at acme manufacturing, hq!", {"customerId": "acme", "siteId": "acme-hq"}),
        ("(Acme Manufacturing): no light", {"customerId": "acme"}),
        ("Acme's printer smokes", {"customerId": "acme"}),
        ("St. Mary's: no light", {"customerId": "4711"}),
        ("“St. Mary’s” is dark", {"customerId": "4711"}),
        ("Acme Labs, HQ is dark", {"customerId": "labs", "siteId": "labs-hq"}),
        ("Plant 2 is dark", {"customerId": "acme", "siteId": "acme-2"}),
        ("Day Clinic of Bluewater Clinic", {"customerId": "c-3", "siteId": "blue-day"}),
        ("Nobody answers at acme-2", {"customerId": "acme", "siteId": "acme-2"}),
    ],
)
def test_what_a_text_names_by_its_whole_name_is_proposed(text: str, found: dict[str, str]) -> None:
    assert proposed(text, {}, OFFICE) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Printer down",
        "The HQ is dark",  # of whom?
        "Bluewater is dark",  # the beginning of a name
        "The acmeist poets",
        "Acme Manufacturing and Bluewater Clinic quarrel about Plant 2",
        "Twin Inc. is dark",  # two are called so
        "Is it down at 4711 as well?",  # words that are IDs
        "A light is dark",
        "Plant 2 and Day Clinic are dark",
    ],
)
def test_nothing_is_guessed(text: str) -> None:
    assert proposed(text, {}, OFFICE) == {}


def test_the_site_is_open_where_two_of_the_customer_are_named() -> None:
    assert proposed("Acme: HQ and Plant 2 are dark", {}, OFFICE) == {"customerId": "acme"}


def test_nothing_is_proposed_beside_what_is_chosen() -> None:
    chosen = {"customerId": "acme", "siteId": "acme-2"}
    assert proposed("Acme HQ is dark", chosen, OFFICE) == {}
    assert proposed("HQ is dark", {"customerId": "labs"}, OFFICE) == {"siteId": "labs-hq"}
    assert proposed("Day Clinic is dark", {"customerId": "acme"}, OFFICE) == {}, "it is another customer's"
    assert proposed("Bluewater Clinic, HQ is dark", {"customerId": "acme"}, OFFICE) == {}


def test_nothing_is_proposed_for_what_was_said_badly() -> None:
    assert proposed("Acme HQ is dark", {}, OFFICE, doubtful={"customerId"}) == {}
    assert proposed("Acme HQ is dark", {}, OFFICE, doubtful={"siteId"}) == {"customerId": "acme"}


def test_a_directory_that_knows_nothing_proposes_nothing() -> None:
    assert proposed("Acme HQ is dark", {}, Directory()) == {}


def test_only_the_beginning_of_a_long_text_is_looked_at() -> None:
    assert len(lookups("word " * 10_000)) < 50
    assert len(lookups(" ".join(map(str, range(10_000))))) < 500
    assert proposed("word " * 100 + "Acme HQ", {}, OFFICE) == {}
