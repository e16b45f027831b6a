"""What is done in Slack after the answer. Failures are logged, and a user who is waiting is told."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from weakref import WeakValueDictionary

import structlog

from bot.domain.clock.dnd import DndInShift
from bot.domain.errors import DeskError
from bot.domain.workspace import Workspace
from bot.services.people import People
from bot.services.ports.messenger import NotDelivered
from bot.services.ports.tasks import Tasks
from handlers.blocks import dnd_notice, notice
from handlers.blocks.kit import message
from handlers.outbound.clients import ClientFor, WorkspaceClient
from handlers.outbound.members import ChannelPages, learn_channel, learn_groups, look_up
from handlers.outbound.slack_errors import CALL_SECONDS, SLACK_FAILURES, why
from handlers.slack.response import (
    Ephemeral,
    FollowUp,
    LookUp,
    LookUpChannel,
    LookUpGroups,
    OpenView,
    PublishHome,
    ReplyInThread,
    Respond,
    UpdateView,
    WarnOfDnd,
)

DndIn = Callable[[Workspace], Awaitable[Sequence[DndInShift]]]

FOLLOW_UPS = "follow_ups"
"""The group of their tasks."""

_TRIGGER_LIVES = 2.5  # seconds of the trigger's three that are left for the call
_NO_FORM = "Slack did not let me open the form. Please try again in a moment."
_NO_UPDATE = (
    "Slack did not let me show what comes of that. Please close the form, and open it again in a moment."
)
_NOT_MISSED = {"hash_conflict", "not_found"}
"""Where an update is refused since what the user sees is newer, or closed."""
_HOMES = 3
"""So often Home is drawn for one request, where it is another one each time."""
_log = structlog.get_logger()


class AfterAnswer:
    """Does each in a task of its own."""

    def __init__(
        self, client_for: ClientFor, people: People, tasks: Tasks, dnd_in: DndIn, *, is_shared: bool = False
    ) -> None:
        """`dnd_in`: tells whose do-not-disturb lies in their shift. `is_shared`: whether there may be other replicas."""
        self._is_shared = is_shared
        self._client_for = client_for
        self._dnd_in = dnd_in
        self._people = people
        self._tasks = tasks
        self._looking_up: set[tuple[Workspace, LookUp | LookUpChannel | LookUpGroups]] = set()
        self._homes: dict[tuple[Workspace, str], PublishHome] = {}  # the newest of each person
        self._publishing: WeakValueDictionary[tuple[Workspace, str], asyncio.Lock] = WeakValueDictionary()

    def start(self, workspace: Workspace, follow_ups: Iterable[FollowUp]) -> None:
        for follow_up in follow_ups:
            if isinstance(follow_up, PublishHome):
                self._homes[workspace, follow_up.user] = follow_up
            self._tasks.spawn(FOLLOW_UPS, self._run(workspace, follow_up))

    async def _run(self, workspace: Workspace, follow_up: FollowUp) -> None:
        client = self._client_for(workspace)
        try:
            async with asyncio.timeout(_TRIGGER_LIVES if isinstance(follow_up, OpenView) else CALL_SECONDS):
                await self._do(client, workspace, follow_up)
        except (*SLACK_FAILURES, NotDelivered) as error:
            _log.warning(
                "Slack refused what was to happen beside an answer",
                what=type(follow_up).__name__,
                why=why(error),
            )
            if isinstance(follow_up, OpenView):
                await self._say_no_form(client, follow_up)
            if isinstance(follow_up, UpdateView) and why(error) not in _NOT_MISSED:
                await self._say_no_update(client, follow_up)

    async def _do(self, client: WorkspaceClient, workspace: Workspace, follow_up: FollowUp) -> None:
        match follow_up:
            case OpenView():
                open_view = client.views_push if follow_up.on_top else client.views_open
                await open_view(trigger_id=follow_up.trigger_id, view=follow_up.view)
            case UpdateView():
                await client.views_update(
                    view_id=follow_up.view_id, hash=follow_up.hash or None, view=follow_up.view
                )
            case PublishHome():
                await self._publish(client, workspace, follow_up)
            case Respond():
                await client.respond(follow_up.response_url, {**follow_up.message, "replace_original": True})
            case ReplyInThread():
                await _reply_below(follow_up, client)
            case Ephemeral():
                await client.chat_postEphemeral(
                    channel=follow_up.channel,
                    user=follow_up.user,
                    thread_ts=follow_up.thread_ts,
                    **follow_up.message,
                )
            case WarnOfDnd():
                await self._warn_of_dnd(client, workspace, follow_up)
            case LookUp() | LookUpChannel() | LookUpGroups():
                await self._look_up(client, workspace, follow_up)

    async def _look_up(
        self, client: WorkspaceClient, workspace: Workspace, wanted: LookUp | LookUpChannel | LookUpGroups
    ) -> None:
        """Once at a time for each: what one call learns is there for every request. But for what has changed, which a
        call that is under way may not know yet."""
        is_news = isinstance(wanted, LookUpChannel) and wanted.has_changed
        if (workspace, wanted) in self._looking_up and not is_news:
            return
        self._looking_up.add((workspace, wanted))
        try:
            match wanted:
                case LookUp():
                    await self._people.learn(workspace, [await look_up(client, workspace, wanted.user)])
                case LookUpChannel():
                    await learn_channel(client, self._people, workspace, ChannelPages(wanted.channel))
                case LookUpGroups():
                    await learn_groups(client, self._people, workspace)
        finally:
            self._looking_up.discard((workspace, wanted))

    async def _warn_of_dnd(self, client: WorkspaceClient, workspace: Workspace, follow_up: WarnOfDnd) -> None:
        if found := await self._dnd_in(workspace):
            await _reply_below(ReplyInThread(follow_up.response_url, dnd_notice.message_of(found)), client)

    async def _publish(self, client: WorkspaceClient, workspace: Workspace, follow_up: PublishHome) -> None:
        """One after the other for each person, and none that is older than one already asked for: so the newest stays.

        A hash would keep the first of two that were drawn on the same Home, which is the older one.
        """
        whose = (workspace, follow_up.user)
        async with self._publishing.setdefault(whose, asyncio.Lock()):
            if self._homes.get(whose) is follow_up:
                try:
                    await self._publish_newest(client, follow_up, lambda: self._homes.get(whose) is follow_up)
                finally:
                    if self._homes.get(whose) is follow_up:
                        del self._homes[whose]

    async def _publish_newest(
        self, client: WorkspaceClient, home: PublishHome, is_newest: Callable[[], bool]
    ) -> None:
        """Of several replicas each draws it once more after it has: whichever was last in Slack finds what the others did.
        Where `is_newest` says that another one waits here already, that one does."""
        for _ in range(_HOMES):
            await client.views_publish(user_id=home.user, view=home.view)
            if not self._is_shared or not is_newest():
                return
            try:
                newer = await home.again()
            except DeskError:  # it stays as it was drawn
                return
            if newer.view == home.view:
                return
            home = newer

    async def _say_no_form(self, client: WorkspaceClient, follow_up: OpenView) -> None:
        """The form did not open, and the answer has been given: the user hears of it another way, if any is left."""
        try:
            async with asyncio.timeout(CALL_SECONDS):
                if follow_up.response_url:
                    await _reply_below(ReplyInThread(follow_up.response_url, message(_NO_FORM)), client)
                else:
                    await client.chat_postMessage(channel=follow_up.user, text=_NO_FORM)
        except (*SLACK_FAILURES, NotDelivered) as error:
            _log.error("a user could not be told that no form opened", user=follow_up.user, why=why(error))

    async def _say_no_update(self, client: WorkspaceClient, follow_up: UpdateView) -> None:
        """The view stays as it was. A message would be seen only once it is closed."""
        user, view = follow_up.user, notice.trouble(_NO_UPDATE)
        try:
            async with asyncio.timeout(CALL_SECONDS):
                try:
                    await client.views_push(trigger_id=follow_up.trigger_id, view=view)
                except (*SLACK_FAILURES, NotDelivered):
                    await client.chat_postMessage(channel=user, text=_NO_UPDATE)
        except (*SLACK_FAILURES, NotDelivered) as error:
            _log.error("a user could not be told that a form did not change", user=user, why=why(error))


async def _reply_below(reply: ReplyInThread, client: WorkspaceClient) -> None:
    thread = {"thread_ts": reply.thread_ts} if reply.thread_ts else {}
    await client.respond(reply.response_url, {**reply.message, "replace_original": False, **thread})
