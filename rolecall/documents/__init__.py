"""The JSON documents that commands write, as types; `make generate` writes their JSON Schemas to `rolecall/schemas`.

A change that removes a field, renames it or changes its meaning raises `SCHEMA_VERSION` in `rolecall.console.output`;
a new field does not.
"""
