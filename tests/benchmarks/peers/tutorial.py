"""What a tutorial builds: Flask, gunicorn, Bolt's sync App, and TinyDB's JSONStorage.

Run as `gunicorn tests.benchmarks.peers.tutorial:flask_app`, with one worker: TinyDB's file takes no second writer.
"""

import os
from typing import Any

from flask import Flask, Response, request
from slack_bolt import Ack, App
from slack_bolt.adapter.flask import SlackRequestHandler
from slack_sdk import WebClient
from tinydb import TinyDB

from tests.benchmarks.load import SECRET

database = TinyDB(os.environ["TUTORIAL_FILE"])
bolt = App(
    client=WebClient(token="xoxb-benchmark", base_url=os.environ["SLACK_API_URL"]),  # noqa: S106
    signing_secret=SECRET,
)
handler = SlackRequestHandler(bolt)
flask_app = Flask(__name__)


@bolt.command("/ticket")
def ticket(ack: Ack, command: dict[str, Any], client: WebClient) -> None:
    words = [word.partition(":") for word in command["text"].split()]
    fields = {key: value for key, colon, value in words if colon}
    summary = " ".join(key for key, colon, _ in words if not colon)
    number = database.insert({"summary": summary, "createdBy": command["user_id"], **fields})
    ack(f"T-{number} is saved")
    client.chat_postMessage(channel=command["channel_id"], text=f"T-{number} {summary}")


@flask_app.post("/slack/events")
def events() -> Response:
    return handler.handle(request)
