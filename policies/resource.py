"""A declared resource, as rules read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rolecall.policies.properties import Properties


@dataclass(frozen=True)
class Provider:
    """The provider resource through which another resource is written.

    Attributes:
        type: its type token, `pulumi:providers:PACKAGE`.
        name: its name in the program; the engine names those that it makes itself `default…`.
        properties: its inputs.
    """

    type: str
    name: str
    properties: Properties


@dataclass(frozen=True)
class Resource:
    """A declared resource.

    Attributes:
        type: its type token.
        name: its name in the program.
        stack: the stack that declares it, or the environment that this stack is a part of.
        properties: its inputs.
        values: the same as plain values, for rules that search all of them.
        urn: its name in the engine; empty where there is no engine.
        provider: what it is written through; None for a component and for a provider.
    """

    type: str
    name: str
    stack: str
    properties: Properties
    values: Mapping[str, Any]
    urn: str = ""
    provider: Provider | None = None
