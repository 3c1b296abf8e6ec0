"""How big the tests of this folder are: small unless the environment says otherwise.

::

    variable                           small  full  what
    PERF_PIPELINE_TEST_READING_S           2    60  seconds that readers poll at least
    PERF_PIPELINE_TEST_PUBLICATIONS        4   200  publications meanwhile, at least
    PERF_PIPELINE_TEST_RACES               3    50  times that two processes publish at once
    PERF_PIPELINE_TEST_RANDOM_KILLS        3   200  publications killed at a random moment
    PERF_PIPELINE_TEST_RESTARTS            2    10  restarts of PostgreSQL in mid-publish
    PERF_PIPELINE_TEST_DATASET_ROWS    20000  200000  disaggregated rows loaded under a reader

Each is for one database and one test. What was counted is shown by
`pytest --log-cli-level=INFO perf_pipeline_tests/faults`.
"""

import os


def _size(variable: str, small: int) -> int:
    return int(os.environ.get(variable, small))


READING_S = _size("PERF_PIPELINE_TEST_READING_S", 2)
PUBLICATIONS = _size("PERF_PIPELINE_TEST_PUBLICATIONS", 4)
RACES = _size("PERF_PIPELINE_TEST_RACES", 3)
RANDOM_KILLS = _size("PERF_PIPELINE_TEST_RANDOM_KILLS", 3)
RESTARTS = _size("PERF_PIPELINE_TEST_RESTARTS", 2)
DATASET_ROWS = _size("PERF_PIPELINE_TEST_DATASET_ROWS", 20000)
