"""For whom a shared ticket is kept: `home>team` for each partner that may read it, `home>*` for all that are joined with its home."""

from collections.abc import Collection, Sequence

from bot.services.ports.sharing import Readers, Sources

_JOINED = "*"


def readers_of(home: str, readers: Readers) -> Sequence[str]:
    """Whom a ticket of `home` is for."""
    names = [f"{home}>{team}" for team in sorted(readers.teams)]
    return [*names, f"{home}>{_JOINED}"] if readers.joined else names


def sources_of(sources: Sources, homes: Collection[str] = ()) -> Sequence[str]:
    """As whom somebody finds; of these `homes` only, where there are any."""
    names = [f"{home}>{sources.team}" for home in sources.partners if not homes or home in homes]
    return [*names, *(f"{home}>{_JOINED}" for home in sources.joined if not homes or home in homes)]
