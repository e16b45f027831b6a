import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from subprocess import PIPE

import pytest
import structlog

from bot import log


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


SECRETS = {
    "a bot token": "xoxb-123-456-AbC",
    "a user's token": "xoxp-1-2-3",
    "a rotated token": "xoxe.xoxb-1-AbC",
    "an app-level token": "xapp-1-A1-2-abc",
    "a response_url": "https://hooks.slack.com/commands/T1/1/xyz",
    "an action's response_url": "https://hooks.slack.com/actions/T1/1/xyz",
    "an address of Socket Mode": "wss://wss-primary.slack.com/link/?ticket=1f2e-3&app_id=A1",
    "the signing secret": "8f742231b10e8888",
}
LOG = structlog.get_logger("bot.test")


def fail(why: str) -> None:
    raise RuntimeError(why)


@pytest.mark.parametrize("terminal", [True, False], ids=["pretty", "json"])
@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_no_secret_reaches_the_log(secret: str, terminal: bool) -> None:  # noqa: FBT001
    out = Terminal() if terminal else io.StringIO()
    log.configure("debug", secrets=["8f742231b10e8888"], stream=out)
    LOG.info(secret, token=secret, nested={"in": [{"deep": secret}]}, raw=secret.encode())
    logging.getLogger("slack_sdk").warning("headers: %s", {"Authorization": f"Bearer {secret}"})
    try:
        fail(f"failed for {secret}.")
    except RuntimeError:
        LOG.exception("a fault")
        logging.getLogger("slack_bolt.App").exception("another")
    assert secret.rsplit("/", maxsplit=1)[-1] not in out.getvalue()
    assert out.getvalue().count(log.HIDDEN) >= 7
    assert "failed for" in out.getvalue()


def test_an_event_is_one_line_of_json_with_the_request_it_belongs_to() -> None:
    out = io.StringIO()
    log.configure("info", stream=out)
    structlog.contextvars.bind_contextvars(request_id="r1")
    LOG.info("saved", ticket=42)
    try:
        fail("two\nlines")
    except RuntimeError:
        logging.getLogger("uvicorn.error").exception("fault")
    saved, fault = map(json.loads, out.getvalue().splitlines())
    assert saved["timestamp"].endswith("Z")
    assert {key: saved[key] for key in ("event", "ticket", "request_id", "level", "logger")} == {
        "event": "saved",
        "ticket": 42,
        "request_id": "r1",
        "level": "info",
        "logger": "bot.test",
    }
    assert fault["event"] == "fault"
    assert "RuntimeError: two\nlines" in fault["exception"]


def test_a_library_is_heard_only_when_something_is_wrong() -> None:
    out = io.StringIO()
    log.configure("debug", stream=out)
    noisy = logging.getLogger("slack_bolt.AsyncRequestVerification")
    noisy.setLevel(logging.DEBUG)  # as Bolt does
    noisy.info("Invalid request signature detected (body: all that somebody typed)")
    noisy.warning("heard")
    LOG.debug("ours")
    assert [json.loads(line)["event"] for line in out.getvalue().splitlines()] == ["heard", "ours"]


def test_a_person_sees_no_json_and_no_local_variables() -> None:
    out = Terminal()
    log.configure("info", stream=out)
    typed = "all that somebody typed"
    try:
        fail(str(len(typed)))
    except RuntimeError:
        LOG.exception("a fault")
    assert "a fault" in out.getvalue()
    assert typed not in out.getvalue().replace(f'"{typed}"', "")
    assert not out.getvalue().startswith("{")


def test_the_level_is_kept() -> None:
    out = io.StringIO()
    log.configure("warning", stream=out)
    LOG.info("quiet")
    LOG.warning("loud")
    assert [json.loads(line)["event"] for line in out.getvalue().splitlines()] == ["loud"]


PROGRAM = """
import sys
from bot import log
import structlog
log.configure()
for number in range(20_000):
    structlog.get_logger("bot.test").info("said", number=number)
print("done", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="its pipes are others")
def test_a_pipe_that_nobody_reads_stops_nothing() -> None:
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=PIPE, stderr=PIPE) as process:  # noqa: S603
        assert process.stdout
        assert process.stdout.read() == b"done\n"
        assert process.wait(10) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="its pipes are others")
def test_a_pipe_that_is_read_has_every_line_in_order() -> None:
    program = PROGRAM.replace("20_000", "2_000")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, timeout=30)  # noqa: S603
    assert [json.loads(line)["number"] for line in done.stderr.splitlines()] == [*range(2000)]
