"""`deskhand courier retry`, and what `deskhand doctor` says of the outbox.

A data folder belongs to one process. Where Deskhand runs, it is asked: by a signal, and at its /metrics. A store that replicas
share is opened beside them, on any machine.
"""

import os
import signal
from collections.abc import Mapping

import typer
from prometheus_client import Metric

from bot import app
from bot.cli import running
from bot.domain.errors import DeskError
from bot.metrics import SET_ASIDE, STOPPED
from bot.services.installations import NOT_INSTALLED
from bot.services.outbox.stored import restore, stored
from bot.services.ports.store_url import Finding, Holder
from bot.settings import Settings

_REMEDY = "Once the cause is mended, `deskhand courier retry` delivers them."


async def retry(settings: Settings) -> None:
    """Has everything that was set aside delivered. Raises DeskError where that cannot be."""
    url = app.store_of(settings)
    if holder := url.holder():
        _tell(holder)
        return
    store = url.open()
    try:
        jobs = [job for each in await store.workspaces() for job in await restore(store, each, app.utc_now)]
        await store.ask_retry()
    finally:
        await store.close()
    put_back = f"Put back: {len(jobs)}." if jobs else "Nothing was set aside."
    if await url.replicas():
        delivers = " deliver it, and" if jobs else ""
        typer.echo(f"{put_back} The replicas at work{delivers} go on where a token was refused.")
    else:
        typer.echo(f"{put_back} They go out when Deskhand starts." if jobs else put_back)


def _tell(holder: Holder) -> None:
    process = holder.process
    if not holder.delivers:
        message = (
            f"Deskhand (process {process}) has the data folder and delivers nothing at the moment, so nothing was"
            " tried again. Do this again once it has started, or has ended."
        )
        raise DeskError(message)
    try:
        os.kill(int(process), signal.SIGUSR1)
    except (ValueError, OSError):
        message = (
            f"Deskhand runs (process {process}) and cannot be told. Do this as the user that it runs as."
        )
        raise DeskError(message) from None
    typer.echo(f"Deskhand (process {process}) tries again what was set aside, and where a token was refused.")


async def check(settings: Settings) -> Finding:
    """How the outbox stands. Raises nothing."""
    name = "outbox"
    try:
        set_aside, stopped = await _counts(settings)
    except running.NO_ANSWER as error:
        return running.no_answer(name, error)
    except (DeskError, OSError) as error:
        return Finding(name, "warn", f"not looked at, since the store does not open: {error}")
    gone = stopped.get(NOT_INSTALLED, 0)
    if stopped := {reason: number for reason, number in stopped.items() if reason != NOT_INSTALLED}:
        detail = f"nothing is delivered, since Slack refuses the token ({_listed(stopped)})"
        remedy = "All cards are kept. Restart Deskhand with a good token or, where it is good again, `deskhand courier retry`."
        return Finding(name, "fail", detail, remedy)
    if set_aside:
        return Finding(name, "warn", f"cards that Slack does not take: {_listed(set_aside)}", _REMEDY)
    kept = f"; what waits in {gone} where nothing is installed any more is kept" if gone else ""
    return Finding(name, "ok", f"nothing was set aside{kept}")


Counts = Mapping[str, int]


async def _counts(settings: Settings) -> tuple[Counts, Counts]:
    """How many cards are set aside, and how many workspaces have stopped, by their reasons."""
    url = app.store_of(settings)
    if url.holder():
        found = await running.metrics(settings)
        return _by_reason(found, SET_ASIDE), _by_reason(found, STOPPED)
    if not await url.exists():
        return {}, {}
    store = url.open()
    try:
        set_aside = (await stored(store)).set_aside
    finally:
        await store.close()
    here = await running.figures(settings) if url.is_shared else None
    return set_aside, _by_reason(here, STOPPED) if here else {}


def _by_reason(found: Mapping[str, Metric], name: str) -> Counts:
    return {sample.labels["reason"]: int(sample.value) for sample in found[name].samples}


def _listed(counts: Counts) -> str:
    return ", ".join(f"{reason} ({number})" for reason, number in sorted(counts.items()))
