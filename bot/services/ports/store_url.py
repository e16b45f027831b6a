"""What DESKHAND_STORE names: the place of a store, for who starts one, examines it or mends it."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

from bot.domain.errors import DeskError
from bot.services.ports.store import Store

OnCommit = Callable[[float], None]
"""Told of every commit: how many seconds it took from its staging until it was durable."""


MOST_OPEN = 100
"""So many workspaces are open at the same time, if nobody says otherwise."""

POOL = 10
"""So many connections a process has to a database server, if nobody says otherwise."""

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
    """Nothing is made or changed but by `open`, `repair` and `migrate`."""

    @property
    def is_shared(self) -> bool:
        """Whether several processes may have it open at once."""

    def open(self, *, on_commit: OnCommit | None = None, most_open: int = MOST_OPEN) -> Store:
        """Raises DeskError with the fault and its remedy."""

    async def exists(self) -> bool:
        """Whether anything was ever kept there, by this version or an earlier one. Raises DeskError where nobody can tell."""

    def verify(self) -> Sequence[DeskError]:
        """What is wrong with what is kept. Raises DeskError while a Deskhand has it, and OSError."""

    def repair(self) -> Iterator[str]:
        """Saves what can be saved where something is damaged, and says what became of each, a line at a time.

        Raises DeskError while a Deskhand has it, or where the disk does not take it.
        """

    async def migrate(self) -> Sequence[str]:
        """Makes of what is kept what this version needs, and says what was done. Raises DeskError."""

    def holder(self) -> Holder | None:
        """The process that has the store to itself, on this machine; None where there is none."""

    async def replicas(self) -> Collection[str]:
        """Those who deliver from a store that several share, on whatever machine. Raises DeskError."""

    def delivering(self) -> AbstractContextManager[None]:
        """While the block runs, `holder` says of this process, which has the store open, that it delivers."""

    async def examine(self) -> Sequence[Finding]:
        """Whether there is what the store needs, such as room and the right to write. Raises nothing."""

    def beside(self, name: str) -> Path:
        """A file of that name for what belongs to this machine, and to no workspace."""

    def describe(self) -> str:
        """For people, in a few words, and without a secret."""
