"""Public holidays of countries and their regions, by the library `holidays`: the one place that knows it.

It is loaded where the first calendar needs it: that takes a tenth of a second, once.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache

from bot.domain.names import squashed, unaccented


@lru_cache(maxsize=512)
def public_holidays(country: str, region: str | None, year: int) -> frozenset[date]:
    """None of a country or region that the library does not know, or knows no more."""
    from holidays import country_holidays  # noqa: PLC0415

    try:
        return frozenset(country_holidays(country, subdiv=region, years=year))
    except NotImplementedError:
        return frozenset()


def country_code(typed: str) -> str | None:
    """`Germany`, `DEU` -> `DE`; None of a country whose holidays are not known."""
    return _countries().get(_key(typed))


def regions(country: str) -> Sequence[str]:
    """The codes of a country's regions."""
    return tuple(dict.fromkeys(_regions(country).values()))


def region_code(country: str, typed: str) -> str | None:
    """`Bayern`, `by` -> `BY`; None of what is no region of the country."""
    return _regions(country).get(_key(typed))


def _regions(country: str) -> Mapping[str, str]:
    """The codes of a country's regions by what they are called."""
    from holidays import country_holidays  # noqa: PLC0415

    try:
        known = country_holidays(country)
    except NotImplementedError:
        return {}
    codes = {_key(code): code for code in known.subdivisions}
    return codes | {_key(name): code for name, code in known.subdivisions_aliases.items()}


@lru_cache(maxsize=1)
def _countries() -> Mapping[str, str]:
    from holidays.registry import COUNTRIES  # noqa: PLC0415

    return {_key(name): names[1] for key, names in COUNTRIES.items() for name in (key, *names)}


def _key(name: str) -> str:
    return unaccented(squashed(name))
