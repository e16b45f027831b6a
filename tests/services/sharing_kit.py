"""Three workspaces on a real store with a real deployment database and a real courier. Slack is scripted, and remembers what each
channel shows of other workspaces' tickets."""

from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar
from unittest.mock import patch
from uuid import UUID, uuid4

from bot.domain.comments import ThreadMessage
from bot.domain.elsewhere import SeenComment, SeenTicket
from bot.domain.errors import StoreUnavailable
from bot.domain.mirror_ref import MirrorRef
from bot.domain.outbox import Job, Target
from bot.domain.partners import Neighbour, PartnerNotice, Right
from bot.domain.people import Person
from bot.domain.permissions import Actor
from bot.domain.search import TicketFilter
from bot.domain.ticket import Origin, Place, Ticket
from bot.domain.unheard_notice import UnheardNotice
from bot.domain.workspace import Workspace
from bot.services.across import Across, across, shared_tickets
from bot.services.outbox.courier import Courier
from bot.services.people import People, actor_of
from bot.services.ports.store import Store, Transaction
from bot.services.step_requests import StepRequest
from bot.services.ticket_comments import TicketComments
from bot.services.ticket_news import TicketNews
from bot.services.ticket_steps import TicketSteps
from bot.services.tickets import CreateRequest, Tickets
from bot.tasks import Supervisor
from storage import sharing_store
from tests.services.courier_kit import Lost, Office, Slack, where

R = TypeVar("R")

A, B, C = (Workspace(team_id=f"T{number}") for number in (1, 2, 3))
NAMES = {A.id: "acme", B.id: "beta", C.id: "ceta"}
CHANNELS = {
    workspace.id: f"C{name.upper()}" for workspace, name in zip((A, B, C), NAMES.values(), strict=True)
}
"""Where each sees others' cards."""
T1 = MirrorRef(home="T1", number=1)
"""Acme's first ticket, as others name it."""
WIRE = {
    "customerId": "acme",
    "siteId": "hq",
    "ticketType": "break_fix",
    "sourceChannel": "phone",
    "summary": "Printer down",
    "triageNotes": "they never pay",
}
GONE = "no longer shared"


class Installed:
    """The port's Neighbours."""

    def __init__(self) -> None:
        self.organisations: dict[str, str] = {}

    def neighbour(self, team: str) -> Neighbour | None:
        name = NAMES.get(team)
        return Neighbour(team, name.capitalize(), name) if name else None

    def called(self, text: str) -> Neighbour | None:
        found = next((team for team, name in NAMES.items() if text in {team, name}), None)
        return self.neighbour(found) if found else None

    def organisation(self, team: str) -> str | None:
        return self.organisations.get(team)

    def teams_of(self, organisation: str) -> Collection[str]:
        return [team for team, of in self.organisations.items() if of == organisation]


class SharingSlack(Slack):
    """`cards` and `copies`: what stands in each workspace, by its place. `notices`: who was told what of partnerships; `unheard`: who
    was told of which words to which ticket that nobody there reads them."""

    def remember(self) -> None:
        self.cards: dict[tuple[str, Place], str] = {}
        self.copies: dict[tuple[str, Place], str] = {}
        self.threads: dict[tuple[str, Place], str | None] = {}
        self.notices: list[tuple[str, str, str]] = []
        self.seen_at: dict[tuple[str, Place], tuple[str, int]] = {}
        self.unheard: list[tuple[str, str, str]] = []
        self._refusals: list[Exception] = []

    def refuse_mirror(self, *failures: Exception) -> None:
        """What comes of the next cards of other workspaces' tickets; `Lost`: it stands there, and nobody hears of it."""
        self._refusals += failures

    async def mirror(self, workspace: Workspace, job: Job, seen: SeenTicket) -> Place | None:
        failure = self._refusals.pop(0) if self._refusals else None
        if failure and not isinstance(failure, Lost):
            raise failure
        place = await super().mirror(workspace, job, seen)
        assert place
        shown = f"{seen.name} v{seen.shared.ticket.version}" if seen.shared else GONE
        self.cards[workspace.id, where(place)] = shown
        self.seen_at[workspace.id, where(place)] = seen.home.team, seen.number
        if failure:
            raise failure
        return place

    async def mirror_comment(
        self, workspace: Workspace, job: Job, seen: SeenTicket, comment: SeenComment
    ) -> Place | None:
        place = await super().mirror_comment(workspace, job, seen, comment)
        assert place
        said = "(deleted)" if comment.comment.deleted else comment.comment.text
        said = (f"{said} (not heard)" if comment.unheard else said) if seen.shared else GONE
        self.copies[workspace.id, where(place)] = f"{comment.author} in {comment.wrote_in or 'here'}: {said}"
        self.threads[workspace.id, where(place)] = job.target.thread_ts
        return place

    async def notify(self, workspace: Workspace, job: Job) -> Place | None:
        place = await super().notify(workspace, job)
        if isinstance(job.notice, PartnerNotice):
            self.notices.append((workspace.id, job.target.user, job.notice.event))
        if isinstance(job.notice, UnheardNotice):
            self.unheard.append((job.target.user, job.notice.ticket, job.notice.text))
        return place


class Town(Office):
    """Each workspace has an admin, an agent and a guest: everybody who is no guest is an agent, where no queue is set up."""

    slack: SharingSlack

    def __init__(self, folder: Path, **also: object) -> None:
        self.installed = Installed()
        super().__init__(folder, **also)  # type: ignore[arg-type]

    def open(self) -> None:
        if not hasattr(self.slack, "cards"):
            self.slack = SharingSlack(lambda: self.now, self.happened)
            self.slack.remember()
        super().open()

    def new_courier(self, store: Store | None = None) -> Courier:
        del store
        self.build(self.store)
        return Courier(
            self.store,
            self.slack,
            lambda: self.now,
            Supervisor(lambda: self.now),
            backoff=self.backoff,
            on_hand_on=self.across.deliveries.hand_on,
            mirrored=self.across.deliveries.mirrored,
        )

    def build(self, store: Store) -> None:
        """The services, as the composition root puts them together."""
        self.sharing_store = sharing_store(store)
        self.people = People(store, self.clock)
        news = TicketNews(self.people, timedelta())
        sees = shared_tickets(store, self.sharing_store, self.installed, self.people).sees
        self.tickets = Tickets(store, self.clock, people=self.people, news=news, elsewhere=sees)
        self.steps = TicketSteps(store, self.clock, self.people, news, elsewhere=sees)
        self.comments = TicketComments(store, self.clock, news)
        self.across: Across = across(
            store,
            self.sharing_store,
            self.installed,
            self.people,
            steps=self.steps,
            comments=self.comments,
            clock=self.clock,
        )

    def clock(self) -> datetime:
        return self.now

    async def start(self) -> "Town":
        for workspace in (A, B, C):
            await self.start_anew(workspace)
        await self.courier.start()
        return self

    async def start_anew(self, workspace: Workspace) -> None:
        """Its people become known."""
        people = [
            Person(
                id=f"U{name}{workspace.id}",
                names=(name,),
                is_admin=name == "Dana",
                is_outsider=name == "Gus",
            )
            for name in ("Dana", "Ana", "Gus")
        ]
        await self.people.learn(workspace, people)

    async def actor(self, workspace: Workspace, name: str = "Ana") -> Actor:
        known, settings = await self.people.of(workspace), await self.store.read(workspace).settings()
        return actor_of(known, f"U{name}{workspace.id}", settings, self.now)

    async def make(self, workspace: Workspace, mode: str = "workspace_local", **fields: object) -> Ticket:
        actor = await self.actor(workspace)
        request = CreateRequest(
            actor=actor,
            origin=Origin(way="command", line="/ticket secret line"),
            target=Target(channel=f"{CHANNELS[workspace.id]}HOME", user=actor.user),
            key=f"made {uuid4()}",
        )
        wire = {**WIRE, "visibilityMode": mode, **fields}
        return (await self.tickets.create(workspace, wire, request)).ticket

    async def partner(
        self, one: Workspace, other: Workspace, *, lets: Right = "comment", is_let: Right = "comment"
    ) -> None:
        """`one` invites with what it lets the other, who accepts."""
        partners = self.across.partners
        admin, theirs = await self.actor(one, "Dana"), await self.actor(other, "Dana")
        await partners.invite(one, admin, NAMES[other.id], lets=lets, key=str(uuid4()))
        await partners.accept(other, theirs, NAMES[one.id], lets=is_let, key=str(uuid4()))

    async def watch(self, workspace: Workspace, *others: Workspace) -> None:
        """Chooses the channel where others' cards stand."""
        admin = await self.actor(workspace, "Dana")
        for other in others:
            await self.across.partners.choose_channel(
                workspace, admin, NAMES[other.id], CHANNELS[workspace.id]
            )

    @contextmanager
    def unwritten(self, workspace: Workspace) -> Iterator[None]:
        """A workspace's store cannot be written."""
        real = self.store.change

        async def change(there: Workspace, work: Callable[[Transaction], Awaitable[R]]) -> R:
            if there == workspace:
                raise StoreUnavailable("full")
            return await real(there, work)

        with patch.object(self.store, "change", change):
            yield

    async def end(self, one: Workspace, other: Workspace) -> None:
        admin = await self.actor(one, "Dana")
        await self.across.partners.end(one, admin, NAMES[other.id], key=str(uuid4()))

    async def request(self, workspace: Workspace, name: str = "Ana") -> StepRequest:
        return StepRequest(await self.actor(workspace, name), str(uuid4()))

    async def share(self, home: Workspace, number: int, *others: Workspace) -> Ticket:
        called = [NAMES[other.id] for other in others]
        return await self.across.sharing.share(home, number, called, await self.request(home))

    async def unshare(self, home: Workspace, number: int, *others: Workspace) -> Ticket:
        called = [NAMES[other.id] for other in others]
        return await self.across.sharing.unshare(home, number, called, await self.request(home))

    async def note(self, home: Workspace, number: int) -> None:
        """A change that everybody who sees the ticket sees."""
        await self.steps.take(
            home, number, "edit", {"summary": f"Printer {uuid4()}"}, await self.request(home)
        )

    async def writes(
        self,
        workspace: Workspace,
        channel: str,
        thread_ts: str,
        text: str,
        *,
        name: str = "Ana",
        **also: object,
    ) -> ThreadMessage:
        """Somebody writes in a thread."""
        message = self.message(workspace, channel, thread_ts, text, name=name, **also)
        await self.comments.record_reply(workspace, message)
        return message

    def message(
        self,
        workspace: Workspace,
        channel: str,
        thread_ts: str,
        text: str,
        *,
        name: str = "Ana",
        **also: object,
    ) -> ThreadMessage:
        self._said = getattr(self, "_said", 0) + 1
        return ThreadMessage.model_validate(
            {
                "channel": channel,
                "thread_ts": thread_ts,
                "ts": f"{int(self.now.timestamp())}.{self._said:06}",
                "author": f"U{name}{workspace.id}",
                "text": text,
                **also,
            }
        )

    async def comment(
        self, workspace: Workspace, number: int, text: str, *, nonce: UUID | None = None
    ) -> None:
        await self.comments.comment(workspace, await self.actor(workspace), number, text, nonce or uuid4())

    async def sees(self, workspace: Workspace, name: str = "Ana") -> list[str]:
        """What the lists of other workspaces' tickets show."""
        page = await self.across.sharing.find(
            workspace, await self.actor(workspace, name), _EVERYTHING, limit=100
        )
        return sorted(f"{each.name} v{each.shared.ticket.version}" for each in page.tickets if each.shared)

    def cards(self, workspace: Workspace) -> list[str]:
        return sorted(shown for (team, _), shown in self.slack.cards.items() if team == workspace.id)

    def copies(self, workspace: Workspace) -> list[str]:
        return [shown for (team, _), shown in self.slack.copies.items() if team == workspace.id]

    async def card(self, workspace: Workspace) -> Place:
        """Where the only card of another workspace's ticket stands."""
        (place,) = [place for team, place in self.slack.cards if team == workspace.id]
        return place

    async def said(self, workspace: Workspace, number: int) -> Sequence[str]:
        """A ticket's comments at home, with who wrote them."""
        page = await self.store.read(workspace).comments(number, limit=100)
        return [f"{each.from_elsewhere or each.author}: {each.text}" for each in page.comments]


_EVERYTHING = TicketFilter()
