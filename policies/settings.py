"""Shared by rules on settings of workspaces and of the account."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pulumi_policy import Severity

from rolecall.policies.compliant import key_example
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import setting_example
from rolecall.policies.rule import Check, Finding, Pack, Resource, Rule
from rolecall.policies.types import WORKSPACE_CONF

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


def key_rule(
    name: str,
    description: str,
    key: tuple[str, str, str],
    found: str,
    severity: Severity,
    source: str,
    *themes: Theme,
    pack: Pack = "guardrails",
) -> Rule:
    """Return the rule that a key of a workspace's configuration, where it is set, has a value.

    Args:
        name: the rule's id.
        description: the requirement, in one sentence.
        key: the key, its only value that complies, and one that does not.
        found: the consequence of any other value.
        severity: how bad a violation is.
        source: the vendor's document.
        *themes: its topics.
        pack: the pack that has it.
    """
    key_name, wanted, refused = key

    def check(resource: Resource, context: Context) -> Iterator[Finding]:
        if key_of(resource, key_name) not in (None, wanted):
            yield Finding(found, f'Write {key_name}: "{wanted}", or leave it out.')

    example = key_example(key_name, refused)
    return Rule(name, description, severity, source, themes, (WORKSPACE_CONF,), check, example, pack=pack)


def switch_rule(
    name: str, description: str, switch: tuple[str, str], found: str, severity: Severity, source: str, *themes: Theme
) -> Rule:
    """Return the rule that a setting, a type of resource of its own, is switched on.

    Args:
        name: the rule's id.
        description: the requirement, in one sentence.
        switch: the type, and the path of the value that has to be true: object and field.
        found: the consequence of any other value.
        severity: how bad a violation is.
        source: the vendor's document.
        *themes: its topics.
    """
    token, path = switch
    outer, inner = path.split(".")
    check = has_value(path, True, found, f"Write {inner}: true.")
    example = setting_example(token, outer, inner, True, False)
    return Rule(name, description, severity, source, themes, (token,), check, example)
