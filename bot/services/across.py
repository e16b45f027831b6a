"""What the desk knows of several workspaces at once: put together in one place, for the composition root and for tests."""

from typing import NamedTuple

from bot.services.neighbourhood import Neighbourhood
from bot.services.partner_changes import PartnerChanges
from bot.services.partners import Partners
from bot.services.people import People
from bot.services.ports.clock import Clock
from bot.services.ports.sharing import Neighbours, SharingStore
from bot.services.ports.store import Store
from bot.services.shared_deliveries import SharedDeliveries
from bot.services.shared_tickets import SharedTickets
from bot.services.sharing import Sharing
from bot.services.ticket_comments import TicketComments
from bot.services.ticket_steps import TicketSteps


class Across(NamedTuple):
    """`deliveries` is for the courier: its `hand_on` and `mirrored`."""

    partners: Partners
    sharing: Sharing
    deliveries: SharedDeliveries


def shared_tickets(
    store: Store, sharing: SharingStore, neighbours: Neighbours, people: People
) -> SharedTickets:
    """What Tickets and TicketSteps ask about related tickets: its `sees`."""
    return SharedTickets(store, sharing, Neighbourhood(sharing, neighbours), people)


def across(  # noqa: PLR0913  (what there is)
    store: Store,
    sharing: SharingStore,
    neighbours: Neighbours,
    people: People,
    *,
    steps: TicketSteps,
    comments: TicketComments,
    clock: Clock,
) -> Across:
    neighbourhood = Neighbourhood(sharing, neighbours)
    changes = PartnerChanges(store, sharing, neighbours, people, clock)
    return Across(
        Partners(sharing, neighbours, neighbourhood, people, changes, clock),
        Sharing(store, sharing, neighbourhood, people, steps, clock),
        SharedDeliveries(
            store,
            sharing,
            neighbourhood=neighbourhood,
            changes=changes,
            comments=comments,
            people=people,
            clock=clock,
        ),
    )
