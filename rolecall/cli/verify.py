"""`rolecall verify`: is a signed file as it was signed, and what does it say?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from rolecall.cli.options import TrustedKeysOption
from rolecall.console.output import Format


def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A signed snapshot, review or plan.")],
    trusted_keys: TrustedKeysOption = None,
    contract: Annotated[
        Optional[Path],  # typer reads the annotation at run time
        typer.Option("--contract", "-c", help="Also require that it is about this contract: its main file."),
    ] = None,
    output: Annotated[Format, typer.Option("--format", "-f", help="How to write the result.")] = Format.TABLE,
) -> None:
    """Verify a signed file without any system: its signature, every byte, and with --contract what it is about."""
    import os

    from rolecall.attestations.keys import trusted_keys as read_keys
    from rolecall.console.verification import show_verified, verified

    show_verified(verified(file, read_keys(trusted_keys, os.environ), contract), output)
