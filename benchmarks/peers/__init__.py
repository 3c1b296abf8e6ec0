"""Others that do the same job, each as a person who knows the tool would write it.

They are run by an environment of their own (`make bench` makes `.venv-bench`) and use nothing of
the pipeline but the data that the benchmark makes, the register in force among them. What each has
to find is in `benchmarks.answers`.
"""
