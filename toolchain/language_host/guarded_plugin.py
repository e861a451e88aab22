"""Run a plugin that is written in Python, whose gRPC servers answer only the user who runs it.

`python guarded_plugin.py analyzer ARGUMENT… PACK` runs a policy pack as `python -m pulumi.policy ARGUMENT… PACK` does,
and `python guarded_plugin.py provider FOLDER ARGUMENT…` a program as `python FOLDER ARGUMENT…` does: with the plugin's
own interpreter, in its own folder. The SDKs make their servers themselves (`grpc.server` in pulumi_policy/policy.py,
`grpc.aio.server` in pulumi/provider/server.py), so this module puts the check into what makes servers.
tests/security/test_local_servers.py notices where an SDK goes another way.
"""

from __future__ import annotations

import inspect
import os
import runpy
import sys
from pathlib import Path
from typing import Any

RUNNER = "pulumi.policy"
PACK, PROVIDER = "analyzer", "provider"


def guard_servers() -> None:
    """Let every gRPC server that this process makes from now on refuse other users."""
    import grpc
    import grpc.aio

    from rolecall.toolchain.language_host.local_server import SameUser

    grpc.server = _guarding(grpc.server, SameUser)
    grpc.aio.server = _guarding(grpc.aio.server, _aio_guard())


def _guarding(make: Any, guard_type: Any) -> Any:
    """Return what makes servers with a guard, which knows their port."""

    def guarded(*positional: Any, **named: Any) -> Any:
        guard = guard_type()
        if len(positional) > 2:
            # `handlers` and `interceptors` by their places.
            positional = (*positional[:2], [guard, *(positional[2] or ())], *positional[3:])
        else:
            named = {**named, "interceptors": [guard, *(named.get("interceptors") or ())]}
        server = make(*positional, **named)
        listen = server.add_insecure_port

        def listening(address: str) -> int:
            guard.port = listen(address)
            return int(guard.port)

        server.add_insecure_port = listening
        return server

    return guarded


def _aio_guard() -> Any:
    """Return the guard of asynchronous servers."""
    import grpc
    import grpc.aio

    from rolecall.toolchain.language_host.local_server import REFUSAL, SameUser

    class SameUserAio(grpc.aio.ServerInterceptor):
        def __init__(self) -> None:
            self._guard = SameUser()
            self.port = 0

        async def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
            handler = await continuation(handler_call_details)
            if handler is None:
                return None
            for kind in ("unary_unary", "unary_stream", "stream_unary", "stream_stream"):
                behaviour = getattr(handler, kind)
                if behaviour is not None:
                    guarded = self._streaming(behaviour) if kind.endswith("stream") else self._single(behaviour)
                    make = getattr(grpc, f"{kind}_rpc_method_handler")
                    return make(guarded, handler.request_deserializer, handler.response_serializer)
            return handler

        def _single(self, behaviour: Any) -> Any:
            async def answer(request: Any, context: Any) -> Any:
                await self._require(context)
                answered = behaviour(request, context)
                return await answered if inspect.isawaitable(answered) else answered

            return answer

        def _streaming(self, behaviour: Any) -> Any:
            async def answer(request: Any, context: Any) -> Any:
                await self._require(context)
                answered = behaviour(request, context)
                if inspect.isasyncgen(answered):
                    async for one in answered:
                        yield one
                elif inspect.isawaitable(answered):
                    await answered
                else:
                    for one in answered:
                        yield one

            return answer

        async def _require(self, context: Any) -> None:
            self._guard.port = self.port
            if not self._guard.admits(str(context.peer())):
                await context.abort(grpc.StatusCode.PERMISSION_DENIED, REFUSAL)

    return SameUserAio


def main(kind: str) -> None:
    """Be the plugin."""
    sys.path[0] = str(Path(os.path.abspath(__file__)).parents[3])
    guard_servers()
    # The copy of `rolecall.toolchain` beside the engine was for the check: a plugin imports its own.
    for name in [name for name in sys.modules if name.partition(".")[0] == "rolecall"]:
        del sys.modules[name]
    if kind == PACK:
        sys.path[0] = os.getcwd()
        sys.argv = [RUNNER, *sys.argv[2:]]
        runpy.run_module(RUNNER, run_name="__main__", alter_sys=True)
    else:
        del sys.path[0]
        sys.argv = sys.argv[2:]
        runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1])
