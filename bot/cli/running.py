"""What a Deskhand that runs says of itself, at its /metrics: `deskhand doctor` asks there.

Of replicas, it is the one that has this address, as the settings say; the others are asked where they run.
"""

from collections.abc import Mapping

import aiohttp
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from bot import app
from bot.metrics import EVENTS_HELD_BACK, TASK_FAILURES, TASK_STATE, UNUSABLE
from bot.services.ports.store_url import Finding
from bot.settings import Settings
from bot.tasks import TaskState

NO_ANSWER = (aiohttp.ClientError, TimeoutError, LookupError, ValueError)
"""All that can go wrong where a Deskhand is asked, or something else that has its address."""

WHERE_IT_RUNS = "Set DESKHAND_HOST, DESKHAND_PORT and DESKHAND_METRICS_PORT as it runs with."
_TIMEOUT = aiohttp.ClientTimeout(total=5)  # seconds


async def metrics(settings: Settings) -> Mapping[str, Metric]:
    """By name. Raises one of NO_ANSWER."""
    port = settings.port if settings.metrics_port is None else settings.metrics_port
    address = f"http://{settings.host}:{port}/metrics"
    async with aiohttp.ClientSession(timeout=_TIMEOUT) as http, http.get(address) as response:
        response.raise_for_status()
        return {family.name: family for family in text_string_to_metric_families(await response.text())}


async def figures(settings: Settings) -> Mapping[str, Metric] | None:
    """Those of the Deskhand that runs here; None where none does. Raises one of NO_ANSWER where one must."""
    url = app.store_of(settings)
    if not url.is_shared:
        return await metrics(settings) if url.holder() else None
    try:
        return await metrics(settings)
    except NO_ANSWER:
        return None


def no_answer(name: str, error: BaseException) -> Finding:
    detail = f"not looked at, since Deskhand does not answer ({str(error) or type(error).__name__})"
    return Finding(name, "warn", detail, WHERE_IT_RUNS)


async def check_tasks(settings: Settings) -> Finding | None:
    """How its background tasks are; None where none runs. Raises nothing."""
    name = "background tasks"
    try:
        if (found := await figures(settings)) is None:
            return None
        failed = [
            sample.labels["task"]
            for sample in found[TASK_STATE].samples
            if sample.value and sample.labels["state"] == TaskState.RESTARTING
        ]
        errors = [
            (sample.labels["task"], f"{sample.labels['error']} ({sample.value:.0f})")
            for sample in found[TASK_FAILURES].samples
        ]
    except NO_ANSWER as error:
        return no_answer(name, error)
    if not failed:
        return Finding(name, "ok", "at work")
    details = (f"{task}: {', '.join(error for of, error in errors if of == task)}" for task in failed)
    detail = f"failed, and tried again: {'; '.join(details)}"
    return Finding(name, "fail", detail, "Deskhand's log says why: look for task_failed.")


async def check_events(settings: Settings) -> Finding | None:
    """Whether Slack has held back events since Deskhand started; None where it has not, or nobody knows. Raises nothing."""
    number = await _figure(settings, EVENTS_HELD_BACK)
    if not number:
        return None
    minutes = "1 minute" if number == 1 else f"{number:.0f} minutes"
    detail = f"Slack held back events for {minutes}, as a workspace had more than 30,000 in an hour"
    remedy = "Replies of that time may be missing. Take Deskhand out of channels that are busy and make no tickets."
    return Finding("events", "warn", detail, remedy)


async def check_data_files(settings: Settings) -> Finding | None:
    """Whether it cannot open, or not write, what is kept of some workspaces; None where it can, or nobody knows. Raises nothing."""
    number = await _figure(settings, UNUSABLE)
    if not number:
        return None
    of = "1 workspace" if number == 1 else f"{number:.0f} workspaces"
    remedy = "Deskhand's log names the files: look for workspace_not_opened. Stop it, and `deskhand doctor` does, too."
    return Finding("data files", "fail", f"those of {of} cannot be opened or written", remedy)


async def _figure(settings: Settings, name: str) -> float:
    """One that has no labels; 0 where nobody knows it, as another check says."""
    try:
        found = await figures(settings)
        return found[name].samples[0].value if found else 0
    except NO_ANSWER:
        return 0
