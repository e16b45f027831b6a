"""What can go wrong in a way that a person can mend.

Whoever finds a fault raises a `DeskError`; `handlers.slack.errors` is the one place that puts it into an answer for the user.
"""

from collections.abc import Iterable

from bot.domain.record import Record


class Problem(Record):
    """One fault of an input: the contract field it belongs to, a code for programs, a sentence for people.

    `field` is the path on the wire (`customerId`), or None where no single field is at fault. `meant` is the value that
    was most likely meant, in its wire form: a form has it chosen.
    """

    field: str | None
    code: str
    message: str
    meant: str | None = None


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
    """Somebody may see the ticket, and may not do this to it."""

    code = "forbidden"


class NotKnown(DeskError):
    """We do not know yet who somebody is, so they may not do it. They are looked up, and can try again."""

    code = "not_known"
    words = "I am still learning who you are: try again in a moment."

    def __init__(self) -> None:
        super().__init__(self.words)


class StoreUnavailable(DeskError):
    """The store could not write; nothing of the change was kept, so trying again is safe.

    `for_admins`: for who runs the desk, which store it is, what is wrong with it and what to do. It is empty where there is no
    more to say than what users are told.
    """

    code = "store_unavailable"

    def __init__(self, message: str, for_admins: str = "") -> None:
        super().__init__(message)
        self.for_admins = for_admins
