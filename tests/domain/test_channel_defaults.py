"""What a channel's tickets begin with: what was said is beaten by nothing."""

import pytest

from bot.domain.channel_defaults import (
    LONGEST_JOIN,
    MOST_TOLD,
    NOTHING,
    ChannelDefaults,
    explained,
    faults,
    intake_named,
)
from bot.domain.directory import Customer, Directory, Site
from bot.domain.errors import Problem
from bot.domain.permissions import Actor, may_set_channel
from bot.domain.queues import Queue
from bot.domain.workspace_settings import WorkspaceSettings

ACME = {"customerId": "acme", "siteId": "hq"}
FULL = ChannelDefaults(fields={**ACME, "ticketType": "break_fix", "assignedQueue": "network"})
OFFICE = Directory(
    known=frozenset({"customer", "site"}),
    customers=(Customer(id="acme", name="Acme"), Customer(id="blue", name="Bluewater")),
    sites=(
        Site(id="hq", name="HQ", customer_id="acme"),
        Site(id="clinic", name="Clinic", customer_id="blue"),
    ),
)


@pytest.mark.parametrize(
    ("said", "filled"),
    [
        ({}, {**FULL.fields}),
        ({"summary": "Lamp"}, {"summary": "Lamp", **FULL.fields}),
        ({"ticketType": "other"}, {**FULL.fields, "ticketType": "other"}),
        ({"customerId": " ", "siteId": None}, {**FULL.fields}),
        ({"customerId": "acme"}, {**FULL.fields}),
        (
            {"customerId": "blue"},
            {"customerId": "blue", "ticketType": "break_fix", "assignedQueue": "network"},
        ),
        (
            {"customerId": "blue", "siteId": "clinic"},
            {**FULL.fields, "customerId": "blue", "siteId": "clinic"},
        ),
        ({"customerId": "acme", "siteId": "plant"}, {**FULL.fields, "siteId": "plant"}),
        ({"siteId": "somewhere"}, {**FULL.fields, "siteId": "somewhere"}),  # where no customer is known of it
    ],
)
def test_what_is_open_is_filled(said: dict[str, str | None], filled: dict[str, str]) -> None:
    assert FULL.fill(said) == filled


def test_what_was_said_badly_is_not_filled() -> None:
    assert FULL.fill({}, doubtful={"customerId"}).keys() == {"ticketType", "assignedQueue"}
    assert "siteId" not in FULL.fill({}, doubtful={"siteId"})
    assert FULL.fill({}, doubtful={"siteId"})["customerId"] == "acme"


def test_a_site_alone_is_of_no_customer_that_was_said() -> None:
    assert "siteId" not in ChannelDefaults(fields={"siteId": "hq"}).fill({"customerId": "blue"})


@pytest.mark.parametrize(
    ("fields", "gone"),
    [
        ({}, ()),
        (ACME, ()),
        ({"customerId": "acme"}, ()),
        ({"customerId": "umbrella"}, ("customerId",)),
        ({"customerId": "umbrella", "siteId": "hq"}, ("customerId", "siteId")),
        ({"customerId": "acme", "siteId": "attic"}, ("siteId",)),
        ({"customerId": "blue", "siteId": "hq"}, ("siteId",)),  # it has another customer now
    ],
)
def test_what_the_directory_has_no_more_is_found(fields: dict[str, str], gone: tuple[str, ...]) -> None:
    defaults = ChannelDefaults(fields={**fields, "priority": "high"})
    assert defaults.gone(OFFICE) == gone
    left = {field: value for field, value in fields.items() if field not in gone}
    assert defaults.without(gone).fields == {**left, "priority": "high"}


def test_a_directory_that_knows_nothing_has_lost_nothing() -> None:
    assert FULL.gone(Directory()) == ()


def test_only_what_is_missing_is_explained_by_what_is_gone() -> None:
    site = Problem(field="siteId", code="required", message="Site is missing.")
    kind = Problem(field="ticketType", code="required", message="Type is missing.")
    first, second = explained([site, kind], ("siteId",))
    assert first.message == (
        "Site is missing. What tickets of this channel began with is not in the directory any more."
    )
    assert second == kind


@pytest.mark.parametrize(
    ("defaults", "field", "code"),
    [
        (ChannelDefaults(fields={"customerId": "umbrella"}), "customerId", "unknown_id"),
        (ChannelDefaults(fields={"customerId": "blue", "siteId": "hq"}), "siteId", "not_of_parent"),
        (ChannelDefaults(fields={"priority": "loud"}), "priority", "not_a_choice"),
        (ChannelDefaults(fields={"assignedQueue": "net\0"}), "assignedQueue", "not_storable"),
        (ChannelDefaults(told=("U1",) * (MOST_TOLD + 1)), "told", "too_many"),
        (ChannelDefaults(joins_within=0), "joinsWithin", "out_of_range"),
        (ChannelDefaults(joins_within=LONGEST_JOIN + 1), "joinsWithin", "out_of_range"),
    ],
)
def test_a_fault_is_found_at_its_input(defaults: ChannelDefaults, field: str, code: str) -> None:
    (problem,) = faults(defaults, OFFICE)
    assert (problem.field, problem.code) == (field, code)


def test_what_is_right_has_no_faults() -> None:
    assert faults(FULL, OFFICE) == []
    assert faults(NOTHING, OFFICE) == []
    assert faults(ChannelDefaults(told=("U1",) * MOST_TOLD, joins_within=LONGEST_JOIN), OFFICE) == []


ADMIN = Actor(user="U1", is_known=True, is_admin=True)
OF_NETWORK = Actor(
    user="U1", is_known=True, is_agent=True, queues=("network",), elsewhere=frozenset({"leads"})
)
OF_LEADS = Actor(user="U1", is_known=True, is_agent=True, queues=("leads",), elsewhere=frozenset({"network"}))
REQUESTER = Actor(user="U1", is_known=True, elsewhere=frozenset({"network", "leads"}))
GUEST = Actor(user="U1", is_known=True, is_outsider=True)
UNKNOWN = Actor(user="U1")


@pytest.mark.parametrize(
    ("actor", "without_queue", "of_network"),
    [
        (ADMIN, True, True),
        (OF_NETWORK, True, True),
        (OF_LEADS, True, False),
        (REQUESTER, False, False),
        (GUEST, False, False),
        (UNKNOWN, False, False),
    ],
)
def test_who_may_set_a_channel(actor: Actor, *, without_queue: bool, of_network: bool) -> None:
    assert may_set_channel(actor, None) is without_queue
    assert may_set_channel(actor, NOTHING) is without_queue
    assert may_set_channel(actor, FULL) is of_network


@pytest.mark.parametrize(
    ("word", "intake"),
    [
        ("on", "ticket"),
        ("ON", "ticket"),
        ("tickets", "ticket"),
        ("offer", "offer"),
        ("off", "off"),
        ("of", None),
        ("", None),
    ],
)
def test_intake_is_named_by_a_word(word: str, intake: str | None) -> None:
    assert intake_named(word) == intake


def settings(**channels: ChannelDefaults) -> WorkspaceSettings:
    queues = tuple(Queue(name=name, channel="C9", owner="U1") for name in ("network", "leads"))
    return WorkspaceSettings(queues=queues, channels=channels)


def test_settings_that_were_stored_without_channels_open() -> None:
    old = settings().model_dump(mode="json", by_alias=True, exclude={"channels"})
    assert WorkspaceSettings.model_validate(old) == settings()


def test_defaults_come_back_from_the_store_as_they_were() -> None:
    before = settings(C1=FULL, C2=ChannelDefaults(told=("U1",), intake="offer", joins_within=3))
    stored = before.model_dump(mode="json", by_alias=True)
    assert WorkspaceSettings.model_validate(stored) == before


def test_a_channel_with_nothing_chosen_is_not_kept() -> None:
    assert settings(C1=FULL).with_defaults("C1", NOTHING).channels == {}
    assert settings(C1=FULL).with_defaults("C2", NOTHING).channels == {"C1": FULL}
    assert settings(C1=NOTHING).with_defaults("C1", FULL).of_channel("C1") == FULL
    assert settings(C1=FULL).of_channel(None) is None


def test_defaults_follow_their_queue() -> None:
    other = ChannelDefaults(fields={"assignedQueue": "leads"})
    renamed = Queue(name="networks", channel="C9", owner="U1")
    after = settings(C1=FULL, C2=other).with_queue(renamed, instead_of="network").channels
    assert after["C1"].fields == {**FULL.fields, "assignedQueue": "networks"}
    assert after["C2"] == other
    removed = settings(C1=FULL, C2=other).without_queue("Network").channels
    assert removed["C1"].fields == {**ACME, "ticketType": "break_fix"}
    assert removed["C2"] == other


def test_defaults_follow_their_channel() -> None:
    after = settings(C1=FULL, C2=NOTHING).with_channel("C3", instead_of="C1")
    assert after.channels == {"C3": FULL, "C2": NOTHING}


def test_fields_come_in_the_order_of_the_form_whatever_order_a_store_gives_them_in() -> None:
    stored = '{"fields": {"siteId": "hq", "priority": "high", "customerId": "acme", "laterField": "x"}}'
    read = ChannelDefaults.model_validate_json(stored)
    assert [*read.fields] == ["customerId", "siteId", "priority", "laterField"]
