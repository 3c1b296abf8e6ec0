"""How fast and how small the pipeline is, beside others that do the same job on the same machine.

    python -m benchmarks                  the short form, a few minutes on two cores
    python -m benchmarks --full           to ten million rows
    python -m benchmarks --only startup   one section of either

Data are made here from a seed. Every contender is a process of its own, ours and its peers by
turns; its answer is compared first, and where answers differ there is no ratio. What is measured
is kept in the workplace, so that sections can be measured one by one; `RESULTS.md` and its plots
are written from all of it.
"""
