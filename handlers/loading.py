"""Requests to a workspace whose store is not open yet. Slack waits three seconds: what takes longer is answered "One moment,
loading", and follows when it is there. Nothing that somebody typed is lost meanwhile.

Where other processes change the store, too, each request first looks at what they have committed: no right counts that was taken
away before somebody asked, whichever of them took it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Protocol, cast

from bot.domain.errors import InvalidInput, Problem
from bot.domain.workspace import Workspace
from bot.services.ports.tasks import Tasks
from handlers.blocks import notice
from handlers.blocks.kit import Message
from handlers.slack.errors import error_response
from handlers.slack.events import Event
from handlers.slack.message_payloads import MessageShortcut
from handlers.slack.payload_fields import readable
from handlers.slack.payloads import (
    BlockActions,
    GlobalShortcut,
    Payload,
    SlashCommand,
    ViewClosed,
    ViewSubmission,
)
from handlers.slack.response import OpenView, ReplyInThread, Response

LOADING = "loading"
"""The group of the tasks in which a request is answered later, and the outcome of such a request."""

PATIENCE = 2.0
"""Seconds that somebody waits for an answer, of the three that Slack does."""

_LOADING = "One moment, loading: I have not been needed here for a while."
_FOLLOWS = f"{_LOADING} What comes of it follows here."
_PRESS_AGAIN = f"{_LOADING} Nothing is lost: please send it again in a moment."
_CLOSE = f"{_LOADING} Please close this, and try again in a moment."
_READY = "I am ready now. Please do that once more: what was to open may open only while you wait."


class Opener(Protocol):
    """What of a Store this needs."""

    is_shared: bool

    def is_open(self, workspace: Workspace) -> bool: ...
    async def open(self, workspace: Workspace) -> None: ...


CatchUp = Callable[[float | None], Awaitable[None]]
"""Learns of installations what other processes have changed, as the `catch_up` of Installations."""


async def _nothing_to_learn(_: float | None) -> None:
    """Where nobody else changes them."""


class Loading:
    """Opens the stores that requests are for, and looks what others have changed there."""

    def __init__(self, opener: Opener, tasks: Tasks, catch_up: CatchUp = _nothing_to_learn) -> None:
        self.is_shared = opener.is_shared
        self.is_ready: Callable[[Workspace], bool] = opener.is_open if not self.is_shared else lambda _: False
        """Whether a request to a workspace can be handled at once."""
        self.catch_up = catch_up
        self._opener = opener
        self._tasks = tasks

    async def opened(self, workspace: Workspace) -> "Opening | None":
        """Of one that is not ready: None once it is; where that takes long, what tells when it is. Raises what opening it
        raises."""
        opening: Opening = asyncio.get_running_loop().create_future()
        self._tasks.spawn(LOADING, self._open(workspace, opening))
        await asyncio.wait({opening}, timeout=PATIENCE)
        if not opening.done():
            return opening
        if error := opening.result():
            raise error
        return None

    def later(
        self,
        opening: "Opening",
        payload: Payload,
        handled: Callable[[], Awaitable[Response]],
        follow_up: Callable[[Response], object],
    ) -> None:
        """Has a request `handled` once its store is open, and what comes of it done."""
        self._tasks.spawn(LOADING, _handle(opening, payload, handled, follow_up))

    async def _open(self, workspace: Workspace, opening: "Opening") -> None:
        error: Exception | None = None
        began = monotonic()
        try:
            await self._opener.open(workspace)
            await self.catch_up(began)
        except Exception as raised:  # noqa: BLE001  (whoever waits raises it, and a handler finds the same)
            error = raised
        opening.set_result(error)


Opening = asyncio.Future[Exception | None]
"""Done once a store is open, or with why it is not."""


def follows(payload: Payload) -> bool:
    """Whether a request is taken before its store is open. The others are sent again, by Slack or by somebody."""
    match payload:
        case SlashCommand(response_url=str()) | BlockActions() | ViewClosed():
            return True
        case _:
            return False


def answer(payload: Payload) -> Response:
    """What is said while it loads."""
    match payload:
        case SlashCommand():
            words = _FOLLOWS if follows(payload) else _LOADING
            return Response(notice.not_done(words, readable(payload.text).strip()))
        case BlockActions(response_url=str(url)):
            reply = ReplyInThread(url, notice.refused(_FOLLOWS), payload.container.thread_ts)
            return Response(follow_ups=(reply,))
        case BlockActions():  # in a view, which changes when it is ready
            return Response()
        case ViewSubmission() if any(block.get("type") == "input" for block in payload.view.blocks):
            problem = Problem(field=None, code=LOADING, message=_PRESS_AGAIN)
            return error_response(InvalidInput([problem]), payload)
        case ViewSubmission():
            return Response({"response_action": "push", "view": notice.trouble(_PRESS_AGAIN)})
        case MessageShortcut() | GlobalShortcut():
            address = payload.response_url if isinstance(payload, MessageShortcut) else None
            view = notice.trouble(_CLOSE)
            return Response(follow_ups=(OpenView(payload.trigger_id, view, payload.actor, address),))
        case Event():
            return Response(status=503)  # Slack sends it again: at once, in a minute, and in five
        case _:  # a menu has no options yet, and nobody waits when a view is closed
            return error_response(InvalidInput([]), payload)


async def _handle(
    opening: Opening,
    payload: Payload,
    handled: Callable[[], Awaitable[Response]],
    follow_up: Callable[[Response], object],
) -> None:
    await opening  # where it could not be opened, the handler finds that, and says so
    follow_up(_late(await handled(), payload))


def _late(response: Response, payload: Payload) -> Response:
    """What would have been the answer, on the response_url. A form cannot open any more: its trigger is too old."""
    kept = tuple(each for each in response.follow_ups if not isinstance(each, OpenView))
    if not isinstance(payload, SlashCommand | BlockActions) or payload.response_url is None:
        return Response(follow_ups=kept)
    thread = payload.container.thread_ts if isinstance(payload, BlockActions) else None
    said = cast("Message | None", response.body)  # of these two, an answer is a message
    if said is None and len(kept) < len(response.follow_ups):
        said = _ready(payload)
    told = (ReplyInThread(payload.response_url, said, thread),) if said else ()
    return Response(follow_ups=(*told, *kept))


def _ready(payload: Payload) -> Message:
    line = readable(payload.text).strip() if isinstance(payload, SlashCommand) else ""
    return notice.not_done(_READY, line) if line else notice.refused(_READY)
