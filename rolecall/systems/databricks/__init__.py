"""Databricks: translation of grants and jobs to its own words, and reading of live access."""
