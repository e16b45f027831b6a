"""Payload -> fields, and errors -> inputs."""

import json
from pathlib import Path

import pytest

from bot.domain.errors import Problem
from bot.domain.people import Group, WorkspacePeople
from handlers.slack.message_payloads import MessageShortcut
from handlers.slack.payload_fields import (
    errors_by_block,
    fields_of,
    permalink,
    readable,
)
from handlers.slack.payloads import (
    SlashCommand,
    State,
)

PAYLOADS = Path(__file__).parent / "slack-payloads"


def recorded(name: str) -> dict[str, object]:
    loaded: dict[str, object] = json.loads((PAYLOADS / f"{name}.json").read_text())
    return loaded


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("Printer <@U123|ana> down", "Printer @U123 down"),
        ("<#C1|network> is &lt;slow&gt; &amp; &quot;loud&quot;", "#network is <slow> & &quot;loud&quot;"),
        ("see <http://x.org|http://x.org>", "see http://x.org"),
        ("see <http://x.org/a|the page>", "see the page (http://x.org/a)"),
        ("mail <mailto:a@b.org|a@b.org>", "mail a@b.org"),
        ("<!channel> wake up, <!subteam^S1|@night-shift>", "@channel wake up, @night-shift"),
        ("<!here|here> <!here|@here> <!everyone>", "@here @here @everyone"),
        ("<!subteam^S1|night-shift> <!subteam^S1>", "@night-shift @S1"),
        ("<!date^1490372100^{date} at {time}|24 March, 16:15>", "24 March, 16:15"),
        ("<!date^1490372100^{time}^https://x.org> <!date^noon^{time}>", "2017-03-24 16:15 UTC noon"),
        ("&amp;lt;script&amp;gt;", "&lt;script&gt;"),
        ("a < b", "a < b"),
        ("", ""),
    ],
)
def test_slack_markup_becomes_what_people_read(typed: str, read: str) -> None:
    assert readable(typed) == read


def test_whoever_is_not_known_is_shown_by_the_label_and_a_group_by_its_name() -> None:
    people = WorkspacePeople().with_groups([Group(id="S1", name="night-shift", members=frozenset())])
    typed = "<@U0ZOE|zoe> <@U0ZOE> <!subteam^S1> <!subteam^S2|@day> <!subteam^S1|@old>"
    assert readable(typed, people.name) == "@zoe @U0ZOE @night-shift @day @night-shift"


def test_a_mention_becomes_a_name_where_the_name_is_known() -> None:
    assert readable("<@U1> and <@U2>", {"U1": "Ana", "U2": "Ben"}.get) == "@Ana and @Ben"  # type: ignore[arg-type]


def test_secrets_of_a_payload_are_not_in_its_repr() -> None:
    command = SlashCommand.model_validate(recorded("slash_command"))
    assert command.response_url
    assert "hooks.slack.com" not in repr(command)


def test_the_permalink_is_put_together_from_the_payload() -> None:
    shortcut = MessageShortcut.model_validate(recorded("message_shortcut"))
    assert permalink(shortcut) == "https://test-test.slack.com/archives/C111/p1583636382000300"
    reply = shortcut.model_copy(update={"message": shortcut.message.model_copy(update={"thread_ts": "15.1"})})
    assert permalink(reply) == (
        "https://test-test.slack.com/archives/C111/p1583636382000300?thread_ts=15.1&cid=C111"
    )


def test_each_kind_of_input_becomes_its_wire_form() -> None:
    state = State.model_validate(
        {
            "values": {
                "customerId": {
                    "customerId": {"type": "external_select", "selected_option": {"value": "acme"}}
                },
                "siteId:acme": {
                    "siteId": {"type": "external_select", "selected_option": {"value": "acme-hq"}}
                },
                "summary": {"summary": {"type": "plain_text_input", "value": "Printer down"}},
                "category": {"category": {"type": "plain_text_input", "value": None}},
                "priority": {"priority": {"type": "static_select", "selected_option": {"value": "high"}}},
                "assignedUserId": {"assignedUserId": {"type": "users_select", "selected_user": "U1"}},
                "slaDueAt": {"slaDueAt": {"type": "datetimepicker", "selected_date_time": 1764608400}},
                "estimatedLaborHours": {"estimatedLaborHours": {"type": "number_input", "value": "2.5"}},
            }
        }
    )
    assert fields_of(state) == {
        "customerId": "acme",
        "siteId": "acme-hq",
        "summary": "Printer down",
        "priority": "high",
        "assignedUserId": "U1",
        "slaDueAt": "2025-12-01T17:00:00Z",
        "estimatedLaborHours": 2.5,
    }


def test_errors_stand_on_their_own_inputs_and_never_on_other_blocks() -> None:
    blocks = [
        {"type": "section", "block_id": "faults"},
        {"type": "input", "block_id": "customerId"},
        {"type": "input", "block_id": "siteId:acme"},
    ]
    problems = [
        Problem(field="siteId", code="x", message="Wrong site."),
        Problem(field="siteId", code="y", message="No such site."),
        Problem(field="workspaceId", code="z", message="Not your workspace."),
    ]
    assert errors_by_block(problems, blocks) == {
        "siteId:acme": "Wrong site. No such site.",
        "customerId": "Not your workspace.",
    }
