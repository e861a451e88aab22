"""All changes that Rolecall makes to a vendor's SDK in memory.

Change, reason, and the test that fails when the SDK changes:

- `disable_sdk_debugging`, pulumi: debug messages block, stack traces fill the state (tests/unit/test_sdk_patches.py)
- `settle`, pulumi: the SDK's own wait takes quadratic time (tests/unit/components/test_components.py)
- `before_registration`, pulumi: the journal precedes the engine (tests/unit/engine/test_journal.py)
- `keep_used_connections`, httpcore: a pool closes connections that are in use (tests/unit/test_sdk_patches.py)
- `patch_policy_sdk`, pulumi_policy: conversions take nine tenths of a pack's time (tests/policies/test_speed.py)

One more has a module of its own, because it runs in interpreters without Rolecall: the check of the user in gRPC
servers (toolchain/language_host/guarded_plugin.py, tests/security/test_local_servers.py). A test finds every other
assignment to an attribute of an imported module (tests/unit/test_sdk_patches.py).

SDKs are imported in the functions, because each caller needs one of them only and an import takes long.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable, Collection, Mapping
from functools import wraps
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from rolecall.memoized import Memoized

if TYPE_CHECKING:
    from pulumi.runtime.proto import resource_pb2

DEBUG_VARIABLE = "PULUMI_DEBUG_PROGRAM"
STACK_TRACE = "_get_stack_trace"


def disable_sdk_debugging(environment: Mapping[str, str]) -> None:
    """Disable the SDK's debug messages and stack traces, unless PULUMI_DEBUG_PROGRAM is set.

    Debug messages are blocking calls to the engine: a tenth of a preview's time. The stack trace of each declaration
    makes up a third of the state, which is rewritten at every step.
    """
    import pulumi
    from pulumi.runtime import resource
    from pulumi.runtime.proto import source_pb2

    if not environment.get(DEBUG_VARIABLE):
        pulumi.log.debug = lambda *_, **__: None
        setattr(resource, STACK_TRACE, source_pb2.StackTrace)


async def settle() -> bool:
    """Wait until all outputs of the program are known or one has failed; return whether none has failed.

    The SDK waits for the first outstanding task, then for the first of the remaining ones, and so on, which takes a
    third of the time of a preview of 300 jobs. Failed tasks are left to the SDK, which reports them.
    """
    from pulumi.runtime.settings import SETTINGS

    while True:
        with SETTINGS.lock:
            waiting = set(SETTINGS.outputs)
            SETTINGS.outputs.clear()
        if not waiting:
            return True
        done, pending = await asyncio.wait(waiting, return_when=asyncio.FIRST_EXCEPTION)
        failed = {task for task in done if task.cancelled() or task.exception() is not None}
        if failed:
            with SETTINGS.lock:
                SETTINGS.outputs.update(failed | pending)
            return False


def before_registration(call: Callable[[resource_pb2.RegisterResourceRequest], None]) -> None:
    """Call a function with each resource that the running program registers, before the engine receives it.

    Args:
        call: the function; it runs in a thread of the SDK's, and an exception fails the registration.
    """
    from pulumi.runtime.settings import SETTINGS

    monitor = SETTINGS.monitor
    register = monitor.RegisterResource

    def calling(request: resource_pb2.RegisterResourceRequest, *rest: Any, **more: Any) -> Any:
        call(request)
        return register(request, *rest, **more)

    monitor.RegisterResource = calling


def keep_used_connections() -> None:
    """Make httpcore's pools close only connections that no request uses.

    To find connections that the server has closed, a pool looks first at whether a connection is idle and then at
    whether its socket is readable. If another thread begins a request in between and its answer arrives, the pool
    closes the connection under it: the request waits for an answer until its time is over. Here no request can begin
    in between, and one that comes later takes another connection.
    """
    from httpcore._sync.http11 import HTTP11Connection, HTTPConnectionState

    original = HTTP11Connection.has_expired
    if hasattr(original, "__wrapped__"):
        return

    @wraps(original)
    def has_expired(connection: HTTP11Connection) -> bool:
        with connection._state_lock:  # noqa: SLF001 - the lock under which a request begins
            expired = original(connection)
            if expired:
                connection._state = HTTPConnectionState.CLOSED  # noqa: SLF001 - a request looks at it
            return expired

    setattr(HTTP11Connection, original.__name__, has_expired)


# The SDK's servicer, its attribute with the policies, and its method that returns a policy's level.
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
    """Make the policy SDK run only the policies of a resource's type, and convert each message once.

    For every resource the SDK goes through all policies, and converts the resource's properties for each of them.

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
    from google.protobuf import json_format
    from pulumi_policy import policy

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
    from pulumi.runtime.proto import analyzer_pb2
    from pulumi_policy import EnforcementLevel

    @wraps(method)
    def ask(servicer: Any, request: Any, context: Any) -> Any:
        levels = (getattr(servicer, LEVEL)(one) for one in getattr(servicer, POLICIES))
        if all(level != EnforcementLevel.REMEDIATE for level in levels):
            return analyzer_pb2.RemediateResponse()
        return method(servicer, request, context)

    return ask


def _without_properties(method: Callable[..., Any]) -> Callable[..., Any]:
    """Give policies on the whole stack the names of resources, and the properties of those that one of them reads."""
    from pulumi.runtime.proto import analyzer_pb2
    from pulumi_policy import policy

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
    from pulumi.runtime.proto import analyzer_pb2

    return analyzer_pb2.AnalyzerResource(type=resource.type, urn=resource.urn, name=resource.name)
