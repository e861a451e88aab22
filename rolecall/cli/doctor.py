"""`rolecall doctor`: the tools found, their origin, and fixes for missing ones."""

from __future__ import annotations

from typing import Annotated

import typer

from rolecall.errors import ExitCode


def doctor(
    install: Annotated[bool, typer.Option("--install", help="Get or build what is missing.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing when all is well.")] = False,
    output: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """List the tools on this machine with origin and version, and fixes for missing ones."""
    from rolecall.console.doctor import examine, show

    if install:
        from rolecall.toolchain.install import ensure
        from rolecall.toolchain.progress import Progress

        ensure(Progress())
        if quiet:
            return
    findings = examine()
    show(findings, as_json=output, quiet=quiet)
    if any(not finding.fine for finding in findings):
        raise typer.Exit(ExitCode.FINDINGS)
