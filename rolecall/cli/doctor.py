"""`rolecall doctor`: what was found, from where, and how to mend what is missing."""

from __future__ import annotations

from typing import Annotated

import typer


def doctor(
    install: Annotated[bool, typer.Option("--install", help="Get or build what is missing.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing when all is well.")] = False,
    output: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Say what Rolecall found on this machine, from where and in which version, and how to mend what is missing."""
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
        raise typer.Exit(1)
