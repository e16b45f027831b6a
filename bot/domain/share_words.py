"""`/ticket share T-42 with acme and beta`: with whom, or with how many, a ticket is to be shared."""

import re
from typing import Literal, NamedTuple

from bot.domain.contract import VisibilityMode
from bot.domain.errors import InvalidInput, Problem
from bot.domain.words import quoted

_WITH = re.compile(r"(?:with|to|from|for)(?:\s+|\Z)", re.IGNORECASE)
_AND = re.compile(r"[,;&+]|(?<=\s)(?:and|und)(?=\s)", re.IGNORECASE)
_AFTER = " ,;:.!?"
_MODES: dict[str, VisibilityMode] = {
    **dict.fromkeys(("globally", "global"), "global"),
    **dict.fromkeys(("locally", "local", "privately"), "workspace_local"),
}
_ALL = {"all", "everybody", "everyone", "anybody", "anyone", "all partners", "partners"}
_MOST = 20


class ShareWords(NamedTuple):
    """`mode`: that of `globally` and `locally`. Else the partners that are named, as they were typed: none where nothing is
    said."""

    mode: VisibilityMode | None = None
    called: tuple[str, ...] = ()


def says_with_whom(rest: str) -> bool:
    """Whether words behind a number without its T can be nothing else than what `share` takes."""
    return bool(_WITH.match(rest)) or rest.strip(_AFTER).casefold() in _MODES


def read_share(rest: str, word: Literal["share", "unshare"]) -> ShareWords:
    """What stands behind the ticket. Raises InvalidInput."""
    text = rest.strip(_AFTER)
    has_with = _WITH.match(text)
    text = text[has_with.end() :].strip(_AFTER) if has_with else text
    if has_with and not text:
        raise _unclear(f"Name the workspace: `/ticket {word} T-42 {has_with[0].strip().casefold()} acme`.")
    if not text:
        return ShareWords()
    mode = _MODES.get(text.casefold())
    if mode and word == "share" and not has_with:
        return ShareWords(mode)
    if mode:
        raise _unclear(
            f"I cannot read {quoted(rest)}. Name the partners, or write `/ticket share T-42 {text.casefold()}`."
        )
    if text.casefold() in _ALL:
        if word == "unshare":
            return ShareWords()
        raise _unclear(
            "With whom? `/ticket share T-42 with acme and beta` names partners; `/ticket share T-42 globally` is for all "
            "workspaces that are joined with this one."
        )
    called = tuple(dict.fromkeys(name for each in _AND.split(text) if (name := each.strip(_AFTER))))
    if len(called) > _MOST:
        raise _unclear(f"Please name {_MOST} workspaces at most at once.")
    return ShareWords(None, called)


def _unclear(message: str) -> InvalidInput:
    return InvalidInput([Problem(field=None, code="not_a_share", message=message)])
