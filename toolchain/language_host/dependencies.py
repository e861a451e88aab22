"""`pulumi install`: make a project's virtual environment and install its requirements."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import grpc
from pulumi.runtime.proto import language_pb2 as rpc

from rolecall.toolchain.language_host.process import Children, copy_chunks


def install(
    request: rpc.InstallDependenciesRequest,
    options: Mapping[str, object],
    children: Children,
    context: grpc.ServicerContext,
) -> Iterator[rpc.InstallDependenciesResponse]:
    """Yield the output of `venv` and `pip` while they run; a failing step aborts the call with its exit status."""
    folder = Path(request.info.program_directory or request.directory)
    root = Path(request.info.root_directory or folder)
    for command in _steps(folder, root, options):
        child = children.start(command, folder=folder, environment={}, piped=True)
        context.add_callback(partial(children.stop, child))
        assert child.stdout is not None
        assert child.stderr is not None
        for chunk in copy_chunks(child.stdout):
            yield rpc.InstallDependenciesResponse(stdout=chunk)
        for chunk in copy_chunks(child.stderr):
            yield rpc.InstallDependenciesResponse(stderr=chunk)
        if status := children.wait(child):
            shown = " ".join(map(str, command))
            context.abort(grpc.StatusCode.INTERNAL, f"installing dependencies failed: `{shown}` exited with {status}")


def _steps(folder: Path, root: Path, options: Mapping[str, object]) -> list[list[str | Path]]:
    """Return the commands that are needed, in order."""
    python: str | Path = sys.executable
    steps: list[list[str | Path]] = []
    if named := options.get("virtualenv"):
        environment = root / str(named)
        python = environment / "bin" / "python"
        if not python.exists():
            steps.append([sys.executable, "-P", "-m", "venv", environment])
    requirements = next(
        (path for path in (folder / "requirements.txt", root / "requirements.txt") if path.exists()), None
    )
    if requirements is not None:
        steps.append([python, "-m", "pip", "install", "--disable-pip-version-check", "-r", requirements])
    return steps
