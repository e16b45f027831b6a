"""The composition root: a desk of fakes comes by the same door, and what a start began is ended where it fails."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import cast
from uuid import UUID

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot import app
from bot.app import _resume
from bot.domain.errors import DeskError
from bot.domain.installation import ANYBODY, NO_TOKENS, Installation, Tokens
from bot.domain.outbox import Job, Target
from bot.domain.workspace import Workspace
from bot.http import server
from bot.services.kept_installations import KeptInstallations
from bot.services.ports.messenger import Unauthorized
from bot.services.ports.store import Transaction
from bot.settings import Settings
from bot.tasks import Supervisor
from storage import installation_store, open_store
from tests.services.courier_kit import DESK, Office, Slack, new_ticket

HOUR = timedelta(hours=1)
KEY = Fernet.generate_key().decode()
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def clock() -> datetime:
    return NOW


def settings(folder: Path, **more: object) -> Settings:
    """Of a desk whose Slack is not there."""
    return Settings.model_validate(
        {"api_url": "http://127.0.0.1:1/", "store": f"tinydb:{folder}/data", **more}
    )


async def test_a_desk_works_with_the_store_the_messenger_and_the_clock_it_is_given(tmp_path: Path) -> None:
    store, slack = open_store(f"tinydb:{tmp_path}/mine"), Slack(clock, asyncio.Event())
    job = Job(id=UUID(int=1), number=1, target=Target(channel="C1", user="U1"), created_at=NOW, due_at=NOW)
    async with app.build(settings(tmp_path), store=store, messenger=slack, clock=clock) as runtime:

        async def work(tx: Transaction) -> None:
            await tx.save(new_ticket(1), now=NOW)
            await tx.enqueue(job)

        await store.change(DESK, work)
        runtime.courier.wake(DESK, [job])
        await runtime.settled()
        assert [message.job.id for message in slack.messages.values()] == [job.id]
        assert runtime.tools.clock() == NOW
    assert not (tmp_path / "data").exists()
    await open_store(f"tinydb:{tmp_path}/mine").close()  # nobody has it any more


async def test_a_refused_token_leaves_nothing_running_and_lets_go_of_the_store(tmp_path: Path) -> None:
    slack = Starlette(routes=[Route("/apps.connections.open", refuse, methods=["POST"])])
    before = asyncio.all_tasks()
    async with server.listening(slack, host="127.0.0.1", port=0) as port:
        wrong = settings(tmp_path, app_token=SecretStr("xapp-1"), api_url=f"http://127.0.0.1:{port}/")
        async with app.build(wrong) as runtime:
            with pytest.raises(DeskError, match="Slack refuses SLACK_APP_TOKEN"):
                await runtime.connected()
    assert await runtime.not_ready() == "starting or stopping"
    assert {task.state for task in runtime.tasks.status()} == {"stopped"}
    assert asyncio.all_tasks() == before
    await open_store(wrong.store).close()  # nobody has it any more


@pytest.mark.parametrize("by_oauth", [True, False])
async def test_the_files_of_one_workspace_among_many_do_not_make_the_desk_unready(
    tmp_path: Path, *, by_oauth: bool
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "T7.json").write_text("{")
    oauth = {"client_id": "1", "client_secret": "s", "public_url": "http://127.0.0.1:1", "secret_keys": KEY}
    async with app.build(settings(tmp_path, **(oauth if by_oauth else {}))) as runtime:
        ready = await runtime.not_ready()
        assert ready is None if by_oauth else "T7.json is damaged" in (ready or "")
        assert "T7.json is damaged" in runtime.store.troubles()["T7"]


async def test_deliveries_go_on_where_another_installation_takes_over(tmp_path: Path) -> None:
    """The workspace's own token is refused, then its own installation ends, and that of its organisation serves it."""
    office, workspace = Office(tmp_path), Workspace(enterprise_id="E1", team_id="T1")
    keys = [SecretStr(KEY)]
    kept = KeptInstallations(installation_store(office.store, keys), NoRotation(), Supervisor(clock), clock)
    kept.on_change(partial(_resume, kept, office.courier))
    made = {"enterprise_id": "E1", "bot_user": "UB", "installed_by": "U1", "tokens": NO_TOKENS}
    org = {"id": "E1", "is_org_wide": True, "teams": {"T1"}, "since": NOW - HOUR}
    for more in (
        org,
        {"id": "T1", "team_id": "T1", "since": NOW},
        {"id": "T2", "team_id": "T2", "since": NOW},
    ):
        await kept.install(Installation.model_validate(made | more), {ANYBODY})
    own, other = (cast(Installation, kept.get(each)) for each in ("T1", "T2"))
    office.slack.script[1] = [Unauthorized("token_revoked")]
    await office.courier.start()
    await office.post(1, workspace=workspace)
    await office.rest()
    await kept.end(other, "uninstalled", NOW)
    assert office.courier.refused(workspace) == "token_revoked", "that is none of its business"
    await kept.end(own, "uninstalled", NOW)
    assert kept.of(workspace) == kept.get("E1")
    assert office.courier.refused(workspace) is None
    await office.deliver_all()
    assert office.slack.posted() == ["U1"]
    await office.close()


class NoRotation:
    async def refreshed(self, installation: Installation) -> Tokens:
        raise AssertionError(installation)


async def refuse(_: Request) -> Response:
    return JSONResponse({"ok": False, "error": "invalid_auth"})
