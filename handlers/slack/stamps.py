"""What leaves with our buttons, or with private_metadata, says which workspace it is of; and what comes back is held to that.

A stamp stands in front of the value: `~T0123ABC~claim:42`. It is put on in one place for what Slack is called with
(handlers/outbound/clients.py) and in one for answers (handlers/routes.py), and taken off there before any handler sees it, so that
views and handlers know nothing of it. What was posted before there were stamps has none, and goes on working.

Of a view its private_metadata has it, and that goes for all that stands in it; of a message each button, and each option that does
something. Where Slack's limit leaves no room it is left out: Slack would refuse the whole.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from bot.domain.workspace import Workspace

Json = Mapping[str, object]

_METADATA, _BUTTON, _OPTION = 3000, 2000, 150  # characters that Slack takes
_STAMP = re.compile(r"~([TE][A-Za-z0-9_-]{0,59})~")
_OPTIONS = ("options", "initial_options")
_MENUS = frozenset({"checkboxes", "multi_static_select", "overflow", "radio_buttons", "static_select"})
"""The elements whose options are ours. Those of others follow what somebody types, which is no stamp."""


def stamped(body: Json, workspace: Workspace) -> Json:
    """A message, or what holds a view: an answer, or the arguments of a call. The original stays as it is."""
    mark = f"~{workspace.id}~"
    view, blocks = body.get("view"), body.get("blocks")
    if isinstance(view, dict):
        return {**body, "view": _stamped_view(view, mark)}
    if isinstance(blocks, list):
        return {**body, "blocks": [_stamped_block(block, mark) for block in blocks]}
    return body


class Unstamped(NamedTuple):
    """A request without its stamps, and whose they were."""

    body: object
    stamps: frozenset[str]


def unstamped(body: object) -> Unstamped:
    """Takes the stamps off what a request carries of ours."""
    if not isinstance(body, dict):
        return Unstamped(body, frozenset())
    view, actions = body.get("view"), body.get("actions")
    whose = set[str]()
    without: dict[str, object] = {}
    if isinstance(view, dict) and isinstance(metadata := view.get("private_metadata"), str):
        without["view"] = {**view, "private_metadata": _taken(metadata, whose)}
    if isinstance(actions, list):
        without["actions"] = [_unstamped_action(each, whose) for each in actions]
    return Unstamped({**body, **without} if whose else body, frozenset(whose))


def _stamped_view(view: Json, mark: str) -> Json:
    metadata = mark + str(view.get("private_metadata") or "")
    return {**view, "private_metadata": metadata} if len(metadata) <= _METADATA else view


def _stamped_block(block: dict[str, object], mark: str) -> dict[str, object]:
    elements, accessory = block.get("elements"), block.get("accessory")
    if block.get("type") == "actions" and isinstance(elements, list):
        return {**block, "elements": [_stamped_element(each, mark) for each in elements]}
    if isinstance(accessory, dict):
        return {**block, "accessory": _stamped_element(accessory, mark)}
    return block


def _stamped_element(element: dict[str, object], mark: str) -> dict[str, object]:
    if element.get("type") == "button":
        return _valued(element, mark, _BUTTON)
    found = element.copy()
    for name in _OPTIONS:
        if isinstance(options := element.get(name), list):
            found[name] = [_valued(each, mark, _OPTION) for each in options]
    if isinstance(chosen := element.get("initial_option"), dict):
        found["initial_option"] = _valued(chosen, mark, _OPTION)
    return found


def _valued(of: dict[str, object], mark: str, most: int) -> dict[str, object]:
    value = mark + str(of.get("value") or "")
    return {**of, "value": value} if len(value) <= most else of


def _unstamped_action(action: object, whose: set[str]) -> object:
    if not isinstance(action, dict):
        return action
    if action.get("type") == "button":
        return _unstamped_value(action, whose)
    if action.get("type") not in _MENUS:
        return action
    found = action
    if isinstance(chosen := action.get("selected_option"), dict):
        found = {**found, "selected_option": _unstamped_value(chosen, whose)}
    if isinstance(several := action.get("selected_options"), list):
        options = [_unstamped_value(each, whose) if isinstance(each, dict) else each for each in several]
        found = {**found, "selected_options": options}
    return found


def _unstamped_value(of: dict[str, object], whose: set[str]) -> dict[str, object]:
    value = of.get("value")
    return {**of, "value": _taken(value, whose) or None} if isinstance(value, str) else of


def _taken(value: str, whose: set[str]) -> str:
    found = _STAMP.match(value)
    if found is None:
        return value
    whose.add(found[1])
    return value[found.end() :]
