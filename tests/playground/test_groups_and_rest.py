"""User groups that a bot changes, and people who must not be disturbed: with Slack's rules, and never kinder."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from dateutil import tz

from bot.playground.clock import Clock
from bot.playground.standin import StandIn
from bot.playground.wire import Json
from tests.playground.conftest import Bot, refusal

GROUP = "S0DESK"
NIGHT = ("2026-11-23 22:00", "2026-11-24 08:00")
BERLIN = tz.gettz("Europe/Berlin")
NEVER = ("1970-01-01 01:00", "1970-01-01 01:00")


@pytest.fixture(autouse=True)
def granted(slack: StandIn) -> None:
    grant(slack, "usergroups:read", "usergroups:write", "dnd:read")


def grant(slack: StandIn, *scopes: str) -> None:
    slack.world.app = replace(slack.world.app, scopes=slack.world.app.scopes | {*scopes})


def revoke(slack: StandIn, scope: str) -> None:
    slack.world.app = replace(slack.world.app, scopes=slack.world.app.scopes - {scope})


async def test_a_group_is_whoever_was_put_into_it(slack: StandIn, bot: Bot) -> None:
    answer = await bot.client.usergroups_users_update(usergroup=GROUP, users=["U0CHLOE", "U0EMIL"])
    told = answer["usergroup"]
    assert (told["id"], told["users"], told["user_count"]) == (GROUP, ["U0CHLOE", "U0EMIL"], 2)
    assert told["date_update"] == int(slack.clock.now().timestamp())
    groups = (await bot.client.usergroups_list(include_users=True))["usergroups"]
    assert next(each["users"] for each in groups if each["id"] == GROUP) == ["U0CHLOE", "U0EMIL"]
    await bot.client.chat_postMessage(channel="C0SUPPORT", text="Anybody there, <!subteam^S0DESK>?")
    support = slack.channel("support").conversation
    mentions = {
        who: slack.world.unread.count(who, support).mentions for who in ("U0CHLOE", "U0EMIL", "U0DANA")
    }
    assert mentions == {"U0CHLOE": 1, "U0EMIL": 1, "U0DANA": 0}


@pytest.mark.parametrize(
    ("group", "users", "error"),
    [
        (GROUP, "", "no_users_provided"),
        (GROUP, " , ", "no_users_provided"),
        ("S0NONE", "U0ANA", "no_such_subteam"),
        (GROUP, "U0ANA,U0GONE", "failed_for_some_users"),
        (GROUP, "U0ANA,U0DESK", "invalid_user"),
        (GROUP, "U0ANA,U0EMIL", "invalid_user"),
        (GROUP, "U0BEN", "invalid_user"),
    ],
    ids=["nobody", "only commas", "no group", "unknown", "a bot", "a guest", "deactivated"],
)
async def test_who_cannot_be_in_a_group_leaves_it_as_it_was(
    slack: StandIn, bot: Bot, group: str, users: str, error: str
) -> None:
    slack.world.user("emil").is_restricted = True
    slack.world.user("ben").deleted = True
    before = slack.world.groups[GROUP]
    assert await refusal(bot.client.usergroups_users_update(usergroup=group, users=users)) == error
    assert slack.world.groups[GROUP] is before


async def test_only_who_may_changes_a_group(slack: StandIn, bot: Bot) -> None:
    slack.world.everybody_manages_groups = False
    update = bot.client.usergroups_users_update
    assert await refusal(update(usergroup=GROUP, users="U0ANA")) == "permission_denied"
    revoke(slack, "usergroups:write")
    assert await refusal(update(usergroup=GROUP, users="U0ANA")) == "missing_scope"


async def test_a_bot_that_asked_to_hears_of_a_changed_group(slack: StandIn, bot: Bot) -> None:
    await bot.client.usergroups_users_update(usergroup=GROUP, users="U0ANA")
    await slack.events_taken()
    assert bot.of("subteam_updated") == []
    slack.world.app = replace(slack.world.app, events=slack.world.app.events | {"subteam_updated"})
    await bot.client.usergroups_users_update(usergroup=GROUP, users="U0ANA,U0EMIL")
    await slack.events_taken()
    (event,) = (body["event"] for body in bot.of("subteam_updated"))
    assert (event["subteam"]["id"], event["subteam"]["users"]) == (GROUP, ["U0ANA", "U0EMIL"])


async def window(bot: Bot, user: str) -> tuple[Json, tuple[str, str]]:
    """dnd.info's answer, and the window in it by the clocks of Berlin."""
    answer = (await bot.client.dnd_info(user=user)).data
    assert isinstance(answer, dict)
    moments = [datetime.fromtimestamp(answer[f"next_dnd_{end}_ts"], UTC) for end in ("start", "end")]
    first, last = (f"{each.astimezone(BERLIN):%Y-%m-%d %H:%M}" for each in moments)
    return answer, (first, last)


async def test_who_can_be_disturbed_has_no_window(bot: Bot) -> None:
    answer, when = await window(bot, "U0ANA")
    assert (answer["dnd_enabled"], when) == (False, NEVER)


async def test_a_night_is_told_until_it_is_over(slack: StandIn, bot: Bot, clock: Clock) -> None:
    ana = slack.person("ana")
    ana.rests_at_night()
    for hours in (0, 13, 20):  # 10:00, 23:00 and 6:00 in Berlin
        clock.advance(hours * 3600 - clock.ahead.total_seconds())
        answer, when = await window(bot, "U0ANA")
        assert (answer["dnd_enabled"], when) == (True, NIGHT)
    clock.advance(2 * 3600)
    assert (await window(bot, "U0ANA"))[1] == ("2026-11-24 22:00", "2026-11-25 08:00")
    ana.rests_at_night(on=False)
    assert (await window(bot, "U0ANA"))[1] == NEVER


async def test_a_pause_is_in_the_window_and_no_bot_is_told_that_it_is_one(
    slack: StandIn, bot: Bot, clock: Clock
) -> None:
    slack.person("ana").pauses_notifications("hour")
    answer, when = await window(bot, "U0ANA")
    assert (answer["dnd_enabled"], when) == (False, ("2026-11-23 10:00", "2026-11-23 11:00"))
    assert not [name for name in answer if name.startswith("snooze")]
    clock.advance(3600)
    assert (await window(bot, "U0ANA"))[1] == NEVER
    slack.person("ana").pauses_notifications("week")
    slack.person("ana").resumes_notifications()
    assert (await window(bot, "U0ANA"))[1] == NEVER


async def test_who_rests_is_told_with_the_scope_alone_and_of_those_that_are_here(
    slack: StandIn, bot: Bot
) -> None:
    assert await refusal(bot.client.dnd_info(user="U0GONE")) == "user_not_found"
    revoke(slack, "dnd:read")
    assert await refusal(bot.client.dnd_info(user="U0ANA")) == "missing_scope"


async def test_nobody_is_notified_while_they_must_not_be_disturbed(slack: StandIn, clock: Clock) -> None:
    ben = slack.person("ben")
    slack.person("ana").pauses_notifications("hour")
    ben.says("@ana and @chloe, the lift is stuck")
    assert [page.who for page in slack.paged] == ["U0CHLOE"]
    clock.advance(3600)
    ben.says("@ana it still is")
    assert [page.who for page in slack.paged] == ["U0CHLOE", "U0ANA"]
