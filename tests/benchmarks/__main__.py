"""All benchmarks whose figures stand in docs/performance.md, one after the other.

python -m tests.benchmarks [--quick] [--write docs/performance.md]
"""

from tests.benchmarks import (
    answers,
    backlog,
    clock,
    directory,
    drivers,
    events,
    life,
    listing,
    long_tickets,
    opening,
    parts,
    pauses,
    replicas,
    starting,
    store,
    workspaces,
)
from tests.benchmarks.figures import command

ALL = (
    store,
    long_tickets,
    directory,
    answers,
    life,
    parts,
    backlog,
    events,
    clock,
    workspaces,
    opening,
    starting,
    pauses,
    drivers,
    replicas,
    listing,
)

command({module.__name__.rpartition(".")[2]: module.report for module in ALL}, __doc__)
