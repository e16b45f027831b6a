from datetime import UTC, datetime, timedelta

from bot.metrics import Metrics


async def lines(metrics: Metrics) -> dict[str, float]:
    text = (await metrics.render()).decode()
    samples = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in samples}


async def test_what_happens_is_counted() -> None:
    metrics = Metrics()
    metrics.observe("command", "ok", 0.0008)
    metrics.observe("command", "refused", 2.5)
    metrics.commit(0.0003)
    metrics.rejected(413)
    seen = await lines(metrics)
    assert seen['deskhand_requests_total{kind="command",outcome="ok"}'] == 1
    assert seen['deskhand_requests_total{kind="command",outcome="refused"}'] == 1
    assert seen['deskhand_answer_seconds_bucket{kind="command",le="0.001"}'] == 1
    assert seen['deskhand_answer_seconds_bucket{kind="command",le="2.0"}'] == 1
    assert seen['deskhand_answer_seconds_bucket{kind="command",le="3.0"}'] == 2
    assert seen["deskhand_store_commits_total"] == 1
    assert seen["deskhand_store_commit_seconds_sum"] == 0.0003
    assert seen['deskhand_rejected_total{status="413"}'] == 1


async def test_the_outbox_is_asked_when_somebody_looks() -> None:
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    waiting: list[tuple[int, datetime | None]] = [(3, now - timedelta(seconds=61.5)), (0, None)]

    async def outbox() -> tuple[int, datetime | None]:
        return waiting.pop(0)

    metrics = Metrics()
    metrics.watch_outbox(outbox, lambda: now)
    seen = await lines(metrics)
    assert (seen["deskhand_outbox_jobs"], seen["deskhand_outbox_oldest_seconds"]) == (3, 61.5)
    seen = await lines(metrics)
    assert (seen["deskhand_outbox_jobs"], seen["deskhand_outbox_oldest_seconds"]) == (0, 0)


async def test_two_desks_in_one_process_do_not_mix() -> None:
    one, other = Metrics(), Metrics()
    one.commit(1)
    assert (await lines(other))["deskhand_store_commits_total"] == 0
