"""The files of a new repository that depend on its choices."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rolecall.starting.choices import Choices, CiChoice, CloudChoice
from rolecall.starting.pipelines import azure_devops, github, gitlab, harness, notification
from rolecall.starting.pipelines.sign_in import sign_in
from rolecall.starting.systems import starter_of
from rolecall.systems.starter import PipelineSignIn

# A node type with local disks: https://docs.databricks.com/en/compute/configure.html.
_NODE_TYPES = {
    CloudChoice.AWS: "i3.xlarge",
    CloudChoice.AZURE: "Standard_L8s_v3",
    CloudChoice.GCP: "n2-highmem-4",
}
_ACCOUNT_HOSTS = {
    CloudChoice.AWS: "https://accounts.cloud.databricks.com",
    CloudChoice.AZURE: "https://accounts.azuredatabricks.net",
    CloudChoice.GCP: "https://accounts.gcp.databricks.com",
}
# Variables for addresses and ids; credentials never belong in the repository.
_BASE = ("DATABRICKS_ACCOUNT_HOST", "DATABRICKS_ACCOUNT_ID", "DATABRICKS_CLIENT_ID", "ML_NONPROD_HOST", "ML_PROD_HOST")


def files(choices: Choices) -> Mapping[str, str]:
    """Return the files by path; the caller replaces @ORGANIZATION@ and @VERSION@."""
    texts = {
        "contract/contract.yaml": _contract(choices),
        "contract/emulators.yaml": _emulators(choices),
        "contract/groups.yaml": _groups(choices),
        "contract/projects/churn.yaml": _project(choices),
        "pyproject.toml": _pyproject(choices),
    }
    if choices.ci in _PIPELINES:
        addresses = variables(choices)
        signed = sign_in((choices.identity_provider, *choices.orchestrators), addresses)
        texts |= {**_PIPELINES[choices.ci](addresses, signed), notification.FILE: notification.TEXT}
    return texts


_PIPELINES: Mapping[CiChoice, Callable[[Sequence[str], PipelineSignIn], Mapping[str, str]]] = {
    CiChoice.GITHUB: github.workflows,
    CiChoice.GITLAB: gitlab.pipeline,
    CiChoice.HARNESS: harness.pipeline,
    CiChoice.AZURE_DEVOPS: azure_devops.pipeline,
}


def variables(choices: Choices) -> list[str]:
    """Return the environment variables that the contract reads."""
    return sorted(
        {*_BASE, *starter_of(choices.identity_provider).variables, *(["CLUSTER_ISSUER"] if _workers(choices) else [])}
    )


def _workers(choices: Choices) -> bool:
    return bool(choices.orchestrators)


def _contract(choices: Choices) -> str:
    lines = [
        "# The platform team's file. Addresses and ids come from environment variables, so the same contract serves",
        "# the local emulators and the real account.",
        "version: 1",
        "organization: @ORGANIZATION@",
        "",
        "# A project's file declares that project and nothing else.",
        "include:",
        "  - groups.yaml",
        "  - roles.yaml",
        "  - {path: projects/*.yaml, only: projects}",
        "",
        "# Policy packs that check every deployment. Name a pack of your own by its path, policies/NAME.",
        "policy_packs: [rolecall:guardrails]",
        "",
    ]
    starter = starter_of(choices.identity_provider)
    lines += starter.contract
    lines += ["", f"# {_ACCOUNT_HOSTS[choices.cloud]} is the account's address on {choices.cloud.upper()}."]
    lines += ["databricks:", "  host: ${env:DATABRICKS_ACCOUNT_HOST}", "  account_id: ${env:DATABRICKS_ACCOUNT_ID}"]
    lines += ["  deployer: ${env:DATABRICKS_CLIENT_ID}"]
    lines += [f"  provisioning: {starter.provisioning}"] if starter.provisioning else []
    if _workers(choices):
        lines += [
            "",
            "# The Kubernetes cluster that issues the tokens of the orchestrators' workers; they need no secret.",
        ]
        lines += ["issuers:", '  cluster: {address: "${env:CLUSTER_ISSUER}"}']
    lines += [
        "",
        "workspaces:",
        '  nonprod: {host: "${env:ML_NONPROD_HOST}"}',
        '  prod: {host: "${env:ML_PROD_HOST}"}',
        "",
        "# Every environment has the same projects and roles; policies are stricter in a protected one.",
        "environments:",
        "  dev: {workspace: nonprod}",
        "  prod: {workspace: prod, protected: true}",
        "",
        "# This group always keeps its access. Use its accounts in emergencies only.",
        "break_glass: {group: platform-emergency}",
    ]
    return "\n".join([*lines, ""])


def _groups(choices: Choices) -> str:
    group = starter_of(choices.identity_provider).group
    return (
        "# `external` is a group's id in the identity provider, which owns members; Rolecall creates managed ones.\n"
        "groups:\n"
        f"  churn-engineers: {{external: {group}}}\n"
        "  platform-emergency: {managed: true, description: Break-glass accounts}\n"
    )


def _project(choices: Choices) -> str:
    node_type = _NODE_TYPES[choices.cloud]
    lines = [
        "projects:",
        "  churn:",
        "    owner: churn-engineers",
        "    description: Who may leave, and what would keep them",
        "    bindings:",
        "      - {role: engineer, to: churn-engineers, in: [dev]}",
        "      - {role: runner, to: churn-engineers, in: [prod], ticket: REQ-1}",
        "    # Jobs run as this service principal; it has no secrets.",
    ]
    if _workers(choices):
        lines += [
            "    service_principals:",
            "      trainer:",
            "        # Workers authenticate as it with the token of their Kubernetes service account.",
            "        federation:",
            "          - issuer: cluster",
            "            subject: system:serviceaccount:ml:churn-trainer-{environment}",
            "            audience: databricks",
        ]
    else:
        lines += ["    service_principals: {trainer: {}}"]
    lines += [
        "    cluster_policies:",
        "      standard: {max_workers: 4, idle_minutes: 30}",
        "    jobs:",
        "      # The Jobs API's settings, and some of the contract's own.",
        "      train:",
        "        run_as: trainer",
        "        policy: standard",
    ]
    if _workers(choices):
        triggers = ", ".join(f"{name}: {starter_of(name).counterpart}" for name in choices.orchestrators)
        lines += ["        # Orchestrators that trigger the job: the same groups may run it there."]
        lines += [f"        counterparts: {{{triggers}}}"]
    lines += [
        "        email_notifications: {on_failure: [churn@example.com]}",
        '        git_source: {git_url: "https://github.com/example/churn", git_provider: gitHub, git_tag: v1.0.0}',
        "        job_clusters:",
        "          - job_cluster_key: main",
        "            new_cluster:",
        f"              {{spark_version: 16.4.x-scala2.12, node_type_id: {node_type}, num_workers: 2}}",
        "        tasks:",
        "          - {task_key: train, job_cluster_key: main, notebook_task: {notebook_path: jobs/train, source: GIT}}",
    ]
    return "\n".join([*lines, ""])


def _emulators(choices: Choices) -> str:
    lines = [
        "# The initial content of the local emulators. Nothing here is real.",
        "databricks:",
        "  account_id: 7c0ffee0-ac3e-4acc-9e0d-000000000001",
        "  workspaces:",
        "    - {name: nonprod, environment_variable: ML_NONPROD_HOST}",
        "    - {name: prod, environment_variable: ML_PROD_HOST}",
        "  deployer: {display_name: rolecall-deployer}",
        "  # The emulators issue a token to this person, for changes by hand.",
        "  person: ada@example.com",
        "  users: [{name: ada@example.com}]",
    ]
    for name in (choices.identity_provider, *choices.orchestrators):
        starter = starter_of(name)
        groups = ", groups: [churn-engineers]" if starter.users_have_groups else ""
        lines += [f"{name}:", *starter.emulator, f"  users: [{{name: ada@example.com{groups}}}]"]
    lines += ["# The Kubernetes cluster of the orchestrators' workers.", "cluster: {}"] if _workers(choices) else []
    return "\n".join([*lines, ""])


def _pyproject(choices: Choices) -> str:
    extras = sorted({starter_of(name).extra for name in choices.orchestrators} - {""})
    named = f"[{','.join(extras)}]" if extras else ""
    local = ",".join(["local", *extras])
    return (
        "[project]\n"
        'name = "@ORGANIZATION@-access"\n'
        'version = "0"\n'
        'requires-python = ">=3.11"\n'
        f'dependencies = ["rolecall{named}==@VERSION@"]\n'
        "\n"
        "[dependency-groups]\n"
        "# The emulators of all systems, for `rolecall local up`.\n"
        f'dev = ["rolecall[{local}]==@VERSION@"]\n'
    )
