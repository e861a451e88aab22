"""What the SDK does only for those who debug it, and what that costs."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pulumi.runtime import resource
from pulumi.runtime.proto import source_pb2

VARIABLE = "PULUMI_DEBUG_PROGRAM"


def quiet(environment: Mapping[str, str]) -> None:
    """Leave out the SDK's debug messages and stack traces, unless PULUMI_DEBUG_PROGRAM is set.

    It tells the engine of its every step, in calls that it waits for: a tenth of a preview's time. And it sends the
    Python stack of each resource's declaration, which makes up a third of the state, written anew at every step.
    """
    if not environment.get(VARIABLE):
        pulumi.log.debug = lambda *_, **__: None
        setattr(resource, _STACK_TRACE, source_pb2.StackTrace)


# Not public; a test looks whether it is there and still does what is left out here.
_STACK_TRACE = "_get_stack_trace"
