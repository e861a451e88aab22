"""What the contract's objects are called among Pulumi's resources: rendered from their ids, never taken apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rolecall.contract.contract import Contract
from rolecall.contract.naming import group_resource, stack_name
from rolecall.contract.objects import objects_of
from rolecall.contract.source import Path
from rolecall.kinds.job import JobBase
from rolecall.kinds.registry import BY_SECTION
from rolecall.stack_names import ACCOUNT_STACK

# The components of a group of the account, and of one that lives in an identity provider.
GROUPS = ("rolecall:databricks:AccountGroup", "rolecall:identity:Group")
WORKSPACE = "rolecall:databricks:Workspace"
CATALOG, GRANTS = "databricks:index/catalog:Catalog", "databricks:index/grants:Grants"
# Where a resource is: its stack, the type that its name is unique in, and the name.
ResourceKey = tuple[str, str, str]


def resource_keys(urn: str) -> list[ResourceKey]:
    """Return where a resource is, by its own type and by each component around it, the innermost first.

    `urn:pulumi:STACK::PROJECT::TYPE$TYPE::NAME`
    (https://www.pulumi.com/docs/iac/concepts/resources/names/#urns); a name may hold `::`.
    """
    stack, _, types, name = urn.removeprefix("urn:pulumi:").split("::", 3)
    own, *around = reversed(types.split("$"))
    return [(stack, one, name) for one in (own, *around)]


def declared_resources(
    contract: Contract, counterpart_types: Mapping[str, tuple[tuple[str, str], ...]]
) -> Iterator[tuple[ResourceKey, Path]]:
    """Yield where each object and group of a contract is among Pulumi's resources, and where the contract declares it.

    The counterparts of a job have its place.

    Args:
        contract: the contract.
        counterpart_types: the resources of a counterpart by orchestrator: type, and what follows SYSTEM-PROJECT-KEY.
    """
    for key in contract.groups:
        for component in GROUPS:
            yield (ACCOUNT_STACK, component, group_resource(contract, key)), ("groups", key)
    for name in contract.workspaces:
        for resource in (name, f"{name}-tokens"):
            yield (ACCOUNT_STACK, WORKSPACE, resource), ("workspaces", name)
    for environment, settings in contract.environments.items():
        if settings.catalog is not None:
            at: Path = ("environments", environment, "catalog")
            yield (ACCOUNT_STACK, CATALOG, settings.catalog), at
            yield (environment, GRANTS, settings.catalog), at
        for section, kind in BY_SECTION.items():
            for one in objects_of(contract, environment, kind.name):
                stack = stack_name(environment, one.project)
                path: Path = ("projects", one.project, section, one.key)
                yield (stack, kind.component, one.resource), path
                for system in one.value.counterparts if isinstance(one.value, JobBase) else ():
                    for noun, ending in counterpart_types.get(system, ()):
                        yield (stack, f"rolecall:{system}:{noun}", f"{system}-{one.resource}{ending}"), path
