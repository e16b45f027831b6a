"""Structured logs: one line an event, JSON unless a person watches, on stderr, and never a secret in them.

Everything goes through here: our own events (structlog, with what `structlog.contextvars` holds, such as the
request's id) and what the libraries say through `logging`.
"""

import json
import logging
import os
import re
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from queue import Full, Queue
from threading import Thread
from typing import TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_OURS = {"bot", "handlers", "storage"}
_TOKEN = r"xox[a-z](?:\.xox[a-z])?-[\w-]+|xapp-[\w-]+"  # noqa: S105
_RESPONSE_URL = r"https?://hooks\.slack(?:-gov)?\.com/[^\s\"'<>\\)]+"
_SOCKET_URL = r"wss?://[^\s\"'<>\\)]+"
"""Of Socket Mode: its ticket lets whoever has it in, https://docs.slack.dev/apis/events-api/using-socket-mode."""
HIDDEN = "[hidden]"
_WAITING = 10_000  # lines
_LAST_WORDS = 1.0  # seconds that the end waits for whoever reads the log

Renderer = Callable[[WrappedLogger, str, EventDict], str | bytes]


def configure(level: str = "info", secrets: Iterable[str] = (), stream: TextIO | None = None) -> None:
    """Sends all logs to `stream` (stderr), with `secrets` and whatever looks like a token hidden.

    Nobody waits for whoever reads it: what is not read in time is lost, and its number told.
    """
    out = stream or sys.stderr
    handler = _handler(out)
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


def _handler(out: TextIO) -> logging.Handler:
    try:
        return _Unread(out.fileno())
    except OSError:  # it is no file, and nobody has to read it
        return logging.StreamHandler(out)


class _Unread(logging.Handler):
    """Writes to a file in a thread of its own, which a pipe that nobody reads holds up, and nothing else.

    It writes past the stream's buffer: at the end, Python would wait for that one's lock.
    """

    def __init__(self, file: int) -> None:
        super().__init__()
        self._file = file
        self._lines: Queue[bytes | None] = Queue(_WAITING)
        self._lost = 0
        self._thread = Thread(target=self._write_all, name="log", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
            if self._lost:
                line = f'{{"event": "log lines were lost", "number": {self._lost}}}\n{line}'
            self._lines.put_nowait(f"{line}\n".encode(errors="replace"))
            self._lost = 0
        except Full:
            self._lost += 1
        except Exception:  # noqa: BLE001  (logging's way)
            self.handleError(record)

    def close(self) -> None:
        with suppress(Full):
            self._lines.put_nowait(None)
            self._thread.join(_LAST_WORDS)
        super().close()

    def _write_all(self) -> None:
        while (line := self._lines.get()) is not None:
            with suppress(OSError):  # nobody reads any more
                while line:
                    line = line[os.write(self._file, line) :]


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
    secret = re.compile("|".join([*exact, _TOKEN, _RESPONSE_URL, _SOCKET_URL]))

    def render(logger: WrappedLogger, name: str, event: EventDict) -> str:
        line = renderer(logger, name, event)
        return secret.sub(HIDDEN, line if isinstance(line, str) else line.decode())

    return render
