"""Which policy a ticket gets, and which holds stop its clock."""

import pytest
from pydantic import ValidationError

from bot.domain.clock.service_levels import BUSINESS_HOURS, CRITICAL, READY, Policy, policy_for, stops
from bot.domain.contract import TicketCreate, parse

ANY = Policy(name="Any")
HIGH = Policy(name="High", priorities=("high", "critical"))
NETWORK = Policy(name="Network", queues=("Network",))
ACME = Policy(name="Acme", customers=("acme",), types=("break_fix",))
HIGH_IN_NETWORK = Policy(name="High in Network", priorities=("high",), queues=("network",))


def asked(**fields: object) -> TicketCreate:
    wire: dict[str, object] = {
        "customerId": "globex",
        "siteId": "hq",
        "ticketType": "other",
        "sourceChannel": "internal",
        "summary": "Printer down",
    }
    return parse(wire | fields)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({}, "Any"),
        ({"priority": "critical"}, "High"),
        ({"assignedQueue": "NETWORK"}, "Network"),
        ({"priority": "critical", "assignedQueue": "network"}, "High"),
        ({"priority": "high", "assignedQueue": "network"}, "High in Network"),
        ({"customerId": "acme"}, "Any"),
        ({"customerId": "acme", "ticketType": "break_fix"}, "Acme"),
        ({"customerId": "acme", "ticketType": "break_fix", "priority": "high"}, "Acme"),
        (
            {
                "customerId": "acme",
                "ticketType": "break_fix",
                "priority": "high",
                "assignedQueue": "network",
            },
            "High in Network",
        ),
    ],
)
def test_the_policy_with_the_most_conditions_holds_and_of_equals_the_first(
    fields: dict[str, object], name: str
) -> None:
    found = policy_for(asked(**fields), (ANY, HIGH, NETWORK, HIGH_IN_NETWORK, ACME))
    assert found
    assert found.name == name


def test_a_ticket_that_no_policy_fits_has_none() -> None:
    assert policy_for(asked(), (HIGH, NETWORK)) is None
    assert policy_for(asked(), ()) is None


def test_the_ready_policies_leave_no_ticket_without_one_and_wake_people_for_critical_ones_alone() -> None:
    assert policy_for(asked(priority="critical"), READY) == CRITICAL
    assert policy_for(asked(priority="high"), READY) == BUSINESS_HOURS


@pytest.mark.parametrize(
    ("pauses", "reason", "stopped"),
    [
        ("all", "Waiting for parts", True),
        ("none", "Waiting for customer", False),
        (("customer",), "Waiting for customer", True),
        (("customer",), "CUSTOMER’s answer", True),
        (("customer",), "Waiting for parts", False),
        (("customer",), "A customerless site", False),
        (("third party",), "Waits for a third party", True),
        (("c++",), "Waits for parts", False),
        ((" ",), "Waiting for parts", False),
        ((), "Waiting for customer", False),
        (("customer",), None, False),
    ],
)
def test_a_hold_stops_the_clock_where_its_reason_has_one_of_the_words(
    pauses: str | tuple[str, ...], reason: str | None, stopped: object
) -> None:
    policy = Policy.model_validate({"name": "Any", "pauses": pauses})
    assert stops(policy.pauses, reason) == stopped


def test_a_policy_promises_what_it_names_and_nothing_in_no_time() -> None:
    assert Policy(name="Any", response=30).targets == {"response": 30}
    with pytest.raises(ValidationError):
        Policy(name="Any", response=0)
    assert Policy.model_validate(CRITICAL.to_wire()) == CRITICAL
