"""Shared by rules on settings of workspaces and of the account."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rolecall.policies.context import Context
from rolecall.policies.rule import Check, Finding, Resource

# Keys of the workspace's configuration that let data leave it through a browser.
WAYS_OUT = ("enableResultsDownloading", "enableNotebookTableClipboard", "enableExportNotebook", "enableDbfsFileBrowser")


def has_value(path: str, wanted: Any, found: str, how: str) -> Check:
    """Return a check that a setting has a value."""

    def check(resource: Resource, context: Context) -> Iterator[Finding]:
        if resource.properties.read(path) != wanted:
            yield Finding(found, how)

    return check


def key_of(resource: Resource, name: str) -> str | None:
    """Return a key of the workspace's configuration; None where it is left as it is."""
    configuration = resource.properties.read("customConfig") or {}
    value = configuration.get(name)
    return None if value is None else str(value).lower()


def key_is(name: str, wanted: str, found: str) -> Check:
    """Return a check that a key of the workspace's configuration, where it is set, has a value."""

    def check(resource: Resource, context: Context) -> Iterator[Finding]:
        if key_of(resource, name) not in (None, wanted):
            yield Finding(found, f'Write {name}: "{wanted}", or leave it out.')

    return check
