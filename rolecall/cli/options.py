"""Arguments that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

ContractArgument = Annotated[
    Optional[Path],  # typer reads the annotation at run time
    typer.Argument(metavar="[CONTRACT]", help="The contract's main file; without it, the one of the Pulumi project."),
]


def chosen_contract(named: Path | None) -> Path:
    """Return the contract's main file: the one that is named, or the project's.

    Raises:
        UsageError: none is named and the project names none.
    """
    if named is not None:
        return named
    import os

    from rolecall.project import require_contract

    return require_contract(Path.cwd(), None, os.environ)
