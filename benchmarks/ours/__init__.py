"""The pipeline's own part in every comparison, called through its public functions."""
