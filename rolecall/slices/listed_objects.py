"""Which object a list of holders is about, told from the resource that is the list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rolecall.contract.contract import Contract
from rolecall.contract.removal_checks import kinds_named
from rolecall.contract.removal_override import RemovalOverride
from rolecall.contract.verbs import Kind
from rolecall.engine.holders import MEMBERSHIPS

# The property that says what an object is whose holders are listed, by the provider's names.
KINDS: Mapping[str, Kind] = {
    "jobId": Kind.JOB,
    "clusterPolicyId": Kind.CLUSTER_POLICY,
    "instancePoolId": Kind.INSTANCE_POOL,
    "sqlEndpointId": Kind.WAREHOUSE,
    "experimentId": Kind.EXPERIMENT,
    "schema": Kind.DATASET,
    "model": Kind.MODEL,
    "catalog": Kind.CATALOG,
    "grantRules": Kind.SERVICE_PRINCIPAL,
    "scope": Kind.SECRET_SCOPE,
}


@dataclass(frozen=True)
class ListedObject:
    """An object with a list of holders, or a group with a list of members.

    Attributes:
        kind: its kind; None for a group.
        name: its name in grants; the group's name.
        environment: its environment; empty where it is in none.
    """

    kind: Kind | None
    name: str
    environment: str = ""

    def __str__(self) -> str:
        """Return it as messages name it."""
        if self.kind is None:
            return f"group {self.name}"
        where = f" in {self.environment}" if self.environment else ""
        return f"{self.kind.replace('_', ' ')} {self.name}{where}"

    def entry(self) -> str:
        """Return the start of the entry of `removal_overrides` that is about it."""
        if self.kind is None:
            return f"group: {self.name}"
        where = f", environment: {self.environment}" if self.environment else ""
        return f"object: {self.name}, kind: {self.kind}{where}"


def listed_object(
    resource_type: str, name: str, inputs: Mapping[str, Any], environment: str, project: str
) -> ListedObject | None:
    """Return the object that a list is about; None where it is about nothing that the contract names.

    Args:
        resource_type: type token of the list.
        name: the resource's name.
        inputs: what was declared of it.
        environment: its stack's environment; empty for the account's.
        project: its stack's project; empty where it is no project's.
    """
    if resource_type in MEMBERSHIPS:
        return ListedObject(None, name)
    if inputs.get("authorization"):
        return ListedObject(Kind.WORKSPACE, name.removesuffix("-tokens"))
    kind = next((kind for key, kind in KINDS.items() if inputs.get(key)), None)
    if kind is Kind.CATALOG:
        return ListedObject(kind, str(inputs["catalog"]), environment)
    if kind is None and resource_type.startswith("rolecall:"):
        # An orchestrator's list is about the counterpart of a job, or about what several jobs share.
        system = resource_type.split(":")[1]
        kind, name = Kind.JOB, name.removeprefix(f"{system}-").removesuffix("-access")
        if not name.startswith(f"{project}-"):
            return None
    if kind is None or not project:
        return None
    return ListedObject(kind, f"{project}/{name.removeprefix(f'{project}-')}", environment)


def group_named(contract: Contract, resource: str) -> str:
    """Return the key of the group that a resource is named after: by its key or its id in the identity provider."""
    for key, group in contract.groups.items():
        if resource in (key, group.external) or resource == key.casefold():
            return key
    return resource


def is_about(override: RemovalOverride, listed: ListedObject, contract: Contract) -> bool:
    """Return whether an override is about an object, and about nothing else of its name."""
    if listed.kind is None:
        return override.group == listed.name
    if override.object != listed.name:
        return False
    if override.kind is None and kinds_named(contract, listed.name) - {listed.kind}:
        return False
    if override.kind not in (None, listed.kind):
        return False
    if override.environment is not None or not listed.environment:
        return override.environment in (None, listed.environment)
    declared = contract.environments.get(listed.environment)
    return declared is not None and not declared.protected
