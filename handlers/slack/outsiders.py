"""Who wrote a message: authors from outside have a name with it, since a mention would not show them."""

from bot.domain.people import WorkspacePeople
from bot.domain.ticket import SourceMessage
from bot.domain.workspace import Workspace
from handlers.slack.message_content import source_message
from handlers.slack.message_payloads import MessagePayload


def source_of(
    people: WorkspacePeople, workspace: Workspace, message: MessagePayload, link: str | None
) -> SourceMessage:
    """A message as its ticket keeps it, with the name of an author from outside."""
    name = outsider_name(people, workspace, message)
    return source_message(message, link).model_copy(update={"author_name": name})


def outsider_name(people: WorkspacePeople, workspace: Workspace, message: MessagePayload) -> str | None:
    """The name of a message's author where they are from outside, as far as the message or we know it; else None."""
    if message.user is None or not _is_outside(
        people, workspace, message.user, message.user_team or message.team
    ):
        return None
    profile = message.user_profile
    names = (profile.display_name, profile.real_name, profile.name) if profile else ()
    known = people.person(message.user)
    return next((name for name in (*names, known.name if known else None) if name), None)


def _is_outside(people: WorkspacePeople, workspace: Workspace, user: str, team: str | None) -> bool:
    if people.knows(user) or workspace.enterprise_id:  # whose workspaces are many
        return people.is_outsider(user)
    return team not in {None, workspace.team_id}
