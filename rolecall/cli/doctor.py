"""`rolecall doctor`: the tools found, their origin, and fixes for missing ones."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Optional

import typer

from rolecall.errors import ExitCode


class Extra(StrEnum):
    """A part of the toolchain that is installed only where it is named."""

    KUBERNETES = "kubernetes"


def doctor(
    install: Annotated[bool, typer.Option("--install", help="Get or build what is missing.")] = False,
    extras: Annotated[
        Optional[list[Extra]], typer.Option("--with", help="Also kubernetes: an API server for tests, built once.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing when all is well.")] = False,
    output: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """List the tools on this machine with origin and version, and fixes for missing ones."""
    from rolecall.console.doctor import api_server, examine, show

    wanted = extras or []

    if install:
        from rolecall.toolchain.install import ensure
        from rolecall.toolchain.progress import Progress

        ensure(Progress())
        if Extra.KUBERNETES in wanted:
            from rolecall.toolchain.api_server import ensure_api_server

            ensure_api_server(Progress())
        if quiet:
            return
    findings = [*examine(), *([api_server()] if Extra.KUBERNETES in wanted else [])]
    show(findings, as_json=output, quiet=quiet)
    if any(not finding.fine for finding in findings):
        raise typer.Exit(ExitCode.FINDINGS)
