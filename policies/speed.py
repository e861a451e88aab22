"""What the policy SDK does anew for each policy of a pack, done once for each resource, or not at all.

For every resource it goes through all policies, and for each turns the resource's properties from the engine's protocol
into plain values, whether the policy is about such a resource or not: with fifty rules, nine tenths of a pack's time.
Here the properties are converted once, and only those policies are asked that are about the resource's type. A test
looks whether the SDK still does as is expected here.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Mapping
from functools import wraps
from types import SimpleNamespace
from typing import Any

from google.protobuf import json_format
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel, policy

from rolecall.policies.memoized import Memoized

# The SDK's servicer, where it keeps its policies, and its method that says at which level one is.
SERVICER, LEVEL = "_PolicyAnalyzerServicer", "_get_enforcement_level"
POLICIES = f"{SERVICER}__policies"

# For policies of this process, the types of resources that they are about; for those on the whole stack, what they
# read.
_TYPES: dict[str, frozenset[str]] = {}
_WHOLE: dict[str, Mapping[str, str | None]] = {}


def patch_policy_sdk(
    types: Mapping[str, Collection[str]],
    names_only: Collection[str],
    whole: Mapping[str, Mapping[str, str | None]] | None = None,
) -> None:
    """Make the SDK in this process run only the policies concerned, and convert each message once.

    Args:
        types: for each policy by its name, the types of resources that it is about; one that is not named is asked
            about all.
        names_only: policies on the whole stack that look at no property.
        whole: for other policies on the whole stack by their names, the types of resources whose properties they read,
            each with a property without which they read none, an empty text, or None where they read names only.
    """
    _TYPES.update({name: frozenset(about) for name, about in types.items()})
    _WHOLE.update({name: {} for name in names_only})
    _WHOLE.update(whole or {})
    sdk: Any = policy
    if isinstance(sdk.json_format, SimpleNamespace):
        return
    sdk.json_format = SimpleNamespace(MessageToDict=Memoized(json_format.MessageToDict))
    sdk.deserialize_properties = Memoized(sdk.deserialize_properties)
    sdk.unknown_checking_proxy = Memoized(sdk.unknown_checking_proxy)
    servicer = getattr(sdk, SERVICER)
    servicer.Analyze = _of_type(servicer.Analyze)
    servicer.Remediate = _if_any(_of_type(servicer.Remediate))
    servicer.AnalyzeStack = _without_properties(servicer.AnalyzeStack)


def _of_type(method: Callable[..., Any]) -> Callable[..., Any]:
    """Let a method of the servicer see only the policies that are about the type it is asked about."""

    @wraps(method)
    def ask(servicer: Any, request: Any, context: Any) -> Any:
        view = copy.copy(servicer)
        chosen = [one for one in getattr(servicer, POLICIES) if request.type in _TYPES.get(one.name, (request.type,))]
        setattr(view, POLICIES, chosen)
        return method(view, request, context)

    return ask


def _if_any(method: Callable[..., Any]) -> Callable[..., Any]:
    """Spare what only those policies need that set things right, where none of them is asked to."""

    @wraps(method)
    def ask(servicer: Any, request: Any, context: Any) -> Any:
        levels = (getattr(servicer, LEVEL)(one) for one in getattr(servicer, POLICIES))
        if all(level != EnforcementLevel.REMEDIATE for level in levels):
            return analyzer_pb2.RemediateResponse()
        return method(servicer, request, context)

    return ask


def _without_properties(method: Callable[..., Any]) -> Callable[..., Any]:
    """Give policies on the whole stack the names of resources, and the properties of those that one of them reads."""

    @wraps(method)
    def ask(servicer: Any, request: Any, context: Any) -> Any:
        whole = [one for one in getattr(servicer, POLICIES) if isinstance(one, policy.StackValidationPolicy)]
        if all(one.name in _WHOLE for one in whole):
            read = {kind: key for one in whole for kind, key in _WHOLE[one.name].items() if key is not None}
            resources = [one if _is_read(one, read) else _named(one) for one in request.resources]
            request = analyzer_pb2.AnalyzeStackRequest(resources=resources)
        return method(servicer, request, context)

    return ask


def _is_read(resource: Any, read: Mapping[str, str]) -> bool:
    key = read.get(resource.type)
    return key is not None and (not key or key in resource.properties.fields)


def _named(resource: Any) -> Any:
    return analyzer_pb2.AnalyzerResource(type=resource.type, urn=resource.urn, name=resource.name)
