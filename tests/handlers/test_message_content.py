"""What Slack's messages hold: every word of them, each once, whatever app has made them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import JsonValue, ValidationError

from handlers.slack.message_content import message_text, source_message
from handlers.slack.message_payloads import MessagePayload, partly_read
from handlers.slack.payload_fields import readable

CASES = Path(__file__).parent / "messages"
TS = "1795854580.000100"
LINK = "https://example.slack.com/archives/C1/p1795854580000100"


def said(name: str) -> Iterator[MessagePayload]:
    """The messages of a case: alone, or in events."""
    loaded = json.loads((CASES / f"{name}.json").read_text())
    for each in loaded if isinstance(loaded, list) else [loaded]:
        event = each.get("event", each)
        yield MessagePayload.model_validate(event.get("message") or event)


def text_of(**message: object) -> str:
    return message_text(MessagePayload.model_validate({"ts": TS, **message}))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("01_text_null_event", "on db1"),
        ("01_text_null_message_for_shortcut", "CPU high\non db1"),
        ("02_attachment_blocks_only", "latency high"),
        ("02_attachment_title_pretext_fields", "Alert firing\nLatency on web-3\nValue: 9.3 s"),
        ("02_blocks_only", "Disk full on db1\n*Host:* db1"),
        ("02_email_file", "Printer broken\nFrom: Bob &lt;bob@example.com&gt;\nIt smells of burnt toner."),
        ("02_text_and_attachment", "Triggered: web-3\np99 is 9.3 s for 10 min"),
        (
            "03_forward_with_caption",
            "please fix\nthe gate is stuck\nForwarded from Zoe: <https://example.slack.com/archives/C1/p1>",
        ),
        ("13_connect_file", "look"),
    ],
)
def test_every_case_is_read_whole(name: str, text: str) -> None:
    (message,) = said(name)
    assert message_text(message) == text


def test_the_files_of_a_forward_come_with_it() -> None:
    (message,) = said("03_forward_with_caption")
    (file,) = source_message(message).files
    assert (file.name, file.permalink) == ("gate.pdf", "https://example.slack.com/files/gate.pdf")


def test_a_file_of_another_organisation_is_a_file_at_its_message() -> None:
    (message,) = said("13_connect_file")
    (file,) = source_message(message, LINK).files
    assert (file.name, file.permalink) == ("a file", LINK)


RICH: JsonValue = {
    "type": "rich_text",
    "elements": [
        {
            "type": "rich_text_section",
            "elements": [
                {"type": "text", "text": "a & b "},
                {"type": "user", "user_id": "U1"},
                {"type": "link", "url": "https://x.org", "text": "here"},
                {"type": "emoji", "name": "fire"},
                {"type": "broadcast", "range": "here"},
                {"type": "usergroup", "usergroup_id": "S1"},
                {"type": "channel", "channel_id": "C1"},
                {"type": "hologram", "text": "beam"},
            ],
        },
        {
            "type": "rich_text_list",
            "style": "ordered",
            "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "first"}]}],
        },
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "x < 1"}]},
        {"type": "rich_text_quote", "elements": [{"type": "text", "text": "said"}]},
    ],
}


@pytest.mark.parametrize(
    ("block", "text"),
    [
        (RICH, "a &amp; b <@U1><https://x.org|here>:fire:<!here><!subteam^S1><#C1>beam\n1. first\n```\nx &lt; 1\n```\n&gt; said"),
        ({"type": "header", "text": {"type": "plain_text", "text": "Disk full"}}, "Disk full"),
        (
            {"type": "section", "text": {"type": "mrkdwn", "text": "*Host*"}, "fields": [{"type": "mrkdwn", "text": "a"}, {"type": "plain_text", "text": "b"}]},
            "*Host*\na\nb",
        ),
        ({"type": "section", "text": {"type": "mrkdwn", "text": "x"}, "accessory": {"type": "image", "image_url": "u", "alt_text": "a graph"}}, "x\na graph"),
        ({"type": "section", "text": {"type": "mrkdwn", "text": "x"}, "accessory": {"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "Ack"}}}, "x"),
        ({"type": "context", "elements": [{"type": "mrkdwn", "text": "by cron"}, {"type": "image", "image_url": "u", "alt_text": "logo"}]}, "by cron\nlogo"),
        ({"type": "markdown", "text": "**bold** <b>"}, "**bold** &lt;b&gt;"),
        ({"type": "image", "image_url": "u", "alt_text": "a graph", "title": {"type": "plain_text", "text": "CPU"}}, "a graph\nCPU"),
        (
            {"type": "table", "rows": [[{"type": "raw_text", "text": "Host"}, {"type": "raw_text", "text": "CPU"}], [{"type": "raw_text", "text": "db1"}, {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "99 %"}]}]}]]},
            "Host | CPU\ndb1 | 99 %",
        ),
        ({"type": "video", "title": {"type": "plain_text", "text": "The leak"}, "description": {"type": "plain_text", "text": "filmed"}, "alt_text": "a pipe"}, "The leak\nfilmed\na pipe"),
        ({"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Ack"}}]}, ""),
        ({"type": "divider"}, ""),
        ({"type": "hologram", "body": {"type": "mrkdwn", "text": "beam"}}, "beam"),
        ("no block", ""),
        (None, ""),
        ({"type": "rich_text", "elements": 7}, ""),
        ({"type": "table", "rows": "x"}, ""),
    ],
)  # fmt: skip
def test_every_kind_of_block_is_read(block: JsonValue, text: str) -> None:
    assert text_of(text="", blocks=[block]) == text


def test_what_a_person_writes_is_not_read_twice_from_its_rich_text() -> None:
    assert text_of(user="U1", text="a &amp; b, 1st", blocks=[RICH]) == "a &amp; b, 1st"


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ({"mode": "email", "subject": "Hi", "plain_text": "a < b", "from": [{"original": "x@y.z"}], "cc": [{"address": "c@y.z"}]}, "Hi\nFrom: x@y.z\nCc: c@y.z\na &lt; b"),
        ({"filetype": "email", "title": "Hi", "preview_plain_text": "there"}, "Hi\nthere"),
        ({"mode": "quip", "filetype": "quip", "title": "Runbook & plan"}, "Runbook &amp; plan"),
        ({"subtype": "slack_audio", "name": "audio_message.m4a", "transcription": {"status": "complete", "preview": {"content": "It is down"}}}, "audio_message.m4a\nIt is down"),
        ({"mimetype": "audio/mp4", "name": "voice.m4a"}, "voice.m4a"),
        ({"mode": "snippet", "title": "log.txt", "preview": "ERROR 5"}, "log.txt\nERROR 5"),
        ({"mode": "hosted", "name": "photo.jpg"}, ""),
        ({"mode": "tombstone", "name": "gone.m4a", "subtype": "slack_audio"}, ""),
    ],
)  # fmt: skip
def test_the_words_of_what_is_attached_are_read(file: JsonValue, text: str) -> None:
    assert text_of(files=[file]) == text


def test_deleted_files_are_gone() -> None:
    message = MessagePayload.model_validate(
        {"ts": TS, "files": [{"id": "F1", "mode": "tombstone"}, {"name": "a"}]}
    )
    assert [file.name for file in source_message(message).files] == ["a"]


def test_a_forward_without_a_caption_is_read_with_the_blocks_it_quotes() -> None:
    quoted = {
        "message": {"blocks": [{"type": "header", "text": {"type": "plain_text", "text": "Disk full"}}]}
    }
    forward = {"is_msg_unfurl": True, "author_id": "U7", "message_blocks": [quoted, None, "x"]}
    assert text_of(attachments=[forward]) == "Disk full\nForwarded from <@U7>"


@pytest.mark.parametrize(
    ("message", "text", "files"),
    [
        ({"text": "look", "files": [{"id": "F1", "mode": "hidden_by_limit", "name": None}]}, "look", ["a file"]),
        ({"text": "look", "files": [{"id": "F1", "file_access": "check_file_info"}]}, "look", ["a file"]),
        ({"text": "look", "files": [{"id": "F1", "mode": "tombstone"}]}, "look", []),
        ({"files": [{"id": "F1", "mode": "quip", "title": "Runbook"}]}, "Runbook", ["Runbook"]),
        ({"text": "A huddle happened", "subtype": "huddle_thread", "room": {"id": "R1"}}, "A huddle happened", []),
        ({"text": "waves", "subtype": "me_message"}, "waves", []),
        ({"text": "also", "subtype": "thread_broadcast", "root": {"text": "Root"}}, "also", []),
        ({"text": "", "bot_id": "B1", "attachments": [{"fallback": "[FIRING] x"}]}, "[FIRING] x", []),
        ({"blocks": [{"type": "call", "call": {"v1": {"name": "Bob", "join_url": "https://z"}}}]}, "Bob", []),
        ({"blocks": [{"type": "hologram", "rows": [{"text": {"type": "plain_text", "text": "deep"}}]}]}, "deep", []),
        ({"attachments": [{"service_name": "Jira", "title": "OPS-1", "text": "Broken"}]}, "OPS-1\nBroken\nJira", []),
        (
            {"attachments": [{"text": "outer", "attachments": [{"text": "inner", "files": [{"name": "a"}]}]}]},
            "outer\ninner",
            ["a"],
        ),
        ({"text": "x", "attachments": [None], "files": [None], "blocks": [None]}, "x", []),
    ],
)  # fmt: skip
def test_neighbours_of_what_channels_are_full_of_are_read(
    message: dict[str, JsonValue], text: str, files: list[str]
) -> None:
    read = partly_read(message, TS)
    assert not read.unread
    source = source_message(read, LINK)
    assert (source.text, [file.name for file in source.files]) == (text, files)


def test_a_date_beyond_all_calendars_does_no_harm() -> None:
    date = {"type": "rich_text_section", "elements": [{"type": "date", "timestamp": 10**20}]}
    blocks = [{"type": "rich_text", "elements": [date]}]
    assert readable(text_of(blocks=blocks)) == str(10**20)


def test_null_means_absent_everywhere() -> None:
    names = MessagePayload.model_fields.keys() - {"ts"}
    assert text_of(**dict.fromkeys(names)) == ""
    nulls = dict.fromkeys(("text", "fields", "blocks", "files", "pretext", "is_share", "message_blocks"))
    files = {"files": [dict.fromkeys(("name", "mode", "from", "cc", "transcription"))]}
    assert text_of(text="x", attachments=[nulls, {**nulls, **files}], **files) == "x"


@pytest.mark.parametrize(
    "body",
    [
        {"text": 5, "user": {}, "files": [{"name": "a.txt"}]},
        {"attachments": [3, {"text": "down", "fields": "x"}], "files": [{"name": "a.txt"}, {"name": 3}]},
        {"attachments": "x", "files": [{"name": "a.txt", "from": [7]}]},
    ],
)
def test_a_message_of_another_shape_is_read_as_far_as_it_goes(body: dict[str, JsonValue]) -> None:
    message = partly_read(body, TS)
    assert message.unread
    assert source_message(message).files[0].name == "a.txt"
    assert message_text(message) in {"", "down"}


def test_a_message_without_its_ts_is_none() -> None:
    with pytest.raises(ValidationError):
        partly_read({"text": "x"}, "yesterday")


def test_no_half_characters_and_no_nul_come_of_a_message() -> None:
    assert text_of(text="a\0b\ud800", blocks=[{"type": "markdown", "text": "\ud83d"}]) == "ab?\n?"
