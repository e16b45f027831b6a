"""The names that people read: each field has its own, and it is this one."""

from bot.domain.contract import FIELDS
from bot.domain.words import label

READ_AS = {
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


def test_every_field_is_read_by_its_own_name() -> None:
    assert {field: label(field) for field in READ_AS} == READ_AS
    assert READ_AS.keys() >= set(FIELDS)
    assert len(set(READ_AS.values())) == len(READ_AS)
