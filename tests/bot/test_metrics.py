import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.metrics import Metrics
from bot.services.outbox.status import OutboxStatus
from bot.tasks import TaskState, TaskStatus


def lines(metrics: Metrics) -> dict[str, float]:
    text = metrics.render().decode()
    samples = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in samples}


def test_what_happens_is_counted() -> None:
    metrics = Metrics()
    metrics.observe("command", "ok", 0.0008)
    metrics.observe("command", "refused", 2.5)
    metrics.commit(0.0003)
    metrics.rejected(413)
    seen = lines(metrics)
    assert seen['deskhand_requests_total{kind="command",outcome="ok"}'] == 1
    assert seen['deskhand_requests_total{kind="command",outcome="refused"}'] == 1
    assert seen['deskhand_answer_seconds_bucket{kind="command",le="0.001"}'] == 1
    assert seen['deskhand_answer_seconds_bucket{kind="command",le="2.0"}'] == 1
    assert seen['deskhand_answer_seconds_bucket{kind="command",le="3.0"}'] == 2
    assert seen["deskhand_store_commits_total"] == 1
    assert seen["deskhand_store_commit_seconds_sum"] == 0.0003
    assert seen['deskhand_rejected_total{status="413"}'] == 1


def test_the_outbox_is_asked_when_somebody_looks() -> None:
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    aside, stopped = {"invalid_blocks": 2, "msg_too_long": 1}, {"token_revoked": 1}
    outboxes = [OutboxStatus(3, now - timedelta(seconds=61.5), aside, stopped), OutboxStatus(0, None, {}, {})]
    metrics = Metrics()
    metrics.watch_outbox(lambda: outboxes.pop(0), lambda: now)
    seen = lines(metrics)
    assert (seen["deskhand_outbox_jobs"], seen["deskhand_outbox_oldest_seconds"]) == (3, 61.5)
    assert seen['deskhand_outbox_set_aside{reason="invalid_blocks"}'] == 2
    assert seen['deskhand_outbox_set_aside{reason="msg_too_long"}'] == 1
    assert seen['deskhand_outbox_stopped_workspaces{reason="token_revoked"}'] == 1
    seen = lines(metrics)
    assert (seen["deskhand_outbox_jobs"], seen["deskhand_outbox_oldest_seconds"]) == (0, 0)
    assert not [name for name in seen if "reason" in name]


def test_what_a_replica_holds_is_asked_when_somebody_looks() -> None:
    held = [{"courier": 2, "clock": 1}, {"courier": 3}]
    metrics = Metrics()
    metrics.watch_leases(lambda: held.pop(0))
    seen = lines(metrics)
    assert (seen['deskhand_leases{lease="courier"}'], seen['deskhand_leases{lease="clock"}']) == (2, 1)
    seen = lines(metrics)
    assert (seen['deskhand_leases{lease="courier"}'], 'deskhand_leases{lease="clock"}' in seen) == (3, False)


def test_the_page_for_who_runs_it_names_every_figure() -> None:
    metrics = Metrics()
    metrics.watch_tasks(list)
    page = (Path(__file__).parents[2] / "docs/operating.md").read_text("utf-8")
    told = re.findall(r"^# TYPE (deskhand_\w+)", metrics.render().decode(), re.MULTILINE)
    assert [name for name in told if not name.endswith("_created") and f"`{name}`" not in page] == []
    assert len(told) > 10


def test_two_desks_in_one_process_do_not_mix() -> None:
    one, other = Metrics(), Metrics()
    one.commit(1)
    assert (lines(other))["deskhand_store_commits_total"] == 0


def test_the_background_tasks_are_asked_when_somebody_looks() -> None:
    since = datetime(2026, 11, 23, 12, tzinfo=UTC)
    metrics = Metrics()
    metrics.watch_tasks(
        lambda: [
            TaskStatus("courier", TaskState.RESTARTING, since, 1, {"OSError": 2, "ratelimited": 1}),
            TaskStatus("deliveries", TaskState.RUNNING, since, 7, {}),
        ]
    )
    seen = lines(metrics)
    assert {name: value for name, value in seen.items() if name.startswith("deskhand_task_state{")} == {
        f'deskhand_task_state{{state="{state}",task="{task}"}}': float(state == now)
        for task, now in (("courier", "restarting"), ("deliveries", "running"))
        for state in ("running", "waiting", "idle", "restarting", "stopped")
    }
    assert seen['deskhand_task_since_timestamp_seconds{task="courier"}'] == since.timestamp()
    assert seen['deskhand_task_under_way{task="deliveries"}'] == 7
    assert seen['deskhand_task_failures_total{error="OSError",task="courier"}'] == 2
    assert seen['deskhand_task_failures_total{error="ratelimited",task="courier"}'] == 1
