"""A few crashes of each kind; `python -m tests.crash --times 1000` makes as many as are wanted."""

from pathlib import Path

import pytest

from tests.crash import replicas
from tests.crash.checks import CHECKS
from tests.crash.rounds import crashes

ENOUGH = {"clock": 200, "workspaces": 300}
"""Acknowledged transactions, of a load each of whose has others by the clock behind it."""

KILLED = {"workspaces": 25}
"""Of a load that takes longer to begin and to look at."""


@pytest.mark.parametrize("load", CHECKS)
def test_a_process_that_is_killed_loses_nothing_that_it_acknowledged(tmp_path: Path, load: str) -> None:
    assert sum(crash.acknowledged for crash in crashes(load, tmp_path / "data", times=5, seed=1)) > 0


@pytest.mark.slow
@pytest.mark.parametrize("load", CHECKS)
def test_many_that_are_killed_lose_nothing_either(tmp_path: Path, load: str) -> None:
    met = list(crashes(load, tmp_path / "data", times=KILLED.get(load, 60), seed=2))
    assert sum(crash.acknowledged for crash in met) > ENOUGH.get(load, 1000)
    assert any(crash.compacting for crash in met)


@pytest.mark.slow
@pytest.mark.parametrize("load", replicas.LOADS)
def test_replicas_lose_nothing_whatever_happens_to_them_or_to_postgresql(tmp_path: Path, load: str) -> None:
    fates = replicas.fates_of(load)
    met = list(replicas.rounds(load, tmp_path / "data", times=len(fates), seed=3))
    assert len({each.fate for each in met}) == len(fates)
    assert all(each.acknowledged for each in met)
    assert sum(each.cut_off for each in met) > 0


@pytest.mark.slow
@pytest.mark.parametrize("load", ["desk", "clock"])
def test_a_post_that_comes_after_another_replica_has_made_it_is_deleted(tmp_path: Path, load: str) -> None:
    """Its replica stood still (SIGSTOP) right before it, and goes on then (SIGCONT) or is killed once it is there."""
    met = list(replicas.rounds(load, tmp_path / "data", times=2, seed=5, among=replicas.LATE))
    assert len({each.fate for each in met}) == 2
    assert sum(each.deleted for each in met) >= 2


@pytest.mark.slow
def test_postgresql_that_is_away_under_load_loses_nothing_and_everything_goes_on_by_itself(
    tmp_path: Path,
) -> None:
    """The replicas are not started anew: each acknowledges something again, and in the end all is delivered, once."""
    (met,) = replicas.rounds("desk", tmp_path / "data", 1, seed=4, among=[replicas.away(seconds=12)])
    assert met.fate == "postgresql is away"
    assert met.acknowledged
