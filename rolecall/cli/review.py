"""`rolecall review`: what a reviewer of a pull request has to know, as one comment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from rolecall.cli.options import (
    MaxAgeOption,
    QuestionContract,
    SidesArgument,
    SigningKeyOption,
    TrustedKeysOption,
    chosen_contract,
)
from rolecall.console.output import ReviewFormat
from rolecall.errors import ExitCode

if TYPE_CHECKING:
    from rolecall.console.deployment import Result

# Exit codes of reviews of what may be deployed: access stays, or changes.
FINE = (ExitCode.FINE, ExitCode.CHANGES)


def review(
    sides: SidesArgument = None,
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
    max_age: MaxAgeOption = "24h",
    trusted_keys: TrustedKeysOption = None,
    out: Annotated[
        Optional[Path],
        typer.Option(
            "--out", help="Write a signed record for `rolecall up --reviewed`; needs --preview or --snapshot."
        ),
    ] = None,
    signing_key: SigningKeyOption = None,
    output: Annotated[
        ReviewFormat,
        typer.Option(
            "--format", "-f", help="What to write to standard output; sarif and github are about single lines."
        ),
    ] = ReviewFormat.MARKDOWN,
) -> None:
    """Write a review as one Markdown comment: validity, who gains and who loses, new escalations. Reads no system.

    With --snapshot also the people who gain and lose, ids of groups, drift and affected stacks, as `rolecall snapshot`
    has read them: no credential is needed. A snapshot that is older than --max-age, altered, or of another account or
    revision of the contract than the change starts from is refused.

    With --preview also what the deployment would refuse, change and revoke, which needs the previewer's credentials.
    With --out also a signed record (an in-toto statement) of what was reviewed: digests of the contract, policy packs
    and exemptions, and every change that the preview has found, or without one the states and ids in the snapshot.
    `rolecall up --reviewed` applies nothing else. It is written where nothing is refused.

    With --format sarif, or github, standard output has the findings at the contract's lines, for code scanning and for
    annotations; problems and refusals are errors, gains are warnings.

    With --post the comment is written to the pull request of GitHub Actions (GITHUB_TOKEN) or the merge request of
    GitLab CI (GITLAB_TOKEN); the next review replaces it.
    """
    import os
    from datetime import UTC, datetime

    from rolecall.attestations.keys import signing_key as read_key
    from rolecall.attestations.keys import trusted_keys as read_keys
    from rolecall.console.durations import duration_of
    from rolecall.console.review import review_of, show_review
    from rolecall.console.review_snapshot import live_of
    from rolecall.console.sides import two_contracts
    from rolecall.errors import UsageError

    now, age = datetime.now(UTC), duration_of(max_age, "--max-age")
    keys = read_keys(trusted_keys, os.environ) if snapshot is not None else ()
    if out is not None and not preview and snapshot is None:
        raise UsageError("--out needs to know what would be applied", "Add --preview, or --snapshot FILE.")
    key = read_key(signing_key, os.environ) if out is not None else None
    results: list[Result] = []

    def previewed() -> Result:
        results.append(_previewed(record=out is not None))
        return results[-1]

    with two_contracts(sides or [], contract, lambda: chosen_contract(contract)) as (before, after):
        live = live_of(before, snapshot, keys, age, now) if snapshot is not None else None
        found = review_of(before, after, now.date(), previewed if preview else None, live)
        if out is not None and key is not None and found.exit_code in FINE:
            from rolecall.console.plan_files import record_of, record_without_preview, write_review

            if results:
                record = record_of(results[-1], now.replace(microsecond=0))
            else:
                assert live is not None
                record = record_without_preview(after, live, now.date(), now.replace(microsecond=0))
            write_review(out, record, after, key)
    show_review(found, post=post, output=output)
    if found.exit_code:
        raise typer.Exit(found.exit_code)


def _previewed(*, record: bool) -> Result:
    from rolecall.console.deployment import run_and_show
    from rolecall.deploy.deployment import Deployment, Operation

    found = run_and_show(Deployment(Operation.PREVIEW), show=False, record=record)
    if found.stopped is not None:
        raise found.stopped
    return found
