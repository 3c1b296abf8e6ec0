"""Fuzz both readers of delimited files: `make fuzz`, or `python fuzz_csv.py -max_total_time=60`."""

import sys

import atheris

with atheris.instrument_imports(include=["perf_pipeline.sources", "perf_pipeline_tests.fuzzing"]):
    from perf_pipeline_tests.fuzzing.properties import check_csv

if __name__ == "__main__":
    atheris.enabled_hooks.add("RegEx")
    atheris.enabled_hooks.add("str")
    atheris.Setup(sys.argv, check_csv)
    atheris.Fuzz()
