"""A pipeline for Azure DevOps: https://learn.microsoft.com/azure/devops/pipelines/yaml-schema/."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rolecall import settings
from rolecall.systems.starter import PipelineSignIn

FILE = "azure-pipelines.yml"
_FEDERATED = (
    "# Entra ID is signed in to without a stored secret: by the service connection `rolecall-entra` (Azure Resource",
    "# Manager, workload identity federation) of the application AZURE_CLIENT_ID.",
)
_DRIFT = (
    "code=0; rolecall parity --format markdown > drift.md || code=$?",
    '[ "$code" -ne 0 ] || exit 0',
    'echo "##vso[task.uploadsummary]$PWD/drift.md"',
    'python .ci/notify.py "Live access differs from the contract: $RUN"',
    'exit "$code"',
)


def pipeline(addresses: Sequence[str], signed: PipelineSignIn) -> Mapping[str, str]:
    """Return the pipeline by path.

    Args:
        addresses: variables that the contract reads.
        signed: what jobs sign in with that reach systems.
    """
    lines = [
        "# Pull requests are checked without credentials of your systems: branch policies of `main` run this pipeline as",
        "# build validation. Turn off secrets for builds of forks. Define two variable groups:",
        "#   rolecall-addresses, for all jobs: " + " ".join((*addresses, settings.TRUSTED_KEYS.name)),
        "#   rolecall-deploy, for `main` only (an approval and a branch check on it): "
        + " ".join((*(name for name in signed.variables if name not in addresses), *signed.secrets)),
        "# The snapshot is signed with the secret ROLECALL_SIGNING_KEY of rolecall-deploy.",
        *(_FEDERATED if signed.federated else ()),
        "trigger: {branches: {include: [main]}}",
        "schedules:",
        "  - {cron: '43 */6 * * *', displayName: live access, branches: {include: [main]}, always: 'true'}",
        "pool: {vmImage: ubuntu-24.04}",
        "variables:",
        "  - group: rolecall-addresses",
        "stages:",
        "  - stage: check",
        "    condition: eq(variables['Build.Reason'], 'PullRequest')",
        "    jobs:",
        "      - job: check",
        "        steps:",
        "          - checkout: self",
        "            fetchDepth: '2'",
        "            persistCredentials: 'false'",
        "          - script: pip install rolecall==@VERSION@",
        "          - task: DownloadPipelineArtifact@2",
        "            condition: and(succeeded(), ne(variables['ROLECALL_TRUSTED_KEYS'], ''))",
        "            inputs:",
        "              buildType: specific",
        "              project: $(System.TeamProjectId)",
        "              definition: $(System.DefinitionId)",
        "              buildVersionToDownload: latestFromBranch",
        "              branchName: refs/heads/main",
        "              artifactName: snapshot",
        "              targetPath: $(Agent.TempDirectory)",
        "          # The merge commit with both parents. 4: access changes.",
        "          - script: |",
        '              [ ! -f "$FILE" ] || SNAPSHOT="--snapshot $FILE"',
        "              rolecall review HEAD^1..HEAD $SNAPSHOT > review.md || [ $? -eq 4 ]",
        '              echo "##vso[task.uploadsummary]$PWD/review.md"',
        "            env: {FILE: $(Agent.TempDirectory)/snapshot.json}",
        "          - script: rolecall check",
        "          - script: python -m unittest discover tests",
    ]
    for name, needs, stacks in (("dev", "[]", "account dev"), ("prod", "deploy_dev", "prod")):
        lines += [
            f"  - stage: deploy_{name}",
            f"    dependsOn: {needs}",
            "    condition: and(succeeded(), eq(variables['Build.SourceBranch'], 'refs/heads/main'), in(variables['Build.Reason'], 'IndividualCI', 'BatchedCI', 'Manual'))",
            "    variables: [{group: rolecall-deploy}]",
            "    jobs:",
            f"      # The environment {name} has the approvals. The federation policies of the deployer name the subject of",
            "      # the pipeline: p://ORGANIZATION/PROJECT/PIPELINE.",
            f"      - deployment: deploy_{name}",
            f"        environment: {name}",
            "        strategy:",
            "          runOnce:",
            "            deploy:",
            "              steps:",
            "                - checkout: self",
            "                  persistCredentials: 'false'",
            "                - script: pip install rolecall==@VERSION@",
            *_step(signed, "                ", [f"rolecall up {stacks} --yes"]),
        ]
    lines += [
        "  - stage: live",
        "    dependsOn: deploy_prod",
        "    condition: and(not(failed()), not(canceled()), eq(variables['Build.SourceBranch'], 'refs/heads/main'))",
        "    variables: [{group: rolecall-deploy}]",
        "    jobs:",
        "      - job: live",
        "        steps:",
        "          - checkout: self",
        "            persistCredentials: 'false'",
        "          - script: pip install rolecall==@VERSION@",
        *_step(signed, "          ", ["rolecall snapshot snapshot.json"], settings.SIGNING_KEY.name),
        "          - publish: snapshot.json",
        "            artifact: snapshot",
        *_step(signed, "          ", _DRIFT, "SLACK_WEBHOOK_URL", "TEAMS_WEBHOOK_URL"),
        "              RUN: $(System.CollectionUri)$(System.TeamProject)/_build/results?buildId=$(Build.BuildId)",
    ]
    return {FILE: "\n".join([*lines, ""])}


def _step(signed: PipelineSignIn, indent: str, commands: Sequence[str], *secrets: str) -> list[str]:
    """Return a step; where Entra ID is signed in to, a task with the service connection, whose token it exchanges."""
    if not signed.federated:
        lines = [f"{indent}- script: |", *(f"{indent}    {line}" for line in commands)]
    else:
        lines = [
            f"{indent}- task: AzureCLI@2",
            f"{indent}  inputs:",
            f"{indent}    azureSubscription: rolecall-entra",
            f"{indent}    scriptType: bash",
            f"{indent}    scriptLocation: inlineScript",
            f"{indent}    inlineScript: |",
            *(f"{indent}      {line}" for line in commands),
        ]
    return [*lines, *_environment(signed, f"{indent}  ", *secrets)]


def _environment(signed: PipelineSignIn, indent: str, *secrets: str) -> list[str]:
    """Return the environment of a step: secrets reach a script only where it names them."""
    return [
        f"{indent}env:",
        f"{indent}  DATABRICKS_AUTH_TYPE: azure-devops-oidc",
        f"{indent}  SYSTEM_ACCESSTOKEN: $(System.AccessToken)",
        *(f"{indent}  {name}: {value}" for name, value in (signed.fixed or {}).items()),
        *(f"{indent}  {name}: $({name})" for name in (*signed.secrets, *secrets)),
    ]
