"""Why a user group does not follow on call, and what to do, for the owner of its queue."""

from collections.abc import Callable, Mapping

from bot.domain.on_call_groups import GUEST, NOBODY, GroupNotice
from handlers.blocks.kit import Message, message
from handlers.blocks.text import one_line

_NAME = 80
_AGAIN = "Then open the queue in `/ticket settings` and save it: the group follows at once."

_WHY: Mapping[str, str] = {
    NOBODY: "nobody is on call for {queue} now. Add people to its rotation in `/ticket settings`, or let somebody stand in with "
    "`/ticket oncall swap`.",
    GUEST: "{person} is on call for {queue}, and Slack takes no guest into a user group. Take them out of the rotation, or let "
    "somebody stand in with `/ticket oncall swap`.",
    "permission_denied": "Slack lets only some people change user groups here. A workspace owner can allow it for everybody in "
    f"Slack's settings, at Permissions → User groups. {_AGAIN}",
    "missing_scope": "I lack the scope `usergroups:write`. Whoever installed me adds it at OAuth & Permissions and installs me "
    f"again. {_AGAIN}",
    "no_such_subteam": "Slack no longer has this group, or it is disabled. Enable it in Slack, or choose another one for the queue "
    "in `/ticket settings`.",
    "plan_upgrade_required": "user groups are not part of this workspace's Slack plan. Take the group out of the queue in "
    "`/ticket settings`.",
    "failed_for_some_users": "{person} is on call for {queue}, and Slack does not know them in the workspace of the group. Choose "
    "somebody else in `/ticket settings`.",
}
_SAME: Mapping[str, str] = {
    "invalid_user": GUEST,
    "single_channel_guests_cannot_be_added": GUEST,
    "not_allowed_token_type": "missing_scope",
    "subteam_not_found": "no_such_subteam",
    "subteam_disabled": "no_such_subteam",
}


def message_of(notice: GroupNotice, name: Callable[[str], str]) -> Message:
    """`name`: of a person or a group, as nobody is pinged by it."""
    why, who = notice.refusal.why, notice.refusal.person
    queue = f"*{one_line(notice.queue, _NAME)}*"
    because = f"Slack refused it (`{one_line(why, _NAME)}`). {_AGAIN}"
    if words := _WHY.get(_SAME.get(why, why)):
        because = words.format(queue=queue, person=name(who) if who else "Whoever")
    return message(
        f":warning: The user group @{name(notice.group)} does not follow who is on call for {queue}, and I left it as it was: "
        f"{because}"
    )
