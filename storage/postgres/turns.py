"""How often statements ran, for those that are to be planned for their arguments each time."""

_PLANNED = 5
"""Times that PostgreSQL plans a prepared statement so, before it may take one plan for all arguments."""
_MOST = 1000  # statements that are counted


class Turns:
    """Counts how often each statement ran, by as many as one is planned."""

    def __init__(self) -> None:
        self._runs: dict[str, int] = {}
        self._first = 0  # which none of them has come to yet

    def of(self, sql: str) -> int:
        if len(self._runs) > _MOST:
            self._first = max(self._runs.values()) + _PLANNED
            self._runs.clear()
        runs = self._runs.get(sql, self._first)
        self._runs[sql] = runs + 1
        return runs // _PLANNED
