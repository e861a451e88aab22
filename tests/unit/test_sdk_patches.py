"""Private parts of libraries that Rolecall uses: these tests fail if an update changes them."""

from __future__ import annotations

import ast
import contextvars
import inspect
from typing import Any

import pulumi
import pytest
from httpcore import ConnectionNotAvailable, NetworkStream, Origin, Request
from httpcore._sync.http11 import HTTP11Connection, HTTPConnectionState
from pulumi.automation._server import LanguageServer
from pulumi.runtime import resource, settings
from pulumi.runtime.proto import source_pb2
from pulumi.runtime.settings import SETTINGS

from rolecall.sdk_patches import disable_sdk_debugging, keep_used_connections
from tests.conftest import ROOT


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


class Readable(NetworkStream):
    """A socket on which something has arrived; notes whether a request could begin while a pool looks at it."""

    def __init__(self) -> None:
        self.free: list[bool] = []
        self.lock: Any = None

    def get_extra_info(self, info: str) -> Any:
        self.free.append(free := self.lock.acquire(blocking=False))
        if free:
            self.lock.release()
        return True


def test_a_pool_closes_no_connection_on_which_a_request_begins() -> None:
    keep_used_connections()
    keep_used_connections()
    stream, origin = Readable(), Origin(b"http", b"127.0.0.1", 80)
    connection = HTTP11Connection(origin, stream)
    stream.lock = connection._state_lock._lock
    assert not connection.has_expired(), "a new connection"
    assert stream.free == []
    connection._state = HTTPConnectionState.IDLE
    assert connection.has_expired(), "the server has closed it"
    assert stream.free == [False], "no request can begin in between"
    assert connection.is_closed()
    with pytest.raises(ConnectionNotAvailable):
        connection.handle_request(Request("GET", "http://127.0.0.1/"))


# Where attributes of other packages' modules are assigned to: one module for Rolecall, one for other interpreters.
PATCHING = ("rolecall/sdk_patches.py", "rolecall/toolchain/language_host/guarded_plugin.py")


def foreign_assignments(source: str) -> list[str]:
    """Return the assignments to attributes of modules and classes that a file imports from other packages."""
    tree = ast.parse(source)
    imported: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {(one.asname or one.name).partition(".")[0] for one in node.names}
        elif isinstance(node, ast.ImportFrom) and not (node.module or "").startswith("rolecall"):
            imported |= {one.asname or one.name for one in node.names}
    targets: list[ast.expr] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            targets += node.targets
        elif isinstance(node, ast.AugAssign | ast.AnnAssign):
            targets.append(node.target)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "setattr":
            targets.append(ast.Attribute(node.args[0], "", ast.Store()))
    return [ast.unparse(one) for one in targets if isinstance(one, ast.Attribute) and _root(one) in imported - _OURS]


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


# The interpreter's own settings.
_OURS = {"sys", "os", "signal", "socket"}


def test_no_other_module_changes_an_sdk() -> None:
    found = {
        path.relative_to(ROOT).as_posix(): changed
        for path in (ROOT / "rolecall").rglob("*.py")
        if (changed := foreign_assignments(path.read_text(encoding="utf-8")))
    }
    # Reached by way of the link too.
    assert {name for name in found if (ROOT / name).is_file()} <= {*PATCHING}, found
    assert "pulumi.log.debug" in found[PATCHING[0]]


def test_an_assignment_to_an_imported_module_is_found() -> None:
    assert foreign_assignments("import grpc.aio\ngrpc.aio.server = None") == ["grpc.aio.server"]
    assert foreign_assignments("from a.b import C\nsetattr(C, 'x', 1)") == ["C."]
    assert foreign_assignments("from rolecall.a import C\nC.x = 1\nclass D:\n    def f(self): self.x = 1") == []
