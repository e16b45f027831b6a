"""`ticket.create`: THE input of every way in. Its 22 fields, exactly as the contract has them.

Slash command, form, shortcut, import and API all build the wire form (a mapping with the contract's camelCase
names) and call `parse`. Source: the contract file, kept as tests/domain/ticket.create.json.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Annotated, Literal, get_args
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from bot.domain.characters import NUL, is_blank, visible
from bot.domain.errors import InvalidInput, Problem
from bot.domain.fields import defaults, label
from bot.domain.record import Record
from bot.domain.words import listed, quoted

TicketType = Literal[
    "service_request", "break_fix", "installation", "inspection", "warranty", "preventive", "other"
]
SourceChannel = Literal["portal", "phone", "email", "monitoring", "internal", "other"]
Priority = Literal["low", "medium", "high", "critical"]
Severity = Literal["cosmetic", "degraded", "down", "safety"]
Status = Literal["new", "triaged", "assigned", "in_progress", "on_hold", "resolved", "closed"]
VisibilityMode = Literal["global", "workspace_local", "shared"]
ContactMethod = Literal["phone", "email", "portal", "in_person", "chat"]

CHOICES: dict[str, tuple[str, ...]] = {
    "ticketType": get_args(TicketType),
    "sourceChannel": get_args(SourceChannel),
    "priority": get_args(Priority),
    "severity": get_args(Severity),
    "status": get_args(Status),
    "visibilityMode": get_args(VisibilityMode),
    "contactMethod": get_args(ContactMethod),
}
"""The enums of the contract, by field, in the contract's order."""

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)


def _unicode(text: str) -> str:
    """JSON's escapes can spell half a character (a lone surrogate), which no store and no screen can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise PydanticCustomError("not_unicode", "not unicode") from None
    return text


def _not_blank(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("blank", "blank")
    return text


def _to_instant(value: object) -> datetime:
    """RFC 3339 with an offset (or an aware datetime) -> UTC."""
    try:
        if isinstance(value, str) and _RFC3339.fullmatch(value):
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
        if isinstance(value, datetime) and value.tzinfo is not None:
            return value.astimezone(UTC)
    except (ValueError, OverflowError):
        pass  # a 31st of February, or a moment outside years 1 to 9999: as wrong as any other text
    kind = "not_a_time" if isinstance(value, str | datetime) else "wrong_type_time"
    raise PydanticCustomError(kind, "time")


def _to_uuid(value: object) -> UUID:
    if isinstance(value, UUID):
        return value
    if isinstance(value, str) and _UUID.fullmatch(value):
        return UUID(value)
    raise PydanticCustomError("not_a_uuid" if isinstance(value, str) else "wrong_type_uuid", "uuid")


Text = Annotated[str, AfterValidator(_unicode)]
RequiredText = Annotated[Text, AfterValidator(_not_blank)]
DueTime = Annotated[datetime, BeforeValidator(_to_instant)]
TicketId = Annotated[UUID, BeforeValidator(_to_uuid)]
Hours = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class TicketCreate(Record):
    """A validated `ticket.create` input. Times are UTC; optional fields that are absent are None."""

    model_config = ConfigDict(strict=True)

    customer_id: RequiredText = Field(description="ID of the associated customer")
    site_id: RequiredText = Field(description="ID of the associated site")
    related_system_id: Text | None = Field(None, description="ID of the associated related system")
    related_asset_id: Text | None = Field(None, description="ID of the associated related asset")
    ticket_type: TicketType = Field(description="Ticket type")
    source_channel: SourceChannel = Field(description="Source channel")
    priority: Priority = Field("medium", description="Priority")
    severity: Severity | None = Field(None, description="Severity")
    status: Status = Field("new", description="Status")
    summary: RequiredText = Field(description="Summary")
    symptom_description: Text | None = Field(None, description="Symptom description")
    triage_notes: Text | None = Field(None, description="Triage notes")
    assigned_queue: Text | None = Field(None, description="Assigned queue")
    assigned_user_id: Text | None = Field(None, description="ID of the associated assigned user")
    reported_by_contact_id: Text | None = Field(None, description="ID of the associated reported by contact")
    category: Text | None = Field(None, description="Category")
    sla_due_at: DueTime | None = Field(None, description="Sla due at")
    workspace_id: Text | None = Field(None, description="ID of the associated workspace")
    visibility_mode: VisibilityMode = Field("workspace_local", description="Visibility mode")
    contact_method: ContactMethod | None = Field(None, description="Contact method")
    estimated_labor_hours: Hours | None = Field(None, description="Estimated labor hours")
    related_ticket_id: TicketId | None = Field(None, description="ID of the associated related ticket")


FIELDS: tuple[str, ...] = tuple(info.alias or name for name, info in TicketCreate.model_fields.items())
"""The contract's names, in the contract's order."""

REQUIRED: frozenset[str] = frozenset(
    info.alias or name for name, info in TicketCreate.model_fields.items() if info.is_required()
)
"""The fields that have no default and must be given."""


USUAL: Mapping[str, str] = {field: value for field, value in defaults().items() if field in REQUIRED}
"""What a ticket needs and nobody need say, since it stands where nobody chooses."""


def parse(wire: Mapping[str, object]) -> TicketCreate:
    """Reads a `ticket.create` input by the contract's names, without what nobody sees of its texts.

    Raises `InvalidInput` with every fault found.
    """
    kept = {name.encode(errors="backslashreplace").decode(): _seen(value) for name, value in wire.items()}
    faults = unstorable({name: value for name, value in kept.items() if name in FIELDS})
    try:
        valid = TicketCreate.model_validate(kept, by_alias=True, by_name=False)
    except ValidationError as error:
        raise InvalidInput([*faults, *_problems(error)]) from None
    if faults:
        raise InvalidInput(faults)
    return valid


def unstorable(texts: Mapping[str, object]) -> list[Problem]:
    """A problem for each text by its field that no store can hold."""
    return [_not_storable(field) for field, value in texts.items() if isinstance(value, str) and NUL in value]


def refuse_unstorable(texts: Mapping[str, object]) -> None:
    """What is saved without `parse` is held to the same. Raises InvalidInput."""
    if problems := unstorable(texts):
        raise InvalidInput(problems)


def _seen(value: object) -> object:
    if not isinstance(value, str) or NUL in value:
        return value
    return "" if is_blank(value) else visible(value)


def _not_storable(field: str) -> Problem:
    name = label(field)
    message = f"{name[:1].upper()}{name[1:]} holds the character U+0000, which cannot be kept. Take it out."
    return Problem(field=field, code="not_storable", message=message)


def _problems(error: ValidationError) -> Iterable[Problem]:
    for detail in error.errors(include_url=False):
        field = str(detail["loc"][0])
        code, message = _explain(field, detail)
        yield Problem(field=field, code=code, message=message)


def _explain(field: str, detail: ErrorDetails) -> tuple[str, str]:  # noqa: C901, PLR0911  (one case an error)
    """One pydantic error -> our code and a sentence a person understands."""
    name = label(field)
    match detail["type"]:
        case "missing":
            return "required", f"{name} is missing."
        case "blank":
            return "blank", f"{name} must not be empty."
        case "extra_forbidden":
            return "unknown_field", f"There is no field “{field}”.{_nearest(field)}"
        case "literal_error":
            return (
                "not_a_choice",
                f"{name} must be {listed(list(CHOICES[field]))}, not {_shown(detail['input'])}.",
            )
        case "not_a_time":
            return "not_a_time", f"{name} must be a time with its offset, such as 2026-12-01T17:00:00+01:00."
        case "not_a_uuid":
            return (
                "not_a_uuid",
                f"{name} must be a ticket's ID, such as 550e8400-e29b-41d4-a716-446655440000.",
            )
        case "finite_number":
            return "not_finite", f"{name} must be a finite number."
        case "float_type" if isinstance(detail["input"], int) and not isinstance(detail["input"], bool):
            return "not_finite", f"{name} is too large a number."
        case "greater_than_equal":
            return "negative", f"{name} must not be negative."
        case "not_unicode" | "string_unicode":
            return "not_unicode", f"{name} holds a character that is not valid Unicode."
        case _:
            expected = "a number" if field == "estimatedLaborHours" else "text"
            return "wrong_type", f"{name} must be {expected}, not {_kind(detail['input'])}."


def _nearest(field: str) -> str:
    by_lower = {known.lower(): known for known in FIELDS}
    near = get_close_matches(field.lower().replace("_", ""), by_lower, n=1, cutoff=0.4)
    return (
        f" Did you mean “{by_lower[near[0]]}”?" if near else f" The fields are {listed(list(FIELDS), 'and')}."
    )


def _shown(value: object) -> str:
    return quoted(value) if isinstance(value, str) else _kind(value)


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list() | tuple():
            return "a list"
        case _:
            return "an object"
