"""A pipeline for Harness: https://developer.harness.io/docs/platform/pipelines/harness-yaml-quickstart/."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rolecall import settings
from rolecall.systems.starter import PipelineSignIn

FILE, TRIGGERS = ".harness/access.yaml", ".harness/triggers.md"
# The token of the pods' service account: https://kubernetes.io/docs/concepts/security/service-accounts/
TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token"  # noqa: S105 - a path


def pipeline(addresses: Sequence[str], signed: PipelineSignIn) -> Mapping[str, str]:
    """Return the pipeline and a page on its triggers, by path.

    Args:
        addresses: variables that the contract reads.
        signed: what stages sign in with that reach systems.
    """
    lines = [
        "# Replace ORGANIZATION, PROJECT and the connectors by yours. Addresses and ids are variables of the project;",
        "# secrets are its secrets. .harness/triggers.md says what starts the pipeline.",
        "pipeline:",
        "  name: access",
        "  identifier: access",
        "  orgIdentifier: ORGANIZATION",
        "  projectIdentifier: PROJECT",
        "  properties:",
        "    ci:",
        "      codebase: {connectorRef: GIT_CONNECTOR, repoName: access, build: <+input>}",
        "  stages:",
        "    # Without credentials: its pods run as a service account that nothing trusts.",
        *_stage("check", "rolecall-check", '<+codebase.build.type> == "PR"'),
        *_step("check", _CHECK, addresses),
    ]
    lines += _FEDERATED if signed.federated else ()
    main = '<+codebase.build.type> == "branch" && <+codebase.branch> == "main"'
    for name, stacks in (("dev", "account dev"), ("prod", "prod")):
        lines += [
            f"    # The deployer's federation policy for {name} names system:serviceaccount:harness:rolecall-{name}.",
        ]
        if name == "prod":
            lines += _APPROVAL
        lines += [
            *_stage(f"deploy_{name}", f"rolecall-{name}", f'{main} && <+trigger.type> != "Scheduled"'),
            *_step(f"deploy_{name}", [f"rolecall up {stacks} --yes"], addresses, signed),
        ]
    lines += [
        *_stage("live", "rolecall-live", main),
        *_step("live", _LIVE, addresses, signed, settings.SIGNING_KEY.name, "SLACK_WEBHOOK_URL", "TEAMS_WEBHOOK_URL"),
    ]
    return {FILE: "\n".join([*lines, ""]), TRIGGERS: _TRIGGERS}


_FEDERATED = (
    "    # Federated credentials of the application AZURE_CLIENT_ID in Entra ID name the issuer of the cluster, these",
    "    # service accounts, and the audience of their tokens; no secret is stored.",
)
_CHECK = (
    "# 4: access changes. The review is in the step's log and its output variable.",
    'rolecall review "origin/<+codebase.targetBranch>...HEAD" > review.md || [ $? -eq 4 ]',
    "cat review.md",
    "rolecall check",
    "python -m unittest discover tests",
)
_LIVE = (
    "rolecall snapshot snapshot.json",
    "code=0; rolecall parity --format markdown > drift.md || code=$?",
    'if [ "$code" -ne 0 ]; then',
    "  cat drift.md",
    '  python .ci/notify.py "Live access differs from the contract: <+pipeline.executionUrl>"',
    "fi",
    'exit "$code"',
)
_APPROVAL = [
    "    - stage:",
    "        name: approve prod",
    "        identifier: approve_prod",
    "        type: Approval",
    '        when: {pipelineStatus: Success, condition: \'<+codebase.branch> == "main" && <+trigger.type> != "Scheduled"\'}',
    "        spec:",
    "          execution:",
    "            steps:",
    "              - step:",
    "                  name: approve",
    "                  identifier: approve",
    "                  type: HarnessApproval",
    "                  timeout: 1d",
    "                  spec:",
    "                    approvalMessage: Deploy to production?",
    "                    includePipelineExecutionHistory: true",
    "                    approvers: {minimumCount: 1, disallowPipelineExecutor: true, userGroups: [platform]}",
]


def _stage(name: str, account: str, condition: str) -> list[str]:
    return [
        "    - stage:",
        f"        name: {name}",
        f"        identifier: {name}",
        "        type: CI",
        f"        when: {{pipelineStatus: Success, condition: '{condition}'}}",
        "        spec:",
        "          cloneCodebase: true",
        "          infrastructure:",
        "            type: KubernetesDirect",
        "            spec:",
        "              connectorRef: KUBERNETES_CONNECTOR",
        "              namespace: harness",
        f"              serviceAccountName: {account}",
        f"              automountServiceAccountToken: {str(account != 'rolecall-check').lower()}",
        "              os: Linux",
        "          execution:",
        "            steps:",
    ]


def _step(
    name: str, commands: Sequence[str], addresses: Sequence[str], signed: PipelineSignIn | None = None, *secrets: str
) -> list[str]:
    variables = [f"{one}: <+variable.{one}>" for one in (signed.variables if signed else addresses)]
    if signed is not None:
        variables += ["DATABRICKS_AUTH_TYPE: file-oidc", f"DATABRICKS_OIDC_TOKEN_FILEPATH: {TOKEN}"]
        variables += [f"AZURE_FEDERATED_TOKEN_FILE: {TOKEN}"] if signed.federated else []
        variables += [f"{one}: {value}" for one, value in (signed.fixed or {}).items()]
        variables += [f'{one}: <+secrets.getValue("{one}")>' for one in (*signed.secrets, *secrets)]
    return [
        "              - step:",
        f"                  name: {name}",
        f"                  identifier: run_{name}",
        "                  type: Run",
        "                  timeout: 90m",
        "                  spec:",
        "                    connectorRef: IMAGE_CONNECTOR",
        "                    image: python:3.12",
        "                    shell: Bash",
        "                    command: |-",
        "                      set -eu",
        "                      pip install rolecall==@VERSION@",
        *(f"                      {line}" for line in commands),
        "                    envVariables:",
        *(f"                      {line}" for line in variables),
    ]


_TRIGGERS = """\
# Triggers of the pipeline `access`

Create them under Triggers of the pipeline; none passes a value that a pull request chooses to a script.

| trigger | event | input |
| --- | --- | --- |
| review | pull request to `main`, from branches of this repository only | `build`: pull request `<+trigger.prNumber>` |
| deploy | push to `main` | `build`: branch `main` |
| live | cron `43 */6 * * *` | `build`: branch `main` |
"""
