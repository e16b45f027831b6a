"""The steps of an escalation as admins type them."""

import pytest

from bot.domain.clock.escalation_words import channel_of, steps, steps_text
from bot.domain.clock.settings import STEPS, EscalationStep
from bot.domain.errors import InvalidInput


def test_the_sensible_steps_are_written_and_read_as_they_are() -> None:
    assert steps_text(STEPS) == "0 min: assignee\n0 min: on-call\n15 min: next on-call\n30 min: lead"
    assert steps(steps_text(STEPS)) == STEPS


@pytest.mark.parametrize("line", ["15 next on-call", "after 15 minutes: Next On Call", "15m - next oncall"])
def test_a_step_is_read_as_people_write_it(line: str) -> None:
    assert steps(line) == (EscalationStep(after=15, to="next_on_call"),)


def test_steps_stand_in_the_order_of_their_minutes_and_a_channel_may_be_named() -> None:
    made = steps("45: channel\n\n0: on-call", "C1")
    assert [(step.after, step.to, step.channel) for step in made] == [
        (0, "on_call", None),
        (45, "channel", "C1"),
    ]
    assert channel_of(made) == "C1"
    assert channel_of(STEPS) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Say whom to page. Try 15 min: next on-call."),
        ("on-call", "“on-call” does not begin with minutes."),
        (
            "15: boss",
            "“15: boss” names nobody I know. Write assignee, on-call, next on-call, lead or channel.",
        ),
        ("99999: lead", "10080 minutes, a week, are the most."),
        ("0: lead\n" * 21, "20 steps are the most."),
    ],
)
def test_what_is_no_step_is_refused(text: str, words: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        steps(text)
    (problem,) = refused.value.problems
    assert problem.field == "steps"
    assert words in problem.message
