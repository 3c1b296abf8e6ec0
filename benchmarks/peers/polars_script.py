"""The job as a polars script: lazy from the file on, loaded through ADBC."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from benchmarks.answers import (
    ACCEPTED,
    CONTROL,
    EPSILON,
    KEY,
    NO,
    OUTTURNS,
    RATINGS,
    STATUS_WORDS,
    YES,
    answer_of,
    counts_of,
)
from benchmarks.contender import Stage, Task, contend

SERIES = [name for name in KEY if name != "quarter_key"]
DUE = ["quarter_key", "kpi_ref"]


def read(task: Task) -> pl.LazyFrame:
    """Read the return as text, its rows numbered as a person counts them."""
    rows = pl.scan_csv(task["rows"], infer_schema=False)
    return rows.with_row_index("row_number", offset=2)


def check(rows: pl.LazyFrame, task: Task) -> pl.DataFrame:
    """Say of every row what it means, or the reason why it is rejected."""
    kpis = pl.scan_parquet(task["register"]).filter(pl.col("quarter_key") == task["quarter"])
    known = kpis.select(
        "kpi_ref", "multiplier", "minimum_value", "maximum_value", is_kpi=pl.lit(value=True)
    )
    pairs = pl.scan_parquet(task["breakdowns"]).with_columns(is_pair=pl.lit(value=True))
    return (
        rows.join(known, on="kpi_ref", how="left")
        .join(pairs, on=["breakdown_type", "breakdown_category"], how="left")
        .with_columns(
            value_status=word("value"),
            stated_status=word("status"),
            number=number("value"),
            top=number("numerator"),
            bottom=number("denominator"),
            decimals=(pl.col("value").str.len_bytes() - pl.col("value").str.find(".", literal=True))
            .sub(1)
            .fill_null(0),
            is_yes=pl.col("provisional").str.to_lowercase().is_in(YES),
            is_no=pl.col("provisional").str.to_lowercase().is_in(NO),
        )
        .with_columns(ratio=pl.col("top") * pl.col("multiplier") / pl.col("bottom"))
        .with_columns(
            final=pl.when(pl.col("value_status").is_null()).then(pl.coalesce("ratio", "number")),
            status=pl.when(pl.col("number").is_not_null())
            .then(pl.lit("given"))
            .otherwise(pl.coalesce("value_status", "stated_status")),
        )
        .with_columns(reason=reason(task["quarters"].split()))
        .collect()
    )


def word(column: str) -> pl.Expr:
    """Read a status's word."""
    return pl.col(column).str.to_lowercase().replace_strict(STATUS_WORDS, default=None)


def number(column: str) -> pl.Expr:
    """Read a number; null where the text is none. Exponents and NaN are none of our numbers'."""
    read = pl.col(column).cast(pl.Float64, strict=False)
    return pl.when(read.is_finite() & ~pl.col(column).str.contains("e", literal=True)).then(read)


def unread(column: str, *read_as: str) -> pl.Expr:
    """Tell where there is a text that could not be read."""
    return pl.col(column).is_not_null() & pl.all_horizontal(
        pl.col(each).is_null() for each in read_as
    )


def reason(quarters: Sequence[str]) -> pl.Expr:
    """Return the first reason for which a row is rejected."""
    has_pair = pl.col("is_pair").is_not_null()
    has_none = pl.col("breakdown_type").is_null() & pl.col("breakdown_category").is_null()
    half_unit = 0.5 * 10.0 ** -pl.col("decimals").cast(pl.Float64)
    gap = (pl.col("number") - pl.col("ratio")).abs()
    final = pl.col("final")
    reasons = {
        "kpi_unknown": pl.col("is_kpi").is_null(),
        "control_character": pl.col("commentary").str.contains(CONTROL),
        "quarter_unreadable": ~pl.col("quarter").is_in(quarters),
        "breakdown_unknown": ~(has_pair | has_none),
        "not_a_number": unread("value", "number", "value_status")
        | unread("numerator", "top")
        | unread("denominator", "bottom"),
        "status_unknown": unread("status_text", "stated_status"),
        "provisional_unknown": pl.col("provisional").is_not_null()
        & ~(pl.col("is_yes") | pl.col("is_no")),
        "part_missing": pl.col("top").is_null() != pl.col("bottom").is_null(),
        "value_disagrees": gap > half_unit + EPSILON,
        "out_of_range": (final < pl.col("minimum_value")) | (final > pl.col("maximum_value")),
    }
    found = [pl.when(holds).then(pl.lit(code)) for code, holds in reasons.items()]
    return pl.coalesce(found)


def accept(checked: pl.DataFrame) -> pl.DataFrame:
    """Keep the rows that are not rejected, with the columns of outturns."""
    is_suppressed = pl.col("status") == "suppressed"
    return checked.filter(pl.col("reason").is_null()).select(
        "row_number",
        quarter_key="quarter",
        kpi_ref="kpi_ref",
        area_code=pl.col("area").str.strip_chars().fill_null("all"),
        breakdown_type_code=pl.col("breakdown_type").fill_null("all"),
        breakdown_category_code=pl.col("breakdown_category").fill_null("all"),
        outturn_status_code="status",
        outturn_value="final",
        numerator_value=pl.when(~is_suppressed).then("top"),
        denominator_value=pl.when(~is_suppressed).then("bottom"),
        is_provisional=pl.col("is_yes").fill_null(value=False),
        commentary_text="commentary",
    )


def without_duplicates(accepted: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Tell outturns from rows of which there are others with the same key."""
    content = [name for name in ACCEPTED if name not in KEY]
    counted = accepted.with_columns(copies=pl.len().over(KEY))
    several = counted.filter(pl.col("copies") > 1).with_columns(
        readings=pl.struct(content).n_unique().over(KEY),
        first=pl.col("row_number").min().over(KEY),
    )
    rejected = several.filter(
        (pl.col("readings") > 1) | (pl.col("row_number") != pl.col("first"))
    ).select(
        "row_number",
        reason=pl.when(pl.col("readings") > 1)
        .then(pl.lit("duplicate_conflict"))
        .otherwise(pl.lit("duplicate_identical")),
    )
    kept = accepted.join(rejected, on="row_number", how="anti") if rejected.height else accepted
    return kept, rejected


def judge(outturns: pl.DataFrame, task: Task) -> pl.DataFrame:
    """Rate every outturn and compare it with the earlier ones of its series."""
    rows = outturns.lazy()
    figures = rows.select(*KEY, "outturn_value")
    facts = rows.join(pl.scan_parquet(task["register"]), on=DUE, how="left")
    previous = figures.rename(
        {"quarter_key": "previous_due_quarter_key", "outturn_value": "previous_value"}
    )
    last_year = figures.rename(
        {"quarter_key": "last_year_quarter_key", "outturn_value": "last_year_value"}
    )
    compared = facts.join(previous, on=["previous_due_quarter_key", *SERIES], how="left").join(
        last_year, on=["last_year_quarter_key", *SERIES], how="left"
    )
    other_point = pl.col("is_year_to_date") & (
        pl.col("previous_due_quarter_key").str.slice(-2) != pl.col("quarter_key").str.slice(-2)
    )
    rated = compared.with_columns(not_rated_reason_code=not_rated(), rag=rag()).with_columns(
        rag_code=pl.when(pl.col("not_rated_reason_code").is_null()).then("rag"),
        previous_direction_code=direction("previous_value", other_point),
        last_year_direction_code=direction("last_year_value", pl.lit(value=False)),
    )
    return rated.select("row_number", *RATINGS).collect()


def not_rated() -> pl.Expr:
    """Return the first reason for which there is no rating."""
    reasons = {
        "awaiting": "awaiting",
        "suppressed": "suppressed",
        "not_applicable": "not_applicable",
        "not_available": "not_returned",
    }
    lacks = pl.col("target_value").is_null() & pl.col("lower_value").is_null()
    return pl.coalesce(
        pl.when(~pl.col("is_due") & pl.col("outturn_value").is_null()).then(pl.lit("not_due")),
        pl.col("outturn_status_code").replace_strict(reasons, default=None),
        pl.when(pl.col("basis_code") != "targeted").then(pl.col("basis_code")),
        pl.when(lacks).then(pl.lit("no_target")),
    )


def rag() -> pl.Expr:
    """Judge a figure by its rule."""
    value, target, sign = pl.col("outturn_value"), pl.col("target_value"), pl.col("sign")
    is_range = pl.col("rule_kind_code") == "range"
    below, above = pl.col("lower_value") - value, value - pl.col("upper_value")
    outside = pl.max_horizontal(below, above, pl.lit(0.0))
    short = pl.when(is_range).then(outside).otherwise((target - value) * sign)
    per = (
        pl.when(pl.col("tolerance_unit_code") == "percent").then(target.abs() / 100).otherwise(1.0)
    )
    is_green = short <= pl.col("green_tolerance_value") * per + EPSILON
    meets_floor = (pl.col("floor_value") - value) * sign <= EPSILON
    within = short <= pl.col("amber_tolerance_value") * per + EPSILON
    is_amber = pl.when(pl.col("rule_kind_code") == "floor").then(meets_floor).otherwise(within)
    return (
        pl.when(is_green)
        .then(pl.lit("green"))
        .when(is_amber)
        .then(pl.lit("amber"))
        .otherwise(pl.lit("red"))
    )


def direction(earlier: str, is_other_point: pl.Expr) -> pl.Expr:
    """Tell whether a figure is better than an earlier one."""
    value, other, sign = pl.col("outturn_value"), pl.col(earlier), pl.col("sign")
    middle = pl.coalesce("target_value", (pl.col("lower_value") + pl.col("upper_value")) / 2)
    nearer = (other - middle).abs() - (value - middle).abs()
    gain = pl.when(sign == 0).then(nearer).otherwise((value - other) * sign)
    error = pl.when(sign == 0).then(EPSILON).otherwise(0.0)
    return (
        pl.when(gain.is_null() | is_other_point)
        .then(pl.lit("not_comparable"))
        .when(gain > error)
        .then(pl.lit("improved"))
        .when(gain < -error)
        .then(pl.lit("declined"))
        .otherwise(pl.lit("maintained"))
    )


def check_work(task: Task) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read and check."""
    checked = check(read(task).with_columns(status_text=pl.col("status")), task)
    rejected = checked.filter(pl.col("reason").is_not_null()).select("row_number", "reason")
    return accept(checked), rejected


def check_answer(result: tuple[pl.DataFrame, pl.DataFrame]) -> dict[str, Any]:
    """Say what was accepted and what was not."""
    accepted, rejected = (each.to_arrow() for each in result)
    return answer_of("accepted", accepted, ACCEPTED) | answer_of("rejected", rejected, ["reason"])


def judge_work(ready: tuple[pl.DataFrame, Task]) -> pl.DataFrame:
    """Rate and compare."""
    return judge(*ready)


def judge_answer(result: pl.DataFrame) -> dict[str, Any]:
    """Say how the outturns were rated."""
    table = result.to_arrow()
    return answer_of("rated", table, RATINGS) | counts_of("rated", table, "rag_code")


def everything(task: Task) -> int:
    """Go from the file to the database."""
    accepted, _ = check_work(task)
    outturns, _ = without_duplicates(accepted)
    rated = outturns.join(judge(outturns, task), on="row_number", how="left", validate="1:1")
    table = rated.with_columns(
        row_number=pl.col("row_number").cast(pl.Int64),
        source_code=pl.lit(task["source"]),
        file_sha256=pl.lit(task["sha256"]),
    ).select(OUTTURNS)
    return int(
        table.write_database("outturns", task["database"], if_table_exists="append", engine="adbc")
    )


if __name__ == "__main__":
    contend(
        {
            "check": Stage(lambda task: task, check_work, check_answer),
            "judge": Stage(
                lambda task: (pl.read_parquet(task["accepted_file"]), task),
                judge_work,
                judge_answer,
            ),
            "everything": Stage(lambda task: task, everything, lambda _: {}),
        }
    )
