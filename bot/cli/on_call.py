"""What `deskhand doctor` says of people on call: whose do-not-disturb lies in their shift."""

from bot import app
from bot.cli import running
from bot.domain.errors import DeskError
from bot.metrics import DND_IN_SHIFTS
from bot.services.ports.store_url import Finding
from bot.settings import Settings

_NAME = "do-not-disturb"
_REMEDY = (
    "Slack keeps from them what Deskhand says then. They change it behind their picture at Pause notifications, or "
    "somebody else stands in: `/ticket oncall swap`."
)


async def check(settings: Settings) -> Finding | None:
    """None where nothing lies in a shift, or nobody knows: other checks say so where Deskhand does not answer. Raises
    nothing."""
    if settings.bot_token is None:
        return None
    try:
        found = await _found(settings)
    except (*running.NO_ANSWER, DeskError, OSError):
        return None
    return Finding(_NAME, "warn", found, _REMEDY) if found else None


async def _found(settings: Settings) -> str:
    """In words; empty where there is none. A Deskhand that runs tells how many there are, and in Slack whose."""
    url = app.store_of(settings)
    if url.holder():
        samples = (await running.metrics(settings))[DND_IN_SHIFTS].samples
        number = sum(sample.value for sample in samples)  # of none before it has looked
        shifts = "1 shift" if number == 1 else f"{number:.0f} shifts"
        return f"in {shifts} on call, now or next: `/ticket oncall` tells whose" if number else ""
    if not await url.exists():
        return ""
    store = url.open()
    try:
        found = await app.dnd_in_shifts(settings, store)
    finally:
        await store.close()
    words = (
        f"{name} on {each.queue}, {each.start:%Y-%m-%d %H:%M} to {each.end:%H:%M} UTC" for name, each in found
    )
    return "; ".join(words)
