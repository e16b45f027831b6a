"""Messages, as Slack sends them, and what is attached to them: frozen records. Dicts stop here.

Source: https://docs.slack.dev/reference/events/message, …/reference/objects/file-object,
https://docs.slack.dev/legacy/legacy-messaging/legacy-secondary-message-attachments.
"""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy

from pydantic import Field, JsonValue, ValidationError, model_validator

from handlers.slack.payloads import Interaction, Payload, Reference, Ts, TypedText


class Address(Payload):
    """Of an e-mail. `original` is as it stood there."""

    address: str | None = None
    name: str | None = None
    original: str | None = None

    def __str__(self) -> str:
        if self.name and self.address and self.name != self.address:
            return f"{self.name} <{self.address}>"
        return self.original or self.address or self.name or ""


class Preview(Payload):
    content: str | None = None


class Transcription(Payload):
    preview: Preview | None = None


class FilePayload(Payload):
    """A file, an e-mail, a canvas, a recording. Of one that another organisation shared there is the ID alone."""

    id: str | None = None
    name: TypedText | None = None
    title: TypedText | None = None
    permalink: TypedText | None = None
    mode: str | None = None
    filetype: str | None = None
    mimetype: str | None = None
    subtype: str | None = None
    subject: TypedText | None = None
    plain_text: TypedText | None = None
    preview_plain_text: TypedText | None = None
    preview: TypedText | None = None
    from_: tuple[Address, ...] = Field((), alias="from")
    cc: tuple[Address, ...] = ()
    transcription: Transcription | None = None

    @property
    def is_email(self) -> bool:
        return "email" in (self.mode, self.filetype)

    @property
    def is_canvas(self) -> bool:
        return "quip" in (self.mode, self.filetype) or "canvas" in (self.mode, self.filetype)

    @property
    def is_recording(self) -> bool:
        return self.subtype in {"slack_audio", "slack_video"} or (self.mimetype or "").startswith("audio/")

    @property
    def sender(self) -> str:
        return ", ".join(map(str, self.from_))

    @property
    def copied_to(self) -> str:
        return ", ".join(map(str, self.cc))

    @property
    def transcript(self) -> str:
        preview = self.transcription and self.transcription.preview
        return (preview and preview.content) or ""


class AttachmentField(Payload):
    title: TypedText | None = None
    value: TypedText | None = None


class AttachmentPayload(Payload):
    """What stands below a message: what alerting apps post instead of a text, the preview of a link, a forwarded
    message. `fallback` is its plain summary. `blocks` is Block Kit, which is read with care, as it comes."""

    fallback: TypedText | None = None
    pretext: TypedText | None = None
    title: TypedText | None = None
    title_link: str | None = None
    text: TypedText | None = None
    fields_: tuple[AttachmentField, ...] = Field((), alias="fields")
    blocks: object = ()
    message_blocks: object = ()
    author_name: TypedText | None = None
    author_subname: TypedText | None = None
    service_name: TypedText | None = None
    author_id: str | None = None
    footer: TypedText | None = None
    from_url: str | None = None
    files: tuple[FilePayload, ...] = ()
    attachments: tuple["AttachmentPayload", ...] = ()
    is_share: bool = False
    is_msg_unfurl: bool = False
    is_reply_unfurl: bool = False

    @property
    def whole(self) -> Iterator["AttachmentPayload"]:
        """It, and what is attached to it in its turn."""
        yield self
        for each in self.attachments:
            yield from each.whole

    @property
    def is_forward(self) -> bool:
        return self.is_share or self.is_msg_unfurl or self.is_reply_unfurl

    @property
    def quoted_blocks(self) -> list[object]:
        """The blocks of the message that is forwarded."""
        parts = self.message_blocks if isinstance(self.message_blocks, list) else []
        messages = [part.get("message") for part in parts if isinstance(part, dict)]
        found = [each.get("blocks") for each in messages if isinstance(each, dict)]
        return [block for blocks in found if isinstance(blocks, list) for block in blocks]


class UserProfile(Payload):
    """Whom a message of another organisation is from."""

    display_name: TypedText | None = None
    real_name: TypedText | None = None
    name: TypedText | None = None


class MessagePayload(Payload):
    """A message. `unread`: some of it could not be read, and is left out."""

    ts: Ts
    text: TypedText = ""
    blocks: object = ()
    attachments: tuple[AttachmentPayload, ...] = ()
    user: str | None = None
    bot_id: str | None = None
    app_id: str | None = None
    team: str | None = None
    user_team: str | None = None
    user_profile: UserProfile | None = None
    thread_ts: Ts | None = None
    files: tuple[FilePayload, ...] = ()
    client_msg_id: str | None = None
    unread: bool = False

    @property
    def all_attachments(self) -> tuple[AttachmentPayload, ...]:
        return tuple(inner for each in self.attachments for inner in each.whole)


class MessageShortcut(Interaction):
    callback_id: str
    trigger_id: str
    channel: Reference
    message: MessagePayload
    response_url: str | None = Field(None, repr=False)

    @model_validator(mode="before")
    @classmethod
    def _which_message(cls, body: object) -> object:
        """A message that cannot be read is one all the same: `message_ts` says which."""
        if not isinstance(body, dict):
            return body
        message = body.get("message")
        read = message if isinstance(message, dict) else {"unread": True}
        return {**body, "message": partly_read(read, body.get("message_ts") or read.get("ts"))}


def partly_read(body: Mapping[str, JsonValue], ts: JsonValue) -> MessagePayload:
    """The message `ts`, without what has another shape than it should. Raises ValidationError where `ts` is none."""
    kept = deepcopy({**body, "ts": ts})
    try:
        return MessagePayload.model_validate(kept)
    except ValidationError as error:
        for fault in error.errors(include_input=False, include_url=False):
            if fault["loc"] != ("ts",):
                _take_out(kept, fault["loc"])
        return MessagePayload.model_validate({**kept, "unread": True})


def _take_out(body: dict[str, JsonValue], place: Sequence[int | str]) -> None:
    """Puts a null there, which means absent. What is an element of a list becomes an empty one."""
    inner: JsonValue = body
    for step, further in zip(place, (*place[1:], None), strict=True):
        if isinstance(inner, list) and isinstance(step, int):
            if further is None:
                inner[step] = {}
            inner = inner[step]
        elif isinstance(inner, dict) and isinstance(step, str):
            if further is None:
                inner[step] = None
            inner = inner.get(step)
