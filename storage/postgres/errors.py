"""What the driver's errors mean for us."""

import os
import ssl
from socket import gaierror
from typing import NamedTuple, TypeVar

import asyncpg

from bot.domain.errors import DeskError, StoreUnavailable

NoPrimary: type[Exception] = asyncpg.exceptions.TargetServerAttributeNotMatched
_DRIVER = asyncpg.InterfaceError | asyncpg.InternalClientError
"""What asyncpg says of a connection that is closed, or was told so while nobody used it."""


NOT_SAVED = "This could not be saved. "
"""What users are told first; who watches the desk has saved nothing."""

E = TypeVar("E", bound=BaseException)

_UNAVAILABLE = ("08", "25006", "28", "3D", "42501", "53", "57", "58", "XX", "55P03")
"""What a code begins with (SQLSTATE) that says: not now, or not like this. All others would be our own fault."""

_OF_HOSTS = (62, 64)
"""Codes of OpenSSL: a certificate that names no such host, or no such address."""

_OF_CONNECTION = ("08", "57P01", "57P02", "57P03", "57P05", "25P03")
"""The connection is gone, or about to go: what it was to do may have been done."""


class Fault(NamedTuple):
    """What is wrong in a few words, and what who runs the desk can do. None of it is from the URL, or a row's."""

    reason: str
    remedy: str


_FAULTS = {
    "25006": Fault(
        "it is read-only at the moment",
        "Name the primary in its URL, or all hosts (host1,host2): the one that takes writes is used.",
    ),
    "28P01": Fault("it refuses the user or the password", "Check both in its URL."),
    "28": Fault("it refuses the user", "Its pg_hba.conf must let this user in from here."),
    "3D": Fault("there is no such database", "Make it, or check its name in the URL."),
    "42501": Fault(
        "its user may not do what Deskhand needs",
        "Let the URL name the owner of the schema deskhand, or GRANT CONNECT, CREATE ON DATABASE … TO that user.",
    ),
    "53100": Fault("its disk is full", "Make room there."),
    "53300": Fault(
        "it has too many connections",
        "Lower DESKHAND_POOL, raise max_connections, or put PgBouncer between.",
    ),
    "57014": Fault("it took too long", "Try again once it is less busy."),
    "57P": Fault("it is shutting down or starting", "Try again in a moment."),
}
"""By what a code begins with (SQLSTATE)."""

_SILENT = Fault("it does not answer", "Check host and port in its URL, and the network between.")
_NOT_REACHED = Fault("it cannot be reached", _SILENT.remedy)
_REFUSED = Fault("connection refused", "Check host and port in its URL, and that PostgreSQL runs.")
_NO_HOST = Fault("its host is not known", "Check the host in its URL.")
_NO_FILE = Fault(
    "a file that its URL names cannot be read",
    "Check sslrootcert, sslcert, sslkey and passfile there, or host where that is a socket's folder.",
)
_NO_TLS = Fault("TLS with it failed", "It needs ssl = on, or its URL another sslmode.")
_UNTRUSTED = Fault(
    "its certificate is not trusted",
    "sslrootcert must name a file with the certificate of who has signed it.",
)
_OTHER_HOST = Fault(
    "its certificate is for another host",
    "Name the host in the URL as the certificate does, or make one that names it.",
)
_OPTION = Fault(
    "an option of its URL cannot be used, such as a file that is not there",
    "sslmode=verify-full needs sslrootcert, a file with the certificate of who has signed the server's.",
)
_LOST = Fault("the connection was lost", "Try again. PostgreSQL's log says more.")


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


def unavailable(error: E, name: str = "") -> E | StoreUnavailable:
    """As users are told of it, and of the database by its `name` who runs the desk. An error that says something else stays what it
    is."""
    if not is_unavailability(error):
        return error
    reason, remedy = fault(error)
    why = f"The database cannot be used ({reason}), and nothing was changed."
    for_admins = f"{name} cannot be used: {reason}. {remedy}" if name else ""
    return StoreUnavailable(f"{NOT_SAVED}{why} Please try again in a minute.", for_admins)


def reason(error: BaseException) -> str:
    """In a few words, of which none is from the URL, or a row's."""
    return fault(error).reason


def fault(error: BaseException) -> Fault:
    if isinstance(error, TimeoutError):
        return _SILENT
    if isinstance(error, OSError):
        return _fault_on_the_way(error)
    if isinstance(error, NoPrimary):
        return _FAULTS["25006"]
    if isinstance(error, asyncpg.exceptions.ClientConfigurationError):
        return _OPTION
    code = code_of(error)
    return next((found for start, found in _FAULTS.items() if code.startswith(start)), _LOST)


def _fault_on_the_way(error: OSError) -> Fault:
    if isinstance(error, ssl.SSLCertVerificationError):
        return _OTHER_HOST if error.verify_code in _OF_HOSTS else _UNTRUSTED
    if isinstance(error, ssl.SSLError) or "SSL" in str(error):
        return _NO_TLS
    if isinstance(error, gaierror):
        return _NO_HOST
    if isinstance(error, FileNotFoundError | PermissionError):
        return _NO_FILE
    if isinstance(error, ConnectionRefusedError):
        return _REFUSED
    return Fault(os.strerror(error.errno).lower(), _SILENT.remedy) if error.errno else _NOT_REACHED
