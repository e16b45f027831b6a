"""Where PostgreSQL is: a URL as libpq has them, `postgresql://user:password@host:port/database?option=value`.

Of libpq's options these count: `host` (a socket's folder, too), `port`, `dbname`, `user`, `password`, `passfile`, `service`,
`target_session_attrs` (several hosts may be named; `read-write` unless it says otherwise, so that a failover finds the
primary), `application_name`, and those of TLS: `sslmode`, `sslrootcert`, `sslcert`, `sslkey`, `sslpassword`, `sslcrl`,
`sslnegotiation`, `ssl_min_protocol_version`, `ssl_max_protocol_version`.

One is ours: `statement_cache_size=0` switches prepared statements off, for a PgBouncer that pools by transactions and does
not know them (before 1.21, or without `max_prepared_statements`). Each statement takes four trips instead of one then. Without it
that is found out at the start. `statement_cache_size=200` keeps them whatever is found, for a pooler that pools by sessions.
"""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

SCHEMES = ("postgresql", "postgres")
_CACHE = "statement_cache_size"
_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_SESSIONS = ("any", "read-write", "read-only", "primary", "standby", "prefer-standby")
_HOST = re.compile(r"[^:]*(?::(\d{0,5}))?", re.ASCII)
_PORT = re.compile(r"\d{1,5}", re.ASCII)
_HIGHEST_PORT = 65535
_OPTIONS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("host", "port", "dbname", "user", "password", "passfile", "service", "application_name"), ()
    ),
    **dict.fromkeys(("sslrootcert", "sslcert", "sslkey", "sslpassword", "sslcrl"), ()),
    **dict.fromkeys(("ssl_min_protocol_version", "ssl_max_protocol_version"), ()),
    "sslmode": _SSL_MODES,
    "sslnegotiation": ("postgres", "direct"),
    "target_session_attrs": _SESSIONS,
    _CACHE: ("0", "200"),
}
"""What each may say, where that is limited."""


class Address:
    """It shows its password to nobody but the driver."""

    def __init__(self, url: str) -> None:
        """Raises ValueError, whose words show nothing of the URL but an option's name."""
        try:
            parts = urlsplit(url)
            given = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        except ValueError:
            raise ValueError("It cannot be read as a URL.") from None
        if url.partition("://")[0] not in SCHEMES:
            raise ValueError("It must begin with postgresql://.")
        if parts.netloc.count("@") > 1 or "@" in parts.path or parts.fragment or not _has_ports(parts.netloc):
            raise ValueError(
                "Its port must be a number up to 65535, and what is neither a letter nor a digit in its password must be written as"
                " %40 and so on."
            )
        options, named = dict(given), _named(parts.netloc, parts.path)
        for name, value in given:
            if name not in _OPTIONS:
                raise ValueError(f"It has an option that is not known, {shown_name(name)}.")
            if value != options[name] or named.get(name):
                raise ValueError(f"It names its option {name} twice.")
            if (allowed := _OPTIONS[name]) and value not in allowed:
                raise ValueError(f"Its option {name} must be one of: {', '.join(allowed)}.")
        if not all(map(_is_port, options.get("port", "5432").split(","))):
            raise ValueError("Its option port must be a number up to 65535.")
        cache = options.pop(_CACHE, None)
        self.has_prepared_statements = cache != "0"
        self.may_be_pooled = cache is None
        self.application_name = options.pop("application_name", "deskhand")
        self.session_attrs = options.pop("target_session_attrs", "read-write")
        self.dsn = urlunsplit(parts._replace(query=urlencode(options)))
        self._shown = _shown(parts.netloc, parts.path, options)

    def describe(self) -> str:
        """For people: the hosts and the database."""
        return self._shown

    def __repr__(self) -> str:
        return f"Address({self._shown})"


def shown_name(name: str) -> str:
    """Of an option: a secret that lost its `&` may stand there."""
    return name if name.isidentifier() and len(name) < 30 else "and its name is no word"  # noqa: PLR2004


def _has_ports(netloc: str) -> bool:
    """Whether what stands there as ports can be such: else it is part of a password, behind which the rest was cut off."""
    hosts = netloc.rpartition("@")[2].split(",")
    found = [_HOST.fullmatch(host.rpartition("]")[2]) for host in hosts]
    return all(host and (not host[1] or _is_port(host[1])) for host in found)


def _named(netloc: str, path: str) -> Mapping[str, str]:
    """What a URL says in front of its options, by the names of the options that say the same."""
    login, _, hosts = netloc.rpartition("@")
    user, _, password = login.partition(":")
    _, _, port = hosts.rpartition("]")[2].partition(":")
    return {
        "host": hosts.removesuffix(f":{port}"),
        "port": port,
        "user": user,
        "password": password,
        "dbname": path.strip("/"),
    }


def _is_port(text: str) -> bool:
    return bool(_PORT.fullmatch(text)) and 0 < int(text) <= _HIGHEST_PORT


def _shown(netloc: str, path: str, options: Mapping[str, str]) -> str:
    hosts = unquote(netloc.rpartition("@")[2]) or options.get("host") or "localhost"
    if port := options.get("port"):
        hosts = f"{hosts}:{port}"
    database = unquote(path.strip("/")) or options.get("dbname")
    return f"PostgreSQL at {hosts}" + (f", database {database}" if database else "")
