"""The scopes that an installation may lack, and what is missing then. Everything else goes on as it does with them.

Source: https://docs.slack.dev/changelog/2026/03/16/optional-scopes (`bot_optional` in manifest.yml, which these are).
"""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

MISSING: Mapping[str, str] = {
    "channels:history": "Replies in the threads of public channels are not kept as comments.",
    "groups:history": "Replies in the threads of private channels are not kept as comments.",
    "im:history": "What people write to Deskhand directly is not heard: neither orders, nor replies below its cards.",
    "mpim:history": "Replies in the threads of group messages are not kept as comments.",
    "metadata.message:read": "Where Slack's answer to a new card is lost, Deskhand looks for the card, which takes longer.",
    "reactions:read": "Tickets cannot be made, taken or resolved by a reaction.",
    "reactions:write": "An order to @Deskhand is answered by a line instead of a mark.",
    "groups:read": "Who is in a private triage channel is not known: its queue needs a user group, or a rotation. Cards of "
    "partners' tickets stand in public channels only.",
    "usergroups:read": "A queue's agents cannot be a user group.",
    "usergroups:write": "No user group follows who is on call.",
    "dnd:read": "Whoever is paged while they must not be disturbed counts as reached.",
}
"""What is missing without each, in a sentence."""


class MissingFeature(NamedTuple):
    scope: str
    words: str


def missing_features(scopes: Collection[str]) -> Sequence[MissingFeature]:
    """What is missing in an installation with these scopes. Without any they are not known, and nothing is missing."""
    if not scopes:
        return []
    return [MissingFeature(scope, words) for scope, words in MISSING.items() if scope not in scopes]
