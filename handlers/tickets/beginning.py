"""What the form of a new ticket has chosen before anybody chooses: the channel's defaults, and what the text names."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from pydantic import JsonValue

from bot.domain.channel_defaults import explained, gone_text
from bot.domain.contract import USUAL, parse
from bot.domain.errors import InvalidInput, Problem
from bot.domain.lookup import ids_of
from bot.domain.proposals import lookups, proposed
from handlers.slack.context import Visit

_TEXTS = ("summary", "symptomDescription")


class Beginning(NamedTuple):
    """The fields as the form has them. `filled` are those that the channel chose, `proposed` those that the text names.
    `gone`: a problem for a default that the directory has no more, where nothing stands in its place."""

    fields: Mapping[str, JsonValue]
    filled: tuple[str, ...] = ()
    proposed: tuple[str, ...] = ()
    gone: tuple[Problem, ...] = ()


async def begin(
    visit: Visit, channel: str | None, fields: Mapping[str, JsonValue], problems: Collection[Problem] = ()
) -> Beginning:
    """`fields` and `problems` are those of what was said."""
    doubtful = {problem.field for problem in problems if problem.field and problem.code != "required"}
    begun = await visit.tools.channels.begun(visit.workspace, visit.actor, channel, fields, doubtful)
    filled = begun.fields
    summary, description = (str(fields.get(field) or "") for field in _TEXTS)
    text = description if summary in description else f"{summary}\n{description}"
    named = lookups(text)
    found: Mapping[str, str] = {}
    if named and not (filled.get("customerId") and filled.get("siteId")):
        directory = await visit.tools.tickets.directory(
            visit.workspace, visit.actor, [*named, *ids_of(filled)]
        )
        found = proposed(text, filled, directory, doubtful=doubtful)
    told = {problem.field for problem in problems}
    gone = [field for field in begun.gone if not filled.get(field) and field not in told]
    faults = (Problem(field=gone[0], code="gone", message=gone_text(gone)),) if gone else ()
    return Beginning({**filled, **found}, begun.filled, tuple(found), faults)


async def missing(
    visit: Visit, channel: str | None, fields: Mapping[str, JsonValue], problems: Collection[Problem]
) -> list[Problem]:
    """What the contract finds missing of a faulty line in a channel, so that all is said at once."""
    doubtful = {problem.field for problem in problems if problem.field}
    begun = await visit.tools.channels.begun(visit.workspace, visit.actor, channel, fields, doubtful)
    try:
        parse({**USUAL, **begun.fields})
    except InvalidInput as error:
        found = [problem for problem in error.problems if problem.field not in doubtful]
        return explained(found, begun.gone)
    return []
