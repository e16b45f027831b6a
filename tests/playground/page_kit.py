"""A browser window without a browser: it reads the page's events as they come."""

import asyncio
import json

from aiohttp import ClientResponse

from bot.playground.records import Message
from bot.playground.wire import Json
from tests.patience import PATIENCE


class Window:
    """`known` are the messages told of, by id; `events` how many events there were after the first."""

    def __init__(self, response: ClientResponse, first: Json) -> None:
        self._response = response
        self.first = first
        self.known: dict[str, Json] = {each["id"]: each for each in first["messages"]}
        self.events = 0

    @staticmethod
    async def read(response: ClientResponse) -> Json:
        """The next event's data."""
        while True:
            line = await response.content.readuntil(b"\n\n")
            if line.startswith(b"event: sync\ndata: "):
                read: Json = json.loads(line.removeprefix(b"event: sync\ndata: "))
                return read

    async def event(self, part: str) -> Json:
        """The next event that tells of this part."""
        async with asyncio.timeout(PATIENCE):
            while True:
                read = await self.read(self._response)
                self.events += 1
                self.known |= {each["id"]: each for each in read.get("messages", [])}
                if part in read:
                    return read

    async def message(self, message: Message) -> Json:
        """What is told next of a message."""
        name = f"{message.conversation.id}:{message.ts}"
        while True:
            told: dict[str, Json] = {each["id"]: each for each in (await self.event("messages"))["messages"]}
            if name in told:
                return told[name]
