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
    """The codes of a country's regions. Those of many have holidays of their own."""
    from holidays import country_holidays  # noqa: PLC0415

    return tuple(country_holidays(country).subdivisions)


def region_code(country: str, typed: str) -> str | None:
    """`Bayern`, `by` -> `BY`; None of what is no region of the country."""
    from holidays import country_holidays  # noqa: PLC0415

    names = country_holidays(country).subdivisions_aliases
    codes = {code: code for code in regions(country)}
    return {_key(name): code for name, code in (names | codes).items()}.get(_key(typed))


@lru_cache(maxsize=1)
def _countries() -> Mapping[str, str]:
    from holidays.registry import COUNTRIES  # noqa: PLC0415

    return {_key(name): names[1] for key, names in COUNTRIES.items() for name in (key, *names)}


def _key(name: str) -> str:
    return unaccented(squashed(name))
