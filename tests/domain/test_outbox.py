from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from bot.domain.audience import audience
from bot.domain.news import News, Role
from bot.domain.outbox import Fetch, Job, Target, put_back, updates
from bot.domain.queues import Override, Queue, Rotation
from bot.domain.swaps import SwapNotice
from bot.domain.ticket import Place
from bot.domain.workspace_settings import WorkspaceSettings
from tests.handlers.conftest import ticket

NOON, LATER = datetime(2026, 11, 23, 12, tzinfo=UTC), datetime(2026, 11, 23, 13, tzinfo=UTC)


def job(**fields: object) -> Job:
    target = Target(channel="C1", user="U1")
    made = Job(id=UUID(int=1), number=1, target=target, created_at=NOON, due_at=NOON)
    return made.model_copy(update=fields)


def test_a_change_is_one_update_for_each_card_and_the_next_change_replaces_it() -> None:
    places = (Place(channel="C1", ts="1.0"), Place(channel="C1", ts="2.0"), Place(channel="C2", ts="1.0"))
    shown = ticket().model_copy(update={"cards": places})
    first, second = updates(shown, NOON), updates(shown, LATER)
    assert [each.place for each in first] == [*places]
    assert [each.id for each in first] == [each.id for each in second]
    assert len({each.id for each in first}) == 3


@pytest.mark.parametrize(
    ("of", "call", "channel"),
    [
        (job(), "post", "C1"),
        (job(claimed_at=NOON), "find", "C1"),
        (job(place=Place(channel="C2", ts="1.0")), "update", "C2"),
        (job(place=Place(channel="C2", ts="1.0"), claimed_at=NOON), "update", "C2"),
        (job(private=True), "post", "U1"),
        (job(target=Target(user="U1")), "post", "U1"),
    ],
)
def test_a_job_knows_what_comes_next_and_where(of: Job, call: str, channel: str) -> None:
    assert (of.call, of.channel) == (call, channel)


QUEUES = WorkspaceSettings(queues=(Queue(name="network", channel="C9", owner="U0DANA"),))


@pytest.mark.parametrize(
    ("of", "settings", "reader"),
    [
        (job(), WorkspaceSettings(), "team"),
        (job(), QUEUES, "requester"),
        (job(target=Target(channel="C9", user="U0ANA")), QUEUES, "team"),
        (job(target=Target(channel="C9", user="U0DANA", internal=True)), QUEUES, "agents"),
        (job(place=Place(channel="C9", ts="1.0", internal=True)), QUEUES, "agents"),
        (job(target=Target(user="U0BEN")), QUEUES, "agents"),
        (job(target=Target(user="U0ANA")), QUEUES, "requester"),
        (job(private=True, target=Target(channel="C1", user="U0ANA")), QUEUES, "requester"),
        (job(place=Place(channel="D1", ts="1.0", user="U0ANA")), QUEUES, "requester"),
        (job(place=Place(channel="D1", ts="1.0")), QUEUES, "agents"),  # written before it said whose
    ],
)
def test_who_reads_a_card_is_known_from_where_it_stands(
    of: Job, settings: WorkspaceSettings, reader: str
) -> None:
    assert audience(of, ticket(), settings) == reader


def told(role: Role, to: str = "U0BEN") -> tuple[News, ...]:
    return (News(event="created", role=role, to=to, by="U0ANA", version=1),)


ON_CALL = WorkspaceSettings(
    queues=(
        Queue(
            name="network",
            channel="C9",
            owner="U0DANA",
            rotation=Rotation(people=("U0BEN",), rule="FREQ=DAILY", zone="UTC", start=NOON),
        ),
    )
)


@pytest.mark.parametrize(
    ("of", "assignee", "queue", "reader"),
    [
        (job(target=Target(user="U0BEN"), told=told("assignee")), "U0BEN", None, "to_act"),
        (
            job(place=Place(channel="D1", ts="1.0", user="U0BEN", told=told("assignee"))),
            "U0BEN",
            None,
            "to_act",
        ),
        (
            job(place=Place(channel="D1", ts="1.0", user="U0BEN", told=told("assignee"))),
            "U0EMIL",
            None,
            "agents",
        ),
        (job(place=Place(channel="D1", ts="1.0", user="U0BEN", told=told("assignee"))), None, None, "agents"),
        (job(place=Place(channel="D1", ts="1.0", user="U0BEN")), "U0BEN", None, "agents"),
        (job(target=Target(user="U0BEN"), told=told("on_call")), None, "network", "to_act"),
        (job(target=Target(user="U0BEN"), told=told("on_call")), "U0BEN", "network", "to_act"),
        (job(target=Target(user="U0BEN"), told=told("on_call")), "U0EMIL", "network", "agents"),
        (job(target=Target(user="U0BEN"), told=told("on_call")), None, "billing", "agents"),
        (job(target=Target(user="U0DANA"), told=told("on_call")), None, "network", "agents"),
        (
            job(target=Target(channel="C9", user="U0BEN", internal=True), told=told("on_call")),
            None,
            "network",
            "agents",
        ),
        (job(target=Target(channel="C9", user="U0BEN"), told=told("assignee")), "U0BEN", "network", "team"),
        (job(target=Target(user="U0ANA")), "U0ANA", None, "requester"),
    ],
)
def test_whoever_is_to_act_reads_by_themselves_as_long_as_it_is_theirs(
    of: Job, assignee: str | None, queue: str | None, reader: str
) -> None:
    given = ticket(assignedUserId=assignee, assignedQueue=queue)
    assert audience(of, given, ON_CALL) == reader


def test_an_update_in_direct_messages_is_for_the_person_they_are_with() -> None:
    place = Place(channel="D1", ts="1.0", user="U0BEN")
    (update,) = updates(ticket().model_copy(update={"cards": (place,)}), NOON)
    assert update.target.user == "U0BEN"


def test_what_is_put_back_is_tried_as_if_for_the_first_time_but_remembers_its_claim() -> None:
    aside = job(set_aside="never_heard_of", attempts=12, claimed_at=NOON, private=True)
    again = put_back(aside, LATER)
    assert (again.set_aside, again.attempts, again.due_at) == (None, 0, LATER)
    assert (again.call, again.private, again.created_at) == ("find", True, NOON)


WRITTEN = {
    "id": str(UUID(int=1)),
    "number": 1,
    "target": {"channel": "C1", "threadTs": None, "responseUrl": None, "user": "U1"},
    "createdAt": "2026-11-23T12:00:00Z",
    "dueAt": "2026-11-23T12:00:00Z",
    "attempts": 0,
    "lastError": None,
}
"""As the first version wrote a job."""

LATER_WRITTEN = {
    **WRITTEN,
    "target": {**WRITTEN["target"], "internal": False},  # type: ignore[dict-item]
    "place": None,
    "comment": None,
    "private": False,
    "claimedAt": None,
    "setAside": None,
}
"""As they were written before there were notices."""


NOTICE = SwapNotice(
    event="made",
    queue="network",
    override=Override(person="U2", start=NOON, end=NOON + timedelta(hours=2), key="form:V1"),
    relieved="U1",
    by="U2",
    on_call="U2",
)


@pytest.mark.parametrize("written", [WRITTEN, LATER_WRITTEN])
def test_what_earlier_versions_wrote_is_read(written: dict[str, object]) -> None:
    assert Job.model_validate(written) == job()
    assert Job.model_validate(written).kind == "card"


def test_a_comment_that_an_earlier_version_wrote_is_one() -> None:
    read = Job.model_validate({**LATER_WRITTEN, "comment": "C1:7.0"})
    assert (read, read.kind) == (job(comment="C1:7.0"), "comment")


def test_what_is_read_in_a_channel_holds_up_nothing_that_goes_there() -> None:
    reads = job(fetch=Fetch(channel="C1", thread_ts="1.0"), claimed_at=NOON)
    assert (reads.kind, reads.call, reads.lane == job().lane) == ("fetch", "fetch", False)
    assert job(notice=NOTICE).lane == job().lane


def test_every_kind_of_job_is_read_as_it_was_written() -> None:
    for each in (
        job(),
        job(comment="C1:7.0"),
        job(notice=NOTICE, number=None),
        job(fetch=Fetch(channel="C1", thread_ts="1.0", cursor="x")),
    ):
        assert Job.model_validate(each.to_wire()) == each
