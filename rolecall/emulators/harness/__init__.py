"""Harness, emulated: access control, pipelines and their executions in one project."""
