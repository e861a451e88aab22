"""Workflows for GitHub Actions; every action is pinned by commit, every job has only the rights that it needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rolecall.systems.starter import PipelineSignIn

# https://learn.microsoft.com/entra/workload-id/workload-identity-federation-create-trust
_FEDERATED = (
    "# and so do federated credentials of the application AZURE_CLIENT_ID in Entra ID, with the issuer",
    "# https://token.actions.githubusercontent.com; no secret is stored.",
)
CHECKOUT = "actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2"
UPLOAD = "actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02 # v4.6.2"
FOLDER = ".github/workflows"


def workflows(addresses: Sequence[str], signed: PipelineSignIn) -> Mapping[str, str]:
    """Return the workflows by path.

    Args:
        addresses: variables that the contract reads.
        signed: what jobs sign in with that reach systems.
    """
    return {
        f"{FOLDER}/check.yml": _check(addresses),
        f"{FOLDER}/deploy.yml": _deploy(signed),
        f"{FOLDER}/live.yml": _live(signed),
    }


def _check(addresses: Sequence[str]) -> str:
    lines = [
        "# Pull requests are checked without credentials of your systems, so code in them cannot read any.",
        "name: check",
        "on: pull_request",
        "permissions: {}",
        "jobs:",
        "  check:",
        "    permissions: {contents: read}",
        *_job(addresses),
        "      - run: rolecall check",
        "      - run: python -m unittest discover tests",
        "  # Who gains and who loses access, as a comment and on the run's page. This job may write comments, so no",
        "  # code of the pull request runs in it. A fork's pull request has the page only, and no snapshot: it names",
        "  # people.",
        "  review:",
        "    permissions: {contents: read, pull-requests: write, actions: read}",
        *_job(addresses),
        "      - name: Get the latest signed snapshot of live access",
        "        if: vars.ROLECALL_TRUSTED_KEYS != '' && github.event.pull_request.head.repo.full_name == github.repository",
        "        run: |",
        "          # Only of this repository's default branch; its signature is verified besides.",
        '          run=$(gh api "repos/$GITHUB_REPOSITORY/actions/artifacts?name=snapshot&per_page=100" --jq \'[.artifacts[]',
        "            | select(.expired == false and .workflow_run.head_branch == env.BRANCH",
        "            and .workflow_run.head_repository_id == .workflow_run.repository_id)][0].workflow_run.id')",
        '          gh run download "$run" --name snapshot --dir "$RUNNER_TEMP"',
        '          echo "SNAPSHOT=--snapshot $RUNNER_TEMP/snapshot.json" >> "$GITHUB_ENV"',
        "        env:",
        "          GH_TOKEN: ${{ github.token }}",
        "          BRANCH: ${{ github.event.repository.default_branch }}",
        "      # 4: access changes.",
        '      - run: rolecall review HEAD^1..HEAD $SNAPSHOT $POST >> "$GITHUB_STEP_SUMMARY" || [ $? -eq 4 ]',
        "        env:",
        "          GITHUB_TOKEN: ${{ github.token }}",
        "          ROLECALL_TRUSTED_KEYS: ${{ vars.ROLECALL_TRUSTED_KEYS }}",
        "          POST: ${{ github.event.pull_request.head.repo.full_name == github.repository && '--post' || '' }}",
        "      - run: rolecall review HEAD^1..HEAD --format github || [ $? -eq 4 ]",
    ]
    return "\n".join([*lines, ""])


def _deploy(signed: PipelineSignIn) -> str:
    lines = [
        "# What was merged is deployed: dev first, then prod. Each environment has protection rules of its own, and only",
        "# its jobs get its secrets and its OIDC identity. The federation policies of the deployer name the subjects",
        "#   repo:OWNER/NAME:environment:dev",
        "#   repo:OWNER/NAME:environment:prod",
        *(_FEDERATED if signed.federated else ()),
        "name: deploy",
        "on:",
        "  push: {branches: [main]}",
        "  # Bindings with a last day end although no change is merged.",
        "  schedule: [{cron: '17 0 * * *'}]",
        "permissions: {}",
        "concurrency: deploy",
        "jobs:",
    ]
    for name, needs, stacks in (("dev", "", "account dev"), ("prod", "dev", "prod")):
        lines += [f"  {name}:"]
        lines += [f"    needs: {needs}"] if needs else []
        lines += [
            f"    environment: {name}",
            "    permissions: {contents: read, id-token: write}",
            *_signed_job(signed),
            f"      - run: rolecall up {stacks} --yes",
        ]
    lines += [
        "  live:",
        "    needs: prod",
        "    permissions: {contents: read, id-token: write, issues: write}",
        "    uses: ./.github/workflows/live.yml",
    ]
    return "\n".join([*lines, ""])


def _live(signed: PipelineSignIn) -> str:
    lines = [
        "# Every six hours and after each deployment: a signed snapshot of live access for reviews, and drift as an issue",
        "# and a chat message. The federation policy names the subject repo:OWNER/NAME:environment:live; the principal",
        "# needs to read only: write its id as `databricks.previewer` and the deployer's as text in the contract.",
        "name: live",
        "on:",
        "  schedule: [{cron: '43 */6 * * *'}]",
        "  workflow_call: {}",
        "  workflow_dispatch: {}",
        "permissions: {}",
        "concurrency: live",
        "jobs:",
        "  live:",
        "    environment: live",
        "    permissions: {contents: read, id-token: write, issues: write}",
        *_signed_job(signed),
        "      - run: rolecall snapshot snapshot.json",
        "        env: {ROLECALL_SIGNING_KEY: '${{ secrets.ROLECALL_SIGNING_KEY }}'}",
        f"      - uses: {UPLOAD}",
        "        with: {name: snapshot, path: snapshot.json, retention-days: 3}",
        "      - name: Report drift",
        "        run: |",
        "          code=0; rolecall parity --format markdown > drift.md || code=$?",
        '          [ "$code" -ne 0 ] || exit 0',
        "          number=$(gh issue list --label drift --state open --limit 1 --json number --jq '.[0].number')",
        '          gh label create drift --force --color B60205 --description "Live access differs from the contract"',
        "          head -c 60000 drift.md > body.md",
        '          if [ -n "$number" ]; then gh issue edit "$number" --body-file body.md',
        '          else gh issue create --title "Live access differs from the contract" --label drift --body-file body.md; fi',
        '          python .ci/notify.py "Live access differs from the contract: $RUN"',
        '          exit "$code"',
        "        env:",
        "          GH_TOKEN: ${{ github.token }}",
        "          RUN: ${{ github.server_url }}/${{ github.repository }}/actions/runs/${{ github.run_id }}",
        "          SLACK_WEBHOOK_URL: ${{ secrets.SLACK_WEBHOOK_URL }}",
        "          TEAMS_WEBHOOK_URL: ${{ secrets.TEAMS_WEBHOOK_URL }}",
    ]
    return "\n".join([*lines, ""])


def _job(addresses: Sequence[str]) -> list[str]:
    return [
        "    runs-on: ubuntu-24.04",
        "    timeout-minutes: 15",
        "    env:",
        *(f"      {name}: ${{{{ vars.{name} }}}}" for name in addresses),
        "    steps:",
        f"      - uses: {CHECKOUT}",
        "        # The merge commit with both parents: what the pull request starts from, and the pull request.",
        "        with: {persist-credentials: false, fetch-depth: 2}",
        "      - run: pip install rolecall==@VERSION@",
    ]


def _signed_job(signed: PipelineSignIn) -> list[str]:
    return [
        "    runs-on: ubuntu-24.04",
        "    timeout-minutes: 90",
        "    env:",
        "      DATABRICKS_AUTH_TYPE: github-oidc",
        *(f"      {name}: ${{{{ vars.{name} }}}}" for name in signed.variables),
        *(f"      {name}: {value}" for name, value in (signed.fixed or {}).items()),
        *(f"      {name}: ${{{{ secrets.{name} }}}}" for name in signed.secrets),
        "    steps:",
        f"      - uses: {CHECKOUT}",
        "        with: {persist-credentials: false}",
        "      - run: pip install rolecall==@VERSION@",
    ]
