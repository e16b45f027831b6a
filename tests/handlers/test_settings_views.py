"""Settings and on call are what Slack takes, however much there is of them."""

import json
from datetime import date, timedelta
from typing import get_args

import pytest

from bot.domain.calendar_words import MOST_DATES
from bot.domain.calendars import DAY, Calendar, ExtraDay, Span, business_hours
from bot.domain.channel_defaults import NOTHING, ChannelDefaults
from bot.domain.clock.escalation_words import LATEST, MOST_STEPS
from bot.domain.clock.service_level_words import LONGEST_TARGET
from bot.domain.clock.service_levels import READY, Policy
from bot.domain.clock.settings import ClockSettings, EscalationStep, RuleName
from bot.domain.directory import Directory
from bot.domain.permissions import Actor
from bot.domain.queues import RULES, Duty, Override, Queue, Rotation, Shift
from bot.domain.scopes import MISSING, missing_features
from bot.domain.sites import OccupancyProfile
from bot.domain.steps import STEPS
from bot.domain.swaps import Swap
from bot.domain.workspace_settings import WorkspaceSettings
from bot.playground.inputs import elements
from bot.services.clock_settings import MOST_CALENDARS, MOST_POLICIES
from bot.services.workspace_settings import MOST
from handlers.blocks.inputs import refilled
from handlers.channels import channel_view
from handlers.channels.channel_view import ChannelMeta
from handlers.oncall import oncall_view
from handlers.settings import calendar_view, clock_view, levels_view, queue_view, rules_view, settings_view
from handlers.settings.beyond_view import Beyond
from handlers.work import step_form_view
from handlers.work.step_form_view import StepMeta
from tests.handlers.conftest import NOW, ticket
from tests.handlers.test_views import NASTY, blocks_of, taken_by_slack, view_taken_by_slack

PEOPLE = tuple(f"U0PERSON{number:02}" for number in range(99))


def queue(number: int, rule: str = RULES["Every day, 9:00"]) -> Queue:
    return Queue(
        name=f"{number} {NASTY}"[:60],
        channel="C1",
        group="S1",
        owner="U0DANA",
        rotation=Rotation(people=PEOPLE, rule=rule, zone="Europe/Berlin", start=NOW),
    )


FULL = WorkspaceSettings(
    queues=tuple(queue(number) for number in range(MOST)), default_queue=queue(3).name, notes="queue"
)


def test_the_settings_of_a_new_workspace_and_of_a_full_one_are_taken() -> None:
    view_taken_by_slack(settings_view.overview(WorkspaceSettings(), {}, {}, Directory()))
    view_taken_by_slack(settings_view.overview(FULL, {}, {"S1": NASTY}, Directory()))
    view_taken_by_slack(settings_view.overview(FULL, {queue(1).name: PEOPLE}, {}, Directory()))


CALENDARS = [f"{number} {NASTY}"[:60] for number in range(MOST_CALENDARS)]


def calendar(name: str) -> Calendar:
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(MOST_DATES)]
    spans = tuple(Span(start, start + 30) for start in range(0, DAY, 60))
    return business_hours("America/Argentina/ComodRivadavia", name).model_copy(
        update={
            "country": "US",
            "region": "NY",
            "days_off": tuple(days),
            "extra_days": tuple(ExtraDay(day=day, spans=spans[:2]) for day in days[:90]),
        }
    )


def test_the_calendars_of_a_workspace_are_taken_however_many_there_are() -> None:
    view_taken_by_slack(calendar_view.page(WorkspaceSettings()))
    queues = tuple(each.model_copy(update={"calendar": CALENDARS[0]}) for each in FULL.queues)
    clock = ClockSettings(
        calendars=tuple(map(calendar, CALENDARS)),
        profiles={"24_7": CALENDARS[0], "seasonal": CALENDARS[1]},
    )
    view = calendar_view.page(FULL.model_copy(update={"queues": queues, "clock": clock}))
    view_taken_by_slack(view)
    shown = json.dumps(view, ensure_ascii=False)
    assert "150 days off" in shown
    assert "and 35 more" in shown
    assert "Sites: 24/7" in shown


@pytest.mark.parametrize("known", [None, calendar(CALENDARS[0])])
def test_the_form_of_a_calendar_is_taken(known: Calendar | None) -> None:
    view_taken_by_slack(calendar_view.form(known, zone="Europe/Berlin"))


@pytest.mark.parametrize("settings", [WorkspaceSettings(), FULL])
def test_the_rules_of_the_clock_are_taken(settings: WorkspaceSettings) -> None:
    names = tuple(each.name for each in settings.queues)
    steps = tuple(EscalationStep(after=LATEST, to="channel", channel="C1") for _ in range(MOST_STEPS))
    clock = ClockSettings(
        since=dict.fromkeys(rules_view.ROWS, NOW), off=dict.fromkeys(rules_view.ROWS, names), steps=steps
    )
    for each in (settings, settings.model_copy(update={"clock": clock})):
        view_taken_by_slack(rules_view.page(each))
        for rule in rules_view.ROWS:
            view_taken_by_slack(rules_view.form(rule, each))
        view_taken_by_slack(clock_view.preview_page(each.clock, 0, 0, is_partial=True))
        view_taken_by_slack(clock_view.preview_page(each.clock, 9_999, 99, is_partial=False))
        view_taken_by_slack(settings_view.overview(each, {}, {}, Directory()))


def test_every_rule_of_the_clock_can_be_chosen() -> None:
    assert tuple(rules_view.ROWS) == get_args(RuleName)


POLICIES = tuple(
    Policy(
        name=f"{number} {NASTY}"[:60],
        priorities=("critical", "high"),
        types=("break_fix",),
        customers=tuple(f"{each} {NASTY}"[:100] for each in range(30)),
        queues=tuple(each.name for each in FULL.queues),
        response=LONGEST_TARGET * 60,
        next_response=1,
        assignment=61,
        resolution=60,
        calendar=CALENDARS[0],
        pauses=tuple(f"{each} {NASTY}"[:40] for each in range(10)),
    )
    for number in range(MOST_POLICIES)
)


def test_the_service_levels_of_a_workspace_are_taken_however_many_there_are() -> None:
    full = FULL.model_copy(
        update={"clock": ClockSettings(policies=POLICIES, calendars=tuple(map(calendar, CALENDARS)))}
    )
    known = Directory(known=frozenset({"customer"}))
    for settings in (WorkspaceSettings(), full):
        view_taken_by_slack(levels_view.page(settings, known))
        for policy in (None, POLICIES[0], *READY):
            view_taken_by_slack(levels_view.form(policy, settings, known))
    view = clock_view.preview_page(full.clock, 0, 0, is_partial=False)
    view_taken_by_slack(view)


DEFAULTS = ChannelDefaults(
    fields={
        "customerId": NASTY[:100],
        "siteId": NASTY[:100],
        "ticketType": "other",
        "assignedQueue": NASTY[:60],
    },
    told=PEOPLE[:20],
    intake="ticket",
)


def test_settings_with_very_many_channels_are_taken() -> None:
    channels = {f"C{number:09}": DEFAULTS for number in range(200)}
    full = FULL.model_copy(update={"channels": channels})
    view = settings_view.overview(full, {}, {"S1": NASTY}, Directory())
    view_taken_by_slack(view)
    assert "and 160 more" in json.dumps(view)


def test_the_form_of_a_channel_is_taken() -> None:
    known = Directory(known=frozenset({"customer", "site"}))
    meta = ChannelMeta(channel="C1", response_url="https://hooks.slack.com/x")
    for defaults in (DEFAULTS, NOTHING):
        for directory in (known, Directory()):
            view_taken_by_slack(channel_view.form(meta, defaults, directory, "The site is gone."))
        taken_by_slack(channel_view.saved(defaults, known))
    view_taken_by_slack(channel_view.forgotten_view())


@pytest.mark.parametrize("rule", [RULES["Every day, 9:00"], "FREQ=MONTHLY;BYMONTHDAY=1"])
def test_the_form_of_a_queue_is_taken_and_filled_in(rule: str) -> None:
    view = queue_view.form(queue(1, rule), groups={"S1": NASTY}, zone="Etc/UTC", calendars=CALENDARS, now=NOW)
    view_taken_by_slack(view)
    inputs = {element["action_id"]: element for _, element in elements(blocks_of(view))}
    assert inputs["people"]["initial_users"] == list(PEOPLE)
    assert inputs["zone"]["initial_value"] == "Europe/Berlin"
    assert inputs["ownRule"].get("initial_value") == (None if rule in RULES.values() else rule)
    view_taken_by_slack(queue_view.form(None, groups={}, zone="Etc/UTC", calendars=(), now=NOW))


def test_a_form_that_shows_who_is_on_call_is_taken() -> None:
    shown = ticket(1, assignedQueue="network")
    meta = StepMeta(number=1, version=1)
    view = step_form_view.form(
        meta, STEPS["assign"], shown, {"assignedQueue": "network", "assignedUserId": "U0BEN"}
    )
    for on_call in ("U0ANA", None):
        blocks = oncall_view.with_duty_line(blocks_of(view), queue(1), on_call)
        view_taken_by_slack(
            view
            | {
                "blocks": [
                    *refilled(blocks, "assignedUserId", {"initial_user": "U0ANA"}, fresh="156772938.1827394")
                ]
            }
        )
        assert len(blocks) == len(blocks_of(view)) + 1
        assert len(oncall_view.with_duty_line(blocks, None, None)) == len(blocks_of(view))


def test_on_call_is_taken_for_as_many_queues_as_there_can_be() -> None:
    duties = [Duty(each, PEOPLE[0], Shift(PEOPLE[1], NOW)) for each in FULL.queues]
    override = Override(person=PEOPLE[0], covers=PEOPLE[1], start=NOW, end=NOW + timedelta(days=1))
    dana = Actor(user="U0DANA", is_known=True, is_admin=True)
    swaps = [
        Swap(each, override.model_copy(update={"key": str(number)}), PEOPLE[1])
        for number, each in enumerate(FULL.queues)
    ]
    taken_by_slack(oncall_view.overview(duties, swaps, dana))
    taken_by_slack(oncall_view.overview([], [], dana))
    view_taken_by_slack(oncall_view.form(FULL.queues, NOW))
    taken_by_slack(oncall_view.ended(swaps[0]))
    taken_by_slack(oncall_view.swapped(override, duties[0]))
    view_taken_by_slack(oncall_view.swapped_view(override, Duty(queue(1), None, None)))


def test_what_was_left_out_at_installation_is_said() -> None:
    missing = missing_features({"commands", "chat:write"})
    assert [each.scope for each in missing] == [*MISSING]
    view = settings_view.overview(FULL, {}, {}, Directory(), beyond=Beyond(missing=missing))
    view_taken_by_slack(view)
    assert "`usergroups:write`: No user group follows who is on call." in str(view)
    assert not missing_features([])  # they are not known
    assert not missing_features(MISSING)


def test_what_is_kept_by_name_is_shown_in_an_order_of_its_own() -> None:
    """PostgreSQL keeps an object's shortest names first, and TinyDB as they were saved."""
    always = business_hours("Europe/Berlin", "Day")
    profiles = dict.fromkeys(get_args(OccupancyProfile), always.name)
    channels = {f"C{'0' * (number % 7)}{number}": ChannelDefaults(intake="ticket") for number in range(60)}

    def settings(*, is_reversed: bool) -> WorkspaceSettings:
        kept = [[*each.items()][:: -1 if is_reversed else 1] for each in (profiles, channels)]
        clock = ClockSettings(calendars=(always,), profiles=dict(kept[0]))
        return WorkspaceSettings.model_validate({"clock": clock, "channels": dict(kept[1])})

    one, other = settings(is_reversed=False), settings(is_reversed=True)
    assert [*one.channels] != [*other.channels]
    assert calendar_view.page(one) == calendar_view.page(other)
    assert settings_view.overview(one, {}, {}, Directory()) == settings_view.overview(
        other, {}, {}, Directory()
    )
