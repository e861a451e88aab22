"""The files of a starting repository; @ORGANIZATION@ and @VERSION@ are filled in."""

from __future__ import annotations

from collections.abc import Mapping

_PULUMI = """\
name: @ORGANIZATION@-access
description: Who may do what on @ORGANIZATION@'s machine-learning platform, from one contract
main: stacks
stackConfigDir: stacks
runtime:
  name: python
  options:
    virtualenv: .venv
plugins:
  providers:
    # Rolecall's own provider; it runs in this project's own Python.
    - {name: rolecall, path: plugin}
config:
  rolecall:contract: {value: contract/contract.yaml}
"""
_PLUGIN = """\
runtime:
  name: python
  options:
    virtualenv: ../.venv
"""
_PYPROJECT = """\
[project]
name = "@ORGANIZATION@-access"
version = "0"
requires-python = ">=3.11"
dependencies = ["rolecall==@VERSION@"]
"""
_README = """\
# Who may do what on our machine-learning platform

`contract/` says it; Rolecall deploys it and proves that every system agrees.

    rolecall check                 # is the contract valid?
    rolecall local up              # emulators of all systems on this machine
    rolecall preview               # what a deployment would change
    rolecall check --changed FILE  # what a change to a file can touch

`contract/projects/NAME.yaml` belongs to the team of the project NAME and holds nothing else; all other files belong to
the platform team (`CODEOWNERS`). Add a project: copy a file there under the new name, and give it its owners.
"""
_CONTRACT = """\
# The platform's own file. Addresses and ids come from the environment: the same contract serves the local emulators and
# the real account.
version: 1
organization: @ORGANIZATION@

include:
  - groups.yaml
  - roles.yaml
  - {path: projects/*.yaml, only: projects}

databricks:
  host: ${env:DATABRICKS_ACCOUNT_HOST}
  account_id: ${env:DATABRICKS_ACCOUNT_ID}
  deployer: ${env:DATABRICKS_CLIENT_ID}

workspaces:
  nonprod: {host: "${env:ML_NONPROD_HOST}"}
  prod: {host: "${env:ML_PROD_HOST}"}

environments:
  dev: {workspace: nonprod}
  prod: {workspace: prod, protected: true}

break_glass: {group: platform-emergency}
"""
_GROUPS = """\
# `external` is a group's id in the identity provider, which fills it; Rolecall makes the managed ones.
groups:
  churn-engineers: {external: 00g1churn0000000001}
  platform-emergency: {managed: true, description: Break-glass accounts}
"""
_ROLES = """\
# A role says verbs on kinds; a binding says whose, and the project says on which objects.
roles:
  engineer:
    - {may: edit, kind: job}
    - {may: run, kind: cluster_policy}
  runner:
    - {may: run, kind: job}
"""
_PROJECT = """\
projects:
  churn:
    owner: churn-engineers
    description: Who may leave, and what would keep them
    bindings:
      - {role: engineer, to: churn-engineers, in: [dev]}
      - {role: runner, to: churn-engineers, in: [prod], ticket: REQ-1}
    service_principals: {trainer: {}}
    cluster_policies:
      standard: {max_workers: 4, idle_minutes: 30}
    jobs:
      train:
        run_as: trainer
        policy: standard
        email_notifications: {on_failure: [churn@example.com]}
        git_source: {git_url: "https://github.com/example/churn", git_provider: gitHub, git_tag: v1.0.0}
        job_clusters:
          - job_cluster_key: main
            new_cluster: {spark_version: 16.4.x-scala2.12, node_type_id: i3.xlarge, num_workers: 2}
        tasks:
          - {task_key: train, job_cluster_key: main, notebook_task: {notebook_path: jobs/train, source: GIT}}
"""
_EMULATORS = """\
# What the local emulators start with. Nothing here is real.
databricks:
  account_id: 7c0ffee0-ac3e-4acc-9e0d-000000000001
  workspaces:
    - {name: nonprod, environment_variable: ML_NONPROD_HOST}
    - {name: prod, environment_variable: ML_PROD_HOST}
  deployer: {display_name: rolecall-deployer}
  person: ada@example.com
  users: [{name: ada@example.com, groups: [churn-engineers]}]
  groups:
    - {name: churn-engineers, external_id: 00g1churn0000000001}
"""
_CODEOWNERS = """\
# The last line that matches decides. Everything is the platform team's, but for the files of projects: what those say,
# they say of their own project only (`rolecall check --changed FILE` tells it of any file).
*                              @@ORGANIZATION@/platform
/contract/projects/churn.yaml  @@ORGANIZATION@/churn
"""
_WORKFLOW = """\
# A pull request is checked without any credential: nothing that its author writes gets one.
name: check
on: pull_request
permissions: {contents: read}
jobs:
  check:
    runs-on: ubuntu-latest
    env:
      DATABRICKS_ACCOUNT_HOST: ${{ vars.DATABRICKS_ACCOUNT_HOST }}
      DATABRICKS_ACCOUNT_ID: ${{ vars.DATABRICKS_ACCOUNT_ID }}
      DATABRICKS_CLIENT_ID: ${{ vars.DATABRICKS_CLIENT_ID }}
      ML_NONPROD_HOST: ${{ vars.ML_NONPROD_HOST }}
      ML_PROD_HOST: ${{ vars.ML_PROD_HOST }}
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
        with: {persist-credentials: false}
      - run: pip install rolecall==@VERSION@
      - run: rolecall check
"""
_IGNORED = """\
/.venv
/.rolecall/
__pycache__/
"""

FILES: Mapping[str, str] = {
    ".github/workflows/check.yml": _WORKFLOW,
    ".gitignore": _IGNORED,
    "CODEOWNERS": _CODEOWNERS,
    "Pulumi.yaml": _PULUMI,
    "README.md": _README,
    "contract/contract.yaml": _CONTRACT,
    "contract/emulators.yaml": _EMULATORS,
    "contract/groups.yaml": _GROUPS,
    "contract/projects/churn.yaml": _PROJECT,
    "contract/roles.yaml": _ROLES,
    "plugin/PulumiPlugin.yaml": _PLUGIN,
    "pyproject.toml": _PYPROJECT,
}
