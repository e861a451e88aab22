"""`rolecall check`: is the contract valid?"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Optional, cast

import typer
from typer.core import TyperCommand

from rolecall.cli.options import ContractArgument, chosen_contract
from rolecall.console.output import CheckFormat

if TYPE_CHECKING:
    from rolecall.documents.check import ReachRow, ValidResult


class ManyFiles(TyperCommand):
    """One `--changed` accepts any number of files, as a shell expands them."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Repeat `--changed` before each of the files that follow it."""
        repeated: list[str] = []
        follows = False
        for argument in args:
            if argument.startswith("-"):
                follows = argument == "--changed"
                repeated += [] if follows else [argument]
            else:
                repeated += ["--changed", argument] if follows else [argument]
        parsed: list[str] = super().parse_args(ctx, repeated)
        return parsed


def check(
    contract: ContractArgument = None,
    changed: Annotated[
        Optional[list[str]],  # typer reads the annotation at run time
        typer.Option("--changed", metavar="FILE", help="Say what a change to these files can touch, for CODEOWNERS."),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Fail if an environment variable is not set.")] = False,
    output: Annotated[
        CheckFormat,
        typer.Option("--format", "-f", help="How to write the result; github, gitlab and sarif are for CI systems."),
    ] = CheckFormat.TABLE,
) -> None:
    """Check a contract: every problem at once, with file and line. Reads no system.

    Environment variables need not be set: a warning lists the unset ones. `-` reads the contract from standard input.
    Where the `databricks` command is installed, it resolves bundles too; a difference is a problem.
    """
    from rolecall.compiled import compile_file
    from rolecall.console.expiring import ending_soon, warn
    from rolecall.console.output import SCHEMA_VERSION, err, out, print_document
    from rolecall.console.problems import write_problems, write_warnings
    from rolecall.console.shown import terminal
    from rolecall.contract.changes import reaches
    from rolecall.contract.isolation import not_isolated
    from rolecall.contract.objects import section
    from rolecall.contract.repository import standard_input_text
    from rolecall.deploy.bundle_command import compare_bundles
    from rolecall.errors import InvalidContract
    from rolecall.kinds.registry import SECTIONS
    from rolecall.today import today

    try:
        day = today()
        main = chosen_contract(contract)
        compiled = compile_file(main, day, placeholders=not strict)
        compared = compare_bundles(compiled.loaded)
        if compared.problems:
            raise InvalidContract(compared.problems)
    except InvalidContract as invalid:
        if output is CheckFormat.TABLE:
            raise
        write_problems(invalid, output, standard_input_text())
        raise typer.Exit(invalid.exit_code) from None
    found = compiled.contract
    counts = {
        "environments": len(found.environments),
        "projects": len(found.projects),
        "groups": len(found.groups),
        **{
            name: sum(len(section(project, kind)) for project in found.projects.values())
            for kind, name in SECTIONS.items()
        },
        "grants": sum(len(held) for held in compiled.access.values()),
        "invariants": len(found.invariants),
    }
    touched = reaches(compiled.loaded, main, changed or ())
    of_bundles = (*compiled.loaded.warnings, *compared.notes)
    open_clusters = [*not_isolated(found)]
    if output not in (CheckFormat.TABLE, CheckFormat.JSON):
        listed = [*(("bundle", text) for text in of_bundles), *(("not-isolated", text) for text in open_clusters)]
        write_warnings(listed, output)
        return
    if output is CheckFormat.JSON:
        document: ValidResult = {
            "schema_version": SCHEMA_VERSION,
            "valid": True,
            "files": list(compiled.loaded.files),
            "counts": counts,
            "expired": [str(problem) for problem in compiled.compilation.expired],
            "expiring": [one.to_json(day) for one in ending_soon(compiled, day)],
            "unset": [*compiled.loaded.values.unset],
            "bundles": [*of_bundles],
            "not_isolated": open_clusters,
        }
        if changed:
            document["changed"] = [cast("ReachRow", asdict(one)) for one in touched]
        print_document(document)
        return
    for problem in compiled.compilation.expired:
        out.print(f"[yellow]expired:[/] {terminal(problem, lines=True)}")
    warn(ending_soon(compiled, day), day, to_stderr=False)
    for one in touched:
        out.print(terminal(one))
    for warning in of_bundles:
        err.print(f"[yellow]bundle:[/] {terminal(warning)}")
    for text in open_clusters:
        err.print(f"[yellow]cluster:[/] {terminal(text)}")
    if names := compiled.loaded.values.unset:
        err.print(
            f"[yellow]unset variables, checked with placeholders:[/] {terminal(', '.join(names))}. "
            "Set them, or use `--strict` to fail."
        )
    words = ", ".join(_counted(count, name) for name, count in counts.items() if count)
    out.print(f"[green]valid[/]  {terminal(found.organization)}: {terminal(words)}")


def _counted(count: int, name: str) -> str:
    """Return a number of things in words; names of sections are plurals."""
    noun = name.replace("_", " ")
    one = noun.removesuffix("ies") + "y" if noun.endswith("ies") else noun.removesuffix("s")
    return f"{count:,} {noun if count != 1 else one}"
