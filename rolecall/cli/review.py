"""`rolecall review`: what a reviewer of a pull request has to know, as one comment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from rolecall.cli.options import QuestionContract, TrustedKeysOption, chosen_contract

if TYPE_CHECKING:
    from rolecall.console.deployment import Result


def review(
    sides: Annotated[
        Optional[list[str]],  # typer reads the annotation at run time
        typer.Argument(
            metavar="[BEFORE..AFTER | BEFORE [AFTER]]",
            help="Revisions of the repository, or .yaml files; without them, HEAD and the working tree.",
        ),
    ] = None,
    contract: QuestionContract = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Ask the systems, too: what a deployment of the working tree would do.")
    ] = False,
    post: Annotated[
        bool, typer.Option("--post", help="Write the comment to the pull request of this CI job, in place.")
    ] = False,
    snapshot: Annotated[
        Optional[Path],
        typer.Option("--snapshot", help="Signed snapshot of live access; adds people, drift and affected stacks."),
    ] = None,
    max_age: Annotated[str, typer.Option("--max-age", help="The oldest snapshot that counts: 45m, 24h, 7d.")] = "24h",
    trusted_keys: TrustedKeysOption = None,
) -> None:
    """Write a review as one Markdown comment: validity, who gains and who loses, new escalations. Reads no system.

    With --snapshot also the people who gain and lose, ids of groups, drift and affected stacks, as `rolecall snapshot`
    has read them: no credential is needed. A snapshot that is older than --max-age, altered, or of another account or
    revision of the contract than the change starts from is refused.

    With --preview also what the deployment would refuse, change and revoke, which needs the previewer's credentials.
    With --post the comment is written to the pull request of GitHub Actions (GITHUB_TOKEN) or the merge request of
    GitLab CI (GITLAB_TOKEN); the next review writes it anew in the same place.
    """
    import os
    from datetime import UTC, datetime

    from rolecall.attestations.keys import trusted_keys as read_keys
    from rolecall.console.durations import duration_of
    from rolecall.console.review import review_of, show_review
    from rolecall.console.review_snapshot import live_of
    from rolecall.console.sides import two_contracts

    now, age = datetime.now(UTC), duration_of(max_age, "--max-age")
    keys = read_keys(trusted_keys, os.environ) if snapshot is not None else ()
    with two_contracts(sides or [], contract, lambda: chosen_contract(contract)) as (before, after):
        live = live_of(before, snapshot, keys, age, now) if snapshot is not None else None
        found = review_of(before, after, now.date(), _previewed if preview else None, live)
    show_review(found, post=post)
    if found.exit_code:
        raise typer.Exit(found.exit_code)


def _previewed() -> Result:
    from rolecall.console.deployment import run_and_show
    from rolecall.deploy.deployment import Deployment, Operation

    found = run_and_show(Deployment(Operation.PREVIEW), show=False)
    if found.stopped is not None:
        raise found.stopped
    return found
