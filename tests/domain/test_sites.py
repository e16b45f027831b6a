"""What people write for how a site is used, and when somebody is there."""

import pytest

from bot.domain.sites import CHOICES, read_choice

SPELLED = {
    "siteType": {
        "mixed_use": ("Mixed use", "mixed-use", "MIXED_USE", "MixedUse", "mixed"),
        "healthcare": ("Health care", "HEALTHCARE"),
        "government": ("Government", "govt", "Gov."),
        "education": ("Education", "educational"),
    },
    "occupancyProfile": {
        "24_7": ("24/7", "24 / 7", "24-7", "24x7", "24×7", "247", "24 h", "24 hours", "24-Jul"),
        "business_hours": ("business hours", "Business-Hours", "office hours"),
        "extended_hours": ("Extended hours", "extended"),
        "seasonal": ("Seasonal",),
        "variable": ("varies", "VARIABLE"),
    },
}


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        *((f, text, value) for f, rows in SPELLED.items() for value, texts in rows.items() for text in texts),
        *((field, value, value) for field, values in CHOICES.items() for value in values),
    ],
)
def test_a_value_is_read_however_it_is_spelled(field: str, text: str, value: str) -> None:
    assert read_choice(field, text) == value


def test_what_nobody_knows_stays_as_it_is() -> None:
    assert read_choice("siteType", "castle") == "castle"
    assert read_choice("occupancyProfile", "9-5?") == "9-5?"
