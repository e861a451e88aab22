"""Arguments that several commands share."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

if TYPE_CHECKING:
    from rolecall.compiled import CompiledContract

ContractArgument = Annotated[
    Optional[Path],  # typer reads the annotation at run time
    typer.Argument(metavar="[CONTRACT]", help="The contract's main file; without it, the one of the Pulumi project."),
]


def compiled_offline(named: Path | None, day: date) -> CompiledContract:
    """Return the compiled contract for a command that reads no system; warns of unset environment variables.

    Addresses decide nothing about who may do what, so placeholders stand for unset ones.
    """
    from rolecall.compiled import compile_file
    from rolecall.console.output import err
    from rolecall.console.shown import terminal

    compiled = compile_file(chosen_contract(named), day, placeholders=True)
    if names := compiled.loaded.values.unset:
        err.print(f"[yellow]unset variables, read with placeholders:[/] {terminal(', '.join(names))}.")
    return compiled


def chosen_contract(named: Path | None) -> Path:
    """Return the contract's main file: the one that is named, or the project's.

    Where the project's local emulators run, their addresses are put into the environment: contracts name variables.

    Raises:
        UsageError: none is named and the project names none.
    """
    import os

    from rolecall.local.folder import NAME
    from rolecall.project import find_project, require_contract

    root = find_project(Path.cwd())
    # Looked at first, because what asks the emulators takes a while to import.
    if root is not None and (root / NAME / "emulators.json").exists():
        from rolecall.local.variables import use_local_emulators

        use_local_emulators()
    return named if named is not None else require_contract(Path.cwd(), None, os.environ)
