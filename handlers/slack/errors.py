"""The one place where an error becomes words for a user.

Handlers raise a `DeskError`; whatever else they raise is our fault and is said to be. Each kind of request is answered
on the surface it came from, and what the user typed stays where it is.
"""

from bot.domain.errors import DeskError, Forbidden, InvalidInput, NotFound, NotKnown, StoreUnavailable
from bot.domain.ticket_commands import command_of
from handlers.blocks import notice
from handlers.blocks.kit import Message
from handlers.slack.actors import open_view
from handlers.slack.events import Event
from handlers.slack.message_payloads import MessageShortcut
from handlers.slack.payload_fields import errors_by_block, readable
from handlers.slack.payloads import (
    BlockActions,
    BlockSuggestion,
    GlobalShortcut,
    Payload,
    SlashCommand,
    ViewSubmission,
)
from handlers.slack.response import OpenView, ReplyInThread, Response


class NotInstalled(DeskError):
    """Nothing is installed in the workspace that a request is of, or not any more. `url`: where it can be."""

    code = "not_installed"

    def __init__(self, url: str | None = None) -> None:
        way = f"An admin can install it: {url}" if url else "Ask whoever runs Deskhand to install it here."
        super().__init__(f"Deskhand is not installed in this workspace, so nothing was done. {way}")


class OtherWorkspace(DeskError):
    """What was pressed, or sent, was made for another workspace."""

    code = "other_workspace"

    def __init__(self, payload: Payload) -> None:
        what, way = ("button", "press") if isinstance(payload, BlockActions) else ("form", "open")
        super().__init__(
            f"That {what} belongs to another workspace, so nothing was done."
            f" Please {way} the one that Deskhand shows you here."
        )


class CannotRead(StoreUnavailable):
    """The store is away for somebody who came to look: nothing was to be saved."""

    words = "I cannot read the tickets right now. Please try again in a minute."

    def __init__(self) -> None:
        super().__init__(self.words)


class InternalError(DeskError):
    """A fault of our own that no user can mend."""

    code = "fault"


def internal_error(reference: str) -> InternalError:
    """What we say of a fault of our own. `reference` finds it in the log."""
    return InternalError(
        f"Something went wrong on my side, and nothing was saved. Please try again. (Reference {reference})"
    )


def as_read(error: DeskError) -> DeskError:
    """What an error means for a request that only reads. Where nobody can tell the outcome of something, that stays the word."""
    return CannotRead() if isinstance(error, StoreUnavailable) and error.code == CannotRead.code else error


def error_response(error: DeskError, payload: Payload) -> Response:
    """The answer that tells the user of `payload` about `error`."""
    match payload:
        case SlashCommand():
            return Response(undone_text(error, readable(payload.text).strip(), payload.nonce))
        case ViewSubmission() if isinstance(error, InvalidInput):
            errors = errors_by_block(error.problems, payload.view.blocks)
            return Response({"response_action": "errors", "errors": dict(errors)})
        case ViewSubmission():
            # Pushed above the form, so that going back finds everything that was typed.
            return Response({"response_action": "push", "view": notice.trouble(error.message)})
        case BlockActions(view=None, response_url=str(url)):
            return Response(
                follow_ups=(ReplyInThread(url, notice.refused(error.message), payload.container.thread_ts),)
            )
        case MessageShortcut() | BlockActions():
            return open_view(payload, notice.trouble(error.message))
        case GlobalShortcut():
            return Response(
                follow_ups=(OpenView(payload.trigger_id, notice.trouble(error.message), payload.actor),)
            )
        case BlockSuggestion():
            return Response({"options": []})
        case _:  # events and closed views: nobody is waiting for a word
            # Of an event that was not kept Slack tells again: at once, and in some minutes.
            again = isinstance(payload, Event) and isinstance(error, StoreUnavailable | InternalError)
            return Response(status=503 if again else 200)


def not_installed_response(payload: Payload, url: str | None) -> Response:
    """The answer where nothing is installed: without a token no view opens."""
    error = NotInstalled(url)
    match payload:
        case MessageShortcut(response_url=str(response_url)):
            return Response(follow_ups=(ReplyInThread(response_url, notice.refused(error.message)),))
        case MessageShortcut() | GlobalShortcut() | BlockActions(response_url=None):
            return Response()
        case BlockActions():
            return error_response(error, payload.model_copy(update={"view": None}))
        case _:
            return error_response(error, payload)


def undone_text(error: DeskError, line: str, nonce: str) -> Message:
    if isinstance(error, CannotRead):  # a word alone is soon typed again
        return notice.not_done(error.message, line) if " " in line else notice.refused(error.message)
    typed = command_of(line)
    if not line or (isinstance(error, NotFound) and not (typed and typed.rest)):
        return notice.refused(error.message)  # nothing was typed that could be lost
    # What needs a right is never a line that makes a ticket.
    is_on_call = line.casefold().startswith(("oncall swap", "oncall page"))
    is_command = typed or isinstance(error, Forbidden | NotKnown | NotInstalled) or is_on_call
    if is_command:
        return notice.not_done(error.message, line)
    return notice.failed(error.message, line, nonce)
