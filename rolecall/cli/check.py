"""`rolecall check`: is the contract valid?"""

from __future__ import annotations

from typing import Annotated

import typer

from rolecall.cli.options import ContractArgument, chosen_contract
from rolecall.console.output import Format


def check(
    contract: ContractArgument = None,
    output: Annotated[Format, typer.Option("--format", "-f", help="How to write the result.")] = Format.TABLE,
) -> None:
    """Check a contract: every problem at once, with file and line. Reads no system."""
    from rolecall.compiled import compile_file
    from rolecall.console.expiring import ending_soon, warn
    from rolecall.console.output import out, print_json, problems_json
    from rolecall.console.shown import terminal
    from rolecall.console.today import today
    from rolecall.contract.objects import SECTIONS, section
    from rolecall.errors import InvalidContract

    try:
        day = today()
        compiled = compile_file(chosen_contract(contract), day)
    except InvalidContract as invalid:
        if output is Format.TABLE:
            raise
        print_json(problems_json(invalid))
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
    }
    if output is Format.JSON:
        expired = [str(problem) for problem in compiled.compilation.expired]
        soon = [one.to_json(day) for one in ending_soon(compiled, day)]
        files = list(compiled.loaded.files)
        print_json({"valid": True, "files": files, **counts, "expired": expired, "expiring": soon})
        return
    for problem in compiled.compilation.expired:
        out.print(f"[yellow]expired:[/] {terminal(problem, lines=True)}")
    warn(ending_soon(compiled, day), day, to_stderr=False)
    words = ", ".join(_counted(count, name) for name, count in counts.items() if count)
    out.print(f"[green]valid[/]  {terminal(found.organization)}: {terminal(words)}")


def _counted(count: int, name: str) -> str:
    """Return a number of things in words; names of sections are plurals."""
    noun = name.replace("_", " ")
    one = noun.removesuffix("ies") + "y" if noun.endswith("ies") else noun.removesuffix("s")
    return f"{count:,} {noun if count != 1 else one}"
