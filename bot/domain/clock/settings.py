"""What admins have switched on of the clock. Nothing is, at first, but what needs no choice: holds and snoozes end, and a due
time that somebody gave is warned of once, and once more when it has passed."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field

from bot.domain.calendars import ALWAYS, Calendar
from bot.domain.clock.service_levels import Policy
from bot.domain.names import folded
from bot.domain.queues import Queue
from bot.domain.record import Instant, Record
from bot.domain.sites import OccupancyProfile

RuleName = Literal["levels", "warn", "escalate", "unclaimed", "stale", "close", "hand_over"]
"""`levels`: tickets have the targets of the policies. `warn`: before a target of a service level is missed. `escalate`: after it was. `unclaimed`: a critical ticket that nobody
takes is paged. `stale`: nothing has happened for days. `close`: what is resolved closes. `hand_over`: at each change of
shift. They are stored: never rename one."""

WARN_AND_ESCALATE: tuple[RuleName, ...] = ("levels", "warn", "escalate", "unclaimed")
"""A sensible set to begin with: “Warn and escalate”."""

Recipient = Literal["assignee", "on_call", "next_on_call", "lead", "channel"]


class EscalationStep(Record):
    """Whom to page, so many minutes after it began, while nobody says that they are on it. `channel`: the ID of one, for
    that recipient; the queue's triage channel where it is None."""

    after: int = Field(ge=0)
    to: Recipient
    channel: str | None = None


STEPS: tuple[EscalationStep, ...] = (
    EscalationStep(after=0, to="assignee"),
    EscalationStep(after=0, to="on_call"),
    EscalationStep(after=15, to="next_on_call"),
    EscalationStep(after=30, to="lead"),
)
"""A sensible escalation. Who is not there, or was paged already, is passed over."""


class FormerCalendar(Record):
    """A calendar as it was `until` somebody changed or removed it. `then`: what it is called since; None where it is gone."""

    calendar: Calendar
    until: Instant
    then: str | None = None


_REMEMBERED = timedelta(days=30)
"""For so long after a change a ticket may still have to learn of it."""


class ClockSettings(Record):
    """`since`: the rules that are on, by the moment of that: what began before counts from then. Where none is, a ticket has
    nothing to wait for but its own times. `off`: the names of the queues
    for which a rule is off. `calendars`: by which tickets' time runs, `profiles`: the name of the one for sites of a profile.
    `policies`: the service levels; of equally specific ones the first holds."""

    begun: bool = Field(default=False, description="Whether the tickets from before have their timers")
    since: Mapping[RuleName, Instant] = {}
    off: Mapping[RuleName, tuple[str, ...]] = {}
    calendars: tuple[Calendar, ...] = ()
    former_calendars: tuple[FormerCalendar, ...] = Field((), description="The oldest first")
    profiles: Mapping[OccupancyProfile, str] = {}
    policies: tuple[Policy, ...] = ()
    policies_since: Mapping[str, Instant] = Field({}, description="When each was last changed, by its name")
    queues_since: Mapping[RuleName, Mapping[str, Instant]] = Field(
        {}, description="Since when a rule is on again for the queues for which it was off, by their names"
    )
    steps: tuple[EscalationStep, ...] = STEPS
    unclaimed_minutes: int = Field(10, ge=1)
    stale_days: int = Field(5, ge=1, description="Working days")
    close_days: int = Field(7, ge=1, description="Working days")

    def on_since(self, rule: RuleName, queue: str | None) -> datetime | None:
        """Since when a rule is on for a queue's tickets; None where it is not."""
        is_off = queue is not None and folded(queue) in map(folded, self.off.get(rule, ()))
        since = self.since.get(rule)
        if is_off or since is None:
            return None
        again = self.queues_since.get(rule, {})
        return max([since, *(at for each, at in again.items() if folded(each) == folded(queue or ""))])

    def promised_since(self, policy: Policy, queue: str | None) -> datetime | None:
        """Since when a policy can hold for a queue's tickets; None where none can."""
        since = self.on_since("levels", queue)
        return since and max(since, self.policies_since.get(policy.name, since))

    def calendar(self, name: str | None) -> Calendar | None:
        """The one that is called so, which `ALWAYS` is without being chosen."""
        wanted = folded(name or "")
        return next((each for each in (*self.calendars, ALWAYS) if folded(each.name) == wanted), None)

    def calendar_for(self, queue: Queue | None, profile: str | None) -> Calendar:
        """By which a ticket's time runs: its queue's, else that of its site's profile, else `ALWAYS`."""
        of_profile = next((name for each, name in self.profiles.items() if each == profile), None)
        return self.calendar(queue.calendar if queue else None) or self.calendar(of_profile) or ALWAYS

    def with_calendar(
        self, calendar: Calendar, at: datetime, *, instead_of: str | None = None
    ) -> "ClockSettings":
        """With a calendar added, or in the place of the one with that name from a moment on."""
        old = self.calendar(instead_of)
        if old is None:
            return self.model_copy(update={"calendars": (*self.calendars, calendar)})
        kept = tuple(calendar if each is old else each for each in self.calendars)
        return self._on_calendar(calendar.name, old, at).model_copy(update={"calendars": kept})

    def without_calendar(self, name: str, at: datetime) -> "ClockSettings":
        """The sites and service levels that had it have none from a moment on."""
        old = next((each for each in self.calendars if each.name == name), None)
        if old is None:
            return self
        kept = tuple(each for each in self.calendars if each is not old)
        return self._on_calendar(None, old, at).model_copy(update={"calendars": kept})

    def _on_calendar(self, name: str | None, old: Calendar, at: datetime) -> "ClockSettings":
        """After a calendar was changed and is called `name`, or None where it was removed."""
        profiles = {each: name if of == old.name else of for each, of in self.profiles.items()}
        policies = tuple(
            each.model_copy(update={"calendar": name}) if each.calendar == old.name else each
            for each in self.policies
        )
        former = [each for each in self.former_calendars if each.until > at - _REMEMBERED]
        return self.model_copy(
            update={
                "profiles": {each: of for each, of in profiles.items() if of},
                "policies": policies,
                "former_calendars": (*former, FormerCalendar(calendar=old, until=at, then=name)),
            }
        )

    def with_profile(self, profile: OccupancyProfile, name: str | None) -> "ClockSettings":
        """With the calendar of the sites of a profile; None for none."""
        others = {each: of for each, of in self.profiles.items() if each != profile}
        chosen = {profile: name} if name else {}
        return self.model_copy(update={"profiles": {**others, **chosen}})

    def with_rule(self, rule: RuleName, since: datetime | None, off: tuple[str, ...]) -> "ClockSettings":
        """With a rule on, or off where `since` is None. One that is on already keeps its own moment. `off`: the names of the
        queues for which it is not; one for which it was off until now has a moment of its own."""
        others = {each: at for each, at in self.since.items() if each != rule}
        on = {rule: self.since.get(rule, since)} if since else {}
        exceptions = {each: names for each, names in self.off.items() if each != rule}
        other_queues = {each: again for each, again in self.queues_since.items() if each != rule}
        again = dict(self.queues_since.get(rule, {})) if since and rule in self.since else {}
        again |= {name: since for name in self.off.get(rule, ()) if since and rule in self.since}
        again = {name: at for name, at in again.items() if name not in off}
        return self.model_copy(
            update={
                "since": {**others, **on},
                "off": exceptions | ({rule: off} if off else {}),
                "queues_since": other_queues | ({rule: again} if again else {}),
            }
        )

    def policy(self, name: str | None) -> Policy | None:
        wanted = folded(name or "")
        return next((each for each in self.policies if folded(each.name) == wanted), None)

    def with_policy(self, policy: Policy, at: datetime, *, instead_of: str | None = None) -> "ClockSettings":
        """With a policy added, or in the place of the one with that name, from a moment on."""
        old = self.policy(instead_of)
        if policy == old:
            return self
        kept = tuple(policy if each is old else each for each in self.policies)
        since = {each: of for each, of in self.policies_since.items() if old is None or each != old.name}
        return self.model_copy(
            update={
                "policies": kept if old else (*kept, policy),
                "policies_since": {**since, policy.name: at},
            }
        )

    def without_policy(self, name: str) -> "ClockSettings":
        kept = tuple(each for each in self.policies if each.name != name)
        since = {each: at for each, at in self.policies_since.items() if each != name}
        return self.model_copy(update={"policies": kept, "policies_since": since})

    def in_queue(self, name: str | None, *, instead_of: str) -> "ClockSettings":
        """After a queue got another name, or None where it was removed: policies and rules keep its name then, as its tickets do."""
        off = {
            rule: tuple(name if name and each == instead_of else each for each in names)
            for rule, names in self.off.items()
        }
        policies = tuple(
            each.model_copy(
                update={"queues": tuple(name if name and of == instead_of else of for of in each.queues)}
            )
            for each in self.policies
        )
        return self.model_copy(
            update={
                "off": off,
                "policies": policies,
                "queues_since": {
                    rule: {name if name and of == instead_of else of: at for of, at in again.items()}
                    for rule, again in self.queues_since.items()
                },
            }
        )
