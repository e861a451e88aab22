"""Rolecall: access-as-code for Databricks machine learning and everything around it."""

__version__ = "0.1.0"
