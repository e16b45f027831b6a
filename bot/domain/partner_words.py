"""`/ticket partners invite acme`: what an admin asks of the workspace's partnerships by typing."""

from typing import Literal, NamedTuple

from bot.domain.partners import Right

PartnerVerb = Literal["show", "invite", "accept", "refuse", "end", "let", "rename"]

_VERBS: dict[str, PartnerVerb] = {
    "invite": "invite",
    "add": "invite",
    "accept": "accept",
    "refuse": "refuse",
    "decline": "refuse",
    "reject": "refuse",
    "end": "end",
    "remove": "end",
    "withdraw": "end",
    "let": "let",
    "rename": "rename",
    "call": "rename",
}
_RIGHTS: dict[str, Right] = {
    "see and comment": "comment",
    "comment": "comment",
    "see only": "see",
    "only see": "see",
    "see": "see",
    "read": "see",
}
_BETWEEN = {"to", "may", "can", "as"}
_NAME = 4  # words, at most


class PartnerOrder(NamedTuple):
    """`called`: the workspace as it was typed, empty where none was. `lets`: what it may do, where that was said. `calls`: its
    new name here."""

    verb: PartnerVerb
    called: str = ""
    lets: Right | None = None
    calls: str = ""


def partner_order(words: str) -> PartnerOrder | None:
    """What follows `/ticket partners`; None where that is nothing it takes, but somebody's ticket: `Partners meeting room is
    dark`."""
    first, rest = [*words.strip().split(maxsplit=1), "", ""][:2]
    if not first:
        return PartnerOrder("show")
    verb = _VERBS.get(first.casefold())
    if verb is None:
        return None
    said = [word for each in rest.split() if (word := each.strip("\"“”',;:.!?"))]
    lets, calls = None, ""
    if verb in {"invite", "accept", "let"}:
        said, lets = _right(said)
    elif verb == "rename" and len(said) > 1:
        *said, calls = said
    while len(said) > 1 and said[-1].casefold() in _BETWEEN:
        said.pop()
    return PartnerOrder(verb, " ".join(said), lets, calls) if len(said) <= _NAME else None


def _right(said: list[str]) -> tuple[list[str], Right | None]:
    """`acme to see only` -> `acme` and that; the longest words first."""
    for words, right in _RIGHTS.items():
        count = len(words.split())
        if [word.casefold() for word in said[-count:]] == words.split() and len(said) > count:
            return said[:-count], right
    return said, None
