"""Slack's message -> what it holds: its text, blocks, attachments, forwards, e-mails, canvases, recordings and files.

Source: https://docs.slack.dev/reference/events/message, …/reference/objects/file-object,
https://docs.slack.dev/legacy/legacy-messaging/legacy-secondary-message-attachments.
"""

from collections.abc import Iterator

from bot.domain.characters import NUL
from bot.domain.message import Attachment, MessageContent, whole_text
from bot.domain.ticket import File, SourceMessage
from handlers.blocks.text import escape
from handlers.slack.block_text import block_texts
from handlers.slack.message_payloads import AttachmentPayload, FilePayload, MessagePayload

A_FILE = "a file"
"""What a file is called of which Slack gives the ID alone, as it does where another organisation shared it."""

_WRITTEN_IN_SLACK = {"snippet", "post", "space"}


def message_text(message: MessagePayload) -> str:
    """All that a message says, as mrkdwn."""
    return whole_text(message_content(message))


def source_message(message: MessagePayload, link: str | None = None) -> SourceMessage:
    """`link` is the message's own address."""
    content = message_content(message)
    files = files_of(message, link)
    return SourceMessage(
        author=message.user or message.bot_id,
        by_app=bool(message.bot_id or message.app_id),
        text=whole_text(content),
        files=files,
        client_msg_id=message.client_msg_id,
    )


def message_content(message: MessagePayload) -> MessageContent:
    # Slack makes the text of what a person writes: the rich text says it again.
    is_by_an_app = bool(message.bot_id or message.app_id)
    blocks = block_texts(message.blocks, rich_text=is_by_an_app or not message.text.strip())
    return MessageContent(
        text=_clean(message.text),
        blocks=tuple(map(_clean, blocks)),
        documents=tuple(_clean(document) for each in _files(message) if (document := _document(each))),
        attachments=tuple(map(_attachment, message.all_attachments)),
        unread=message.unread,
    )


def files_of(message: MessagePayload, link: str | None = None) -> tuple[File, ...]:
    """The message's own files and those of what it forwards. One without an address has that of its message."""
    return tuple(File(name=_name(each), permalink=each.permalink or link or "") for each in _files(message))


def _files(message: MessagePayload) -> Iterator[FilePayload]:
    """Without those that were deleted, of which Slack leaves a tombstone."""
    for files in (message.files, *(each.files for each in message.all_attachments)):
        yield from (each for each in files if each.mode != "tombstone")


def _name(file: FilePayload) -> str:
    names = (file.title, file.subject, file.name) if _is_document(file) else (file.name, file.title)
    return _clean(next((name for name in names if name and name.strip()), A_FILE))


def _is_document(file: FilePayload) -> bool:
    return file.is_email or file.is_canvas or file.mode in _WRITTEN_IN_SLACK


def _document(file: FilePayload) -> str:
    """The words in a file that Slack gives with the message. They are as they were written, so they are escaped."""
    words: list[str] = []
    if file.is_email:
        people = [f"{label}: {who}" for label, who in (("From", file.sender), ("Cc", file.copied_to)) if who]
        words = [file.subject or file.title or "", *people, file.plain_text or file.preview_plain_text or ""]
    elif file.is_canvas:
        words = [file.title or file.name or ""]
    elif file.is_recording:
        words = [file.name or file.title or "", file.transcript]
    elif file.mode in _WRITTEN_IN_SLACK:
        words = [file.title or "", file.plain_text or file.preview or ""]
    return escape("\n".join(word for word in words if word.strip()))


def _attachment(attachment: AttachmentPayload) -> Attachment:
    text = attachment.text or ""
    quoted = attachment.quoted_blocks
    blocks = (*block_texts(attachment.blocks), *block_texts(quoted, rich_text=not text.strip()))
    return Attachment(
        pretext=_clean(attachment.pretext or ""),
        title=_clean(attachment.title or ""),
        link=_link(attachment.title_link),
        text=_clean(text),
        blocks=tuple(map(_clean, blocks)),
        fields=tuple(_clean(_field(each.title, each.value)) for each in attachment.fields_),
        source=_source(attachment) if attachment.is_forward else "",
        author=""
        if attachment.is_forward
        else _clean(attachment.author_name or attachment.service_name or ""),
        footer=_clean(attachment.footer or ""),
        fallback=_clean(attachment.fallback or ""),
    )


def _source(forward: AttachmentPayload) -> str:
    """Whose words they are, and where they stand."""
    author = forward.author_name or forward.author_subname or ""
    if not author and forward.author_id:
        author = f"<@{forward.author_id}>"
    said = f"Forwarded from {author or 'another message'}"
    return _clean(f"{said}: {_link(forward.from_url)}" if forward.from_url else said)


def _field(title: str | None, value: str | None) -> str:
    if title and value:
        return f"{title.rstrip().removesuffix(':')}: {value}"
    return title or value or ""


def _link(url: str | None) -> str:
    return f"<{escape(url)}>" if url else ""


def _clean(text: str) -> str:
    """Whole characters, and none that no store can hold."""
    return text.encode(errors="replace").decode().replace(NUL, "")
