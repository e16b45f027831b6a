"""One row for each step: what can be done to a ticket, how it is asked for, who may, and what its history says of it.

Buttons, typed commands, help, forms, permissions and the words of a history are made from these rows. What a step does
to a ticket beyond its fields and its status is a rule of lifecycle.py. A new step is its name and its row; a name
without a row does not start. Names, and what the history stores, are on disk and on the wire: never rename one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from bot.domain.contract import FIELDS, Status
from bot.domain.errors import NotFound
from bot.domain.fields import TICKET_FIELDS, in_form
from bot.domain.permissions import Action
from bot.domain.ticket import DONE, OPEN, WAITING
from bot.domain.words import quoted

StepName = Literal[
    "triage",
    "claim",
    "assign",
    "start",
    "resume",
    "resolve",
    "hold",
    "close",
    "reopen",
    "unassign",
    "merge",
    "snooze",
    "edit",
    "link",
    "note",
    "history",
    "show",
    "withdraw",
    "correct",
    "undo",
    "restore",
    "status",
    "priority",
    "comment",
    "reply",
    "remind",
    "share",
    "unshare",
]

OtherWhat = Literal[
    "created",
    "converted",
    "comment_edited",
    "comment_deleted",
    "hold_ended",
    "snooze_ended",
    "warned",
    "paged",
    "acknowledged",
    "warning_snoozed",
    "timed",
    "late_due",
    "late_response",
    "late_next_response",
    "late_assignment",
    "late_resolution",
    "still_working",
    "shared",
]
"""What a history tells that nobody does by a step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Rows stand in the order of the buttons. “⋯” takes five; what comes behind these stands there in the ticket's own view.

    `starts`: the statuses in which it is open. `ends`: the status it leads to; None where it leaves the status alone,
    or a rule of its own sets it. `what` is what the history stores, `past` what people read there; both are empty for
    what only looks.

    `fresh`: whether it is for the first minutes of a ticket.

    `takes`: the fields of its form in their order; `needs`: those of them without which it cannot be taken. `note` is
    what its form calls the private note that goes with it. `behind`: the field that typed words set, `note`, `text`
    for what is said to others, `reminder`, or `partners`, whom it is shared with. `until`: the field that `until friday
    9am` among them sets.
    """

    name: StepName
    action: Action
    what: str = ""
    past: str = ""
    starts: tuple[Status, ...] = ()
    ends: Status | None = None
    of_withdrawn: bool = False  # open to what was found to be no ticket
    fresh: bool = False
    takes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    note: str = ""
    part_of: StepName | None = None  # the step whose form it is chosen in
    button: str = ""
    place: Literal["card", "more"] | None = None  # on the card, or behind “⋯”
    title: str = ""  # of its form, before the ticket's name
    submit: str = ""
    words: tuple[str, ...] = ()  # what is typed after /ticket
    behind: str = ""
    until: str = ""
    example: str = ""
    help: str = ""  # what the example does

    @property
    def asks(self) -> bool:
        """Whether there is something to say before it is taken. Then its form opens."""
        return bool(self.needs) or (bool(self.title) and self.ends is None)

    @property
    def overwrites(self) -> bool:
        """Whether it changes what others may change as well. Then its form shows what is there."""
        return any(field in FIELDS for field in self.takes)

    @property
    def usage(self) -> str:
        """One line of help, in mrkdwn."""
        return f"`/ticket {self.example}` {self.help}."


_ALL = (*OPEN, *DONE)

_OTHER_WORDS: Mapping[OtherWhat, str] = {
    "created": "opened it",
    "converted": "converted a message into it",
    "comment_edited": "edited a comment",
    "comment_deleted": "deleted a comment",
    "hold_ended": "ended its hold, which was over",
    "snooze_ended": "ended its snooze, which was over",
    "still_working": "is still working on it",
    "shared": "changed who sees it",
    "warned": "warned somebody of it",
    "paged": "paged somebody about it",
    "acknowledged": "is on it",
    "warning_snoozed": "put its warning off for an hour",
    "timed": "set when it is due",
    "late_due": "noticed that it is late",
    "late_response": "noticed that its first response is late",
    "late_next_response": "noticed that its next response is late",
    "late_assignment": "noticed that its assignment is late",
    "late_resolution": "noticed that its resolution is late",
}


def _rows(*rows: Step) -> Mapping[StepName, Step]:
    names = [row.name for row in rows]
    words = [word for row in rows for word in row.words]
    stored = [row.what for row in rows if row.what] + [*_OTHER_WORDS]
    if sorted(names) != sorted(get_args(StepName)) or not set(get_args(OtherWhat)) <= set(stored):
        message = "each step and each other word of a history has one row"
        raise RuntimeError(message)
    if len(set(words)) < len(words) or len(set(stored)) < len(stored):
        message = "two steps have the same word"
        raise RuntimeError(message)
    return {row.name: row for row in rows}


STEPS: Mapping[StepName, Step] = _rows(
    Step(
        name="triage",
        action="triage",
        what="triaged",
        past="triaged it",
        starts=OPEN,
        ends="triaged",
        takes=(
            "ticketType",
            "priority",
            "severity",
            "category",
            "assignedQueue",
            "assignedUserId",
            "slaDueAt",
            "visibilityMode",
            "relatedTicketId",
            "triageNotes",
        ),
        button="Triage",
        place="card",
        title="Triage",
        submit="Accept",
        words=("triage",),
        behind="note",
        example="triage T-42",
        help="opens the triage form of T-42",
    ),
    Step(
        name="merge",
        action="triage",
        what="merged",
        past="found it to be a duplicate",
        starts=OPEN,
        takes=("duplicateOf",),
        needs=("duplicateOf",),
        part_of="triage",
        button="Duplicate",
    ),
    Step(
        name="snooze",
        action="triage",
        what="snoozed",
        past="snoozed it",
        starts=OPEN,
        takes=("snoozedUntil",),
        needs=("snoozedUntil",),
        part_of="triage",
        button="Snooze",
        title="Snooze",
        submit="Snooze",
        words=("snooze",),
        behind="note",
        until="snoozedUntil",
        example="snooze T-42 until monday",
        help="lets T-42 wait until then. `3d` works, too",
    ),
    Step(  # assigns whoever takes it, where nobody has it yet; its history is that of `assign`
        name="claim",
        action="assign",
        starts=OPEN,
        button="Assign to me",
        words=("take",),
        behind="note",
        example="take T-42",
        help="gives T-42 to you, where nobody has it yet",
    ),
    Step(
        name="assign",
        action="assign",
        what="assigned",
        past="assigned it",
        starts=OPEN,
        ends="assigned",
        takes=("assignedUserId", "assignedQueue"),
        note="Note for the assignee",
        button="Assign…",
        place="card",
        title="Assign",
        submit="Assign",
        words=("assign",),
        behind="assignedUserId",
        example="assign T-42 @ana",
        help="gives T-42 to Ana. `#network`, `me` and `nobody` work, too",
    ),
    Step(
        name="start",
        action="work",
        what="started",
        past="started it",
        starts=WAITING,
        ends="in_progress",
        button="Start",
        place="card",
        words=("start",),
        behind="note",
        example="start T-42",
        help="starts work on T-42",
    ),
    Step(
        name="resume",
        action="work",
        what="resumed",
        past="resumed it",
        starts=("on_hold",),
        ends="in_progress",
        button="Resume",
        place="card",
        words=("resume",),
        behind="note",
        example="resume T-42",
        help="goes on with T-42",
    ),
    Step(
        name="resolve",
        action="work",
        what="resolved",
        past="resolved it",
        starts=OPEN,
        ends="resolved",
        takes=("resolution",),
        needs=("resolution",),
        button="Resolve",
        place="card",
        title="Resolve",
        submit="Resolve",
        words=("resolve",),
        behind="resolution",
        example="resolve T-42 Replaced the toner",
        help="resolves T-42",
    ),
    Step(
        name="hold",
        action="work",
        what="held",
        past="put it on hold",
        starts=(*WAITING, "in_progress"),
        ends="on_hold",
        takes=("holdReason", "holdUntil"),
        needs=("holdReason",),
        button="Hold",
        place="card",
        title="Hold",
        submit="Hold",
        words=("hold",),
        behind="holdReason",
        until="holdUntil",
        example="hold T-42 until friday 9am waiting for parts",
        help="puts T-42 on hold. The time may be left out",
    ),
    Step(
        name="close",
        action="close",
        what="closed",
        past="closed it",
        starts=("resolved",),
        ends="closed",
        button="Close",
        place="card",
        words=("close",),
        behind="note",
        example="close T-42",
        help="closes T-42 once it is resolved",
    ),
    Step(
        name="reopen",
        action="reopen",
        what="reopened",
        past="reopened it",
        starts=DONE,
        ends="in_progress",
        button="Reopen",
        place="card",
        words=("reopen",),
        behind="note",
        example="reopen T-42",
        help="opens T-42 again",
    ),
    Step(
        name="unassign",
        action="assign",
        what="unassigned",
        past="took the assignee off",
        starts=("assigned", "in_progress", "on_hold"),
        ends="triaged",
        button="Unassign",
        place="card",
        words=("unassign",),
        behind="note",
        example="unassign T-42",
        help="takes T-42 off whoever has it",
    ),
    Step(  # its own view, which has all of it in one place
        name="show", action="see", starts=_ALL, of_withdrawn=True, button="Open", place="more"
    ),
    Step(
        name="edit",
        action="edit",
        what="edited",
        past="edited it",
        starts=_ALL,
        takes=("summary", "symptomDescription"),
        button="Edit",
        place="more",
        title="Edit",
        submit="Save",
        words=("edit",),
        example="edit T-42",
        help="opens summary and description of T-42",
    ),
    Step(
        name="note",
        action="note",
        what="noted",
        past="left a private note",
        starts=_ALL,
        of_withdrawn=True,
        needs=("note",),
        note="Note, for agents only",
        button="Private note",
        place="more",
        title="Private note on",
        submit="Add",
        words=("note",),
        behind="note",
        example="note T-42 Call first",
        help="leaves a note on T-42 that only agents see",
    ),
    Step(
        name="history",
        action="see",
        starts=_ALL,
        of_withdrawn=True,
        button="History",
        words=("history",),
        example="history T-42",
        help="shows who did what to T-42",
    ),
    Step(  # who else sees it, by services/sharing.py; its history says “shared”
        name="share",
        action="share",
        starts=_ALL,
        button="Share…",
        place="more",
        words=("share",),
        behind="partners",
        example="share T-42 with acme",
        help="lets the agents of your partner acme see T-42. `globally`: of all workspaces joined with yours",
    ),
    Step(
        name="unshare",
        action="share",
        starts=_ALL,
        words=("unshare",),
        behind="partners",
        example="unshare T-42 from acme",
        help="takes T-42 back from acme. With no name, from everybody elsewhere",
    ),
    Step(
        name="withdraw",
        action="withdraw",
        what="withdrawn",
        past="found it to be no ticket",
        starts=_ALL,
        part_of="triage",
        button="Not a ticket",
        place="more",
    ),
    Step(  # by the form that made it, behind “Edit”
        name="correct",
        action="correct",
        what="corrected",
        past="corrected it",
        starts=OPEN,
        title="Edit",
        submit="Save",
        fresh=True,
        takes=tuple(
            field
            for field in (*in_form("essential"), *in_form("more"))
            if field != "status" and not TICKET_FIELDS[field].private
        ),
    ),
    Step(
        name="undo",
        action="correct",
        what="undone",
        past="undid it",
        starts=OPEN,
        fresh=True,
        button="Undo",
        place="more",
        words=("undo",),
        example="undo T-42",
        help="takes T-42 back, for ten minutes after you made it",
    ),
    Step(  # when it comes, services/reminders.py looks after it
        name="remind",
        action="see",
        starts=_ALL,
        button="Remind me…",
        place="more",
        words=("remind",),
        behind="reminder",
        example="remind T-42 tomorrow 9am Call Rosa",
        help="reminds you of T-42 then. `remind T-42 thread tomorrow 9am …` reminds its thread",
    ),
    Step(
        name="link",
        action="triage",
        what="linked",
        past="linked it",
        starts=_ALL,
        takes=("relatedTicketId",),
        button="Link",
        place="more",
        title="Link",
        submit="Link",
        words=("link",),
        behind="relatedTicketId",
        example="link T-42 T-7",
        help="links T-42 with T-7",
    ),
    Step(
        name="restore",
        action="withdraw",
        what="restored",
        past="brought it back",
        of_withdrawn=True,
        button="Undo",
        place="card",
    ),
    Step(  # by the step that leads there
        name="status",
        action="see",
        starts=_ALL,
        of_withdrawn=True,
        words=("status",),
        behind="status",
        example="status T-42 on hold waiting for parts",
        help="changes the status of T-42",
    ),
    Step(
        name="priority",
        action="triage",
        what="prioritized",
        past="changed its priority",
        starts=OPEN,
        takes=("priority",),
        needs=("priority",),
        title="Priority of",
        submit="Save",
        words=("priority",),
        behind="priority",
        example="priority T-42 high",
        help="changes how urgent T-42 is",
    ),
    Step(  # below the ticket, and no step of its history
        name="comment",
        action="comment",
        starts=_ALL,
        words=("comment",),
        behind="text",
        example="comment T-42 It smells, too",
        help="writes a comment that everybody who sees T-42 can read",
    ),
    Step(
        name="reply",
        action="work",
        starts=_ALL,
        words=("reply",),
        behind="text",
        example="reply T-42 Is it plugged in?",
        help="sends your words to whoever asked for T-42",
    ),
)


def named(text: str) -> Step:
    """The step that an id on the wire names. Raises NotFound."""
    for name, row in STEPS.items():
        if name == text:
            return row
    raise NotFound(f"There is no step {quoted(text)}. `/ticket help` shows what there is.")


def step_typed(word: str) -> Step | None:
    """The step that a word after `/ticket` asks for."""
    return next((row for row in STEPS.values() if word.casefold() in row.words), None)


def typed_words() -> tuple[str, ...]:
    """All words that name a step after `/ticket`."""
    return tuple(word for row in STEPS.values() for word in row.words)


def parts_of(step: Step) -> tuple[Step, ...]:
    """The other ways in which a step can end, which are chosen in its form."""
    return tuple(row for row in STEPS.values() if row.part_of == step.name)


def past(what: str) -> str:
    """`resolved` -> `resolved it`. Of a word that a later version stored, only that something changed."""
    words = {row.what: row.past for row in STEPS.values()} | {**_OTHER_WORDS}
    return words.get(what, "changed it")
