"""All benchmarks whose figures stand in docs/performance.md, one after the other.

python -m tests.benchmarks [--quick] [--write docs/performance.md]
"""

from tests.benchmarks import answers, opening, store
from tests.benchmarks.figures import command

command({"store": store.report, "answers": answers.report, "opening": opening.report}, __doc__)
