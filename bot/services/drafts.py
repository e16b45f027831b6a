"""What is kept for a person between two requests: what their open form cannot hold, and what they look at in App Home."""

from datetime import timedelta

from bot.domain.characters import storable
from bot.domain.draft import Draft
from bot.domain.home import Home
from bot.domain.permissions import Actor
from bot.domain.workspace import Workspace
from bot.services.ports.store import Store, Transaction

_LIVE = timedelta(days=7)


class Drafts:
    """Everybody gets only their own. Raises StoreUnavailable; nothing is changed then."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def draft(self, workspace: Workspace, actor: Actor, nonce: str) -> Draft | None:
        draft = await self._store.read(workspace).draft(nonce)
        return draft if draft and draft.owner in {None, actor.user} else None

    async def begin(self, workspace: Workspace, actor: Actor, draft: Draft) -> bool:
        """Keeps a draft, where its nonce is new. Whether it was: what Slack delivers several times is begun once."""

        async def work(tx: Transaction) -> bool:
            if await tx.draft(draft.nonce):
                return False
            await tx.keep_draft(draft.model_copy(update={"owner": actor.user}))
            return True

        return await self._store.change(workspace, work)

    async def keep(self, workspace: Workspace, actor: Actor, draft: Draft) -> None:
        """Those that were left behind, as forms are on closed laptops, go after a week. No text is refused here: it is
        yet to be mended."""
        kept = Draft.model_validate(storable({**draft.model_dump(mode="json"), "owner": actor.user}))

        async def work(tx: Transaction) -> None:
            for stale in await tx.drafts(before=draft.created_at - _LIVE):
                await tx.drop_draft(stale)
            await tx.keep_draft(kept)

        await self._store.change(workspace, work)

    async def drop(self, workspace: Workspace, actor: Actor, nonce: str) -> None:
        if not await self.draft(workspace, actor, nonce):
            return

        async def work(tx: Transaction) -> None:
            await tx.drop_draft(nonce)

        await self._store.change(workspace, work)

    async def home(self, workspace: Workspace, actor: Actor) -> Home | None:
        """What somebody looked at last in App Home."""
        return await self._store.read(workspace).home(actor.user)

    async def keep_home(self, workspace: Workspace, actor: Actor, home: Home) -> None:
        kept = Home.model_validate(storable({**home.model_dump(mode="json"), "user": actor.user}))

        async def work(tx: Transaction) -> None:
            await tx.keep_home(kept)

        await self._store.change(workspace, work)
