"""What people do to a message that is to become a ticket, where Slack tells only which message it is: it is kept before it is
answered, and the courier reads the message."""

from bot.domain.draft import Draft
from bot.domain.outbox import Gesture, gesture_job
from bot.domain.permissions import Actor
from bot.domain.ticket import WayIn
from bot.domain.workspace import Workspace
from bot.services.ports.clock import Clock
from bot.services.ports.store import Store, Transaction


class Gestures:
    """Raises StoreUnavailable; nothing is kept then."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def begun(self, workspace: Workspace, _: Actor, key: str) -> bool:
        """Whether it was kept before: Slack tells of what people do more than once."""
        return await self._store.read(workspace).draft(_nonce(key)) is not None

    async def begin(  # noqa: PLR0913  (what a gesture is)
        self,
        workspace: Workspace,
        actor: Actor,
        key: str,
        way: WayIn,
        channel: str,
        ts: str,
        *,
        thread_ts: str | None = None,
    ) -> None:
        """Makes a ticket of the message, or an offer to tell what it lacks, soon and once for a `key`. `thread_ts`: where the
        actor is told what is to be told, if not beside the message."""
        gesture = Gesture(
            key=key,
            way=way,
            channel=channel,
            ts=ts,
            user=actor.user,
            thread_ts=thread_ts,
            outsider=actor.is_outsider,
        )
        nonce, now = _nonce(key), self._clock()

        async def work(tx: Transaction) -> None:
            if await tx.draft(nonce):
                return
            await tx.keep_draft(Draft(nonce=nonce, created_at=now, owner=actor.user))
            await tx.enqueue(gesture_job(gesture, now))

        await self._store.change(workspace, work)


def _nonce(key: str) -> str:
    return f"gesture:{key}"
