"""Where tickets live, as the use cases need it. `storage` implements it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple, Protocol, TypeVar
from uuid import UUID

from bot.domain.clock.timers import SubjectKind, Timer
from bot.domain.comments import Comment, CommentPage
from bot.domain.directory import Directory, Item
from bot.domain.draft import Draft
from bot.domain.fields import ItemKind
from bot.domain.home import Home
from bot.domain.lookup import Lookup
from bot.domain.outbox import Job
from bot.domain.people import ChannelMembers, Group, MemberSyncProgress, Person
from bot.domain.search import TicketFilter, TicketPage
from bot.domain.ticket import Entry, Ticket
from bot.domain.workspace import Workspace
from bot.domain.workspace_settings import WorkspaceSettings
from bot.services.ports.mirrors import MirrorReader, MirrorTransaction

T = TypeVar("T")


Due = Literal["jobs", "timers"]
JOBS: tuple[Due, ...] = ("jobs",)
TIMERS: tuple[Due, ...] = ("timers",)
EITHER: tuple[Due, ...] = (*JOBS, *TIMERS)


class Hold(NamedTuple):
    """The right of one `holder` to do by itself what `name` says, for a while, such as delivering a workspace.

    `number` grows with every new holder: what an earlier one writes is told apart by it, and refused.
    """

    name: str
    holder: str
    number: int


class HoldLost(Exception):
    """Somebody else holds it by now."""


class PeopleVersion(NamedTuple):
    """What the people, groups and channels of a workspace were at: `at` grows with each change of them. `of`: which workspace this
    is of those that a team had, one after the other, since each was forgotten."""

    of: int
    at: int


class Reader(MirrorReader, Protocol):
    """What has been committed in one workspace. Never waits for a writer or for the disk."""

    async def ticket(self, number: int) -> Ticket | None: ...
    async def ticket_by_id(self, ticket_id: UUID) -> Ticket | None: ...
    async def history(
        self, number: int, *, offset: int = 0, limit: int, without: Collection[str] = ()
    ) -> Sequence[Entry]:
        """A page of a ticket's history, the newest first; without the entries whose `what` is one of these."""

    async def last_entry(self, number: int, what: str) -> Entry | None:
        """The newest of its history with this `what`."""

    async def answered(self, key: str) -> int | None:
        """The number of the ticket that this idempotency key, or origin, made."""

    async def ticket_at(self, channel: str, ts: str) -> int | None:
        """The number of the ticket whose thread hangs on this message: where it was asked for, or a card of it."""

    async def comment(self, key: str) -> Comment | None: ...
    async def comments(
        self, number: int, *, before: int | None = None, limit: int = 10, internal: bool = True
    ) -> CommentPage:
        """The last of a ticket's comments that were heard; with `before`, the last of that many. With the internal ones, or
        without."""

    async def tickets(self, wanted: TicketFilter, *, offset: int = 0, limit: int = 10) -> TicketPage: ...
    async def queue_names(self) -> Sequence[str]:
        """The queues that tickets are in, as they are written there."""

    async def home(self, user: str) -> Home | None: ...
    async def directory(self, lookups: Iterable[Lookup]) -> Directory:
        """The part of the directory that these find, each item with what it belongs to: at most `MOST_FOUND` by one name
        and, once more, of those that belong to what the other look-ups find."""

    async def items_like(
        self, kind: ItemKind, typed: str, *, within: str | None = None, limit: int
    ) -> Sequence[Item]:
        """Type-ahead by name, ID and address, best first: what fits, or else what looks like it. `within`: only what
        belongs to this customer or site. What was loaded a moment ago may not be among them yet."""

    def items(self, kind: ItemKind) -> AsyncIterator[Item]:
        """All of the directory's, in the order of their import. However many there are, others may go on meanwhile."""

    async def settings(self) -> WorkspaceSettings:
        """What the workspace's admins have chosen."""

    async def draft(self, nonce: str) -> Draft | None: ...
    async def drafts(self, *, before: datetime) -> Sequence[str]:
        """The nonces of the drafts that were made before a moment."""

    async def people(self, *, changed_after: int = 0) -> Sequence[Person]:
        """Everybody who is known, those who have left included; at least those who changed after the people had this version."""

    async def groups(self) -> Sequence[Group]: ...
    async def channels(self) -> Sequence[ChannelMembers]:
        """The channels whose members are known."""

    async def people_version(self) -> PeopleVersion:
        """Another one after each change of the people, groups or channels: who kept them looks here whether they still are
        so. In a transaction, the one that they have once it is
        committed as it is by now; or, in the first of a workspace, perhaps one that they never have."""

    async def member_sync_progress(self) -> MemberSyncProgress: ...
    async def jobs(self, *, besides: Collection[UUID] = ()) -> Sequence[Job]:
        """The outbox, in the order in which the jobs were first enqueued; without those with these ids."""

    def job_ids(self) -> AsyncIterator[UUID]:
        """The ids of all jobs in the outbox. However many there are, others may go on meanwhile."""

    async def job(self, job_id: UUID) -> Job | None: ...
    async def timer(self, subject: str) -> Timer | None: ...
    async def timers(self, *, limit: int) -> Sequence[Timer]:
        """What comes next, the soonest first, and of one moment what was first kept, at a cost that does not grow with how many
        there are."""

    async def timers_of(self, kind: SubjectKind) -> Sequence[Timer]:
        """Those of all subjects of a kind, in no order."""


class Transaction(Reader, MirrorTransaction, Protocol):
    """Changes to one workspace that become visible and durable together, or not at all.

    Reads see what the transactions before this one have changed, and its own changes; lists of tickets, their queues and
    comments, what is durable. Transactions of one workspace run one after the other, so what a transaction reads is still
    true when it commits. One that changes nothing ends once all that it could read is durable.
    """

    async def read_ahead(
        self,
        *,
        tickets: Collection[int] = (),
        keys: Collection[str] = (),
        messages: Collection[tuple[str, str]] = (),
        timers: Collection[str] = (),
        jobs: Collection[UUID] = (),
    ) -> None:
        """Says what is asked for afterwards, one by one, so that a store that is far away can read it at once: tickets by their
        numbers, what keys answer, whose thread hangs on messages (their channel and `ts`), timers by their subjects, jobs. It
        changes nothing of what is read."""

    async def next_number(self) -> int:
        """The number of the next ticket. A number is used up only by the ticket that is saved under it."""

    async def save(
        self, ticket: Ticket, *, now: datetime, keys: Sequence[str] = (), origins: Sequence[str] = ()
    ) -> None:
        """Saves a new or changed ticket, and adds its `new_entries` to its history. `keys` answer with it for 30 days from
        now, `origins` for ever, or until they are released.
        """

    async def keep_cards(self, ticket: Ticket) -> None:
        """Where the cards of a saved ticket stand, and nothing else of it."""

    async def release(self, ticket: Ticket, *, origins: Sequence[str]) -> None:
        """Frees these origins of a ticket, and the threads that hang on them: another ticket may be made of them."""

    async def enqueue(self, job: Job) -> None:
        """Adds a job, or replaces the one with its id where it stands."""

    async def dequeue(self, job_id: UUID) -> None: ...
    async def keep_comment(self, comment: Comment) -> None:
        """Adds a comment, or replaces the one with its key."""

    async def keep_home(self, home: Home) -> None: ...
    async def keep_draft(self, draft: Draft) -> None: ...
    async def drop_draft(self, nonce: str) -> None: ...
    async def keep_item(self, item: Item) -> None:
        """Adds an item to the directory, or replaces the one of its kind with exactly its ID."""

    async def keep_person(self, person: Person) -> None: ...
    async def replace_groups(self, groups: Sequence[Group]) -> None:
        """All user groups that there are."""

    async def keep_channel(self, channel: ChannelMembers) -> None: ...
    async def drop_channel(self, channel: str) -> None: ...
    async def rename_channel(self, old: str, new: str) -> None:
        """Slack calls a channel by another ID. What comes after this transaction reads of `new` wherever `old` is written,
        and finds what is kept by either. A second time it changes nothing."""

    async def keep_member_sync_progress(self, progress: MemberSyncProgress) -> None: ...
    async def require(self, hold: Hold) -> None:
        """Raises HoldLost where somebody else has got it since."""

    async def keep_settings(self, settings: WorkspaceSettings) -> None: ...
    async def keep_timer(self, timer: Timer) -> None:
        """Adds a timer, or replaces the one of its subject."""

    async def drop_timer(self, subject: str) -> None: ...


class Store(Protocol):
    """All workspaces of a deployment. Raises `StoreUnavailable` where a commit cannot be written, and where what is kept of a
    workspace cannot be opened.

    A workspace is opened when it is first read or changed, and closed when nobody has used it for long or others need the
    room. Nobody need care for that but who keeps something in memory of it (`on_closed`), comes back by itself (`awake`,
    `is_use`), or must not be late (`open`).

    `is_shared`: whether other processes change it, too. Then whoever keeps something of it in memory looks whether it still is
    so, whoever decides by it calls `open` first, and what is to be done by one of them alone is done under a `hold`.
    """

    is_shared: bool

    async def workspaces(self) -> Sequence[Workspace]:
        """The workspaces that have a store. For starts and tools: on a request's path `workspace_of` is a look-up."""

    async def awake(self, now: datetime, due: Collection[Due] = EITHER) -> Sequence[Workspace]:
        """Those that are open, and those in which something is due by now: a timer, or a job. All others can wait. Asked for
        one of these, a store that is shared gives those in which it is due."""

    def next_due(self, *, after: datetime, due: Collection[Due] = EITHER) -> datetime | None:
        """When the next one falls due, after a moment, of those that are closed. It may be early, and is never late."""

    def read(self, workspace: Workspace, *, is_use: bool = True) -> Reader:
        """`is_use`: False for what comes back by itself, and would keep a workspace open for ever. Where nothing is kept of a
        workspace, nothing is found, and nothing is made."""

    async def open(self, workspace: Workspace) -> None:
        """Returns once it can be read at once. Of one that is shared it looks what was committed until now, and what is read
        afterwards is no older, wherever that is kept: so who asks after a right was taken away is refused, whoever took it.
        """

    def is_open(self, workspace: Workspace) -> bool:
        """Whether it can be read at once. A shared one opens nothing: it always can."""

    async def close_idle(self) -> float:
        """Closes what nobody has used for long. To be called again and again: gives the seconds until the next time."""

    def on_closed(self, tell: Callable[[Workspace], None]) -> None:
        """Calls `tell` with each workspace that is closed or forgotten: what somebody keeps of it in memory is to go."""

    def keep_open(self, needed: Callable[[Workspace], bool]) -> None:
        """Closes no workspace as long as it is `needed`."""

    def set_aside(self) -> Mapping[Workspace, Mapping[str, int]]:
        """How many jobs are set aside in those that are closed, by the reason, where there are any. Of those in which something
        may be due at once it need not be known."""

    def room(self) -> int:
        """How many more workspaces may be opened for what is kept open then. 0 or less: it is better to wait."""

    def let_jobs_wait(self, workspace: Workspace, *, until: datetime | None) -> None:
        """Its jobs make it due no sooner, unless somebody says otherwise or the process ends: nobody takes them anyway. None:
        they wait for nothing."""

    async def change(self, workspace: Workspace, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Runs `work` in a transaction, commits it, and gives what it gave. An exception leaves everything as it was.

        `work` may run again where its transaction collided with another, so it has no effect but through its argument.
        """

    def on_jobs(self, wake: Callable[[Workspace, Sequence[Job]], None]) -> None:
        """Calls `wake` after each commit with the jobs that it enqueued; with none where nobody can tell whether it went
        through, or another process has enqueued some: then it is to look itself."""

    def on_timers(self, wake: Callable[[Workspace], None]) -> None:
        """Calls `wake` after each commit that kept a timer."""

    def workspace_of(self, team_id: str) -> Workspace | None:
        """The workspace of a team, where something of it was ever committed. A look-up, however many there are."""

    async def hold(self, name: str, holder: str, seconds: float) -> Hold | None:
        """Takes it, or keeps it, for so many seconds from now; None while another holder has it."""

    async def renew(self, holds: Sequence[Hold], seconds: float) -> Sequence[Hold]:
        """As `hold`, of several at once that somebody had; gives those that they still have."""

    async def let_go(self, hold: Hold) -> None:
        """Ends it early."""

    async def ask_retry(self) -> None:
        """Asks all other processes that deliver from it to try again what was set aside, and where a token was refused."""

    def on_retry(self, tell: Callable[[], None]) -> None:
        """Calls `tell` where another process has asked for that."""

    async def holds(self, beginning: str) -> Sequence[Hold]:
        """Those that have not ended, and whose names begin so."""

    async def forget(self, workspace: Workspace) -> None:
        """Deletes all that is kept of a workspace, for good."""

    async def fault(self) -> str | None:
        """Why the store cannot write at the moment, or None where it can. What was wrong is looked at again, in each
        workspace, too."""

    def troubles(self) -> Mapping[str, str]:
        """Why what is kept of a workspace cannot be opened, or not be written, by its id, as far as somebody has tried. It stops
        no other workspace."""

    async def close(self) -> None: ...
