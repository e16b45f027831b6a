"""Service levels: what is promised of which tickets, and the form of one."""

from collections.abc import Sequence
from itertools import chain

from pydantic import JsonValue

from bot.domain.calendars import ALWAYS
from bot.domain.clock.service_level_words import (
    FIELD_OF,
    LONGEST_NAME,
    minutes_text,
    words_of,
)
from bot.domain.clock.service_levels import KIND_NAMES, KINDS, READY, Pauses, Policy
from bot.domain.contract import CHOICES
from bot.domain.directory import Directory
from bot.domain.record import Record
from bot.domain.words import choice, listed
from bot.domain.workspace_settings import WorkspaceSettings
from handlers.blocks.kit import Block, View, actions, button, context, form_modal, modal, option, section
from handlers.blocks.text import one_line
from handlers.settings.inputs_view import NONE, back, field, many, menu, remove, text
from handlers.slack import ids

_NO_POLICIES = (
    "*No service level is set up yet*, so only the due times that people give count.\n"
    "One promises a first response, a next one, an assignment and a resolution within working time. Of those that fit a "
    "ticket the most specific one holds."
)
_OFF = "They do nothing until the rule *Service levels* is on: see *Rules* in the settings."
_SHOWN = 5  # customers or queues of one


class PolicyMeta(Record):
    """What rides in private_metadata: the service level that the form changes."""

    policy: str | None = None


def page(settings: WorkspaceSettings, directory: Directory) -> View:
    """All service levels. In the directory, the customers that they are for."""
    clock = settings.clock
    blocks = [] if clock.policies else [section(_NO_POLICIES)]
    for number, policy in enumerate(clock.policies):
        change = button("Change", f"{ids.SETTINGS_POLICY}:{number}", value=policy.name)
        blocks.append(section(_summary(policy, directory), accessory=change))
    ready = [
        button(f"Add “{each.name}”", f"{ids.POLICY_READY}:{number}", value=each.name)
        for number, each in enumerate(READY)
        if clock.policy(each.name) is None
    ]
    add = button("Add a service level", ids.SETTINGS_POLICY)
    blocks.append(actions(*ready, add, back("overview", "Settings")))
    if clock.policies and "levels" not in clock.since:
        blocks.append(context(_OFF))
    return modal("Service levels", blocks, callback_id=ids.NOTICE, close="Done")


def form(policy: Policy | None, settings: WorkspaceSettings, directory: Directory) -> View:
    """For a new service level, or a known one. In the directory, the customers that it is for."""
    blocks = [
        field("name", "Name", text(policy.name if policy else None, LONGEST_NAME)),
        *_targets(policy),
        *_conditions(policy, settings, directory),
        field(
            "calendar",
            "Calendar",
            menu(_calendars(settings), policy.calendar if policy else None),
            hint="By which its time counts.",
        ),
        *_pauses(policy.pauses if policy else READY[-1].pauses),
    ]
    if policy:
        follows = "Tickets that have it keep its due times until their priority or queue changes."
        blocks.append(actions(remove("service level", ids.POLICY_REMOVE, policy.name, follows)))
    return form_modal(
        policy.name if policy else "New service level",
        blocks,
        callback_id=ids.POLICY_FORM,
        submit="Save",
        private_metadata=PolicyMeta(policy=policy.name if policy else None).model_dump_json(),
    )


def _targets(policy: Policy | None) -> list[Block]:
    hints = {"response": "In working time: 15 min, 4h, 1h 30 min. Empty promises nothing."}
    return [
        field(
            FIELD_OF[kind],
            KIND_NAMES[kind].capitalize(),
            text(minutes_text(policy.targets.get(kind)) if policy else None, 20, example="4h"),
            hint=hints.get(kind, ""),
            optional=True,
        )
        for kind in KINDS
    ]


def _conditions(policy: Policy | None, settings: WorkspaceSettings, directory: Directory) -> list[Block]:
    """Which tickets it is for. What is chosen stays on offer, though it may be gone."""
    chosen = policy or Policy(name="-")
    blocks = [
        _some("priorities", "Priorities", CHOICES["priority"], chosen.priorities),
        _some("types", "Types", CHOICES["ticketType"], chosen.types),
    ]
    if directory.knows("customer"):
        blocks.append(_customers(chosen, directory))
    queues = [*dict.fromkeys(chain((queue.name for queue in settings.queues), chosen.queues))]
    if queues:
        select = many({name: name for name in queues}, chosen.queues)
        blocks.append(field("queues", "Queues", select, hint="None chosen: all.", optional=True))
    return blocks


def _some(name: str, label: str, values: Sequence[str], chosen: Sequence[str]) -> Block:
    select = many({value: choice(value) for value in values}, chosen)
    return field(name, label, select, hint="None chosen: all.", optional=True)


def _customers(policy: Policy, directory: Directory) -> Block:
    element: Block = {"type": "multi_external_select", "min_query_length": 0}
    named: list[JsonValue] = [option(each, _customer(each, directory)) for each in policy.customers]
    element |= {"initial_options": named} if named else {}
    element["action_id"] = ids.POLICY_CUSTOMERS
    return field("customers", "Customers", element, hint="None chosen: all.", optional=True)


def _customer(customer_id: str, directory: Directory) -> str:
    customer = directory.get("customer", customer_id)
    return customer.name if customer else customer_id


def _calendars(settings: WorkspaceSettings) -> dict[str, str]:
    names = [ALWAYS.name, *(calendar.name for calendar in settings.clock.calendars)]
    return {NONE: "The queue's, or the site's"} | {name: name for name in names}


def _pauses(pauses: Pauses) -> list[Block]:
    options = {
        "words": "If the reason has one of these words",
        "all": "Always",
        "none": "Never",
    }
    chosen = pauses if isinstance(pauses, str) else "words"
    return [
        field("pauses", "On hold stops the clock", menu(options, chosen)),
        field(
            "pauseWords",
            "Words of the reason",
            text(", ".join(words_of(pauses)), 500, example="customer, requester"),
            hint="“waiting for customer” stops it, and “waiting for parts” does not.",
            optional=True,
        ),
    ]


def _summary(policy: Policy, directory: Directory) -> str:
    targets = [f"{KIND_NAMES[kind]} {minutes_text(minutes)}" for kind, minutes in policy.targets.items()]
    conditions = [
        *(choice(each) for each in policy.priorities),
        *(choice(each) for each in policy.types),
        *_few([_customer(each, directory) for each in policy.customers]),
        *_few(policy.queues),
    ]
    return "\n".join(
        [
            f"*{one_line(policy.name, LONGEST_NAME)}*: {', '.join(conditions) or 'all tickets'}",
            " · ".join(targets).capitalize(),
            f"{one_line(policy.calendar, 60) if policy.calendar else 'By the calendar of the queue or the site'}. "
            f"{_pauses_words(policy.pauses)}",
        ]
    )


def _pauses_words(pauses: Pauses) -> str:
    if isinstance(pauses, str):
        return "A hold stops the clock." if pauses == "all" else "No hold stops the clock."
    return (
        f"A hold stops the clock if its reason has {listed([f'“{one_line(word, 40)}”' for word in pauses])}."
    )


def _few(names: Sequence[str]) -> list[str]:
    more = [f"{len(names) - _SHOWN} more"] if len(names) > _SHOWN else []
    return [*(one_line(name, 60) for name in names[:_SHOWN]), *more]
