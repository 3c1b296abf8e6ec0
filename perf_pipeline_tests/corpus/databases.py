"""Databases whose query gives what nobody should send, and kept results that are none."""

import json
from collections.abc import Iterator
from functools import partial

from perf_pipeline.rules import ReturnFault
from perf_pipeline_tests.corpus.cases import Case, Rows, refused
from perf_pipeline_tests.corpus.makers import GOOD, HEADINGS, database

_AWAY = ReturnFault.NOT_REACHED
_MANY_ROWS = """
    DROP TABLE kpis;
    CREATE VIEW kpis AS
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 60000)
    SELECT 'ADS-05' AS Ref, i AS Outturn, '' AS Commentary FROM n;
"""


def sql_cases() -> Iterator[Case]:
    """Make the cases of databases, and of results as they are kept."""
    renamed = database(("ADS-05", 7, "x"), columns='"Ref", "Result", "Commentary"')
    twice = database(("ADS-05", 7, 8, ""), columns='"Ref", "Outturn", "outturn ", "Commentary"')
    for name, content, code, *words in (
        ("no-database", b"Ref,Outturn\n" * 200, _AWAY, "not a database"),
        ("database-cut", database(GOOD)[:4_096], _AWAY),
        ("database-damaged", database(GOOD)[:5_000].ljust(8_192, b"\xff"), _AWAY),
        ("no-table", database(script="DROP TABLE kpis"), _AWAY, "no such table"),
        ("column-renamed", renamed, ReturnFault.HEADING_MISSING, "`Outturn`", "`Result`"),
        ("column-twice", twice, ReturnFault.HEADING_REPEATED, "`Outturn`"),
        ("too-many-rows", database(script=_MANY_ROWS), ReturnFault.TOO_LARGE, "60,000"),
    ):
        yield refused("sql", name, partial(bytes, content), code, *words)
    rows = (("ADS-04", "3", "a\x01b"), (None,) * 3, ("ADS-04'; DROP TABLE kpis", 3, ""), GOOD)
    reasons = ("control_character", "kpi_unknown")
    made = partial(database, *rows)
    yield Case("hostile-texts", "sql", made, Rows(reasons, {"ADS-05": 7.0}, 1))
    yield from _kept()


def _kept() -> Iterator[Case]:
    """Make results that the pipeline never wrote, as a damaged disk might give them back."""
    whole = {"columns": list(HEADINGS), "rows": [list(GOOD)], "count": 1}
    for name, kept in (
        ("no-json", b"Ref,Outturn\n"),
        ("no-columns", b'{"rows": [], "count": 0}'),
        ("deep", b"[" * 1_000_000),
        ("rows-of-numbers", json.dumps(whole | {"rows": [[1, 2, 3]]}).encode()),
        ("no-count", json.dumps(whole | {"count": "x"}).encode()),
    ):
        made = partial(bytes, kept)
        yield refused("landed", name, made, ReturnFault.READER_ENDED, "upset its reader")
