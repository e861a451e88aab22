"""The gRPC service `pulumirpc.LanguageRuntime`, as far as programs, policy packs and provider plugins need it."""

from __future__ import annotations

import os
import platform
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import language_pb2 as rpc
from pulumi.runtime.proto import language_pb2_grpc, plugin_pb2

from rolecall.toolchain.language_host import dependencies, plugin, program
from rolecall.toolchain.language_host.interpreter import Interpreter, InterpreterMissing, find_interpreter
from rolecall.toolchain.language_host.local_server import local_server
from rolecall.toolchain.language_host.process import Children

# The SDK's own limit: resources may carry large values (sdk/python/lib/pulumi/runtime/_grpc_settings.py).
MAX_MESSAGE_BYTES = 1024 * 1024 * 400
# Seconds between two looks for the engine.
LOOK_EVERY = 1.0


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """Answers the engine; one instance serves one engine process."""

    def __init__(self, engine_address: str) -> None:
        self._engine = engine_address
        self._children = Children()

    def Handshake(
        self, request: rpc.LanguageHandshakeRequest, context: grpc.ServicerContext
    ) -> rpc.LanguageHandshakeResponse:
        """Learn the engine's address."""
        self._engine = request.engine_address or self._engine
        return rpc.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        """Say which version of the SDK this host was built for."""
        return plugin_pb2.PluginInfo(version=os.environ.get("ROLECALL_PULUMI_VERSION", ""))

    def GetRequiredPackages(
        self, request: rpc.GetRequiredPackagesRequest, context: grpc.ServicerContext
    ) -> rpc.GetRequiredPackagesResponse:
        """List the provider plugins that the packages installed for the program need."""
        found = _interpreter(request.info, context).plugins()
        return rpc.GetRequiredPackagesResponse(
            packages=[
                plugin_pb2.PackageDependency(name=one.name, kind="resource", version=one.version, server=one.server)
                for one in found
            ]
        )

    def Run(self, request: rpc.RunRequest, context: grpc.ServicerContext) -> rpc.RunResponse:
        """Run a Pulumi program to its end; its output goes to the engine as it is printed."""
        try:
            interpreter = find_interpreter(Path(request.info.root_directory), options_of(request.info))
        except InterpreterMissing as missing:
            return rpc.RunResponse(error=str(missing))
        return program.run(request, self._engine, interpreter, self._children, context)

    def RunPlugin(
        self, request: rpc.RunPluginRequest, context: grpc.ServicerContext
    ) -> Iterator[rpc.RunPluginResponse]:
        """Run a policy pack or a provider that is written in Python; stream its output, then its exit status."""
        interpreter = _interpreter(request.info, context)
        yield from plugin.run(request, interpreter, self._children, context)

    def InstallDependencies(
        self, request: rpc.InstallDependenciesRequest, context: grpc.ServicerContext
    ) -> Iterator[rpc.InstallDependenciesResponse]:
        """Make the virtual environment where there is none, and install the project's requirements into it."""
        yield from dependencies.install(request, options_of(request.info), self._children, context)

    def GetProgramDependencies(
        self, request: rpc.GetProgramDependenciesRequest, context: grpc.ServicerContext
    ) -> rpc.GetProgramDependenciesResponse:
        """List the program's packages, for `pulumi about`."""
        found = _interpreter(request.info, context).dependencies(transitive=request.transitiveDependencies)
        return rpc.GetProgramDependenciesResponse(
            dependencies=[rpc.DependencyInfo(name=name, version=version) for name, version in found]
        )

    def About(self, request: rpc.AboutRequest, context: grpc.ServicerContext) -> rpc.AboutResponse:
        """Say which Python runs the program, for `pulumi about`."""
        interpreter = _interpreter(request.info, context)
        return rpc.AboutResponse(executable=str(interpreter.executable), version=_version(interpreter))

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """End what runs: the engine is going away."""
        self._children.stop_all()
        return empty_pb2.Empty()

    def close(self) -> None:
        """End what still runs."""
        self._children.stop_all()


def options_of(info: rpc.ProgramInfo) -> dict[str, object]:
    """Return `runtime.options` of the project file as plain values."""
    options: struct_pb2.Struct = info.options
    return dict(json_format.MessageToDict(options))


def _interpreter(info: rpc.ProgramInfo, context: grpc.ServicerContext) -> Interpreter:
    try:
        return find_interpreter(Path(info.root_directory), options_of(info))
    except InterpreterMissing as missing:
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(missing))
        raise  # abort() raises; this tells the type checker so


def _version(interpreter: Interpreter) -> str:
    if interpreter.virtual_environment is None:
        return platform.python_version()
    settings = (interpreter.virtual_environment / "pyvenv.cfg").read_text(encoding="utf-8")
    pairs = (line.partition("=") for line in settings.splitlines())
    return next((value.strip() for key, _, value in pairs if key.strip() in ("version", "version_info")), "")


def serve(arguments: Sequence[str]) -> int:
    """Serve until the engine ends this process, or has been killed; the port is the first line of standard output.

    Args:
        arguments: flags of the engine, which are not needed here, and last the engine's address.
    """
    stopped, engine = threading.Event(), os.getppid()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    positional = [argument for argument in arguments if not argument.startswith("-")]
    options = [("grpc.max_receive_message_length", MAX_MESSAGE_BYTES)]
    server, port = local_server(ThreadPoolExecutor(max_workers=16), options)
    host = LanguageHost(positional[-1] if positional else "")
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    # A killed engine ends no plugin: this process then has another parent.
    while not stopped.wait(LOOK_EVERY) and os.getppid() == engine:
        pass
    host.close()
    server.stop(grace=None)
    return 0
