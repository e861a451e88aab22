"""`rolecall env`: what a shell needs."""

from __future__ import annotations

import shlex
from typing import Annotated

import typer


def env(
    output: Annotated[bool, typer.Option("--json", help="Write JSON instead of shell commands.")] = False,
) -> None:
    """Write what a shell needs so that plain `pulumi preview` and `pulumi up` work: eval "$(rolecall env)".

    It names the toolchain, where state is kept and, while they run, the local emulators with their throw-away
    credentials.
    """
    import os

    from rolecall.console.output import SCHEMA_VERSION, print_document
    from rolecall.console.project_root import project_root
    from rolecall.engine.environment import engine_environment
    from rolecall.local.variables import variables_of_running
    from rolecall.toolchain.install import ensure
    from rolecall.toolchain.progress import Progress

    root = project_root()
    variables = engine_environment(root, ensure(Progress()), os.environ) | variables_of_running(root)
    if output:
        print_document({"schema_version": SCHEMA_VERSION, "variables": variables})
        return
    for name, value in variables.items():
        typer.echo(f"export {name}={shlex.quote(value)}")
