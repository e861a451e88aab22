"""Run a plugin that is written in Python: a policy pack or a resource provider."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import grpc
from pulumi.runtime.proto import language_pb2 as rpc

from rolecall.toolchain.language_host.credentials import without_credentials
from rolecall.toolchain.language_host.guarded_plugin import PACK, PROVIDER
from rolecall.toolchain.language_host.interpreter import Interpreter
from rolecall.toolchain.language_host.process import Children, copy_chunks

GUARDED = Path(__file__).resolve().parent / "guarded_plugin.py"


def run(
    request: rpc.RunPluginRequest,
    interpreter: Interpreter,
    children: Children,
    context: grpc.ServicerContext,
) -> Iterator[rpc.RunPluginResponse]:
    """Start the plugin of a request and yield what it prints and, last, its exit status.

    A policy pack is run by the SDK's own runner inside the pack's folder, so that it can import what lies there; any
    other plugin is run as a program in the folder that the engine names.
    """
    folder = Path(request.info.program_directory)
    if request.kind == "analyzer":
        command = ["-u", str(GUARDED), PACK, *request.args, str(folder)]
        working_folder = folder
    else:
        command = ["-u", str(GUARDED), PROVIDER, str(folder), *request.args]
        working_folder = Path(request.pwd)
    # A pack is code of somebody who judges and deploys nothing: it gets no credential.
    is_pack = request.kind == "analyzer"
    inherited = without_credentials(os.environ) if is_pack else None
    told = dict(entry.split("=", 1) for entry in request.env if "=" in entry)
    child = children.start(
        [interpreter.executable, *command],
        folder=working_folder,
        environment={**(without_credentials(told) if is_pack else told), **interpreter.environment()},
        piped=True,
        inherited=inherited,
    )
    context.add_callback(lambda: children.stop(child))
    assert child.stdout is not None
    assert child.stderr is not None
    yield from _interleave(child.stdout, child.stderr)
    yield rpc.RunPluginResponse(exitcode=children.wait(child))


def _interleave(stdout: IO[bytes], stderr: IO[bytes]) -> Iterator[rpc.RunPluginResponse]:
    """Yield both streams' chunks in the order in which they arrive."""
    arrived: queue.SimpleQueue[rpc.RunPluginResponse | None] = queue.SimpleQueue()

    def read_stdout() -> None:
        for chunk in copy_chunks(stdout):
            arrived.put(rpc.RunPluginResponse(stdout=chunk))
        arrived.put(None)

    def read_stderr() -> None:
        for chunk in copy_chunks(stderr):
            arrived.put(rpc.RunPluginResponse(stderr=chunk))
        arrived.put(None)

    for reader in (read_stdout, read_stderr):
        threading.Thread(target=reader, daemon=True).start()
    for _ in range(2):
        while (response := arrived.get()) is not None:
            yield response
