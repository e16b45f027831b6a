"""The ticket form. Every field of the contract but `workspaceId`, which is the caller's workspace.

Each input's block_id is its contract field's name; where what can be chosen depends on another field, a colon and
that field's value follow, so that Slack drops a stale choice when it changes. The action_id is the field's name.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from pydantic import Field, JsonValue

from bot.domain.directory import PARENT_OF, Directory
from bot.domain.errors import Problem
from bot.domain.fields import KIND_OF, defaults, in_form
from bot.domain.record import Record
from bot.domain.steps import STEPS
from bot.domain.ticket import WayIn
from handlers.blocks.inputs import field_input, may_be_empty
from handlers.blocks.kit import (
    Block,
    View,
    actions,
    button,
    form_modal,
    json_of,
    section,
)
from handlers.blocks.text import plain
from handlers.slack import ids

Marks = Mapping[str, JsonValue]
"""The hint below an input, by its field."""
_MARK = 300  # characters
_PROPOSED = "Proposed: it is named in the text."


class FormMeta(Record):
    """What rides in private_metadata: which form this is, and where it was asked for."""

    nonce: str
    way: WayIn
    channel: str | None = None
    message_ts: str | None = None
    thread_ts: str | None = None
    permalink: str | None = None
    response_url: str | None = Field(None, repr=False)
    more: bool = False
    also: tuple[str, ...] = Field((), description="What it shows of the others all the same")
    customer_of: str | None = Field(None, description="The site that named the customer, if one did")
    number: int | None = Field(None, description="The ticket that it corrects; a new one is made without")
    version: int | None = Field(None, description="Of that ticket, as the form shows it")
    home: int | None = Field(None, description="The page of Home that it was opened from")


def form(  # noqa: PLR0913  (all that a form shows)
    meta: FormMeta,
    fields: Mapping[str, JsonValue],
    directory: Directory,
    *,
    faults: str = "",
    marks: Marks | None = None,
    related: str = "",
    hidden: Collection[str] = (),
) -> View:
    """`fields` in wire form fill the inputs; `faults` is mrkdwn that says what a typed line got wrong, and `marks` say it
    at each input; `related` is the headline of the ticket that `relatedTicketId` names. `hidden`: what is not for whoever
    fills it in to choose."""
    filled = {**defaults(), **fields}
    shown = in_form("essential") + (in_form("more") if meta.more else meta.also)
    if meta.number:
        shown = tuple(field for field in shown if field in STEPS["correct"].takes)
    blocks = [section(faults, block_id=ids.FAULTS)] if faults else []
    inputs = [_input(field, filled, directory, meta, related) for field in shown if field not in hidden]
    blocks += [each | _mark_at(each, marks or {}) for each in inputs]
    if not meta.more:
        blocks.append(actions(button("More fields", ids.MORE_FIELDS), block_id=ids.MORE_FIELDS))
    private_metadata = meta.model_dump_json(exclude_defaults=True)
    title, submit = (f"Edit T-{meta.number}", "Save") if meta.number else ("New ticket", "Create")
    view = form_modal(
        title,
        blocks,
        callback_id=ids.CORRECTION if meta.number else ids.FORM,
        submit=submit,
        private_metadata=private_metadata,
    )
    return view | {"notify_on_close": True}


def faults_of(blocks: Sequence[Mapping[str, JsonValue]]) -> str:
    """The faults an open form shows, so that showing it again keeps them."""
    for block in blocks:
        if block.get("block_id") == ids.FAULTS and isinstance(text := block.get("text"), dict):
            return str(text.get("text", ""))
    return ""


def marks_for(problems: Iterable[Problem]) -> Marks:
    """What was doubtful or wrong of each field. An input that is empty needs no mark."""
    told: dict[str, str] = {}
    for each in problems:
        if each.field and each.code != "required":
            told[each.field] = f"{told[each.field]} {each.message}" if each.field in told else each.message
    return {field: json_of(plain(f":warning: {words}", _MARK)) for field, words in told.items()}


def proposals(fields: Iterable[str]) -> Marks:
    """The marks of what is only proposed."""
    return dict.fromkeys(fields, json_of(plain(_PROPOSED, _MARK)))


def marks_of(
    blocks: Sequence[Mapping[str, JsonValue]], *, without: str, held: Mapping[str, JsonValue]
) -> Marks:
    """The marks that an open form shows, but that of the input that was changed, and of proposals that it holds no more."""
    marked = {_field_of(block): block["hint"] for block in blocks if "hint" in block}
    gone = proposals(field for field in marked if field not in held)
    return {field: mark for field, mark in marked.items() if field != without and mark != gone.get(field)}


def _mark_at(block: Block, marks: Marks) -> Block:
    mark = marks.get(_field_of(block))
    return {"hint": mark} if mark else {}


def _field_of(block: Mapping[str, JsonValue]) -> str:
    return str(block.get("block_id")).partition(":")[0]


def needs_more(fields: Mapping[str, JsonValue], problems: Iterable[Problem] = ()) -> bool:
    """Whether something is filled in, or wrong, that only “More fields” shows."""
    usual, wrong = defaults(), {problem.field for problem in problems}
    return not wrong.isdisjoint(in_form("more")) or any(
        field in fields and fields[field] != usual.get(field) for field in in_form("more")
    )


def _input(
    field: str, filled: Mapping[str, JsonValue], directory: Directory, meta: FormMeta, related: str
) -> Block:
    optional = may_be_empty(field)
    block = field_input(field, filled.get(field), directory, related=related, optional=optional)
    block["block_id"] = _block_id(field, filled, directory, meta)
    if field in PARENT_OF.values() and _is_external(block["element"]):
        block["dispatch_action"] = True
    return block


def _is_external(element: JsonValue) -> bool:
    return isinstance(element, dict) and element["type"] == "external_select"


def _block_id(field: str, filled: Mapping[str, JsonValue], directory: Directory, meta: FormMeta) -> str:
    suffix: JsonValue
    if field == "customerId":
        suffix = meta.customer_of
    elif (kind := KIND_OF.get(field)) and directory.knows(kind):
        above = PARENT_OF[field]
        parent = filled.get(above)
        known = isinstance(parent, str) and directory.get(KIND_OF[above], parent)
        suffix = parent if known else None  # what is typed may be longer than a block_id
    else:
        suffix = None  # what was typed into a plain input stays, whatever is chosen elsewhere
    depends_on = [
        str(each) for each in (suffix, meta.version) if each
    ]  # as it was when the form was filled from it
    return ":".join([field, *depends_on])
