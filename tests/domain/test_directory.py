"""Finding customers, sites and what is there by what people type, and holding a ticket's IDs to each other."""

from difflib import SequenceMatcher

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import lookup
from bot.domain.contract import parse
from bot.domain.directory import (
    Asset,
    Contact,
    Customer,
    Directory,
    Item,
    Site,
    System,
    orphaned,
)
from bot.domain.errors import InvalidInput, Problem
from bot.domain.fields import KIND_OF, ItemKind

OFFICE = Directory(
    customers=(
        Customer(id="acme", name="Acme Corp"),
        Customer(id="globex", name="Globex"),
        Customer(id="acme-2", name="Acme Corporation"),
        Customer(id="c-4", name="Straße & Söhne"),
    ),
    sites=(
        Site(id="site-1", name="HQ", customer_id="acme"),
        Site(id="site-2", name="Lager Nord", customer_id="acme"),
        Site(id="site-7", name="HQ", customer_id="globex"),
        Site(id="site-8", name="North Pole", customer_id="globex"),
    ),
    systems=(
        System(id="sys-1", name="Printing", site_id="site-1"),
        System(id="sys-7", name="Printing", site_id="site-7"),
    ),
    assets=(
        Asset(id="prn-3", name="Printer 3", site_id="site-1", system_id="sys-1"),
        Asset(id="prn-30", name="Printer 30", site_id="site-1"),
        Asset(id="big", name="Big (Printer)", site_id="site-2"),
    ),
    contacts=(Contact(id="bea", name="Bea Berg", customer_id="acme"),),
)

TICKET = {
    "customerId": "acme",
    "siteId": "site-1",
    "ticketType": "break_fix",
    "sourceChannel": "phone",
    "summary": "Printer down",
}


def ids(kind: ItemKind, words: str, within: str | None = None, limit: int = 100) -> list[str]:
    return [item.id for item in OFFICE.search(kind, words, within=within, limit=limit)]


def refusal(field: str, text: str, fields: dict[str, str] | None = None) -> Problem:
    with pytest.raises(InvalidInput) as refused:
        OFFICE.resolve(field, text, fields or {})
    (problem,) = refused.value.problems
    assert problem.field == field
    return problem


def test_an_id_is_found_whatever_its_case() -> None:
    found = OFFICE.get("site", "SITE-7")
    assert found is not None
    assert found.name == "HQ"
    assert OFFICE.get("customer", "site-7") is None


def test_ids_that_differ_by_their_case_alone_are_two_things() -> None:
    acme, globex = "0014W00002AKpQZ", "0014W00002AKpqz"
    directory = Directory(
        customers=(Customer(id=acme, name="Acme"), Customer(id=globex, name="Globex")),
        sites=(
            Site(id="hq", name="HQ", customer_id=acme),
            Site(id="HQ", name="HQ", customer_id=globex),
        ),
    )
    assert [directory.name_of("customerId", each) for each in (acme, globex)] == ["Acme", "Globex"]
    assert [site.id for site in directory.search("site", "", within=globex)] == ["HQ"]
    assert directory.resolve("siteId", "HQ", {"customerId": globex}) == "HQ"
    assert directory.complete({"siteId": "hq"}) == {"siteId": "hq", "customerId": acme}
    assert directory.pruned({"customerId": globex, "siteId": "hq"}) == {"customerId": globex}
    assert directory.get("customer", acme.lower()) is None
    with pytest.raises(InvalidInput) as refused:
        directory.resolve("customerId", acme.lower(), {})
    assert [problem.code for problem in refused.value.problems] == ["ambiguous_name"]


def test_a_parent_is_the_same_in_whatever_case_its_id_is_written() -> None:
    directory = Directory(
        customers=(Customer(id="acme", name="Acme"),),
        sites=(Site(id="hq", name="HQ", customer_id="ACME"), Site(id="lab", name="Lab", customer_id="acme")),
    )
    for written in ("acme", "ACME", "Acme"):
        assert [site.id for site in directory.search("site", "", within=written)] == ["hq", "lab"]


def test_a_directory_says_which_kinds_it_knows() -> None:
    customers_only = Directory(customers=OFFICE.customers)
    assert [kind for kind in KIND_OF.values() if customers_only.knows(kind)] == ["customer"]


@pytest.mark.parametrize(
    ("field", "item_id", "name"),
    [
        ("customerId", "ACME", "Acme Corp"),
        ("reportedByContactId", "bea", "Bea Berg"),
        ("customerId", "nobody", "nobody"),
        ("assignedUserId", "acme", "acme"),
    ],
)
def test_the_name_of_an_id_or_else_the_id_itself(field: str, item_id: str, name: str) -> None:
    assert OFFICE.name_of(field, item_id) == name


@pytest.mark.parametrize(
    ("kind", "words", "within", "found"),
    [
        ("customer", "", None, ["acme", "globex", "acme-2", "c-4"]),
        ("customer", "acme", None, ["acme", "acme-2"]),
        ("customer", "corp acme", None, ["acme", "acme-2"]),
        ("customer", "ACME CORPORATION", None, ["acme-2"]),
        ("customer", "strasse", None, ["c-4"]),
        ("customer", "acme globex", None, []),
        ("customer", "lobe", None, ["globex"]),
        ("site", "site-8", None, ["site-8"]),
        ("site", "7", None, ["site-7"]),
        ("site", "nor", None, ["site-8", "site-2"]),
        ("site", "hq", "GLOBEX", ["site-7"]),
        ("site", "", "acme", ["site-1", "site-2"]),
        ("site", "", "nobody", []),
        ("asset", "printer 3", None, ["prn-3", "prn-30"]),
        ("asset", "printer", None, ["prn-3", "prn-30", "big"]),
        ("asset", "printer", "site-2", ["big"]),
        ("asset", "rinter", None, ["prn-3", "prn-30", "big"]),
        ("contact", "berg", "acme", ["bea"]),
    ],
)
def test_type_ahead_finds_words_by_their_beginning_best_first(
    kind: ItemKind, words: str, within: str | None, found: list[str]
) -> None:
    assert ids(kind, words, within) == found


def test_type_ahead_puts_the_exact_name_before_longer_ones() -> None:
    directory = Directory(
        customers=tuple(
            Customer(id=item_id, name=name)
            for item_id, name in [("1", "Unhqed"), ("2", "The HQ"), ("3", "HQ North"), ("4", "HQ")]
        )
    )
    assert [item.id for item in directory.search("customer", "hq")] == ["4", "3", "2", "1"]


def test_type_ahead_stops_at_its_limit() -> None:
    assert ids("customer", "", limit=2) == ["acme", "globex"]
    assert ids("customer", "acme", limit=1) == ["acme"]


@pytest.mark.parametrize(
    ("field", "text", "fields", "meant"),
    [
        ("customerId", "ACME", {}, "acme"),
        ("customerId", "acme corp", {}, "acme"),
        ("customerId", "Acme  Corporation", {}, "acme-2"),
        ("customerId", "glob", {}, "globex"),
        ("customerId", "STRASSE & So\u0308hne", {}, "c-4"),
        ("customerId", "strasse & sohne", {}, "c-4"),
        ("customerId", "\uff21cme\u00a0Corp", {}, "acme"),
        ("siteId", "hq", {"customerId": "globex"}, "site-7"),
        ("siteId", "HQ", {"customerId": "ACME"}, "site-1"),
        ("siteId", "pole", {}, "site-8"),
        ("siteId", "site-7", {"customerId": "acme"}, "site-7"),
        ("relatedSystemId", "printing", {"siteId": "site-7"}, "sys-7"),
        ("relatedSystemId", "print", {"customerId": "acme"}, "sys-1"),
        ("relatedAssetId", "printer 3", {}, "prn-3"),
        ("relatedAssetId", "printer", {"siteId": "site-2"}, "big"),
        ("reportedByContactId", "bea", {"customerId": "globex"}, "bea"),
    ],
)
def test_what_was_typed_resolves_to_an_id(field: str, text: str, fields: dict[str, str], meant: str) -> None:
    assert OFFICE.resolve(field, text, fields) == meant


@pytest.mark.parametrize(
    ("field", "text", "fields", "code", "message"),
    [
        (
            "siteId",
            "hq",
            {},
            "ambiguous_name",
            "“hq” could be HQ (Acme Corp) or HQ (Globex). Say which one, or use its ID: site-1, site-7.",
        ),
        (
            "customerId",
            "corp",
            {},
            "ambiguous_name",
            "“corp” could be Acme Corp or Acme Corporation. Say which one, or use its ID: acme, acme-2.",
        ),
        (
            "customerId",
            "gloebx",
            {},
            "unknown_name",
            "No customer is called “gloebx”. Did you mean Globex?",
        ),
        (
            "customerId",
            "acmee",
            {},
            "unknown_name",
            "No customer is called “acmee”. Did you mean Acme Corp or Acme Corporation?",
        ),
        (
            "customerId",
            "zzz",
            {},
            "unknown_name",
            "No customer is called “zzz”. Check the name, or use its ID.",
        ),
        (
            "siteId",
            "north lager",
            {"customerId": "acme"},
            "unknown_name",
            "No site of Acme Corp is called “north lager”. Did you mean Lager Nord?",
        ),
        (
            "reportedByContactId",
            "bea b",
            {"customerId": "globex"},
            "unknown_name",
            "No contact of Globex is called “bea b”. Check the name, or use its ID.",
        ),
    ],
)
def test_what_does_not_resolve_is_answered_with_what_might(
    field: str, text: str, fields: dict[str, str], code: str, message: str
) -> None:
    problem = refusal(field, text, fields)
    assert (problem.code, problem.message) == (code, message)


def test_of_many_candidates_a_few_are_listed_and_the_rest_counted() -> None:
    sites = tuple(Site(id=f"s{number}", name=f"Shop {number}", customer_id="acme") for number in range(9))
    with pytest.raises(
        InvalidInput, match=r"Shop 4 \(Acme Corp\) or 4 more\. .* its ID: s0, s1, s2, s3, s4\.$"
    ):
        OFFICE.model_copy(update={"sites": sites}).resolve("siteId", "shop", {})


def test_where_nothing_of_a_kind_is_known_the_text_is_the_id() -> None:
    assert Directory().resolve("siteId", "Whatever 9", {"customerId": "acme"}) == "Whatever 9"


@given(st.sampled_from(list(KIND_OF)), st.text(), st.dictionaries(st.sampled_from(list(KIND_OF)), st.text()))
def test_any_text_resolves_to_an_id_that_exists_or_is_refused(
    field: str, text: str, fields: dict[str, str]
) -> None:
    try:
        found = OFFICE.resolve(field, text, fields)
    except InvalidInput:
        return
    assert OFFICE.get(KIND_OF[field], found) is not None


@pytest.mark.parametrize(
    ("given_fields", "filled_in"),
    [
        ({"siteId": "site-7"}, {"customerId": "globex"}),
        ({"siteId": "site-7", "customerId": " "}, {"customerId": "globex"}),
        ({"siteId": "site-7", "customerId": None}, {"customerId": "globex"}),
        ({"siteId": "site-7", "customerId": "acme"}, {}),
        ({"siteId": "nowhere"}, {}),
        ({"relatedSystemId": "sys-7"}, {"siteId": "site-7", "customerId": "globex"}),
        ({"relatedAssetId": "BIG"}, {"siteId": "site-2", "customerId": "acme"}),
        ({"relatedAssetId": "big", "siteId": "site-7"}, {"customerId": "globex"}),
        ({"reportedByContactId": "bea"}, {"customerId": "acme"}),
        ({"reportedByContactId": "bea", "siteId": "site-7"}, {"customerId": "globex"}),
        ({"siteId": 7, "relatedAssetId": ["big"]}, {}),
        ({}, {}),
    ],
)
def test_what_fields_imply_is_filled_in_and_nothing_is_overridden(
    given_fields: dict[str, object], filled_in: dict[str, object]
) -> None:
    assert OFFICE.complete(given_fields) == given_fields | filled_in


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ({"customerId": "acme", "siteId": "site-1"}, ["customerId", "siteId"]),
        ({"customerId": "globex", "siteId": "site-1", "summary": "x"}, ["customerId", "summary"]),
        ({"siteId": "site-2", "relatedAssetId": "prn-3"}, ["siteId"]),
        ({"customerId": "globex", "relatedAssetId": "prn-3", "reportedByContactId": "bea"}, ["customerId"]),
        ({"customerId": "acme", "siteId": "typed by hand"}, ["customerId", "siteId"]),
    ],
)
def test_what_does_not_belong_to_the_customer_and_site_is_pruned(
    fields: dict[str, str], kept: list[str]
) -> None:
    assert OFFICE.pruned(fields) == {field: fields[field] for field in kept}


@pytest.mark.parametrize(
    ("fields", "problems"),
    [
        ({}, []),
        ({"customerId": "ACME", "siteId": "SITE-1"}, []),
        (
            {"relatedSystemId": "sys-1", "relatedAssetId": "prn-3", "reportedByContactId": "bea"},
            [],
        ),
        (
            {"siteId": "site-7"},
            [("siteId", "not_of_parent", "HQ is not a site of Acme Corp. Choose one of its sites.")],
        ),
        (
            {"relatedAssetId": "big"},
            [
                (
                    "relatedAssetId",
                    "not_of_parent",
                    "Big (Printer) is not an asset of HQ. Choose one of its assets.",
                )
            ],
        ),
        (
            {"customerId": "nobody"},
            [("customerId", "unknown_id", "No customer has the ID “nobody”. Choose one of the customers.")],
        ),
        (
            {
                "customerId": "globex",
                "siteId": "nowhere",
                "relatedSystemId": "x",
                "reportedByContactId": "bea",
            },
            [
                ("siteId", "unknown_id", "No site has the ID “nowhere”. Choose one of the sites."),
                ("relatedSystemId", "unknown_id", "No system has the ID “x”. Choose one of the systems."),
                (
                    "reportedByContactId",
                    "not_of_parent",
                    "Bea Berg is not a contact of Globex. Choose one of its contacts.",
                ),
            ],
        ),
    ],
)
def test_ids_must_exist_and_belong_together(
    fields: dict[str, str], problems: list[tuple[str, str, str]]
) -> None:
    found = OFFICE.check(parse(TICKET | fields))
    assert [(problem.field, problem.code, problem.message) for problem in found] == problems


def test_kinds_the_directory_does_not_know_are_not_checked() -> None:
    anything = TICKET | {
        "siteId": "a",
        "relatedAssetId": "b",
        "reportedByContactId": "c",
        "relatedSystemId": "",
    }
    assert Directory().check(parse(anything)) == ()
    assert Directory(customers=OFFICE.customers).check(parse(anything)) == ()


def faults(item: Item, directory: Directory = OFFICE) -> list[str]:
    return [*orphaned(item, directory.knows, lambda kind, item_id: directory.get(kind, item_id) is not None)]


def test_what_belongs_to_something_that_is_there_has_no_fault() -> None:
    items = [item for kind in KIND_OF.values() for item in OFFICE.items(kind)]
    assert [fault for item in items for fault in faults(item)] == []
    assert faults(Site(id="s", name="S", customer_id="ACME")) == []


def test_what_belongs_to_nothing_names_it() -> None:
    assert faults(Site(id="site-9", name="Nowhere", customer_id="nobody")) == [
        "Nowhere belongs to customer “nobody”, which does not exist."
    ]
    assert faults(Asset(id="a", name="Pump", site_id="site-1", system_id="sys-2")) == [
        "Pump belongs to system “sys-2”, which does not exist."
    ]


def test_a_sites_customer_must_exist_even_where_there_are_none() -> None:
    assert len(faults(OFFICE.sites[0], Directory())) == 1
    assert faults(OFFICE.assets[0], Directory()) == faults(OFFICE.contacts[0], Directory()) == []


def test_a_changed_copy_is_searched_afresh() -> None:
    assert ids("contact", "bea") == ["bea"]
    emptied = OFFICE.model_copy(update={"contacts": ()})
    assert emptied.search("contact", "bea") == []
    assert Directory.model_validate(OFFICE.to_wire()) == OFFICE


def test_of_ten_thousand_names_only_a_shortlist_is_compared_letter_by_letter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    directory = Directory(
        customers=tuple(Customer(id=f"c-{n}", name=f"Customer {n} Ltd") for n in range(10_000))
    )
    compared: list[None] = []

    class Counting(SequenceMatcher[str]):
        def ratio(self) -> float:
            compared.append(None)
            return super().ratio()

    monkeypatch.setattr(lookup, "SequenceMatcher", Counting)
    assert len(directory.search("customer", "c")) == 100
    assert directory.resolve("customerId", "customer 7777 ltd", {}) == "c-7777"
    assert not compared
    with pytest.raises(InvalidInput, match="Did you mean Customer 777 Ltd"):
        directory.resolve("customerId", "custmer 7777", {})
    assert 0 < len(compared) <= 100
