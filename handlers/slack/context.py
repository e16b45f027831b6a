"""What a handler gets besides the payload: the workspace, the actor, the services and the people."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.outbox import HELD
from bot.domain.people import WorkspacePeople
from bot.domain.permissions import Actor
from bot.domain.workspace import Workspace
from bot.services.across import across, shared_tickets
from bot.services.alone import Alone
from bot.services.answers import Answers
from bot.services.channel_settings import ChannelSettings
from bot.services.clock_settings import AdminClockSettings
from bot.services.drafts import Drafts
from bot.services.gestures import Gestures
from bot.services.hand_pages import HandPages
from bot.services.installations import Installations
from bot.services.intake import Intake
from bot.services.message_tickets import MessageTickets
from bot.services.outbox.deliveries import Deliveries
from bot.services.partners import Partners
from bot.services.people import People
from bot.services.ports.clock import Clock
from bot.services.ports.sharing import Neighbours, SharingStore
from bot.services.ports.store import Store
from bot.services.reminders import Reminders
from bot.services.rota import Rota
from bot.services.shared_deliveries import SharedDeliveries
from bot.services.sharing import Sharing
from bot.services.ticket_comments import TicketComments
from bot.services.ticket_news import TicketNews
from bot.services.ticket_steps import TicketSteps
from bot.services.tickets import Claimed, Tickets
from bot.services.workspace_settings import AdminSettings

Refused = Callable[[Workspace], str | None]


@dataclass(frozen=True)
class Tools:
    """The services."""

    installations: Installations
    tickets: Tickets
    message_tickets: MessageTickets
    steps: TicketSteps
    comments: TicketComments
    deliveries: Deliveries
    drafts: Drafts
    gestures: Gestures
    settings: AdminSettings
    clock_settings: AdminClockSettings
    channels: ChannelSettings
    rota: Rota
    pages: HandPages
    answers: Answers
    intake: Intake
    reminders: Reminders
    partners: Partners
    sharing: Sharing
    shared_deliveries: SharedDeliveries
    people: People
    clock: Clock
    refused: Refused = lambda _: None
    """Why Slack takes nothing with the token of a workspace, as its code; None where it does."""
    is_alone: bool = False
    """Whether the desk serves one workspace, and can know of no others."""


def services(  # noqa: PLR0913  (what there is a courier for has defaults)
    store: Store,
    people: People,
    installations: Installations,
    clock: Clock,
    claimed: Claimed = lambda _, job: job,
    held: timedelta = HELD,
    *,
    refused: Refused = lambda _: None,
    sharing: SharingStore | None = None,
    neighbours: Neighbours | None = None,
) -> Tools:
    """The services on a store. `claimed` and `refused`: the courier's, where there is one. `held`: how long news wait for more.
    `sharing` and `neighbours`: of the other workspaces, where there are any."""
    news, alone = TicketNews(people, held), Alone()
    is_alone = sharing is None
    sharing, neighbours = sharing or alone, neighbours or alone
    related = shared_tickets(store, sharing, neighbours, people).sees
    tickets = Tickets(store, clock, claimed, people, news, elsewhere=related)
    comments = TicketComments(store, clock, news)
    steps = TicketSteps(store, clock, people, news, elsewhere=related)
    others = across(store, sharing, neighbours, people, steps=steps, comments=comments, clock=clock)
    return Tools(
        installations=installations,
        tickets=tickets,
        message_tickets=MessageTickets(store),
        steps=steps,
        comments=comments,
        deliveries=Deliveries(store),
        drafts=Drafts(store),
        gestures=Gestures(store, clock),
        settings=AdminSettings(store, people, clock),
        clock_settings=AdminClockSettings(store, people, clock),
        channels=ChannelSettings(store, people),
        rota=Rota(store, people, clock),
        pages=HandPages(store, clock),
        answers=Answers(store, clock),
        intake=Intake(store, tickets, comments),
        reminders=Reminders(store, clock),
        partners=others.partners,
        sharing=others.sharing,
        shared_deliveries=others.deliveries,
        people=people,
        clock=clock,
        refused=refused,
        is_alone=is_alone,
    )


@dataclass(frozen=True, slots=True)
class Visit:
    """One request. `actor` is the person who made it, with their rights at this moment; `people` is everybody who is
    known now."""

    workspace: Workspace
    actor: Actor
    tools: Tools
    people: WorkspacePeople

    @property
    def own_users(self) -> frozenset[str]:
        """Our own user ID in this workspace, as soon as Slack has told it."""
        own = self.tools.installations.own_user(self.workspace)
        return frozenset((own,)) if own else frozenset()
