"""Contracts for tests, written into a folder and loaded from there."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from rolecall.compiled import CompiledContract, compile_file
from rolecall.contract import LoadedContract, load_contract

TODAY = date(2026, 11, 20)
VARIABLES = {
    "DATABRICKS_ACCOUNT_HOST": "http://127.0.0.1:1",
    "DATABRICKS_ACCOUNT_ID": "7c0ffee0-0000-4000-8000-000000000001",
    "DATABRICKS_CLIENT_ID": "11111111-1111-4111-8111-111111111111",
    "OKTA_CLIENT_ORGURL": "http://127.0.0.1:4",
    "AZURE_AUTHORITY_HOST": "https://127.0.0.1:5",
    "AZURE_TENANT_ID": "ac3e0000-0000-4000-8000-000000000001",
    "ML_NONPROD_HOST": "http://127.0.0.1:2",
    "ML_PROD_HOST": "http://127.0.0.1:3",
    "CLUSTER_ISSUER": "https://127.0.0.1:6",
}
CLUSTER = "{spark_version: 16.4.x-scala2.12, node_type_id: i3.xlarge, num_workers: 1}"
# The head of a contract that reads no environment variable.
ACCOUNT_HEAD = """\
version: 1
organization: acme
databricks:
  host: https://accounts.cloud.databricks.com
  account_id: 7c0ffee0-0000-4000-8000-000000000001
  deployer: 11111111-1111-4111-8111-111111111111
"""
# The beginning of a contract; what follows first may be another key of `databricks`.
DATABRICKS = """\
version: 1
organization: acme
databricks:
  host: ${env:DATABRICKS_ACCOUNT_HOST}
  account_id: ${env:DATABRICKS_ACCOUNT_ID}
  deployer: ${env:DATABRICKS_CLIENT_ID}
"""
ENVIRONMENTS = """\
workspaces:
  nonprod: {host: "${env:ML_NONPROD_HOST}"}
  prod: {host: "${env:ML_PROD_HOST}"}
environments:
  dev: {workspace: nonprod}
  prod: {workspace: prod, protected: true}
break_glass: {group: emergency}
"""
HEAD = f"""\
{DATABRICKS}\
{ENVIRONMENTS}\
groups:
  engineers: {{external: 00g-engineers}}
  analysts: {{external: 00g-analysts}}
  emergency: {{managed: true}}
roles:
  engineer: [{{may: edit, kind: job}}, {{may: run, kind: cluster_policy}}]
  runner: [{{may: run, kind: job}}]
  viewer: [{{may: view, kind: job}}]
"""


def project(name: str = "churn", *, bindings: str = "", more: str = "") -> str:
    """Return a project with one job.

    Args:
        name: its key.
        bindings: lines of bindings besides that of the engineers.
        more: lines at the end.
    """
    return f"""\
projects:
  {name}:
    owner: engineers
    bindings:
      - {{role: engineer, to: engineers, in: [dev]}}
{bindings}\
    service_principals: {{trainer: {{}}}}
    cluster_policies: {{small: {{max_workers: 2, idle_minutes: 30}}}}
    jobs:
      train:
        run_as: trainer
        policy: small
        tasks:
          - task_key: train
            new_cluster: {CLUSTER}
            spark_python_task: {{python_file: /Workspace/Shared/train.py}}
{more}"""


ANALYSTS_VIEW = "      - {role: viewer, to: analysts, in: [dev, prod], ticket: SEC-1}\n"
PROJECT = project(bindings=ANALYSTS_VIEW)
CONTRACT = HEAD + PROJECT


def write(folder: Path, text: str = CONTRACT, name: str = "contract.yaml") -> Path:
    """Write a file of a contract and return its path."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def load(folder: Path, text: str = CONTRACT) -> LoadedContract:
    """Load a contract from its text."""
    return load_contract(write(folder, text), VARIABLES)


def compiled(folder: Path, text: str = CONTRACT, today: date = TODAY) -> CompiledContract:
    """Load and compile a contract from its text."""
    return compile_file(write(folder, text), today, VARIABLES)
