"""What becomes of an installation: who may make it, and what Slack's events, late ones too, change of it."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from bot.domain.installation import (
    Installation,
    TeamName,
    Tokens,
    ended,
    granted,
    listed,
    made,
    may_install,
    refreshed,
    refused,
    taken,
    with_domain,
    without_team,
)

NOW = datetime(2026, 11, 29, 12, 0, 0, 400_000, tzinfo=UTC)
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


def tokens(name: str = "1", lives: timedelta | None = timedelta(hours=12)) -> Tokens:
    refresh = SecretStr(f"xoxe-{name}") if lives else None
    return Tokens(
        access=SecretStr(f"xoxb-{name}"), refresh=refresh, expires_at=NOW + lives if lives else None
    )


def installation(installation_id: str = "T1", enterprise_id: str | None = None) -> Installation:
    is_org_wide = installation_id.startswith("E")
    return Installation(
        id=installation_id,
        team_id=None if is_org_wide else installation_id,
        enterprise_id=installation_id if is_org_wide else enterprise_id,
        is_org_wide=is_org_wide,
        bot_user="U0BOT",
        installed_by="U1",
        since=NOW,
        tokens=tokens(),
    )


@pytest.mark.parametrize(
    ("allowed", "kept", "wanted", "may"),
    [
        (None, (), "T1", True),
        (None, ("T1",), "T1", True),
        (None, ("T1",), "T2", False),
        (None, ("T1",), "E1", False),
        ({"*"}, ("T1",), "T2", True),
        ({"T2"}, ("T1",), "T2", True),
        ({"T2"}, (), "T1", False),
        ({"T2"}, ("T1",), "T1", False),
        ({"E1"}, (), "E1", True),
        ({"E1"}, (), "T1", True),
        ({"T1"}, (), "E1", False),
    ],
)
def test_the_operator_says_who_may_install(
    allowed: set[str] | None, kept: tuple[str, ...], wanted: str, *, may: bool
) -> None:
    new = installation(wanted, "E1")
    assert may_install(new, allowed, map(installation, kept)) is may


def test_who_was_first_stays_the_first_once_it_is_uninstalled() -> None:
    gone = ended(installation(), "uninstalled", NOW, NOW)
    assert may_install(installation(), None, [gone])
    assert not may_install(installation("T2"), None, [gone])


def test_made_anew_it_has_new_tokens_and_was_welcomed_before() -> None:
    before = installation().model_copy(update={"welcomed_at": NOW})
    anew = made(installation().model_copy(update={"tokens": tokens("2"), "since": NOW + HOUR}), before)
    assert (anew.tokens, anew.since, anew.welcomed_at) == (tokens("2"), NOW + HOUR, NOW)


@pytest.mark.parametrize(
    ("happened", "ends"),
    [(NOW - SECOND, False), (NOW.replace(microsecond=0), True), (NOW + SECOND, True)],
)
def test_it_ends_unless_it_was_made_after_that(happened: datetime, *, ends: bool) -> None:
    after = ended(installation(), "revoked", happened, NOW + HOUR)
    assert after.is_active is not ends
    if ends:
        assert (after.ended, after.ended_at) == ("revoked", NOW + HOUR)
        assert after.tokens.access.get_secret_value() == ""
        assert after.tokens.refresh is None
        assert ended(after, "uninstalled", happened, NOW + 2 * HOUR) == after


def test_an_organisation_serves_all_its_teams_but_those_it_was_taken_from() -> None:
    org = taken(granted(installation("E1"), ["T1", "T2"], NOW), ["T2"], NOW + HOUR)
    assert [org.serves(team) for team in ("T1", "T2", "T9")] == [True, False, True]
    assert granted(org, ["T2"], NOW + 2 * HOUR).serves("T2")


def test_what_a_request_tells_is_no_news_of_a_team_that_was_taken() -> None:
    org = granted(installation("E1"), ["T1", "E1"])
    assert org.teams == {"T1"}
    gone = taken(org, ["T1"], NOW + HOUR)
    assert granted(gone, ["T1"]) == gone


def test_an_organisations_workspaces_have_names_of_their_own() -> None:
    org = with_domain(installation("E1"), "T1", "acme")
    org = listed(taken(org, ["T3"], NOW), {"T1": "Acme", "T2": "Branch", "T3": "Gone"})
    assert org.teams == {"T1", "T2"}
    assert org.teams_listed_for == org.since
    assert org.called("T1") == TeamName(name="Acme", domain="acme")
    assert (org.called("T2").name, org.called("T9").name) == ("Branch", "")
    anew = made(installation("E1").model_copy(update={"since": NOW + HOUR}), org)
    assert anew.called("T2").name == "Branch"
    assert anew.teams_listed_for != anew.since
    assert listed(anew, {"T2": "Office"}).called("T2").name == "Office"
    forgotten = without_team(org, "T2")
    assert forgotten
    assert forgotten.teams == {"T1"}
    assert not forgotten.called("T2").name
    assert with_domain(installation("T1"), "T1", "acme").called("T1").domain == "acme"


def test_of_a_team_the_latest_news_holds_in_whatever_order_they_come() -> None:
    org = installation("E1")
    given, gone = NOW + HOUR, NOW + 2 * HOUR
    assert not granted(taken(org, ["T1"], gone), ["T1"], given).serves("T1")
    assert granted(taken(org, ["T1"], given), ["T1"], gone).serves("T1")
    assert taken(granted(org, ["T1"], gone), ["T1"], given).serves("T1")
    assert taken(org, ["T1"], NOW - HOUR).serves("T1")  # that was before it was made


def test_uninstalled_and_made_again_an_organisation_has_the_teams_that_were_taken() -> None:
    before = taken(installation("E1"), ["T1"], NOW)
    assert not made(installation("E1"), before).serves("T1")
    assert made(installation("E1"), ended(before, "uninstalled", NOW, NOW)).serves("T1")


def test_new_tokens_are_not_for_one_that_was_made_anew_or_has_ended() -> None:
    used, new = tokens("1"), tokens("2")
    assert refreshed(installation(), used, new).tokens == new
    anew = installation().model_copy(update={"tokens": tokens("3")})
    assert refreshed(anew, used, new) == anew
    assert refused(anew, used, NOW) == anew
    gone = ended(installation(), "uninstalled", NOW, NOW)
    assert refreshed(gone, used, new) == gone
    assert refused(gone, used, NOW) == gone


def test_a_refused_refresh_token_leaves_the_old_one_and_is_told_once() -> None:
    after = refused(installation(), tokens(), NOW)
    assert after.is_active
    assert after.tokens.access == tokens().access
    assert after.has_refusal_to_tell
    assert after.refresh_at is None
    assert refused(after, tokens(), NOW + HOUR) == after
    told = after.tokens.model_copy(update={"refusal_told_at": NOW})
    assert not after.model_copy(update={"tokens": told}).has_refusal_to_tell


def test_tokens_are_refreshed_hours_before_they_end_and_not_all_at_once() -> None:
    ends = NOW + timedelta(hours=12)
    times = [installation(f"T{number}").refresh_at for number in range(200)]
    assert all(at and ends - 4 * HOUR <= at <= ends - 2 * HOUR for at in times)
    assert len({at.replace(second=0, microsecond=0) for at in times if at}) > 60
    assert installation("T1").refresh_at == installation("T1").refresh_at
    assert installation().model_copy(update={"tokens": tokens(lives=None)}).refresh_at is None


def test_no_token_is_in_a_repr() -> None:
    assert "xox" not in repr(installation()) + repr(tokens()) + str(installation())
    assert "xox" not in installation().model_dump_json()
