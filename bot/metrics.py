"""What /metrics tells Prometheus. One registry an instance, so that two desks in one process do not mix."""

from collections.abc import Callable, Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.services.outbox.status import OutboxStatus
from bot.services.ports.clock import Clock
from bot.tasks import TaskState, TaskStatus

DND_IN_SHIFTS = "deskhand_dnd_in_shifts"
EVENTS_HELD_BACK = "deskhand_events_held_back"
SET_ASIDE, STOPPED = "deskhand_outbox_set_aside", "deskhand_outbox_stopped_workspaces"
UNUSABLE = "deskhand_unusable_workspaces"
TASK_STATE, TASK_FAILURES = "deskhand_task_state", "deskhand_task_failures"

_ANSWER_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0)
_COMMIT_BUCKETS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0)


class Metrics:
    """Counts what happens."""

    def __init__(self) -> None:
        self._held: Callable[[], Mapping[str, int]] = dict
        self._outbox: tuple[Callable[[], OutboxStatus], Clock] | None = None
        self._registry = registry = CollectorRegistry()
        self._requests = Counter(
            "deskhand_requests",
            "Requests answered, by kind and outcome.",
            ["kind", "outcome"],
            registry=registry,
        )
        self._answers = Histogram(
            "deskhand_answer_seconds",
            "Time to the answer; Slack waits for 3 seconds.",
            ["kind"],
            buckets=_ANSWER_BUCKETS,
            registry=registry,
        )
        self._rejected = Counter(
            "deskhand_rejected",
            "HTTP requests refused at the door, by status.",
            ["status"],
            registry=registry,
        )
        self._held_back = Counter(
            EVENTS_HELD_BACK,
            "Minutes in which Slack sent no more events of a workspace, as there were too many.",
            registry=registry,
        )
        self._commits = Histogram(
            "deskhand_store_commit_seconds",
            "Time a commit takes to be on disk.",
            buckets=_COMMIT_BUCKETS,
            registry=registry,
        )
        self._commit_count = Counter("deskhand_store_commits", "Commits to the store.", registry=registry)
        self._jobs = Gauge("deskhand_outbox_jobs", "Jobs that wait in the outbox.", registry=registry)
        self._oldest = Gauge(
            "deskhand_outbox_oldest_seconds", "Age of the oldest job in the outbox.", registry=registry
        )
        self._set_aside = Gauge(
            SET_ASIDE, "Jobs that Slack will not take, by reason.", ["reason"], registry=registry
        )
        self._stopped = Gauge(
            STOPPED, "Workspaces whose token Slack refuses, by reason.", ["reason"], registry=registry
        )

        self._leases = Gauge(
            "deskhand_leases",
            "What this replica alone does, as long as it lives: the workspaces that it delivers, the clock and others.",
            ["lease"],
            registry=registry,
        )

    def observe(self, kind: str, outcome: str, seconds: float) -> None:
        """One request answered."""
        self._requests.labels(kind, outcome).inc()
        self._answers.labels(kind).observe(seconds)

    def events_held_back(self) -> None:
        """Slack holds back events for a minute: https://docs.slack.dev/apis/events-api#rate-limiting."""
        self._held_back.inc()

    def commit(self, seconds: float) -> None:
        """One commit on disk."""
        self._commit_count.inc()
        self._commits.observe(seconds)

    def rejected(self, status: int) -> None:
        """One HTTP request refused before a handler saw it."""
        self._rejected.labels(str(status)).inc()

    def watch_outbox(self, outbox: Callable[[], OutboxStatus], clock: Clock) -> None:
        """Asks `outbox` whenever somebody looks."""
        self._outbox = outbox, clock

    def watch_leases(self, held: Callable[[], Mapping[str, int]]) -> None:
        """As `watch_outbox`, for what this replica does alone."""
        self._held = held

    def watch_stores(self, troubles: Callable[[], Mapping[str, str]]) -> None:
        """As `watch_outbox`, for the workspaces whose store cannot be opened or written."""
        gauge = Gauge(
            UNUSABLE,
            "Workspaces whose store cannot be opened or written.",
            registry=self._registry,
        )
        gauge.set_function(lambda: len(troubles()))

    def watch_tasks(self, tasks: Callable[[], Iterable[TaskStatus]]) -> None:
        """As `watch_outbox`, for the background tasks."""
        self._registry.register(_Tasks(tasks))

    def watch_dnd(self, found: Callable[[], int | None]) -> None:
        """As `watch_outbox`, for do-not-disturb that lies in a shift. None: this replica does not know."""
        self._registry.register(_DndInShifts(found))

    def render(self) -> bytes:
        """The text format of Prometheus."""
        self._leases.clear()
        for lease, number in self._held().items():
            self._leases.labels(lease).set(number)
        if self._outbox:
            look, clock = self._outbox
            outbox = look()
            self._jobs.set(outbox.waiting)
            self._oldest.set((clock() - outbox.oldest).total_seconds() if outbox.oldest else 0)
            for gauge, counts in ((self._set_aside, outbox.set_aside), (self._stopped, outbox.stopped)):
                gauge.clear()
                for reason, number in counts.items():
                    gauge.labels(reason).set(number)
        return generate_latest(self._registry)


class _DndInShifts(Collector):
    """It has no figure where another replica looks: an old one would stand beside that one's."""

    def __init__(self, found: Callable[[], int | None]) -> None:
        self._found = found

    def collect(self) -> Iterable[Metric]:
        figure = GaugeMetricFamily(
            DND_IN_SHIFTS,
            "Shifts on call, now and next, with do-not-disturb in them, as the replica that looks knows.",
        )
        if (found := self._found()) is not None:
            figure.add_metric([], found)
        return (figure,)


class _Tasks(Collector):
    """How the background tasks are. A group that has several under way is one task here."""

    def __init__(self, tasks: Callable[[], Iterable[TaskStatus]]) -> None:
        self._tasks = tasks

    def collect(self) -> Iterable[Metric]:
        state = GaugeMetricFamily(
            TASK_STATE, "1 for the state of a task, 0 for the others.", labels=["task", "state"]
        )
        since = GaugeMetricFamily(
            "deskhand_task_since_timestamp_seconds", "When a task came into its state.", labels=["task"]
        )
        under_way = GaugeMetricFamily(
            "deskhand_task_under_way", "How many tasks of a kind there are at the moment.", labels=["task"]
        )
        failures = CounterMetricFamily(
            TASK_FAILURES, "Failures of a task, by kind of error.", labels=["task", "error"]
        )
        for task in self._tasks():
            for each in TaskState:
                state.add_metric([task.name, each], each is task.state)
            since.add_metric([task.name], task.since.timestamp())
            under_way.add_metric([task.name], task.under_way)
            for error, number in task.failures.items():
                failures.add_metric([task.name, error], number)
        return state, since, under_way, failures
