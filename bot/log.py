"""Structured logs: one line an event, JSON unless a person watches, on stderr, and never a secret in them.

Everything goes through here: our own events (structlog, with what `structlog.contextvars` holds, such as the
request's id) and what the libraries say through `logging`.
"""

import json
import logging
import re
import sys
from collections.abc import Callable, Iterable
from typing import TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_OURS = {"bot", "handlers", "storage"}
_TOKEN = r"xox[a-z](?:\.xox[a-z])?-[\w-]+|xapp-[\w-]+"  # noqa: S105
_RESPONSE_URL = r"https?://hooks\.slack(?:-gov)?\.com/[^\s\"'<>\\)]+"
HIDDEN = "[hidden]"

Renderer = Callable[[WrappedLogger, str, EventDict], str | bytes]


def configure(level: str = "info", secrets: Iterable[str] = (), stream: TextIO | None = None) -> None:
    """Sends all logs to `stream` (stderr), with `secrets` and whatever looks like a token hidden."""
    out = stream or sys.stderr
    handler = logging.StreamHandler(out)
    handler.addFilter(_worth_a_line)
    handler.setFormatter(_formatter(secrets, pretty=out.isatty()))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_COMMON,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


_COMMON: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def _worth_a_line(record: logging.LogRecord) -> bool:
    """Libraries from warnings up: Bolt gives its loggers the root's level, and logs whole bodies at info."""
    if record.name.startswith("slack_bolt") and "will be ignored" in record.getMessage():
        return False  # Bolt finds SLACK_BOT_TOKEN beside our own authorize, as it should
    return record.levelno >= logging.WARNING or record.name.partition(".")[0] in _OURS


def _formatter(secrets: Iterable[str], *, pretty: bool) -> logging.Formatter:
    # The pretty renderer's own tracebacks would show local variables: bodies, tokens, people.
    renderer: Renderer = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if pretty
        else structlog.processors.JSONRenderer(serializer=_json)
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_COMMON,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *([] if pretty else [structlog.processors.format_exc_info]),
            redacting(renderer, secrets),
        ],
    )


def _json(event: EventDict, **_: object) -> str:
    try:
        return orjson.dumps(event, default=repr, option=orjson.OPT_NON_STR_KEYS).decode()
    except orjson.JSONEncodeError:  # half a character: the line must still go through the redactor
        return json.dumps(event, default=repr)


def redacting(renderer: Renderer, secrets: Iterable[str]) -> Processor:
    """Hides secrets in the finished line, so that no nesting, repr or traceback lets one through."""
    exact = [re.escape(secret) for secret in secrets if secret]
    secret = re.compile("|".join([*exact, _TOKEN, _RESPONSE_URL]))

    def render(logger: WrappedLogger, name: str, event: EventDict) -> str:
        line = renderer(logger, name, event)
        return secret.sub(HIDDEN, line if isinstance(line, str) else line.decode())

    return render
