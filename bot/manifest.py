"""manifest.yml, as far as Deskhand itself reads it. In a checkout it stands at the top, in a package inside `bot`."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

_PLACES = (Path(__file__).parents[1] / "manifest.yml", Path(__file__).with_name("manifest.yml"))


class _Scopes(BaseModel):
    bot: frozenset[str]
    bot_optional: frozenset[str] = frozenset()


class _OAuthConfig(BaseModel):
    scopes: _Scopes


class Manifest(BaseModel):
    """The parts of Slack's manifest that are checked against an installation."""

    oauth_config: _OAuthConfig


def path() -> Path:
    return next(place for place in _PLACES if place.exists())


@cache
def read() -> Mapping[str, Any]:
    """The whole file, parsed once, for the playground."""
    parsed: Mapping[str, Any] = yaml.safe_load(path().read_text("utf-8"))
    return parsed


def scopes() -> frozenset[str]:
    """What the bot token must be allowed to do."""
    asked = _scopes()
    return asked.bot - asked.bot_optional


def optional_scopes() -> frozenset[str]:
    """What the bot token may be allowed to do besides."""
    return _scopes().bot_optional


def _scopes() -> _Scopes:
    return Manifest.model_validate(read()).oauth_config.scopes
