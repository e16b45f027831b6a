"""The program as its users meet it: a process, its exit code and what it says."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
from asyncio.subprocess import PIPE
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import pytest

from bot.domain.workspace import Workspace
from bot.playground.seed import TEAM
from storage import open_store
from tests.bot.commands import command
from tests.bot.conftest import signed
from tests.directories import whole
from tests.stores import store_url

COMMAND = json.loads(Path("tests/handlers/slack-payloads/slash_command.json").read_text())
HELP = urlencode({**COMMAND, "command": "/ticket", "text": "help"}).encode()
SECRETS = {"SLACK_SIGNING_SECRET": "secret-1", "SLACK_BOT_TOKEN": "xoxb-secret-2"}


def kept_environment(**more: str) -> dict[str, str]:
    """Of ours, what any process needs; and this."""
    return {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ} | more


def environment(folder: Path, **more: str) -> dict[str, str]:
    nowhere = {"SLACK_API_URL": "http://127.0.0.1:1/api/", "DESKHAND_PORT": "0"}
    return kept_environment(**{**nowhere, "DESKHAND_STORE": store_url(folder / "data"), **more})


def run(folder: Path, *words: str, typed: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    return command(words, environment(folder, **more), typed, timeout=120)


def test_a_wrong_setting_is_one_line_and_no_traceback(tmp_path: Path) -> None:
    done = run(tmp_path, "serve", DESKHAND_PORT="http")
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        done.stderr == "deskhand: DESKHAND_PORT is “http”: it must be a port from 0 to 65535, such as 3000.\n"
    )


def test_serving_without_credentials_says_what_to_set(tmp_path: Path) -> None:
    done = run(tmp_path, "serve")
    assert done.returncode == 2
    assert done.stderr.startswith("deskhand: No Slack credentials are set. Set SLACK_BOT_TOKEN, and ")
    assert done.stderr.count("\n") == 1


def test_a_port_in_use_is_one_line_and_the_store_is_let_go(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run(tmp_path, "serve", **SECRETS, DESKHAND_PORT=str(taken.getsockname()[1]))
    assert done.returncode == 2
    assert "deskhand: Cannot listen on 127.0.0.1:" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_of_the_figures_in_use_is_one_line_that_names_its_variable(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run(tmp_path, "serve", **SECRETS, DESKHAND_METRICS_PORT=port)
    assert done.returncode == 2
    assert f"deskhand: Cannot listen on 127.0.0.1:{port}" in done.stderr
    assert "Check DESKHAND_HOST and DESKHAND_METRICS_PORT" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_command_is_a_usage_error(tmp_path: Path) -> None:
    assert run(tmp_path, "sevre").returncode == 2


def test_the_version_is_shown(tmp_path: Path) -> None:
    done = run(tmp_path, "--version")
    assert (done.returncode, done.stdout.split()[0].rstrip(",")) == (0, "deskhand")


def test_the_doctor_fails_with_1_and_says_what_to_do(tmp_path: Path) -> None:
    assert run(tmp_path, "doctor").returncode == 0
    done = run(tmp_path, "doctor", **SECRETS)
    assert done.returncode == 1
    assert "✗ SLACK_BOT_TOKEN: auth.test: no answer" in done.stdout
    assert "secret" not in done.stdout + done.stderr


async def test_an_import_is_in_the_store_of_the_playground(tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text("id,name\nacme,Acme\n")
    done = run(tmp_path, "import", str(tmp_path / "customers.csv"))
    assert (done.returncode, done.stderr.strip()) == (0, done.stderr.strip())
    assert done.stdout == (
        f"Imported. {TEAM.id} now knows 1 customers, 0 sites, 0 systems, 0 assets, 0 contacts.\n"
    )
    store = open_store(f"tinydb:{tmp_path}/data")
    directory = await whole(store.read(Workspace(team_id=TEAM.id)))
    await store.close()
    assert [customer.name for customer in directory.customers] == ["Acme"]


async def test_an_import_may_name_its_workspace_and_a_refused_one_leaves_it_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text("id,name\nacme,Acme\n")
    where = ("--workspace", "T1", "--enterprise", "E1", "--yes")
    assert run(tmp_path, "import", str(tmp_path / "customers.csv"), *where).returncode == 0
    (tmp_path / "customers.csv").write_text("id,name\nacme,Acme AG\n,Nobody\n")
    done = run(tmp_path, "import", str(tmp_path / "customers.csv"), *where)
    assert done.returncode == 2
    assert "deskhand: Nothing was imported.\ndeskhand: customers.csv, row 3: id is missing.\n" in done.stderr
    store = open_store(f"tinydb:{tmp_path}/data")
    directory = await whole(store.read(Workspace(enterprise_id="E1", team_id="T1")))
    await store.close()
    assert [customer.name for customer in directory.customers] == ["Acme"]


async def test_an_import_says_where_it_goes_and_what_it_leaves_out(tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text("id,Company name,ARR\nacme,Acme,1\n")
    done = run(tmp_path, "import", str(tmp_path / "customers.csv"), "--map", "Company name=name")
    assert done.returncode == 0
    assert f"Importing into {TEAM.id}.\n" in done.stderr
    assert "customers.csv: nothing is taken from “ARR”.\n" in done.stderr


@pytest.mark.parametrize("wrong", ["Company name", "=name", "Company=nme"])
def test_a_map_that_is_none_is_one_line(tmp_path: Path, wrong: str) -> None:
    done = run(tmp_path, "import", "customers.csv", "--map", wrong)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "--map takes a column and what it is" in done.stderr


async def test_an_import_asks_before_it_makes_a_workspace(tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text("id,name\nacme,Acme\n")
    words = ("import", str(tmp_path / "customers.csv"), "--workspace", "T1")
    for answer in ("", "n\n"):
        refused = run(tmp_path, *words, typed=answer)
        assert refused.returncode == 2
        assert "T1 is new here. Make it?" in refused.stderr
        assert "deskhand: Nothing was imported: T1 is new here. Add --yes to make it." in refused.stderr
    assert run(tmp_path, *words, typed="y\n").returncode == 0
    assert "Make it?" not in run(tmp_path, *words).stderr
    other = run(tmp_path, *words[:-1], "T2")
    assert "T2 is new here. It has T1. Make it?" in other.stderr


async def test_an_import_without_a_token_does_not_choose_the_playgrounds_beside_a_real_workspace(
    tmp_path: Path,
) -> None:
    (tmp_path / "customers.csv").write_text("id,name\nacme,Acme\n")
    words = ("import", str(tmp_path / "customers.csv"))
    assert run(tmp_path, *words, "--workspace", "T1", "--yes").returncode == 0
    done = run(tmp_path, *words)
    assert done.returncode == 2
    assert (
        f"The store has T1: add --workspace T1, or --workspace {TEAM.id} for the playground's." in done.stderr
    )
    assert run(tmp_path, *words, "--workspace", TEAM.id).returncode == 0
    assert run(tmp_path, *words).returncode == 2


async def test_an_import_beside_a_running_deskhand_says_so(tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text("id,name\nacme,Acme\n")
    store = open_store(f"tinydb:{tmp_path}/data")
    done = await asyncio.to_thread(run, tmp_path, "import", str(tmp_path / "customers.csv"))
    await store.close()
    assert done.returncode == 2
    assert f"is in use by another Deskhand (process {os.getpid()})" in done.stderr
    assert "Traceback" not in done.stderr


async def test_an_import_that_cannot_ask_slack_where_to_says_how_to_name_it(tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text("id,name\nacme,Acme\n")
    done = run(tmp_path, "import", str(tmp_path / "customers.csv"), **SECRETS)
    assert done.returncode == 2
    assert "Name it with --workspace." in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGTERM there")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_cleanly_after_it_has_served(tmp_path: Path, number: signal.Signals) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "serve", env=environment(tmp_path, **SECRETS), stderr=PIPE
    )
    assert process.stderr
    said: list[bytes] = []
    try:
        async for line in process.stderr:
            said.append(line)
            event = json.loads(line)
            if event["event"] == "serving":
                break
        async with aiohttp.ClientSession(f"http://127.0.0.1:{event['port']}") as http:
            headers = signed(HELP, secret=SECRETS["SLACK_SIGNING_SECRET"])
            async with http.post("/slack/events", data=HELP, headers=headers) as response:
                assert response.status == 200
            async with http.get("/readyz") as response:
                assert (response.status, await response.text()) == (200, "ok")
            process.send_signal(number)
            said.append(await process.stderr.read())
        assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
    assert b'"event":"stopping"' in said[-1]
    assert b"Traceback" not in b"".join(said)
    assert b"secret" not in b"".join(said)


def test_the_playground_refuses_real_slack_credentials(tmp_path: Path) -> None:
    done = run(tmp_path, "playground", SLACK_BOT_TOKEN="xoxb-1", SLACK_SIGNING_SECRET="0" * 32)  # noqa: S106
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("deskhand: Slack credentials are set")


def test_a_playground_whose_port_is_taken_says_so_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run(tmp_path, "playground", DESKHAND_PORT=port)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith(f"deskhand: Cannot listen on 127.0.0.1:{port}")


def test_a_line_said_in_the_playground_makes_a_ticket_that_is_there_the_next_time(tmp_path: Path) -> None:
    line = "/ticket Printer down customer:acme site:hq type:break_fix source:phone !high"
    first = run(tmp_path, "playground", "--say", line)
    assert first.returncode == 0, first.stderr
    assert "T-1 · Printer down" in first.stdout
    second = run(tmp_path, "playground", "--say", line, "--say", "/ticket list", "--json")
    assert json.loads(second.stdout)["number"] == 2
    assert re.search(r"T-1 +Printer", second.stderr)


def test_what_is_said_to_deskhand_in_the_playground_is_answered_before_the_next_line(tmp_path: Path) -> None:
    made = ("--say", "/ticket Printer down customer:acme site:hq type:break_fix")
    done = run(tmp_path, "playground", *made, "--say", "@Deskhand take T-1", "--say", "/dm @Deskhand mine")
    order, answer = done.stdout.split("@Deskhand take T-1")[1].split("/dm @Deskhand mine")
    assert "T-1" in order
    assert re.search(r"T-1 +Printer", answer)


def test_the_playgrounds_support_team_makes_a_ticket_by_a_reaction_alone(tmp_path: Path) -> None:
    said = ("--say", "The lobby printer is dead", "--say", "+:ticket:")
    assert "I can make a ticket of that message" in run(tmp_path, "playground", *said).stdout
    assert "make a ticket" not in run(tmp_path, "playground", "--as", "ben", *said).stdout


def test_the_playgrounds_time_is_moved_for_the_desk_too_and_stays_so_the_next_time(tmp_path: Path) -> None:
    line = "/ticket Printer down customer:acme site:hq type:break_fix"
    lines = (line, "/ticket take T-1", "/ticket hold T-1 until in 2 days the fuser", "+1 week")
    before = datetime.now(UTC)
    said = [word for each in lines for word in ("--say", each)]
    assert "T-1 Printer down is back" in run(tmp_path, "playground", *said).stdout.split("+1 week")[1]
    second = json.loads(run(tmp_path, "playground", "--say", line, "--json").stdout)
    assert datetime.fromisoformat(second["createdAt"]) - before >= timedelta(days=7)


def test_a_form_that_stays_open_is_shown_once(tmp_path: Path) -> None:
    done = run(tmp_path, "playground", "--say", "/ticket", "--say", "hello", "--say", "anybody here?")
    assert done.stdout.count("New ticket") == 1, done.stdout


def test_json_without_a_line_to_say_is_a_usage_error(tmp_path: Path) -> None:
    done = run(tmp_path, "playground", "--json")
    assert done.returncode == 2
    assert "--json prints the tickets of --say: add a --say" in " ".join(
        done.stderr.replace("│", " ").split()
    )


def test_the_help_says_what_happens_without_a_command(tmp_path: Path) -> None:
    helped = " ".join(run(tmp_path, "--help", COLUMNS="120").stdout.split())
    assert "Without a command: the playground or, where Slack's credentials are set, serve." in helped


def test_the_playground_names_who_there_is(tmp_path: Path) -> None:
    done = run(tmp_path, "playground", "--as", "zed", "--say", "hi")
    assert (
        done.stderr.strip() == "deskhand: Nobody here is called “zed”. There are ana, ben, chloe, dana, emil."
    )
