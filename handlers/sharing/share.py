"""Who else sees a ticket, which its agents choose.

ana: /ticket share T-42 with acme and beta     -> their agents see it, and its card stands in their channels
ana: /ticket share T-42 globally               -> those of all workspaces that are joined with this one may read it
ana: /ticket share T-42                        -> a form with the same
ana: /ticket unshare T-42 from acme            -> acme's card says that it is no longer shared
ana: /ticket share T-42 with acmee             -> “There is no partner “acmee”. Your partners are acme and beta.”
"""

from collections.abc import Sequence
from typing import Literal, get_args

from bot.domain.contract import VisibilityMode
from bot.domain.errors import InvalidInput, Problem
from bot.domain.share_words import read_share
from bot.domain.ticket import Ticket
from bot.services.step_requests import Conflict, StepRequest
from handlers.sharing import share_view
from handlers.sharing.share_view import Offered, ShareMeta
from handlers.slack.actors import Opener, command_request, open_view
from handlers.slack.context import Visit
from handlers.slack.payload_fields import Unreadable, fields_of
from handlers.slack.payloads import SlashCommand, ViewSubmission
from handlers.slack.response import Done, Response
from handlers.tickets import changed_since, refreshed

_MODES: tuple[VisibilityMode, ...] = get_args(VisibilityMode)


async def on_typed(
    visit: Visit, command: SlashCommand, word: Literal["share", "unshare"], number: int, rest: str
) -> Response:
    """`rest`: what was typed behind the ticket. `share` without more opens the form."""
    # Before the words are read: whose names they are is not everybody's to know.
    before = await visit.tools.tickets.ticket(visit.workspace, visit.actor, number, to="share")
    said = read_share(rest, word)
    request, sharing = command_request(visit, command), visit.tools.sharing
    if word == "unshare":
        ticket = await sharing.unshare(visit.workspace, number, said.called, request)
    elif said.mode:
        ticket = await sharing.choose(visit.workspace, number, said.mode, (), request)
    elif said.called:
        ticket = await sharing.share(visit.workspace, number, said.called, request)
    else:
        return await open_share_form(visit, command, number)
    seeing = await sharing.shared_with(visit.workspace, visit.actor, ticket)
    told = share_view.saved(ticket, seeing, lost=before.visibility_mode == "global" and said.mode is None)
    return Response(told, done=Done((ticket.number,), share_view.done(ticket)))


async def open_share_form(visit: Visit, opener: Opener, number: int) -> Response:
    """“Share…”, or the command without more."""
    ticket, partners, seeing = await _shown(visit, number)
    meta = ShareMeta(number=number, version=ticket.version)
    return open_view(opener, share_view.form(meta, ticket, partners, seeing))


async def on_submit(visit: Visit, submission: ViewSubmission) -> Response:
    meta = ShareMeta.model_validate_json(submission.view.private_metadata)
    held = fields_of(submission.view.state)
    mode = next((each for each in _MODES if each == held.get(share_view.MODE)), None)
    if mode is None:
        raise Unreadable
    chosen = held.get(share_view.WITH)
    teams = [str(each) for each in chosen] if isinstance(chosen, list) else []
    await _refuse_half(visit, meta.number, mode, teams)
    request = StepRequest(visit.actor, key=f"form:{meta.nonce}", version=meta.version)
    try:
        ticket = await visit.tools.sharing.choose(visit.workspace, meta.number, mode, teams, request)
    except Conflict as conflict:
        return await _come_back(visit, meta, conflict)
    if submission.view.previous_view_id:
        return await refreshed(visit, submission, meta.number)
    seeing = await visit.tools.sharing.shared_with(visit.workspace, visit.actor, ticket)
    return Response({"response_action": "update", "view": share_view.saved_view(ticket, seeing)})


async def _come_back(visit: Visit, meta: ShareMeta, conflict: Conflict) -> Response:
    """The form with what happened meanwhile above it. Slack keeps in it what was chosen."""
    ticket, partners, seeing = await _shown(visit, meta.number)
    meta = meta.model_copy(update={"version": conflict.ticket.version})
    view = share_view.form(meta, ticket, partners, seeing, changed=await changed_since(visit, conflict))
    return Response({"response_action": "update", "view": view})


async def _shown(visit: Visit, number: int) -> tuple[Ticket, Sequence[Offered], Sequence[str]]:
    """The ticket, the partners that can be chosen for it, and what those are called that see it now."""
    ticket = await visit.tools.tickets.ticket(visit.workspace, visit.actor, number, to="share")
    partners = [
        Offered(each.team, each.calls, each.name, each.lets)
        for each in await visit.tools.partners.of(visit.workspace, visit.actor)
        if each.is_active
    ]
    return ticket, partners, await visit.tools.sharing.shared_with(visit.workspace, visit.actor, ticket)


async def _refuse_half(visit: Visit, number: int, mode: VisibilityMode, teams: Sequence[str]) -> None:
    """Raises InvalidInput where one half of the form would be dropped: partners without their mode, or that without them. Those
    that see it already stand in the form, and taking it back from them is what another mode means."""
    _, partners, seeing = await _shown(visit, number)
    if mode == "shared" and not teams:
        raise _half(share_view.WITH, share_view.WHOM) if partners else _half(share_view.MODE, share_view.NONE)
    seen = {each.team for each in partners if each.calls in seeing}
    if mode != "shared" and not seen.issuperset(teams):
        raise _half(share_view.WITH, share_view.FOR_THESE)


def _half(field: str, words: str) -> InvalidInput:
    return InvalidInput([Problem(field=field, code="half_chosen", message=words)])
