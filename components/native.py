"""Resources and functions of Rolecall's own provider, by their type tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi import CustomResource, Input, InvokeOptions, Output, ProviderResource, ResourceOptions

Properties = Mapping[str, Any]


class NativeProvider(ProviderResource):
    """A connection to the systems; credentials come from the environment, never from the program."""

    def __init__(self, name: str, properties: Properties, opts: ResourceOptions | None = None) -> None:
        super().__init__("rolecall", name, dict(properties), opts)


class Native(CustomResource):
    """A resource of Rolecall's own provider.

    Args:
        token: its type token, `rolecall:SYSTEM:TYPE`.
        name: its name among the stack's resources.
        properties: its inputs.
        opts: the engine's options.
        outputs: names of outputs that other resources read with `output`.
    """

    def __init__(
        self,
        token: str,
        name: str,
        properties: Properties,
        opts: ResourceOptions | None = None,
        *,
        outputs: Sequence[str] = (),
    ) -> None:
        super().__init__(token, name, {**properties, **dict.fromkeys(outputs)}, opts)

    def output(self, name: str) -> Output[str]:
        """Return one of its outputs."""
        found: Output[str] = pulumi.get(self, name)
        return found


def get_group_members(system: str, group_id: Input[str], provider: ProviderResource) -> Output[list[dict[str, str]]]:
    """Query an identity provider for the members of a group: `rolecall:SYSTEM:getGroupMembers`."""
    token = f"rolecall:{system}:getGroupMembers"
    found = pulumi.runtime.invoke_output(token, {"groupId": group_id}, InvokeOptions(provider=provider))
    return found.apply(lambda answer: list(answer.get("members") or []))
