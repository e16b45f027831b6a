"""`deskhand migrate` and `deskhand copy`: what is done to stores as a whole."""

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bot import app
from bot.services.ports.store_url import StoreUrl
from bot.settings import Settings


async def migrate(settings: Settings) -> None:
    """Brings the store to this version. Raises DeskError."""
    for line in await app.store_of(settings).migrate():
        typer.echo(line)


async def copy(source: StoreUrl, target: StoreUrl) -> None:
    """Everything from one store to the other, while no desk works on either. Raises DeskError."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("Opening", total=None)

        def tell(step: app.Step) -> None:
            doing = "Comparing" if step.is_check else "Copying"
            progress.update(
                bar, description=f"{doing} {step.part.name}", completed=step.done, total=step.total
            )

        copied = await app.copy_store(source, target, tell)
    of = "1 workspace" if copied.workspaces == 1 else f"{copied.workspaces:,} workspaces"
    typer.echo(
        f"Copied and compared: {of} with {copied.tickets:,} tickets, {copied.rows:,} rows in all. {source.describe()} is as it"
        f" was. Set DESKHAND_STORE to the other one, and start."
    )
