"""Signed snapshots of live access, for reviews without credentials."""
