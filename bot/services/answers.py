"""What is said to people who spoke to us where Slack gave nothing to answer on, as in threads: by the outbox, so that it
outlives a crash."""

from collections.abc import Mapping
from uuid import UUID, uuid5

from pydantic import JsonValue

from bot.domain.characters import storable
from bot.domain.draft import Draft
from bot.domain.outbox import Answer, Job, Target
from bot.domain.workspace import Workspace
from bot.services.ports.clock import Clock
from bot.services.ports.store import Store, Transaction

_ANSWERS = UUID("8c0f4f0e-9f0b-4f5c-9a55-3c1c8b7a2e64")  # only tells these ids from all others
_DIRECT = "D"  # how the ID of a conversation of two begins: what is said there is private


class Answers:
    """Raises StoreUnavailable; nothing is said then."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def say(  # noqa: PLR0913  (what may be said, and how)
        self,
        workspace: Workspace,
        key: str,
        target: Target,
        message: Mapping[str, JsonValue],
        *,
        private: bool = False,
        reaction: str | None = None,
        reacts_to: str | None = None,
    ) -> None:
        """Says it at `target`, once for a `key`, whatever is to be said the second time. `message` is Slack's JSON.

        `private`: only the target's user sees it, in the thread or, where it does not show there, directly. `reaction`:
        stands for the words, on the message `reacts_to` or else that of the thread; the words stand where Slack refuses.

        A message for all is posted once, as every post. What passes is asked for again where nobody knows whether Slack
        took it: Slack keeps one reaction of a kind, and shows something private twice rather than never.
        """
        nonce, now = f"answer:{key}", self._clock()
        answer = Answer(
            message=storable(dict(message)),
            private=private and not (target.channel or "").startswith(_DIRECT),
            reaction=reaction,
            reacts_to=(reacts_to or target.thread_ts) if reaction else None,
        )
        job = Job(id=uuid5(_ANSWERS, key), target=target, answer=answer, created_at=now, due_at=now)

        async def work(tx: Transaction) -> None:
            if await tx.draft(nonce):
                return
            await tx.keep_draft(Draft(nonce=nonce, created_at=now, owner=target.user))
            await tx.enqueue(job)

        await self._store.change(workspace, work)
