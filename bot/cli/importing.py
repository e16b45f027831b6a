"""`deskhand import`: customers, sites, systems, assets and contacts from files into a workspace's directory."""

from collections.abc import Sequence
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import Progress

from bot import app, doctor, imports
from bot.domain.directory import Directory
from bot.domain.errors import DeskError
from bot.playground import seed
from bot.services.ports.store import Transaction
from bot.services.workspaces import Workspaces
from bot.settings import Settings


async def import_files(
    settings: Settings, files: Sequence[Path], enterprise: str | None, team: str | None
) -> None:
    """Into the workspace named, or that of the token. Raises DeskError, and then nothing was changed."""
    if not (enterprise or team):
        enterprise, team = await _home(settings)
    store = app.store_url(settings.store).open()
    try:
        workspace = Workspaces(store).of(enterprise, team)
        with Progress(console=Console(stderr=True), transient=True) as progress:
            bar = progress.add_task("Reading")

            async def work(tx: Transaction) -> Directory:
                directory = imports.read_directory(
                    files,
                    await tx.directory(),
                    lambda done, of: progress.update(bar, completed=done, total=of),
                )
                await tx.replace_directory(directory)
                return directory

            directory = await store.change(workspace, work)
    finally:
        await store.close()
    kinds = {
        "customers": directory.customers,
        "sites": directory.sites,
        "systems": directory.systems,
        "assets": directory.assets,
        "contacts": directory.contacts,
    }
    known = ", ".join(f"{len(items)} {kind}" for kind, items in kinds.items())
    typer.echo(f"Imported. {workspace.id} now knows {known}.")


async def _home(settings: Settings) -> tuple[str | None, str | None]:
    """Enterprise and team of the workspace that the bot token belongs to, or the playground's."""
    if not settings.bot_token:
        return None, seed.TEAM.id
    answer = await doctor.ask(settings, "auth.test", settings.bot_token)
    if not answer.ok:
        message = (
            f"Slack does not say which workspace the token is for ({answer.error}). Name it with --workspace."
        )
        raise DeskError(message)
    return answer.enterprise_id, answer.team_id
