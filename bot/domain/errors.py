"""What can go wrong in a way that a person can mend.

Whoever finds a fault raises a `DeskError`; `handlers.errors` is the one place that speaks it to a user.
"""

from collections.abc import Iterable

from bot.domain.record import Record


class Problem(Record):
    """One fault of an input: the contract field it belongs to, a code for programs, a sentence for people.

    `field` is the path on the wire (`customerId`), or null where no single field is at fault.
    """

    field: str | None
    code: str
    message: str


class DeskError(Exception):
    """A refusal with a `code` for programs and a sentence for the user that says what to do."""

    code = "refused"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InvalidInput(DeskError):
    """An input with one fault or more: all of them, not the first."""

    code = "invalid_input"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problem.message for problem in self.problems))


class NotFound(DeskError):
    code = "not_found"


class Forbidden(DeskError):
    """Somebody sees it and may not do it."""

    code = "forbidden"


class NotKnown(DeskError):
    """Somebody may not do it as far as is known, which is too little: they are looked up, and may try again."""

    code = "not_known"
    words = "I am still learning who you are: try again in a moment."

    def __init__(self) -> None:
        super().__init__(self.words)


class StoreUnavailable(DeskError):
    """The store could not write; nothing of the change was kept, so trying again is safe."""

    code = "store_unavailable"
