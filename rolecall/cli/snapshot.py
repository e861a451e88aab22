"""`rolecall snapshot`: live access in a signed file, for reviews without credentials."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rolecall.cli.options import QuestionContract, SigningKeyOption, chosen_contract


def snapshot(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it.")],
    contract: QuestionContract = None,
    signing_key: SigningKeyOption = None,
) -> None:
    """Read every live system and write a signed snapshot, with which `rolecall review` needs no credential.

    It contains all grants, the members of groups, ids, differences from the contract, and digests of the states;
    no secret value, no token and no value of a property. Take it on the default branch, on a schedule and after each
    deployment. `openssl genpkey -algorithm ed25519 -out signing.pem` creates a key, `openssl pkey -in signing.pem
    -pubout -out trusted.pem` the public key for those who verify.
    """
    import os

    from rolecall.attestations.keys import signing_key as read_key
    from rolecall.console.snapshot import take_snapshot_here
    from rolecall.local.variables import use_local_emulators

    key = read_key(signing_key, os.environ)
    use_local_emulators()
    if exit_code := take_snapshot_here(chosen_contract(contract), file, key):
        raise typer.Exit(exit_code)
