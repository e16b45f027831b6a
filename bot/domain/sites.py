"""How a site is used, and when somebody is there: the values, and the words that people have for them."""

import re
from collections.abc import Mapping
from typing import Literal, get_args

from bot.domain.names import folded

SiteType = Literal[
    "commercial",
    "residential",
    "industrial",
    "government",
    "education",
    "healthcare",
    "retail",
    "mixed_use",
]
OccupancyProfile = Literal["24_7", "business_hours", "extended_hours", "seasonal", "variable"]

CHOICES: Mapping[str, tuple[str, ...]] = {
    "siteType": get_args(SiteType),
    "occupancyProfile": get_args(OccupancyProfile),
}
"""By the wire name of the field."""

LONGEST_TEXT = 2000
"""Characters of what is to be known on site."""

_NO_LETTERS = re.compile(r"[\W_]+")
_ALSO: Mapping[str, Mapping[str, str]] = {
    "siteType": {
        "educational": "education",
        "gov": "government",
        "governmental": "government",
        "govt": "government",
        "industry": "industrial",
        "mixed": "mixed_use",
    },
    "occupancyProfile": {
        "24h": "24_7",
        "24hours": "24_7",
        "24hr": "24_7",
        "24hrs": "24_7",
        "24jul": "24_7",  # what a spreadsheet makes of 24/7
        "24x7": "24_7",
        "24x7x365": "24_7",
        "247365": "24_7",
        "aroundtheclock": "24_7",
        "extended": "extended_hours",
        "office": "business_hours",
        "officehours": "business_hours",
        "workinghours": "business_hours",
        "varies": "variable",
    },
}


def _squeezed(text: str) -> str:
    return _NO_LETTERS.sub("", folded(text))


_READINGS = {
    field: {**{_squeezed(value): value for value in values}, **_ALSO[field]}
    for field, values in CHOICES.items()
}


def read_choice(field: str, text: str) -> str:
    """`24/7` -> `24_7`, `Mixed use` -> `mixed_use`. What nobody knows comes back as it is, for the record to refuse."""
    return _READINGS[field].get(_squeezed(text), text)
