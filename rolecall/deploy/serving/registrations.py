"""Records the resources that a program registers in the journal before the engine receives them."""

from __future__ import annotations

import json
from typing import Any

import pulumi
from google.protobuf import json_format
from pulumi.runtime.proto import resource_pb2

from rolecall.engine.journal import PROVIDER, Entry, Journal
from rolecall.errors import StateUnwritable, explained
from rolecall.sdk_patches import before_registration

STACK = "pulumi:pulumi:Stack"
# What marks a value as a secret in the engine's protocol (pulumi/sdk, resource.SigKey).
SIGNATURE = "4dabf18193072939515e22adb298388d"


def record_registrations(journal: Journal) -> None:
    """Record every resource that the running program registers from now on."""
    # The SDK registers resources in threads of its own, which have no current stack.
    root = f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}"

    def record(request: resource_pb2.RegisterResourceRequest) -> None:
        try:
            journal.note(entry_of(request, root, journal.identifying))
        except StateUnwritable as error:
            raise pulumi.RunError(explained(error)) from None

    before_registration(record)


def entry_of(request: resource_pb2.RegisterResourceRequest, root: str, identifying: frozenset[str]) -> Entry:
    """Return what is noted of a resource: no secret, and of its properties only those it is found by.

    Args:
        request: how the SDK registers it.
        root: what the names of the stack's resources begin with.
        identifying: names of those properties; of a connection all are noted.
    """
    found: dict[str, Any] = {
        "urn": f"{root}::{_qualified(request.parent, request.type)}::{request.name}",
        "type": request.type,
        "custom": request.custom,
    }
    if request.parent:
        found["parent"] = request.parent
    if request.provider:
        found["provider"] = request.provider
    if request.custom:
        own = request.type.startswith(PROVIDER)
        found["inputs"] = {
            key: value
            for key, value in json_format.MessageToDict(request.object).items()
            if (own or key in identifying) and SIGNATURE not in json.dumps(value)
        }
    return found


def _qualified(parent: str, kind: str) -> str:
    """Return a type as names of resources have it, below those of its parents.

    https://www.pulumi.com/docs/iac/concepts/resources/names/#urns
    """
    chain = parent.split("::")[2] if parent else STACK
    return kind if chain == STACK else f"{chain}${kind}"
