"""The job as it is usually written in pandas: pandera, merge, np.select and to_sql."""

from typing import Any

import numpy as np
import pandas as pd
import pandera.errors
import pandera.pandas as pa
import sqlalchemy as sa
from pyarrow import Table

from benchmarks.answers import (
    ACCEPTED,
    CONTROL,
    EPSILON,
    KEY,
    NO,
    NUMBER,
    OUTTURNS,
    RATINGS,
    STATUS_WORDS,
    YES,
    answer_of,
    counts_of,
)
from benchmarks.contender import Stage, Task, contend

SERIES = [name for name in KEY if name != "quarter_key"]
ROWS_PER_INSERT = 50_000


def read(task: Task) -> pd.DataFrame:
    """Read the return as text, its rows numbered as a person counts them."""
    rows = pd.read_csv(task["rows"], dtype="str", keep_default_na=False, na_values=[""])
    return rows.assign(row_number=np.arange(2, len(rows) + 2))


def schema_of(task: Task, kpis: pd.DataFrame) -> pa.DataFrameSchema:
    """Declare the columns and what relates them, as pandera's documents show it."""
    words = pa.Check.isin([*STATUS_WORDS])
    is_known = pa.Check(lambda frame: frame["is_known_pair"], error="breakdown_unknown")
    parts = pa.Check(
        lambda frame: frame["top"].isna() == frame["bottom"].isna(), error="part_missing"
    )
    agrees = pa.Check(
        lambda frame: ~((frame["number"] - frame["ratio"]).abs() > frame["half_unit"] + EPSILON),
        error="value_disagrees",
    )
    in_range = pa.Check(
        lambda frame: (
            ~((frame["final"] < frame["minimum_value"]) | (frame["final"] > frame["maximum_value"]))
        ),
        error="out_of_range",
    )
    is_number = pa.Check(lambda frame: frame["is_number"], error="not_a_number")
    column = pa.Column
    return pa.DataFrameSchema(
        {
            "kpi_ref": column(str, pa.Check.isin(kpis["kpi_ref"]), nullable=False),
            "commentary": column(
                str, pa.Check(lambda texts: ~texts.str.contains(CONTROL)), nullable=True
            ),
            "quarter": column(str, pa.Check.isin(task["quarters"].split()), nullable=False),
            "status": column(str, words, nullable=True),
            "provisional": column(str, pa.Check.isin([*YES, *NO]), nullable=True),
            "area": column(str, pa.Check.str_length(1, 30), nullable=True),
        },
        checks=[is_known, is_number, parts, agrees, in_range],
    )


_REASONS = {
    "kpi_ref": "kpi_unknown",
    "commentary": "control_character",
    "quarter": "quarter_unreadable",
    "status": "status_unknown",
    "provisional": "provisional_unknown",
}


def check(rows: pd.DataFrame, task: Task) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Validate lazily, and part what failed from what did not."""
    register = pd.read_parquet(task["register"])
    kpis = register[register["quarter_key"] == task["quarter"]]
    pairs = pd.read_parquet(task["breakdowns"]).assign(is_pair=True)
    known = kpis[["kpi_ref", "multiplier", "minimum_value", "maximum_value"]]
    typed = rows.merge(known, on="kpi_ref", how="left", validate="m:1").merge(
        pairs, on=["breakdown_type", "breakdown_category"], how="left", validate="m:1"
    )
    typed = _read_cells(typed)
    reasons = _failures(typed, schema_of(task, kpis))
    is_rejected = typed["row_number"].isin(reasons["row_number"])
    return _accepted(typed[~is_rejected]), reasons


def _read_cells(rows: pd.DataFrame) -> pd.DataFrame:
    read = {
        name: pd.to_numeric(rows[column].where(rows[column].str.fullmatch(NUMBER)))
        for name, column in (("number", "value"), ("top", "numerator"), ("bottom", "denominator"))
    }
    word = rows["value"].str.lower().map(STATUS_WORDS)
    stated = rows["status"].str.lower().map(STATUS_WORDS)
    ratio = read["top"] * rows["multiplier"] / read["bottom"]
    decimals = rows["value"].str.split(".", n=1).str[1].str.len().fillna(0)
    unread = (
        (rows["value"].notna() & read["number"].isna() & word.isna())
        | (rows["numerator"].notna() & read["top"].isna())
        | (rows["denominator"].notna() & read["bottom"].isna())
    )
    has_none = rows["breakdown_type"].isna() & rows["breakdown_category"].isna()
    return rows.assign(
        **read,
        ratio=ratio,
        half_unit=0.5 * 10.0**-decimals,
        final=ratio.fillna(read["number"]).where(word.isna()),
        outturn_status_code=np.where(read["number"].notna(), "given", word.fillna(stated)),
        is_number=~unread,
        is_known_pair=rows["is_pair"].notna() | has_none,
    )


def _failures(typed: pd.DataFrame, schema: pa.DataFrameSchema) -> pd.DataFrame:
    try:
        schema.validate(typed, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        failed = errors.failure_cases
    else:
        return pd.DataFrame({"row_number": [], "reason": []})
    # A check of the whole frame lists a failure for each column, and its own name with it.
    is_of_frame = failed["schema_context"] == "DataFrameSchema"
    code = failed["check"].where(is_of_frame, failed["column"].map(_REASONS))
    places = failed["index"].to_numpy(dtype=int)
    found = pd.DataFrame({"row_number": typed["row_number"].to_numpy()[places], "reason": code})
    return found.drop_duplicates("row_number")


def _accepted(typed: pd.DataFrame) -> pd.DataFrame:
    is_suppressed = typed["outturn_status_code"] == "suppressed"
    return pd.DataFrame(
        {
            "row_number": typed["row_number"],
            "quarter_key": typed["quarter"],
            "kpi_ref": typed["kpi_ref"],
            "area_code": typed["area"].str.strip().fillna("all"),
            "breakdown_type_code": typed["breakdown_type"].fillna("all"),
            "breakdown_category_code": typed["breakdown_category"].fillna("all"),
            "outturn_status_code": typed["outturn_status_code"],
            "outturn_value": typed["final"],
            "numerator_value": typed["top"].mask(is_suppressed),
            "denominator_value": typed["bottom"].mask(is_suppressed),
            "is_provisional": typed["provisional"].str.lower().isin(YES),
            "commentary_text": typed["commentary"],
        }
    )


def without_duplicates(accepted: pd.DataFrame) -> pd.DataFrame:
    """Keep the first of rows that say the same, and none of rows that contradict each other."""
    content = [name for name in ACCEPTED if name not in KEY]
    several = accepted[accepted.duplicated([*KEY], keep=False)]
    readings = several.drop_duplicates([*KEY, *content]).groupby([*KEY]).size().rename("readings")
    marked = several.join(readings, on=[*KEY])
    rejected = (marked["readings"] > 1) | marked.duplicated([*KEY])
    return accepted.drop(marked.index[rejected])


def judge(outturns: pd.DataFrame, task: Task) -> pd.DataFrame:
    """Rate every outturn and compare it with the earlier ones of its series."""
    register = pd.read_parquet(task["register"])
    facts = outturns.merge(register, on=["quarter_key", "kpi_ref"], how="left", validate="m:1")
    for name in ("previous_due", "last_year"):
        earlier = outturns[[*KEY, "outturn_value"]].rename(
            columns={"quarter_key": f"{name}_quarter_key", "outturn_value": f"{name}_value"}
        )
        keys = [f"{name}_quarter_key", *SERIES]
        facts = facts.merge(earlier, on=keys, how="left", validate="m:1")
    facts = facts.rename(columns={"previous_due_value": "previous_value"})
    reason = _not_rated(facts)
    then, now = facts["previous_due_quarter_key"].str[-2:], facts["quarter_key"].str[-2:]
    return facts.assign(
        not_rated_reason_code=reason,
        rag_code=pd.Series(_rag(facts), index=facts.index).where(reason.isna()),
        previous_direction_code=_direction(
            facts, "previous_value", facts["is_year_to_date"] & (then != now)
        ),
        last_year_direction_code=_direction(
            facts, "last_year_value", pd.Series(data=False, index=facts.index)
        ),
    )


def _not_rated(facts: pd.DataFrame) -> pd.Series:
    status, basis = facts["outturn_status_code"], facts["basis_code"]
    lacks = facts["target_value"].isna() & facts["lower_value"].isna()
    reasons = np.select(
        [
            ~facts["is_due"] & facts["outturn_value"].isna(),
            status.isin(["awaiting", "suppressed", "not_applicable"]),
            status == "not_available",
            basis != "targeted",
            lacks,
        ],
        ["not_due", status.astype(object), "not_returned", basis.astype(object), "no_target"],
        None,
    )
    return pd.Series(reasons, index=facts.index, dtype="str")


def _rag(facts: pd.DataFrame) -> Any:
    value, target, sign = facts["outturn_value"], facts["target_value"], facts["sign"]
    outside = np.fmax(np.fmax(facts["lower_value"] - value, value - facts["upper_value"]), 0)
    short = outside.where(facts["rule_kind_code"] == "range", (target - value) * sign)
    per = (target.abs() / 100).where(facts["tolerance_unit_code"] == "percent", 1.0)
    is_floor = facts["rule_kind_code"] == "floor"
    meets_floor = (facts["floor_value"] - value) * sign <= EPSILON
    within = short <= facts["amber_tolerance_value"] * per + EPSILON
    is_green = short <= facts["green_tolerance_value"] * per + EPSILON
    return np.select([is_green, np.where(is_floor, meets_floor, within)], ["green", "amber"], "red")


def _direction(facts: pd.DataFrame, earlier: str, is_other_point: pd.Series) -> Any:
    value, other, sign = facts["outturn_value"], facts[earlier], facts["sign"]
    middle = facts["target_value"].fillna((facts["lower_value"] + facts["upper_value"]) / 2)
    nearer = (other - middle).abs() - (value - middle).abs()
    gain = nearer.where(sign == 0, (value - other) * sign)
    error = np.where(sign == 0, EPSILON, 0)
    return np.select(
        [gain.isna() | is_other_point, gain > error, gain < -error],
        ["not_comparable", "improved", "declined"],
        "maintained",
    )


def check_answer(result: tuple[pd.DataFrame, pd.DataFrame]) -> dict[str, Any]:
    """Say what was accepted and what was not."""
    accepted, rejected = (Table.from_pandas(each) for each in result)
    return answer_of("accepted", accepted, ACCEPTED) | answer_of("rejected", rejected, ["reason"])


def judge_answer(rated: pd.DataFrame) -> dict[str, Any]:
    """Say how the outturns were rated."""
    table = Table.from_pandas(rated[["row_number", *RATINGS]], preserve_index=False)
    return answer_of("rated", table, RATINGS) | counts_of("rated", table, "rag_code")


def everything(task: Task) -> None:
    """Go from the file to the database."""
    accepted, _ = check(read(task), task)
    rated = judge(without_duplicates(accepted), task)
    named = rated.assign(source_code=task["source"], file_sha256=task["sha256"])
    engine = sa.create_engine(task["database"].replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        named[[*OUTTURNS]].to_sql(
            "outturns", connection, if_exists="append", index=False, chunksize=ROWS_PER_INSERT
        )


if __name__ == "__main__":
    contend(
        {
            "check": Stage(lambda task: task, lambda task: check(read(task), task), check_answer),
            "validate": Stage(
                lambda task: (read(task), task), lambda ready: check(*ready), check_answer
            ),
            "judge": Stage(
                lambda task: (pd.read_parquet(task["accepted_file"]), task),
                lambda ready: judge(*ready),
                judge_answer,
            ),
            "everything": Stage(lambda task: task, everything, lambda _: {}),
        }
    )
