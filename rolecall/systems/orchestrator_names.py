"""Names in orchestrators: of jobs' counterparts, and of the groups and principals that hold something on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from rolecall.contract.contract import Contract
from rolecall.contract.naming import service_principal_name
from rolecall.ids.ids import ServicePrincipalId
from rolecall.ids.names import NameSyntax, RenderedName
from rolecall.ids.verbs import Kind
from rolecall.kinds.job import JobBase
from rolecall.kinds.registry import SECTIONS
from rolecall.systems.orchestrator import Counterparts, counterpart_name


@dataclass(frozen=True)
class Rendering:
    """How an orchestrator calls one thing that a counterpart, or its principal, has there."""

    name: Callable[[str], str]
    syntax: NameSyntax


def rendered(
    system: str, contract: Contract, of_jobs: Mapping[str, Rendering], of_principals: Mapping[str, Rendering]
) -> Iterator[RenderedName]:
    """Yield what an orchestrator calls counterparts, and the principals that they run as.

    Args:
        system: the orchestrator.
        contract: the contract.
        of_jobs: by noun, what is made of a counterpart's name.
        of_principals: by noun, what is made of a principal's display name.
    """
    counterparts = Counterparts(system, contract)
    for environment in contract.environments:
        for declared in counterparts.jobs(environment):
            assert isinstance(declared.value, JobBase)
            job = declared.id_in(environment)
            path = ("projects", declared.project, SECTIONS[Kind.JOB], declared.key)
            name = counterpart_name(environment, declared.project, declared.key)
            for noun, rendering in of_jobs.items():
                yield RenderedName(job, path, noun, rendering.name(name), (), rendering.syntax)
            key = declared.value.service_principal(environment)
            if key is None:
                continue
            principal = ServicePrincipalId(environment, declared.project, key)
            path = ("projects", declared.project, SECTIONS[Kind.SERVICE_PRINCIPAL], key)
            name = service_principal_name(declared.project, key, environment)
            for noun, rendering in of_principals.items():
                yield RenderedName(principal, path, noun, rendering.name(name), (), rendering.syntax)
