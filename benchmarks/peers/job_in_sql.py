"""The job as SQL of DuckDB, a query for each table, in the order in which they build on each other.

Queries name other tables in braces, and what belongs to the task: `{rows}`, `{register}`.
"""

import re
from collections.abc import Callable, Iterable, Mapping

from benchmarks.answers import CONTROL, EPSILON, KEY, NO, NUMBER, QUARTER, STATUS_WORDS, YES


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def _word(column: str) -> str:
    arms = " ".join(f"when '{word}' then '{code}'" for word, code in STATUS_WORDS.items())
    return f"case lower({column}) {arms} end"


def _number(column: str) -> str:
    return f"case when regexp_full_match({column}, '{NUMBER}') then {column}::double end"


_KEY = ", ".join(KEY)
_SERIES = " and ".join(f"f.{name} = {{0}}.{name}" for name in KEY if name != "quarter_key")

RECEIVED = """
select row_number() over () + 1 as row_number, *
from read_csv('{rows}', header = true, all_varchar = true)
"""

READ = f"""
select r.*,
    k.kpi_ref is not null as is_kpi, k.multiplier, k.minimum_value, k.maximum_value,
    b.breakdown_type is not null
        or (r.breakdown_type is null and r.breakdown_category is null) as is_breakdown,
    {_word("r.value")} as value_status,
    {_word("r.status")} as stated_status,
    {_number("r.value")} as number,
    {_number("r.numerator")} as top,
    {_number("r.denominator")} as bottom,
    case when contains(r.value, '.') then length(r.value) - position('.' in r.value) else 0 end
        as decimals,
    coalesce(lower(r.provisional) in ({_listed(YES)}), false) as is_provisional
from {{received}} r
left join (select * from read_parquet('{{register}}') where quarter_key = '{{quarter}}') k
    on k.kpi_ref = r.kpi_ref
left join read_parquet('{{breakdowns}}') b
    on b.breakdown_type = r.breakdown_type and b.breakdown_category = r.breakdown_category
"""

CHECKED = f"""
with settled as (
    select *,
        top * multiplier / bottom as ratio,
        case when value_status is null then coalesce(top * multiplier / bottom, number) end
            as final,
        case when number is not null then 'given'
            else coalesce(value_status, stated_status) end as outturn_status_code
    from {{read}}
)
select *,
    case
        when not is_kpi then 'kpi_unknown'
        when regexp_matches(commentary, '{CONTROL}') then 'control_character'
        when not regexp_full_match(quarter, '{QUARTER}') then 'quarter_unreadable'
        when not is_breakdown then 'breakdown_unknown'
        when (value is not null and number is null and value_status is null)
            or (numerator is not null and top is null)
            or (denominator is not null and bottom is null) then 'not_a_number'
        when status is not null and stated_status is null then 'status_unknown'
        when provisional is not null
            and lower(provisional) not in ({_listed((*YES, *NO))}) then 'provisional_unknown'
        when (top is null) <> (bottom is null) then 'part_missing'
        when abs(number - ratio) > 0.5 * pow(10, -decimals) + {EPSILON} then 'value_disagrees'
        when final < minimum_value or final > maximum_value then 'out_of_range'
    end as reason
from settled
"""

ACCEPTED = """
select
    row_number,
    quarter as quarter_key,
    kpi_ref,
    coalesce(trim(area), 'all') as area_code,
    coalesce(breakdown_type, 'all') as breakdown_type_code,
    coalesce(breakdown_category, 'all') as breakdown_category_code,
    outturn_status_code,
    final as outturn_value,
    case when outturn_status_code <> 'suppressed' then top end as numerator_value,
    case when outturn_status_code <> 'suppressed' then bottom end as denominator_value,
    is_provisional,
    commentary as commentary_text
from {checked}
where reason is null
"""

REJECTED = "select row_number, reason from {checked} where reason is not null"

DUPLICATES = f"""
with several as (
    select *, min(row_number) over (partition by {_KEY}) as first_number
    from {{accepted}}
    where ({_KEY}) in (select {_KEY} from {{accepted}} group by all having count(*) > 1)
),
readings as (
    select {_KEY}, count(distinct (outturn_status_code, outturn_value, numerator_value,
        denominator_value, is_provisional, commentary_text)) as reading_count
    from several
    group by all
)
select row_number,
    case when reading_count > 1 then 'duplicate_conflict' else 'duplicate_identical' end as reason
from several join readings using ({_KEY})
where reading_count > 1 or row_number <> first_number
"""

OUTTURNS = "select * from {accepted} anti join {duplicates} using (row_number)"


def _direction(earlier: str, is_other_point: str) -> str:
    gain = (
        f"case when k.sign = 0 then abs({earlier} - k.middle) - abs(f.outturn_value - k.middle) "
        f"else (f.outturn_value - {earlier}) * k.sign end"
    )
    error = f"case when k.sign = 0 then {EPSILON} else 0 end"
    return f"""case
        when {gain} is null or {is_other_point} then 'not_comparable'
        when {gain} > {error} then 'improved'
        when {gain} < -{error} then 'declined'
        else 'maintained' end"""


RATED = f"""
with kpis as (
    select *, coalesce(target_value, (lower_value + upper_value) / 2) as middle,
        case when tolerance_unit_code = 'percent' then abs(target_value) / 100 else 1 end as per
    from read_parquet('{{register}}')
),
facts as (
    select f.row_number,
        p.outturn_value as previous_value,
        y.outturn_value as last_year_value,
        {
    _direction(
        "p.outturn_value",
        '''k.is_year_to_date
            and right(k.previous_due_quarter_key, 2) <> right(f.quarter_key, 2)''',
    )
}
            as previous_direction_code,
        {_direction("y.outturn_value", "false")} as last_year_direction_code,
        case
            when not k.is_due and f.outturn_value is null then 'not_due'
            when f.outturn_status_code in ('awaiting', 'suppressed', 'not_applicable')
                then f.outturn_status_code
            when f.outturn_status_code = 'not_available' then 'not_returned'
            when k.basis_code <> 'targeted' then k.basis_code
            when k.target_value is null and k.lower_value is null then 'no_target'
        end as not_rated_reason_code,
        case when k.rule_kind_code = 'range'
            then greatest(k.lower_value - f.outturn_value, f.outturn_value - k.upper_value, 0)
            else (k.target_value - f.outturn_value) * k.sign end as short,
        (k.floor_value - f.outturn_value) * k.sign as short_of_floor,
        k.rule_kind_code, k.per, k.green_tolerance_value, k.amber_tolerance_value
    from {{outturns}} f
    left join kpis k on k.quarter_key = f.quarter_key and k.kpi_ref = f.kpi_ref
    left join {{outturns}} p
        on p.quarter_key = k.previous_due_quarter_key and {_SERIES.format("p")}
    left join {{outturns}} y
        on y.quarter_key = k.last_year_quarter_key and {_SERIES.format("y")}
)
select row_number,
    case
        when not_rated_reason_code is not null then null
        when short <= green_tolerance_value * per + {EPSILON} then 'green'
        when rule_kind_code = 'floor' and short_of_floor <= {EPSILON} then 'amber'
        when rule_kind_code <> 'floor' and short <= amber_tolerance_value * per + {EPSILON}
            then 'amber'
        else 'red'
    end as rag_code,
    not_rated_reason_code, previous_value, previous_direction_code, last_year_value,
    last_year_direction_code
from facts
"""

PUBLISHED = f"""
select {_KEY}, outturn_status_code, outturn_value, numerator_value, denominator_value,
    is_provisional, rag_code, not_rated_reason_code, previous_value, previous_direction_code,
    last_year_value, last_year_direction_code, commentary_text,
    '{{source}}' as source_code, '{{sha256}}' as file_sha256, row_number
from {{outturns}} join {{rated}} using (row_number)
"""

SUMMARY = """
select quarter_key, kpi_ref, count(*) as outturn_count,
    count(*) filter (rag_code = 'green') as green_count,
    count(*) filter (rag_code = 'amber') as amber_count,
    count(*) filter (rag_code = 'red') as red_count,
    count(*) filter (rag_code is null) as not_rated_count
from {published}
group by all
"""

QUERIES: Mapping[str, str] = {
    "received": RECEIVED,
    "read": READ,
    "checked": CHECKED,
    "accepted": ACCEPTED,
    "rejected": REJECTED,
    "duplicates": DUPLICATES,
    "outturns": OUTTURNS,
    "rated": RATED,
    "published": PUBLISHED,
    "summary": SUMMARY,
}
"""The tables by name."""


def query_of(name: str, table: Callable[[str], str], task: Mapping[str, str]) -> str:
    """Return the query of a table, with the others named by a function and the task filled in."""
    names = {each: table(each) for each in QUERIES}
    return re.sub(r"\{([a-z][a-z0-9_]*)\}", lambda each: {**task, **names}[each[1]], QUERIES[name])
