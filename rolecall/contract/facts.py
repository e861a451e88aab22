"""Facts of objects: what their declared properties depend on, taken from the contract alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rolecall.contract.clouds import cloud_of
from rolecall.contract.contract import Contract
from rolecall.contract.naming import catalog_of, object_name, project_tags
from rolecall.contract.objects import Declared, tags_of
from rolecall.ids.ids import ObjectId
from rolecall.ids.project_object import Adjustable
from rolecall.kinds.cluster_policy import CLUSTER_POLICY, policy_elements
from rolecall.kinds.external_location import EXTERNAL_LOCATION
from rolecall.kinds.registered_model import MODEL
from rolecall.kinds.registry import BY_SECTION
from rolecall.kinds.spec import Facts, Ref


def value_in(declared: Declared, environment: str) -> Any:
    """Return an object of the contract as it is in an environment."""
    value = declared.value
    return value.for_environment(environment) if isinstance(value, Adjustable) else value


def facts_of(contract: Contract, declared: Declared, environment: str) -> Facts:
    """Return the facts that the properties of an object of an environment are made of."""
    project = declared.project

    def reference(section: str, key: str, attribute: str) -> str | Ref:
        kind = BY_SECTION[section]
        if attribute == "alias":
            return MODEL.objects(contract.projects[project])[key].aliases[0]
        if attribute == "url":
            location = EXTERNAL_LOCATION.objects(contract.projects[project])[key].for_environment(environment)
            return location.url or ""
        if attribute == "name":
            return object_name(contract, kind.name, project, key, environment)
        return Ref(ObjectId(environment, kind.name, project, key))

    def definition(key: str) -> Mapping[str, Mapping[str, Any]]:
        policy = CLUSTER_POLICY.objects(contract.projects[project])[key].for_environment(environment)
        return policy_elements(policy, facts.project_tags)

    settings = contract.environments[environment]
    facts = Facts(
        id=declared.id_in(environment),
        name=object_name(contract, declared.kind, project, declared.key, environment),
        catalog=catalog_of(contract, environment) if settings.catalog else "",
        cloud=cloud_of(contract.workspaces[settings.workspace]),
        project_tags=project_tags(contract, project, environment),
        tags=tags_of(contract, declared, environment),
        deployer=contract.databricks.deployer,
        reference=reference,
        policy_definition=definition,
    )
    return facts
