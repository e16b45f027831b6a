"""An installation as every store keeps it: its tokens encrypted, all the rest in clear."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import NamedTuple

from pydantic import JsonValue, SecretStr

from bot.domain.installation import Installation
from storage.common.keyring import Keyring

MOST_STATES = 1000
"""Whoever uses more of the OAuth flow's states before they expire pushes out the oldest: everybody on the internet may."""

_SECRETS = ("access", "refresh")


class Sealed(NamedTuple):
    """`tokens` holds those of an installation, encrypted; `plain` is all the rest."""

    plain: Mapping[str, JsonValue]
    tokens: str


def sealed(keyring: Keyring, installation: Installation) -> Sealed:
    """Raises NoKey."""
    tokens = {
        name: secret.get_secret_value()
        for name in _SECRETS
        if (secret := getattr(installation.tokens, name)) is not None
    }
    plain = installation.model_dump(
        mode="json", by_alias=False, exclude={"tokens": {*_SECRETS}}, exclude_none=True
    )
    return Sealed(plain, keyring.sealed(json.dumps(tokens)))


def opened(keyring: Keyring, kept: Sealed) -> Installation:
    """Raises WrongKey and NoKey."""
    secrets = json.loads(keyring.opened(kept.tokens))
    plain = dict(kept.plain)
    rest = plain.pop("tokens")
    tokens = (rest if isinstance(rest, dict) else {}) | {
        name: SecretStr(value) for name, value in secrets.items()
    }
    return Installation.model_validate(plain | {"tokens": tokens})


def digest(state: str) -> str:
    """What is kept of a state of the OAuth flow."""
    return sha256(state.encode()).hexdigest()
