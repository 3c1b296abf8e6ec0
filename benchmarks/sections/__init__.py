"""The sections of the benchmark, each a function from the workplace to its cases, in order."""
