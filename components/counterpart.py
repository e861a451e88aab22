"""Counterparts of jobs in orchestrators: the same subjects, and no others, have access."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from pulumi import ComponentResource, Input, ProviderResource, Resource, ResourceOptions

from rolecall.components.native import Native
from rolecall.components.stage import Stage
from rolecall.contract.contract import Contract
from rolecall.slices.counterparts import counterparts_of, jobs_to_run
from rolecall.systems.orchestrator import Wanted
from rolecall.systems.registry import ORCHESTRATORS, orchestrator


class OrchestratorResources(ComponentResource):
    """What one orchestrator has of a project, or of what all projects share."""

    def __init__(self, system: str, wanted: Sequence[Wanted], native: ProviderResource) -> None:
        super().__init__("rolecall:orchestrators:Counterparts", system)
        made: defaultdict[str, list[Resource]] = defaultdict(list)
        for one in wanted:
            # Resources of different types may have one name.
            first = [resource for name in one.after for resource in made[name]]
            opts = ResourceOptions(parent=self, provider=native, depends_on=first)
            made[one.name].append(Native(one.token, one.name, one.properties, opts))
        self.register_outputs({})


def declare_counterparts(
    stage: Stage,
    native: ProviderResource,
    job_ids: Mapping[str, Input[str]],
    workspace: Input[str],
    group_names: Mapping[str, str],
) -> None:
    """Declare the counterparts of a project's jobs in every orchestrator.

    Args:
        stage: the environment.
        native: the connection to the orchestrators.
        job_ids: the jobs' ids, by their names in the project's file.
        workspace: the workspace's address.
        group_names: what groups are called in orchestrators, by key, where that is not the key.
    """
    for system in ORCHESTRATORS:
        access = stage.compiled.access
        jobs = jobs_to_run(system, stage.contract, access, stage.environment, group_names, workspace, job_ids)
        if jobs:
            OrchestratorResources(system, counterparts_of(system, jobs, stage.contract), native)


def declare_shared(
    groups: Mapping[str, Sequence[str]], names: Mapping[str, str], contract: Contract, native: ProviderResource
) -> None:
    """Declare what all counterparts of an orchestrator share.

    Args:
        groups: for each orchestrator, the groups that hold something on a counterpart.
        names: what groups are called there, by key, where that is not the key.
        contract: the contract.
        native: the connection to the orchestrators.
    """
    for system, keys in groups.items():
        called = {key: names.get(key, key) for key in keys}
        OrchestratorResources(system, orchestrator(system).shared(called, contract.organization), native)
