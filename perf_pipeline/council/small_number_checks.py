"""Whether the breakdowns whose small numbers are suppressed are breakdowns of the register."""

from collections import Counter
from collections.abc import Iterator

from perf_pipeline.council.council_sections import declared_protected_breakdowns
from perf_pipeline.council.register import RegisterTable
from perf_pipeline.council.settings import COUNCIL_FILE
from perf_pipeline.council.wording import nearest, quoted
from perf_pipeline.council.yaml_files import YamlFile
from perf_pipeline.errors import Mistake


def protected_breakdown_mistakes(
    breakdowns: RegisterTable, council_file: YamlFile
) -> Iterator[Mistake]:
    """Find breakdown types of `small_numbers` that the register lacks or that hide nothing.

    A breakdown with a single category is its KPI's total, so that nothing in it can be hidden.

    Args:
        breakdowns: The register's `Breakdowns`.
        council_file: `council.yaml`.
    """
    sizes = Counter(row["breakdown_type_code"] for row in breakdowns.rows)
    for kind, line in declared_protected_breakdowns(council_file):
        if kind not in sizes:
            near = nearest(kind, sizes)
            remedy = f"Did you mean {quoted(near)}?" if near else "Add it there, or delete it here."
            found = f"The breakdown type {quoted(kind)} is not in {breakdowns.file}."
            yield Mistake(COUNCIL_FILE, line, found, remedy)
        elif sizes[kind] == 1:
            found = f"The breakdown type {quoted(kind)} has one category, which is the whole."
            remedy = f"Add the others to {breakdowns.file}, or delete it here."
            yield Mistake(COUNCIL_FILE, line, found, remedy)
