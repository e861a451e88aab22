"""Prefect Cloud: deployments that trigger jobs, and who may do what with them."""
