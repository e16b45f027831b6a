"""What DESKHAND_STORE names: the place of a store, for who starts one, examines it or mends it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

from bot.domain.errors import DeskError
from bot.services.ports.store import Store

OnCommit = Callable[[float], None]
"""Told of every commit: how many seconds it took from its staging until it was durable."""


MOST_OPEN = 100
"""So many workspaces are open at the same time, if nobody says otherwise."""

Verdict = Literal["ok", "warn", "fail"]


class Holder(NamedTuple):
    """The process that has a store: its number, and whether it delivers what is in the outbox."""

    process: str
    delivers: bool


class Finding(NamedTuple):
    """One thing looked at. `remedy` says what to do where it is not well."""

    name: str
    verdict: Verdict
    detail: str
    remedy: str = ""


class StoreUrl(Protocol):
    """Nothing is made or changed on disk but by `open` and `repair`."""

    def open(self, *, on_commit: OnCommit | None = None, most_open: int = MOST_OPEN) -> Store:
        """Raises DeskError with the fault and its remedy."""

    def exists(self) -> bool:
        """Whether anything was ever kept there."""

    def verify(self) -> Sequence[DeskError]:
        """What is wrong with what is kept. Raises DeskError while a Deskhand has it, and OSError."""

    def repair(self) -> Iterator[str]:
        """Saves what can be saved where something is damaged, and says what became of each, a line at a time.

        Raises DeskError while a Deskhand has it, or where the disk does not take it.
        """

    def holder(self) -> Holder | None:
        """The process that has the store open, on this machine; None where there is none."""

    def delivering(self) -> AbstractContextManager[None]:
        """While the block runs, `holder` says of this process, which has the store open, that it delivers."""

    def examine(self) -> Iterator[Finding]:
        """Whether there is what the store needs: room, and the right to write. Raises nothing."""

    def beside(self, name: str) -> Path:
        """A file of that name for what belongs to this machine, and to no workspace."""

    def describe(self) -> str:
        """For people, in a few words, and without a secret."""
