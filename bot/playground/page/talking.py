"""What people do with messages: say, edit, delete, react, commands and shortcuts."""

from typing import Literal

from bot.playground.markup import typed
from bot.playground.page.ask import Ask, Wire, outcome
from bot.playground.page.scene import Refusal, Scene
from bot.playground.records import Conversation, Message, User
from bot.playground.wire import Json

_LONGEST = 40_000


class Attachment(Wire):
    """A file that is shown to have been uploaded; what is in it stays where it is. `size` is in bytes."""

    name: str
    mimetype: str
    size: int


class Command(Ask):
    action: Literal["command"]
    channel: str
    text: str

    async def do(self, scene: Scene) -> Json:
        user = scene.person(self.who)
        line = self.text.strip()
        try:
            done = await scene.client.command(user, scene.conversation(user, self.channel), line)
        except LookupError as error:
            raise Refusal(f"{error}.") from None
        if done.trouble:
            name = line.partition(" ")[0]
            raise Refusal(f"{name} failed with the error “{done.trouble}”.")
        return {}


class Say(Ask):
    action: Literal["say"]
    channel: str
    text: str
    thread_ts: str | None = None
    files: tuple[Attachment, ...] = ()

    async def do(self, scene: Scene) -> Json:
        user = scene.person(self.who)
        conversation = _open(scene, user, self.channel)
        if not self.text.strip() and not self.files:
            raise Refusal("There is nothing to send.")
        if len(self.text) > _LONGEST:
            raise Refusal("A message has at most 40,000 characters.")
        root = scene.message(user, self.channel, self.thread_ts) if self.thread_ts else None
        message = scene.world.say(
            user,
            conversation,
            self.text,
            thread_ts=(root.thread_ts or root.ts) if root else None,
            files=[scene.world.file(user, each.name, each.mimetype, each.size) for each in self.files],
        )
        return {"ts": message.ts}


class Edit(Ask):
    action: Literal["edit"]
    channel: str
    ts: str
    text: str

    async def do(self, scene: Scene) -> Json:
        user = scene.person(self.who)
        _open(scene, user, self.channel)
        message = scene.message(user, self.channel, self.ts)
        _need_own(user, message)
        scene.world.edit(message, typed(self.text[:_LONGEST], scene.world.names()))
        return {}


class Delete(Ask):
    """An own message, or one that nobody else sees: that is dismissed."""

    action: Literal["delete"]
    channel: str
    ts: str

    async def do(self, scene: Scene) -> Json:
        user = scene.person(self.who)
        message = scene.message(user, self.channel, self.ts)
        if not message.only_for:
            _need_own(user, message)
        scene.world.delete(message)
        return {}


class React(Ask):
    action: Literal["react"]
    channel: str
    ts: str
    name: str
    remove: bool = False

    async def do(self, scene: Scene) -> Json:
        user = scene.person(self.who)
        _open(scene, user, self.channel)
        message = _shared(scene, user, self.channel, self.ts)
        scene.world.react(user, message, self.name, remove=self.remove)
        return {}


class MessageShortcut(Ask):
    action: Literal["messageShortcut"]
    channel: str
    ts: str
    callback_id: str

    async def do(self, scene: Scene) -> Json:
        user = scene.person(self.who)
        message = _shared(scene, user, self.channel, self.ts)
        for each in scene.world.app.shortcuts:
            if (each.callback_id, each.kind) == (self.callback_id, "message"):
                done = await scene.client.message_shortcut(user, each, message)
                return outcome(done, scene.world.app.name)
        raise Refusal("No app has this shortcut.")


class GlobalShortcut(Ask):
    action: Literal["globalShortcut"]
    callback_id: str

    async def do(self, scene: Scene) -> Json:
        user = scene.person(self.who)
        for each in scene.world.app.shortcuts:
            if (each.callback_id, each.kind) == (self.callback_id, "global"):
                return outcome(await scene.client.global_shortcut(user, each), scene.world.app.name)
        raise Refusal("No app has this shortcut.")


class OpenHome(Ask):
    action: Literal["openHome"]

    async def do(self, scene: Scene) -> Json:
        scene.world.open_home(scene.person(self.who))
        return {}


class Read(Ask):
    """What stands in a channel has been seen, up to the message `ts`."""

    action: Literal["read"]
    channel: str
    ts: str

    async def do(self, scene: Scene) -> Json:
        user = scene.person(self.who)
        scene.world.read(user, scene.conversation(user, self.channel), self.ts)
        return {}


def _open(scene: Scene, user: User, channel: str) -> Conversation:
    """A conversation in which something can be done."""
    conversation = scene.conversation(user, channel)
    if conversation.is_archived:
        raise Refusal("This channel is archived.")
    return conversation


def _shared(scene: Scene, user: User, channel: str, ts: str) -> Message:
    """A message that others see as well."""
    message = scene.message(user, channel, ts)
    if message.only_for:
        raise Refusal("Only you see this message: it has no menu.")
    return message


def _need_own(user: User, message: Message) -> None:
    if message.author is not user or message.only_for:
        raise Refusal("This message is not yours.")
