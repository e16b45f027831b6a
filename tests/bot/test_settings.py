import pytest

from bot.settings import Settings, SettingsError, load

SECRET, BOT, APP = "8f742231b10e8888abcd99", "xoxb-1-secret", "xapp-1-secret"
HTTP = {"SLACK_SIGNING_SECRET": SECRET, "SLACK_BOT_TOKEN": BOT}
SOCKET = {"SLACK_BOT_TOKEN": BOT, "SLACK_APP_TOKEN": APP}
KEY, OLD_KEY = "c2VjcmV0LWtleS1vZi0zMi1ieXRlcy4uLi4uLi4uLi4=", "b2xkLXNlY3JldC1rZXktb2YtMzItYnl0ZXMuLi4uLi4="
OAUTH = {
    "SLACK_CLIENT_ID": "1.2",
    "SLACK_CLIENT_SECRET": "client-secret",
    "SLACK_SIGNING_SECRET": SECRET,
    "DESKHAND_PUBLIC_URL": "https://desk.example.com",
    "DESKHAND_SECRET_KEY": KEY,
}
OVER_SOCKET = {**OAUTH, "SLACK_APP_TOKEN": APP}
del OVER_SOCKET["SLACK_SIGNING_SECRET"]


def without(environment: dict[str, str], name: str) -> dict[str, str]:
    return {each: value for each, value in environment.items() if each != name}


@pytest.mark.parametrize(
    ("environment", "mode"),
    [
        ({}, "playground"),
        ({"SLACK_BOT_TOKEN": "", "SLACK_SIGNING_SECRET": " \n", "PATH": "/bin"}, "playground"),
        ({"SLACK_API_URL": "http://127.0.0.1:9000/api/"}, "playground"),
        (HTTP, "http"),
        (SOCKET, "socket"),
        (HTTP | SOCKET, "socket"),
        (OAUTH, "http"),
        (OVER_SOCKET, "socket"),
        (OAUTH | {"SLACK_BOT_TOKEN": BOT}, "http"),
        ({"DESKHAND_SECRET_KEY": KEY}, "playground"),
        ({name: f"  {value}\n" for name, value in HTTP.items()}, "http"),
    ],
)
def test_the_credentials_decide_how_deskhand_meets_slack(environment: dict[str, str], mode: str) -> None:
    assert load(environment).mode == mode


def test_what_is_not_said_has_a_default() -> None:
    settings = load({})
    assert settings.api_url == "https://slack.com/api/"
    assert (settings.store, settings.log_level) == ("tinydb:./data", "info")
    assert (settings.host, settings.port) == ("127.0.0.1", 3000)


def test_white_space_around_a_value_is_not_part_of_it() -> None:
    settings = load(
        HTTP | {"SLACK_BOT_TOKEN": f"\t{BOT}\r\n", "DESKHAND_PORT": " 0 ", "DESKHAND_LOG_LEVEL": "DEBUG"}
    )
    assert settings.secrets == (SECRET, BOT)
    assert (settings.port, settings.log_level) == (0, "debug")


@pytest.mark.parametrize("url", ["http://127.0.0.1:9000/api/", "http://127.0.0.1:9000/api"])
def test_the_web_api_ends_in_one_slash(url: str) -> None:
    assert load({"SLACK_API_URL": url}).api_url == "http://127.0.0.1:9000/api/"


@pytest.mark.parametrize(
    ("environment", "names", "says"),
    [
        ({"SLACK_BOT_TOKEN": BOT}, "SLACK_SIGNING_SECRET", "is missing (SLACK_BOT_TOKEN is set). Copy it"),
        (
            {"SLACK_SIGNING_SECRET": SECRET},
            "SLACK_BOT_TOKEN",
            "is missing (SLACK_SIGNING_SECRET is set). Copy it",
        ),
        ({"SLACK_APP_TOKEN": APP}, "SLACK_BOT_TOKEN", "is missing: Socket Mode"),
        (
            {"SLACK_APP_TOKEN": APP, "SLACK_SIGNING_SECRET": SECRET},
            "SLACK_BOT_TOKEN",
            "is missing: Socket Mode",
        ),
        (
            HTTP | {"SLACK_BOT_TOKEN": APP},
            "SLACK_BOT_TOKEN",
            "that is the app-level token; put it in SLACK_APP_TOKEN.",
        ),
        (HTTP | {"SLACK_BOT_TOKEN": "xoxp-1-secret"}, "SLACK_BOT_TOKEN", "that is a user's token"),
        (HTTP | {"SLACK_BOT_TOKEN": "secret"}, "SLACK_BOT_TOKEN", "does not start with xoxb-"),
        (HTTP | {"SLACK_BOT_TOKEN": "xoxb-1 secret"}, "SLACK_BOT_TOKEN", "holds a space"),
        (
            SOCKET | {"SLACK_APP_TOKEN": BOT},
            "SLACK_APP_TOKEN",
            "that is the bot token; put it in SLACK_BOT_TOKEN.",
        ),
        (HTTP | {"SLACK_SIGNING_SECRET": BOT}, "SLACK_SIGNING_SECRET", "that is the bot token"),
        (
            {"SLACK_API_URL": "slack.com/api"},
            "SLACK_API_URL",
            "is “slack.com/api”: it must be an http or https address",
        ),
        ({"SLACK_API_URL": "ftp://slack.com/api"}, "SLACK_API_URL", "must be an http or https address"),
        ({"SLACK_API_URL": "http://[::1/api"}, "SLACK_API_URL", "must be an http or https address"),
        ({"SLACK_API_URL": "http://a:port/"}, "SLACK_API_URL", "must be an http or https address"),
        ({"DESKHAND_PORT": "http"}, "DESKHAND_PORT", "is “http”: it must be a port from 0 to 65535"),
        ({"DESKHAND_PORT": "65536"}, "DESKHAND_PORT", "must be a port"),
        ({"DESKHAND_METRICS_PORT": "many"}, "DESKHAND_METRICS_PORT", "is “many”: it must be a port"),
        (
            {"DESKHAND_PORT": "9100", "DESKHAND_METRICS_PORT": "9100"},
            "DESKHAND_METRICS_PORT",
            "is “9100”, which is DESKHAND_PORT: choose another",
        ),
        ({"DESKHAND_METRICS_PORT": "3000"}, "DESKHAND_METRICS_PORT", "which is DESKHAND_PORT"),
        ({"DESKHAND_PORT": "-1"}, "DESKHAND_PORT", "must be a port"),
        ({"DESKHAND_HOST": "my host"}, "DESKHAND_HOST", "must be an address of this machine"),
        (
            {"DESKHAND_STORE": "./data"},
            "DESKHAND_STORE",
            "must be tinydb: and a folder, such as tinydb:./data",
        ),
        ({"DESKHAND_STORE": "tinydb:"}, "DESKHAND_STORE", "must be tinydb: and a folder"),
        ({"DESKHAND_STORE": "//u:secret@h/d"}, "DESKHAND_STORE", "is not understood: it must be tinydb: and"),
        ({"DESKHAND_STORE_DIRECT": "u:secret@h/d"}, "DESKHAND_STORE_DIRECT", "is not understood: it must be"),
        ({"DESKHAND_POOL": "0"}, "DESKHAND_POOL", "is “0”: it must be a number of connections from 1 to 100"),
        ({"DESKHAND_POOL": "101"}, "DESKHAND_POOL", "must be a number of connections"),
        *(
            (without(OAUTH, name), name, "is missing: installing by OAuth (SLACK_CLIENT_")
            for name in ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "DESKHAND_PUBLIC_URL")
        ),
        (
            without(OAUTH, "DESKHAND_SECRET_KEY"),
            "DESKHAND_SECRET_KEY",
            "Make a key with `deskhand token key`",
        ),
        (
            without(OAUTH, "SLACK_SIGNING_SECRET"),
            "SLACK_SIGNING_SECRET",
            "Or, for Socket Mode, set SLACK_APP_",
        ),
        (OAUTH | {"SLACK_CLIENT_SECRET": BOT}, "SLACK_CLIENT_SECRET", "that is the bot token; put it in"),
        (OAUTH | {"DESKHAND_SECRET_KEY": "secret"}, "DESKHAND_SECRET_KEY", "holds something that is no key."),
        (OAUTH | {"DESKHAND_SECRET_KEY": f"{KEY},secret"}, "DESKHAND_SECRET_KEY", "that is no key."),
        (OAUTH | {"DESKHAND_SECRET_KEY": "sécret" * 7}, "DESKHAND_SECRET_KEY", "that is no key."),
        *(
            (OAUTH | {"DESKHAND_PUBLIC_URL": url}, "DESKHAND_PUBLIC_URL", "must be an https address")
            for url in (
                "desk.example.com",
                "http://desk.example.com",
                "http://10.0.0.1",
                "https://desk.example.com/?a=b",
                "https://me@desk.example.com",
                "https://",
                "https://a:port",
            )
        ),
        *(
            ({"DESKHAND_ALLOWED_TEAMS": teams}, "DESKHAND_ALLOWED_TEAMS", "must be IDs of workspaces (T…)")
            for teams in ("acme", "T1;T2", "U1", ",", "T*")
        ),
        ({"DESKHAND_OPEN_WORKSPACES": "0"}, "DESKHAND_OPEN_WORKSPACES", "must be a number from 1 to 10000"),
        (
            {"DESKHAND_LOG_LEVEL": "loud"},
            "DESKHAND_LOG_LEVEL",
            "must be debug, info, warning, error or critical",
        ),
    ],
)
def test_a_wrong_variable_is_one_line_that_names_it_and_its_remedy(
    environment: dict[str, str], names: str, says: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        load(environment)
    assert "\n" not in refused.value.message
    assert refused.value.message.startswith(f"{names} ")
    assert says in refused.value.message
    assert "secret" not in refused.value.message
    assert SECRET not in refused.value.message


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("https://desk.example.com/", "https://desk.example.com"),
        ("https://example.com/desk", "https://example.com/desk"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
        ("http://localhost:3000/", "http://localhost:3000"),
        ("http://[::1]:3000", "http://[::1]:3000"),
    ],
)
def test_the_public_url_is_https_or_this_machine(url: str, read: str) -> None:
    assert load(OAUTH | {"DESKHAND_PUBLIC_URL": url}).public_url == read


def test_who_may_install_is_nobody_but_the_first_unless_it_is_said() -> None:
    assert load(OAUTH).allowed_teams is None
    teams = load(OAUTH | {"DESKHAND_ALLOWED_TEAMS": "T1, E2,T3"}).allowed_teams
    assert teams == frozenset({"T1", "E2", "T3"})
    assert load(OAUTH | {"DESKHAND_ALLOWED_TEAMS": "*"}).allowed_teams == frozenset("*")


def test_several_keys_are_read_newest_first() -> None:
    keys = load(OAUTH | {"DESKHAND_SECRET_KEY": f"{KEY}, {OLD_KEY}"}).secret_keys
    assert [each.get_secret_value() for each in keys] == [KEY, OLD_KEY]


def test_two_ports_may_both_be_any_free_one() -> None:
    assert load({"DESKHAND_PORT": "0", "DESKHAND_METRICS_PORT": "0"}).metrics_port == 0


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(SettingsError) as refused:
        load({"SLACK_BOT_TOKEN": APP, "DESKHAND_PORT": "x", "DESKHAND_LOG_LEVEL": "loud"})
    named = [line.split(" ")[0] for line in refused.value.message.splitlines()]
    assert named == ["SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "DESKHAND_PORT", "DESKHAND_LOG_LEVEL"]


def test_a_secret_is_in_no_repr_and_no_error() -> None:
    settings = load(HTTP | SOCKET | OAUTH)
    assert {SECRET, BOT, APP, KEY, "client-secret"} == {*settings.secrets}
    for secret in settings.secrets:
        assert secret not in repr(settings)
        assert secret not in str(settings)
        assert secret not in settings.model_dump_json()
    with pytest.raises(ValueError, match="port") as wrong:
        Settings(port=-1, bot_token=BOT)
    assert BOT not in str(wrong.value)


@pytest.mark.parametrize(
    ("url", "hidden"),
    [
        ("postgresql://u:s3cr3t@h/d", {":s3cr3t@", "password=s3cr3t"}),
        ("postgresql://u:p%40ss@h:1/d?sslmode=require", {":p%40ss@", ":p@ss@", "password=p@ss"}),
        ("postgresql://u@h/d?password=s3cr3t", {"password=s3cr3t"}),
        ("postgresql://u@h/d", set()),
        ("tinydb:./data", set()),
    ],
)
def test_the_password_of_a_database_is_a_secret(url: str, hidden: set[str]) -> None:
    for settings in (
        load({"DESKHAND_STORE": url}),
        load({"DESKHAND_STORE_DIRECT": url.replace("tinydb:.", "postgres:/")}),
    ):
        assert hidden <= {*settings.secrets}
        assert hidden or not settings.secrets
        for shown in (repr(settings), str(settings), settings.model_dump_json()):
            assert "s3cr3t" not in shown
            assert "p%40ss" not in shown


def test_a_database_server_has_ten_connections_if_nobody_says_otherwise() -> None:
    settings = load({"DESKHAND_STORE": "postgresql://h/d"})
    assert (settings.pool, settings.store_direct) == (10, None)
    more = load({"DESKHAND_POOL": "100", "DESKHAND_STORE_DIRECT": "postgres://h:5432/d"})
    assert (more.pool, more.store_direct) == (100, "postgres://h:5432/d")
