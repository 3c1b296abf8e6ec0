"""Two quarters run as processes: nothing that readers see holds or gives back a small count."""

import os
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa
from pyarrow import parquet

from perf_pipeline.quarters import Quarter
from perf_pipeline.warehouse import connect, read_quarter, read_table
from perf_pipeline.warehouse.tables import reporting_views
from perf_pipeline_tests.integration.workplaces import Workplace, copy_council
from perf_pipeline_tests.small_number_attack import recovered

QUARTERS = ("2023-24-Q1", "2023-24-Q2")
FEMALE, REJECTED, TOLD = "3.71717171", "4.91827364x", "Telltale 6142"
MALES = ("1478.28282829", "1101.28282829")
UNKNOWN = "3.59595959"
PLANS = ("449", "444")
"""Boys with a plan, three less than all have: the row of the girls is rejected."""

SECRETS = (FEMALE, *MALES, REJECTED, UNKNOWN, TOLD)
"""Cells that no reader may see: a small count, its partners, rejected cells and a commentary."""

REGISTER = {
    "sex": ["female", "male"],
    "age_band": ["under_5", "5_to_9", "10_to_15", "16_to_17"],
}
"""The register's categories."""

Tables = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """Both quarters published, with suspensions by sex and a rejected row of them in each."""
    root = tmp_path_factory.mktemp("small_numbers")
    copy_council(root)
    with sqlite3.connect(root / "data" / "systems" / "childrens_case_system.sqlite") as system:
        for quarter, male, boys in zip(QUARTERS, MALES, PLANS, strict=True):
            for reference, category, value, told in (
                ("CHD-22", "female", FEMALE, TOLD),
                ("CHD-22", "male", male, None),
                ("CHD-22", "male", REJECTED, TOLD),
                ("CHD-22 female", None, UNKNOWN, None),
                ("CHD-24", "female", "3 girls", TOLD),
                ("CHD-24", "male", boys, None),
            ):
                system.execute(
                    "INSERT INTO measure_results (measure_ref, reported_quarter, figure_quarter,"
                    " breakdown_type, breakdown_category, value_text, commentary)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (reference, quarter, quarter, category and "sex", category, value, told),
                )
    made = Workplace(root)
    for quarter in QUARTERS:
        done = made.call("run", quarter)
        (root / f"{quarter}.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def published(place: Workplace) -> Iterator[list[Tables]]:
    """The tables of each quarter, as readers see them."""
    engine = connect(place.url)
    yield [read_quarter(engine, Quarter.parse(quarter)) for quarter in QUARTERS]
    engine.dispose()


def kept(place: Workplace, table: str) -> pd.DataFrame:
    """Return what the database keeps from readers."""
    engine = sa.create_engine(place.url)
    with engine.connect() as connection:
        rows = pd.read_sql_query(sa.text(f"SELECT * FROM {table}"), connection)  # noqa: S608 - a name of ours
    engine.dispose()
    return rows


def test_what_is_withheld_is_kept_in_core(place: Workplace) -> None:
    """The figures and rows are there, as they were returned, for the council alone."""
    figures, rows = kept(place, "withheld_figures"), kept(place, "withheld_rows")
    assert {FEMALE, *MALES} <= set(figures["raw_value_text"])
    assert TOLD in set(figures["commentary_text"])
    for secret in (REJECTED, UNKNOWN):
        assert rows["row_text"].str.contains(secret, regex=False).sum() == len(QUARTERS)


def test_the_council_sees_rejected_rows_whole(place: Workplace) -> None:
    """What readers do not see of them is listed for those who have them mended."""
    done = place.call("rejects", QUARTERS[1])
    assert REJECTED in done.stdout
    assert UNKNOWN in done.stdout


def test_no_digest_of_a_return_that_withholds_anything_is_shown(place: Workplace) -> None:
    """Figures could be tried until it fits. A return that withholds nothing shows its own."""
    digests = set(kept(place, "withheld_files")["file_sha256"])
    assert len(digests) >= len(QUARTERS)
    engine = connect(place.url)
    for name in reporting_views:
        text = read_table(engine, name).to_csv()
        assert not [digest for digest in digests if digest in text], name
    shown = read_table(engine, "return_status")
    engine.dispose()
    of_source = shown.set_index(["source_code", "quarter_key"])["file_sha256"]
    assert set(of_source.loc["childrens_services"]) == {"[c]"}
    assert of_source.str.fullmatch("[0-9a-f]{64}").any()


def test_no_view_holds_what_is_withheld(place: Workplace) -> None:
    """Every view of every publication is read whole."""
    engine = connect(place.url)
    for name in reporting_views:
        text = read_table(engine, name).to_csv()
        assert not [secret for secret in SECRETS if secret in text], name
    engine.dispose()


def test_suppressed_figure_prints_as_such(published: list[Tables]) -> None:
    """It has a code and a mark, and neither figure nor cell."""
    parts = published[0]["kpi_breakdowns"]
    hidden = parts[(parts["kpi_ref"] == "CHD-22") & (parts["breakdown_type_code"] == "sex")]
    assert set(hidden["outturn_status_code"]) == {"suppressed"}
    assert set(hidden["outturn_text"]) == set(hidden["raw_value_text"]) == {"[c]"}
    assert hidden[["outturn_value", "numerator_value", "denominator_value"]].isna().all(axis=None)


def _csv(folder: Path) -> str:
    return "".join(path.read_text(encoding="utf-8-sig") for path in folder.rglob("*.csv"))


def _zipped(folder: Path) -> str:
    texts = []
    for path in folder.rglob("*.[xo][ld]s*"):
        with zipfile.ZipFile(path) as book:
            texts += [book.read(name).decode("utf-8", "replace") for name in book.namelist()]
    return "".join(texts)


def _parquet(folder: Path) -> str:
    return "".join(str(parquet.read_table(path).to_pylist()) for path in folder.rglob("*.parquet"))


@pytest.mark.parametrize(
    ("kind", "text_of"),
    [("csv", _csv), ("xlsx", _zipped), ("ods", _zipped), ("parquet", _parquet)],
)
def test_no_export_holds_what_is_withheld(
    place: Workplace, kind: str, text_of: Callable[[Path], str]
) -> None:
    """Every file of an export is read whole; the mark is there, so that it was the right one."""
    done = place.call("export", QUARTERS[1], "--format", kind)
    assert done.returncode == os.EX_OK, done.stderr
    text = text_of(place.root / done.stdout.partition(":")[0])
    assert "[c]" in text
    assert not [secret for secret in SECRETS if secret in text]


@pytest.mark.parametrize(
    "call",
    [
        ("explain", QUARTERS[1], "CHD-22"),
        ("show", QUARTERS[1], "rejected_rows", "--json"),
    ],
    ids=lambda call: call[0],
)
def test_no_command_prints_what_is_withheld(place: Workplace, call: tuple[str, ...]) -> None:
    """What is printed is what readers see."""
    done = place.call(*call)
    assert "CHD-22" in done.stdout
    assert not [secret for secret in SECRETS if secret in done.stdout + done.stderr]


@pytest.mark.parametrize("quarter", QUARTERS)
def test_no_run_prints_what_is_withheld(place: Workplace, quarter: str) -> None:
    """A run lists the rejected row, and not what it holds."""
    printed = (place.root / f"{quarter}.txt").read_text(encoding="utf-8")
    assert "CHD-22" in printed
    assert not [secret for secret in SECRETS if secret in printed]


def test_dagsters_records_hold_nothing_that_is_withheld(place: Workplace) -> None:
    """Metadata, previews and tables of failures are in no way around it."""
    files = [path for path in (place.home / "dagster").rglob("*") if path.is_file()]
    records = b"".join(path.read_bytes() for path in files)
    assert b"rejected_rows" in records
    assert not [secret for secret in SECRETS if secret.encode() in records]


def test_solver_finds_no_suppressed_count(published: list[Tables]) -> None:
    """Given both quarters' tables it finds none of the hidden counts."""
    hidden = [
        tables["kpi_breakdowns"]["outturn_status_code"] == "suppressed" for tables in published
    ]
    assert [int(each.sum()) for each in hidden] == [7, 9]
    assert recovered(published, categories=REGISTER) == {}


def test_solver_finds_no_suppressed_count_in_exports(place: Workplace) -> None:
    """Nor does it in the files of both quarters."""
    exported = []
    for quarter in QUARTERS:
        done = place.call("export", quarter, "--format", "csv", "--to", "attacked")
        assert done.returncode == os.EX_OK, done.stderr
        folder = place.root / done.stdout.partition(":")[0]
        names = ("kpi_scorecard", "kpi_breakdowns")
        exported.append({name: pd.read_csv(folder / f"{name}.csv") for name in names})
    assert (exported[0]["kpi_breakdowns"]["outturn_text"] == "[c]").sum() == 7
    assert recovered(exported, categories=REGISTER) == {}


def test_solver_finds_them_once_their_partners_are_shown(
    place: Workplace, published: list[Tables]
) -> None:
    """With only the small counts hidden the same solver finds every one of them."""
    withheld = kept(place, "withheld_figures")
    keys = ["publication_id", "kpi_ref", "breakdown_type_code", "breakdown_category_code"]
    large = withheld[withheld["outturn_value"] >= 5].set_index(keys)["outturn_value"].to_dict()
    shown = []
    for tables in published:
        parts = tables["kpi_breakdowns"].copy()
        back = pd.Series(map(large.get, map(tuple, parts[keys].to_numpy())), dtype="float64")
        parts["outturn_value"] = back.fillna(parts["outturn_value"])
        parts["outturn_status_code"] = parts["outturn_status_code"].mask(back.notna(), "given")
        shown.append(tables | {"kpi_breakdowns": parts})
    found = {
        (quarter, kpi, category): count
        for (quarter, kpi, category, _), count in recovered(
            shown, categories=REGISTER, knows_rule=False
        ).items()
    }
    assert found == {
        **{(quarter, "CHD-24/sex", "female"): 3 for quarter in QUARTERS},
        **{(quarter, "CHD-22/sex", "female"): pytest.approx(float(FEMALE)) for quarter in QUARTERS},
        (QUARTERS[0], "CHD-21/sex", "female"): 4,
        (QUARTERS[0], "CHD-28/age_band", "5_to_9"): 2,
        (QUARTERS[1], "CHD-21/sex", "female"): 3,
        (QUARTERS[1], "CHD-28/age_band", "5_to_9"): 3,
    }
