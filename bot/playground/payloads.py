"""What Slack sends to a bot, field for field.

Shapes: the recorded ones in tests/handlers/slack-payloads; https://docs.slack.dev/reference/interaction-payloads.
"""

from dataclasses import dataclass
from secrets import token_hex

from bot.playground.app import Shortcut
from bot.playground.events import Event
from bot.playground.grants import Hook, Trigger
from bot.playground.records import Conversation, Message, User
from bot.playground.views import View
from bot.playground.wire import Json
from bot.playground.world import World


@dataclass(frozen=True)
class Payloads:
    """Builds the payloads of one workspace. `base_url` is where its response_urls live."""

    world: World
    base_url: str

    def slash_command(
        self, user: User, conversation: Conversation, command: str, text: str, trigger: Trigger, hook: Hook
    ) -> Json:
        team = self.world.team
        return {
            "token": self.world.app.verification_token,
            "team_id": team.id,
            "team_domain": team.domain,
            "channel_id": conversation.id,
            "channel_name": _command_channel(conversation),
            "user_id": user.id,
            "user_name": user.name,
            "command": command,
            "text": text,
            **team.enterprise,
            "response_url": self._url("commands", hook),
            "trigger_id": trigger.id,
        }

    def global_shortcut(self, user: User, shortcut: Shortcut, trigger: Trigger) -> Json:
        return {
            "type": "shortcut",
            "token": self.world.app.verification_token,
            "action_ts": self.world.next_ts(),
            "team": self._team(),
            "user": {"id": user.id, "username": user.name, "team_id": self.world.team.id},
            "callback_id": shortcut.callback_id,
            "trigger_id": trigger.id,
        }

    def message_shortcut(
        self, user: User, shortcut: Shortcut, message: Message, trigger: Trigger, hook: Hook
    ) -> Json:
        return {
            "type": "message_action",
            "token": self.world.app.verification_token,
            "action_ts": self.world.next_ts(),
            "team": self._team(),
            "user": {"id": user.id, "name": user.name},
            "channel": _channel(message.conversation),
            "callback_id": shortcut.callback_id,
            "trigger_id": trigger.id,
            "message_ts": message.ts,
            "message": self._message(message),
            "response_url": self._url("app", hook),
        }

    def block_actions(
        self, user: User, source: Message | View, action: Json, trigger: Trigger, hook: Hook | None
    ) -> Json:
        payload = {
            "type": "block_actions",
            "user": self._user(user),
            "api_app_id": self.world.app.id,
            "token": self.world.app.verification_token,
            "container": _container(source),
            "trigger_id": trigger.id,
            "team": self._team(),
            "actions": [action | {"action_ts": self.world.next_ts()}],
        }
        if isinstance(source, View):
            return payload | {"view": self._view(source)}
        payload |= {"channel": _channel(source.conversation)}
        if hook:
            payload["response_url"] = self._url("actions", hook)
        return payload if source.only_for else payload | {"message": self._message(source)}

    def block_suggestion(
        self, user: User, source: Message | View, block_id: str, action_id: str, typed: str
    ) -> Json:
        payload = {
            "type": "block_suggestion",
            "user": self._user(user),
            "container": _container(source),
            "api_app_id": self.world.app.id,
            "token": self.world.app.verification_token,
            "action_id": action_id,
            "block_id": block_id,
            "value": typed,
            "team": self._team(),
        }
        if isinstance(source, View):
            return payload | {"view": self._view(source)}
        return payload | {"channel": _channel(source.conversation), "message": self._message(source)}

    def view_submission(self, user: User, view: View, trigger: Trigger) -> Json:
        return {**self._about_view("view_submission", user, view), "trigger_id": trigger.id}

    def view_closed(self, user: User, view: View) -> Json:
        return self._about_view("view_closed", user, view)

    def event(self, event: Event) -> Json:
        team, app = self.world.team, self.world.app
        authorization = {
            "enterprise_id": team.enterprise_id,
            "team_id": team.id,
            "user_id": app.user_id,
            "is_bot": True,
            "is_enterprise_install": False,
        }
        enterprise = {"enterprise_id": team.enterprise_id} if team.enterprise_id else {}
        return {
            "token": app.verification_token,
            "team_id": team.id,
            **enterprise,
            "api_app_id": app.id,
            "event": event.body,
            "type": "event_callback",
            "event_id": f"Ev0{token_hex(5).upper()}",
            "event_time": int(float(event.body["event_ts"])),
            "authorizations": [authorization],
            "is_ext_shared_channel": False,
            "event_context": f"4-{token_hex(8)}",
        }

    def _about_view(self, kind: str, user: User, view: View) -> Json:
        return {
            "type": kind,
            "team": self._team(),
            "user": self._user(user),
            "api_app_id": self.world.app.id,
            "token": self.world.app.verification_token,
            "view": self._view(view),
            "response_urls": [],
        }

    def _team(self) -> Json:
        return {"id": self.world.team.id, "domain": self.world.team.domain, **self.world.team.enterprise}

    def _user(self, user: User) -> Json:
        return {"id": user.id, "username": user.name, "name": user.name, "team_id": self.world.team.id}

    def _view(self, view: View) -> Json:
        return view.to_wire(self.world.team, self.world.app)

    def _message(self, message: Message) -> Json:
        return message.to_wire(self.world.team, self.world.app)

    def _url(self, kind: str, hook: Hook) -> str:
        return f"{self.base_url}/hooks/{kind}/{self.world.team.id}/{hook.id}"


def _channel(conversation: Conversation) -> Json:
    return {"id": conversation.id, "name": conversation.name or "directmessage"}


def _command_channel(conversation: Conversation) -> str:
    hidden = {"im": "directmessage", "private": "privategroup"}
    return hidden.get(conversation.kind, conversation.name)


def _container(source: Message | View) -> Json:
    if isinstance(source, View):
        return {"type": "view", "view_id": source.id}
    container: Json = {
        "type": "message",
        "message_ts": source.ts,
        "channel_id": source.conversation.id,
        "is_ephemeral": bool(source.only_for),
    }
    return container | ({"thread_ts": source.thread_ts} if source.thread_ts else {})
