"""What nobody asked for: strangers, recorded payloads of other apps, ids nobody knows. Never a 5xx, never silence."""

import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, MutableMapping
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import ClientResponse, ClientSession
from structlog.testing import capture_logs

from bot.domain.people import Person
from handlers import TABLE
from handlers.slack.payloads import Interaction
from tests.journeys.conftest import Office

PAYLOADS = sorted((Path(__file__).parents[1] / "handlers" / "slack-payloads").glob("*.json"))
NOT_OURS = "somebody else's signing secret"


def recorded(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((PAYLOADS[0].parent / f"{name}.json").read_text())
    return loaded


class Post:
    """Requests as Slack signs them, unless a test says otherwise."""

    def __init__(self, session: ClientSession, url: str | None, secret: str) -> None:
        assert url
        self._session = session
        self._url = url
        self._secret = secret

    async def __call__(
        self, body: bytes, content_type: str, *, age: int = 0, secret: str | None = None
    ) -> tuple[int, str]:
        stamp = str(int(time.time()) - age)
        key = (secret or self._secret).encode()
        signature = hmac.new(key, f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
        headers = {
            "content-type": content_type,
            "x-slack-request-timestamp": stamp,
            "x-slack-signature": f"v0={signature}",
        }
        async with self._session.post(self._url, data=body, headers=headers) as response:
            return response.status, await self._text(response)

    async def payload(self, payload: dict[str, object]) -> tuple[int, str]:
        """As Slack sends its kind: commands and interactions as forms, events as JSON."""
        if "event" in payload or "challenge" in payload:
            return await self(json.dumps(payload).encode(), "application/json")
        form = payload if "command" in payload else {"payload": json.dumps(payload)}
        return await self(urlencode(form).encode(), "application/x-www-form-urlencoded")

    @staticmethod
    async def _text(response: ClientResponse) -> str:
        text = await response.text()
        assert "Traceback" not in text
        assert response.status < 500
        return text


@pytest.fixture
async def post(office: Office) -> AsyncIterator[Post]:
    async with ClientSession() as session:
        yield Post(session, office.slack.deliveries.url, office.slack.signing_secret)


async def kept(office: Office, folder: Path) -> set[str]:
    """The workspaces that are kept, and the files."""
    workspaces = {each.id for each in await office.runtime.store.workspaces()}
    return workspaces | files(folder)


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*")}


def of_team(payload: dict[str, Any], office: Office) -> dict[str, Any]:
    """As it would be of the office's own team."""
    ours = office.workspace.id
    text = json.dumps(payload)
    for team in ("T111", "T-auth", "T-installed-workspace"):
        text = text.replace(f'"{team}"', f'"{ours}"')
    moved: dict[str, Any] = json.loads(text)
    return moved


@pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: path.stem)
async def test_a_recorded_payload_of_ids_nobody_knows_gets_a_clean_answer(
    path: Path, office: Office, post: Post
) -> None:
    payload = of_team(recorded(path.stem), office)
    status, text = await post.payload(payload)
    assert status in {200, 400, 404}
    if "command" in payload:
        assert "/ticket help" in text, "whoever typed it is told"
    if payload.get("type") == "view_submission":
        assert "push" in text, "whoever submitted it is told"
    if payload.get("type") == "block_suggestion":
        assert json.loads(text) == {"options": []}


@pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: path.stem)
async def test_a_payload_of_a_team_without_an_installation_gets_a_word_and_leaves_nothing(
    path: Path, office: Office, post: Post, tmp_path: Path
) -> None:
    payload = recorded(path.stem)
    before = await kept(office, tmp_path)
    with capture_logs() as logs:
        status, text = await post.payload(payload)
    assert status == 200
    if "command" in payload:
        assert "Deskhand is not installed in this workspace" in text
        assert "Hi" in text, "what was typed is not lost"
    if payload.get("type") == "view_submission":
        assert "not installed" in json.loads(text)["view"]["blocks"][0]["text"]["text"]
    if payload.get("type") == "block_suggestion":
        assert json.loads(text) == {"options": []}
    if "challenge" not in payload and path.stem != "grid_event_team_access_granted":
        assert next(log["event"] for log in logs if log["log_level"] == "warning") == "not installed"
    assert await kept(office, tmp_path) == before


@pytest.mark.parametrize("team", ["T9", "../../etc/passwd", "T" * 100, "T1/..", "É1", "T1\n", " "])
async def test_no_team_that_somebody_forges_gets_a_store(
    team: str, office: Office, post: Post, tmp_path: Path
) -> None:
    """Also of requests that Slack's signature is on, and before Slack has told whose the token is."""
    before = await kept(office, tmp_path)
    command = recorded("slash_command") | {"command": "/ticket", "text": "Printer down", "team_id": team}
    del command["enterprise_id"]
    event = recorded("event_message") | {"team_id": team, "enterprise_id": None}
    for payload in (command, event):
        assert (await post.payload(payload))[0] == 200
    assert await kept(office, tmp_path) == before
    assert len(await office.runtime.store.workspaces()) == 1


async def test_an_old_button_is_answered_with_a_friendly_word(office: Office) -> None:
    ana = office.person("ana")
    answer = await ana.types("/ticket help")
    message = answer.messages[-1]
    message.blocks.append(
        {
            "type": "actions",
            "block_id": "old",
            "elements": [
                {"type": "button", "action_id": "gone", "text": {"type": "plain_text", "text": "Old"}}
            ],
        }
    )
    told = await (await ana.presses(message, "Old")).shows("I don't know that one")
    assert told.only_for == ana.id
    message.blocks.pop()  # the desk never posts one like that


async def test_a_wrong_signature_and_an_old_one_are_refused(post: Post) -> None:
    body = urlencode({"command": "/ticket", "text": "x", "team_id": "T1"}).encode()
    assert (await post(body, "application/x-www-form-urlencoded", secret=NOT_OURS))[0] == 401
    assert (await post(body, "application/x-www-form-urlencoded", age=400))[0] == 401


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"payload=%7Bnot-json", "application/x-www-form-urlencoded"),
        (b"payload=[]", "application/x-www-form-urlencoded"),
        (b"{", "application/json"),
        (b"\xff\xfe", "application/json"),
        (b"payload=" + b"[" * 100_000, "application/x-www-form-urlencoded"),
        (urlencode({"payload": '{"type": "block_actions"}'}).encode(), "application/x-www-form-urlencoded"),
        (
            urlencode({"payload": '{"type": "view_submission", "view": {}}'}).encode(),
            "application/x-www-form-urlencoded",
        ),
        (
            urlencode({"payload": '{"type": "view_submission", "view": {"callback_id": "x"}}'}).encode(),
            "application/x-www-form-urlencoded",
        ),
        (urlencode({"command": "/ticket"}).encode(), "application/x-www-form-urlencoded"),
        (b"", "application/json"),
    ],
)
async def test_malformed_payloads_are_refused_cleanly(body: bytes, content_type: str, post: Post) -> None:
    assert 400 <= (await post(body, content_type))[0] < 500


EVENT = {"type": "event_callback", "team_id": "T1"}


@pytest.mark.parametrize(
    "event",
    [
        3,
        None,
        {"type": "star_added", "user": ["U1"], "item": 7},
        {"type": "file_shared", "user": {"name": "no id"}, "tab": "elsewhere"},
        {"type": "message", "message": "no object"},
        {"type": "message", "ts": "1.0", "files": [{"name": 3}]},
        {"type": "reaction_added", "item": {"ts": 5}},
        {"type": "team_join", "user": {"name": "no id"}},
    ],
    ids=str,
)
async def test_an_event_that_cannot_be_read_is_200_and_said_once_in_the_log(
    event: object, office: Office, post: Post
) -> None:
    body = {**EVENT, "team_id": office.workspace.id, "event": event}
    with capture_logs() as logs:
        status, _ = await post(json.dumps(body).encode(), "application/json")
    assert status == 200
    assert [line["event"] for line in logs if line["log_level"] == "warning"] == ["malformed payload"]


async def test_an_event_nobody_listens_to_is_200_without_a_word(office: Office, post: Post) -> None:
    with capture_logs() as logs:
        body = {**EVENT, "team_id": office.workspace.id, "event": {"type": "star_added", "user": "U1"}}
        status, _ = await post(json.dumps(body).encode(), "application/json")
    assert (status, [line for line in logs if line["log_level"] == "warning"]) == (200, [])


async def test_a_body_of_a_megabyte_is_refused(post: Post) -> None:
    assert (await post(b"payload=" + b"x" * 1_000_000, "application/x-www-form-urlencoded"))[0] == 413


async def test_forged_metadata_makes_no_ticket_and_no_server_error(office: Office, post: Post) -> None:
    payload = of_team(recorded("view_submission"), office)
    for metadata in ("", "{", "This is for you!", '{"nonce": 3}', '{"nonce": "n", "way": "elsewhere"}'):
        payload["view"] |= {"callback_id": "ticket_form", "private_metadata": metadata}
        status, text = await post.payload(payload)
        assert (status, "push" in text) == (200, True), metadata
    assert await office.total() == 0


@pytest.mark.parametrize("value", ["", "-1", "999999999999999999999", "x", "0; drop"])
async def test_a_forged_page_of_a_list_is_no_server_error(value: str, office: Office, post: Post) -> None:
    payload = of_team(recorded("block_actions"), office)
    payload["actions"][0] |= {"action_id": "list_page:older", "value": value}
    payload["response_url"] = "http://127.0.0.1:9/"
    assert (await post.payload(payload))[0] == 200


FORGED_METADATA = (
    *("", "{", "null", '{"nonce": 3}', '{"number": "x"}', "This is for you!"),
    *('{"nonce": "n", "way": "form"}', '{"nonce": "n", "number": 1, "version": 1, "doing": "merge"}'),
    *('{"page": "x"}', '{"page": "0"}', '{"shown_at": "2026-11-23T09:00:00Z"}'),
    '{"nonce": "00000000-0000-0000-0000-000000000001", "number": 1}',
)
FORGED_STATES: tuple[dict[str, dict[str, str | int]], ...] = (
    {},
    {"x": {"type": "plain_text_input", "value": "z"}},
    {"snoozedUntil": {"type": "datetimepicker", "selected_date_time": 10**18}},
    {"slaDueAt": {"type": "datetimepicker", "selected_date_time": -(10**18)}},
    {"duplicateOf": {"type": "plain_text_input", "value": "no ID"}},
    {"triage_choice": {"type": "radio_buttons", "value": "paint"}},
    {"relatedTicketId": {"type": "plain_text_input", "value": "no ID"}},
    {"queue": {"type": "number_input", "value": "nan"}, "end": {"type": "plain_text_input", "value": "x"}},
)
FORGED_VALUES = (None, "", "-1", "x", "0; drop", "9" * 30, "9" * 5000, "1:x", "{", '{"nonce": 3}', "é")


@pytest.fixture
async def admin(office: Office) -> None:
    """Whoever the recorded payloads are by may do everything."""
    for kind in ("view_submission", "block_actions"):
        payload = Interaction.model_validate(of_team(recorded(kind), office))
        eve = Person(id=payload.actor, names=("eve",), is_admin=True)
        await office.runtime.people.learn(office.workspace, [eve])


def faults(logs: list[MutableMapping[str, Any]]) -> list[object]:
    """Of ours; and what would say that nobody has looked."""
    return [log for log in logs if log["event"] in {"a handler failed", "not installed"}]


@pytest.mark.usefixtures("admin")
@pytest.mark.parametrize("callback_id", sorted({*TABLE.submissions, *TABLE.closings}))
async def test_a_forged_form_is_refused_without_a_fault_of_ours(
    callback_id: str, office: Office, post: Post
) -> None:
    with capture_logs() as logs:
        for metadata, state in product(FORGED_METADATA, FORGED_STATES):
            payload = of_team(recorded("view_submission"), office)
            payload["view"] |= {"callback_id": callback_id, "private_metadata": metadata}
            payload["view"]["state"] = {"values": {name: {name: held} for name, held in state.items()}}
            assert (await post.payload(payload))[0] in {200, 400}
            if not state:
                assert (await post.payload(payload | {"type": "view_closed"}))[0] == 200
    assert not faults(logs)


@pytest.mark.usefixtures("admin")
@pytest.mark.parametrize("action_id", sorted(TABLE.actions))
async def test_a_forged_button_is_refused_without_a_fault_of_ours(
    action_id: str, office: Office, post: Post
) -> None:
    view = of_team(recorded("view_submission"), office)["view"]
    with capture_logs() as logs:
        for value, ending in product(FORGED_VALUES, ("", ":x", ":edit")):
            action: dict[str, object] = {"action_id": action_id + ending, "block_id": "b", "value": value}
            action["selected_option"] = {"value": value or ""}
            on_message = of_team(recorded("block_actions"), office) | {
                "response_url": "http://127.0.0.1:9/",
                "actions": [action],
            }
            assert (await post.payload(on_message))[0] == 200
            on_view = on_message | {"view": view | {"private_metadata": value or ""}}
            assert (await post.payload(on_view))[0] == 200
    assert not faults(logs)


HALF = "\ud800"  # half a character, which JSON can spell


@pytest.mark.parametrize(
    "where", ["team_id", "enterprise_id", "api_app_id", "authorizations", "type", "user"]
)
@pytest.mark.parametrize("kind", ["message", "reaction_added", "app_home_opened", "team_join", "pin_added"])
async def test_an_event_with_half_a_character_anywhere_is_taken(
    kind: str, where: str, office: Office, post: Post
) -> None:
    event: dict[str, object] = {"type": kind, "channel": "C1", "ts": "1.0", "user": "U1"}
    body: dict[str, object] = {"type": "event_callback", "team_id": office.workspace.id, "event": event}
    match where:
        case "authorizations":
            body["authorizations"] = [{"team_id": HALF, "user_id": HALF}]
        case "type" | "user":
            event[where] = HALF
        case _:
            body[where] = HALF
    assert (await post.payload(body))[0] == 200


async def test_slacks_word_that_it_sends_no_more_events_is_taken_and_logged(post: Post) -> None:
    with capture_logs() as logs:
        body = {"type": "app_rate_limited", "team_id": "T1", "minute_rate_limited": 1518467820}
        assert (await post(json.dumps(body).encode(), "application/json"))[0] == 200
    assert [log["event"] for log in logs if log["log_level"] == "warning"] == ["app_rate_limited"]


@pytest.mark.parametrize(
    ("kind", "words"),
    [("block_actions", "button belongs to another workspace"), ("view_submission", "form belongs")],
)
async def test_what_was_made_for_another_workspace_is_refused_with_a_word(
    kind: str, words: str, office: Office, post: Post
) -> None:
    await office.person("ana").types("/ticket Printer down customer:acme site:hq type:break_fix")
    await office.runtime.settled()
    before = await office.ticket(1)
    payload = of_team(recorded(kind), office)
    if kind == "block_actions":
        payload["actions"][0] |= {"action_id": "ticket_claim", "value": "~T0OTHER~1"}
        del payload["response_url"]  # so that the word opens as a view
    else:
        payload["view"] |= {"callback_id": "ticket_form", "private_metadata": '~T0OTHER~{"nonce": "n"}'}
    status, text = await post.payload(payload)
    await office.runtime.settled()
    opened = str([call.get("view") for call in office.slack.calls("views.open")])
    assert status == 200
    assert words in text + opened
    assert await office.ticket(1) == before
    assert await office.total() == 1
