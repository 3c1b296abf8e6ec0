"""Quarterly council performance reporting: returns in, rated and versioned publications out."""
