"""Which user group may be whoever is on call."""

import pytest

from bot.domain.errors import InvalidInput
from bot.domain.on_call_groups import refuse_shared
from bot.domain.queues import Queue


def queue(name: str = "network", agents: str | None = None, on_call: str | None = None) -> Queue:
    return Queue(name=name, channel="C1", owner="DANA", group=agents, on_call_group=on_call)


OTHER = queue("field", agents="FIELD", on_call="FIELD-ON-CALL")


@pytest.mark.parametrize(
    ("wanted", "field", "words"),
    [
        (queue(agents="NET", on_call="NET"), "onCallGroup", "The agents of this queue are this group"),
        (queue(on_call="FIELD"), "onCallGroup", "The agents of “field” are this group"),
        (queue(on_call="FIELD-ON-CALL"), "onCallGroup", "Whoever is on call for “field” is this group"),
        (queue(agents="FIELD-ON-CALL"), "group", "Only whoever is on call for “field” is in this group"),
    ],
)
def test_a_group_that_follows_on_call_is_nothing_else(wanted: Queue, field: str, words: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        refuse_shared(wanted, [OTHER])
    (problem,) = refused.value.problems
    assert problem.field == field
    assert words in problem.message


@pytest.mark.parametrize(
    "wanted", [queue(), queue(agents="FIELD"), queue(agents="NET", on_call="NET-ON-CALL")]
)
def test_groups_of_their_own_are_taken(wanted: Queue) -> None:
    refuse_shared(wanted, [OTHER])
