"""Who is on call now and next, and the form in which somebody stands in for somebody else."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.permissions import Actor
from bot.domain.queues import Duty, Override, Queue
from bot.domain.swaps import Swap, may_end
from handlers.blocks.inputs import is_input_of
from handlers.blocks.kit import (
    Block,
    Message,
    View,
    actions,
    button,
    context,
    form_modal,
    input_block,
    message,
    modal,
    option,
    section,
)
from handlers.blocks.swap_notice import end_button
from handlers.blocks.text import moment, one_line, person
from handlers.slack import ids

_PER_SECTION = 10  # lines; a section takes 3,000 characters
_SWAPS = 20  # a section each; a message takes 50 blocks
_NAME = 60
SWAP_LINE = "`/ticket oncall swap network @ana for @ben until friday`"


def overview(duties: Sequence[Duty], swaps: Sequence[Swap], actor: Actor) -> Message:
    """Who is on call for each queue, and the swaps, with a button where `actor` may end one."""
    if not duties:
        return message("No queue is set up yet. A workspace admin adds one with `/ticket settings`.")
    lines = [duty_line(duty) for duty in duties]
    blocks = [
        section("\n".join(lines[start : start + _PER_SECTION]))
        for start in range(0, len(lines), _PER_SECTION)
    ]
    blocks += [_swap(swap, actor) for swap in swaps[:_SWAPS]]
    if len(swaps) > _SWAPS:
        blocks.append(context(f"… and {len(swaps) - _SWAPS} more swaps"))
    return message("Who is on call", [*blocks, actions(button("Swap…", ids.ONCALL_SWAP))])


def _swap(swap: Swap, actor: Actor) -> Block:
    override = swap.override
    relieved = f" for {person(swap.relieved)}" if swap.relieved else ""
    times = f"from {moment(override.start)} until {moment(override.end)}"
    words = f"{person(override.person)} stands in{relieved} on *{one_line(swap.queue.name, _NAME)}* {times}"
    return section(words, accessory=end_button(override) if may_end(actor, swap) else None)


def ended(swap: Swap) -> Message:
    """What stands in place of the button once it was pressed."""
    return message(
        f"You ended this swap on {one_line(swap.queue.name, _NAME)}. All whom it is about are told."
    )


def swapped(override: Override, duty: Duty) -> Message:
    words = swap_words(override, duty.queue)
    return message(words, [section(f"{words}\n{duty_line(duty)}")])


def swapped_view(override: Override, duty: Duty) -> View:
    words = f"{swap_words(override, duty.queue)}\n{duty_line(duty)}"
    return modal("Swapped", [section(words)], callback_id=ids.NOTICE, close="Done")


def swap_words(override: Override, queue: Queue) -> str:
    covers = f", in place of {person(override.covers)}" if override.covers else ""
    times = f"from {moment(override.start)} until {moment(override.end)}"
    return f":white_check_mark: {person(override.person)} is on call for *{one_line(queue.name, _NAME)}* {times}{covers}."


def duty_line(duty: Duty) -> str:
    """`network: @Ana now, @Ben from Monday at 9:00`."""
    now = f"{person(duty.now)} now" if duty.now else "nobody now"
    following = f", {person(duty.next.person)} from {moment(duty.next.start)}" if duty.next else ""
    return f"*{one_line(duty.queue.name, _NAME)}*: {now}{following}"


def with_duty_line(blocks: Sequence[Block], queue: Queue | None, on_call: str | None) -> list[Block]:
    """A form's blocks, with who is on call for the queue that is chosen in it; another choice is heard of at once."""
    shown: list[Block] = []
    for block in blocks:
        if block.get("block_id") == ids.ONCALL_LINE:
            continue
        if not is_input_of("assignedQueue", block):
            shown.append(block)
            continue
        shown.append(block | {"dispatch_action": True})
        if queue and on_call:
            choose = button("Choose", ids.ONCALL_PICK, value=on_call)
            words = f"On call for *{one_line(queue.name, _NAME)}*: {person(on_call)}"
            shown.append(section(words, block_id=ids.ONCALL_LINE, accessory=choose))
        elif queue:
            words = f"Nobody is on call for *{one_line(queue.name, _NAME)}* now."
            shown.append(section(words, block_id=ids.ONCALL_LINE))
    return shown


def form(queues: Sequence[Queue], now: datetime) -> View:
    offered = [option(queue.name, queue.name) for queue in queues]
    queue: Block = {"type": "static_select", "options": list(offered)}
    if len(offered) == 1:
        queue["initial_option"] = offered[0]
    start: Block = {"type": "datetimepicker", "initial_date_time": int(now.timestamp())}
    blocks = [
        _input("queue", "Queue", queue),
        _input("person", "Who stands in", {"type": "users_select"}),
        _input(
            "covers", "For whom", {"type": "users_select"}, hint="Without a name: for whoever has it then."
        ),
        _input("start", "From", start),
        _input("end", "Until", {"type": "datetimepicker"}),
    ]
    return form_modal("Swap on call", blocks, callback_id=ids.ONCALL_FORM, submit="Swap")


def _input(field: str, label: str, element: Block, *, hint: str = "") -> Block:
    """Its hint says what its being empty means."""
    return input_block(field, label, element | {"action_id": field}, hint=hint, optional=bool(hint))
