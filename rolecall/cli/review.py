"""`rolecall review`: what a reviewer of a pull request has to know, as one comment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Optional

import typer

from rolecall.cli.options import QuestionContract, chosen_contract

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
) -> None:
    """Write a review as one Markdown comment: validity, who gains and who loses, new escalations. Reads no system.

    With --preview also what the deployment would refuse, change and revoke, which needs the previewer's credentials.
    With --post the comment is written to the pull request of GitHub Actions (GITHUB_TOKEN) or the merge request of
    GitLab CI (GITLAB_TOKEN); the next review writes it anew in the same place.

    Exits with 0 where access stays as it is, 4 where it changes, 2 where the contract is not valid, and 1 where the
    deployment would be refused.
    """
    from rolecall.console.review import review_of, show_review
    from rolecall.console.sides import two_contracts
    from rolecall.today import today

    with two_contracts(sides or [], contract, lambda: chosen_contract(contract)) as (before, after):
        found = review_of(before, after, today(), _previewed if preview else None)
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
