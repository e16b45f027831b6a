"""Telling several workspaces, of which some may not be told now."""

from collections.abc import Awaitable, Callable, Collection

import structlog

from bot.domain.errors import StoreUnavailable

log = structlog.get_logger()


async def each_of(teams: Collection[str], tell: Callable[[str], Awaitable[None]]) -> None:
    """Tells each of these whatever fails with another. Raises what failed then: a store that cannot be written before anything else,
    since that is waited for."""
    failures: list[Exception] = []
    for team in sorted(teams):
        try:
            await tell(team)
        except Exception as error:
            failures.append(error)
            log.warning("not_handed_on", to=team, exc_info=not isinstance(error, StoreUnavailable))
    for failure in sorted(failures, key=lambda each: not isinstance(each, StoreUnavailable)):
        raise failure
