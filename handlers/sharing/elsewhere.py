"""Tickets of other workspaces, as far as they share them.

ana: /ticket acme/T-42                            -> its view, with comments and who wrote them where
ana: /ticket comment acme/T-42 We are on our way  -> it stands in the ticket's thread at acme, marked with her name and workspace
ana: /ticket assign acme/T-42 me                  -> “acme/T-42 is a ticket of Acme Facilities, so only they act on it.”
ana: (its card here, “Comment”)                   -> a form for the same
"""

from typing import NoReturn
from uuid import NAMESPACE_URL, UUID, uuid5

from bot.domain.characters import visible
from bot.domain.elsewhere import SeenTicket
from bot.domain.elsewhere_words import SHOW, ElsewhereOrder, elsewhere_order
from bot.domain.errors import (
    DeskError,
    Forbidden,
    InvalidInput,
    NotFound,
    NotKnown,
    Problem,
    StoreUnavailable,
)
from bot.domain.mirror_ref import MirrorRef
from handlers.blocks import notice
from handlers.blocks.kit import View
from handlers.sharing import elsewhere_view
from handlers.sharing.elsewhere_view import ElsewhereContents, ElsewhereMeta
from handlers.slack import ids
from handlers.slack.actors import open_view, update_view
from handlers.slack.context import Visit
from handlers.slack.payload_fields import Unreadable, fields_of, number_in, readable
from handlers.slack.payloads import BlockActions, SlashCommand, ViewSubmission
from handlers.slack.response import OpenView, Response, UpdateView


async def on_order(visit: Visit, command: SlashCommand, order: ElsewhereOrder, line: str) -> Response | None:
    """What somebody typed about a ticket of another workspace; None where the line only looks like that."""
    if order.turned:
        return Response(notice.explained(line, notice.did_you_mean(order.turned), command.nonce))
    try:
        return await _followed(visit, command, order)
    except DeskError as error:
        if isinstance(error, StoreUnavailable) and order.word == SHOW:
            raise
        if isinstance(error, NotFound):  # it may be a ticket itself
            told = notice.explained(line, error.message, command.nonce)
            return Response(told) if order.is_known else None
        return Response(notice.not_done(error.message, line))


async def _followed(visit: Visit, command: SlashCommand, order: ElsewhereOrder) -> Response:
    seen = await visit.tools.sharing.seen(visit.workspace, visit.actor, order.name)
    if order.word == SHOW:
        return open_view(command, await _view(visit, seen))
    if order.word != "comment":
        raise Forbidden(elsewhere_view.only_its_own(seen))
    if not order.rest:
        words = f"Say it behind the ticket: `/ticket comment {seen.name} It smells, too`."
        raise InvalidInput([Problem(field=None, code="missing", message=words)])
    nonce = uuid5(NAMESPACE_URL, f"command:{command.trigger_id}")  # what is sent twice is said once
    text = _with_names(visit, command) or order.rest
    seen = await visit.tools.sharing.comment(visit.workspace, visit.actor, seen.ref, text, nonce)
    return Response(elsewhere_view.commented(seen, visit.tools.refused(visit.workspace)))


def _with_names(visit: Visit, command: SlashCommand) -> str:
    """What was typed as the comment, with the names of those whom it mentions: their IDs say nothing at the ticket's home."""
    order = elsewhere_order(visible(readable(command.text, visit.people.name)))
    return order.rest if order else ""


async def on_show(visit: Visit, press: BlockActions) -> Response:
    """“Show”, on its card here and in lists."""
    seen = await _seen(visit, _ref(press.actions[0].value))
    return open_view(press, await _view(visit, seen))


async def on_open(visit: Visit, press: BlockActions) -> Response:
    """“Open…” below a list of them."""
    option = press.actions[0].selected_option
    if option is None:
        return Response()
    return open_view(press, await _view(visit, await _seen(visit, _ref(option.value))))


async def on_comments_page(visit: Visit, press: BlockActions) -> Response:
    """Other comments, in place of those whose button was pressed."""
    place, _, before = (press.actions[0].value or "").rpartition(":")
    seen = await _seen(visit, _ref(place))
    return update_view(press, await _view(visit, seen, number_in(before)))


async def on_comment(visit: Visit, press: BlockActions) -> Response:
    """“Comment”: a form, above the ticket's view where it is pressed there."""
    seen = await _seen(visit, _ref(press.actions[0].value))
    if not seen.may_comment:
        raise Forbidden(elsewhere_view.only_its_own(seen))
    form = elsewhere_view.comment_form(ElsewhereMeta(home=seen.home.team, number=seen.number), seen)
    is_above = press.view is not None and press.view.callback_id == ids.ELSEWHERE
    opened = OpenView(press.trigger_id, form, press.actor, press.response_url, is_above)
    return Response(follow_ups=(opened,))


async def on_comment_submit(visit: Visit, submission: ViewSubmission) -> Response:
    """The form's “Send”: the ticket's view below it shows what is there by then."""
    meta = ElsewhereMeta.model_validate_json(submission.view.private_metadata)
    text = str(fields_of(submission.view.state).get(elsewhere_view.COMMENT) or "")
    seen = await visit.tools.sharing.comment(visit.workspace, visit.actor, meta.ref, text, UUID(meta.nonce))
    below = submission.view.previous_view_id
    if below is None:
        sent = elsewhere_view.commented_view(seen, visit.tools.refused(visit.workspace))
        return Response({"response_action": "update", "view": sent})
    update = UpdateView(below, "", await _view(visit, seen), submission.trigger_id, submission.actor)
    return Response(follow_ups=(update,))


async def refuse_elsewhere(visit: Visit, channel: str, *messages: str | None) -> None:
    """Raises Forbidden where one of these messages is the card here of another workspace's ticket: only that one acts on it."""
    for ts in filter(None, messages):
        if seen := await visit.tools.sharing.mirror_at(visit.workspace, visit.actor, channel, ts):
            raise Forbidden(elsewhere_view.only_its_own(seen))


async def _view(visit: Visit, seen: SeenTicket, before: int | None = None) -> View:
    if seen.shared is None:
        _refuse(visit, seen.name)
    comments = await visit.tools.sharing.comments(
        visit.workspace, visit.actor, seen.ref, before=before, limit=elsewhere_view.PER_PAGE
    )
    meta = ElsewhereMeta(home=seen.home.team, number=seen.number, before=before)
    return elsewhere_view.ticket_modal(meta, ElsewhereContents(seen, seen.shared, comments))


async def _seen(visit: Visit, ref: MirrorRef) -> SeenTicket:
    """The ticket that a button carries, whatever its home is called by now."""
    seen = await visit.tools.sharing.at(visit.workspace, visit.actor, ref)
    if seen is None:
        _refuse(visit, f"T-{ref.number} of another workspace")
    return seen


def _refuse(visit: Visit, name: str) -> NoReturn:
    """In the same words whether there is none, or it is not for this workspace (any more)."""
    if not visit.actor.is_known:
        raise NotKnown
    raise NotFound(f"There is no {name} that you can see. `/ticket list from:any` shows what others share.")


def _ref(value: str | None) -> MirrorRef:
    """`T0ACME/T-42`, as `blocks.elsewhere.key` makes it."""
    home, slash, number = (value or "").partition("/T-")
    if not (home and slash):
        raise Unreadable
    return MirrorRef(home=home, number=number_in(number))
