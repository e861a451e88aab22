"""Kinds, one a file: facts and pure functions from which tables, readers, checks and documents are derived."""
