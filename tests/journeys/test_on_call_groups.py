"""A user group is whoever is on call: the settings in which it is chosen, what Slack is asked to do, and what its owner hears
where Slack does not do it.

dana: (network: On call emil, ana; On-call group @network-oncall)  -> Emil is @network-oncall
ana:  /ticket oncall swap network @chloe until in 2h               -> Chloe is, for two hours
"""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.playground.driver import Person
from bot.playground.records import UserGroup
from bot.playground.standin import StandIn
from tests.journeys.conftest import Office
from tests.journeys.test_settings import LINE, add_queue, days_away

GROUP = "S0ONCALL"
METHOD = "usergroups.users.update"
FAULTS = {
    "permission_denied": "A workspace owner can allow it for everybody in Slack's settings, at Permissions → User groups",
    "missing_scope": "I lack the scope `usergroups:write`",
    "no_such_subteam": "Slack no longer has this group, or it is disabled",
    "plan_upgrade_required": "user groups are not part of this workspace's Slack plan",
    "invalid_user": "emil is on call for *network*, and Slack takes no guest into a user group",
    "single_channel_guests_cannot_be_added": "emil is on call for *network*, and Slack takes no guest into a user group",
    "failed_for_some_users": "Slack does not know them in the workspace of the group",
    "never_heard_of": "Slack refused it (`never_heard_of`)",
}


@pytest.fixture(autouse=True)
def group(slack: StandIn) -> None:
    """There before the desk asks for all of them."""
    slack.world.add_group(UserGroup(GROUP, "network-oncall", "Network on call", ("U0BEN",)))


@pytest.fixture
def dana(office: Office) -> Person:
    """The one admin."""
    return office.person("dana")


def members(office: Office) -> tuple[str, ...]:
    return office.slack.world.groups[GROUP].users


async def becomes(office: Office, *users: str) -> None:
    await office.slack.until(lambda: members(office) == users)


async def set_up(office: Office, *people: str) -> None:
    named: dict[str, object] = {"people": [*people], "ownRule": days_away(office)} if people else {}
    dana = office.person("dana")
    form = await add_queue(dana, name="network", channel="ops-oncall", onCallGroup="@network-oncall", **named)
    await form.close()


async def saved_again(dana: Person) -> None:
    form = await (await dana.types("/ticket settings")).form()
    await form.press("Change")
    await form.submit()
    await form.close()


def notices(dana: Person) -> int:
    return sum("does not follow who is on call" in each.shown for each in dana.messages.messages)


async def test_the_form_of_a_queue_keeps_its_on_call_group(dana: Person) -> None:
    form = await add_queue(dana, name="network", channel="ops-oncall", onCallGroup="@network-oncall")
    assert form.shows("Whoever is on call is @network-oncall")
    await form.press("Change")
    assert form.value("onCallGroup") == GROUP
    await form.submit()
    assert form.shows("Whoever is on call is @network-oncall")


async def test_the_group_of_the_agents_cannot_follow_on_call(dana: Person) -> None:
    form = await add_queue(dana, name="network", channel="ops-oncall")
    await form.press("Change")
    await form.fill(group="@field-team", onCallGroup="@field-team")
    assert "I would put all but one out of it" in (await form.submit()).errors["onCallGroup"]


async def test_the_group_is_whoever_is_on_call_through_swaps_and_shifts(
    office: Office, dana: Person, ana: Person
) -> None:
    await set_up(office, "emil", "ana")
    await becomes(office, "U0EMIL")
    await ana.types("/ticket oncall swap network @chloe until in 2h")
    await becomes(office, "U0CHLOE")
    await ana.presses(await (await ana.types("/ticket oncall")).shows("stands in"), "End this swap")
    await becomes(office, "U0EMIL")
    await ana.types("/ticket oncall swap network @chloe from in 20 min until in 50 min")
    ana.moves_time("hour")
    ana.moves_time("week")
    await becomes(office, "U0ANA")
    assert notices(dana) == 0


@pytest.mark.parametrize(("fault", "words"), FAULTS.items())
async def test_the_owner_hears_once_why_the_group_does_not_follow(
    office: Office, dana: Person, ana: Person, fault: str, words: str
) -> None:
    office.slack.faults.fail(METHOD, fault, times=None)
    await set_up(office, "emil", "ana")
    notice = await dana.messages.shows(
        "does not follow who is on call for *network*, and I left it as it was"
    )
    assert words in notice.shown
    assert "@network-oncall" in notice.shown
    assert members(office) == ("U0BEN",)
    await ana.types("/ticket oncall swap network @emil from in 1h until in 2h")
    await ana.types(LINE)
    await office.channel("support").shows("T-1")
    await office.runtime.settled()
    assert notices(dana) == 1, "no change of shift, no second try"
    assert office.runtime.courier.status().stopped == {}, "what hinders a group hinders no card"


async def test_a_cause_that_stays_is_told_once_until_somebody_saves_the_queue_again(
    office: Office, dana: Person, ana: Person
) -> None:
    office.slack.world.everybody_manages_groups = False
    await set_up(office, "emil", "ana")
    await dana.messages.shows("Permissions → User groups")
    await ana.types("/ticket oncall swap network @chloe until in 2h")
    await office.slack.until(lambda: len(office.slack.exchanges.of(METHOD)) == 2)
    await office.runtime.settled()
    assert notices(dana) == 1
    await saved_again(dana)
    await office.slack.until(lambda: notices(dana) == 2)
    office.slack.world.everybody_manages_groups = True
    await saved_again(dana)
    await becomes(office, "U0CHLOE")
    assert notices(dana) == 2


async def test_without_the_optional_scope_the_owner_hears_what_to_add(office: Office, dana: Person) -> None:
    app = office.slack.world.app
    office.slack.world.app = replace(app, scopes=app.scopes - {"usergroups:write"})
    await set_up(office, "emil")
    await dana.messages.shows("I lack the scope `usergroups:write`")


async def test_where_nobody_is_on_call_slack_is_not_asked(office: Office, dana: Person) -> None:
    await set_up(office)
    await dana.messages.shows("nobody is on call for *network* now")
    assert (members(office), office.slack.exchanges.of(METHOD)) == (("U0BEN",), [])


async def test_a_guest_on_call_leaves_the_group_as_it_was(office: Office, dana: Person) -> None:
    await set_up(office, "emil")
    await becomes(office, "U0EMIL")
    emil = office.person("emil").user
    emil.is_restricted = True
    office.slack.world.change_user(emil)
    await office.slack.events_taken()
    await saved_again(dana)
    await dana.messages.shows("emil is on call for *network*, and Slack takes no guest into a user group")
    assert members(office) == ("U0EMIL",)


def breaks_down(slack: StandIn) -> None:
    slack.faults.break_down(METHOD, 503)


def loses_the_answer(slack: StandIn) -> None:
    slack.faults.drop_answer(METHOD)


def says_too_fast(slack: StandIn) -> None:
    slack.faults.limit(METHOD, retry_after=1)


@pytest.mark.parametrize("fails", [breaks_down, loses_the_answer, says_too_fast])
async def test_an_outage_delays_it_and_nobody_is_told(
    office: Office, dana: Person, fails: Callable[[StandIn], None]
) -> None:
    fails(office.slack)
    await set_up(office, "emil")
    await office.slack.until(lambda: len(office.slack.exchanges.of(METHOD)) == 2)
    await becomes(office, "U0EMIL")
    await office.runtime.settled()
    assert notices(dana) == 0


async def test_what_changes_while_slack_is_asked_is_set_after_it(office: Office, ana: Person) -> None:
    hung = office.slack.faults.hang(METHOD)
    await set_up(office, "emil", "ana")
    await office.slack.until(lambda: hung.struck)
    await ana.types("/ticket oncall swap network @chloe until in 2h")
    await office.runtime.desk_clock.turn()
    hung.release()
    await becomes(office, "U0CHLOE")
