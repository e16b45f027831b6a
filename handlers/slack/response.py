"""What a handler gives back: the one answer to Slack, and what is to be done in Slack after it.

A handler never waits for Slack (law 2). What must happen at once — a form whose trigger lives three seconds, an open
view that should change, a message on a response_url — is named here and done by
`handlers.outbound.after_answer`.
Everything that must not be lost goes through the outbox instead.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from handlers.blocks.kit import Message, View


@dataclass(frozen=True)
class OpenView:
    """views.open, or views.push where it is to stand on the view that is open. Where Slack refuses, the user hears of it on
    `response_url` or, without one, in a message."""

    trigger_id: str
    view: View
    user: str
    response_url: str | None = field(default=None, repr=False)
    on_top: bool = False


@dataclass(frozen=True)
class UpdateView:
    """views.update; `hash` keeps it from overwriting a newer view. Where Slack refuses, the user hears of it in a view
    above that one or, where that does not open either, in a message."""

    view_id: str
    hash: str
    view: View
    trigger_id: str
    user: str


@dataclass(frozen=True)
class PublishHome:
    """`again` draws it once more, as it is then: where there are other replicas, one of them may have drawn a newer one."""

    user: str
    view: View
    again: Callable[[], Awaitable["PublishHome"]] = field(compare=False, repr=False)


@dataclass(frozen=True)
class Respond:
    """Replaces the message that a button of ours stands on."""

    response_url: str = field(repr=False)
    message: Message


@dataclass(frozen=True)
class ReplyInThread:
    """Says something only to the person who pressed a button, in its thread, and leaves its message as it is."""

    response_url: str = field(repr=False)
    message: Message
    thread_ts: str | None = None


@dataclass(frozen=True)
class Ephemeral:
    """chat.postEphemeral: says something to one person, where there is no response_url to say it on."""

    channel: str
    thread_ts: str | None
    user: str
    message: Message


@dataclass(frozen=True)
class LookUp:
    """users.info: somebody is not known yet."""

    user: str


@dataclass(frozen=True)
class LookUpChannel:
    """conversations.members: who is in a triage channel has changed, or is not known yet."""

    channel: str
    has_changed: bool = True


@dataclass(frozen=True)
class LookUpGroups:
    """usergroups.list: somebody is about to choose one, or they are not known yet."""


@dataclass(frozen=True)
class WarnOfDnd:
    """dnd.info: where somebody's do-not-disturb lies in their shift, whoever looks at who is on call hears of it."""

    response_url: str = field(repr=False)


FollowUp = (
    OpenView
    | UpdateView
    | PublishHome
    | Respond
    | ReplyInThread
    | Ephemeral
    | LookUp
    | LookUpChannel
    | LookUpGroups
    | WarnOfDnd
)


@dataclass(frozen=True)
class Done:
    """What a typed order has done: to which tickets, in words that everybody may read."""

    numbers: tuple[int, ...]
    words: str


@dataclass(frozen=True)
class Response:
    """`body` is the JSON Slack gets, or None for an empty answer. Only events may have another `status` than 200. `done`: of an
    order that has been carried out."""

    body: Mapping[str, object] | None = None
    follow_ups: tuple[FollowUp, ...] = ()
    status: int = 200
    done: Done | None = None
