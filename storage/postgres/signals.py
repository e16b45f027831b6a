"""How replicas hear of each other's commits: by NOTIFY, or else by asking.

A commit notifies nobody itself: that would make all commits of the server wait for each other. What was committed gathers here
and is sent by one statement, at most every 5 ms. A replica listens on a connection of its own, past a pooler. It hears its own
beat there; where it does not, because the connection was lost or a pooler swallows it, everything is asked for each second.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import monotonic
from typing import Literal, cast, get_args
from uuid import UUID

import structlog

from storage.postgres.database import Database
from storage.postgres.driver import Connection

Kind = Literal["jobs", "timers", "known", "workspaces", "installations", "sharing", "retry"]
"""What there is news of: jobs or timers of a workspace, what replicas know of it, which workspaces there are, what belongs to
the deployment, and that somebody wants deliveries tried again."""

CHANNEL = "deskhand"

_BEAT = "beat"
_GAP = 0.005  # seconds between two notifications
_ASK = 1.0  # seconds after which everything is asked for while nothing is heard
_ASK_ANYWAY = 5.0  # and while it is: a replica may have died between its commit and its notification
_LISTEN_AGAIN = (1.0, 16.0)  # seconds after which it is tried again to listen: at first, and at most
_SEND = "SELECT pg_notify($1, each) FROM unnest($2::text[]) each"
_log = structlog.get_logger()


class Signals:
    """From `start` to `close`. `heard` is called with what others tell, `ask` for all that may have been missed."""

    def __init__(
        self,
        database: Database,
        replica: UUID,
        heard: Callable[[Kind, str], None],
        ask: Callable[[], Awaitable[None]],
    ) -> None:
        self._database = database
        self._replica = str(replica)
        self._heard = heard
        self._ask = ask
        self._pending: dict[str, None] = {}
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._listener: Connection | None = None
        self._is_heard = False  # our own beat, since we listen
        self._is_beating = False  # one was sent that was not heard yet
        self._was_lost = False
        self._ask_at = self._listen_at = self._send_at = 0.0
        self._pause = _LISTEN_AGAIN[0]

    @property
    def are_heard(self) -> bool:
        return self._is_heard and self._listener is not None

    def start(self) -> None:
        """To be called within the event loop, as often as one likes."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run(), name="signals of PostgreSQL")

    def tell(self, kind: Kind, workspace: str = "") -> None:
        """The other replicas."""
        self._pending[f"{kind} {workspace} {self._replica}"] = None
        self._woken.set()

    def ask_soon(self) -> None:
        self._ask_at = 0.0
        self._woken.set()

    async def close(self) -> None:
        """What gathered is sent first."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            with suppress(Exception):
                await self._send()
        await self._stop_listening()

    async def _run(self) -> None:
        while True:
            try:
                await self._turn()
            except Exception as error:  # noqa: BLE001  (it is logged, and tried again)
                self._tell_lost(error)
                self._ask_at = max(self._ask_at, monotonic() + _ASK)
            await self._wait()

    async def _wait(self) -> None:
        """Until there is something to do."""
        if self._pending:
            await asyncio.sleep(max(0.0, self._send_at - monotonic()))
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, min(self._ask_at, self._listen_at) - monotonic())):
                await self._woken.wait()

    async def _turn(self) -> None:
        self._woken.clear()
        if self._pending and self._send_at <= monotonic():
            await self._send()
        if self._ask_at <= monotonic():
            await self._beat()
            await self._ask()
        if self._listener is None and self._listen_at <= monotonic():
            await self._listen()

    async def _send(self) -> None:
        sent, self._pending = self._pending, {}
        if not sent:
            return
        self._send_at = monotonic() + _GAP
        try:
            await self._database.fetch(_SEND, CHANNEL, [*sent])
        except BaseException:
            self._pending = {**sent, **self._pending}
            self._send_at = monotonic() + _ASK
            raise

    async def _beat(self) -> None:
        """Whether the last one was heard decides how soon everything is asked for again."""
        if self._listener and self._is_beating:
            self._tell_lost(None)
            await self._stop_listening()
        self._ask_at = monotonic() + (_ASK_ANYWAY if self.are_heard else _ASK)
        self._is_beating = self._listener is not None
        if self._is_beating:
            self.tell(cast(Kind, _BEAT))

    async def _listen(self) -> None:
        """Asks for everything once it does: something may have been missed."""
        self._listen_at = monotonic() + self._pause
        self._pause = min(2 * self._pause, _LISTEN_AGAIN[1])
        connection = await self._database.connect_directly()
        try:
            connection.add_termination_listener(self._lost)
            await connection.add_listener(CHANNEL, self._notified)
        except BaseException:
            connection.terminate()
            raise
        self._listener = connection
        self._listen_at = float("inf")
        self._ask_at, self._is_beating = 0.0, False

    async def _stop_listening(self) -> None:
        listener, self._listener, self._is_heard = self._listener, None, False
        self._listen_at = monotonic() + self._pause
        if listener:
            with suppress(Exception):
                await listener.close(timeout=1)

    def _lost(self, connection: object) -> None:
        if self._listener is connection:
            self._listener, self._is_heard, self._listen_at = None, False, 0.0
            self.ask_soon()

    def _notified(self, _: object, __: int, ___: str, payload: str) -> None:
        kind, _, rest = payload.partition(" ")
        workspace, _, replica = rest.partition(" ")
        if replica == self._replica:
            if kind == _BEAT:
                self._beat_heard()
        elif kind in get_args(Kind):
            try:
                self._heard(cast(Kind, kind), workspace)
            except Exception:  # noqa: BLE001  (it ends no other)
                _log.exception("signal_not_taken", kind=kind, workspace=workspace)

    def _beat_heard(self) -> None:
        self._is_heard, self._is_beating = True, False
        self._pause = _LISTEN_AGAIN[0]
        if self._was_lost:
            self._was_lost = False
            _log.info("signals_heard_again")

    def _tell_lost(self, error: Exception | None) -> None:
        """Once, until they are heard again."""
        if not self._was_lost:
            self._was_lost = True
            _log.warning("signals_not_heard", why=type(error).__name__ if error else "no answer to our own")
