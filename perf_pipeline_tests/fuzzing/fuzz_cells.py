"""Fuzz the parser of figures: `make fuzz`, or `python fuzz_cells.py -max_total_time=60`."""

import sys

import atheris

with atheris.instrument_imports(include=["perf_pipeline.validate", "perf_pipeline_tests.fuzzing"]):
    from perf_pipeline_tests.fuzzing.properties import check_cell

if __name__ == "__main__":
    atheris.enabled_hooks.add("RegEx")
    atheris.enabled_hooks.add("str")
    atheris.Setup(sys.argv, check_cell)
    atheris.Fuzz()
