"""How a journey says what it answers. Each stands in a folder of its own and registers itself in its `__init__`."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from handlers.slack.context import Visit
from handlers.slack.events import Event
from handlers.slack.message_payloads import MessageShortcut
from handlers.slack.payloads import (
    BlockActions,
    BlockSuggestion,
    GlobalShortcut,
    Payload,
    SlashCommand,
    ViewClosed,
    ViewSubmission,
)
from handlers.slack.response import Response

P = TypeVar("P", bound=Payload)
T = TypeVar("T")
Handler = Callable[[Visit, P], Awaitable[Response]]
Reads = Callable[[Any], bool]
"""Whether a request only reads: whoever made it has nothing to lose, and nothing to save."""
Follow = Callable[[Visit, SlashCommand], Awaitable[Response | None]]
"""Follows an order; None of what is none, but a ticket that somebody typed."""


@dataclass(frozen=True)
class Subcommand:
    """A first word of `/ticket`. `explained` says what it takes, in a sentence or two of mrkdwn.

    `follow` gets what was typed after the word, and gives None where that is nothing it takes. `reads`: whether what is typed
    there only asks to see something, a form included.
    """

    word: str
    explained: str
    follow: Callable[[Visit, SlashCommand, str], Awaitable[Response | None]]
    reads: Callable[[str], bool] = lambda _: False


@dataclass(frozen=True, kw_only=True)
class Journey:
    """A handler for each id on the wire (handlers/slack/ids.py), by the kind of request that carries it.

    `reads`: the shortcuts and actions that save nothing, by their ids, and whether that goes for a request. Forms and events
    save something, and suggestions nothing.
    """

    subcommands: Mapping[str, Subcommand] = field(default_factory=dict)
    message_shortcuts: Mapping[str, Handler[MessageShortcut]] = field(default_factory=dict)
    global_shortcuts: Mapping[str, Handler[GlobalShortcut]] = field(default_factory=dict)
    submissions: Mapping[str, Handler[ViewSubmission]] = field(default_factory=dict)
    closings: Mapping[str, Handler[ViewClosed]] = field(default_factory=dict)
    actions: Mapping[str, Handler[BlockActions]] = field(default_factory=dict)
    suggestions: Mapping[str, Handler[BlockSuggestion]] = field(default_factory=dict)
    events: Mapping[str, Handler[Event]] = field(default_factory=dict)
    reads: Mapping[str, Reads] = field(default_factory=dict)


def by_word(*subcommands: Subcommand) -> Mapping[str, Subcommand]:
    return {subcommand.word: subcommand for subcommand in subcommands}


def reading(*ids: str) -> Mapping[str, Reads]:
    """Of ids whose requests all save nothing."""
    return dict.fromkeys(ids, lambda _: True)


def joined(journeys: Iterable[Journey]) -> Journey:
    """All of them as one. Raises ValueError where two answer the same id: that stops the start."""
    each = [*journeys]
    return Journey(
        subcommands=_joined(journey.subcommands for journey in each),
        message_shortcuts=_joined(journey.message_shortcuts for journey in each),
        global_shortcuts=_joined(journey.global_shortcuts for journey in each),
        submissions=_joined(journey.submissions for journey in each),
        closings=_joined(journey.closings for journey in each),
        actions=_joined(journey.actions for journey in each),
        suggestions=_joined(journey.suggestions for journey in each),
        events=_joined(journey.events for journey in each),
        reads=_joined(journey.reads for journey in each),
    )


def _joined(tables: Iterable[Mapping[str, T]]) -> Mapping[str, T]:
    whole: dict[str, T] = {}
    for table in tables:
        if twice := whole.keys() & table.keys():
            message = f"{', '.join(sorted(twice))} has two handlers"
            raise ValueError(message)
        whole |= table
    return whole
