"""The names that the contract's objects have in Databricks, and what Databricks accepts."""

from __future__ import annotations

from collections.abc import Iterator

from rolecall.contract.contract import Contract
from rolecall.contract.naming import object_name
from rolecall.contract.objects import objects_of
from rolecall.ids.ids import GroupId, ObjectId, ServicePrincipalId
from rolecall.ids.names import NameSyntax, RenderedName
from rolecall.kinds.registry import BY_NAME, PLATFORM_KINDS
from rolecall.kinds.spec import Scope

# https://docs.databricks.com/en/admin/users-groups/groups.html
GROUP = NameSyntax("https://docs.databricks.com/en/admin/users-groups/groups.html", length=255)


def rendered(contract: Contract) -> Iterator[RenderedName]:
    """Yield the names of everything that Databricks identifies by name."""
    for key in contract.groups:
        yield RenderedName(GroupId(key), ("groups", key), "Databricks group", key, (), GROUP)
    for environment, stage in contract.environments.items():
        for kind in PLATFORM_KINDS:
            if kind.section is None or kind.naming is None or kind.naming.syntax is None:
                continue
            if kind.scope is Scope.CATALOG and stage.catalog is None:
                continue
            in_account = kind.scope is Scope.ACCOUNT
            noun = kind.noun if in_account else f"Databricks {kind.name.replace('_', ' ')}"
            namespace = () if in_account else (_holder(contract, stage.workspace, kind.scope),)
            for one in objects_of(contract, environment, kind.name):
                identity = _identity(one.id_in(environment))
                path = ("projects", one.project, kind.section, one.key)
                text = object_name(contract, kind.name, one.project, one.key, environment)
                yield RenderedName(identity, path, noun, text, namespace, kind.naming.syntax)


def _holder(contract: Contract, workspace: str, scope: Scope) -> str:
    """Return what keeps names apart: the workspace, or its metastore; one metastore where the contract names none."""
    if scope is not Scope.METASTORE:
        return workspace
    declared = contract.workspaces.get(workspace)
    return f"metastore {declared.metastore if declared and declared.metastore else ''}".strip()


def _identity(target: ObjectId) -> ObjectId | ServicePrincipalId:
    """Return the id by which a name's bearer is known to all systems."""
    if BY_NAME[target.kind].is_subject:
        return ServicePrincipalId(target.own_environment, target.own_project, target.key)
    return target
