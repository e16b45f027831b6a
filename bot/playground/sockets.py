"""Socket Mode: the bot calls Slack and is sent its payloads in envelopes, which it acknowledges.

Source: https://docs.slack.dev/apis/events-api/using-socket-mode.
"""

import asyncio
import json
from contextlib import suppress
from secrets import token_hex
from uuid import uuid4

from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.playground.wire import Json

_POLICY_VIOLATION = 1008


class Sockets:
    """The bot's open connections. A payload goes to one of them, the newest."""

    def __init__(self, app_id: str) -> None:
        self._app_id = app_id
        self._tickets: set[str] = set()
        self._open: list[WebSocket] = []
        self._awaited: dict[str, asyncio.Future[Json | None]] = {}

    @property
    def connected(self) -> bool:
        return bool(self._open)

    def ticket(self) -> str:
        """Lets one connection in, once."""
        ticket = token_hex(16)
        self._tickets.add(ticket)
        return ticket

    async def serve(self, socket: WebSocket) -> None:
        ticket = socket.query_params.get("ticket", "")
        if ticket not in self._tickets:
            await socket.close(_POLICY_VIOLATION)
            return
        self._tickets.discard(ticket)
        await socket.accept()
        self._open.append(socket)
        try:
            await socket.send_json(
                {
                    "type": "hello",
                    "num_connections": len(self._open),
                    "connection_info": {"app_id": self._app_id},
                    "debug_info": {"host": "playground", "approximate_connection_time": 3600},
                }
            )
            while True:
                self._acknowledged(await socket.receive_text())
        except WebSocketDisconnect:
            pass
        finally:
            if socket in self._open:
                self._open.remove(socket)

    async def send(self, kind: str, payload: Json, retry: tuple[int, str] | None) -> Json | None:
        """Sends an envelope and waits for the acknowledgement; returns the payload that came with it.

        Raises OSError where the connection breaks.
        """
        envelope_id = str(uuid4())
        envelope: Json = {
            "envelope_id": envelope_id,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        if kind == "events_api":
            number, reason = retry or (0, "")
            envelope |= {"retry_attempt": number, "retry_reason": reason}
        acknowledged: asyncio.Future[Json | None] = asyncio.get_running_loop().create_future()
        self._awaited[envelope_id] = acknowledged
        try:
            await self._open[-1].send_json(envelope)
            return await acknowledged
        except (WebSocketDisconnect, IndexError, RuntimeError) as error:
            raise OSError(str(error)) from error
        finally:
            del self._awaited[envelope_id]

    async def disconnect(self) -> None:
        """Asks the bot to connect anew, and closes, as Slack does every few hours."""
        gone, self._open = self._open, []
        for socket in gone:
            with suppress(RuntimeError, WebSocketDisconnect):
                await socket.send_json(
                    {"type": "disconnect", "reason": "refresh_requested", "debug_info": {}}
                )
                await socket.close()

    def _acknowledged(self, text: str) -> None:
        try:
            read = json.loads(text)
        except ValueError:
            return
        awaited = self._awaited.get(read.get("envelope_id", "")) if isinstance(read, dict) else None
        if awaited and not awaited.done():
            awaited.set_result(read.get("payload"))
