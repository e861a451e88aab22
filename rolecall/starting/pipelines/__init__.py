"""Pipelines of a new repository: review without credentials, deployment on merge, snapshot and drift on a schedule."""
