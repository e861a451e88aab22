"""Service principals of a contract whose deployer administers no account: named by their application ids."""

from __future__ import annotations

from collections.abc import Iterator

from rolecall.contract.contract import Contract
from rolecall.contract.naming import service_principal_external_id
from rolecall.ids.ids import ServicePrincipalId


def given_principals(contract: Contract, environment: str | None = None) -> dict[ServicePrincipalId, str]:
    """Return the application id of each service principal that the contract names by one.

    Args:
        contract: the contract; empty where the deployer administers the account.
        environment: limits them to this environment; None for all.
    """
    return {
        ServicePrincipalId(stage, project, key): application_id
        for path, by_environment in contract.databricks.service_principals.items()
        for project, _, key in (path.partition("/"),)
        for stage, application_id in by_environment.items()
        if environment in (None, stage)
        and project in contract.projects
        and key in contract.projects[project].service_principals
        and contract.projects[project].service_principals[key].is_in(stage)
    }


def given_external_ids(contract: Contract) -> dict[str, str]:
    """Return the external ids, `rolecall:ORGANIZATION:…`, by application id."""
    return {
        application_id: service_principal_external_id(contract, one.project, one.key, one.environment)
        for one, application_id in given_principals(contract).items()
    }


def declared_principals(contract: Contract) -> Iterator[ServicePrincipalId]:
    """Yield every service principal that the contract declares, in each of its environments."""
    for project, declared in contract.projects.items():
        for key, principal in declared.service_principals.items():
            for environment in contract.environments:
                if principal.is_in(environment):
                    yield ServicePrincipalId(environment, project, key)
