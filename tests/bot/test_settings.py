import pytest

from bot.settings import Settings, SettingsError, load

SECRET, BOT, APP = "8f742231b10e8888abcd99", "xoxb-1-secret", "xapp-1-secret"
HTTP = {"SLACK_SIGNING_SECRET": SECRET, "SLACK_BOT_TOKEN": BOT}
SOCKET = {"SLACK_BOT_TOKEN": BOT, "SLACK_APP_TOKEN": APP}


@pytest.mark.parametrize(
    ("environment", "mode"),
    [
        ({}, "playground"),
        ({"SLACK_BOT_TOKEN": "", "SLACK_SIGNING_SECRET": " \n", "PATH": "/bin"}, "playground"),
        ({"SLACK_API_URL": "http://127.0.0.1:9000/api/"}, "playground"),
        (HTTP, "http"),
        (SOCKET, "socket"),
        (HTTP | SOCKET, "socket"),
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


def test_two_ports_may_both_be_any_free_one() -> None:
    assert load({"DESKHAND_PORT": "0", "DESKHAND_METRICS_PORT": "0"}).metrics_port == 0


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(SettingsError) as refused:
        load({"SLACK_BOT_TOKEN": APP, "DESKHAND_PORT": "x", "DESKHAND_LOG_LEVEL": "loud"})
    named = [line.split(" ")[0] for line in refused.value.message.splitlines()]
    assert named == ["SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "DESKHAND_PORT", "DESKHAND_LOG_LEVEL"]


def test_a_secret_is_in_no_repr_and_no_error() -> None:
    settings = load(HTTP | SOCKET)
    for secret in settings.secrets:
        assert secret not in repr(settings)
        assert secret not in str(settings)
        assert secret not in settings.model_dump_json()
    with pytest.raises(ValueError, match="port") as wrong:
        Settings(port=-1, bot_token=BOT)
    assert BOT not in str(wrong.value)
