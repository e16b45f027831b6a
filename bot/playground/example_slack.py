"""The playground's Slack: the example's two workspaces, as they were when it last ended."""

from collections.abc import Mapping

from bot.playground import seed, snapshot
from bot.playground.clock import Clock
from bot.playground.standin import StandIn, start_standin
from bot.playground.wire import Json


async def start_example(
    manifest: Mapping[str, Json], *, port: int = 0, clock: Clock | None = None, kept: str | None = None
) -> StandIn:
    """`kept` is what `keep` gave, or an earlier version's `snapshot.dump`; None begins with the example. The app is installed
    in neither where `kept` does not say so.

    Raises ValueError, KeyError or TypeError where `kept` is not that, and OSError where the port is taken.
    """
    slack = await start_standin(manifest, port=port, clock=clock, installed=False)
    try:
        slack.add_workspace(seed.PARTNER, fill=seed.fill_partner)
        if kept is not None:
            snapshot.load_all(slack.worlds, slack.installs, kept)
    except BaseException:
        await slack.stop()
        raise
    return slack


def keep(slack: StandIn) -> str:
    """All that is to be there again the next time."""
    return snapshot.dump_all(slack.worlds, slack.installs)
