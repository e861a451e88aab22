"""A contract whose groups live in an identity provider, and a project that deploys it."""

from __future__ import annotations

from pathlib import Path

from tests.support.contracts import ANALYSTS_VIEW, DATABRICKS, ENVIRONMENTS, project
from tests.support.identity import ENTRA_APPLICATION, GROUPS, OKTA_APPLICATION, Company
from tests.support.project import Project, contract_project_with

IDENTITY = {
    "okta": f"{{provider: okta, issuer: '${{env:OKTA_CLIENT_ORGURL}}', application: {OKTA_APPLICATION}}}",
    "entra": (
        "{provider: entra, issuer: '${env:AZURE_AUTHORITY_HOST}/${env:AZURE_TENANT_ID}/v2.0', "
        f"application: {ENTRA_APPLICATION}}}"
    ),
}

BINDINGS = f"{ANALYSTS_VIEW}      - {{role: viewer, to: everybody, in: [dev]}}\n"


def contract(system: str, provisioning: str = "scim", more: str = "", *, includes: bool | None = None) -> str:
    """Return a contract with two external groups and two that Rolecall makes."""
    nested = includes if includes is not None else (system == "okta" or provisioning != "scim")
    inner = ", includes: [engineers, analysts]" if nested else ""
    groups = GROUPS[system]
    return f"""\
{DATABRICKS}\
  provisioning: {provisioning}
identity: {IDENTITY[system]}
{ENVIRONMENTS}\
groups:
  engineers: {{external: {groups["engineers"]}}}
  analysts: {{external: {groups["analysts"]}}}
  everybody: {{managed: true{inner}}}
  emergency: {{managed: true}}
roles:
  engineer: [{{may: edit, kind: job}}, {{may: run, kind: cluster_policy}}]
  viewer: [{{may: view, kind: job}}]
{more}
{project(bindings=BINDINGS)}"""


def identity_project(folder: Path, systems: Company, text: str) -> Project:
    """Return a project that deploys a contract to the systems."""
    variables = {**systems.variables(), "ROLECALL_RETRY_SECONDS": "10", "ROLECALL_PROVISIONING_SECONDS": "20"}
    return contract_project_with(folder, variables, text)
