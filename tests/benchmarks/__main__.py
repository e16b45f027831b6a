"""All benchmarks whose figures stand in docs/performance.md, one after the other.

python -m tests.benchmarks [--quick] [--write docs/performance.md]
"""

from tests.benchmarks import answers, opening, pauses, store
from tests.benchmarks.figures import command

command(
    {
        "store": store.report,
        "answers": answers.report,
        "opening": opening.report,
        "pauses": pauses.report,
    },
    __doc__,
)
