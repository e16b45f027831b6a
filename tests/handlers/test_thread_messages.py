"""Which messages of a thread are somebody's own words."""

import pytest

from handlers.slack.events import EventMessage
from handlers.slack.thread_messages import is_by_a_person

OWN = {"U0DESK"}


@pytest.mark.parametrize(
    ("also", "is_theirs"),
    [
        ({"user": "U0BEN"}, True),
        ({"user": "U0BEN", "subtype": "file_share"}, True),
        ({"user": "U0BEN", "subtype": "channel_join"}, False),
        ({"user": "U0BEN", "bot_id": "B1"}, False),
        ({"user": "U0BEN", "app_id": "A1"}, False),
        ({"user": "USLACKBOT"}, False),
        ({"user": "U0DESK"}, False),
        ({}, False),
    ],
)
def test_only_what_people_write_is_theirs(also: dict[str, str], *, is_theirs: bool) -> None:
    message = EventMessage.model_validate({"ts": "1.0", "thread_ts": "0.9", "text": "Hello", **also})
    assert is_by_a_person(message, OWN) == is_theirs
