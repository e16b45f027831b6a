"""What a workspace's admins choose, and what follows from it: who is an agent, and who is on call.

Every change is one transaction. Until somebody changes something, everybody in the workspace is an agent.
"""

from collections.abc import Collection
from datetime import datetime
from functools import partial
from typing import Literal

from bot.domain import permissions, queues
from bot.domain.errors import DeskError, InvalidInput, NotFound, Problem
from bot.domain.people import WorkspacePeople
from bot.domain.permissions import Actor
from bot.domain.queues import Override, Queue, Shift
from bot.domain.words import listed, quoted
from bot.domain.workspace import Workspace
from bot.domain.workspace_settings import WorkspaceSettings
from bot.services.people import People
from bot.services.ports.clock import Clock
from bot.services.ports.store import Store

MOST = 40
"""Queues of a workspace: as many as a view has room for."""

Choice = Literal["default_queue", "emoji", "notes"]


class NotAllowed(DeskError):
    code = "forbidden"


class Preferences:
    """Raises NotAllowed, NotFound, InvalidInput and StoreUnavailable; nothing is changed then."""

    def __init__(self, store: Store, people: People, clock: Clock) -> None:
        self._store = store
        self._people = people
        self._clock = clock

    async def settings(self, workspace: Workspace) -> WorkspaceSettings:
        return await self._store.read(workspace).settings()

    async def actor(self, workspace: Workspace, user: str, *, outsider: bool = False) -> Actor:
        """`outsider`: a guest, a bot, or somebody of another organisation, as far as the request tells."""
        people = await self._people.of(workspace)
        outsider = outsider or people.is_outsider(user)
        members = partial(_members, people)
        return permissions.actor(user, await self.settings(workspace), members, outsider=outsider)

    async def queues_of(self, workspace: Workspace, user: str) -> tuple[str, ...]:
        """The names of the queues that somebody works in."""
        people = await self._people.of(workspace)
        if people.is_outsider(user):
            return ()
        return permissions.queues_of(user, await self.settings(workspace), partial(_members, people))

    async def on_call(self, workspace: Workspace, queue: str | None, now: datetime) -> str | None:
        """Who is on call for a queue: a Slack user ID, or null where nobody is or the queue is not set up."""
        found, left = (await self.settings(workspace)).queue(queue), (await self._people.of(workspace)).left
        return queues.on_call(found, now, left) if found else None

    async def next_on_call(self, workspace: Workspace, queue: str | None, now: datetime) -> Shift | None:
        """Who is on call next, and from when."""
        found, left = (await self.settings(workspace)).queue(queue), (await self._people.of(workspace)).left
        return queues.next_on_call(found, now, left) if found else None

    async def may_change(self, workspace: Workspace, user: str) -> None:
        """Raises NotAllowed for whoever is no admin of the workspace."""
        if not (await self._people.of(workspace)).is_admin(user):
            raise NotAllowed("Settings are for the workspace's admins. Ask one of them to change it.")

    async def save_queue(
        self, workspace: Workspace, user: str, queue: Queue, *, instead_of: str | None = None
    ) -> WorkspaceSettings:
        """Adds a queue, or changes the one that was called `instead_of`, whose overrides stay."""
        await self.may_change(workspace, user)
        async with self._store.transaction(workspace) as tx:
            before = await tx.settings()
            old, same = before.queue(instead_of), before.queue(queue.name)
            if instead_of and old is None:
                raise _no_queue(instead_of, before)
            if same and same is not old:
                words = (
                    f"There is a queue {quoted(same.name)} already. Choose another name, or change that one."
                )
                raise InvalidInput([Problem(field="name", code="taken", message=words)])
            kept = queue.model_copy(update={"overrides": old.overrides if old else ()})
            settings = before.with_queue(kept, instead_of=instead_of)
            if len(settings.queues) > MOST:
                raise InvalidInput(
                    [Problem(field="name", code="too_many", message=f"{MOST} queues are the most.")]
                )
            await tx.keep_settings(settings)
        return settings

    async def remove_queue(self, workspace: Workspace, user: str, name: str) -> WorkspaceSettings:
        """Its tickets keep its name."""
        await self.may_change(workspace, user)
        async with self._store.transaction(workspace) as tx:
            settings = (await tx.settings()).without_queue(name)
            await tx.keep_settings(settings)
        return settings

    async def choose(
        self, workspace: Workspace, user: str, choice: Choice, value: str | None
    ) -> WorkspaceSettings:
        """Changes one of the choices that hold for the whole workspace; `value` as a menu has it, null for none."""
        await self.may_change(workspace, user)
        async with self._store.transaction(workspace) as tx:
            before = await tx.settings()
            if choice == "default_queue" and value and not before.queue(value):
                raise _no_queue(value, before)  # removed while the menu was open
            settings = WorkspaceSettings.model_validate(dict(before) | {choice: value})
            await tx.keep_settings(settings)
        return settings

    async def cover(self, workspace: Workspace, user: str, name: str, override: Override) -> Queue:
        """Somebody stands in: admins and the queue's own agents may say so."""
        async with self._store.transaction(workspace) as tx:
            settings = await tx.settings()
            queue = settings.queue(name)
            if queue is None:
                raise _no_queue(name, settings)
            theirs = queue.name in await self.queues_of(workspace, user)
            if not theirs and not (await self._people.of(workspace)).is_admin(user):
                words = f"Only agents of {quoted(queue.name)} and admins can change who is on call there."
                raise NotAllowed(words)
            changed = queues.covered(queue, override, self._clock())
            await tx.keep_settings(settings.with_queue(changed, instead_of=queue.name))
        return changed


def _members(people: WorkspacePeople, queue: Queue) -> Collection[str]:
    return people.members(queue) or frozenset()


def _no_queue(name: str, settings: WorkspaceSettings) -> NotFound:
    near = settings.matching(name)
    if not settings.queues:
        return NotFound("No queue is set up yet. A workspace admin adds one with `/ticket settings`.")
    known = near or [queue.name for queue in settings.queues]
    return NotFound(f"There is no queue {quoted(name)}. Did you mean {listed(known)}?")
