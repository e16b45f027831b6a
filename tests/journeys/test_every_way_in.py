"""Every way to read or to act, tried by those who may not: against Dana's tickets, before and after people are known.

A row for each id that a journey answers. The agent of the queue, once known, shows that the rows would do it.
"""

import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from bot import app
from bot.domain.calendars import business_hours
from bot.domain.channel_defaults import ChannelDefaults
from bot.domain.clock import page
from bot.domain.clock.deadlines import GIVEN
from bot.domain.clock.hand_page import HandPage
from bot.domain.clock.page import Alert
from bot.domain.clock.reminders import Reminder
from bot.domain.clock.service_levels import BUSINESS_HOURS
from bot.domain.clock.settings import ClockSettings
from bot.domain.clock.ticket_clock import TicketClock
from bot.domain.clock.timers import Timer, subject
from bot.domain.comments import ThreadMessage
from bot.domain.draft import Draft
from bot.domain.outbox import Target
from bot.domain.permissions import Actor
from bot.domain.queues import Override, Queue, rotation, swap_id
from bot.domain.search import TicketFilter
from bot.domain.ticket import Origin, Ticket
from bot.domain.workspace_settings import WorkspaceSettings
from bot.http import server
from bot.playground import seed
from bot.playground.exchanges import Exchange
from bot.playground.records import User, UserGroup
from bot.playground.standin import StandIn
from bot.services.ports.store import Transaction
from bot.services.step_requests import StepRequest
from bot.services.tickets import CreateRequest
from handlers import COMMANDS, TABLE
from handlers.slack import ids
from tests.journeys.conftest import Office, settings_for

SECRETS = ("Zebra", "Quagga", "Okapi", "Ibex", "Lynx", "Kudu", "Tapir", "Bongo", "Gnu")
"""What only those may read who see Dana's tickets."""

ON_CALL, OF_ADMINS = "U0KESTREL", "heron"
DRAFT = "da" * 16  # the nonce of a line that is kept for Dana
SWAP = "form:V1"  # the request that made a swap for Dana
REMINDER = "re" * 16  # one that waits for Dana
PAGE = "pa" * 16  # a page of Dana's for the queue
AGENTS = "C0LEADS"  # a private channel of Ana and Dana
ASKED = "1748850600.000400"  # the message that became T-1
DANA = Actor(
    user="U0DANA", is_known=True, is_agent=True, is_admin=True, queues=("network",), reads_all_notes=True
)
FULL = "customer:acme site:hq type:break_fix"
WHERE = {"customerId": "acme", "siteId": "hq", "ticketType": "other", "sourceChannel": "internal"}


@dataclass(frozen=True)
class Visitor:
    """Somebody who tries. `team` is their home as payloads tell it."""

    user: str
    team: str = seed.TEAM.id
    is_member: bool = False


VISITORS = {
    "a guest": Visitor("U0GUEST"),
    "somebody unknown": Visitor("U0UNKNOWN"),
    "somebody of another organisation": Visitor("U0STRANGER", team="T0ELSEWHERE"),
    "a requester": Visitor("U0BEN", is_member=True),
    "an agent": Visitor("U0ANA", is_member=True),
}


@asynccontextmanager
async def at_work(slack: StandIn, folder: Path, *, knows_people: bool) -> AsyncIterator[Office]:
    """A desk with three tickets of Dana's, in a workspace where Slack tells who is there, or does not."""
    slack.world.add_user(User("U0GUEST", "gus", "Gus Guest", is_restricted=True))
    slack.world.add_group(UserGroup("S0HERON", OF_ADMINS, "The herons", ("U0ANA",)))
    if not knows_people:
        slack.faults.fail("users.list", "internal_error", times=None)
        slack.faults.fail("users.info", "internal_error", times=None)
    settings = settings_for(slack, folder / "data")
    runtime = app.build(settings, held=timedelta())
    office = Office(slack, runtime, settings)
    now = slack.clock.now()
    turns = rotation((ON_CALL,), "FREQ=DAILY", "Etc/UTC", now)
    swap = Override(person=ON_CALL, covers="U0DANA", start=now, end=now + timedelta(days=1), key=SWAP)
    queue = Queue(name="network", channel=AGENTS, owner="U0DANA", rotation=turns, overrides=(swap,))
    support = ChannelDefaults(fields={"priority": "low"})
    clock = ClockSettings(
        begun=True, since={"warn": now}, calendars=(business_hours("Etc/UTC"),), policies=(BUSINESS_HOURS,)
    )
    chosen = WorkspaceSettings(queues=(queue,), emoji=True, channels={"C0SUPPORT": support}, clock=clock)
    await runtime.store.change(office.workspace, lambda tx: tx.keep_settings(chosen))
    await fill(office)
    async with runtime, server.listening(runtime.asgi, host="127.0.0.1", port=0) as port:
        slack.connect(f"http://127.0.0.1:{port}/slack/events")
        if knows_people:
            await runtime.introduced()
        yield office


async def fill(office: Office) -> None:
    """T-1 is open, T-2 was withdrawn a moment ago, T-3 is resolved, in a queue that is not set up. They have no cards,
    which are brought up to date one a second. A warning of T-1, a reminder and a page wait."""
    tools, here = office.runtime.tools, office.workspace
    office.runtime.store.on_jobs(lambda *_: None)
    tomorrow = (office.slack.clock.now() + timedelta(days=1)).replace(microsecond=0)
    said = {
        "slaDueAt": tomorrow.isoformat(),
        "triageNotes": "Okapi",
        "category": "Ibex",
        "symptomDescription": "Quagga",
    }
    for number, queue in ((1, "network"), (2, "network"), (3, "Lynx")):
        origin = Origin(
            way="message",
            channel="C0GENERAL",
            message_ts=f"{ASKED[:-1]}{number}",
            thread_ts=f"{ASKED[:-1]}{number}",
        )
        request = CreateRequest(
            DANA, origin, Target(channel=AGENTS, user=DANA.user, internal=True), key=f"made {number}"
        )
        wire = {**WHERE, **said, "summary": f"Elevator Zebra {number}", "assignedQueue": queue}
        await tools.tickets.create(here, wire, request)
        note = StepRequest(DANA, key=f"noted {number}", note="Kudu")
        await tools.steps.take(here, number, "note", {}, note)
        for ts, text in (("000901", "Tapir"), ("000902", "Bongo")):
            await tools.comments.record_reply(
                here,
                ThreadMessage(
                    channel="C0GENERAL",
                    thread_ts=f"{ASKED[:-1]}{number}",
                    ts=f"174885060{number}.{ts}",
                    author=DANA.user,
                    text=text,
                ),
            )
    await tools.steps.withdraw(here, 2, StepRequest(DANA, key="withdrawn"))
    await tools.steps.take(here, 3, "resolve", {"resolution": "Gnu"}, StepRequest(DANA, key="resolved"))
    now = office.slack.clock.now()
    draft = Draft(nonce=DRAFT, created_at=now, line="Zebra")
    await tools.drafts.keep(here, DANA, draft)
    reminder = Reminder(id=REMINDER, number=1, user=DANA.user, at=tomorrow, words="Kudu")
    hand = HandPage(id=PAGE, queue="network", words="Gnu", by=DANA.user, page=page.begun("asked", (), now))
    warned = Alert(about=GIVEN, due_at=tomorrow, has_warned=True, told=(AGENTS,))

    async def emptied(tx: Transaction) -> None:
        await tx.keep_timer(Timer(subject=subject("reminder", DANA.user), at=tomorrow, reminders=(reminder,)))
        await tx.keep_timer(Timer(subject=subject("page", PAGE), at=tomorrow, page=hand))
        first = await tx.ticket(1)
        assert first
        clock = TicketClock(alerts=(warned,))
        await tx.save(first.model_copy(update={"clock": clock, "version": first.version + 1}), now=now)
        for job in await tx.jobs():
            await tx.dequeue(job.id)

    await office.runtime.store.change(here, emptied)
    office.runtime.store.on_jobs(office.runtime.courier.wake)


async def kept(office: Office) -> tuple[object, ...]:
    """Everything in the store that is not the visitor's own: nobody but its tickets' people may change it."""
    read = office.runtime.store.read(office.workspace)
    comments = [comment for number in (1, 2, 3) for comment in (await read.comments(number)).comments]
    return (
        (await read.tickets(TicketFilter(), limit=100)).tickets,
        [comment for comment in comments if comment.author == DANA.user or comment.is_reply],
        (await read.settings()).model_copy(update={"levels": {}}),  # everybody chooses their own
        await read.draft(DRAFT),
        [(timer.reminders, timer.page) for timer in await read.timers(limit=100)],
    )


class Ways:
    """The rows: what a visitor sends, by the kind of request and the id that it carries."""

    def __init__(self, office: Office, visitor: Visitor, tickets: Sequence[Ticket]) -> None:
        self._office = office
        self._visitor = visitor
        self._ids = {ticket.number: str(ticket.id) for ticket in tickets}
        self.know(tickets)

    def know(self, tickets: Sequence[Ticket]) -> None:
        """What forms are filled from, from now on."""
        self._versions = {ticket.number: ticket.version for ticket in tickets}

    def rows(self) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
        for kind, rows in (
            ("command", self._commands()),
            ("action", self._actions()),
            ("submission", self._submissions()),
            ("suggestion", self._suggestions()),
            ("message_shortcut", self._message_shortcuts()),
            ("event", self._events()),
        ):
            for name, payload in rows:
                yield (kind, name), payload
        yield (
            ("global_shortcut", ids.GLOBAL_SHORTCUT),
            self._interaction("shortcut", callback_id=ids.GLOBAL_SHORTCUT),
        )
        for form in (ids.FORM, ids.CORRECTION):
            closed = self._form(form, {"nonce": DRAFT, "way": "form"}, {})
            yield ("closing", form), self._interaction("view_closed", view=closed)

    def _commands(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for word, lines in LINES.items():
            for line in lines:
                text = line.format(user=self._visitor.user, id=self._ids[1])
                yield (
                    word,
                    {
                        "command": ids.COMMAND,
                        "text": text,
                        "team_id": seed.TEAM.id,
                        "channel_id": "C0SUPPORT",
                        "user_id": self._visitor.user,
                        "trigger_id": self._trigger(),
                        "response_url": self._response_url(),
                    },
                )

    def _actions(self) -> Iterator[tuple[str, dict[str, Any]]]:
        work = {"nonce": uuid4().hex, "number": 1, "version": self._versions[1]}
        triage = self._form(ids.TRIAGE_FORM, work, {"triageNotes": "Not a thing"})
        related = self._form(
            ids.FORM,
            {"nonce": "n", "way": "form", "more": True},
            {"relatedTicketId": self._ids[1], "siteId": "hq"},
        )
        message = {"nonce": DRAFT, "way": "message", "channel": "C0GENERAL", "message_ts": ASKED[:-1] + "1"}
        on_card = (
            (ids.CLAIM, "1"),
            (ids.TRIAGE, "1"),
            (ids.ASSIGN, "1"),
            *((f"{ids.STEP}:{step}", "1") for step in ("start", "hold", "resume", "resolve", "unassign")),
            *((f"{ids.STEP}:{step}", "3") for step in ("close", "reopen")),
            (ids.UNDO, "2"),
            (ids.SOLVED, "3"),
            (ids.NOT_YET, "3"),
            (ids.LIST_PAGE, "0 status:any"),
            (ids.COMMENTS_PAGE, "1:99"),
            (ids.PICK, "1,3 0 status:any"),
            (ids.HOME_TAB, "unassigned"),
            (ids.HOME_WORDS, "status:any elevator"),
            (ids.HOME_PAGE, "0"),
            (ids.OPEN_FORM, f"Lamp {FULL} related:T-1"),
            (ids.OPEN_FORM, f"draft:{DRAFT}"),
            (ids.OPEN_MESSAGE_FORM, json.dumps(message)),
            (ids.OPEN_ORDER, DRAFT),
            (ids.INTAKE_OFFER, DRAFT),
            (ids.MAKE_TICKET, json.dumps({"nonce": DRAFT, "ts": ASKED[:-1] + "1"})),
            (ids.ONCALL_SWAP, ""),
            (ids.ONCALL_END, swap_id(SWAP)),
            (ids.STILL_WORKING, "1"),
            (ids.GIVE_BACK, "1"),
            (ids.ON_IT, "1"),
            (ids.PUT_OFF, "1"),
            (ids.GIVE, "1"),
            (ids.PAGE_ON_IT, PAGE),
            (f"{ids.REMINDER_AGAIN}:hour", json.dumps({"number": 1})),
            (ids.REMINDER_DONE, json.dumps({"number": 1})),
            (ids.REMINDER_DROP, REMINDER),
            (f"{ids.STEP}:share", "1"),
            (ids.LOAD_CUSTOMERS, ""),
            (ids.PARTNERS_OPEN, ""),
            (ids.PARTNER_ACCEPT, "see T0ACME"),
            (ids.PARTNER_END, "T0ACME"),
            (ids.PARTNER_LET, "see T0ACME"),
            (f"{ids.PARTNER_CHANNEL}:T0ACME", ""),
            (ids.ELSEWHERE_SHOW, "T0ACME/T-1"),
            (ids.ELSEWHERE_COMMENT, "T0ACME/T-1"),
            (ids.ELSEWHERE_PAGE, "T0ACME/T-1:5"),
        )
        for action_id, value in on_card:
            yield action_id.partition(":")[0], self._press(action_id, value)
        for what in ("edit", "link", "note", "history", "show", "claim", "withdraw", "undo", "remind"):
            yield ids.MORE, self._press(ids.MORE, None, chosen=f"{what}:1")
        yield ids.HOME_LEVEL, self._press(ids.HOME_LEVEL, None, chosen="quiet")
        yield ids.OPEN_TICKET, self._press(ids.OPEN_TICKET, None, chosen="1")
        yield ids.ELSEWHERE_OPEN, self._press(ids.ELSEWHERE_OPEN, None, chosen="T0ACME/T-1")
        for action_id in (ids.MORE_FIELDS, "customerId", "siteId"):
            yield action_id, self._press(action_id, None, view=related)
        yield ids.WITHDRAW, self._press(ids.WITHDRAW, "1", view=triage)
        yield ids.TRIAGE_CHOICE, self._press(ids.TRIAGE_CHOICE, None, chosen="snooze", view=triage)
        yield ids.TIME_PRESET, self._press(f"{ids.TIME_PRESET}:hour", "snoozedUntil", view=triage)
        yield ids.HISTORY_PAGE, self._press(ids.HISTORY_PAGE, "1:0", view=triage)
        yield ids.ONCALL_PICK, self._press(ids.ONCALL_PICK, "U0ANA", view=triage)
        queue = self._form(ids.ASSIGN_FORM, work, {"assignedQueue": "network"})
        yield "assignedQueue", self._press("assignedQueue", None, chosen="network", view=queue)
        overview = self._form("settings", {}, {})
        yield ids.SETTINGS_QUEUE, self._press(ids.SETTINGS_QUEUE, "network", view=overview)
        yield ids.SETTINGS_REMOVE, self._press(ids.SETTINGS_REMOVE, "network", view=overview)
        yield ids.SETTINGS_CHANNEL, self._press(ids.SETTINGS_CHANNEL, "C0SUPPORT", view=overview)
        for action_id, value in (
            *((f"{ids.SETTINGS_PAGE}:{name}", "") for name in ("overview", "calendars", "levels", "rules")),
            (ids.SETTINGS_CALENDAR, "Business hours"),
            (ids.CALENDAR_REMOVE, "Business hours"),
            (ids.SETTINGS_POLICY, BUSINESS_HOURS.name),
            (ids.POLICY_READY, "24×7 critical"),
            (ids.POLICY_REMOVE, BUSINESS_HOURS.name),
            (ids.SETTINGS_RULE, "warn"),
            (ids.CLOCK_PREVIEW, ""),
            (ids.CLOCK_SWITCH_ON, ""),
            (ids.CONFIRM_SHARED, ""),
            (ids.PARTNER_INVITE, ""),
            (ids.PARTNER_NAME, "T0ACME"),
        ):
            yield action_id.partition(":")[0], self._press(action_id, value, view=overview)
        of_sites = f"{ids.CALENDAR_PROFILE}:business_hours"
        yield ids.CALENDAR_PROFILE, self._press(of_sites, None, chosen="Business hours", view=overview)
        of_channel = self._form(ids.CHANNEL_FORM, {"channel": "C0SUPPORT"}, {"customerId": "acme"})
        for action_id in (ids.CHANNEL_CUSTOMER, ids.CHANNEL_CLEAR):
            yield action_id, self._press(action_id, None, view=of_channel)
        for choice, chosen in (("emoji", "false"), ("notes", "queue"), ("default_queue", "network")):
            yield (
                ids.SETTINGS_CHOICE,
                self._press(f"{ids.SETTINGS_CHOICE}:{choice}", None, chosen=chosen, view=overview),
            )

    def _submissions(self) -> Iterator[tuple[str, dict[str, Any]]]:
        def work(number: int = 1, **also: str) -> dict[str, object]:
            return {"nonce": uuid4().hex, "number": number, "version": self._versions[number], **also}

        asked = {**WHERE, "summary": "Lamp"}
        form = {"nonce": uuid4().hex, "way": "form", "channel": "C0SUPPORT"}
        of_message = {**form, "way": "message", "channel": "C0GENERAL", "message_ts": ASKED[:-1] + "1"}
        triaged = {"priority": "low", "ticketType": "other", "visibilityMode": "workspace_local"}
        stale = {**work(), "version": 1}
        forms: tuple[tuple[str, Mapping[str, object], Mapping[str, str]], ...] = (
            (ids.FORM, form, {**asked, "relatedTicketId": self._ids[1]}),
            (ids.FORM, of_message, asked),
            (ids.FORM, form, {**asked, "assignedQueue": "network", "assignedUserId": self._visitor.user}),
            (ids.FORM, form, {**asked, "assignedQueue": "network", "triageNotes": "Mine"}),
            (ids.FORM, form, {**asked, "assignedQueue": "network", "status": "closed"}),
            (ids.FORM, form, {**asked, "assignedQueue": "network", "visibilityMode": "global"}),
            (ids.CORRECTION, work(way="command"), {"summary": "Mine now", "priority": "low"}),
            (ids.CORRECTION, {**stale, "way": "command"}, {"summary": "Mine now"}),
            (ids.TRIAGE_FORM, work(), triaged),
            (ids.TRIAGE_FORM, stale, triaged),
            (ids.TRIAGE_FORM, work(), {**triaged, "duplicateOf": self._ids[3]}),
            (ids.TRIAGE_FORM, work(), {**triaged, "relatedTicketId": self._ids[3]}),
            (ids.TRIAGE_FORM, work(), {ids.TRIAGE_CHOICE: "merge", "duplicateOf": self._ids[3]}),
            (
                ids.TRIAGE_FORM,
                work(),
                {ids.TRIAGE_CHOICE: "snooze", "snoozedUntil": "2099-01-01T09:00:00Z"},
            ),
            (ids.TRIAGE_FORM, work(), {ids.TRIAGE_CHOICE: "withdraw", "triageNotes": "Not a thing"}),
            (ids.TRIAGE_FORM, work(), {ids.TRIAGE_CHOICE: "paint"}),
            (ids.ASSIGN_FORM, work(), {"assignedUserId": self._visitor.user}),
            (ids.ASSIGN_FORM, stale, {"assignedUserId": self._visitor.user}),
            (ids.WORK_FORM, work(doing="hold"), {"holdReason": "Parts"}),
            (ids.WORK_FORM, work(doing="resolve"), {"resolution": "Done"}),
            (ids.WORK_FORM, work(doing="edit"), {"summary": "Mine now"}),
            (ids.WORK_FORM, {**stale, "doing": "edit"}, {"summary": "Mine now"}),
            (ids.WORK_FORM, work(doing="link"), {"relatedTicketId": self._ids[3]}),
            (ids.WORK_FORM, work(doing="note"), {"note": "Read me"}),
            (ids.REPLY_FORM, {"nonce": str(uuid4()), "number": 1}, {"reply": "Pay me"}),
            (ids.CHANNEL_FORM, {"channel": "C0SUPPORT"}, {"priority": "high", "intake": "ticket"}),
            (ids.QUEUE_FORM, {"shown_at": "2026-11-24T09:00:00Z"}, {"name": "mine", "channel": "C0SUPPORT"}),
            (ids.CALENDAR_FORM, {}, {"name": "Mine", "hours": "Mon 9:00-17:00", "zone": "Etc/UTC"}),
            (ids.CALENDAR_FORM, {"calendar": "Business hours"}, {"name": "Mine", "hours": "Whenever"}),
            (ids.POLICY_FORM, {}, {"name": "Mine", "response": "1h"}),
            (ids.POLICY_FORM, {"policy": BUSINESS_HOURS.name}, {"name": "Mine", "response": "Soon"}),
            (ids.RULE_FORM, {"rule": "warn"}, {"on": "on"}),
            (ids.RULE_FORM, {"rule": "escalate"}, {"on": "on", "steps": "Everybody"}),
            (ids.REMINDER_FORM, {"nonce": uuid4().hex, "number": 1}, {"remindAt": self._in(hours=1)}),
            (
                ids.SHARE_FORM,
                {"nonce": uuid4().hex, "number": 1, "version": self._versions[1]},
                {"visibilityMode": "global"},
            ),
            (ids.PARTNER_INVITE_FORM, {"nonce": uuid4().hex}, {"partner": "acme", "lets": "see"}),
            (ids.PARTNER_NAME_FORM, {"nonce": uuid4().hex, "team": "T0ACME"}, {"calls": "mine"}),
            (
                ids.ELSEWHERE_COMMENT_FORM,
                {"nonce": uuid4().hex, "home": "T0ACME", "number": 1},
                {"comment": "Mine"},
            ),
            (
                ids.ONCALL_FORM,
                {},
                {
                    "queue": "network",
                    "person": self._visitor.user,
                    "start": self._in(hours=0),
                    "end": self._in(hours=9),
                },
            ),
        )
        for callback_id, meta, fields in forms:
            yield (
                callback_id,
                self._interaction("view_submission", view=self._form(callback_id, meta, fields)),
            )
        for doing, more in (
            ("assign", {"assignedUserId": self._visitor.user}),
            ("move", {"assignedQueue": "Elsewhere"}),
            ("close", {"resolution": "Done"}),
        ):
            view = self._form(ids.BULK_FORM, {"page": "0 status:any"}, {"doing": doing, **more})
            picked = {"type": "checkboxes", "selected_options": [{"value": "1"}, {"value": "3"}]}
            view["state"]["values"]["tickets"] = {"tickets": picked}
            yield ids.BULK_FORM, self._interaction("view_submission", view=view)

    def _suggestions(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for action_id in TABLE.suggestions:
            for typed in ("elev", "1", "") if action_id in {"relatedTicketId", "duplicateOf"} else ("",):
                yield (
                    action_id,
                    self._interaction("block_suggestion", action_id=action_id, block_id="x", value=typed),
                )

    def _message_shortcuts(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for callback_id in TABLE.message_shortcuts:
            for message in (
                {"ts": ASKED[:-1] + "1", "text": "Have a look", "user": "U0DANA"},
                {
                    "ts": "1748850699.000100",
                    "thread_ts": ASKED[:-1] + "1",
                    "text": "Any news?",
                    "user": "U0BEN",
                },
            ):
                yield (
                    callback_id,
                    self._interaction(
                        "message_action",
                        callback_id=callback_id,
                        channel={"id": "C0GENERAL"},
                        message=message,
                        response_url=self._response_url(),
                    ),
                )

    def _events(self) -> Iterator[tuple[str, dict[str, Any]]]:
        user, item = self._visitor.user, {"type": "message", "channel": "C0GENERAL", "ts": ASKED[:-1] + "1"}
        somebody = {"id": "U0NEWCOMER", "name": "nell", "team_id": seed.TEAM.id}
        said = {
            "channel": "C0GENERAL",
            "user": user,
            "ts": "1748850698.000100",
            "thread_ts": ASKED[:-1] + "1",
        }
        posted = {"channel_id": AGENTS, "message_ts": "1748850698.000200", "user_id": user}
        events: tuple[dict[str, Any], ...] = (
            {"type": "app_home_opened", "user": user, "tab": "home"},
            {"type": "message", **said, "text": "Let me in"},
            *({"type": "app_mention", **said, "text": f"<@U0DESK> {order}"} for order in ORDERS),
            *({"type": "reaction_added", "user": user, "reaction": name, "item": item} for name in REACTIONS),
            {"type": "member_joined_channel", "user": user, "channel": AGENTS},
            {"type": "member_left_channel", "user": user, "channel": AGENTS},
            {"type": "channel_id_changed", "old_channel_id": "G0GONE", "new_channel_id": "C0CAME"},
            {"type": "team_join", "user": somebody},
            {"type": "user_change", "user": somebody},
            {"type": "message_metadata_posted", **posted},
        )
        for event in events:
            yield (
                event["type"],
                {
                    "type": "event_callback",
                    "team_id": seed.TEAM.id,
                    "authorizations": [{"team_id": seed.TEAM.id, "user_id": "U0DESK"}],
                    "event": {"event_ts": "1748850698.000100", **event},
                },
            )

    def _press(
        self,
        action_id: str,
        value: str | None,
        *,
        chosen: str | None = None,
        view: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        action: dict[str, Any] = {"action_id": action_id, "block_id": "row", "type": "button", "value": value}
        if chosen:
            action["selected_option"] = {"value": chosen}
        where = (
            {"view": view} if view else {"channel": {"id": "C0SUPPORT"}, "response_url": self._response_url()}
        )
        return self._interaction("block_actions", actions=[action], **where)

    def _interaction(self, kind: str, **also: object) -> dict[str, Any]:
        return {
            "type": kind,
            "team": {"id": self._visitor.team, "domain": "northgate"},
            "user": {"id": self._visitor.user, "team_id": self._visitor.team},
            "trigger_id": self._trigger(),
            **({"view": self._form("", {}, {})} if self._visitor.team != seed.TEAM.id else {}),
            **also,
        }

    def _form(
        self, callback_id: str, meta: Mapping[str, object], fields: Mapping[str, str]
    ) -> dict[str, Any]:
        inputs = [
            {"type": "input", "block_id": name, "element": {"action_id": name}} for name in (*fields, "x")
        ]
        held = {name: {name: {"type": "plain_text_input", "value": value}} for name, value in fields.items()}
        return {
            "id": f"V{uuid4().hex}",
            "type": "modal",
            "team_id": seed.TEAM.id,
            "callback_id": callback_id,
            "private_metadata": json.dumps(meta),
            "blocks": inputs,
            "state": {"values": held},
            "app_installed_team_id": seed.TEAM.id,
        }

    def _trigger(self) -> str:
        return self._office.slack.world.grants.trigger(self._visitor.user, self._office.slack.clock.now()).id

    def _response_url(self) -> str:
        slack = self._office.slack
        conversation = slack.world.conversation("support")
        hook = slack.world.grants.hook(self._visitor.user, conversation, None, slack.clock.now())
        return f"{slack.url}/hooks/app/{seed.TEAM.id}/{hook.id}"

    def _in(self, *, hours: int) -> str:
        return (self._office.slack.clock.now() + timedelta(hours=hours, minutes=5)).isoformat()


REACTIONS = ("ticket", "eyes", "white_check_mark")
ORDERS = (
    "",
    "take",
    "resolve done",
    "note words",
    "high",
    "undo",
    "history",
    "T-3",
    "close T-3",
    "list status:any",
    "any news?",
)
LINES: Mapping[str, tuple[str, ...]] = {
    "": (
        "",
        "Lamp related:T-1",
        "Lamp related:{id}",
        f"Lamp {FULL} related:T-1",
        f"Lamp {FULL} related:{{id}}",
        f"Lamp {FULL} #network @{{user}}",
        f"Lamp {FULL} #network notes:mine",
        f"Lamp {FULL} #network status:closed",
        f"Lamp {FULL} #network visibility:global",
    ),
    "help": ("help",),
    "list": ("list", "list status:any", "list elevator status:any", "list queue:network", "list queue:lnyx"),
    "mine": ("mine", "mine status:any"),
    "me": ("me",),
    "search": ("search", "search elevator", "search zebra queue:network"),
    "show": ("show 1", "show T-3", "T-1", "#3"),
    "oncall": (
        "oncall",
        "oncall swap",
        "oncall swap network @{user} until in 2h",
        "oncall page",
        "oncall page network Lamp",
    ),
    "settings": ("settings",),
    "channel": ("channel", "channel intake on", "channel off"),
    "triage": ("triage T-1",),
    "take": ("take T-1", "take T-1: mine"),
    "assign": (
        "assign T-1",
        "assign T-1 me",
        "assign T-1 nobody",
        "assign T-1 #Elsewhere",
        "assign T-1 @{user} mine",
    ),
    "status": ("status T-1", "status T-1 in progress", "status T-1 resolved done", "status T-3 closed"),
    "start": ("start T-1", "start T-1 words"),
    "hold": ("hold T-1", "hold T-1 parts", "hold T-1 until friday parts"),
    "unassign": ("unassign T-1",),
    "snooze": ("snooze T-1", "snooze T-1 until monday", "snooze T-1, T-3 2d"),
    "priority": ("priority T-1", "priority T-1 low"),
    "comment": ("comment T-1", "comment T-1 words"),
    "reply": ("reply T-1", "reply T-1 words"),
    "resume": ("resume T-1",),
    "resolve": ("resolve T-1", "resolve T-1 done"),
    "close": ("close T-1", "close T-3", "close T-1, T-3"),
    "reopen": ("reopen T-3",),
    "edit": ("edit T-1",),
    "note": ("note T-1", "note T-1 words"),
    "link": ("link T-1", "link T-1 T-3", "link T-3 T-1"),
    "remind": ("remind T-1", "remind T-1 tomorrow", "remind T-1 thread tomorrow 9am words"),
    "history": ("history T-1", "history T-3"),
    "undo": ("undo T-1", "undo T-3"),
    "share": ("share T-1", "share T-1 with acme", "share T-1 globally"),
    "unshare": ("unshare T-1", "unshare T-1 from acme"),
    "partners": ("partners", "partners invite acme", "partners accept acme", "partners end acme"),
}


def ways_in() -> set[tuple[str, str]]:
    """Every id that a journey answers, by the kind of request that carries it."""
    assert set(COMMANDS) == {ids.COMMAND}
    tables: Mapping[str, Mapping[str, object]] = {
        "command": {**TABLE.subcommands, "": None, "help": None},
        "action": TABLE.actions,
        "submission": TABLE.submissions,
        "suggestion": TABLE.suggestions,
        "message_shortcut": TABLE.message_shortcuts,
        "global_shortcut": TABLE.global_shortcuts,
        "closing": TABLE.closings,
        "event": TABLE.events,
    }
    return {(kind, name) for kind, table in tables.items() for name in table}


CLOCKS_ACTIONS = (
    ids.SETTINGS_PAGE,
    ids.SETTINGS_CALENDAR,
    ids.CALENDAR_REMOVE,
    ids.CALENDAR_PROFILE,
    ids.SETTINGS_POLICY,
    ids.POLICY_READY,
    ids.POLICY_REMOVE,
    ids.SETTINGS_RULE,
    ids.CLOCK_PREVIEW,
    ids.CLOCK_SWITCH_ON,
)
"""What the clock does is settings: the admins'."""
OF_OTHERS = (
    ids.PARTNERS_OPEN,
    ids.PARTNER_INVITE,
    ids.PARTNER_ACCEPT,
    ids.PARTNER_END,
    ids.PARTNER_LET,
    ids.PARTNER_NAME,
    ids.PARTNER_CHANNEL,
    ids.ELSEWHERE_SHOW,
    ids.ELSEWHERE_OPEN,
    ids.ELSEWHERE_COMMENT,
    ids.ELSEWHERE_PAGE,
)
HARMLESS = {
    ("command", "share"),
    ("command", "unshare"),
    ("command", "partners"),  # there are no other workspaces: test_sharing.py tries these where there are
    *(("action", name) for name in OF_OTHERS),
    *(
        ("submission", name)
        for name in (ids.PARTNER_INVITE_FORM, ids.PARTNER_NAME_FORM, ids.ELSEWHERE_COMMENT_FORM)
    ),
    ("action", ids.CONFIRM_SHARED),  # Ana is no admin
    ("action", ids.LOAD_CUSTOMERS),  # it says how
    ("command", "help"),
    ("command", "settings"),  # Ana is no admin
    ("command", "mine"),  # they have none
    ("command", "me"),
    ("command", "resume"),
    ("command", "unassign"),  # nobody has it
    ("command", "undo"),  # for whoever made it
    ("submission", ids.CORRECTION),
    ("action", ids.SETTINGS_QUEUE),
    ("action", ids.SETTINGS_CHOICE),
    ("action", ids.SETTINGS_REMOVE),
    ("action", ids.SETTINGS_CHANNEL),
    ("action", ids.CHANNEL_CUSTOMER),
    ("action", ids.ONCALL_SWAP),
    ("action", ids.ONCALL_PICK),
    ("action", ids.TIME_PRESET),
    ("action", ids.OPEN_ORDER),  # for whoever gave the order
    ("action", ids.MAKE_TICKET),
    ("action", ids.INTAKE_OFFER),  # nothing has been offered under that name
    ("submission", ids.QUEUE_FORM),
    *(("action", name) for name in CLOCKS_ACTIONS),
    *(("submission", name) for name in (ids.CALENDAR_FORM, ids.POLICY_FORM, ids.RULE_FORM)),
    ("action", ids.STILL_WORKING),  # for whoever has it
    ("action", ids.GIVE_BACK),
    ("action", ids.REMINDER_DONE),
    ("action", ids.REMINDER_DROP),  # it is Dana's
    *(("suggestion", name) for name in TABLE.suggestions if name not in {"relatedTicketId", "duplicateOf"}),
    ("global_shortcut", ids.GLOBAL_SHORTCUT),
    ("closing", ids.FORM),
    ("closing", ids.CORRECTION),
    ("event", "message"),  # what is said in Slack is said
    ("event", "member_joined_channel"),
    ("event", "member_left_channel"),
    ("event", "channel_id_changed"),
    ("event", "team_join"),
    ("event", "user_change"),
    ("event", "message_metadata_posted"),  # of what the desk itself has posted
}
"""What shows and changes nothing of a ticket, whoever does it."""


def told(exchanges: list[Exchange]) -> str:
    """What a visitor can read of what the desk answered and sent: agents' channels are not theirs, nor what it asks Slack of
    somebody's do-not-disturb."""
    answers = [each.answer for each in exchanges if each.direction == "to_bot"]
    sent = [
        each.body
        for each in exchanges
        if each.direction == "from_bot" and each.body.get("channel") != AGENTS and each.kind != "dnd.info"
    ]
    return json.dumps([answers, sent], ensure_ascii=False)


async def tried(office: Office, payload: dict[str, Any]) -> str:
    """What comes of a request, all told."""
    before = len(office.slack.exchanges.all)
    last = office.slack.exchanges.all[-1].number if before else 0
    reply = await office.slack.deliveries.send(payload)
    assert reply.status == 200, (json.dumps(payload), reply)
    await office.runtime.settled()
    return told([each for each in office.slack.exchanges.all if each.number > last])


BLIND = [(name, known) for name in VISITORS for known in (False, True) if (name, known) != ("an agent", True)]


@pytest.mark.parametrize(("name", "knows_people"), BLIND)
async def test_nobody_reads_or_changes_what_is_not_theirs(
    name: str,
    knows_people: bool,  # noqa: FBT001
    slack: StandIn,
    tmp_path: Path,
) -> None:
    visitor = VISITORS[name]
    secrets = [*SECRETS, OF_ADMINS, *(() if visitor.is_member and knows_people else (ON_CALL,))]
    async with at_work(slack, tmp_path, knows_people=knows_people) as office:
        as_it_was = await kept(office)
        rows = set()
        for way, payload in Ways(office, visitor, await danas(office)).rows():
            rows.add(way)
            answer = await tried(office, payload)
            assert not [secret for secret in secrets if secret in answer], (way, payload, answer)
            assert "Something went wrong" not in answer, (way, payload, answer)
            assert await kept(office) == as_it_was, (way, payload)
        assert rows == ways_in(), "each has a row"


async def test_an_agent_of_the_queue_who_is_known_does_it_by_the_same_rows(
    slack: StandIn, tmp_path: Path
) -> None:
    async with at_work(slack, tmp_path, knows_people=True) as office:
        tickets, settings = await danas(office), await office.runtime.store.read(office.workspace).settings()
        done = set()

        async def as_before(tx: Transaction) -> None:
            for ticket in tickets:
                changed = await tx.ticket(ticket.number)
                assert changed
                again = ticket.model_copy(
                    update={"version": changed.version}
                )  # what happened stays in its history
                await tx.save(again, now=ticket.updated_at)
            await tx.keep_settings(settings)

        ways = Ways(office, VISITORS["an agent"], tickets)
        for way, payload in ways.rows():
            if way in done:
                continue
            await office.runtime.store.change(office.workspace, as_before)
            as_it_was = await kept(office)
            answer = await tried(office, payload)
            ways.know(await danas(office))
            if any(secret in answer for secret in (*SECRETS, ON_CALL)) or await kept(office) != as_it_was:
                done.add(way)
        missed = ways_in() - done
        assert missed == HARMLESS, "\n".join(map(str, missed ^ HARMLESS))


async def danas(office: Office) -> tuple[Ticket, ...]:
    return tuple([await office.ticket(number) for number in (1, 2, 3)])
