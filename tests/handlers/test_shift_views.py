"""What people are told of changes of shift is what Slack takes, however much there is of it, and says what is true at delivery."""

from datetime import timedelta
from uuid import UUID

import pytest

from bot.domain.clock.shifts import NAMED, HandOver, Refusal
from bot.domain.on_call_groups import GroupNotice
from bot.domain.outbox import Job, Target
from bot.services.workspace_settings import MOST
from handlers.blocks import group_notice, hand_over
from tests.handlers.conftest import NOW, ticket
from tests.handlers.test_views import NASTY, taken_by_slack


def handed(queue: str = "network", off: str | None = "OFF", on: str | None = "ON", **counts: int) -> HandOver:
    numbers = tuple(range(1, NAMED + 1))
    counted = {"open": 1001, "late": 12, "critical": 3, **counts}
    return HandOver.model_validate({"queue": queue, "off": off, "on": on, "numbers": numbers, **counted})


def job(user: str, *hand_overs: HandOver) -> Job:
    return Job(id=UUID(int=1), target=Target(user=user), hand_overs=hand_overs, created_at=NOW, due_at=NOW)


TICKETS = [ticket(number, summary=NASTY[:255]) for number in range(1, NAMED + 1)]


@pytest.mark.parametrize("queues", [1, 2, 11, MOST])
def test_a_hand_over_of_any_size_is_taken(queues: int) -> None:
    every = [handed(f"{number} {NASTY}"[:60]) for number in range(queues)]
    taken_by_slack(hand_over.message_of(job("ON", *every), TICKETS, lambda _: NASTY[:100]))
    taken_by_slack(hand_over.message_of(job("ON", *every), [], lambda _: NASTY[:100]))


@pytest.mark.parametrize(
    ("reader", "handed_over", "words"),
    [
        (
            "ON",
            handed(),
            "You are on call for *network* now, after Off. 1,000+ tickets are open, of them 12 late and 3 critical.",
        ),
        ("OFF", handed(), "Your shift on *network* has ended. On is on call now. 1,000+ tickets are open"),
        ("OFF", handed(on=None), "Your shift on *network* has ended. Nobody is on call now."),
        ("ON", handed(off=None), "You are on call for *network* now. 1,000+"),
        ("ON", handed(open=1, late=1, critical=0), "1 ticket is open, of them 1 late."),
        ("ON", handed(open=7, late=0, critical=0), "7 tickets are open."),
    ],
)
def test_each_hears_the_same_facts_in_their_own_words(reader: str, handed_over: HandOver, words: str) -> None:
    told = hand_over.message_of(job(reader, handed_over), TICKETS, str.capitalize)
    assert words in told["text"]


def test_a_ticket_is_shown_as_it_is_by_now() -> None:
    late = (NOW - timedelta(hours=1)).isoformat()
    tickets = [
        ticket(1, slaDueAt=late),
        ticket(2, slaDueAt=late, status="resolved"),
        ticket(3, priority="critical", slaDueAt=late),
        ticket(4, slaDueAt=(NOW + timedelta(hours=1)).isoformat()),
    ]
    blocks = hand_over.message_of(job("ON", handed()), tickets, str)["blocks"]
    lines = str(blocks[0]["text"]["text"]).splitlines()[1:]  # type: ignore[index,call-overload]
    late_since = "late since <!date"
    assert [late_since in line for line in lines] == [True, False, True, False]
    assert lines[1].endswith("T-2* Printer down – resolved")
    assert lines[2].endswith(", critical")
    assert lines[3].endswith("Printer down")


@pytest.mark.parametrize("why", [*group_notice._WHY, *group_notice._SAME, f"{{{NASTY[:50]}}}"])
def test_whatever_hinders_a_group_is_told_in_words_that_slack_takes(why: str) -> None:
    notice = GroupNotice(queue=NASTY[:60], group="S1", refusal=Refusal(why=why, person="U1"))
    told = group_notice.message_of(notice, lambda _: NASTY[:100])
    taken_by_slack(told)
    assert "I left it as it was" in told["text"]
    assert "`/ticket" in told["text"]
