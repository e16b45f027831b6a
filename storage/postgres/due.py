"""When something falls due in each workspace, as the last look at all of them found it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from bot.services.ports.store import Due
from storage.postgres.database import Database

_LOOK = """
SELECT 'jobs' AS kind, workspace, min(due_at) AS at, NULL AS reason, NULL::bigint AS count FROM deskhand.jobs
    WHERE set_aside IS NULL AND due_at <= $1 GROUP BY workspace
UNION ALL SELECT 'timers', workspace, min(at), NULL, NULL FROM deskhand.timers WHERE at <= $1 GROUP BY workspace
UNION ALL SELECT 'next jobs', NULL, min(due_at), NULL, NULL FROM deskhand.jobs
    WHERE set_aside IS NULL AND due_at > $1 AND workspace <> ALL($2)
UNION ALL SELECT 'next timers', NULL, min(at), NULL, NULL FROM deskhand.timers WHERE at > $1
UNION ALL SELECT 'set aside', workspace, NULL, set_aside, count(*) FROM deskhand.jobs
    WHERE set_aside IS NOT NULL GROUP BY workspace, set_aside
"""


class DueWorkspaces:
    """By their ids. What it says without a look may be early, and is late only for what others have committed since: of that
    signals tell."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._next: dict[Due, datetime | None] = {}
        self._jobs_wait: dict[str, datetime] = {}
        self.set_aside: Mapping[str, Mapping[str, int]] = {}

    async def look(self, now: datetime, due: Collection[Due]) -> Mapping[Due, Sequence[str]]:
        """Those in which something is due by now, the longest first. `due`: what is asked for. When more of the rest falls due
        stays as it was found, by whoever asks for that with another `now`."""
        waiting = [each for each, until in self._jobs_wait.items() if until > now]
        found: dict[Due, list[tuple[datetime, str]]] = {"jobs": [], "timers": []}
        aside: dict[str, dict[str, int]] = {}
        for row in await self._database.fetch(_LOOK, now, waiting):
            kind, workspace = row["kind"], row["workspace"]
            if kind in found:
                found[kind].append((row["at"], workspace))
            elif kind == "set aside":
                aside.setdefault(workspace, {})[row["reason"]] = row["count"]
            elif kind == "next jobs" and "jobs" in due:
                times = [row["at"], *(self._jobs_wait[each] for each in waiting)]
                self._next["jobs"] = min(filter(None, times), default=None)
            elif kind == "next timers" and "timers" in due:
                self._next["timers"] = row["at"]
        self.set_aside = aside
        found["jobs"] = [(at, each) for at, each in found["jobs"] if each not in waiting]
        return {kind: [workspace for _, workspace in sorted(rows)] for kind, rows in found.items()}

    def next(self, after: datetime, due: Collection[Due]) -> datetime | None:
        times = (self._next.get(kind) for kind in due)
        return min((at for at in times if at and at > after), default=None)

    def let_jobs_wait(self, workspace: str, until: datetime | None) -> None:
        if until:
            self._jobs_wait[workspace] = until
        else:
            self._jobs_wait.pop(workspace, None)
