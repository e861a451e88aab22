"""Run a Pulumi program: a child process that executes Pulumi's own entry script."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import grpc
from pulumi.runtime.proto import language_pb2 as rpc

from rolecall.toolchain.language_host.interpreter import Interpreter
from rolecall.toolchain.language_host.process import Children

# Pulumi's entry script, from its SDK; the toolchain lays it beside this package's launcher.
ENTRY_SCRIPT = Path(__file__).resolve().parents[4] / "pulumi-language-python-exec"

# The entry script's exit status for "the user has seen the error already".
ERROR_WAS_SHOWN = 32


def run(
    request: rpc.RunRequest,
    engine_address: str,
    interpreter: Interpreter,
    children: Children,
    context: grpc.ServicerContext,
) -> rpc.RunResponse:
    """Run the program of a request until it ends or the engine cancels the call.

    Returns:
        a response whose `bail` is set when the program failed after it showed its error, and whose `error` is set
        when it failed in another way.
    """
    child = children.start(
        [interpreter.executable, "-u", ENTRY_SCRIPT, *_arguments(request, engine_address)],
        folder=Path(request.info.program_directory or request.pwd),
        environment={
            **interpreter.environment(),
            "PULUMI_CONFIG": json.dumps(dict(request.config)),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
        },
        piped=False,
    )
    cancelled = threading.Event()

    def cancel() -> None:
        cancelled.set()
        children.stop(child)

    context.add_callback(cancel)
    status = children.wait(child)
    if status == 0:
        return rpc.RunResponse()
    if status == ERROR_WAS_SHOWN or cancelled.is_set():
        return rpc.RunResponse(bail=True)
    return rpc.RunResponse(error=f"Program exited with non-zero exit code: {status}")


def _arguments(request: rpc.RunRequest, engine_address: str) -> list[str]:
    flags = {
        "monitor": request.monitor_address,
        "engine": engine_address,
        "project": request.project,
        "root_directory": request.info.root_directory,
        "stack": request.stack,
        "organization": request.organization,
        "pwd": request.pwd,
        "dry_run": "true" if request.dryRun else "false",
        "parallel": str(request.parallel),
    }
    named = [part for name, value in flags.items() if value for part in (f"--{name}", value)]
    return [*named, request.info.entry_point or ".", *request.args]
