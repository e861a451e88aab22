"""`rolecall parity`: does live access equal the contract?"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Optional

import typer

from rolecall.cli.completion import complete_environments
from rolecall.cli.options import ContractArgument, chosen_contract
from rolecall.console.output import ReportFormat


def parity(
    contract: ContractArgument = None,
    environment: Annotated[
        Optional[list[str]],
        typer.Option(
            "--environment", "-e", help="Only this one; may be repeated.", autocompletion=complete_environments
        ),
    ] = None,
    output: Annotated[
        ReportFormat, typer.Option("--format", "-f", help="How to write the result.")
    ] = ReportFormat.TABLE,
) -> None:
    """Read every live system and compare it with the contract: what is missing, extra, different or unknown.

    Reads the identity provider, the Databricks account, the workspaces and what else the contract uses: who is in which
    group, and what they may do.
    """
    import os
    from pathlib import Path

    from rolecall.compiled import compile_file, environment_named
    from rolecall.console.expiring import ending_soon
    from rolecall.console.parity import show_report
    from rolecall.console.project_root import project_states
    from rolecall.local.variables import use_local_emulators
    from rolecall.parity.report import Ending
    from rolecall.parity.run import full_report
    from rolecall.systems.registry import SYSTEMS
    from rolecall.today import today

    use_local_emulators()
    day = today()
    compiled = compile_file(chosen_contract(contract), day)
    chosen = [environment_named(compiled.contract, name) for name in environment or compiled.contract.environments]
    soon = tuple(Ending(one.sentence(day), one.to_json(day)) for one in ending_soon(compiled, day))
    states = project_states(Path.cwd(), os.environ)
    report = replace(full_report(compiled, chosen, SYSTEMS, states, environment, os.environ), ending=soon)
    show_report(report, output)
    if report.exit_code:
        raise typer.Exit(report.exit_code)
