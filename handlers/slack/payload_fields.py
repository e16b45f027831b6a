"""Payload -> contract fields, and validation errors -> the inputs they belong to."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from uuid import UUID

from pydantic import JsonValue

from bot.domain.errors import DeskError, Problem
from handlers.slack.message_payloads import MessageShortcut
from handlers.slack.payloads import State, StateValue

_MARKUP = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")


class Unreadable(DeskError):
    """What a button or a form carries for us is not what we gave it, or is missing."""

    code = "unreadable"

    def __init__(self) -> None:
        super().__init__("I cannot read what came with that, so nothing was done. Please open it again.")


def number_in(text: str | None) -> int:
    """The number that a button carries. Raises Unreadable."""
    try:
        return int(text or "")
    except ValueError:
        raise Unreadable from None


def id_in(value: JsonValue) -> UUID:
    """The ID that a menu's option carries. Raises Unreadable."""
    try:
        return UUID(str(value))
    except ValueError:
        raise Unreadable from None


def needed(fields: Mapping[str, JsonValue], name: str) -> str:
    """What an input holds that a form cannot be sent without. Raises Unreadable."""
    if value := fields.get(name):
        return str(value)
    raise Unreadable


def readable(
    text: str,
    name_of: Callable[[str], str] | None = None,
    channel: Callable[[str, str], str] = lambda channel_id, label: f"#{label or channel_id}",
) -> str:
    """Slack's mrkdwn as people read it: `<@U1>` -> `@Ana`, `<http://x|here>` -> `here (http://x)`, `&lt;` -> `<`.

    Without `name_of` a mention stays an ID (`@U1`), which is what a typed line is read with. `channel` says how a channel
    is shown, by its ID and its label, which may be empty. A domain that Slack made a link of is what was typed.
    Source: https://docs.slack.dev/messaging/formatting-message-text#retrieving-messages
    """

    def as_read(match: re.Match[str]) -> str:
        sigil, target, label = match.groups()
        match sigil:
            case "@":
                name = name_of(target) if name_of else target
                return f"@{label.removeprefix('@') if label and name_of and name == target else name}"
            case "#":
                return channel(target, label or "")
            case "!":
                return _special(target, label or "", name_of)
            case _:
                address = target.removeprefix("mailto:").removeprefix("tel:")
                if not label or label in {target, address}:
                    return address
                is_typed = address.partition("://")[2].rstrip("/").casefold() == label.rstrip("/").casefold()
                return label if is_typed else f"{label} ({address})"

    return unescape(_MARKUP.sub(as_read, text))


def _special(target: str, label: str, name_of: Callable[[str], str] | None) -> str:
    """`here`, `subteam^S1` or `date^1490372100^{time}`, by its label where it has one."""
    kind, _, rest = target.partition("^")
    match kind:
        case "date":
            return label or _moment(rest.partition("^")[0])
        case "subteam":
            name = name_of(rest) if name_of else rest
            return f"@{(label if label and name == rest else name).removeprefix('@')}"
        case _:
            return f"@{(label or kind).removeprefix('@')}"


def _moment(seconds: str) -> str:
    """As a date is read that Slack would show in each reader's zone; as it stands where it is none."""
    try:
        return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (ValueError, OverflowError, OSError):
        return seconds


def unescape(text: str) -> str:
    """Slack escapes only these three; any other entity is what somebody typed."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def permalink(shortcut: MessageShortcut) -> str | None:
    """The message's address, put together from the payload: no call to Slack stands before the form."""
    if not (shortcut.team and shortcut.team.domain):
        return None
    message = shortcut.message
    return link_to(
        shortcut.channel.id, message.ts, message.thread_ts, domain=f"{shortcut.team.domain}.slack.com"
    )


def link_to(channel: str, ts: str, thread_ts: str | None = None, *, domain: str = "slack.com") -> str:
    """The address of a message. Without its workspace's domain, Slack leads to the one that the reader is in."""
    address = f"https://{domain}/archives/{channel}/p{ts.replace('.', '')}"
    if thread_ts and thread_ts != ts:
        address += f"?thread_ts={thread_ts}&cid={channel}"
    return address


def fields_of(state: State) -> dict[str, JsonValue]:
    """The wire form of what a form's inputs hold; what is empty is left out."""
    fields: dict[str, JsonValue] = {}
    for block_id, inputs in state.values.items():
        for held in inputs.values():
            value = _value(held)
            if value is not None:
                fields[field_of(block_id)] = value
    return fields


def field_of(block_id: str) -> str:
    return block_id.partition(":")[0]


def errors_by_block(problems: Iterable[Problem], blocks: Iterable[Mapping[str, JsonValue]]) -> dict[str, str]:
    """`response_action: errors` takes the block_ids of input blocks only. A problem whose field the form does not
    show stands under the first input, so that nobody is left without a word."""
    inputs = [str(block["block_id"]) for block in blocks if block.get("type") == "input"]
    by_field = {field_of(block_id): block_id for block_id in inputs}
    errors: dict[str, str] = {}
    for problem in problems:
        block_id = by_field.get(problem.field or "", inputs[0])
        errors[block_id] = f"{errors[block_id]} {problem.message}" if block_id in errors else problem.message
    return errors


def _value(held: StateValue) -> JsonValue:
    if held.type == "datetimepicker":
        seconds = held.selected_date_time
        return (
            None
            if seconds is None
            else datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
        )
    if held.selected_option:
        return held.selected_option.value
    if held.type == "number_input" and held.value:
        return _number(held.value)
    chosen: list[JsonValue] = [*(held.selected_users or (option.value for option in held.selected_options))]
    return held.selected_user or chosen or held.selected_conversation or held.value or None


def _number(text: str) -> JsonValue:
    """A number as Slack's number_input holds it; anything else stays text, for the contract to refuse."""
    try:
        return float(text)
    except ValueError:
        return text
