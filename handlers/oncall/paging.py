"""Paging whoever is on call by hand.

ana: /ticket oncall page network "VPN is down"   -> Emil is paged, and after him the next one, until somebody is on it
emil: I'm on it                                  -> Ana hears of it
chloe: I'm on it                                 -> “@emil is on it already.”
"""

from handlers.blocks import notice, page_notice
from handlers.slack.context import Visit
from handlers.slack.payloads import BlockActions, SlashCommand
from handlers.slack.response import ReplyInThread, Respond, Response


async def on_page(visit: Visit, command: SlashCommand, words: str) -> Response:
    """`words`: a queue, and what it is about."""
    key = f"command:{command.trigger_id}"
    hand = await visit.tools.pages.page(visit.workspace, visit.actor, words, key)
    return Response(page_notice.begun(hand))


async def on_answer(visit: Visit, press: BlockActions) -> Response:
    """“I'm on it”: the message says who is; whoever comes later is told."""
    page_id = press.actions[0].value or ""
    hand = await visit.tools.pages.answer(visit.workspace, visit.actor, page_id)
    if not press.response_url:
        return Response()
    shown, by = Respond(press.response_url, page_notice.answered(hand)), hand.page.answered_by
    if by == visit.actor.user:
        return Response(follow_ups=(shown,))
    told = notice.refused(f"@{by} is on it already.")
    return Response(follow_ups=(shown, ReplyInThread(press.response_url, told, press.container.thread_ts)))
