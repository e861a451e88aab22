"""The names that the contract's objects have in Databricks, and what Databricks accepts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rolecall.contract.contract import Contract
from rolecall.contract.naming import object_name, service_principal_name
from rolecall.contract.objects import SECTIONS, objects_of
from rolecall.ids.ids import GroupId, ServicePrincipalId
from rolecall.ids.names import NameSyntax, RenderedName
from rolecall.ids.verbs import Kind

_API = "https://docs.databricks.com/api"
# Kinds whose names are unique in a workspace. Names of jobs need not be, but the contract's checks refuse two of one
# name; those of schemas and models are checked in their catalog (`namespaces-overlap`).
SYNTAX: Mapping[Kind, NameSyntax] = {
    Kind.SECRET_SCOPE: NameSyntax(
        f"{_API}/workspace/secrets/createscope", r"A-Za-z0-9_@.\-", "letters, digits, '-', '_', '@' and '.'", 128
    ),
    Kind.CLUSTER_POLICY: NameSyntax(f"{_API}/workspace/clusterpolicies/create", length=100),
    Kind.INSTANCE_POOL: NameSyntax(f"{_API}/workspace/instancepools/create", length=100),
    Kind.WAREHOUSE: NameSyntax(f"{_API}/workspace/warehouses/create", length=100),
    Kind.EXPERIMENT: NameSyntax("https://docs.databricks.com/en/mlflow/experiments.html", length=500),
}
# https://docs.databricks.com/api/account/accountserviceprincipals/create: display names need not differ in the account,
# but orchestrators know principals by them, and people read them.
PRINCIPAL = NameSyntax(f"{_API}/account/accountserviceprincipals/create", length=256)
# https://docs.databricks.com/en/admin/users-groups/groups.html
GROUP = NameSyntax("https://docs.databricks.com/en/admin/users-groups/groups.html", length=255)


def rendered(contract: Contract) -> Iterator[RenderedName]:
    """Yield the names of everything that Databricks tells apart by name."""
    for key in contract.groups:
        yield RenderedName(GroupId(key), ("groups", key), "Databricks group", key, (), GROUP)
    for environment, stage in contract.environments.items():
        for kind, syntax in SYNTAX.items():
            noun = f"Databricks {kind.replace('_', ' ')}"
            for one in objects_of(contract, environment, kind):
                identity = one.id_in(environment)
                path = ("projects", one.project, SECTIONS[kind], one.key)
                text = object_name(contract, kind, one.project, one.key, environment)
                yield RenderedName(identity, path, noun, text, (stage.workspace,), syntax)
        for one in objects_of(contract, environment, Kind.SERVICE_PRINCIPAL):
            principal = ServicePrincipalId(environment, one.project, one.key)
            path = ("projects", one.project, SECTIONS[Kind.SERVICE_PRINCIPAL], one.key)
            text = service_principal_name(one.project, one.key, environment)
            yield RenderedName(principal, path, "service principal", text, (), PRINCIPAL)
