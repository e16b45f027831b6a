"""What encrypts the secrets of a deployment at rest: Fernet, with several keys of which the newest encrypts.

Source: https://cryptography.io/en/latest/fernet (MultiFernet).
"""

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import SecretStr

from bot.domain.errors import DeskError


class WrongKey(DeskError):
    """None of the keys decrypts what is kept."""

    code = "wrong_key"

    def __init__(self) -> None:
        super().__init__(
            "DESKHAND_SECRET_KEY does not decrypt the tokens that are kept. Put the key back that they were encrypted with,"
            " behind the newer ones and with a comma between them; `deskhand token rekey` then does without it."
        )


class NoKey(DeskError):
    """Tokens are kept, and there is no key at all."""

    code = "no_key"

    def __init__(self) -> None:
        super().__init__(
            "DESKHAND_SECRET_KEY is missing, and the tokens of installations are kept encrypted. Set it as Deskhand runs with."
        )


class Keyring:
    def __init__(self, keys: Sequence[SecretStr]) -> None:
        """`keys`: the newest first, as Fernet takes them."""
        self._fernet = MultiFernet([Fernet(key.get_secret_value()) for key in keys]) if keys else None

    def sealed(self, text: str) -> str:
        """Encrypted with the newest key. Raises NoKey."""
        return self._keys().encrypt(text.encode()).decode()

    def opened(self, sealed: str) -> str:
        """Raises WrongKey and NoKey."""
        try:
            return self._keys().decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise WrongKey from None

    def _keys(self) -> MultiFernet:
        if self._fernet is None:
            raise NoKey
        return self._fernet
