"""The names people read for the fields of a ticket and their choices, in one place so that all speak alike."""

LABELS: dict[str, str] = {
    "customerId": "Customer",
    "siteId": "Site",
    "relatedSystemId": "System",
    "relatedAssetId": "Asset",
    "ticketType": "Type",
    "sourceChannel": "Source",
    "priority": "Priority",
    "severity": "Severity",
    "status": "Status",
    "summary": "Summary",
    "symptomDescription": "Description",
    "triageNotes": "Triage notes",
    "assignedQueue": "Queue",
    "assignedUserId": "Assignee",
    "reportedByContactId": "Reported by",
    "category": "Category",
    "slaDueAt": "Due",
    "workspaceId": "Workspace",
    "visibilityMode": "Visibility",
    "contactMethod": "Contact method",
    "estimatedLaborHours": "Estimated hours",
    "relatedTicketId": "Related ticket",
    "resolution": "Resolution",
    "holdReason": "Waits for",
    "holdUntil": "On hold until",
    "snoozedUntil": "Snoozed until",
    "duplicateOf": "Duplicate of",
    "withdrawnAt": "Withdrawn",
}

_QUOTED = 40  # characters of a quotation
_IRREGULAR = {"break_fix": "Break-fix", "in_person": "In person", "workspace_local": "This workspace"}


def label(field: str) -> str:
    """The name people read for a field; a name nobody knows is shown as it is."""
    return LABELS.get(field, field)


def choice(value: str) -> str:
    """`in_progress` -> `In progress`."""
    return _IRREGULAR.get(value, value.replace("_", " ").capitalize())


def listed(words: list[str], last: str = "or") -> str:
    """`["a", "b", "c"]` -> `a, b or c`."""
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def quoted(text: str) -> str:
    """A user's own words in a sentence of ours: short, and showable whatever they hold."""
    shown = text if len(text) <= _QUOTED else text[: _QUOTED - 1] + "…"
    return f"“{shown.encode(errors='replace').decode()}”"
