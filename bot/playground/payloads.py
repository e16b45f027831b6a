"""What Slack sends to a bot, field for field.

Shapes: the recorded ones in tests/handlers/slack-payloads; https://docs.slack.dev/reference/interaction-payloads.
"""

from dataclasses import dataclass
from secrets import token_hex

from bot.playground import connect
from bot.playground.app import App, Installation, Shortcut
from bot.playground.events import Event
from bot.playground.grants import Hook, Trigger
from bot.playground.records import Conversation, Message, Team, User
from bot.playground.views import View
from bot.playground.wire import Json
from bot.playground.world import World


@dataclass(frozen=True)
class Payloads:
    """Builds the payloads of one workspace's app. `base_url` is where its response_urls live.

    An app that a whole organisation has installed is told so, and what happens in its forms has no team. In a form of
    somebody from elsewhere, the team is theirs.
    """

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
            **({"api_app_id": self.world.app.id, "is_enterprise_install": "true"} if self._is_org else {}),
            "response_url": self._url("commands", hook),
            "trigger_id": trigger.id,
        }

    def global_shortcut(self, user: User, shortcut: Shortcut, trigger: Trigger) -> Json:
        return {
            "type": "shortcut",
            "token": self.world.app.verification_token,
            "action_ts": self.world.next_ts(),
            **self._where(user),
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
            **self._here(),
            "user": {"id": user.id, "name": user.name, **self._home_in_org(user)},
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
            "actions": [action | {"action_ts": self.world.next_ts()}],
        }
        if isinstance(source, View):
            return payload | self._where(user) | {"view": self._view(source)}
        payload |= self._here() | {"channel": _channel(source.conversation)}
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
        }
        if isinstance(source, View):
            return payload | self._where(user) | {"view": self._view(source)}
        payload |= self._here() | {"channel": _channel(source.conversation)}
        return payload | {"message": self._message(source)}

    def view_submission(self, user: User, view: View, trigger: Trigger) -> Json:
        return {**self._about_view("view_submission", user, view), "trigger_id": trigger.id}

    def view_closed(self, user: User, view: View) -> Json:
        return self._about_view("view_closed", user, view)

    def event(self, event: Event) -> Json:
        team, app = self.world.team, self.world.app
        authorization = {
            "enterprise_id": team.enterprise_id,
            "team_id": None if self._is_org else team.id,
            "user_id": app.user_id,
            "is_bot": True,
            "is_enterprise_install": self._is_org,
        }
        where = next((each.team for each in self.world.worlds if each.team.id == event.team_id), team)
        return {
            **_envelope(app, event),
            "team_id": where.id,
            **({"enterprise_id": where.enterprise_id} if where.enterprise_id else {}),
            "context_team_id": team.id,
            "context_enterprise_id": team.enterprise_id,
            "authorizations": [authorization],
            "is_ext_shared_channel": event.is_shared,
            "event_context": f"4-{token_hex(8)}",
        }

    def bare_event(self, event: Event, installation: Installation) -> Json:
        """What happens to the app itself: it says where it is, or was, installed, and no more."""
        team = self.world.team
        enterprise = {"enterprise_id": team.enterprise_id} if team.enterprise_id else {}
        where = {"team_id": None if installation.is_org else team.id, **enterprise}
        return {**_envelope(self.world.app, event), **where}

    def rate_limited(self) -> Json:
        """There were more than 30,000 events in an hour."""
        return {
            "token": self.world.app.verification_token,
            "type": "app_rate_limited",
            "team_id": self.world.team.id,
            "minute_rate_limited": int(self.world.clock.now().timestamp()) // 60 * 60,
            "api_app_id": self.world.app.id,
        }

    def _about_view(self, kind: str, user: User, view: View) -> Json:
        return {
            "type": kind,
            **self._where(user),
            "user": self._user(user),
            "api_app_id": self.world.app.id,
            "token": self.world.app.verification_token,
            "view": self._view(view),
            "response_urls": [],
        }

    @property
    def _is_org(self) -> bool:
        return self.world.installation is not None and self.world.installation.is_org

    def _where(self, user: User) -> Json:
        """Where somebody does what is not in a message: in their own workspace, for an organisation's app in none."""
        home = connect.home_of(self.world, user.id)
        if self._is_org:
            return {"team": None, **_organisation(self.world.team), "is_enterprise_install": True}
        team = {"team": {"id": home.id, "domain": home.domain, **home.enterprise}}
        return team if home is self.world.team else team | _organisation(home)

    def _here(self) -> Json:
        """Where a message stands with which somebody does something: where the app is installed that has posted it."""
        team = self.world.team
        here = {"team": {"id": team.id, "domain": team.domain, **team.enterprise}}
        return here | ({**_organisation(team), "is_enterprise_install": True} if self._is_org else {})

    def _home_in_org(self, user: User) -> Json:
        return {"team_id": connect.home_of(self.world, user.id).id} if self._is_org else {}

    def _user(self, user: User) -> Json:
        home = connect.home_of(self.world, user.id)
        return {"id": user.id, "username": user.name, "name": user.name, "team_id": home.id}

    def _view(self, view: View) -> Json:
        return connect.wire(self.world, view)

    def _message(self, message: Message) -> Json:
        return message.to_wire(self.world.team, self.world.app)

    def _url(self, kind: str, hook: Hook) -> str:
        return f"{self.base_url}/hooks/{kind}/{self.world.team.id}/{hook.id}"


def _envelope(app: App, event: Event) -> Json:
    return {
        "token": app.verification_token,
        "api_app_id": app.id,
        "event": event.body,
        "type": "event_callback",
        "event_id": f"Ev0{token_hex(5).upper()}",
        "event_time": int(float(event.ts or event.body["event_ts"])),
    }


def _organisation(team: Team) -> Json:
    enterprise = {"id": team.enterprise_id, "name": team.enterprise_name} if team.enterprise_id else None
    return {"enterprise": enterprise}


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
