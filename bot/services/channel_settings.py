"""What tickets of a channel begin with: how a new ticket is filled from it, and who chooses it.

Every change is one transaction. What is gone from the directory since fills nothing, and breaks nothing.
"""

from collections.abc import Collection, Mapping
from typing import Generic, NamedTuple, TypeVar

from bot.domain.channel_defaults import NOTHING, ChannelDefaults, Intake, faults
from bot.domain.errors import Forbidden, InvalidInput, NotKnown, Problem
from bot.domain.lookup import ids_of
from bot.domain.permissions import Actor, may_set_channel
from bot.domain.workspace import Workspace
from bot.domain.workspace_settings import WorkspaceSettings
from bot.services.people import People
from bot.services.ports.store import Reader, Store, Transaction
from bot.services.workspace_settings import no_queue, who_to_ask

Value = TypeVar("Value")


class Begun(NamedTuple, Generic[Value]):
    """The fields of a new ticket; those that its channel `filled`; and those whose default is `gone` from the directory."""

    fields: Mapping[str, Value | str]
    filled: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


async def standing(reader: Reader, channel: str | None) -> tuple[ChannelDefaults, tuple[str, ...]]:
    """What a channel's tickets begin with at this moment, and what of it is gone from the directory."""
    defaults = (await reader.settings()).of_channel(channel)
    if defaults is None:
        return NOTHING, ()
    gone = defaults.gone(await reader.directory(ids_of(defaults.fields)))
    return defaults.without(gone), gone


async def begun(
    reader: Reader, channel: str | None, fields: Mapping[str, Value], doubtful: Collection[str] = ()
) -> Begun[Value]:
    """The fields of a new ticket of a channel, with what the channel's tickets begin with."""
    defaults, gone = await standing(reader, channel)
    if not defaults.fields:
        return Begun(fields, gone=gone)
    directory = await reader.directory(ids_of(fields))
    whole = directory.complete(fields)
    filled = defaults.fill(whole, doubtful=doubtful)
    new = tuple(field for field in defaults.fields if filled.get(field) != whole.get(field))
    return Begun(filled, new, gone)


class ChannelSettings:
    """Raises Forbidden, NotKnown, InvalidInput and StoreUnavailable; nothing is changed then."""

    def __init__(self, store: Store, people: People) -> None:
        self._store = store
        self._people = people

    async def begun(
        self,
        workspace: Workspace,
        _: Actor,
        channel: str | None,
        fields: Mapping[str, Value],
        doubtful: Collection[str] = (),
    ) -> Begun[Value]:
        """As a ticket of the channel is filled that is made now. Everybody who may ask for a ticket sees what it begins
        with."""
        return await begun(self._store.read(workspace), channel, fields, doubtful)

    async def standing(self, workspace: Workspace, _: Actor, channel: str | None) -> ChannelDefaults:
        """What its tickets begin with, as far as the directory still has it."""
        return (await standing(self._store.read(workspace), channel))[0]

    async def read(self, workspace: Workspace, actor: Actor, channel: str) -> ChannelDefaults:
        """What is chosen for a channel, for somebody who may choose it."""
        settings = await self._store.read(workspace).settings()
        return await self._refuse_others(workspace, actor, settings, channel)

    async def save(
        self, workspace: Workspace, actor: Actor, channel: str, defaults: ChannelDefaults
    ) -> ChannelDefaults:
        """Chooses all of it anew, and gives what was saved."""

        async def work(tx: Transaction) -> ChannelDefaults:
            settings = await tx.settings()
            before = await self._refuse_others(workspace, actor, settings, channel)
            directory = await tx.directory(ids_of(defaults.fields))
            whole = settings.spelled(directory.complete(defaults.fields))
            chosen = defaults.model_copy(update={"fields": whole})
            problems = faults(chosen, await tx.directory(ids_of(whole)))
            problems += _queue_faults(actor, chosen, settings)
            problems += await self._told_faults(workspace, chosen, before)
            if problems:
                raise InvalidInput(problems)
            await tx.keep_settings(settings.with_defaults(channel, chosen))
            return chosen

        return await self._store.change(workspace, work)

    async def switch(self, workspace: Workspace, actor: Actor, channel: str, intake: Intake) -> None:
        """Says what becomes of new messages, from now on."""

        async def work(tx: Transaction) -> None:
            settings = await tx.settings()
            before = await self._refuse_others(workspace, actor, settings, channel)
            if before.intake != intake:
                chosen = before.model_copy(update={"intake": intake})
                await tx.keep_settings(settings.with_defaults(channel, chosen))

        await self._store.change(workspace, work)

    async def forget(self, workspace: Workspace, actor: Actor, channel: str) -> None:
        """Tickets of the channel begin with nothing, and its messages become none."""

        async def work(tx: Transaction) -> None:
            settings = await tx.settings()
            await self._refuse_others(workspace, actor, settings, channel)
            await tx.keep_settings(settings.with_defaults(channel, NOTHING))

        await self._store.change(workspace, work)

    async def _refuse_others(
        self, workspace: Workspace, actor: Actor, settings: WorkspaceSettings, channel: str
    ) -> ChannelDefaults:
        """What is chosen for the channel, for somebody who may choose it."""
        chosen = settings.of_channel(channel)
        if may_set_channel(actor, chosen):
            return chosen or NOTHING
        if not actor.is_settled:
            raise NotKnown
        admins = who_to_ask((await self._people.of(workspace)).admins)
        queue = chosen.fields.get("assignedQueue") if chosen else None
        whose = f"the agents of {queue}" if queue else "agents"
        message = (
            f"What tickets of this channel begin with is for {whose} and the workspace's admins. {admins}"
        )
        raise Forbidden(message)

    async def _told_faults(
        self, workspace: Workspace, chosen: ChannelDefaults, before: ChannelDefaults
    ) -> list[Problem]:
        """Why somebody cannot be told who is chosen newly."""
        new = [user for user in chosen.told if user not in before.told]
        known = await self._people.of(workspace)
        if any(not known.remembers(user) for user in new):
            message = "I do not know everybody yet whom you chose. Please try again in a moment."
            return [Problem(field="told", code="not_known", message=message)]
        return await self._people.refused(workspace, "told", new)


def _queue_faults(actor: Actor, chosen: ChannelDefaults, settings: WorkspaceSettings) -> list[Problem]:
    name = chosen.fields.get("assignedQueue")
    if name and settings.queue(name) is None:
        message = no_queue(name, settings).message
        return [Problem(field="assignedQueue", code="unknown_queue", message=message)]
    if may_set_channel(actor, chosen):
        return []
    message = f"You are no agent of {name}. Choose a queue of yours, or ask an admin."
    return [Problem(field="assignedQueue", code="for_agents", message=message)]
