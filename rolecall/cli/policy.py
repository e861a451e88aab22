"""`rolecall policy`: which rules there are, what one means, and what they find in a state or a preview."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from rolecall.cli.completion import complete_packs, complete_rules
from rolecall.console.output import PolicyFormat

app = typer.Typer(no_args_is_help=True, help="Rules: list them, explain one, judge a state or a preview by them.")

Pack = Annotated[
    Optional[list[str]],
    typer.Option("--pack", "-p", help="Only this pack; may be repeated.", autocompletion=complete_packs),
]
Output = Annotated[PolicyFormat, typer.Option("--format", "-f", help="How to write the result.")]


@app.command("list")
def list_rules(
    pack: Pack = None,
    framework: Annotated[
        Optional[str], typer.Option("--framework", help="Only rules that serve this one, with its controls.")
    ] = None,
    output: Output = PolicyFormat.TABLE,
) -> None:
    """List the rules of all packs: guardrails, compliance, cost."""
    from rolecall.console.policies import show_rules

    show_rules(pack or [], framework, output)


@app.command("explain")
def explain(
    rule: Annotated[str, typer.Argument(help="The rule's id.", autocompletion=complete_rules)],
    output: Output = PolicyFormat.TABLE,
) -> None:
    """Show what a rule requires, what it judges, which controls it serves and how it is configured."""
    from rolecall.console.policies import explain as explain_rule

    explain_rule(rule, output)


@app.command("path")
def path(name: Annotated[str, typer.Argument(help="The pack: `rolecall:guardrails`, or its folder.")]) -> None:
    """Write the folder of a pack, for plain `pulumi`: pulumi preview --policy-pack $(rolecall policy path NAME)."""
    from rolecall.console.output import out
    from rolecall.console.project_root import project_root
    from rolecall.console.shown import terminal
    from rolecall.packs import pack_folder

    out.print(terminal(pack_folder(project_root(), Path.cwd(), name).absolute()), soft_wrap=True)


@app.command("test")
def judge(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="What `pulumi stack export` or `pulumi preview --json` wrote.")
    ],
    pack: Pack = None,
    configuration: Annotated[
        Optional[Path],
        typer.Option("--policy-pack-config", help="Levels and parameters by rule, in the format of plain `pulumi`."),
    ] = None,
    output: Output = PolicyFormat.TABLE,
) -> None:
    """Judge existing state or a preview by the rules, without the engine: any program's that uses pulumi-databricks."""
    from rolecall.console.policies import judge_files

    exit_code = judge_files(files, pack or [], configuration, output)
    if exit_code:
        raise typer.Exit(exit_code)
