"""What a workspace's admins choose, and what follows from it: who is an agent.

Every change is one transaction. Until somebody changes something, everybody in the workspace is an agent.
"""

from collections.abc import Sequence
from typing import Literal

from bot.domain.clock.settings import ClockSettings
from bot.domain.contract import refuse_unstorable
from bot.domain.errors import Forbidden, InvalidInput, NotFound, NotKnown, Problem
from bot.domain.on_call_groups import refuse_shared
from bot.domain.people import Group, Person
from bot.domain.permissions import Actor
from bot.domain.queues import Queue
from bot.domain.words import listed, quoted
from bot.domain.workspace import Workspace
from bot.domain.workspace_settings import Level, WorkspaceSettings
from bot.services.people import People, actor_of
from bot.services.ports.clock import Clock
from bot.services.ports.store import Store, Transaction
from bot.services.queue_timers import forget, look_again

MOST = 40
"""Queues of a workspace: as many as a view has room for."""

_NAMED = 5  # admins, where somebody is told whom to ask

Choice = Literal["default_queue", "emoji", "notes", "level"]


class AdminSettings:
    """Raises Forbidden, NotKnown, NotFound, InvalidInput and StoreUnavailable; nothing is changed then."""

    def __init__(self, store: Store, people: People, clock: Clock) -> None:
        self._store = store
        self._people = people
        self._clock = clock

    async def actor(self, workspace: Workspace, user: str, *, outsider: bool = False) -> Actor:
        """`outsider`: a guest, a bot, or somebody of another organisation, as far as the request tells."""
        people = await self._people.of(workspace)
        settings = await self._store.read(workspace).settings()
        return actor_of(people, user, settings, self._clock(), outsider=outsider)

    async def read(self, workspace: Workspace, actor: Actor) -> WorkspaceSettings:
        """All of them, for an admin."""
        await refuse_all_but_admins(self._people, workspace, actor)
        return await self._store.read(workspace).settings()

    async def groups(self, workspace: Workspace, actor: Actor) -> Sequence[Group]:
        """All user groups, by name, for an admin."""
        await refuse_all_but_admins(self._people, workspace, actor)
        return (await self._people.of(workspace)).groups

    async def groups_like(self, workspace: Workspace, actor: Actor, typed: str) -> Sequence[Group]:
        """The user groups whose handle has what was typed, for an admin."""
        await refuse_all_but_admins(self._people, workspace, actor)
        return (await self._people.of(workspace)).groups_like(typed)

    async def queues_like(self, workspace: Workspace, _: Actor, typed: str) -> tuple[list[str], bool]:
        """The names of the queues that somebody may mean who has typed this much, and whether one is called so.
        Everybody who may ask for a ticket says into which queue it goes."""
        settings = await self._store.read(workspace).settings()
        return settings.matching(typed), settings.queue(typed) is not None

    async def queues(self, workspace: Workspace, _: Actor) -> Sequence[Queue]:
        """Those that are set up: whoever may ask for a ticket names one."""
        return (await self._store.read(workspace).settings()).queues

    async def clock(self, workspace: Workspace, _: Actor) -> ClockSettings:
        """By which calendars time counts: whoever sees a ticket sees how much of it is left."""
        return (await self._store.read(workspace).settings()).clock

    async def works_by_emoji(self, workspace: Workspace, actor: Actor) -> bool:
        """Whether the reactions of the actor make, take and resolve tickets: of agents, where an admin has chosen so."""
        return actor.is_agent and (await self._store.read(workspace).settings()).emoji

    async def save_queue(
        self, workspace: Workspace, actor: Actor, queue: Queue, *, instead_of: str | None = None
    ) -> WorkspaceSettings:
        """Adds a queue, or changes the one that was called `instead_of`, whose overrides stay."""
        await refuse_all_but_admins(self._people, workspace, actor)
        refuse_unstorable({"name": queue.name})

        async def work(tx: Transaction) -> WorkspaceSettings:
            before = await tx.settings()
            settings = _with_queue(before, queue, instead_of)
            old = before.queue(instead_of)
            new = _turns(queue) - _turns(old)
            problems = await self._people.refused(workspace, "people", sorted(new))
            if queue.lead and (old is None or queue.lead != old.lead):
                problems += await self._people.refused(workspace, "lead", [queue.lead])
            if queue.calendar and before.clock.calendar(queue.calendar) is None:
                words = f"There is no calendar {quoted(queue.calendar)} any more. Choose another one."
                problems.append(Problem(field="calendar", code="unknown_calendar", message=words))
            if problems:
                raise InvalidInput(problems)
            await tx.keep_settings(settings)
            called = old.name if old else queue.name
            await look_again(tx, queue, self._clock(), once_called=called, group_anew=True)
            return settings

        return await self._store.change(workspace, work)

    async def remove_queue(self, workspace: Workspace, actor: Actor, name: str) -> WorkspaceSettings:
        """Its tickets keep its name."""
        await refuse_all_but_admins(self._people, workspace, actor)

        async def work(tx: Transaction) -> WorkspaceSettings:
            before = await tx.settings()
            settings = before.without_queue(name)
            await tx.keep_settings(settings)
            if queue := before.queue(name):
                await forget(tx, queue)
            return settings

        return await self._store.change(workspace, work)

    async def choose(
        self, workspace: Workspace, actor: Actor, choice: Choice, value: str | None
    ) -> WorkspaceSettings:
        """Changes one of the choices that hold for the whole workspace; `value` as a menu has it, None for none."""
        await refuse_all_but_admins(self._people, workspace, actor)

        async def work(tx: Transaction) -> WorkspaceSettings:
            before = await tx.settings()
            if choice == "default_queue" and value and not before.queue(value):
                raise no_queue(value, before)  # removed while the menu was open
            settings = WorkspaceSettings.model_validate(dict(before) | {choice: value})
            await tx.keep_settings(settings)
            return settings

        return await self._store.change(workspace, work)

    async def level(self, workspace: Workspace, actor: Actor) -> Level:
        """How much the actor is told."""
        return (await self._store.read(workspace).settings()).level_of(actor.user)

    async def choose_level(self, workspace: Workspace, actor: Actor, level: Level) -> None:
        """How much the actor wants to be told: everybody chooses for themselves."""

        async def work(tx: Transaction) -> None:
            settings = await tx.settings()
            if settings.levels.get(actor.user) != level:
                levels = {**settings.levels, actor.user: level}
                await tx.keep_settings(settings.model_copy(update={"levels": levels}))

        await self._store.change(workspace, work)


async def refuse_all_but_admins(people: People, workspace: Workspace, actor: Actor) -> None:
    """Raises Forbidden, or NotKnown where it is not known yet who they are."""
    if actor.is_admin:
        return
    if not actor.is_known:
        raise NotKnown
    admins = (await people.of(workspace)).admins
    raise Forbidden(f"Settings are for the workspace's admins. {who_to_ask(admins)}")


def no_queue(name: str, settings: WorkspaceSettings) -> NotFound:
    near = settings.matching(name)
    if not settings.queues:
        return NotFound("No queue is set up yet. A workspace admin adds one with `/ticket settings`.")
    known = near or [queue.name for queue in settings.queues]
    return NotFound(f"There is no queue {quoted(name)}. Did you mean {listed(known)}?")


def who_to_ask(admins: Sequence[Person]) -> str:
    names = sorted((person.name for person in admins), key=str.casefold)
    if not names:
        return "Ask one of them."
    more = len(names) - _NAMED
    return f"Ask {listed([*names[:_NAMED], 'another one'] if more > 0 else names)}."


def _turns(queue: Queue | None) -> set[str]:
    """Who is in its rotation."""
    return {*queue.rotation.people} if queue and queue.rotation else set()


def _with_queue(before: WorkspaceSettings, queue: Queue, instead_of: str | None) -> WorkspaceSettings:
    old, same = before.queue(instead_of), before.queue(queue.name)
    if instead_of and old is None:
        raise no_queue(instead_of, before)
    if same and same is not old:
        words = f"There is a queue {quoted(same.name)} already. Choose another name, or change that one."
        raise InvalidInput([Problem(field="name", code="taken", message=words)])
    refuse_shared(queue, [each for each in before.queues if each is not old])
    kept = queue.model_copy(update={"overrides": old.overrides if old else ()})
    settings = before.with_queue(kept, instead_of=instead_of)
    if len(settings.queues) > MOST:
        raise InvalidInput([Problem(field="name", code="too_many", message=f"{MOST} queues are the most.")])
    return settings
