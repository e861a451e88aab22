"""`rolecall diff`: who can do more or less under another contract, or in another environment, and why."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, NamedTuple, Optional

import typer

from rolecall.cli.completion import complete_environments
from rolecall.cli.options import (
    MaxAgeOption,
    QuestionContract,
    SidesArgument,
    TrustedKeysOption,
    chosen_contract,
    compiled_offline,
)
from rolecall.console.output import DifferenceFormat
from rolecall.errors import ExitCode


def diff(
    sides: SidesArgument = None,
    environments: Annotated[
        Optional[str],  # typer reads the annotation at run time
        typer.Option(
            "--environments",
            metavar="FIRST..SECOND",
            help="Compare two environments of one contract instead, say: dev..prod.",
            autocompletion=complete_environments,
        ),
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Compare the contract with live access instead; reads every system.")
    ] = False,
    contract: QuestionContract = None,
    snapshot: Annotated[
        Optional[Path],  # typer reads the annotation at run time
        typer.Option("--snapshot", help="Signed snapshot of live access: also what each person gains and loses."),
    ] = None,
    max_age: MaxAgeOption = "24h",
    trusted_keys: TrustedKeysOption = None,
    output: Annotated[
        DifferenceFormat, typer.Option("--format", "-f", help="How to write it.")
    ] = DifferenceFormat.TABLE,
) -> None:
    """Show who gains and who loses access between two contracts or two environments, and why. Reads no system.

    Contracts are compared in any number of steps, today and whenever a binding ends, with a verdict for each
    environment: equivalent, less, more or incomparable. Settings other than access are not compared; `rolecall preview`
    shows them.

    With --live the contract is compared with live access, in the same form: gains are live access that the contract
    does not grant. People count with all their groups. Where something could not be read, nothing is equivalent.
    """
    from rolecall.errors import UsageError
    from rolecall.today import today

    day = today()
    if live:
        from rolecall.cli.options import compiled_for_questions
        from rolecall.console.live_difference import show_live_difference

        if environments or snapshot is not None or len(sides or []) > 1 or (sides and contract is not None):
            raise UsageError("one contract is compared with live access", "Name it with --contract, and nothing else.")
        named = Path(sides[0]) if sides else contract
        exit_code = show_live_difference(compiled_for_questions(named, None, live=True), output)
    elif environments:
        from rolecall.console.environment_difference import show_environment_difference

        first, second, named = _two_environments(environments, sides or [], contract)
        differ = show_environment_difference(compiled_offline(named, day), first, second, output)
        exit_code = ExitCode.FINDINGS if differ else ExitCode.FINE
    else:
        differ = _contracts_differ(sides or [], contract, day, output, _People(snapshot, max_age, trusted_keys))
        exit_code = ExitCode.FINDINGS if differ else ExitCode.FINE
    if exit_code:
        raise typer.Exit(exit_code)


class _People(NamedTuple):
    """Where the people in groups come from."""

    snapshot: Path | None
    max_age: str
    trusted_keys: Path | None


def _contracts_differ(
    sides: list[str], contract: Path | None, day: date, output: DifferenceFormat, people: _People
) -> bool:
    import os
    from datetime import UTC, datetime

    from rolecall.console.contract_difference import show_contract_difference
    from rolecall.console.durations import duration_of
    from rolecall.console.sides import two_contracts

    with two_contracts(sides, contract, lambda: chosen_contract(contract)) as (before, after):
        if people.snapshot is None:
            return show_contract_difference(before, after, day, output)
        from rolecall.attestations.keys import trusted_keys
        from rolecall.console.review_snapshot import live_of

        age = duration_of(people.max_age, "--max-age")
        keys = trusted_keys(people.trusted_keys, os.environ)
        known = live_of(before, people.snapshot, keys, age, datetime.now(UTC))
        return show_contract_difference(before, after, day, output, known.people)


def _two_environments(written: str, sides: list[str], contract: Path | None) -> tuple[str, str, Path | None]:
    """Return two environments, and the contract where one is named: `dev..prod`, or `dev prod`.

    Raises:
        UsageError: they are not two, or several contracts are named.
    """
    from rolecall.errors import UsageError

    how = "Name two of one contract: --environments dev..prod."
    first, between, second = written.partition("..")
    others = [*sides]
    if not between:
        # The second one stands behind the option, or behind the contract's file.
        candidates = [one for one in others if not one.endswith((".yaml", ".yml"))]
        if len(candidates) != 1:
            raise UsageError("--environments names one environment", how)
        (second,) = candidates
        others.remove(second)
    if not first or not second or len(others) > 1 or (others and contract is not None):
        raise UsageError("two environments of one contract are compared", how)
    return first, second, Path(others[0]) if others else contract
