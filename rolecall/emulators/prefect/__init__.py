"""Prefect Cloud's accounts, teams and access lists in front of a real Prefect server."""
