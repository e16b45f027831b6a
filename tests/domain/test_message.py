"""What a message holds, as one text, and the summary that it proposes."""

import pytest

from bot.domain.message import Attachment, MessageContent, first_line, whole_text


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (MessageContent(), ""),
        (MessageContent(text="Disk full", blocks=("Disk full on db1", "*Host:* db2")), "Disk full on db1\n*Host:* db2"),
        (MessageContent(text="Disk full on *db1*", blocks=("Disk full on db1",)), "Disk full on *db1*"),
        (MessageContent(text="Triggered", blocks=("Host db1",)), "Triggered\nHost db1"),
        (
            MessageContent(text="ask <@U1|ana>", blocks=("ask <@U1>", "in <#C1>")),
            "ask <@U1>\nin <#C1>",
        ),
        (
            MessageContent(text="see <https://x.org>", attachments=(Attachment(title="Runbook", link="<https://x.org>"),)),
            "see <https://x.org>\nRunbook",
        ),
        (
            MessageContent(text="stuck", attachments=(Attachment(text="stuck", source="Forwarded from Zoe"),)),
            "stuck\nstuck\nForwarded from Zoe",
        ),
        (
            MessageContent(attachments=(Attachment(fallback="CPU high"), Attachment(text="on db1", fallback="f"))),
            "CPU high\non db1",
        ),
        (MessageContent(attachments=(Attachment(fallback="[no preview available]"),)), ""),
        (MessageContent(text="🔥", attachments=(Attachment(text="🔥"), Attachment(text="💧"))), "🔥\n💧"),
    ],
)  # fmt: skip
def test_each_part_stands_in_the_text_once(content: MessageContent, text: str) -> None:
    assert whole_text(content) == text


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("```\nTraceback\n```\nhelp", "Traceback"),
        ("```x = 1```", "x = 1"),
        ("\u200b\nVPN down", "VPN down"),
        ("<!here>\nVPN down", "VPN down"),
        ("<!here> VPN down", "<!here> VPN down"),
        ("<!subteam^S1> <@U1>\nVPN down", "VPN down"),
        (":fire: :skin-tone-2:\n🔥\nVPN down", "VPN down"),
        ("Hi team,\n\nVPN down", "VPN down"),
        ("Hello!\nVPN down", "VPN down"),
        ("Good morning everyone :wave:\nVPN down", "VPN down"),
        ("Hey <@U1>\nVPN down", "VPN down"),
        ("Hi Ben -\nVPN down", "VPN down"),
        ("Guten Tag zusammen,\nVPN geht nicht", "VPN geht nicht"),
        ("Team,\nVPN down", "VPN down"),
        ("---\n• \nVPN down", "VPN down"),
        ("&gt; VPN down\nsame here", "VPN down"),
        ("Hi team, VPN is down\nsince 9", "Hi team, VPN is down"),
        ("Morning shift cannot log in", "Morning shift cannot log in"),
        ("Hello world page is blank", "Hello world page is blank"),
        ("打印机坏了", "打印机坏了"),
        ("404", "404"),
        ("Hi team,", ""),
        ("", ""),
    ],
)
def test_the_summary_is_the_first_line_that_says_something(text: str, summary: str) -> None:
    assert first_line(text) == summary
