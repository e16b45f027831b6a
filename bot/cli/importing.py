"""`deskhand import`: customers, sites, systems, assets and contacts from files into a workspace's directory."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import typer
from rich.console import Console
from rich.progress import Progress

from bot import app, doctor, imports
from bot.domain.errors import DeskError
from bot.domain.words import listed, quoted
from bot.domain.workspace import Workspace
from bot.import_parts import import_in_parts
from bot.playground import seed
from bot.services.ports.store import Store
from bot.services.workspaces import Workspaces
from bot.settings import Settings

_PLAYGROUND = Workspace(team_id=seed.TEAM.id)


class Where(NamedTuple):
    """The workspace that somebody named, if any. Whoever is sure is not asked before a new one is made."""

    enterprise: str | None
    team: str | None
    is_sure: bool


def columns_named(renamed: Sequence[str]) -> Mapping[str, str]:
    """`Company name=name` as column and field. Raises DeskError where one is neither."""
    named = dict(each.rpartition("=")[::2] for each in renamed)
    for column, name in named.items():
        if not column.strip() or not imports.is_field(name):
            message = f'--map takes a column and what it is, such as "Company name=name"; {quoted(f"{column}={name}")} is not so.'
            raise DeskError(message)
    return named


async def import_files(
    settings: Settings, files: Sequence[Path], where: Where, renamed: Mapping[str, str]
) -> None:
    """Into the workspace named, or that of the token. Raises DeskError, and then nothing was changed."""
    named = (where.enterprise, where.team) if where.enterprise or where.team else await _of_token(settings)
    store = app.store_of(settings).open()
    try:
        workspace = await _chosen(store, named, is_sure=where.is_sure)
        typer.echo(f"Importing into {workspace.id}.", err=True)
        ignored: dict[str, None] = {}
        with Progress(console=Console(stderr=True), transient=True) as progress:
            bar = progress.add_task("Reading", total=None)

            def reading(done: int) -> None:
                progress.update(bar, description=f"Reading row {done:,}")

            def writing(done: int, of: int) -> None:
                progress.update(bar, description="Writing", completed=done, total=of)

            def ignore(line: str) -> None:
                ignored[line] = None

            if store.is_shared:
                counted = await import_in_parts(
                    store, workspace, files, reading, writing, renamed=renamed, tell=ignore
                )
            else:
                work = partial(
                    imports.import_files, paths=files, on_progress=reading, renamed=renamed, tell=ignore
                )
                counted = await store.change(workspace, work)
    finally:
        await store.close()
    for line in ignored:
        typer.echo(line, err=True)
    known = ", ".join(f"{count} {kind}" for kind, count in counted.items())
    typer.echo(f"Imported. {workspace.id} now knows {known}.")


async def _chosen(store: Store, named: tuple[str | None, str | None] | None, *, is_sure: bool) -> Workspace:
    """The workspace that is meant; one that is new only where somebody says so."""
    known = await store.workspaces()
    if named is None:
        if real := [each.id for each in known if each != _PLAYGROUND]:
            message = (
                f"There is no token to say which workspace is meant. The store has {listed(real, 'and')}: "
                f"add --workspace {real[0]}, or --workspace {_PLAYGROUND.id} for the playground's."
            )
            raise DeskError(message)
        return _PLAYGROUND
    workspace = Workspaces(store).of(*named)
    if workspace in known or workspace == _PLAYGROUND or is_sure:
        return workspace
    others = f" It has {listed([each.id for each in known], 'and')}." if known else ""
    try:
        if typer.confirm(f"{workspace.id} is new here.{others} Make it?", err=True):
            return workspace
    except typer.Abort:
        typer.echo(err=True)  # behind the question
    message = f"Nothing was imported: {workspace.id} is new here.{others} Add --yes to make it."
    raise DeskError(message)


async def _of_token(settings: Settings) -> tuple[str | None, str | None] | None:
    """Enterprise and team of the workspace that the bot token belongs to; None without a token."""
    if not settings.bot_token:
        return None
    answer = await doctor.ask(settings, "auth.test", settings.bot_token)
    if not answer.ok:
        message = (
            f"Slack does not say which workspace the token is for ({answer.error}). Name it with --workspace."
        )
        raise DeskError(message)
    return answer.enterprise_id, answer.team_id
