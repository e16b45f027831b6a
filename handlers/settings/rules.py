"""The rules of the clock, each on or off, and one press for a sensible set of them.

dana: (Rules) (Change) Closing: On, 5 working days   -> resolved tickets close by themselves
dana: (Warn and escalate…)                           -> “It sends 3 messages now”, “Switch on”
"""

from collections.abc import Mapping

from pydantic import JsonValue

from bot.domain.clock import escalation_words
from bot.domain.clock.settings import EscalationStep
from bot.domain.errors import InvalidInput, Problem
from bot.services.clock_settings import RuleChoice
from handlers.settings import clock_view, rules_view
from handlers.settings.inputs_view import UTC
from handlers.settings.rules_view import ROWS, RuleMeta, RuleRow
from handlers.slack.actors import update_view
from handlers.slack.context import Visit
from handlers.slack.payload_fields import Unreadable, fields_of
from handlers.slack.payloads import BlockActions, ViewSubmission
from handlers.slack.response import Response

_RULES = {str(rule): rule for rule in ROWS}


async def on_open(visit: Visit, press: BlockActions) -> Response:
    """“Change” next to a rule."""
    settings = await visit.tools.settings.read(visit.workspace, visit.actor)
    rule = _RULES.get(press.actions[0].value or "")
    if rule is None:
        raise Unreadable
    return update_view(press, rules_view.form(rule, settings))


async def on_submit(visit: Visit, submission: ViewSubmission) -> Response:
    rule = RuleMeta.model_validate_json(submission.view.private_metadata).rule
    choice = _choice(ROWS[rule], fields_of(submission.view.state))
    settings = await visit.tools.clock_settings.save_rule(visit.workspace, visit.actor, rule, choice)
    return Response({"response_action": "update", "view": rules_view.page(settings)})


async def on_preview(visit: Visit, press: BlockActions) -> Response:
    """“Warn and escalate…”: what it would do."""
    preview = await visit.tools.clock_settings.preview(visit.workspace, visit.actor, _zone(visit, press))
    view = clock_view.preview_page(
        preview.settings.clock, preview.messages, preview.recipients, is_partial=preview.is_partial
    )
    return update_view(press, view)


async def on_switch_on(visit: Visit, press: BlockActions) -> Response:
    """“Switch on”."""
    settings = await visit.tools.clock_settings.warn_and_escalate(
        visit.workspace, visit.actor, _zone(visit, press)
    )
    return update_view(press, rules_view.page(settings))


def _zone(visit: Visit, press: BlockActions) -> str:
    return visit.people.zone_name(press.actor) or UTC


def _choice(row: RuleRow, fields: Mapping[str, JsonValue]) -> RuleChoice:
    """What the form says. Raises InvalidInput."""
    off = fields.get("queuesOff")
    numbers: dict[str, int | tuple[EscalationStep, ...]] = {}
    if row.number:
        numbers[row.number.name] = _whole(fields.get("number"), row.number.most)
    if "steps" in fields:
        channel = fields.get("channel")
        numbers["steps"] = escalation_words.steps(str(fields["steps"]), str(channel) if channel else None)
    return RuleChoice(
        is_on=fields.get("on") == "on",
        off=[str(each) for each in off] if isinstance(off, list) else (),
        numbers=numbers,
    )


def _whole(value: JsonValue, most: int) -> int:
    if isinstance(value, float) and value.is_integer() and 1 <= value <= most:
        return int(value)
    message = f"Type a whole number from 1 to {most}."
    raise InvalidInput([Problem(field="number", code="not_a_number", message=message)])
