"""What is usual for somebody, by their last tickets."""

from collections import Counter
from collections.abc import Sequence

from bot.domain.ticket import Ticket

_FIELDS = ("customerId", "siteId", "ticketType")


def usual_of(tickets: Sequence[Ticket]) -> dict[str, str]:
    """The customer, site and type that most of these tickets have, in wire form; of equals that of the newest, which
    comes first. They belong together; empty where there is no ticket."""
    kept = [ticket for ticket in tickets if not ticket.withdrawn_at]
    if not kept:
        return {}
    most, _ = Counter((each.customer_id, each.site_id) for each in kept).most_common(1)[0]
    kinds = Counter(each.ticket_type for each in kept if (each.customer_id, each.site_id) == most)
    return dict(zip(_FIELDS, (*most, kinds.most_common(1)[0][0]), strict=True))
