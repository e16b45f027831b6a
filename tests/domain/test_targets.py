"""How far a ticket's targets are, after whatever happens to it, and what is found when their moments come."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from bot.domain.calendars import ALWAYS, Calendar, business_hours, is_open
from bot.domain.clock.context import CLOCK, Change, Moment, Reached
from bot.domain.clock.service_levels import Policy, TargetKind, stops
from bot.domain.clock.settings import ClockSettings
from bot.domain.clock.target_run import spent
from bot.domain.clock.targets import changed, next_moment, reached, struck
from bot.domain.clock.ticket_clock import Target
from bot.domain.clock.time_left import TimeLeft, until_due
from bot.domain.comments import Comment, noticed
from bot.domain.contract import parse
from bot.domain.lifecycle import NotNow, StepContext, restore, take, withdraw
from bot.domain.queues import Queue
from bot.domain.steps import StepName
from bot.domain.ticket import Entry, Origin, Ticket, opened
from bot.domain.workspace_settings import WorkspaceSettings
from tests.histories import as_read, replayed

REQUESTER, ANA, BEN = "U0REQ", "U0ANA", "U0BEN"
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
OFFICE = business_hours("Etc/UTC", "Office")
USUAL = Policy(
    name="Usual",
    response=60,
    next_response=30,
    assignment=120,
    resolution=240,
    calendar="Office",
    pauses=("customer",),
)
URGENT = Policy(
    name="Urgent",
    priorities=("critical",),
    response=10,
    next_response=10,
    assignment=10,
    resolution=60,
    calendar=ALWAYS.name,
    pauses="none",
)
NETWORK = Policy(
    name="Network",
    queues=("network",),
    response=20,
    next_response=20,
    assignment=30,
    resolution=600,
    calendar="Office",
    pauses="all",
)


def desk(*policies: Policy, since: datetime | None = MONDAY - timedelta(days=30)) -> WorkspaceSettings:
    clock = ClockSettings(
        policies=policies or (USUAL, URGENT, NETWORK),
        calendars=(OFFICE,),
        since={"levels": since} if since else {},
    )
    return WorkspaceSettings(clock=clock)


class Life:
    """A ticket, and what happens to it at moments: minutes after Monday, 9:00."""

    def __init__(self, settings: WorkspaceSettings | None = None, at: int = 0, **fields: str) -> None:
        self.settings = settings or desk()
        self.entries: list[Entry] = []
        wire = {
            "customerId": "acme",
            "siteId": "hq",
            "ticketType": "other",
            "sourceChannel": "internal",
            "summary": "Printer down",
        }
        self.at = MONDAY + at * MINUTE
        new = opened(
            parse(wire | fields),
            ticket_id=UUID(int=1),
            number=1,
            actor=REQUESTER,
            origin=Origin(way="command", channel="C1"),
            now=self.at,
        )
        self.ticket = new
        self._keep(changed(new, Change(None, self.settings, self.at)))
        self._number = count()

    def does(self, step: StepName, minute: int, by: str = ANA, **fields: str | None) -> None:
        self._at(minute)
        self._change(take(self.ticket, step, {**fields}, StepContext(by, self.at)))

    def says(
        self, author: str, minute: int, *, internal: bool = False, late: int = 0, bystander: bool = False
    ) -> None:
        """`late`: minutes after which we hear of it."""
        self._at(minute + late)
        written = self.at - late * MINUTE
        key = f"C1:{next(self._number)}"
        comment = Comment(key=key, number=1, author=author, at=written, text="Well?", internal=internal)
        resolution = next((each for each in reversed(self.entries) if each.what == "resolved"), None)
        self._change(
            noticed(self.ticket, None, comment, resolution, self.at), comment, by_bystander=bystander
        )

    def withdraws(self, minute: int) -> None:
        self._at(minute)
        self._change(withdraw(self.ticket, StepContext(ANA, self.at)))

    def restores(self, minute: int) -> None:
        self._at(minute)
        last = next((each for each in reversed(self.entries) if each.what == "withdrawn"), None)
        self._change(restore(self.ticket, last, StepContext(ANA, self.at)))

    def chooses(self, settings: WorkspaceSettings, minute: int) -> None:
        """An admin changes the settings, and all tickets are gone through."""
        self._at(minute)
        self.settings = settings
        self._change(self.ticket)

    def strikes(self, minute: int) -> tuple[Reached, ...]:
        self._at(minute)
        found = reached(self.ticket, self.at)
        self._keep(struck(self.ticket, Moment(self.at, self.settings)).ticket)
        return found

    def target(self, kind: TargetKind) -> Target:
        assert self.ticket.clock
        assert self.ticket.clock.level
        found = self.ticket.clock.level.target(kind)
        assert found
        return found

    def is_answered(self) -> bool:
        """Whether no answer is late."""
        return not self.ticket.response_late

    def spent(self, kind: TargetKind) -> float:
        """Minutes of working time, now."""
        assert self.ticket.clock
        assert self.ticket.clock.level
        calendar = self.settings.clock.calendar(self.ticket.clock.level.calendar)
        assert calendar
        return spent(self.target(kind), self.at, calendar) / MINUTE

    def due(self) -> float | None:
        """When it is due, in minutes after Monday, 9:00."""
        return (self.ticket.due_at - MONDAY) / MINUTE if self.ticket.due_at else None

    def _at(self, minute: int) -> None:
        self.at = MONDAY + minute * MINUTE

    def _change(self, after: Ticket, comment: Comment | None = None, *, by_bystander: bool = False) -> None:
        change = Change(self.ticket, self.settings, self.at, comment, by_bystander=by_bystander)
        self._keep(changed(after, change))

    def _keep(self, ticket: Ticket) -> None:
        self.entries += ticket.new_entries
        self.ticket = Ticket.model_validate(as_read(ticket).to_wire())
        assert self.ticket.version == len(self.entries)
        assert replayed(self.ticket, self.entries)


DAY = 24 * 60


def test_a_new_ticket_is_due_when_its_resolution_is() -> None:
    life = Life()
    assert life.due() == 240
    assert (life.ticket.sla_due_at, life.ticket.due_state) == (None, "on_time")
    (created,) = life.entries
    assert [each.after for each in created.changes if each.field == "computedDueAt"] == [
        "2026-11-23T13:00:00Z"
    ]


def test_a_ticket_that_comes_in_the_evening_counts_from_the_next_morning() -> None:
    assert Life(at=9 * 60).due() == DAY + 240


def test_a_due_time_that_somebody_gave_stands() -> None:
    given = (MONDAY + timedelta(hours=1)).isoformat()
    life = Life(slaDueAt=given)
    life.does("priority", 1, priority="critical")
    assert life.due() == 60
    assert life.ticket.computed_due_at is None
    assert life.target("resolution").due_at == MONDAY + 60 * MINUTE
    assert Reached("resolution", "late", life.ticket.created_at) not in reached(
        life.ticket, MONDAY + 999 * MINUTE
    )
    life.does("triage", 2, slaDueAt=None)
    assert life.due() == 60


def test_the_due_time_moves_with_priority_and_queue_and_the_history_says_so() -> None:
    life = Life()
    life.does("priority", 30, priority="critical")
    assert life.due() == 60
    life.does("assign", 40, assignedQueue="network")
    assert life.due() == 60, "of equally specific policies the first"
    life.does("priority", 50, priority="medium")
    assert life.due() == DAY + 120, "600 minutes, of which 50 are spent"
    moved = [
        (entry.what, change.before, change.after)
        for entry in life.entries
        for change in entry.changes
        if change.field == "computedDueAt"
    ]
    assert moved == [
        ("created", None, "2026-11-23T13:00:00Z"),
        ("prioritized", "2026-11-23T13:00:00Z", "2026-11-23T10:00:00Z"),
        ("prioritized", "2026-11-23T10:00:00Z", "2026-11-24T11:00:00Z"),
    ]


def test_a_ticket_keeps_the_policy_it_began_with() -> None:
    life = Life()
    life.chooses(desk(USUAL.model_copy(update={"resolution": 10})), 5)
    life.does("edit", 6, summary="Printer on fire")
    assert life.due() == 240
    life.does("priority", 7, priority="high")
    assert life.due() == 10


def test_a_hold_stops_the_clock_where_the_policy_says_so() -> None:
    life = Life()
    life.does("hold", 30, holdReason="Waiting for customer")
    assert (life.due(), life.target("resolution").since) == (None, None)
    assert not life.strikes(600)
    life.does("resume", DAY)
    assert life.due() == DAY + 210
    life.does("hold", DAY + 10, holdReason="Waiting for parts")
    assert life.due() == DAY + 210


def test_a_hold_for_another_reason_starts_the_clock_again() -> None:
    life = Life(desk(NETWORK.model_copy(update={"queues": (), "pauses": ("customer",)})))
    life.does("hold", 30, holdReason="Waiting for customer")
    life.does("resume", 40)
    life.does("hold", 40, holdReason="Waiting for parts")
    assert life.spent("resolution") == 30


def test_reopening_goes_on_with_what_was_spent() -> None:
    life = Life()
    life.does("resolve", 100, resolution="Done")
    assert life.target("resolution").met_at == life.at
    assert life.due() == 240, "what is done keeps the due time that it had"
    life.does("reopen", 200)
    assert life.due() == 340
    assert life.target("resolution").met_at is None


def test_a_withdrawn_ticket_has_no_clock_and_one_that_is_brought_back_goes_on() -> None:
    life = Life()
    life.withdraws(10)
    assert next_moment(life.ticket) is None
    life.restores(15)
    assert life.due() == 245


@pytest.mark.parametrize(
    ("step", "fields", "is_met"),
    [
        ("assign", {"assignedUserId": BEN}, True),
        ("hold", {"holdReason": "Waiting for parts"}, True),
        ("resolve", {"resolution": "Done"}, True),
        ("triage", {"severity": "down"}, False),
        ("assign", {"assignedQueue": "heating"}, False),
        ("priority", {"priority": "high"}, False),
    ],
)
def test_a_response_is_met_by_a_step_that_its_requester_is_told_of(
    step: StepName, fields: dict[str, str], is_met: object
) -> None:
    life = Life()
    life.does(step, 10, **fields)
    assert (life.target("response").met_at is not None) == is_met
    life = Life()
    life.does(step, 10, by=REQUESTER, **fields)
    assert life.target("response").met_at is None, "nobody answers themselves"


def test_a_response_is_met_by_what_somebody_else_says_where_the_requester_can_read_it() -> None:
    life = Life()
    life.says(REQUESTER, 5)
    life.says(ANA, 6, internal=True)
    assert life.target("response").met_at is None
    life.says(ANA, 10)
    assert life.target("response").met_at == life.at
    assert life.spent("response") == 10
    assert life.target("next_response").since is None


def test_a_requester_who_writes_again_waits_from_the_first_time() -> None:
    life = Life()
    life.says(ANA, 10)
    life.says(REQUESTER, 20)
    life.says(REQUESTER, 30)
    assert life.target("next_response").due_at == MONDAY + 50 * MINUTE
    life.strikes(50)
    assert not life.is_answered()
    life.says(BEN, 60)
    assert life.is_answered()
    assert life.target("next_response").state == "late"
    life.says(REQUESTER, 70)
    assert life.target("next_response").due_at == MONDAY + 100 * MINUTE


def test_the_word_of_a_bystander_is_no_answer() -> None:
    life = Life()
    life.says(BEN, 5, bystander=True)
    assert life.target("response").met_at is None
    life.says(ANA, 10)
    life.says(REQUESTER, 20)
    life.says(BEN, 25, bystander=True)
    assert life.target("next_response").due_at == MONDAY + 50 * MINUTE


def test_whoever_has_their_own_ticket_waits_for_no_answer() -> None:
    life = Life()
    life.does("assign", 10, by=REQUESTER, assignedUserId=REQUESTER)
    life.says(REQUESTER, 20)
    assert {each.kind for each in life.strikes(DAY)} == {"resolution"}
    life.does("assign", DAY + 10, by=REQUESTER, assignedUserId=ANA)
    assert life.target("response").met_at is None
    life = Life()
    life.says(ANA, 1)
    life.says(REQUESTER, 5)
    life.does("assign", 10, by=REQUESTER, assignedUserId=REQUESTER)
    assert life.target("next_response").met_at == life.at


def test_a_hold_does_not_stop_the_clock_of_a_requester_who_writes_during_it() -> None:
    life = Life()
    life.does("hold", 10, holdReason="Waiting for customer")
    life.says(REQUESTER, 20)
    assert life.target("next_response").due_at == MONDAY + 50 * MINUTE


def test_what_comes_late_counts_from_when_it_was_written() -> None:
    life = Life()
    life.strikes(60)
    assert life.ticket.response_late
    life.says(ANA, 50, late=15)
    assert (life.spent("response"), life.target("response").state) == (50, "soon")
    life.says(REQUESTER, 40, late=30)
    assert life.target("next_response").since is None, "they had their answer ten minutes later"


def test_an_assignment_goes_on_where_the_ticket_is_given_back() -> None:
    life = Life()
    life.does("assign", 20, assignedUserId=ANA)
    life.does("unassign", 100)
    assert life.target("assignment").due_at == MONDAY + 200 * MINUTE


def test_what_is_soon_is_found_at_four_fifths_and_what_is_late_at_all_of_it() -> None:
    life = Life()
    assert next_moment(life.ticket) == MONDAY + 48 * MINUTE
    assert life.strikes(47) == ()
    assert [(each.kind, each.state) for each in life.strikes(48)] == [("response", "soon")]
    assert life.strikes(48) == ()
    assert next_moment(life.ticket) == MONDAY + 60 * MINUTE
    assert [(each.kind, each.state) for each in life.strikes(96)] == [
        ("response", "late"),
        ("assignment", "soon"),
    ]
    assert [each.what for each in life.entries] == ["created", "late_response"]
    assert life.entries[-1].actor == CLOCK


def test_what_was_missed_while_nothing_ran_is_late_and_not_soon_first() -> None:
    life = Life()
    found = life.strikes(3 * DAY)
    assert {(each.kind, each.state) for each in found} == {
        ("response", "late"),
        ("assignment", "late"),
        ("resolution", "late"),
    }
    assert life.ticket.due_state == "late"
    assert next_moment(life.ticket) is None
    assert life.strikes(4 * DAY) == ()


def test_a_clock_that_is_set_back_finds_nothing_twice() -> None:
    life = Life()
    life.strikes(3 * DAY)
    assert life.strikes(50) == ()
    assert life.strikes(3 * DAY) == ()


def test_a_change_after_the_clock_was_set_back_makes_nothing_late_a_second_time() -> None:
    life = Life()
    life.strikes(3 * DAY)
    life.does("edit", 10, summary="Printer on fire")
    assert life.ticket.due_state == "late"
    assert life.strikes(3 * DAY) == ()


def test_more_time_takes_back_what_was_late() -> None:
    life = Life(priority="critical")
    life.strikes(70)
    assert life.ticket.due_state == "late"
    life.does("priority", 80, priority="low")
    assert (life.ticket.due_state, life.due()) == ("on_time", 240)
    assert "late_resolution" in [each.what for each in life.entries], "the history keeps it"


def test_less_time_is_found_by_the_clock() -> None:
    life = Life()
    life.does("assign", 1, assignedUserId=ANA)
    life.does("priority", 70, priority="critical")
    assert next_moment(life.ticket) == MONDAY + 48 * MINUTE
    assert [(each.kind, each.state) for each in life.strikes(70)] == [("resolution", "late")]


def test_what_began_before_the_rule_counts_from_when_it_was_switched_on() -> None:
    life = Life(desk(since=None))
    assert life.ticket.clock is None
    life.chooses(desk(since=MONDAY + 120 * MINUTE), 130)
    assert life.due() == 360
    (timed,) = [entry for entry in life.entries if entry.what == "timed"]
    assert (timed.actor, timed.changes[0].after) == (CLOCK, "2026-11-23T15:00:00Z")
    assert life.target("response").since == MONDAY + 120 * MINUTE


def test_what_began_before_a_policy_was_made_or_changed_counts_from_that_moment() -> None:
    life = Life(desk(URGENT))
    with_usual = life.settings.clock.with_policy(USUAL, MONDAY + 120 * MINUTE)
    life.chooses(life.settings.model_copy(update={"clock": with_usual}), 130)
    assert life.due() == 360
    urgent = Life(desk(URGENT))
    quicker = URGENT.model_copy(update={"response": 5})
    clock = urgent.settings.clock.with_policy(quicker, MONDAY + 150 * MINUTE, instead_of="Urgent")
    urgent.chooses(urgent.settings.model_copy(update={"clock": clock}), 150)
    urgent.does("priority", 155, priority="critical")
    assert urgent.target("response").due_at == MONDAY + 155 * MINUTE


def test_what_began_while_the_rule_was_off_for_its_queue_counts_from_when_it_is_on_again() -> None:
    settings = desk()
    since = settings.clock.since["levels"]
    off = settings.clock.with_rule("levels", since, ("network",))
    life = Life(settings.model_copy(update={"clock": off}), assignedQueue="Network")
    on = off.with_rule("levels", MONDAY + 120 * MINUTE, ())
    life.chooses(settings.model_copy(update={"clock": on}), 130)
    assert life.target("response").since == MONDAY + 120 * MINUTE
    assert on.on_since("levels", "heating") == since
    again = on.with_rule("levels", MONDAY + 200 * MINUTE, ())
    assert again.on_since("levels", "network") == MONDAY + 120 * MINUTE, "it has been on all the time"
    assert on.with_rule("levels", None, ()).with_rule("levels", life.at, ()).queues_since == {}
    renamed = on.in_queue("net", instead_of="network")
    assert renamed.on_since("levels", "net") == MONDAY + 120 * MINUTE


def test_a_rule_stays_off_for_the_tickets_of_a_queue_that_was_removed() -> None:
    off = desk().clock.with_rule("levels", MONDAY, ("network",))
    assert off.in_queue(None, instead_of="network").on_since("levels", "network") is None


def test_whoever_was_answered_before_the_rule_waits_for_no_first_response() -> None:
    life = Life(desk(since=None))
    life.does("assign", 10, assignedUserId=ANA)
    life.chooses(desk(since=MONDAY + 120 * MINUTE), 130)
    assert life.target("response").met_at
    assert [each.kind for each in life.strikes(312)] == ["resolution"]
    asked = Life(desk(since=None))
    after = changed(asked.ticket, Change(asked.ticket, desk(since=MONDAY), MONDAY, answered=True))
    assert after.clock
    assert after.clock.level
    assert after.clock.level.targets[0].met_at


def test_what_is_done_gets_a_service_level_when_it_is_reopened() -> None:
    life = Life(desk(since=None))
    life.does("resolve", 10, resolution="Done")
    life.chooses(desk(since=MONDAY + 20 * MINUTE), 20)
    assert life.ticket.clock is None
    life.does("reopen", 200)
    assert life.due() == 440


def test_a_rule_that_is_switched_off_leaves_nothing() -> None:
    life = Life()
    life.strikes(60)
    life.chooses(desk(since=None), 70)
    assert (life.ticket.clock, life.due(), life.ticket.response_late) == (None, None, False)


def test_a_queue_for_which_the_rule_is_off_has_no_service_levels() -> None:
    settings = desk()
    off = settings.clock.model_copy(update={"off": {"levels": ("Network",)}})
    life = Life(settings.model_copy(update={"clock": off}))
    life.does("assign", 10, assignedQueue="network")
    assert (life.ticket.clock, life.due()) == (None, None)
    life.does("assign", 20, assignedQueue="heating")
    assert life.due() == 240


def test_a_ticket_without_a_fitting_policy_has_no_clock() -> None:
    life = Life(desk(URGENT))
    assert (life.ticket.clock, next_moment(life.ticket)) == (None, None)
    life.does("priority", 30, priority="critical")
    assert life.due() == 60


def queue(name: str, calendar: str | None) -> Queue:
    return Queue(name=name, channel="C9", owner=ANA, calendar=calendar)


@pytest.mark.parametrize(
    ("policys", "queues", "profiles", "expected"),
    [
        ("Policy's", "Queue's", "Site's", "Policy's"),
        (None, "Queue's", "Site's", "Queue's"),
        ("gone", "Queue's", "Site's", "Queue's"),
        (None, None, "Site's", "Site's"),
        (None, "gone", "Site's", "Site's"),
        (None, None, None, ALWAYS.name),
        ("24×7", "Queue's", "Site's", ALWAYS.name),
    ],
)
def test_the_calendar_is_the_policys_the_queues_or_the_sites(
    policys: str | None, queues: str | None, profiles: str | None, expected: str
) -> None:
    names = ("Policy's", "Queue's", "Site's")
    clock = ClockSettings(
        policies=(Policy(name="Any", resolution=60, calendar=policys),),
        calendars=tuple(business_hours("Etc/UTC", name) for name in names),
        profiles={"business_hours": profiles} if profiles else {},
        since={"levels": MONDAY},
    )
    settings = WorkspaceSettings(queues=(queue("network", queues),), clock=clock)
    ticket = Life(desk(since=None), assignedQueue="network").ticket
    after = changed(ticket, Change(None, settings, MONDAY, profile="business_hours"))
    assert after.clock
    assert after.clock.level
    assert after.clock.level.calendar == expected


def after_calendar(settings: WorkspaceSettings, minute: int, calendar: Calendar | None) -> WorkspaceSettings:
    """An admin changes the calendar “Office” then; None removes it."""
    at = MONDAY + minute * MINUTE
    if calendar is None:
        return settings.without_calendar("Office", at)
    return settings.with_calendar(calendar, at, instead_of="Office")


def test_a_calendar_that_gets_another_name_counts_on() -> None:
    life = Life(at=7 * 60)
    renamed = after_calendar(life.settings, DAY - 60, OFFICE.model_copy(update={"name": "Work"}))
    life.chooses(renamed, DAY - 30)
    assert (life.due(), life.spent("resolution")) == (DAY + 180, 60)
    assert life.ticket.clock
    assert life.ticket.clock.level
    assert life.ticket.clock.level.calendar == "Work"
    life.chooses(renamed.with_calendar(OFFICE, life.at, instead_of="Work"), DAY - 20)
    assert life.due() == DAY + 180, "and back"


def test_what_a_calendar_has_counted_stays_counted_when_its_hours_change() -> None:
    life = Life(at=7 * 60)
    always = ALWAYS.model_copy(update={"name": "Office"})
    life.chooses(after_calendar(life.settings, 20 * 60, always), DAY)
    assert life.due() == 20 * 60 + 180, "an hour was spent, and no hour of the night before the change"


def test_what_a_removed_calendar_has_counted_stays_counted() -> None:
    life = Life(at=7 * 60)
    removed = after_calendar(life.settings, 20 * 60, None)
    assert until_due(life.ticket, MONDAY + 20 * 60 * MINUTE, removed.clock) == TimeLeft(180 * MINUTE)
    life.chooses(removed, DAY)
    assert life.due() == 20 * 60 + 180


def test_changes_of_a_calendar_in_a_row_count_each_its_own_time() -> None:
    life = Life()
    closed = OFFICE.model_copy(update={"name": "Never", "hours": ((),) * 7})
    first = after_calendar(life.settings, 60, closed)
    life.chooses(first.with_calendar(OFFICE, MONDAY + 120 * MINUTE, instead_of="Never"), 200)
    assert (life.due(), life.spent("resolution")) == (300, 140)


def test_a_calendar_that_never_opens_makes_nothing_due() -> None:
    never = Calendar(name="Office", zone="Etc/UTC", hours=((),) * 7)
    settings = desk()
    clock = settings.clock.model_copy(update={"calendars": (never,)})
    life = Life(settings.model_copy(update={"clock": clock}))
    assert (life.due(), next_moment(life.ticket)) == (None, None)


class TestADueTimeThatSomebodyGave:
    """No rule is on."""

    def life(self, **fields: str) -> Life:
        given = (MONDAY + timedelta(hours=10)).isoformat()
        return Life(desk(since=None), 0, slaDueAt=given, **fields)

    def test_is_soon_at_four_fifths_and_then_late_and_its_assignee_is_told_of_both(self) -> None:
        life = self.life(assignedUserId=ANA)
        assert next_moment(life.ticket) == MONDAY + timedelta(hours=8)
        soon = struck(life.ticket, Moment(MONDAY + timedelta(hours=8), life.settings))
        assert [(each.event, each.role, each.to, each.by) for each in soon.told] == [
            ("due_soon", "assignee", ANA, CLOCK)
        ]
        assert soon.ticket.due_state == "soon"
        assert next_moment(soon.ticket) == MONDAY + timedelta(hours=10)
        late = struck(soon.ticket, Moment(MONDAY + timedelta(hours=10), life.settings))
        assert [each.event for each in late.told] == ["late"]
        assert [each.what for each in late.ticket.new_entries] == ["late_due"]
        assert late.told[0].version == late.ticket.version
        assert next_moment(late.ticket) is None
        assert struck(late.ticket, Moment(MONDAY + timedelta(hours=11), life.settings)).told == ()

    def test_tells_nobody_where_nobody_has_it(self) -> None:
        life = self.life()
        after = struck(life.ticket, Moment(MONDAY + timedelta(hours=10), life.settings))
        assert (after.told, after.ticket.due_state) == ((), "late")

    def test_tells_whoever_is_on_call_where_its_assignee_has_left(self) -> None:
        life = self.life(assignedUserId=ANA)
        moment = Moment(MONDAY + timedelta(hours=10), life.settings, on_call=(BEN,), left={ANA})
        assert [(each.role, each.to) for each in struck(life.ticket, moment).told] == [("on_call", BEN)]

    def test_waits_at_night_for_their_morning_and_then_says_what_is_true(self) -> None:
        life = self.life(assignedUserId=ANA)
        soon, late, morning = (MONDAY + timedelta(hours=hour) for hour in (8, 10, 12))
        zone = ZoneInfo("Etc/GMT-10")  # 7:00 there is 21:00 here
        night = Moment(soon, life.settings, zone=lambda _: zone)
        after = struck(life.ticket, night)
        assert (after.told, after.ticket.due_state) == ((), "soon")
        after = struck(after.ticket, night._replace(at=late))
        assert (after.told, next_moment(after.ticket)) == ((), morning)
        for ticket, told in ((after.ticket, ["late"]), (self._resolved(after.ticket, late), [])):
            found = struck(ticket, night._replace(at=morning))
            assert [each.event for each in found.told] == told
            assert next_moment(found.ticket) is None

    def _resolved(self, ticket: Ticket, at: datetime) -> Ticket:
        after = take(ticket, "resolve", {"resolution": "Done"}, StepContext(ANA, at))
        return changed(after, Change(ticket, desk(since=None), at))

    def test_begins_anew_where_it_changes(self) -> None:
        life = self.life(assignedUserId=ANA)
        life.strikes(10 * 60)
        life.does("triage", 11 * 60, slaDueAt=(MONDAY + timedelta(days=2)).isoformat())
        assert life.ticket.due_state == "on_time"
        assert life.strikes(2 * DAY)[0].state == "late"

    def test_says_nothing_of_what_whoever_gives_it_sees(self) -> None:
        life = self.life(assignedUserId=ANA)
        life.does("triage", 60, slaDueAt=(MONDAY + timedelta(minutes=61)).isoformat())
        assert life.ticket.due_state == "soon"
        assert next_moment(life.ticket) == MONDAY + timedelta(minutes=61)

    def test_is_silent_of_what_was_late_before_the_clock_came(self) -> None:
        life = self.life(assignedUserId=ANA)
        at = MONDAY + timedelta(days=5)
        swept = changed(life.ticket, Change(life.ticket, life.settings, at, unwatched=True))
        assert (swept.due_state, next_moment(swept)) == ("late", None)
        watched = changed(life.ticket, Change(life.ticket, life.settings, at))
        assert next_moment(watched) == MONDAY + timedelta(hours=8)

    def test_costs_a_ticket_nothing_before_it_is_soon(self) -> None:
        assert self.life().ticket.clock is None

    def test_goes_on_while_the_ticket_is_on_hold_and_ends_with_it(self) -> None:
        life = self.life(assignedUserId=ANA)
        life.does("hold", 10, holdReason="Waiting for customer")
        assert life.strikes(8 * 60)[0].state == "soon"
        life.does("resolve", 9 * 60, resolution="Done")
        assert (next_moment(life.ticket), life.strikes(11 * 60)) == (None, ())


STEPS: list[tuple[StepName, dict[str, str]]] = [
    ("assign", {"assignedUserId": ANA}),
    ("unassign", {}),
    ("start", {}),
    ("hold", {"holdReason": "Waiting for customer"}),
    ("hold", {"holdReason": "Waiting for parts"}),
    ("resume", {}),
    ("resolve", {"resolution": "Done"}),
    ("close", {}),
    ("reopen", {}),
    ("priority", {"priority": "critical"}),
    ("priority", {"priority": "low"}),
    ("assign", {"assignedQueue": "network"}),
    ("triage", {"assignedQueue": "heating"}),
]
TELLING = {"hold", "resume", "resolve", "close", "reopen", "withdraws", "restores"}
KINDS: tuple[TargetKind, ...] = ("response", "next_response", "assignment", "resolution")


class Model:
    """The same by looking at every minute."""

    def __init__(self) -> None:
        self.spent = dict.fromkeys(KINDS, 0)
        self.waits_first, self.waits_again = True, False

    def runs(self, kind: TargetKind, ticket: Ticket) -> bool:
        is_alive = ticket.is_open and not ticket.withdrawn_at
        is_held = ticket.status == "on_hold" and stops(policy_of(ticket).pauses, ticket.hold_reason)
        match kind:
            case "response":
                return is_alive and self.waits_first
            case "next_response":
                return is_alive and self.waits_again
            case "assignment":
                return is_alive and not ticket.assigned_user_id and not is_held
            case "resolution":
                return is_alive and not is_held

    def passes(self, ticket: Ticket, start: datetime, end: datetime) -> None:
        calendar = calendar_of(ticket)
        running = [kind for kind in KINDS if self.runs(kind, ticket)]
        for minute in minutes(start, end):
            if is_open(minute, calendar):
                for kind in running:
                    self.spent[kind] += 1

    def answered(self) -> None:
        self.waits_first = self.waits_again = False

    def asked(self) -> None:
        if not (self.waits_first or self.waits_again):
            self.waits_again, self.spent["next_response"] = True, 0


def minutes(start: datetime, end: datetime) -> Iterator[datetime]:
    while start < end:
        yield start
        start += MINUTE


def policy_of(ticket: Ticket) -> Policy:
    if ticket.priority == "critical":
        return URGENT
    return NETWORK if ticket.assigned_queue == "network" else USUAL


def calendar_of(ticket: Ticket) -> Calendar:
    return ALWAYS if policy_of(ticket) == URGENT else OFFICE


def first_minute_with(left: int, start: datetime, calendar: Calendar) -> datetime:
    while left:
        left -= is_open(start, calendar)
        start += MINUTE
    return start


HAPPENINGS = some.lists(
    some.tuples(
        some.integers(0, 500),
        some.sampled_from(
            [*range(len(STEPS)), "asks", "answers", "notes", "strikes", "withdraws", "restores"]
        ),
    ),
    max_size=14,
)


@settings(max_examples=200, deadline=None)
@given(HAPPENINGS)
def test_what_is_spent_and_what_is_due_are_what_looking_at_every_minute_finds(
    happenings: list[tuple[int, int | str]],
) -> None:
    life, model, minute = Life(), Model(), 0
    for gap, what in happenings:
        model.passes(life.ticket, life.at, life.at + gap * MINUTE)
        minute += gap
        before = life.ticket
        life.at = MONDAY + minute * MINUTE
        try:
            happens(life, what, minute)
        except NotNow:
            continue
        if what == "asks" and (before.status == "resolved" or before.is_open):
            model.asked()
        elif what == "answers" or is_told(what, before, life.ticket):
            model.answered()
        if not life.ticket.is_open:
            model.waits_again = False
    for kind in KINDS:
        assert life.spent(kind) == model.spent[kind], kind
        target = life.target(kind)
        assert (target.since is not None) == model.runs(kind, life.ticket), kind
        left = target.minutes - model.spent[kind]
        if target.since and left > 0:
            assert target.due_at == first_minute_with(left, life.at, calendar_of(life.ticket)), kind


def is_told(what: int | str, before: Ticket, after: Ticket) -> bool:
    """Whether a step tells the requester something."""
    is_given = after.assigned_user_id and after.assigned_user_id != before.assigned_user_id
    step = STEPS[what][0] if isinstance(what, int) else what
    return bool(is_given) or step in TELLING


def happens(life: Life, what: int | str, minute: int) -> None:
    match what:
        case int():
            step, fields = STEPS[what]
            life.does(step, minute, **fields)
        case "asks":
            life.says(REQUESTER, minute)
        case "answers":
            life.says(ANA, minute)
        case "notes":
            life.says(BEN, minute, internal=True)
        case "strikes":
            life.strikes(minute)
        case "withdraws":
            life.withdraws(minute)
        case "restores":
            life.restores(minute)
