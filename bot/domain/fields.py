"""One row for each field of a ticket: its name for people, how it is typed, chosen, looked for and kept.

The line, the forms, the list's words, the help, the history and the tables of docs/language.md are made from these rows. Which
fields a ticket is made of, and their types, is the contract's to say (contract.py); a test holds the rows to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Literal, NamedTuple

Element = Literal["text", "choice", "item", "queue", "person", "ticket", "time", "hours"]
"""How a value is typed and chosen. `choice`: one of the contract's; `item`: something of the directory."""

ItemKind = Literal["customer", "site", "system", "asset", "contact"]
"""What the directory knows."""


class Filtered(NamedTuple):
    """How a list is narrowed by a field: the field of `TicketFilter` that holds the values, and an example of one."""

    fills: str
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketField:
    """A field by its wire name. The order of the rows is the order of the forms.

    `keys` may stand before a colon in a line and in a list's words, the first as help shows it; `sign` before a name
    does the same. `default` stands where nobody chooses. `asks` is what a step says that needs the field and did not
    get it.
    """

    name: str
    label: str
    element: Element = "text"
    kind: ItemKind | None = None
    keys: tuple[str, ...] = ()
    sign: str = ""
    example: str = ""
    form: Literal["essential", "more"] | None = None
    default: str = ""
    hint: str = ""
    multiline: bool = False
    is_prose: bool = False  # its keys are plain English: with a space behind the colon, they set nothing
    filtered: Filtered | None = None
    sorted: str = ""  # a list's order by it, in words; empty where there is none
    private: bool = False  # for agents only
    in_history: bool = True
    asks: str = ""
    also: Mapping[str, str] = field(
        default_factory=dict, compare=False
    )  # other words for its choices, squashed

    @property
    def shown(self) -> tuple[str, ...]:
        """How help shows what to type: `priority:`, `!high`."""
        signed = (f"{self.sign}{self.example}",) if self.sign else ()
        keyed = f"{self.keys[0]}:" if self.keys else ""
        return (keyed if self.sign else f"{keyed}{self.example}", *signed)


def _rows(*rows: TicketField) -> Mapping[str, TicketField]:
    table = {row.name: row for row in rows}
    keys = [key for row in rows for key in (*row.keys, row.sign) if key]
    if len(table) < len(rows) or len(set(keys)) < len(keys):
        message = "two fields have the same name, key or sign"
        raise RuntimeError(message)
    return table


TICKET_FIELDS: Mapping[str, TicketField] = _rows(
    TicketField(
        name="customerId",
        label="Customer",
        element="item",
        kind="customer",
        keys=("customer", "client"),
        form="essential",
        filtered=Filtered("customers", "acme"),
    ),
    TicketField(
        name="siteId", label="Site", element="item", kind="site", keys=("site", "location"), form="essential"
    ),
    TicketField(
        name="summary",
        label="Summary",
        keys=("summary", "title", "subject"),
        form="essential",
        hint="One line: what is wrong, and where",
    ),
    TicketField(
        name="ticketType",
        label="Type",
        element="choice",
        keys=("type", "kind"),
        form="essential",
        filtered=Filtered("types", "inspection"),
    ),
    TicketField(
        name="priority",
        label="Priority",
        element="choice",
        keys=("priority", "prio"),
        sign="!",
        example="high",
        form="essential",
        default="medium",
        filtered=Filtered("priorities", "high,critical"),
        sorted="the highest priority first",
        also={
            **dict.fromkeys(("p1", "sev1", "urgent", "emergency", "blocker"), "critical"),
            **dict.fromkeys(("p2", "sev2"), "high"),
            **dict.fromkeys(("p3", "sev3", "normal"), "medium"),
            **dict.fromkeys(("p4", "sev4", "minor"), "low"),
        },
    ),
    TicketField(
        name="symptomDescription",
        label="Description",
        keys=("description", "desc", "symptom", "symptoms"),
        form="essential",
        multiline=True,
        is_prose=True,
    ),
    TicketField(name="severity", label="Severity", element="choice", keys=("severity", "sev"), form="more"),
    TicketField(
        name="assignedUserId",
        label="Assignee",
        element="person",
        keys=("assignee", "assign", "assigned", "owner"),
        sign="@",
        example="ana",
        form="more",
        filtered=Filtered("assignees", "me"),
    ),
    TicketField(
        name="assignedQueue",
        label="Queue",
        element="queue",
        keys=("queue",),
        sign="#",
        example="network",
        form="more",
        hint="The team's queue, such as network",
        filtered=Filtered("queues", "network"),
    ),
    TicketField(
        name="slaDueAt",
        label="Due",
        element="time",
        keys=("due", "deadline"),
        form="more",
        filtered=Filtered("due", "<24h"),
        sorted="the soonest due first",
    ),
    TicketField(name="category", label="Category", keys=("category", "cat"), form="more", is_prose=True),
    TicketField(
        name="relatedSystemId", label="System", element="item", kind="system", keys=("system",), form="more"
    ),
    TicketField(
        name="relatedAssetId", label="Asset", element="item", kind="asset", keys=("asset",), form="more"
    ),
    TicketField(
        name="reportedByContactId",
        label="Reported by",
        element="item",
        kind="contact",
        keys=("contact", "by", "reporter", "reportedby"),
        form="more",
    ),
    TicketField(
        name="contactMethod", label="Contact method", element="choice", keys=("method", "via"), form="more"
    ),
    TicketField(
        name="sourceChannel",
        label="Source",
        element="choice",
        keys=("source",),
        form="more",
        default="internal",
    ),
    TicketField(
        name="estimatedLaborHours", label="Estimated hours", element="hours", keys=("hours",), form="more"
    ),
    TicketField(
        name="relatedTicketId",
        label="Related ticket",
        element="ticket",
        keys=("related", "relatedticket"),
        example="T-42",
        form="more",
    ),
    TicketField(
        name="triageNotes",
        label="Triage notes",
        keys=("notes", "note"),
        form="more",
        multiline=True,
        is_prose=True,
        private=True,
    ),
    TicketField(
        name="status",
        label="Status",
        element="choice",
        keys=("status", "state"),
        form="more",
        default="new",
        filtered=Filtered("statuses", "open"),
        also={"done": "resolved"},
    ),
    TicketField(
        name="visibilityMode",
        label="Visibility",
        element="choice",
        keys=("visibility",),
        form="more",
        default="workspace_local",
        filtered=Filtered("visibilities", "shared"),
        also={"local": "workspace_local"},
    ),
    TicketField(name="workspaceId", label="Workspace", keys=("workspace",), in_history=False),
    TicketField(name="holdReason", label="Waits for", multiline=True, asks="Say what it waits for."),
    TicketField(name="holdUntil", label="On hold until", element="time"),
    TicketField(name="resolution", label="Resolution", multiline=True, asks="Say what was done about it."),
    TicketField(
        name="duplicateOf", label="Duplicate of", element="ticket", asks="Choose the ticket that goes on."
    ),
    TicketField(name="snoozedUntil", label="Snoozed until", element="time", asks="Say until when."),
    TicketField(name="withdrawnAt", label="Withdrawn", element="time"),
    TicketField(name="undoneAt", label="Undone", element="time", in_history=False),
    TicketField(name="sharedWith", label="Shared with"),
    TicketField(name="computedDueAt", label="Due by its service level", element="time"),
    TicketField(  # of the history, not of the ticket
        name="note", label="Note, for agents only", multiline=True, private=True, asks="Write the note."
    ),
)

KIND_OF: Mapping[str, ItemKind] = {row.name: row.kind for row in TICKET_FIELDS.values() if row.kind}
"""The contract's fields that point into the directory, each after what it belongs to."""


@cache
def by_key() -> Mapping[str, TicketField]:
    """The fields by what may stand before a colon, without case, `-` and `_`: their keys and their own names."""
    rows = [row for row in TICKET_FIELDS.values() if row.keys]
    return {key: row for row in rows for key in (row.name.casefold(), *row.keys)}


@cache
def by_sign() -> Mapping[str, TicketField]:
    """The fields by the sign that a name may stand behind: `!high`, `@ana`, `#network`."""
    return {row.sign: row for row in TICKET_FIELDS.values() if row.sign}


def in_form(part: Literal["essential", "more"]) -> tuple[str, ...]:
    """The fields that the ticket form shows at once, or behind “More fields”, in their order."""
    return tuple(row.name for row in TICKET_FIELDS.values() if row.form == part)


@cache
def defaults() -> Mapping[str, str]:
    """What stands where nobody chooses: the contract's defaults, and what these ways in fill in."""
    return {row.name: row.default for row in TICKET_FIELDS.values() if row.default}


def label(field: str) -> str:
    """The name people read for a field; a name nobody knows is shown as it is."""
    row = TICKET_FIELDS.get(field)
    return row.label if row else field
