"""What is used of Pulumi's SDK that is not public: an update that changes it shall be noticed here."""

from __future__ import annotations

import contextvars
import inspect

import pulumi
from pulumi.automation._server import LanguageServer
from pulumi.runtime import resource, settings
from pulumi.runtime.proto import source_pb2
from pulumi.runtime.settings import SETTINGS

from rolecall.components.debugging import disable_sdk_debugging


def test_stack_traces_are_sent_by_the_function_that_is_replaced() -> None:
    kept, debug = resource._get_stack_trace, pulumi.log.debug
    try:
        assert isinstance(kept(), source_pb2.StackTrace)
        assert "_get_stack_trace()" in inspect.getsource(resource.register_resource)
        disable_sdk_debugging({})
        assert resource._get_stack_trace() == source_pb2.StackTrace()
        assert resource._get_source_position(resource._get_stack_trace()) is None
        pulumi.log.debug = debug
        setattr(resource, "_get_stack_trace", kept)  # noqa: B010 - what is replaced is looked up by its name too
        disable_sdk_debugging({"PULUMI_DEBUG_PROGRAM": "1"})
        assert resource._get_stack_trace is kept
    finally:
        setattr(resource, "_get_stack_trace", kept)  # noqa: B010 - see above
        pulumi.log.debug = debug


def test_programs_that_run_side_by_side_have_settings_of_their_own() -> None:
    """The server for inline programs runs each in a context of its own; without that, slices would mix."""
    assert "contextvars.copy_context()" in inspect.getsource(LanguageServer.Run)
    contexts = {name: contextvars.copy_context() for name in ("dev.a", "dev.b")}
    for name, context in contexts.items():
        context.run(settings.reset_options, project="rolecall", stack=name)
    assert {context.run(pulumi.get_stack) for context in contexts.values()} == {"dev.a", "dev.b"}
    outputs = [context.run(lambda: SETTINGS.outputs) for context in contexts.values()]
    assert outputs[0] is not outputs[1]
