"""Finds or builds what the Pulumi engine needs: the engine, the Python language host and the Databricks provider."""
