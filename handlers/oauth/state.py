"""The state of an installation under way: it is used once, lives ten minutes, and is bound to the browser by a cookie."""

import hmac
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from secrets import compare_digest, token_urlsafe

from pydantic import SecretStr
from slack_sdk.oauth import OAuthStateUtils
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore

from bot.services.ports.clock import Clock
from bot.services.ports.installations import InstallationStore

STATE_LIVES = timedelta(minutes=10)
COOKIE = "deskhand-install"


class States(AsyncOAuthStateStore):
    """Everybody on the internet may ask for one, so none costs us memory before it is used: it says itself when it ends, signed.

    `team.end.random.signature`: the workspace that was asked for, or nothing, and Unix seconds.
    """

    def __init__(self, kept: InstallationStore, clock: Clock, secret: SecretStr) -> None:
        self._kept = kept
        self._clock = clock
        self._key = secret.get_secret_value().encode()

    async def async_issue(self, *args: object, **__: object) -> str:
        """`args`: the ID of the workspace that was asked for, if any."""
        ends = int((self._clock() + STATE_LIVES).timestamp())
        said = f"{''.join(map(str, args))}.{ends}.{token_urlsafe(32)}"
        return f"{said}.{self._signature(said)}"

    async def async_consume(self, state: str) -> bool:
        said, _, signature = state.rpartition(".")
        if not compare_digest(signature.encode(), self._signature(said).encode()):
            return False
        ends, now = datetime.fromtimestamp(int(said.split(".")[1]), UTC), self._clock()
        return now < ends and await self._kept.use_state(state, ends, now)

    def _signature(self, said: str) -> str:
        return hmac.new(self._key, f"oauth state {said}".encode(errors="replace"), sha256).hexdigest()


class Cookie(OAuthStateUtils):
    """The SDK's, which is Secure even where this machine serves http: there no browser but a few would send it back."""

    def __init__(self, *, is_secure: bool) -> None:
        super().__init__(cookie_name=COOKIE, expiration_seconds=int(STATE_LIVES.total_seconds()))
        self._ends = "; HttpOnly; SameSite=Lax; Path=/" + ("; Secure" if is_secure else "")

    def build_set_cookie_for_new_state(self, state: str) -> str:
        return f"{self.cookie_name}={state}; Max-Age={self.expiration_seconds}{self._ends}"

    def build_set_cookie_for_deletion(self) -> str:
        return f"{self.cookie_name}=deleted; Max-Age=0{self._ends}"
