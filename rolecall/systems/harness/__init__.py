"""Harness: pipelines that trigger jobs, and who may do what with them."""
