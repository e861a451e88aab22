"""`rolecall preview`, `rolecall up` and `rolecall destroy`: the engine on those of a contract's stacks that need it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from rolecall.cli.completion import complete_stacks
from rolecall.cli.options import SigningKeyOption, TrustedKeysOption
from rolecall.console.output import Format, PolicyFormat

if TYPE_CHECKING:
    from rolecall.console.deployment import GateOf, Result

PLAN_SUFFIX = ".json"

Environments = Annotated[
    Optional[list[str]],
    typer.Argument(
        metavar="[ENVIRONMENT]…",
        help="Only these environments, stacks, or `account`; without any, everything.",
        autocompletion=complete_stacks,
    ),
]
Packs = Annotated[
    Optional[list[Path]],
    typer.Option("--policy-pack", help="Policy pack to enforce, `rolecall:NAME` or a folder; may be repeated."),
]
Refresh = Annotated[bool, typer.Option("--refresh", "-r", help="Read the live state first, so that drift is repaired.")]
Output = Annotated[Format, typer.Option("--format", "-f", help="How to write the result.")]
PolicyOutput = Annotated[
    PolicyFormat,
    typer.Option("--format", "-f", help="How to write the result; sarif and junit contain the policies' findings."),
]
EverySlice = Annotated[bool, typer.Option("--every-stack", help="Run every stack, including unchanged ones.")]
Profile = Annotated[
    Optional[Path], typer.Option("--profile", help="Write a timing trace into this file (open it at ui.perfetto.dev).")
]
ShowValues = Annotated[bool, typer.Option("--diff", help="Show each changed property with its old and new value.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show every change, however many there are.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Skip the prompt, and nothing else.")]


def preview(
    environments: Environments = None,
    policy_pack: Packs = None,
    refresh: Refresh = False,
    every_stack: EverySlice = False,
    profile: Profile = None,
    diff: ShowValues = False,
    verbose: Verbose = False,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit with 4 where something would change, with 0 where not.")
    ] = False,
    save_plan: Annotated[
        Optional[Path],
        typer.Option("--save-plan", help="Write a plan that `rolecall up FILE` applies; implies --refresh."),
    ] = None,
    signing_key: SigningKeyOption = None,
    output: PolicyOutput = PolicyFormat.TABLE,
) -> None:
    """Preview what would change: who gains and who loses access, protected environments first, and every object.

    There is a stack for the account, and one for each project in each environment. Stacks whose part of the contract is
    deployed already are skipped. Changes nothing.

    A saved plan is signed where there is a key (--signing-key, ROLECALL_SIGNING_KEY). `rolecall up FILE` applies all of
    it, or nothing where contract, packs, exemptions, a state or live access has changed meanwhile.
    """
    keep = None
    if save_plan is not None:
        from rolecall.console.plan_files import keep_plan

        keep = keep_plan(save_plan, signing_key)
    _run(
        *("preview", environments, policy_pack, refresh or save_plan is not None, every_stack, profile, output),
        diff=diff,
        verbose=verbose,
        detailed=detailed_exitcode,
        keep=keep,
    )


def up(
    environments: Annotated[
        Optional[list[str]],
        typer.Argument(
            metavar="[PLAN | ENVIRONMENT…]",
            help="A plan of `preview --save-plan`, or only these environments, stacks, or `account`.",
            autocompletion=complete_stacks,
        ),
    ] = None,
    policy_pack: Packs = None,
    refresh: Refresh = False,
    every_stack: EverySlice = False,
    profile: Profile = None,
    diff: ShowValues = False,
    verbose: Verbose = False,
    yes: Yes = False,
    reviewed: Annotated[
        Optional[Path], typer.Option("--reviewed", help="Apply nothing but what this signed review contains.")
    ] = None,
    trusted_keys: TrustedKeysOption = None,
    output: PolicyOutput = PolicyFormat.TABLE,
) -> None:
    """Deploy the contract: the account first, then the projects side by side, each in a stack of its own.

    Only stacks run that a change affects. A failed one stops its dependents, and no others; completed and pending
    changes are listed. Policies judge a preview of all stacks first. Shows what would change and prompts before it
    changes anything; without a terminal, it needs --yes.

    With a saved plan it does all of that plan and nothing else. With --reviewed it does what `rolecall review --out`
    has recorded, or a part of it. In both cases it previews first, and changes nothing where the contract, a policy
    pack, the exemptions or a change to be made is another one; the difference is named.
    """
    from rolecall.errors import UsageError

    gate = None
    plan = Path(environments[0]) if environments and len(environments) == 1 else None
    if plan is not None and plan.suffix == PLAN_SUFFIX and plan.is_file():
        from rolecall.console.plan_files import planned

        if reviewed is not None or policy_pack or refresh or every_stack:
            raise UsageError("a saved plan determines what is run", "Leave out the options that change that.")
        saved = planned(plan, trusted_keys)
        environments, policy_pack, refresh, gate = [*saved.environments], [*saved.packs], saved.refresh, saved.gate
    elif reviewed is not None:
        from rolecall.console.plan_files import reviewed_gate

        gate = reviewed_gate(reviewed, trusted_keys)
    _run(
        *("up", environments, policy_pack, refresh, every_stack, profile, output),
        diff=diff,
        verbose=verbose,
        yes=yes,
        gate=gate,
    )


def destroy(environments: Environments = None, yes: Yes = False, output: Output = Format.TABLE) -> None:
    """Remove everything that was deployed: the environments first, the account last.

    Also what the contract no longer declares. Prompts first; without a terminal, it needs --yes.
    """
    _run("destroy", environments, None, False, False, None, PolicyFormat(output), yes=yes)


def _run(
    operation: str,
    environments: list[str] | None,
    packs: list[Path] | None,
    refresh: bool,
    every_stack: bool,
    profile: Path | None,
    output: PolicyFormat,
    *,
    yes: bool = True,
    diff: bool = False,
    verbose: bool = False,
    detailed: bool = False,
    gate: GateOf | None = None,
    keep: Callable[[Result], None] | None = None,
) -> None:
    from rolecall.console.deployment import run_confirmed, run_stacks
    from rolecall.console.plan import Detail
    from rolecall.deploy.deployment import Deployment, Operation

    deployment = Deployment(
        Operation(operation), environments or (), packs or (), refresh=refresh, all_slices=every_stack
    )
    # Without a prompt there is no reader of the details: counts are enough.
    detail = Detail(diff, verbose) if deployment.operation is Operation.PREVIEW or not yes or diff or verbose else None
    if yes:
        exit_code = run_stacks(deployment, output, profile, detail=detail, detailed=detailed, gate=gate, keep=keep)
    else:
        exit_code = run_confirmed(deployment, output, profile, detail=detail, gate=gate)
    if exit_code:
        raise typer.Exit(exit_code)
