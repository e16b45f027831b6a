"""The workspaces that share tickets with this one, which are its admins' to choose.

dana: /ticket partners                            -> who they are, with buttons for each
dana: /ticket partners invite acme                -> acme's admins are asked; “Let them see and comment”
rosa: (in acme, Accept)                           -> both are partners, and Dana hears of it
dana: (chooses #from-acme)                        -> cards of what acme shares stand there
ben:  /ticket partners                            -> (an agent) who they are, without buttons
"""

from bot.domain.errors import DeskError, InvalidInput, Problem
from bot.domain.partner_words import PartnerOrder, partner_order
from bot.domain.partners import Partner, Right, may_set_partners
from bot.domain.words import listed
from handlers.blocks import notice
from handlers.blocks.kit import Message, View
from handlers.sharing import partners_view
from handlers.sharing.partners_view import PartnerMeta
from handlers.slack.actors import open_view, press_request, update_view
from handlers.slack.context import Visit
from handlers.slack.payload_fields import Unreadable, fields_of, needed
from handlers.slack.payloads import BlockActions, SlashCommand, ViewSubmission
from handlers.slack.response import ReplyInThread, Respond, Response

_DEFAULT: Right = "comment"
_RIGHTS: dict[str, Right] = {"see": "see", "comment": "comment"}


async def on_command(visit: Visit, command: SlashCommand, words: str) -> Response | None:
    """`/ticket partners`, and what an admin types behind it."""
    order = partner_order(words)
    if order is None:
        return None
    if order.verb == "show":
        return open_view(command, await _overview(visit))
    try:
        return Response(await _followed(visit, order, f"command:{command.trigger_id}"))
    except DeskError as error:  # a line about partners is never a ticket
        return Response(notice.not_done(error.message, f"{command.word} {words}"))


def asks_to_see(words: str) -> bool:
    order = partner_order(words)
    return order is not None and order.verb == "show"


async def on_open(visit: Visit, press: BlockActions) -> Response:
    """“Partners…”, below what has been done and in the settings."""
    view = await _overview(visit)
    return update_view(press, view) if press.view else open_view(press, view)


async def on_invite(_: Visit, press: BlockActions) -> Response:
    """“Invite a workspace…”"""
    return update_view(press, partners_view.invite_form())


async def on_invite_submit(visit: Visit, submission: ViewSubmission) -> Response:
    meta = PartnerMeta.model_validate_json(submission.view.private_metadata)
    held = fields_of(submission.view.state)
    partner = await visit.tools.partners.invite(
        visit.workspace,
        visit.actor,
        needed(held, partners_view.WHOM),
        lets=_right(str(held.get(partners_view.LETS))),
        key=f"form:{meta.nonce}",
    )
    return await _updated(visit, partners_view.invited(partner))


async def on_name(visit: Visit, press: BlockActions) -> Response:
    """“Rename…”"""
    partner = await visit.tools.partners.partner(visit.workspace, visit.actor, _team(press))
    return update_view(press, partners_view.name_form(partner.team, partner.calls, partner.name))


async def on_name_submit(visit: Visit, submission: ViewSubmission) -> Response:
    meta = PartnerMeta.model_validate_json(submission.view.private_metadata)
    calls = needed(fields_of(submission.view.state), partners_view.CALLS)
    partner = await visit.tools.partners.rename(visit.workspace, visit.actor, meta.team or "", calls)
    return await _updated(visit, partners_view.renamed(partner))


async def on_accept(visit: Visit, press: BlockActions) -> Response:
    """“Accept: …”, in the view and in the direct message that tells of the invitation."""
    right, _, team = (press.actions[0].value or "").partition(" ")
    key = press_request(visit, press).key
    partner = await visit.tools.partners.accept(
        visit.workspace, visit.actor, team, lets=_right(right), key=key
    )
    row = partner
    return await _shown(visit, press, partners_view.accepted(row), row)


async def on_end(visit: Visit, press: BlockActions) -> Response:
    """“End”, “Take it back” and “Refuse”."""
    before = await visit.tools.partners.partner(visit.workspace, visit.actor, _team(press))
    if before.is_active != press.actions[0].action_id.endswith(f":{partners_view.ACTIVE}"):
        # Somebody has accepted since it was drawn, or it has begun anew: that is not what was to be ended.
        return await _shown(visit, press, partners_view.changed(before))
    key = press_request(visit, press).key
    await visit.tools.partners.end(visit.workspace, visit.actor, before.team, key=key)
    return await _shown(visit, press, partners_view.ended(before, before.partnership.state))


async def on_let(visit: Visit, press: BlockActions) -> Response:
    """“Let them see and comment”, “Let them see only”."""
    right, _, team = (press.actions[0].value or "").partition(" ")
    key = press_request(visit, press).key
    partner = await visit.tools.partners.let(visit.workspace, visit.actor, team, _right(right), key=key)
    return await _shown(visit, press, partners_view.let(partner))


async def on_channel(visit: Visit, press: BlockActions) -> Response:
    """The channel for the cards of what a partner shares, or none."""
    action = press.actions[0]
    _, _, place = action.action_id.partition(":")
    team, _, ending = place.partition(":")
    channel = action.selected_conversation
    if not team or bool(channel) == (ending == partners_view.NOWHERE):
        raise Unreadable
    partner = await visit.tools.partners.choose_channel(visit.workspace, visit.actor, team, channel)
    return await _shown(visit, press, partners_view.placed(partner))


async def _followed(visit: Visit, order: PartnerOrder, key: str) -> Message:
    """What somebody typed behind `/ticket partners`."""
    partners, asker = visit.tools.partners, (visit.workspace, visit.actor)
    match order.verb:
        case "invite":
            whom = _named(order)
            row = await partners.invite(*asker, whom, lets=order.lets or _DEFAULT, key=key)
            return partners_view.told_of(partners_view.invited(row), row)
        case "accept":
            whom = order.called or await _only_invitation(visit)
            row = await partners.accept(*asker, whom, lets=order.lets or _DEFAULT, key=key)
            return partners_view.told_of(partners_view.accepted(row), row)
        case "refuse" | "end":
            before = await partners.partner(*asker, _named(order))
            if order.verb == "refuse" and before.is_active:
                return partners_view.told_of(partners_view.changed(before))
            await partners.end(*asker, before.team, key=key)
            return partners_view.told_of(partners_view.ended(before, before.partnership.state))
        case "let" if order.lets:
            row = await partners.let(*asker, _named(order), order.lets, key=key)
            return partners_view.told_of(partners_view.let(row), row)
        case "rename" if order.calls:
            row = await partners.rename(*asker, _named(order), order.calls)
            return partners_view.told_of(partners_view.renamed(row))
    takes = {
        "let": "`/ticket partners let acme see and comment`, or `see only`",
        "rename": "`/ticket partners rename acme facilities`",
    }
    raise _asked(f"Say what it is to be: {takes.get(order.verb, '')}.")


async def _only_invitation(visit: Visit) -> str:
    """The team of the one workspace that invites this one. Raises InvalidInput where there are none, or several."""
    there = await visit.tools.partners.of(visit.workspace, visit.actor)
    open_ones = [each for each in there if each.partnership.state == "invited" and not each.is_ours]
    if len(open_ones) == 1:
        return open_ones[0].team
    if not open_ones:
        raise _asked("No workspace has invited this one. `/ticket partners invite acme` invites one.")
    names = listed([each.calls for each in open_ones], "and")
    raise _asked(f"You are invited by {names}. Which one? `/ticket partners accept {open_ones[0].calls}`.")


def _named(order: PartnerOrder) -> str:
    if order.called:
        return order.called
    raise _asked(f"Name the workspace: `/ticket partners {order.verb} acme`.")


def _asked(words: str) -> InvalidInput:
    return InvalidInput([Problem(field=None, code="not_a_partner", message=words)])


async def _overview(visit: Visit, told: str = "") -> View:
    found = await visit.tools.partners.of(visit.workspace, visit.actor)
    return partners_view.overview(found, may_set=may_set_partners(visit.actor), told=told)


async def _updated(visit: Visit, told: str) -> Response:
    return Response({"response_action": "update", "view": await _overview(visit, told)})


async def _shown(visit: Visit, press: BlockActions, told: str, row: Partner | None = None) -> Response:
    """Where the button stands: the view anew, or in place of the direct message what became of it, and how it stands."""
    if press.view:
        return update_view(press, await _overview(visit, told))
    if not press.response_url:
        return Response()
    shown = partners_view.told_of(told, row)
    if press.actions[0].action_id.endswith(":notice"):
        return Response(follow_ups=(Respond(press.response_url, shown),))
    return Response(follow_ups=(ReplyInThread(press.response_url, shown, press.container.thread_ts),))


def _team(press: BlockActions) -> str:
    """Buttons about a partnership carry the other team."""
    if team := press.actions[0].value:
        return team
    raise Unreadable


def _right(name: str) -> Right:
    if right := _RIGHTS.get(name):
        return right
    raise Unreadable
