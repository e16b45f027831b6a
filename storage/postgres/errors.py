"""What the driver's errors mean for us."""

import os
import ssl
from socket import gaierror
from typing import TypeVar

import asyncpg

from bot.domain.errors import DeskError, StoreUnavailable

NoPrimary: type[Exception] = asyncpg.exceptions.TargetServerAttributeNotMatched
_DRIVER = asyncpg.InterfaceError | asyncpg.InternalClientError
"""What asyncpg says of a connection that is closed, or was told so while nobody used it."""


NOT_SAVED = "This could not be saved. "
"""What users are told first; who watches the desk has saved nothing."""

E = TypeVar("E", bound=BaseException)

_UNAVAILABLE = ("08", "25006", "28", "3D", "53", "57", "58", "XX", "55P03")
"""What a code begins with (SQLSTATE) that says: not now, or not like this. All others would be our own fault."""

_OF_CONNECTION = ("08", "57P01", "57P02", "57P03", "57P05", "25P03")
"""The connection is gone, or about to go: what it was to do may have been done."""

_WORDS = {
    "25006": "it is read-only at the moment",
    "28": "it refuses the user or the password",
    "3D": "there is no such database",
    "53100": "its disk is full",
    "53300": "it has too many connections",
    "57014": "it took too long",
    "57P": "it is shutting down or starting",
}


class OutcomeUnknown(StoreUnavailable):
    """Nobody can tell whether the change was kept: so it is not safe to try again without a look."""

    code = "outcome_unknown"
    words = "Nobody can tell at the moment whether this was saved: look before you do it again."

    def __init__(self) -> None:
        super().__init__(self.words)


def code_of(error: BaseException) -> str:
    """The SQLSTATE, where it has one."""
    return str(getattr(error, "sqlstate", None) or "")


def is_refused(error: BaseException) -> bool:
    """Whether PostgreSQL itself has said that it did not do it. Anything else may have been done."""
    return isinstance(error, asyncpg.PostgresError) and getattr(error, "severity_en", None) == "ERROR"


def is_of_connection(error: BaseException) -> bool:
    """Whether another connection may do better."""
    if isinstance(error, DeskError) or is_refused(error):
        return False
    is_cut = isinstance(error, OSError | _DRIVER) and not isinstance(error, TimeoutError | NoPrimary)
    return is_cut or code_of(error).startswith(_OF_CONNECTION)


def is_collision(error: BaseException) -> bool:
    """Of two transactions that could not both go on: nothing was done, and it can be tried again."""
    return is_refused(error) and code_of(error) in {"40001", "40P01"}


def is_read_only(error: BaseException) -> bool:
    return code_of(error) == "25006"


def is_unavailability(error: BaseException) -> bool:
    """Whether an error says nothing of what was asked, but of PostgreSQL or of the way there."""
    if isinstance(error, asyncpg.DataError):  # ours: an argument that does not fit
        return False
    if isinstance(error, OSError | _DRIVER):
        return True
    return isinstance(error, asyncpg.PostgresError) and code_of(error).startswith(_UNAVAILABLE)


def unavailable(error: E) -> E | StoreUnavailable:
    """As users are told of it. An error that says something else stays what it is."""
    if not is_unavailability(error):
        return error
    why = f"The database cannot be used ({reason(error)}), and nothing was changed."
    return StoreUnavailable(f"{NOT_SAVED}{why} Please try again in a minute.")


def reason(error: BaseException) -> str:
    """In a few words, of which none is from the URL, or a row's."""
    if isinstance(error, TimeoutError):
        return "it does not answer"
    if isinstance(error, OSError):
        return _reason_on_the_way(error)
    if isinstance(error, NoPrimary):
        return _WORDS["25006"]
    if isinstance(error, asyncpg.exceptions.ClientConfigurationError):
        return "an option of its URL cannot be used, such as a file that is not there"
    code = code_of(error)
    return next(
        (words for start, words in _WORDS.items() if code.startswith(start)), "the connection was lost"
    )


def _reason_on_the_way(error: OSError) -> str:
    if isinstance(error, ssl.SSLError) or "SSL" in str(error):
        return "TLS with it failed"
    if isinstance(error, gaierror):
        return "its host is not known"
    return os.strerror(error.errno).lower() if error.errno else "it cannot be reached"
