"""Signed snapshots of what is live, for reviews without credentials."""
