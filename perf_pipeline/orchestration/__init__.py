"""The only package that knows Dagster: thin assets round the pure steps.

    environment   where the process's environment turns into settings
    partitions    the quarter as a Dagster partition
    quarter_locks one run of a quarter at a time
    io            Parquet between steps
    each_quarter  a step for one quarter or several, and what is worth another try
    resources     what steps are handed: landing store, publisher
    checks        the checks' names and how a finding becomes a result
    tables        how a schema becomes an asset's description, columns and metadata
    lineage       from which columns each column comes
    expected_rows what rows of a return are checked against
    returns       two assets for each source: its return, and its rows checked
    outturns      all sources' outturns together, and the earlier ones to compare with
    ratings       rated and compared outturns
    reporting     the reporting tables
    publication   the reporting tables in the database
    earlier_results  what was published of the quarters before, for the next two
    return_checks    a return checked before it is sent
    return_templates what a service is asked for, and told
    runs          running the quarter's job from the command line
    run_tags      by what runs are told apart
    dask_launcher runs on the workers of a Dask cluster
    automation    schedules, sensors and freshness

What must be kept out: rules of rating, reading and counting (the steps' part), SQL, and the
environment anywhere but in `environment`.
"""
