"""Arguments that several commands share."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from rolecall.cli.completion import complete_environments
from rolecall.console.answer_format import AnswerFormat

if TYPE_CHECKING:
    from rolecall.compiled import CompiledContract
    from rolecall.console.questions import Known

ContractArgument = Annotated[
    Optional[Path],  # typer reads the annotation at run time
    typer.Argument(metavar="[CONTRACT]", help="The contract's main file; without it, the one of the Pulumi project."),
]

QuestionContract = Annotated[
    Optional[Path],  # typer reads the annotation at run time
    typer.Option("--contract", "-c", help="The contract's main file; without it, the one of the Pulumi project."),
]
EnvironmentOption = Annotated[
    Optional[str],
    typer.Option("--environment", "-e", help="Only this environment.", autocompletion=complete_environments),
]
LiveOption = Annotated[bool, typer.Option("--live", help="Read the systems: live grants, and people in groups.")]
PathsOption = Annotated[int, typer.Option("--paths", min=1, max=1000, help="The most ways to show for each answer.")]
SigningKeyOption = Annotated[
    Optional[Path],  # typer reads the annotation at run time
    typer.Option(
        "--signing-key", help="File with the private Ed25519 key that signs; without it, ROLECALL_SIGNING_KEY."
    ),
]
TrustedKeysOption = Annotated[
    Optional[Path],  # typer reads the annotation at run time
    typer.Option(
        "--trusted-keys", help="File with the public keys whose signatures count; without it, ROLECALL_TRUSTED_KEYS."
    ),
]
SidesArgument = Annotated[
    Optional[list[str]],  # typer reads the annotation at run time
    typer.Argument(
        metavar="[BEFORE..AFTER | BEFORE [AFTER]]",
        help="Revisions of the repository, or .yaml files; without them, HEAD and the working tree.",
    ),
]
MaxAgeOption = Annotated[str, typer.Option("--max-age", help="The oldest snapshot that counts: 45m, 24h, 7d.")]
AnswerFormatOption = Annotated[AnswerFormat, typer.Option("--format", "-f", help="How to write it.")]


def compiled_for_questions(named: Path | None, environment: str | None, *, live: bool) -> CompiledContract:
    """Return the compiled contract for a question to the access graph, also where it allows too much.

    Raises:
        InvalidContract: it is not valid, or has no such environment.
    """
    from rolecall.compiled import compile_file, environment_named
    from rolecall.today import today

    if live:
        from rolecall.local.variables import use_local_emulators

        use_local_emulators()
    compiled = compile_file(chosen_contract(named), today(), placeholders=not live, judged=False)
    if environment is not None:
        environment_named(compiled.contract, environment)
    return compiled


def known_for_question(named: Path | None, environment: str | None, *, live: bool) -> Known:
    """Return the access graph for a question, with live access if it is asked for.

    Raises:
        InvalidContract: the contract is not valid, or has no such environment.
    """
    from rolecall.console.questions import known_access

    return known_access(compiled_for_questions(named, environment, live=live), live=live)


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

    from rolecall.local_folder import NAME
    from rolecall.project import find_project, require_contract

    root = find_project(Path.cwd())
    # Looked at first, because what asks the emulators takes a while to import.
    if root is not None and (root / NAME / "emulators.json").exists():
        from rolecall.local.variables import use_local_emulators

        use_local_emulators()
    return named if named is not None else require_contract(Path.cwd(), None, os.environ)
