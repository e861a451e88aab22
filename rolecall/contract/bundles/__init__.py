"""Databricks Asset Bundles: their jobs, as `databricks bundle validate` resolves them for a target.

Rules are those of https://docs.databricks.com/aws/en/dev-tools/bundles/settings and of the command's own source,
https://github.com/databricks/cli (bundle/config and libs/dyn).
"""
