"""Modals and App Homes: each person's stack of at most three, hashes, and inputs that outlive an update.

Source: https://docs.slack.dev/surfaces/modals and the methods views.*.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Literal

from bot.playground.app import App
from bot.playground.blocks import check_view
from bot.playground.inputs import Values, held
from bot.playground.markup import shown
from bot.playground.records import Team
from bot.playground.wire import Json, SlackError

_DEEPEST = 3
_LARGEST = 250_000


@dataclass(eq=False)
class View:
    """`content` is what the bot sent, with Slack's ids added; `errors` is what stands below inputs, by block_id.
    `opened` is a ts."""

    id: str
    kind: Literal["modal", "home"]
    user: str
    content: Json
    hash: str
    opened: str
    root_id: str
    previous_id: str | None = None
    values: Values = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    trouble: str | None = None  # what the client says above the form, if it could not send it
    closed: bool = False

    @property
    def blocks(self) -> list[Json]:
        blocks: list[Json] = self.content["blocks"]
        return blocks

    @property
    def shown(self) -> str:
        """Its words, entities decoded, errors included."""
        words = shown("", [self.content])
        return "\n".join([words, *self.errors.values(), *([self.trouble] if self.trouble else [])])

    def to_wire(self, team: Team, app: App) -> Json:
        given = self.content
        return {
            "id": self.id,
            "team_id": team.id,
            "type": self.kind,
            "blocks": self.blocks,
            "private_metadata": given.get("private_metadata") or "",
            "callback_id": given.get("callback_id") or "",
            "state": {"values": self.values},
            "hash": self.hash,
            "title": given.get("title"),
            "clear_on_close": given.get("clear_on_close") or False,
            "notify_on_close": given.get("notify_on_close") or False,
            "close": given.get("close"),
            "submit": given.get("submit"),
            "previous_view_id": self.previous_id,
            "root_view_id": self.root_id,
            "app_id": app.id,
            "external_id": given.get("external_id") or "",
            "app_installed_team_id": team.id,
            "bot_id": app.bot_id,
        }


class Views:
    """All views of a workspace. `next_ts` gives the time, each greater than the last."""

    def __init__(self, next_ts: Callable[[], str]) -> None:
        self._next_ts = next_ts
        self._known: dict[str, View] = {}
        self._stacks: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}

    def forget(self) -> None:
        """The app is gone, and all that it has opened or published."""
        for view in self._known.values():
            view.closed = True
        self._stacks, self.homes = {}, {}

    def stack(self, user: str) -> list[View]:
        """What a person has open, the topmost last."""
        return self._stacks.get(user, [])

    def top(self, user: str) -> View | None:
        return next(reversed(self.stack(user)), None)

    def has(self, view: View) -> bool:
        return self._known.get(view.id) is view

    def knows(self, view_id: str) -> bool:
        return view_id in self._known

    def find(self, view_id: str | None, external_id: str | None = None) -> View:
        if view := self._known.get(view_id or ""):
            return view
        for view in self._known.values() if external_id else ():
            if view.content.get("external_id") == external_id and not view.closed:
                return view
        raise SlackError("not_found")

    def open(self, user: str, content: Json) -> View:
        view = self._new(user, self._checked(content, "modal"), None)
        for closed in self.stack(user):
            closed.closed = True
        self._stacks[user] = [view]
        return view

    def push(self, user: str, content: Json) -> View:
        stack = self.stack(user)
        if not stack:
            raise SlackError("not_found")
        if len(stack) >= _DEEPEST:
            raise SlackError("push_limit_reached")
        view = self._new(user, self._checked(content, "modal"), stack[-1])
        stack.append(view)
        return view

    def update(self, view: View, content: Json, expected: str | None = None) -> View:
        if expected and expected != view.hash:
            raise SlackError("hash_conflict")
        if view.closed:
            raise SlackError("not_found")
        view.content = self._checked(content, view.kind, instead_of=view)
        view.values = held(view.blocks, view.values)
        view.errors, view.trouble = {}, None
        view.hash = self._hash()
        return view

    def publish(self, user: str, content: Json, expected: str | None = None) -> View:
        if home := self.homes.get(user):
            return self.update(home, content, expected)
        view = self._new(user, self._checked(content, "home"), None)
        view.kind = "home"
        self.homes[user] = view
        return view

    def close(self, view: View, *, all_of_them: bool = False) -> list[View]:
        """Closes a view and those above it, or the whole stack. Returns what was closed, the topmost first."""
        stack = self.stack(view.user)
        keep = 0 if all_of_them or view not in stack else stack.index(view)
        gone = stack[keep:][::-1]
        del stack[keep:]
        for each in gone:
            each.closed = True
        return gone

    def _new(self, user: str, content: Json, below: View | None) -> View:
        view_id = f"V0{token_hex(5).upper()}"
        root = below.root_id if below else view_id
        below_id = below.id if below else None
        view = View(view_id, "modal", user, content, self._hash(), self._next_ts(), root, below_id)
        view.values = held(view.blocks, {})
        self._known[view_id] = view
        return view

    def _hash(self) -> str:
        return f"{self._next_ts().partition('.')[0]}.{token_hex(4)}"

    def _checked(self, content: Json, kind: str, *, instead_of: View | None = None) -> Json:
        if len(json.dumps(content, ensure_ascii=False).encode()) > _LARGEST:
            raise SlackError("view_too_large")
        fault = check_view(content)
        if not fault and content["type"] != kind:
            fault = f"must be of type {kind} [json-pointer:/view/type]"
        if fault:
            raise SlackError("invalid_arguments", response_metadata={"messages": [f"[ERROR] {fault}"]})
        external_id = content.get("external_id")
        for other in self._known.values() if external_id else ():
            if (
                other is not instead_of
                and not other.closed
                and other.content.get("external_id") == external_id
            ):
                raise SlackError("duplicate_external_id")
        return content | {"blocks": with_ids(content["blocks"])}


def with_ids(blocks: list[Json]) -> list[Json]:
    """A copy of the blocks in which each block and each element has its id, as Slack gives them."""
    copied: list[Json] = json.loads(json.dumps(blocks))
    for block in copied:
        block.setdefault("block_id", token_hex(3))
        for part in (block.get("element"), block.get("accessory"), *block.get("elements", ())):
            if isinstance(part, dict) and block["type"] in {"input", "section", "actions"}:
                part.setdefault("action_id", token_hex(3))
    return copied
