"""The SDK's debug output, which slows down every preview."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pulumi.runtime import resource
from pulumi.runtime.proto import source_pb2

VARIABLE = "PULUMI_DEBUG_PROGRAM"


def disable_sdk_debugging(environment: Mapping[str, str]) -> None:
    """Disable the SDK's debug messages and stack traces, unless PULUMI_DEBUG_PROGRAM is set.

    Debug messages are blocking calls to the engine: a tenth of a preview's time. The stack trace of each declaration
    makes up a third of the state, which is rewritten at every step.
    """
    if not environment.get(VARIABLE):
        pulumi.log.debug = lambda *_, **__: None
        setattr(resource, _STACK_TRACE, source_pb2.StackTrace)


# Not public; a test verifies that it exists and has this purpose.
_STACK_TRACE = "_get_stack_trace"
